using System.Net.Sockets;
using System.Runtime.InteropServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// One buffer on its way to many sockets. Every send is in its socket's line when the call returns; those that may go at
/// once go in one system call per loop. The result waits for all of them, the recycle for the buffer.
/// </summary>
internal sealed class FanOut : IRecycle
{
    private readonly TaskCompletionSource<SendReceipt> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ZeroCopySocket, Exception>? _onError;
    private readonly Task _recycled;
    private Exception? _callbackFailure;
    private int _pending;
    private int _bytesSent;

    /// <summary>Sends the buffer. A socket that is closed already is reported like one whose send fails.</summary>
    public FanOut(ZeroCopySocket[] sockets, in BufferLease lease, Action<ZeroCopySocket, Exception>? onError, CancellationToken cancellation)
    {
        _onError = onError;
        _pending = sockets.Length + 1;
        var loops = new Dictionary<ZeroCopyLoop, List<Operation>>();
        var sending = new ValueTask<SendReceipt>[sockets.Length];
        for (int i = 0; i < sending.Length; i++)
        {
            sending[i] = Enqueue(sockets[i].Core, lease, loops, cancellation);
        }

        _recycled = lease.Pool.WhenIdleAsync(lease.Slot);
        foreach ((ZeroCopyLoop loop, List<Operation> sends) in loops)
        {
            if (loop.IsCurrent)
            {
                sends.ForEach(loop.Issue);
            }
            else
            {
                loop.Caller.Submit(CollectionsMarshal.AsSpan(sends));
            }
        }

        for (int i = 0; i < sending.Length; i++)
        {
            _ = FollowAsync(sockets[i], sending[i]);
        }

        End();
    }

    public ValueTask<SendReceipt> Sent => new(_sent.Task);

    bool IRecycle.IsRecycled(int version) => _recycled.IsCompletedSuccessfully;

    ValueTask IRecycle.WhenRecycled(int version) => new(_recycled);

    private static ValueTask<SendReceipt> Enqueue(
        SocketCore core, in BufferLease lease, Dictionary<ZeroCopyLoop, List<Operation>> loops, CancellationToken cancellation)
    {
        try
        {
            core.Enter();
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException<SendReceipt>(e);
        }

        try
        {
            lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        }
        catch (InvalidOperationException e)
        {
            // The lease ended meanwhile, or is in flight more often than can be counted.
            core.Exit();
            return ValueTask.FromException<SendReceipt>(e);
        }

        Loan loan = Loan.OfSlot(lease, 0, lease.Length, endsLease: false);
        SendOperation send = core.Engine.Operations.RentSend();
        send.Lend(loan);
        int version = core.Enqueue(send, default, core.Policy.Choose(loan), unified: false, cancellation, out bool mayGo);
        if (mayGo)
        {
            ref List<Operation>? sends = ref CollectionsMarshal.GetValueRefOrAddDefault(loops, core.Loop, out _);
            (sends ??= []).Add(send);
        }

        return new ValueTask<SendReceipt>(send, (short)version);
    }

    private async Task FollowAsync(ZeroCopySocket socket, ValueTask<SendReceipt> sending)
    {
        try
        {
            SendReceipt receipt = await sending.ConfigureAwait(false);
            Interlocked.Add(ref _bytesSent, receipt.BytesSent);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or InvalidOperationException)
        {
            Report(socket, e);
        }

        End();
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
