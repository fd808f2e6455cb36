using System.Runtime.InteropServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>The ways into a receive.</summary>
internal static unsafe class SocketReceives
{
    public static ValueTask<int> ReceiveAsync(this SocketCore core, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (buffer.IsEmpty)
        {
            throw new ArgumentException("A receive needs room for at least one byte.", nameof(buffer));
        }

        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellation);
        }

        core.Enter();
        if (!core.Loop.IsCurrent)
        {
            // What has arrived already needs no ring and no loop.
            int result;
            fixed (byte* pointer = &MemoryMarshal.GetReference(buffer.Span))
            {
                // SAFETY: the call does not block and ends inside the fixed block.
                result = core.Engine.Kernel.TryReceive(core.Handle, pointer, buffer.Length);
            }

            if (result != -KernelError.EAGAIN && result != -KernelError.EINTR)
            {
                bool ownEnd = result <= 0 && core.IsClosing;
                core.Exit();
                return result >= 0 && !ownEnd
                    ? new ValueTask<int>(result)
                    : ValueTask.FromException<int>(KernelError.ToException(ownEnd ? KernelError.ECANCELED : -result));
            }
        }

        return core.Engine.Operations.RentIo().Start(core, KernelOperation.Receive, buffer, default, cancellation);
    }

    public static ValueTask<ReceivedDatagram> ReceiveFromAsync(this SocketCore core, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReceivedDatagram>(cancellation);
        }

        core.Enter();
        return core.Engine.Operations.RentIo().StartReceiveFrom(core, buffer, cancellation);
    }
}
