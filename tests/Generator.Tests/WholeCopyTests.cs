using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Messages that lie in memory as on the wire are copied as a whole; their bytes are those that single fields would give.</summary>
public class WholeCopyTests
{
    [Theory]
    // In order, without gaps.
    [InlineData("public ulong A; public int B; public ushort C; public byte D; public sbyte E;", "", true)]
    [InlineData("public double A; public float B; public Half C; public char D;", "", true)]
    [InlineData("public byte A; public Kind B;", "", true)]
    [InlineData("public byte A; public uint B;", "[StructLayout(LayoutKind.Sequential, Pack = 1)]", true)]
    // The CLR puts a gap after the first, or behind the last.
    [InlineData("public byte A; public uint B;", "", false)]
    [InlineData("public uint A; public byte B;", "", false)]
    // The CLR may put them in another order, or the user has.
    [InlineData("public ulong A; public uint B; public uint C;", "[StructLayout(LayoutKind.Auto)]", false)]
    // A bool may have other bytes in memory, and others say what the sender must not choose.
    [InlineData("public byte A; public bool B;", "", false)]
    [InlineData("[Magic(7)] public byte A; public byte B;", "", false)]
    [InlineData("[ByteOrder(ByteOrder.BigEndian)] public uint A; public uint B;", "", false)]
    [InlineData("[Pad(2)] public ushort A; public uint B;", "[StructLayout(LayoutKind.Sequential, Pack = 1)]", false)]
    public void Only_a_message_without_gaps_and_without_rules_is_copied_as_a_whole(string fields, string layout, bool isCopied)
    {
        string source = $$"""
            using System;
            using System.Runtime.InteropServices;
            using ZeroCopySockets;
            namespace Demo;
            public enum Kind : byte { A, B }
            [ZeroCopyBuffer(ByteOrder.LittleEndian)]
            {{layout}}
            public partial struct Sample { {{fields}} }
            """;
        string text = Harness.GeneratedText(source).Single().Value;
        Assert.Equal(isCopied, text.Contains("MemoryMarshal.Write(wire, in value)"));
        Assert.Equal(isCopied, text.Contains("MemoryMarshal.Read<Sample>(wire)"));

        Type message = Harness.LoadChecked(source, "Demo.Sample");
        typeof(WholeCopyTests).GetMethod(nameof(Compare), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(message).Invoke(null, [isCopied]);
    }

    /// <summary>A struct that says it is larger than its fields is not what is on the wire.</summary>
    [Fact]
    public void A_struct_of_another_size_than_its_message_goes_field_by_field()
    {
        var large = new Large { First = 0x0201, Second = 0x0403 };

        Assert.Equal(8, Unsafe.SizeOf<Large>());
        Assert.Equal([1, 2, 3, 4], Wire.Encode(large));
        Assert.Equal((large.First, large.Second), (Wire.Decode<Large>([1, 2, 3, 4]).First, Wire.Decode<Large>([1, 2, 3, 4]).Second));
    }

    private static void Compare<T>(bool isCopied) where T : unmanaged, IWireLayout<T>
    {
        var random = new Random(1);
        for (int i = 0; i < 100; i++)
        {
            var wire = new byte[T.MaxWireSize];
            random.NextBytes(wire);
            if (T.TryDecode(wire, out T message, out _).IsOk)
            {
                Assert.Equal(ReferenceEncoder.Encode(message), Wire.Encode(message));
                if (isCopied)
                {
                    Assert.Equal(wire, Wire.Encode(message));
                    Assert.Equal(wire, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in message)));
                }
            }
        }
    }
}

[ZeroCopyBuffer(ByteOrder.LittleEndian)]
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public partial struct Large
{
    public ushort First;
    public ushort Second;
}
