namespace Quickstart;

/// <summary>The run failed in a way its message explains: a field that differs, a stream cut short, a datagram lost.</summary>
internal sealed class QuickstartException(string message) : Exception(message);
