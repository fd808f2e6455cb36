using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// An operation that stays with the kernel and completes again and again (multishot), until a completion without F_MORE:
/// then it is issued again if more is wanted. What comes is queued; when too much is, the operation is cancelled, which
/// pauses it: what completes before the cancellation does is queued like the rest, so nothing is lost or out of order.
/// </summary>
/// <remarks>
/// Completions come on the socket's loop, wishes from any thread; the gate guards both. Nobody is woken under
/// the gate, and nothing submitted.
/// </remarks>
internal abstract class StandingOperation : Operation
{
    private bool _armed;
    private bool _pausing;

    protected StandingOperation(SocketCore core) => Core = core;

    protected Lock Gate { get; } = new();

    /// <summary>The socket is closing: nothing more is queued and nobody waits. Under the gate.</summary>
    protected bool IsClosed { get; private set; }

    /// <summary>Whether the operation should be with the kernel if it is not. Under the gate.</summary>
    protected abstract bool WantsMore { get; }

    /// <summary>Whether the operation should not be with the kernel if it is. Under the gate.</summary>
    protected abstract bool HasTooMuch { get; }

    /// <summary>Takes in what a completion brought. On the loop, under the gate.</summary>
    protected abstract void Take(in Completion completion);

    /// <summary>Drops what is queued, once, when the socket closes. Under the gate.</summary>
    protected abstract void Drop();

    /// <summary>Wakes those for whom there is something: what is queued, or the end.</summary>
    protected abstract void Deliver();

    public sealed override void OnCompletion(in Completion completion)
    {
        bool pause = false;
        lock (Gate)
        {
            Take(completion);
            if (completion.IsTerminal)
            {
                _armed = false;
                _pausing = false;
                Version++;
            }
            else if (HasTooMuch && !_pausing)
            {
                pause = _pausing = true;
            }
        }

        if (pause)
        {
            Core!.Loop.Post(LoopWork.Cancel(this, Version));
        }

        if (completion.IsTerminal)
        {
            Core!.Exit();
        }

        Deliver();
        if (completion.IsTerminal)
        {
            Arm();
        }
    }

    public sealed override void OnNotIssued(int errno)
    {
        lock (Gate)
        {
            _armed = false;
        }

        Core!.Exit();
        Close();
    }

    public override void OnRingClosed() => OnNotIssued(KernelError.ECANCELED);

    /// <summary>The socket is closing: ends all waiting and drops what nobody took.</summary>
    public void Close()
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return;
            }

            IsClosed = true;
            Drop();
        }

        Deliver();
    }

    /// <summary>Issues the operation if it should be with the kernel and is not.</summary>
    protected void Arm()
    {
        lock (Gate)
        {
            if (_armed || IsClosed || !WantsMore)
            {
                return;
            }

            _armed = true;
        }

        if (Core!.TryEnter())
        {
            Core.Loop.Issue(this);
            return;
        }

        lock (Gate)
        {
            _armed = false;
        }

        Close();
    }
}
