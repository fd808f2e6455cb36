using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

/// <summary>Messages whose parts were compiled in another assembly.</summary>
public class OtherAssemblyTests
{
    private const string Library = """
        using ZeroCopySockets;
        namespace Library;
        [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Header
        {
            [Magic(0x4C42)] public ushort Mark;
            public byte Kind;
            [Checksum(ChecksumAlgorithm.Crc32)] public uint Crc;
        }
        """;

    private const string User = """
        using ZeroCopySockets;
        [ZeroCopyBuffer(ByteOrder.LittleEndian)]
        public partial struct Packet
        {
            public Library.Header Header;
            public System.Runtime.CompilerServices.InlineArray2<Library.Header> Others;
            public ushort Body;
        }
        """;

    [Fact]
    public void Their_parts_are_encoded_checked_and_sealed_by_the_code_of_that_assembly()
    {
        byte[] library = Harness.Emit(Harness.GenerateCleanly(Harness.Compile("Library", Library)));
        byte[] user = Harness.Emit(Harness.GenerateCleanly(Harness.Compile("User", User).AddReferences(MetadataReference.CreateFromImage(library))));
        var context = new AssemblyLoadContext(nameof(OtherAssemblyTests), isCollectible: true);
        context.LoadFromStream(new MemoryStream(library));
        Type packet = context.LoadFromStream(new MemoryStream(user)).GetType("Packet")!;

        // The CRC-32 of 4C4200 00000000, from another implementation.
        const string Header = "4C42 00 5C576B14";
        byte[] expected = Wire.Hex($"{Header} {Header} {Header} 0000");
        Wire.SurvivesAs(packet, expected);

        byte[] edited = new byte[expected.Length];
        packet.GetMethod("Seal")!.CreateDelegate<SealBytes>()(edited);
        Assert.Equal(expected, edited);
        context.Unload();
    }

    private delegate void SealBytes(Span<byte> message);
}
