namespace ZeroCopySockets.Simulator;

/// <summary>What must hold in every run, whatever the kernel and the peers do.</summary>
internal enum Invariant
{
    /// <summary>Every completion belongs to an operation in flight, and each operation has exactly one without MORE.</summary>
    OneTerminalCompletion,

    /// <summary>What a peer receives is what was sent, each message once, in the order of the calls.</summary>
    BytesOnceAndInOrder,

    /// <summary>After a message that was cut in half nothing follows on its stream.</summary>
    NothingAfterATornSend,

    /// <summary>Memory the kernel owns is neither written nor unpinned nor given to anybody else.</summary>
    OwedMemoryIsUntouched,

    /// <summary>A stream's next send, or receive, is submitted only when the result of the one before is known.</summary>
    OneResultOutstanding,

    /// <summary>Received bytes stay what they are until their lease has ended and nobody sends them on.</summary>
    LeasedBytesStay,

    /// <summary>Every receive buffer is in exactly one place, and one that the kernel may fill is nobody else's.</summary>
    ReceiveBuffersAddUp,

    /// <summary>Every connection that was accepted is closed in the end.</summary>
    DescriptorsReturn,

    /// <summary>A descriptor is closed after the last operation that names it.</summary>
    ClosedLast,

    /// <summary>Every slot is in exactly one state, and a slot the kernel owns is in flight or quarantined.</summary>
    SlotsAddUp,

    /// <summary>In the end every lease is back and nothing is owed, but for what is quarantined.</summary>
    EverythingReturns,

    /// <summary>Everything that is awaited completes.</summary>
    EverythingCompletes,

    /// <summary>No exception ends a loop.</summary>
    LoopsSurvive,

    /// <summary>A call succeeds, or fails in a way that the run explains.</summary>
    OutcomesAreExplained,
}

/// <summary>An invariant that did not hold, and how that showed.</summary>
internal sealed record Violation(Invariant Invariant, string Detail)
{
    public override string ToString() => $"{Invariant}: {Detail}";
}

/// <summary>Thrown where a violation is noticed; caught at the next edge of the simulation, which ends the run.</summary>
internal sealed class ViolationException(Violation violation) : Exception(violation.ToString())
{
    public Violation Violation { get; } = violation;

    public static void ThrowUnless(bool holds, Invariant invariant, string detail)
    {
        if (!holds)
        {
            throw new ViolationException(new Violation(invariant, detail));
        }
    }
}
