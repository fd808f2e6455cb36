namespace ZeroCopySockets;

/// <summary>
/// The wire layout of a message, implemented by the generator on every <see cref="ZeroCopyBufferAttribute"/> struct.
/// Constrain on it to write code that is generic over messages.
/// </summary>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IWireLayout<TSelf> where TSelf : unmanaged, IWireLayout<TSelf>
{
    /// <summary>Bytes one message takes on the wire.</summary>
    static abstract int WireSize { get; }

    /// <summary>Writes every one of the first <see cref="WireSize"/> bytes of <paramref name="destination"/>, padding included.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="WireSize"/> bytes.</exception>
    static abstract void Encode(in TSelf value, Span<byte> destination);

    /// <summary>Reads a message from the start of <paramref name="source"/>. Never throws: bad bytes are a status.</summary>
    static abstract ParseStatus TryDecode(ReadOnlySpan<byte> source, out TSelf value);
}

/// <summary>A read-only accessor over the bytes of a message, implemented by the generated <c>View</c> types.</summary>
/// <typeparam name="TSelf">The view.</typeparam>
public interface IWireView<TSelf> where TSelf : IWireView<TSelf>, allows ref struct
{
    /// <summary>Bytes one message takes on the wire.</summary>
    static abstract int WireSize { get; }

    /// <summary>Validates the start of <paramref name="source"/> and lays the view over it. Never throws: bad bytes are a status.</summary>
    static abstract ParseStatus TryParse(ReadOnlySpan<byte> source, out TSelf view);
}
