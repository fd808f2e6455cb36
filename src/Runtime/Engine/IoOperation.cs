using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>A one-completion operation: receive, receive-from, wait for data, connect. Its value is the kernel's result.</summary>
internal sealed unsafe class IoOperation(OperationPools pools) : Operation, IValueTaskSource<int>, IValueTaskSource<ReceivedDatagram>
{
    private readonly ReusablePin _pin = new();
    private CompletionCore _completion;
    private KernelOperation _kind;
    private byte* _buffer;
    private int _length;
    private GuardedReceive? _guarded;
    private InvalidOperationException? _violation;
    private bool _usesMessage;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private int _result;
    private bool _ringClosed;

    /// <summary>Receives one datagram with its sender.</summary>
    public ValueTask<ReceivedDatagram> StartReceiveFrom(SocketCore core, Memory<byte> memory, CancellationToken cancellation)
    {
        int version = Version;
        Start(core, KernelOperation.ReceiveFrom, memory, default, cancellation);
        return new ValueTask<ReceivedDatagram>(this, (short)version);
    }

    /// <summary>Starts the operation on the socket's loop. The caller entered the socket; the operation leaves it.</summary>
    public ValueTask<int> Start(SocketCore core, KernelOperation kind, Memory<byte> memory, ReadOnlySpan<byte> address, CancellationToken cancellation)
    {
        try
        {
            _buffer = _pin.Hold(memory);
        }
        catch
        {
            // Memory whose owner is disposed cannot be pinned.
            core.Exit();
            throw;
        }

        Core = core;
        _kind = kind;
        _length = memory.Length;
        _guarded = pools.Guard is { } guard && !memory.IsEmpty ? new GuardedReceive(guard, memory, _buffer) : null;
        if (kind == KernelOperation.Receive)
        {
            core.BeginReceive();
        }

        _usesMessage = kind is KernelOperation.ReceiveFrom or KernelOperation.Connect;
        if (kind == KernelOperation.Connect)
        {
            address.CopyTo(Message->AddressBytes);
            Message->AddressLength = address.Length;
        }

        int version = Version;
        _cancellation = cancellation;
        if (cancellation.CanBeCanceled)
        {
            _registration = cancellation.UnsafeRegister(static operation => ((IoOperation)operation!).RequestCancel(), this);
        }

        core.Loop.Issue(this);
        return new ValueTask<int>(this, (short)version);
    }

    public override void Describe(ref Submission submission)
    {
        submission.Operation = _kind;
        submission.Buffer = _buffer;
        submission.Length = _length;
        submission.Message = _usesMessage ? Message : null;
        submission.PollFirst = _kind == KernelOperation.Receive && Core!.IsDrained;
    }

    public override void OnCompletion(in Completion completion)
    {
        if (completion.Result == -KernelError.EINTR && !CancelRequested)
        {
            Core!.Loop.Issue(this);
            return;
        }

        if (_kind == KernelOperation.ReceiveFrom && completion.Result >= 0)
        {
            Core!.Engine.Kernel.FinishReceiveFrom(Message);
        }

        if (_kind == KernelOperation.Receive)
        {
            Core!.IsDrained = completion.Result > 0 && !completion.IsSocketNotEmpty && (completion.Result < _length || Core.TellsOfMore);
        }

        // Whatever our own close brought about, an end of stream or an error, is not the peer's doing.
        bool ownEnd = (completion.Result <= 0 || _kind == KernelOperation.WaitReadable) && Core!.IsClosing;
        End(ownEnd ? -KernelError.ECANCELED : completion.Result);
    }

    public override void OnNotIssued(int errno) => End(-errno);

    public override void OnRingClosed()
    {
        // The kernel may still write into the memory: it stays pinned, and the object is never reused.
        _ringClosed = true;
        KeepForEver();
        Core!.Exit();
        _result = -KernelError.ECANCELED;
        _completion.Complete();
    }

    public int GetResult(short token) => TakeResult(token, out _);

    ReceivedDatagram IValueTaskSource<ReceivedDatagram>.GetResult(short token)
    {
        TakeResult(token, out ReceivedDatagram datagram);
        return datagram;
    }

    private int TakeResult(short token, out ReceivedDatagram datagram)
    {
        ThrowIfStale(token);
        if (!_completion.IsCompleted)
        {
            throw new InvalidOperationException("The operation has not completed; await the ValueTask instead of taking its result.");
        }

        int result = _result;
        CancellationToken cancellation = _cancellation;
        bool canceled = CancelRequested;
        datagram = _kind == KernelOperation.ReceiveFrom && result >= 0
            ? new ReceivedDatagram(result, ref *Message)
            : default;
        InvalidOperationException? violation = _violation;
        if (!_ringClosed)
        {
            Recycle();
        }

        if (violation is not null)
        {
            throw violation;
        }

        if (result >= 0)
        {
            return result;
        }

        if (result == -KernelError.ECANCELED && canceled)
        {
            throw new OperationCanceledException(cancellation);
        }

        throw KernelError.ToException(-result);
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        ThrowIfStale(token);
        return !_completion.IsCompleted ? ValueTaskSourceStatus.Pending
            : _violation is not null ? ValueTaskSourceStatus.Faulted
            : _result >= 0 ? ValueTaskSourceStatus.Succeeded
            : _result == -KernelError.ECANCELED && CancelRequested ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _completion.OnCompleted(continuation, state, flags);
    }

    private void RequestCancel()
    {
        CancelRequested = true;
        Core?.Loop.Post(LoopWork.Cancel(this, Version));
    }

    private void End(int result)
    {
        // Disposing waits for a cancellation callback that runs right now, so that none can reach the next user of this object.
        _registration.Dispose();
        _violation = _guarded?.Return(Math.Clamp(result, 0, _length));
        _pin.Release();
        _result = result;
        if (_kind == KernelOperation.Receive)
        {
            Core!.EndReceive();
        }

        Core!.Exit();
        _completion.Complete();
    }

    private void Recycle()
    {
        ZeroCopyLoop loop = Core!.Loop;
        Version++;
        Core = null;
        CancelRequested = false;
        _completion.Reset();
        _buffer = null;
        _guarded = null;
        _violation = null;
        _registration = default;
        _cancellation = default;
        pools.Return(this, loop);
    }

    private void ThrowIfStale(short token)
    {
        if (token != (short)Version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }
}
