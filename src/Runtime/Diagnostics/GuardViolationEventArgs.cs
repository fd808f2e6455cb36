namespace ZeroCopySockets;

/// <summary>A write to memory that a send had lent to the kernel, found when the kernel gave it back.</summary>
public sealed class GuardViolationEventArgs : EventArgs
{
    internal GuardViolationEventArgs(int length, string sendCallSite, string message)
    {
        Length = length;
        SendCallSite = sendCallSite;
        Message = message;
    }

    /// <summary>Bytes the send had lent.</summary>
    public int Length { get; }

    /// <summary>Where the send was called: the innermost frames outside the library, with file and line where symbols are there.</summary>
    public string SendCallSite { get; }

    /// <summary>The whole report, for a log.</summary>
    public string Message { get; }
}
