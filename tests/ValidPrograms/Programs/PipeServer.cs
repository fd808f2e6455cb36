using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Says hello from a buffer of its own, and answers each line with its length over the socket's pipes.</summary>
internal static class PipeServer
{
    public static async Task ServeAsync(ZeroCopySocket socket, CancellationToken stopping)
    {
        using (BufferLease banner = socket.Rent(16))
        {
            banner.Edit().Clear();
            "HELLO\n"u8.CopyTo(banner.Edit());
            await socket.SendAndRecycleAsync(banner, stopping);
        }

        await using ZeroCopyDuplexPipe pipe = socket.AsPipe();
        while (true)
        {
            ReadResult result = await pipe.Input.ReadAsync(stopping);
            ReadOnlySequence<byte> rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                ReadOnlySequence<byte> line = rest.Slice(0, end);
                Encoding.ASCII.GetBytes($"{line.Length}\n", pipe.Output);
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            pipe.Input.AdvanceTo(rest.Start, rest.End);
            await pipe.Output.FlushAsync(stopping);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }
}
