using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>A descriptor in the simulated kernel, with everybody who waits on it.</summary>
internal abstract class SimulatedSocket(SwarmKernel kernel, string name)
{
    private readonly List<Request> _waiting = [];
    private readonly List<Request> _held = [];

    /// <summary>A stream's send whose result the engine has not been told.</summary>
    public Request? Untold { get; set; }

    /// <summary>A receive or accept of which the engine has not been told the last completion.</summary>
    public Request? Incoming { get; set; }

    public abstract bool IsStream { get; }

    public bool IsClosed { get; private set; }

    public TimeSpan? UnacknowledgedLimit { get; set; }

    protected SwarmKernel Kernel => kernel;

    protected Chance Chance => kernel.World.Chance;

    protected Settings Settings => kernel.Settings;

    public override string ToString() => name;

    /// <summary>Executes a request, or retries one that waits.</summary>
    public void Execute(Request request)
    {
        if (request.State == RequestState.Answered)
        {
            return;
        }

        if (!request.FaultsDrawn)
        {
            request.FaultsDrawn = true;
            if (kernel.DrawFault(request) is var errno and not 0)
            {
                Answer(request, -errno);
                return;
            }
        }

        if (request.State == RequestState.Queued)
        {
            request.State = RequestState.Waiting;
            _waiting.Add(request);
        }

        Try(request);
    }

    /// <summary>Cancels what has no result yet.</summary>
    public virtual void Cancel(Request request)
    {
        if (request.State != RequestState.Answered)
        {
            // Part of it may be accounted already: then the result says how much.
            Answer(request, request.Taken > 0 ? request.Taken : -KernelError.ECANCELED);
        }
    }

    public abstract void Shutdown(SocketShutdown how);

    public abstract void ResetOnClose();

    public void Close()
    {
        IsClosed = true;
        OnClosed();
        ReleaseHeld();
    }

    /// <summary>A non-blocking send on the caller's thread.</summary>
    public abstract int TrySend(Request send, PeerAddress destination);

    protected abstract void OnClosed();

    /// <summary>Answers the request if it can be, else leaves it waiting.</summary>
    protected abstract void Try(Request request);

    /// <summary>The memory will not be read again; what is still to be read of it is read now.</summary>
    protected abstract void Detach(Request request);

    /// <summary>Looks at everybody who waits once more.</summary>
    protected void RetryWaiting()
    {
        foreach (Request request in _waiting.ToArray())
        {
            Execute(request);
        }
    }

    /// <summary>Answers a multishot, which goes on unless it happens to end with this or there is no room for another completion.</summary>
    protected void Bring(Request request, int result, uint flags)
    {
        if (request.Ring.IsFull || Chance.Happens(Settings.MultishotEnds))
        {
            Answer(request, result, flags);
        }
        else
        {
            kernel.PostMore(request, result, flags);
        }
    }

    protected void Answer(Request request, int result, uint flags = 0)
    {
        _waiting.Remove(request);
        bool more = request.IsZeroCopy
            && (request.Unread > 0 || Chance.Happens(result < 0 ? Settings.ErrorsWithMore : 1))
            && !(result >= 0 && Chance.Happens(Settings.ResultsWithoutMore));
        if (request.IsSend)
        {
            request.CheckMemory();
            request.WasCopied = more && Chance.Happens(Settings.KernelCopies);
            if (!more || request.WasCopied)
            {
                Detach(request);
            }
        }

        kernel.PostResult(request, result, more, flags);
        if (more && request.Unread == 0)
        {
            OnAllRead(request);
        }
    }

    /// <summary>The kernel has read the memory for the last time; its notification is due.</summary>
    protected void OnAllRead(Request request)
    {
        if (!IsClosed && Chance.Happens(Settings.HeldNotifications))
        {
            _held.Add(request);
        }
        else
        {
            kernel.Later(() => kernel.PostNotification(request));
        }
    }

    /// <summary>The connection has ended: nothing of anybody's memory is held on to.</summary>
    protected void ReleaseHeld()
    {
        foreach (Request request in _held)
        {
            kernel.Later(() => kernel.PostNotification(request));
        }

        _held.Clear();
    }
}
