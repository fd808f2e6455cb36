namespace ZeroCopySockets;

/// <summary>Memory that a send or receive had lent to the kernel was written, or given up, before the kernel gave it back.</summary>
public sealed class GuardViolationEventArgs : EventArgs
{
    internal GuardViolationEventArgs(int length, string sendCallSite, string message)
    {
        Length = length;
        SendCallSite = sendCallSite;
        Message = message;
    }

    /// <summary>Bytes lent.</summary>
    public int Length { get; }

    /// <summary>Where the send, or receive, was called: the innermost frames outside the library, with file and line where symbols are there.</summary>
    public string SendCallSite { get; }

    /// <summary>The whole report, for a log.</summary>
    public string Message { get; }
}
