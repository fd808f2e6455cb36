namespace ZeroCopySockets;

/// <summary>The peer sent bytes that are not the message that was expected.</summary>
public sealed class WireFormatException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, for a person.</param>
    /// <param name="status">What is wrong, for code.</param>
    public WireFormatException(string message, ParseStatus status) : base(message) => Status = status;

    /// <summary>What the parser found.</summary>
    public ParseStatus Status { get; }
}
