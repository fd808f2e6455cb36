using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
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

    private const string Tags = """
        using ZeroCopySockets;
        [assembly: ByteOrder(ByteOrder.BigEndian)]
        namespace Library;
        public enum Tag : ushort { Tick = 0x5401 }
        [ZeroCopyBuffer] public partial struct Tick { public byte Version; [Discriminator((ushort)Tag.Tick)] public Tag Tag; public uint Price; }
        [ZeroCopyBuffer] public partial struct Later { public ushort First; [Discriminator(7)] public ushort Tag; }
        [ZeroCopyBuffer] public partial struct News { public byte Version; [Discriminator(8)] public ushort Tag; [Tail(Max = 9)] public partial System.ReadOnlySpan<byte> Text { get; set; } }
        """;

    [Fact]
    public void A_set_takes_messages_of_another_assembly_and_tells_them_by_their_tags()
    {
        const string Set = """
            using ZeroCopySockets;
            [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Own { public byte Version; [Discriminator(0x5402)] public ushort Tag; }
            [MessageSet(typeof(Own), typeof(Library.Tick))] public readonly ref partial struct Feed;
            public static class Program
            {
                public static string Run(byte[] bytes) => Feed.TryParse(bytes, out Feed feed, out int length) switch
                {
                    { IsOk: true } when feed.Kind == Feed.MessageKind.Tick => $"{feed.AsTick().Price} of {length}",
                    var status => $"{status} {feed.Kind}",
                };
            }
            """;
        byte[] library = Harness.Emit(Harness.GenerateCleanly(Harness.Compile("Tags", Tags)));
        byte[] user = Harness.Emit(Harness.GenerateCleanly(Harness.Compile("User", Set).AddReferences(MetadataReference.CreateFromImage(library))));
        var context = new AssemblyLoadContext(nameof(OtherAssemblyTests), isCollectible: true);
        context.LoadFromStream(new MemoryStream(library));
        var run = context.LoadFromStream(new MemoryStream(user)).GetType("Program")!.GetMethod("Run")!.CreateDelegate<Func<byte[], string>>();

        Assert.Equal("258 of 7", run(Wire.Hex("01 5401 00000102 EE")));
        Assert.Equal("Ok Own", run(Wire.Hex("01 5402")));
        Assert.Equal("NeedMore(4) None", run(Wire.Hex("01 5401")));
        context.Unload();
    }

    [Theory]
    [InlineData("Library.Later", "its tag is at another place, or of another type or byte order, than that of the first")]
    [InlineData("Library.News", "it is of another assembly, and not of fixed size")]
    public async Task A_message_of_another_assembly_that_cannot_be_in_the_set_is_reported(string message, string reason)
    {
        byte[] library = Harness.Emit(Harness.GenerateCleanly(Harness.Compile("Tags", Tags)));
        var test = new LayoutTest($"[MessageSet(typeof(Library.Tick), typeof({message}))] public readonly ref partial struct {{|#0:Feed|}};");
        test.TestState.AdditionalReferences.Add(MetadataReference.CreateFromImage(library));
        test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("ZCS1041").WithLocation(0)
            .WithMessage($"Message set 'Feed' cannot hold '{message.Split('.')[1]}': {reason}"));

        await test.RunAsync();
    }

    private delegate void SealBytes(Span<byte> message);
}
