using System.Buffers;
using System.IO.Pipelines;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends what a pipe holds from where it lies, and gives it back to the pipe when the kernel is done with it.</summary>
internal static class PipeForwarder
{
    public static async Task RunAsync(PipeReader reader, ZeroCopySocket socket, CancellationToken stopping)
    {
        var receipts = new List<SendReceipt>();
        while (true)
        {
            ReadResult result = await reader.ReadAsync(stopping);
            ReadOnlySequence<byte> buffer = result.Buffer;
            foreach (ReadOnlyMemory<byte> segment in buffer)
            {
                receipts.Add(await socket.SendZeroCopyAsync(segment, stopping));
            }

            foreach (SendReceipt receipt in receipts)
            {
                await receipt.Recycled;
            }

            receipts.Clear();
            reader.AdvanceTo(buffer.End);
            if (result.IsCompleted)
            {
                await reader.CompleteAsync();
                return;
            }
        }
    }
}
