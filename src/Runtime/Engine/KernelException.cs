namespace ZeroCopySockets.Engine;

/// <summary>The kernel refused something the engine cannot run without.</summary>
internal sealed class KernelException(int result, string message) : IOException(message)
{
    /// <summary>The errno value.</summary>
    public int Errno { get; } = -result;
}
