using System.Reflection;

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

    /// <summary>A message becomes the bytes the reference encoder makes of it, and comes back from them.</summary>
    public static void Survives<T>(T message) where T : unmanaged, IWireLayout<T>
    {
        byte[] bytes = Encode(message);
        Assert.Equal(ReferenceEncoder.Encode(message), bytes);
        Assert.Equal(bytes, ReferenceEncoder.Encode(Decode<T>(bytes)));
    }

    /// <summary>Bytes that are valid for a message are decoded, and become the same bytes in both encoders.</summary>
    public static void SurvivesAs(Type message, byte[] bytes) => typeof(Wire)
        .GetMethod(nameof(BytesSurvive), BindingFlags.Static | BindingFlags.NonPublic)!
        .MakeGenericMethod(message)
        .Invoke(null, [bytes]);

    private static void BytesSurvive<T>(byte[] bytes) where T : unmanaged, IWireLayout<T>
    {
        Assert.Equal((bytes.Length, bytes.Length), (T.MinWireSize, T.MaxWireSize));
        T message = Decode<T>(bytes);
        Assert.Equal(bytes, ReferenceEncoder.Encode(message));
        Assert.Equal(bytes, Encode(message));
    }

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "").ReplaceLineEndings(""));
}
