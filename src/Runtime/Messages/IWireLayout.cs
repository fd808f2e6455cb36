namespace ZeroCopySockets;

/// <summary>
/// The wire layout of a message, implemented by the generator on every <see cref="ZeroCopyBufferAttribute"/> struct.
/// Constrain on it to write code that is generic over messages.
/// </summary>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IWireLayout<TSelf> where TSelf : unmanaged, IWireLayout<TSelf>
{
    /// <summary>Bytes the smallest message takes on the wire; equal to <see cref="MaxWireSize"/> when all take the same.</summary>
    static abstract int MinWireSize { get; }

    /// <summary>Bytes the largest message takes on the wire.</summary>
    static abstract int MaxWireSize { get; }

    /// <summary>Bytes this message takes on the wire, from <see cref="MinWireSize"/> to <see cref="MaxWireSize"/>.</summary>
    static abstract int SizeOf(in TSelf value);

    /// <summary>Writes every one of the first <see cref="SizeOf"/> bytes of <paramref name="destination"/>, padding included.</summary>
    /// <returns>How many bytes that was.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    static abstract int Encode(in TSelf value, Span<byte> destination);

    /// <summary>Reads a message from the start of <paramref name="source"/>. Never throws: bad bytes are a status.</summary>
    /// <param name="source">What was received.</param>
    /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
    /// <param name="consumed">Bytes the message took; 0 unless the status is Ok.</param>
    static abstract ParseStatus TryDecode(ReadOnlySpan<byte> source, out TSelf value, out int consumed);
}

/// <summary>The wire layout of a message that always takes the same number of bytes.</summary>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IFixedWireLayout<TSelf> : IWireLayout<TSelf> where TSelf : unmanaged, IFixedWireLayout<TSelf>
{
    /// <summary>Bytes one message takes on the wire.</summary>
    static abstract int WireSize { get; }

    /// <summary>Reads a message from the first <see cref="WireSize"/> bytes. Never throws: bad bytes are a status.</summary>
    /// <param name="source">What was received.</param>
    /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
    static abstract ParseStatus TryDecode(ReadOnlySpan<byte> source, out TSelf value);

    static int IWireLayout<TSelf>.MinWireSize => TSelf.WireSize;

    static int IWireLayout<TSelf>.MaxWireSize => TSelf.WireSize;

    static int IWireLayout<TSelf>.SizeOf(in TSelf value) => TSelf.WireSize;

    static ParseStatus IWireLayout<TSelf>.TryDecode(ReadOnlySpan<byte> source, out TSelf value, out int consumed)
    {
        ParseStatus status = TSelf.TryDecode(source, out value);
        consumed = status.IsOk ? TSelf.WireSize : 0;
        return status;
    }
}

/// <summary>A read-only accessor over the bytes of a message, implemented by the generated <c>View</c> types.</summary>
/// <typeparam name="TSelf">The view.</typeparam>
public interface IWireView<TSelf> where TSelf : IWireView<TSelf>, allows ref struct
{
    /// <summary>Bytes the smallest message takes on the wire; equal to <see cref="MaxWireSize"/> when all take the same.</summary>
    static abstract int MinWireSize { get; }

    /// <summary>Bytes the largest message takes on the wire: what a receiver keeps room for.</summary>
    static abstract int MaxWireSize { get; }

    /// <summary>Validates the start of <paramref name="source"/> and lays the view over it. Never throws: bad bytes are a status.</summary>
    /// <param name="source">What was received.</param>
    /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
    /// <param name="consumed">Bytes the message took; 0 unless the status is Ok.</param>
    /// <returns>Ok, NeedMore while the bytes may be the start of a message, which then has no more than <see cref="MaxWireSize"/>, or Invalid.</returns>
    static abstract ParseStatus TryParse(ReadOnlySpan<byte> source, out TSelf view, out int consumed);
}

/// <summary>
/// A view of a message that says itself where it ends, so that messages can follow one another in a stream. One that ends
/// where its bytes end, such as one with a tail that nothing counts, needs datagrams.
/// </summary>
/// <typeparam name="TSelf">The view.</typeparam>
public interface ISelfDelimitingView<TSelf> : IWireView<TSelf> where TSelf : ISelfDelimitingView<TSelf>, allows ref struct;

/// <summary>A view of a message that always takes the same number of bytes.</summary>
/// <typeparam name="TSelf">The view.</typeparam>
public interface IFixedWireView<TSelf> : ISelfDelimitingView<TSelf> where TSelf : IFixedWireView<TSelf>, allows ref struct
{
    /// <summary>Bytes one message takes on the wire.</summary>
    static abstract int WireSize { get; }

    /// <summary>Validates the first <see cref="WireSize"/> bytes and lays the view over them. Never throws: bad bytes are a status.</summary>
    /// <param name="source">What was received.</param>
    /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
    static abstract ParseStatus TryParse(ReadOnlySpan<byte> source, out TSelf view);

    static int IWireView<TSelf>.MinWireSize => TSelf.WireSize;

    static int IWireView<TSelf>.MaxWireSize => TSelf.WireSize;

    static ParseStatus IWireView<TSelf>.TryParse(ReadOnlySpan<byte> source, out TSelf view, out int consumed)
    {
        ParseStatus status = TSelf.TryParse(source, out view);
        consumed = status.IsOk ? TSelf.WireSize : 0;
        return status;
    }
}

/// <summary>A message that is the header of a payload, implemented by the generator where a field has <see cref="PayloadAttribute"/>.</summary>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IPayloadHeader<TSelf> : IWireLayout<TSelf> where TSelf : unmanaged, IPayloadHeader<TSelf>
{
    /// <summary>Bytes of the largest payload.</summary>
    static abstract int MaxPayload { get; }

    /// <summary>The same message, in front of a payload of so many bytes, at most <see cref="MaxPayload"/>.</summary>
    static abstract TSelf WithPayload(in TSelf header, int payloadLength);
}
