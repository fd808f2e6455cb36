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
