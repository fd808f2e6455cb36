using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>A submission the engine made, with the ring it came through, for the test to answer.</summary>
internal sealed record Submitted(SimulatedRing Ring, KernelOperation Operation, ulong UserData, int Length, byte[] Bytes, bool Registered, ulong CancelTarget)
{
    /// <summary>The lengths of the pieces of memory a send was made of.</summary>
    public int[] Pieces { get; init; } = [];

    /// <summary>Bytes per datagram into which the kernel is to cut a send; 0: it is one.</summary>
    public int SegmentSize { get; init; }

    /// <summary>Whether a receive is to wait without trying first.</summary>
    public bool PollFirst { get; init; }

    /// <inheritdoc cref="Pieces"/>
    public static unsafe int[] PiecesOf(in Submission submission) => submission.Segments == null
        ? [submission.Length]
        : [.. new ReadOnlySpan<Segment>(submission.Segments, submission.Length).ToArray().Select(segment => (int)segment.Length)];

    /// <summary>The bytes of a send, whatever pieces they lie in.</summary>
    public static unsafe byte[] BytesOf(in Submission submission)
    {
        if (submission.Operation is not (KernelOperation.Send or KernelOperation.SendZeroCopy))
        {
            return [];
        }

        if (submission.Segments == null)
        {
            return new ReadOnlySpan<byte>(submission.Buffer, submission.Length).ToArray();
        }

        var bytes = new List<byte>();
        foreach (Segment segment in new ReadOnlySpan<Segment>(submission.Segments, submission.Length))
        {
            bytes.AddRange(new ReadOnlySpan<byte>(segment.Buffer, (int)segment.Length));
        }

        return [.. bytes];
    }

    /// <summary>Posts the completion of this submission.</summary>
    public void Complete(int result, uint flags = 0) => Ring.Post(new Completion(UserData, result, flags));

    /// <summary>Writes bytes into the provided buffer whose turn it is, and posts that.</summary>
    public void Receive(ReadOnlySpan<byte> bytes, bool more = true) => Complete(bytes.Length, Ring.Fill(bytes) | (more ? Completion.More : 0));

    /// <summary>Posts the result and promises a notification.</summary>
    public void CompleteWithMore(int result) => Complete(result, Completion.More);

    /// <summary>Posts the notification.</summary>
    public void Notify(bool copied = false) => Complete(copied ? unchecked((int)Completion.ZeroCopyCopied) : 0, Completion.Notification);
}

/// <summary>A kernel that does nothing by itself: the test sees every submission and says what becomes of it.</summary>
internal sealed class SimulatedKernel : Kernel
{
    private readonly Channel<Submitted> _submitted = Channel.CreateUnbounded<Submitted>();

    public override EngineKind Kind => EngineKind.IoUring;

    public override string Description => "simulated kernel";

    public override bool SupportsZeroCopy => true;

    public override bool SupportsGatheredZeroCopy => true;

    /// <summary>Answers direct sends; by default they would block, so that everything goes through a ring.</summary>
    public Func<int, int> DirectSend { get; set; } = static _ => -KernelError.EAGAIN;

    /// <summary>Of each direct send, whether more was said to follow.</summary>
    public List<bool> MoreFollowed { get; } = [];

    public int Uncorks { get; private set; }

    /// <summary>Pushes that find the submission queue full, per ring.</summary>
    public int FullPushes { get; set; }

    public bool SlabFreed { get; private set; }

    public bool ReceiveMemoryFreed { get; private set; }

    /// <summary>Whether rings take provided buffers.</summary>
    public bool ProvidesBuffers { get; set; } = true;

    /// <summary>Whether cancelling a socket ends what stands on it by itself, so that only tests about that need to.</summary>
    public bool EndsCancelled { get; set; } = true;

    /// <summary>Whether it cuts a send into datagrams.</summary>
    public bool Cuts { get; set; }

    public override bool CutsDatagrams(Socket socket) => Cuts;

    /// <summary>Whether it reads the pieces of a send from registered memory.</summary>
    public bool GathersRegistered { get; set; }

    public override bool SupportsRegisteredGather => GathersRegistered;

    /// <summary>Answers direct receives.</summary>
    public Func<byte[]?> DirectReceive { get; set; } = static () => null;

    /// <summary>Makes the connection of an accept that completed with that number.</summary>
    public Func<int, Socket> Accepted { get; set; } = static _ => throw new InvalidOperationException("The simulated kernel accepts nobody.");

    /// <summary>Whether a connection was told to reset when it is closed.</summary>
    public bool ResetsOnClose { get; private set; }

    public override void ResetOnClose(KernelSocket socket)
    {
        ResetsOnClose = true;
        base.ResetOnClose(socket);
    }

    public override Slab AllocateSlab(nuint length) => new SimulatedSlab(length, () => SlabFreed = true);

    public override Slab AllocateReceiveMemory(nuint length) => new SimulatedSlab(length, () => ReceiveMemoryFreed = true);

    public override KernelRing OpenLoopRing() => new SimulatedRing(this, loop: null);

    public override KernelRing OpenCallerRing(KernelRing loopRing) => new SimulatedRing(this, (SimulatedRing)loopRing);

    public override unsafe int TrySend(in Submission submission)
    {
        lock (MoreFollowed)
        {
            MoreFollowed.Add(submission.MoreFollows);
        }

        return DirectSend(Submitted.BytesOf(submission).Length);
    }

    public override void Uncork(KernelSocket socket) => Uncorks++;

    public override unsafe int TryReceive(KernelSocket socket, byte* buffer, int length)
    {
        if (DirectReceive() is not { } bytes)
        {
            return -KernelError.EAGAIN;
        }

        bytes.CopyTo(new Span<byte>(buffer, length));
        return bytes.Length;
    }

    public override unsafe int TryReceiveFrom(KernelSocket socket, byte* buffer, int length, MessageBlock* message) => -KernelError.EAGAIN;

    public override Socket TakeAccepted(int result) => Accepted(result);

    public override IPEndPoint LocalEndPoint(KernelSocket socket) => new(IPAddress.Loopback, 1);

    public override unsafe void FinishReceiveFrom(MessageBlock* message)
    {
    }

    /// <summary>The engine's next submission that is not a cancellation of a whole socket.</summary>
    public async Task<Submitted> NextAsync()
    {
        while (true)
        {
            Submitted next = await _submitted.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            if (next.Operation != KernelOperation.CancelSocket)
            {
                return next;
            }
        }
    }

    /// <summary>The engine's next cancellation of a whole socket; what it submits before is passed over.</summary>
    public async Task<Submitted> NextCancelSocketAsync()
    {
        while (true)
        {
            Submitted next = await _submitted.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            if (next.Operation == KernelOperation.CancelSocket && next.Ring.IsLoopRing)
            {
                return next;
            }
        }
    }

    /// <summary>Whether the engine has submitted anything not yet looked at.</summary>
    public bool HasSubmitted => _submitted.Reader.TryPeek(out _);

    public void Record(Submitted submitted) => _submitted.Writer.TryWrite(submitted);

    private sealed unsafe class SimulatedSlab(nuint length, Action freed) : Slab((byte*)NativeMemory.AllocZeroed(length), length)
    {
        public override void Free()
        {
            freed();
            NativeMemory.Free(Address);
        }
    }
}

/// <summary>One ring of the <see cref="SimulatedKernel"/>.</summary>
internal sealed class SimulatedRing(SimulatedKernel kernel, SimulatedRing? loop) : KernelRing
{
    private readonly ConcurrentQueue<Completion> _completions = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly ConcurrentQueue<(int Number, nint Address, int Length)> _buffers = new();
    private readonly ConcurrentDictionary<ulong, KernelSocket> _standing = new();
    private int _fullPushes = kernel.FullPushes;
    private bool _signalsLoop;

    public override bool SignalsLoop
    {
        set => Volatile.Write(ref _signalsLoop, value);
    }

    public override bool HasUnsubmitted => false;

    public bool IsLoopRing => loop is null;

    /// <summary>Provided buffers not taken yet.</summary>
    public int Provided => _buffers.Count;

    public override void RegisterSlab(Slab slab, KernelRing? source) => SlabRegistered = true;

    public override bool TryProvideBuffers(int count)
    {
        ProvidedBuffersProblem = kernel.ProvidesBuffers ? null : "the simulated kernel has no such ring";
        return kernel.ProvidesBuffers;
    }

    public override unsafe void Provide(int number, byte* address, int length) => _buffers.Enqueue((number, (nint)address, length));

    /// <summary>Fills the next provided buffer. The flags of a completion that says so.</summary>
    public unsafe uint Fill(ReadOnlySpan<byte> bytes)
    {
        Assert.True(_buffers.TryDequeue(out (int Number, nint Address, int Length) buffer), "No buffer is provided.");
        bytes.CopyTo(new Span<byte>((byte*)buffer.Address, buffer.Length));
        return Completion.BufferTaken | (uint)buffer.Number << Completion.BufferShift;
    }

    public override unsafe bool TryPush(in Submission submission)
    {
        if (_fullPushes > 0)
        {
            _fullPushes--;
            return false;
        }

        switch (submission.Operation)
        {
            case KernelOperation.ReceiveMultishot or KernelOperation.WaitReadable or KernelOperation.AcceptMultishot:
                _standing[submission.UserData] = submission.Socket!;
                break;
            case KernelOperation.CancelSocket when kernel.EndsCancelled:
                KernelSocket socket = submission.Socket!;
                foreach ((ulong userData, _) in _standing.Where(standing => standing.Value == socket))
                {
                    Post(new Completion(userData, -KernelError.ECANCELED, 0));
                }

                break;
        }

        byte[] bytes = Submitted.BytesOf(submission);
        int length = submission.Segments == null ? submission.Length : bytes.Length;
        kernel.Record(new Submitted(this, submission.Operation, submission.UserData, length, bytes, submission.Registered, submission.CancelTarget)
        {
            Pieces = Submitted.PiecesOf(submission),
            SegmentSize = submission.SegmentSize,
            PollFirst = submission.PollFirst,
        });
        return true;
    }

    public override void Enter(bool wait)
    {
        if (wait && _completions.IsEmpty)
        {
            _wake.WaitOne();
        }
    }

    public override int Reap(Span<Completion> completions)
    {
        int count = 0;
        while (count < completions.Length && _completions.TryDequeue(out Completion completion))
        {
            completions[count++] = completion;
        }

        return count;
    }

    public override void Wake() => _wake.Set();

    public void Post(Completion completion)
    {
        if (completion.IsTerminal)
        {
            _standing.TryRemove(completion.UserData, out _);
        }

        _completions.Enqueue(completion);
        if (loop is null)
        {
            Wake();
        }
        else if (Volatile.Read(ref _signalsLoop))
        {
            loop.Wake();
        }
    }

    public override void Dispose() => _wake.Set();
}
