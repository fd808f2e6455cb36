using System.Runtime.CompilerServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <content>
/// Sends on the calling thread: what is copied anyway, and what nothing else can travel with. No ring, nothing owed, and the
/// result is there at once.
/// </content>
internal sealed unsafe partial class SocketCore
{
    // On the loop: the send whose turn it is, a long copy that waits for a round.
    private SendOperation? _postponed;
    private int _lastLongRound;
    private bool _isCorked;

    /// <summary>
    /// Tries to send at once. The caller entered the socket; it leaves where the outcome is over, and otherwise passes
    /// what this said to <see cref="Start"/>.
    /// </summary>
    public DirectSend TrySendDirectly(ReadOnlySpan<byte> bytes, in PeerAddress destination, bool onLoop)
    {
        if ((onLoop && !MayGoDirectly(bytes.Length)) || (IsStream && !Sends.TryClaim()))
        {
            return default;
        }

        Unsafe.SkipInit(out MessageBlock message);
        var submission = new Submission { Operation = KernelOperation.Send, Socket = Handle, Length = bytes.Length, MoreFollows = onLoop && MayCork(bytes.Length) };
        if (!destination.IsEmpty)
        {
            destination.Native.CopyTo(message.AddressBytes);
            message.AddressLength = destination.Native.Length;
            submission.HasDestination = true;
            submission.Message = &message;
        }

        int result;
        fixed (byte* buffer = bytes)
        {
            // SAFETY: the call does not block and ends inside the fixed block.
            submission.Buffer = buffer;
            result = Engine.Kernel.TrySend(submission);
        }

        var direct = new DirectSend(wasTried: true, result);
        if (!direct.IsOver(bytes.Length, IsStream))
        {
            return direct;
        }

        if (IsStream && Sends.ReleaseClaim() is { } next)
        {
            Loop.Issue(next);
        }

        if (direct.Result > 0)
        {
            Loop.CountersFor(onLoop).CountSent(direct.Result);
        }

        return direct;
    }

    /// <summary>
    /// On the loop: whether to try a copy there and then. Also where other code waits for its turn: what that sends could share the trip
    /// to the kernel, but an operation takes longer than a trip.
    /// </summary>
    private bool MayGoDirectly(int length) => IsStream && length >= SendRhythm.LongCopy
        // What its sender has just written is in the cache still.
        ? Loop.Budget.TryTakeLong(length)
        : _rhythm.GoesAtOnce() && Loop.Budget.TryTakeSend();

    /// <summary>On the loop, when the round ends.</summary>
    public void Uncork()
    {
        _isCorked = false;
        if (TryEnter())
        {
            Engine.Kernel.Uncork(Handle);
            Exit();
        }
    }

    /// <summary>
    /// On the loop: whether the last packet of a long copy may wait for the next, because the socket sends one after the other in this
    /// round. Each would end in a short packet of its own, which costs as much as a full one.
    /// </summary>
    private bool MayCork(int length)
    {
        if (!TellsOfMore || UserMayCork || length < SendRhythm.LongCopy)
        {
            return false;
        }

        if (_lastLongRound != Loop.Budget.Round)
        {
            _lastLongRound = Loop.Budget.Round;
            return false;
        }

        if (!_isCorked)
        {
            _isCorked = true;
            Loop.Budget.Cork(this);
        }

        return true;
    }

    /// <summary>On the loop: the socket has waited for this round.</summary>
    public void GoOn()
    {
        if (_postponed is { } send)
        {
            _postponed = null;
            if (!TryGoDirectly(send))
            {
                Loop.IssueHere(send);
            }
        }
    }

    /// <summary>On the loop: has the send wait no longer. False where it does not. The socket keeps its place in the line for the next.</summary>
    public bool TryWithdraw(SendOperation send)
    {
        if (_postponed != send)
        {
            return false;
        }

        _postponed = null;
        return true;
    }

    /// <summary>On the loop, of a closing socket: ends what waits for a round.</summary>
    public void Withdraw()
    {
        if (_postponed is { } send && TryWithdraw(send))
        {
            send.OnNotIssued(KernelError.ECANCELED);
        }
    }

    /// <summary>
    /// On the loop: sends a long copy there and then, or has it wait for a round. False where it, or the rest of it, has to go through
    /// the ring, which knows of closing.
    /// </summary>
    private bool TryGoDirectly(SendOperation send)
    {
        if (!IsStream || send.IsZeroCopy || send.Remaining < SendRhythm.LongCopy || IsClosing || send.CancelRequested)
        {
            return false;
        }

        if (Loop.Budget.TryTakeLong(send.Remaining))
        {
            return TrySend(send, onLoop: true);
        }

        _postponed = send;
        Loop.Budget.Wait(this);
        return true;
    }

    /// <summary>A copy that fits needs no ring. False where some of it did not fit, and has to go on from the loop.</summary>
    private bool TrySend(SendOperation send, bool onLoop)
    {
        var submission = new Submission { Socket = Handle, MoreFollows = onLoop && MayCork(send.Remaining) };
        send.Describe(ref submission);
        return send.OnDirectResult(Engine.Kernel.TrySend(submission));
    }

    /// <summary>What became of a direct send that is over, for whoever awaits it.</summary>
    public Exception? ErrorOf(in DirectSend direct) =>
        // Whatever our own close brought about is not the peer's doing.
        direct.Result >= 0 ? null : KernelError.ToException(IsClosing ? KernelError.ECANCELED : -direct.Result);
}

/// <summary>What came of sending on the calling thread.</summary>
/// <param name="wasTried">False where it was not even tried.</param>
/// <param name="result">Bytes sent, or a negative errno.</param>
internal readonly struct DirectSend(bool wasTried, int result)
{
    public bool WasTried { get; } = wasTried;

    public int Result { get; } = result;

    /// <summary>Bytes that have left, where the rest must follow through the ring.</summary>
    public int Sent => Math.Max(0, Result);

    /// <summary>Whether it was sent whole or failed, so that nothing is left to do.</summary>
    public bool IsOver(int length, bool isStream) => WasTried
        && (Result >= 0 ? Result >= length || !isStream : Result is not (-KernelError.EAGAIN or -KernelError.EINTR));
}
