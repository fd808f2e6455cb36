namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>Encodes and decodes through the contract alone, as code that is generic over messages does.</summary>
internal static class Wire
{
    public static byte[] Encode<T>(in T message) where T : unmanaged, IWireLayout<T>
    {
        // Not zero: a byte that Encode forgets must not pass for padding.
        byte[] bytes = new byte[T.SizeOf(message)];
        Array.Fill(bytes, (byte)0xCC);
        Assert.Equal(bytes.Length, T.Encode(in message, bytes));
        return bytes;
    }

    public static T Decode<T>(ReadOnlySpan<byte> bytes) where T : unmanaged, IWireLayout<T>
    {
        Assert.Equal(ParseStatus.Ok, T.TryDecode(bytes, out T message, out int consumed));
        Assert.Equal(bytes.Length, consumed);
        return message;
    }

    public static ParseStatus Status<T>(ReadOnlySpan<byte> bytes) where T : unmanaged, IWireLayout<T> =>
        T.TryDecode(bytes, out _, out _);

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "").ReplaceLineEndings(""));
}
