using System.Net.Sockets;
using System.Runtime.InteropServices;
using ZeroCopySockets.Diagnostics;
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

        core.Guard?.ThrowIfHeld(buffer, toReceive: true);
        if (core.Incoming is LeasedReceives leased)
        {
            return leased.ReceiveAsync(buffer, cancellation);
        }

        Span<byte> span = buffer.Span;
        core.Enter();
        if (!core.Loop.IsCurrent && !core.IsDrained)
        {
            // What has arrived already needs no ring and no loop.
            int result;
            fixed (byte* pointer = &MemoryMarshal.GetReference(span))
            {
                // SAFETY: the call does not block and ends inside the fixed block.
                result = core.Engine.Kernel.TryReceive(core.Handle, pointer, buffer.Length);
            }

            if (TryFinish(core, ref result))
            {
                return result >= 0 ? core.Guard.Once(new ValueTask<int>(result)) : ValueTask.FromException<int>(KernelError.ToException(-result));
            }
        }

        return core.Engine.Operations.RentIo(core.Loop).Start(core, KernelOperation.Receive, buffer, default, cancellation);
    }

    /// <summary>Waits until a receive would find data, the end of the stream or an error. The result means nothing else.</summary>
    public static ValueTask<int> WaitReadableAsync(this SocketCore core, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellation);
        }

        if (core.Incoming is LeasedReceives leased)
        {
            // What has come is in its queue, and the kernel's socket may be empty for good.
            return leased.ReceiveAsync(Memory<byte>.Empty, cancellation);
        }

        core.Enter();
        bool readable;
        try
        {
            readable = !core.Loop.IsCurrent && core.Handle.Socket.Poll(0, SelectMode.SelectRead);
        }
        catch
        {
            core.Exit();
            throw;
        }

        if (readable)
        {
            int result = 0;
            // A closing socket is readable too, but by our own doing.
            TryFinish(core, ref result);
            return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(KernelError.ToException(-result));
        }

        return core.Engine.Operations.RentIo(core.Loop).Start(core, KernelOperation.WaitReadable, default, default, cancellation);
    }

    public static ValueTask<ReceiveLease> ReceiveLeasedAsync(this SocketCore core, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<ReceiveLease>(cancellation)
            : core.LeasedReceives().ReceiveAsync(cancellation);

    public static ValueTask<ReceivedDatagram> ReceiveFromAsync(this SocketCore core, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReceivedDatagram>(cancellation);
        }

        core.Guard?.ThrowIfHeld(buffer, toReceive: true);
        Span<byte> span = buffer.Span;
        core.Enter();
        if (!core.Loop.IsCurrent)
        {
            MessageBlock message;
            int result;
            fixed (byte* pointer = &MemoryMarshal.GetReference(span))
            {
                // SAFETY: the call does not block and ends inside the fixed block; the message block is on this stack.
                result = core.Engine.Kernel.TryReceiveFrom(core.Handle, pointer, buffer.Length, &message);
            }

            if (TryFinish(core, ref result))
            {
                return result >= 0
                    ? core.Guard.Once(new ValueTask<ReceivedDatagram>(new ReceivedDatagram(result, ref message)))
                    : ValueTask.FromException<ReceivedDatagram>(KernelError.ToException(-result));
            }
        }

        return core.Engine.Operations.RentIo(core.Loop).StartReceiveFrom(core, buffer, cancellation);
    }

    /// <summary>Whether the direct receive settled it. Leaves the socket then; otherwise the loop must wait for data.</summary>
    private static bool TryFinish(SocketCore core, ref int result)
    {
        if (result is -KernelError.EAGAIN or -KernelError.EINTR)
        {
            return false;
        }

        // Whatever our own close brought about is not the peer's doing.
        if (result <= 0 && core.IsClosing)
        {
            result = -KernelError.ECANCELED;
        }

        core.Exit();
        return true;
    }
}
