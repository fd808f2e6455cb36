namespace ZeroCopySockets;

/// <summary>
/// What is done at run time to catch a mistake with a buffer in flight that got past the compiler and past the checks of
/// <see cref="BufferLease"/>: through a span, a pointer or an array kept from before the send. For tests and for hunting
/// corruption; each send then costs microseconds and allocates.
/// </summary>
public enum GuardMode
{
    /// <summary>Nothing.</summary>
    Off = 0,

    /// <summary>
    /// A hash of the bytes and the call site of each send are remembered, and compared when the kernel gives the memory
    /// back. A difference is reported with the call site: <see cref="ZeroCopyEngine.GuardViolated"/>, the event source,
    /// <see cref="ZeroCopyStatistics.GuardViolations"/>, and an <see cref="InvalidOperationException"/> naming ZCS0001 from
    /// the await of the recycle. In the same ways, memory of the caller's own: whose array goes back to its pool, or whose
    /// owner is disposed, before the kernel has let go of it (ZCS0002), and that is written while a receive waits (ZCS0003; the
    /// await of the receive fails). To send what a receive waits for, to receive into what is in flight, and to await any
    /// ValueTask of a send, recycle, receive or rent a second time (ZCS0005) throws there and then.
    /// </summary>
    Check = 1,

    /// <summary>
    /// As <see cref="Check"/>, and the pages of a leased buffer are read-only while it is in flight, so that the write
    /// itself ends the process with the stack of the writer (mprotect(2); not on Windows). Every buffer then takes whole
    /// pages, so the same buffer counts need more memory. Memory of the caller's own is checked only: its pages hold other
    /// things too.
    /// </summary>
    Protect = 2,
}
