namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// What the run-time checks behind the ownership rules throw. Each message begins with the ID of the rule that looks for the
/// same mistake at compile time.
/// </summary>
internal static class OwnershipErrors
{
    public static InvalidOperationException WrittenInFlight(ulong sends) => new(
        $"ZCS0001: the buffer is in flight ({sends} send(s)): the kernel owns it until the notification. Await the receipt's Recycled before writing, or rent a second buffer.");

    public static InvalidOperationException WrittenInQuarantine() => new(
        "ZCS0001: the buffer is quarantined: its engine was torn down while the kernel still owed a notification, so its memory can never be written again.");

    /// <summary>Found in guard mode, when the kernel let go.</summary>
    public static string ChangedInFlight(int length, CallSite send, bool isOwn) =>
        $"ZCS0001: the {length} bytes sent by {send} were written while in flight: the kernel owned them until the notification, and the peer may have received either content."
        + (isOwn ? " Where nobody wrote them here, they were given up too early (ZCS0002), and whoever has them now did." : "");

    /// <summary>Found in guard mode, when the array was returned.</summary>
    public static string ReturnedToPool(OwnMemory memory, CallSite returning) =>
        $"ZCS0002: an array was returned to its pool by {returning} while {Held(memory)}: whoever rents it next writes where the kernel still is. Return it after {End(memory)}.";

    /// <summary>Found in guard mode, when the kernel let go.</summary>
    public static string OwnerDisposed(OwnMemory memory) =>
        $"ZCS0002: the owner of memory was disposed while {Held(memory)}. Dispose it after {End(memory)}.";

    /// <summary>Found in guard mode, when the receive ended.</summary>
    public static string WrittenWhileReceiving(CallSite receive) =>
        $"ZCS0003: the memory given to the receive called by {receive} was written before the receive had completed: the kernel owned it, and may have written there too. Await the receive first.";

    /// <summary>In guard mode.</summary>
    public static InvalidOperationException HeldAlready(OwnMemory memory, bool toReceive) => new(
        $"{(memory.IsReceived ? "ZCS0003" : "ZCS0001")}: memory is {(toReceive ? "received into" : "sent")} while {Held(memory)}. Await {End(memory)} first.");

    private static string Held(OwnMemory memory) =>
        $"the kernel owned {memory.Length} bytes of it, by the {(memory.IsReceived ? "receive" : "send")} called by {memory.CallSite}";

    private static string End(OwnMemory memory) => memory.IsReceived ? "the receive" : "the receipt's Recycled";

    /// <param name="owed">What the notification that will never come was for.</param>
    public static ObjectDisposedException EngineGone(string owed) => new(
        nameof(ZeroCopyEngine), $"ZCS0002: the engine was disposed while the kernel still owed {owed}; the memory is quarantined. Await every Recycled before disposing the engine.");

    public static ObjectDisposedException ReceiveLeaseEnded() => new(
        nameof(ReceiveLease), "ZCS0003: the receive lease was disposed; its buffer receives again and may hold somebody else's bytes. Copy what you keep before disposing the lease.");

    public static ObjectDisposedException LeaseEnded() => new(
        nameof(BufferLease), "ZCS0004: the lease was disposed; its buffer may already belong to somebody else. Take a new lease.");

    public static InvalidOperationException AwaitedTwice() => new(
        "ZCS0005: this ValueTask was already awaited; a ValueTask may be awaited once. Keep its result, or await the task of one AsTask().");

    public static InvalidOperationException RecycleAwaitedTwice() => new(
        "ZCS0005: Recycled of this send is already being awaited; await it in one place, or share the task of one AsTask().");
}
