using ZeroCopySockets.Engine;

namespace ZeroCopySockets;

/// <summary>
/// The first completion of a send: its bytes are accounted and ordered, so the next send may go. The buffer is another
/// matter: await <see cref="Recycled"/> before writing to it.
/// </summary>
public readonly struct SendReceipt : IEquatable<SendReceipt>
{
    private readonly IRecycle? _recycle;
    private readonly int _version;

    internal SendReceipt(IRecycle? recycle, int version, int bytesSent)
    {
        _recycle = recycle;
        _version = version;
        BytesSent = bytesSent;
    }

    /// <summary>Bytes the kernel accepted: the whole message. It says nothing of their arrival.</summary>
    public int BytesSent { get; }

    /// <summary>Whether the kernel has given the buffer back.</summary>
    public bool IsRecycled => _recycle is null || _recycle.IsRecycled(_version);

    /// <summary>
    /// The second completion: the kernel reads the buffer no more, and it may be written again. At once where the send was
    /// copied. Await it in one place only.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the kernel let go of the buffer.</exception>
    /// <exception cref="InvalidOperationException">ZCS0001: the buffer was written in flight (<see cref="GuardMode.Check"/>). It is back all the same.</exception>
    public ValueTask Recycled => _recycle is null ? default : _recycle.WhenRecycled(_version);

    /// <inheritdoc/>
    public bool Equals(SendReceipt other) => _recycle == other._recycle && _version == other._version && BytesSent == other.BytesSent;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SendReceipt other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_recycle, _version);

    /// <summary>Whether both are of the same send.</summary>
    public static bool operator ==(SendReceipt left, SendReceipt right) => left.Equals(right);

    /// <summary>Whether they are of different sends.</summary>
    public static bool operator !=(SendReceipt left, SendReceipt right) => !left.Equals(right);
}
