using System.Buffers;
using System.Net.Sockets;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// One buffer on its way to many sockets. Every send is in its socket's line when the call returns; those that may go at
/// once go in one system call per loop. The result waits for all of them, the recycle for the buffer.
/// </summary>
internal sealed class FanOut : IRecycle
{
    private readonly TaskCompletionSource<SendReceipt> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ZeroCopyLoop? _home = ZeroCopyLoop.Current;
    private readonly ZeroCopySocket[] _sockets;
    private readonly Action<ZeroCopySocket, Exception>? _onError;
    private readonly Guard? _guard;
    private readonly Task _recycled;
    private Exception? _callbackFailure;
    private int _pending;
    private int _bytesSent;

    /// <summary>Sends the buffer. A socket that is closed already is reported like one whose send fails.</summary>
    /// <param name="sockets">An array of the shared pool's, which goes back there.</param>
    /// <param name="count">Sockets in it.</param>
    /// <param name="lease">The buffer.</param>
    /// <param name="onError">Told of each that fails.</param>
    /// <param name="guard">The engine's; null where guard mode is off.</param>
    /// <param name="cancellation">Gives up.</param>
    public FanOut(ZeroCopySocket[] sockets, int count, in BufferLease lease, Action<ZeroCopySocket, Exception>? onError, Guard? guard, CancellationToken cancellation)
    {
        _guard = guard;
        _sockets = sockets;
        _onError = onError;
        _pending = count + 1;
        Operation[] ready = ArrayPool<Operation>.Shared.Rent(count);
        int readyCount = 0;
        for (int i = 0; i < count; i++)
        {
            if (Enqueue(i, lease, cancellation) is { } send)
            {
                ready[readyCount++] = send;
            }
        }

        _recycled = lease.Pool.WhenIdleAsync(lease.Slot);
        Issue(ready.AsSpan(0, readyCount));
        ArrayPool<Operation>.Shared.Return(ready, clearArray: true);
        End();
    }

    public ValueTask<SendReceipt> Sent => _guard.Once(new ValueTask<SendReceipt>(_sent.Task));

    bool IRecycle.IsRecycled(int version) => _recycled.IsCompletedSuccessfully;

    ValueTask IRecycle.WhenRecycled(int version) => _guard.Once(new ValueTask(_recycled));

    /// <summary>One send's result is known. On whichever stack that happens, which runs no code of the user's.</summary>
    public void OnResult(SendOperation send, int place)
    {
        try
        {
            Interlocked.Add(ref _bytesSent, send.GetResult((short)send.Version).BytesSent);
            End();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or InvalidOperationException)
        {
            ReportLater(place, e);
        }
    }

    /// <summary>Puts one send in line. Returned where it may go at once.</summary>
    private SendOperation? Enqueue(int place, in BufferLease lease, CancellationToken cancellation)
    {
        SocketCore core = _sockets[place].Core;
        if (!core.TryEnter())
        {
            ReportLater(place, new ObjectDisposedException(nameof(ZeroCopySocket), "The socket was disposed."));
            return null;
        }

        try
        {
            lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        }
        catch (InvalidOperationException e)
        {
            // The lease ended meanwhile, or is in flight more often than can be counted.
            core.Exit();
            ReportLater(place, e);
            return null;
        }

        Loan loan = Loan.OfSlot(lease, 0, lease.Length, endsLease: false);
        SendOperation send = core.Engine.Operations.RentSend();
        send.Lend(loan);
        bool zeroCopy = core.Policy.Choose(loan);
        core.Enqueue(send, default, zeroCopy, unified: false, cancellation, out bool mayGo);
        send.Follow(this, place);
        return mayGo ? send : null;
    }

    /// <summary>Issues the sends, those of one loop together.</summary>
    private static void Issue(Span<Operation> sends)
    {
        while (!sends.IsEmpty)
        {
            ZeroCopyLoop loop = sends[0].Core!.Loop;
            int ofLoop = 0;
            for (int i = 0; i < sends.Length; i++)
            {
                if (sends[i].Core!.Loop == loop)
                {
                    (sends[i], sends[ofLoop]) = (sends[ofLoop], sends[i]);
                    ofLoop++;
                }
            }

            if (loop.IsCurrent)
            {
                foreach (Operation send in sends[..ofLoop])
                {
                    loop.IssueHere(send);
                }
            }
            else
            {
                loop.Caller.Submit(sends[..ofLoop]);
            }

            sends = sends[ofLoop..];
        }
    }

    /// <summary>Where the caller's code runs, and never on the stack that reaps completions.</summary>
    private void ReportLater(int place, Exception error)
    {
        Action<object?> report = _ =>
        {
            Report(_sockets[place], error);
            End();
        };
        if (_home is { } loop)
        {
            loop.Post(LoopWork.Run(report, null));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(report, null, preferLocal: true);
        }
    }

    private void Report(ZeroCopySocket socket, Exception error)
    {
        try
        {
            _onError?.Invoke(socket, error);
        }
        catch (Exception e)
        {
            // The user's to see, when all the others are served.
            Interlocked.CompareExchange(ref _callbackFailure, e, null);
        }
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _pending) > 0)
        {
            return;
        }

        ArrayPool<ZeroCopySocket>.Shared.Return(_sockets, clearArray: true);
        if (_callbackFailure is { } failure)
        {
            _sent.SetException(failure);
        }
        else
        {
            _sent.SetResult(new SendReceipt(this, 0, _bytesSent));
        }
    }
}
