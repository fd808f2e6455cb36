using System.Runtime.InteropServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>One submission in the simulated kernel, from the push to its terminal completion.</summary>
internal sealed unsafe class Request
{
    private readonly Segment[] _segments;
    private readonly byte[] _promised;

    public Request(SwarmRing? ring, in Submission submission, ulong number)
    {
        Ring = ring!;
        Submission = submission;
        Number = number;
        // From the submission to the last completion the memory is ours; here is what it must go on saying.
        _segments = SegmentsOf(submission);
        Length = (int)_segments.Sum(static segment => (long)segment.Length);
        _promised = IsSend ? Read(0, Length) : [];
    }

    /// <summary>The ring it came through; none where it is a system call.</summary>
    public SwarmRing Ring { get; }

    public Submission Submission { get; }

    public ulong Number { get; }

    public KernelOperation Operation => Submission.Operation;

    public bool IsSend => Operation is KernelOperation.Send or KernelOperation.SendZeroCopy;

    public bool IsCancel => Operation is KernelOperation.Cancel or KernelOperation.CancelSocket;

    /// <summary>A receive or an accept, of which a socket has one at a time.</summary>
    public bool IsIncoming => Operation is not KernelOperation.Connect && !IsSend && !IsCancel;

    public bool IsZeroCopy => Operation == KernelOperation.SendZeroCopy;

    /// <summary>Bytes of memory, in all pieces.</summary>
    public int Length { get; }

    /// <summary>The pieces of memory, which may be one.</summary>
    public ReadOnlySpan<Segment> Segments => _segments;

    public SimulatedSocket Socket { get; set; } = null!;

    /// <summary>Where a datagram goes, or the peer's address: copied when the submission is taken in, as the kernel does.</summary>
    public PeerAddress Address { get; set; }

    public RequestState State { get; set; }

    /// <summary>Bytes accounted so far.</summary>
    public int Taken { get; set; }

    /// <summary>Pieces of the memory that the kernel will still read.</summary>
    public int Unread { get; set; }

    /// <summary>A notification was announced with MORE and has not been posted.</summary>
    public bool OwesNotification { get; set; }

    /// <summary>The engine has taken its result off the ring.</summary>
    public bool IsTold { get; set; }

    public bool WasCopied { get; set; }

    /// <summary>Faults are drawn once per request, so that each comes to an end.</summary>
    public bool FaultsDrawn { get; set; }

    /// <summary>Whether the kernel may still look at, or write to, the memory.</summary>
    public bool OwnsMemory => State != RequestState.Answered || OwesNotification;

    /// <summary>The kernel reads the list of pieces when it takes the submission in, not when it is queued.</summary>
    public void CheckSegments() => ViolationException.ThrowUnless(
        MemoryMarshal.AsBytes(SegmentsOf(Submission).AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(_segments.AsSpan())), Invariant.OwedMemoryIsUntouched, $"the list of pieces of {this} changed before it was submitted");

    public void CheckMemory()
    {
        int offset = 0;
        foreach (Segment segment in _segments)
        {
            var memory = new ReadOnlySpan<byte>(segment.Buffer, (int)segment.Length);
            ReadOnlySpan<byte> promised = _promised.AsSpan(offset, memory.Length);
            if (!memory.SequenceEqual(promised))
            {
                throw new ViolationException(new Violation(
                    Invariant.OwedMemoryIsUntouched,
                    $"the memory of {this} was written before its terminal completion, from byte {offset + memory.CommonPrefixLength(promised)}"));
            }

            offset += memory.Length;
        }
    }

    /// <summary>What the memory says now.</summary>
    public byte[] Read(int offset, int count)
    {
        var bytes = new byte[count];
        int done = 0;
        foreach (Segment segment in _segments)
        {
            int length = (int)segment.Length;
            int take = Math.Min(length - offset, count - done);
            if (take > 0)
            {
                // SAFETY: the kernel owns the memory until the terminal completion, and reads only before it.
                new ReadOnlySpan<byte>(segment.Buffer + offset, take).CopyTo(bytes.AsSpan(done));
                done += take;
            }

            offset = Math.Max(0, offset - length);
        }

        return bytes;
    }

    public bool Touches(byte* address, int length)
    {
        if (!OwnsMemory)
        {
            return false;
        }

        foreach (Segment segment in _segments)
        {
            if (address < segment.Buffer + segment.Length && segment.Buffer < address + length)
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => $"request {Number} ({Operation} of {Length} bytes on {Socket}, {State}{(OwesNotification ? ", notification owed" : "")})";

    /// <summary>The pieces a submission names, copied as the kernel copies an iovec.</summary>
    public static Segment[] SegmentsOf(in Submission submission) => submission switch
    {
        { Buffer: null, Segments: null } => [],
        { Segments: null } => [new Segment { Buffer = submission.Buffer, Length = (nuint)submission.Length }],
        _ => new ReadOnlySpan<Segment>(submission.Segments, submission.Length).ToArray(),
    };

    /// <summary>Bytes a submission names, in all pieces.</summary>
    public static int LengthOf(in Submission submission) => (int)SegmentsOf(submission).Sum(static segment => (long)segment.Length);
}

internal enum RequestState
{
    /// <summary>In the submission queue: the kernel knows nothing of it yet.</summary>
    Pushed,

    /// <summary>Submitted, not executed.</summary>
    Queued,

    /// <summary>Waits for room, for data, for a peer.</summary>
    Waiting,

    /// <summary>Its result has been posted.</summary>
    Answered,
}
