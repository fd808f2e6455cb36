using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>One submission in the simulated kernel, from the push to its terminal completion.</summary>
internal sealed unsafe class Request
{
    private readonly byte[] _promised;

    public Request(SwarmRing ring, in Submission submission, ulong number)
    {
        Ring = ring;
        Submission = submission;
        Number = number;
        // From the submission to the last completion the memory is ours; here is what it must go on saying.
        _promised = IsSend ? Memory.ToArray() : [];
    }

    public SwarmRing Ring { get; }

    public Submission Submission { get; }

    public ulong Number { get; }

    public KernelOperation Operation => Submission.Operation;

    public bool IsSend => Operation is KernelOperation.Send or KernelOperation.SendZeroCopy;

    public bool IsZeroCopy => Operation == KernelOperation.SendZeroCopy;

    public ReadOnlySpan<byte> Memory => new(Submission.Buffer, Submission.Length);

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
    public bool OwnsMemory => State is RequestState.Queued or RequestState.Waiting || OwesNotification;

    public void CheckMemory()
    {
        if (!Memory.SequenceEqual(_promised))
        {
            throw new ViolationException(new Violation(
                Invariant.OwedMemoryIsUntouched,
                $"the memory of {this} was written before its terminal completion, from byte {Memory.CommonPrefixLength(_promised)}"));
        }
    }

    public bool Touches(byte* address, int length) =>
        OwnsMemory && address < Submission.Buffer + Submission.Length && Submission.Buffer < address + length;

    public override string ToString() => $"request {Number} ({Operation} of {Submission.Length} bytes on {Socket}, {State}{(OwesNotification ? ", notification owed" : "")})";
}

internal enum RequestState
{
    /// <summary>Submitted, not executed.</summary>
    Queued,

    /// <summary>Waits for room, for data, for a peer.</summary>
    Waiting,

    /// <summary>Its result has been posted.</summary>
    Answered,
}
