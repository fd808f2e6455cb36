using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Surroundings in which generated code has to compile, and sources of byte order and size beyond the struct.</summary>
public class CompilationTests
{
    [Fact]
    public void A_message_of_another_assembly_can_be_nested()
    {
        Compilation library = Harness.GenerateCleanly(Harness.Compile("Library", """
            using ZeroCopySockets;
            [assembly: ByteOrder(ByteOrder.BigEndian)]
            namespace Library;
            [ZeroCopyBuffer] public partial struct Header { public ushort Length; [Pad(2)] private ushort _secret; }
            """));
        MetadataReference image = MetadataReference.CreateFromImage(Harness.Emit(library));
        foreach (MetadataReference reference in new[] { image, library.ToMetadataReference() })
        {
            Compilation user = Harness.GenerateCleanly(Harness.Compile("User", """
                using ZeroCopySockets;
                [ZeroCopyBuffer(ByteOrder.LittleEndian)]
                public partial struct Packet { public Library.Header Header; public uint Body; }
                """).AddReferences(reference));

            Assert.Equal(10, ConstantOf(user, "Packet", "WireSize"));
            Assert.Equal(6, ConstantOf(user, "Packet+Offsets", "Body"));
        }
    }

    [Theory]
    [InlineData("", "", "LittleEndian", "LittleEndian")]
    [InlineData("", "ByteOrder.BigEndian", "LittleEndian", "BigEndian")]
    [InlineData("[ByteOrder(ByteOrder.LittleEndian)]", "ByteOrder.BigEndian", "BigEndian", "LittleEndian")]
    [InlineData("[ByteOrder(ByteOrder.BigEndian)]", "", "LittleEndian", "BigEndian")]
    [InlineData("[ByteOrder(ByteOrder.Unspecified)]", "ByteOrder.Unspecified", "BigEndian", "BigEndian")]
    public void The_nearest_byte_order_wins(string field, string type, string assembly, string expected)
    {
        string text = Harness.GeneratedText($$"""
            using ZeroCopySockets;
            [assembly: ByteOrder(ByteOrder.{{assembly}})]
            [ZeroCopyBuffer({{type}})] public partial struct Tick { {{field}} public uint Value; }
            """).Single().Value;

        Assert.Contains($"WriteUInt32{expected}(", text);
    }

    [Fact]
    public void The_layout_in_the_documentation_names_types_as_the_user_does() => Assert.Contains("EcoSystem.Header", Harness.GeneratedText("""
        using ZeroCopySockets;
        namespace EcoSystem
        {
            [ZeroCopyBuffer] public partial struct Header { public byte Length; }
            [ZeroCopyBuffer] public partial struct Packet { public Header Header; }
        }
        """).Single(file => file.Key.Contains("Packet", StringComparison.Ordinal)).Value.Split("partial struct")[0], StringComparison.Ordinal);

    [Fact]
    public void Names_the_user_gave_to_other_things_do_not_capture_generated_code() => Harness.GenerateCleanly(Harness.Compile("Sample", """
        namespace Demo.System { public class Span { } }
        namespace Demo
        {
            public class BinaryPrimitives { }
            public class Span<T> { }
            public class ParseStatus { }
            public class BufferLease { }

            [global::ZeroCopySockets.ZeroCopyBuffer(global::ZeroCopySockets.ByteOrder.BigEndian)]
            public partial struct Tick
            {
                public uint System, BinaryPrimitives, Span, ParseStatus, wire, value, source, destination, view, status, bytes, index, i;
                public global::System.Runtime.CompilerServices.InlineArray2<uint> lease;
                public Inner Tock;
            }

            [global::ZeroCopySockets.ZeroCopyBuffer]
            public partial struct Inner { public byte Value; }
        }
        """));

    [Fact]
    public void Generated_code_compiles_with_overflow_checks_and_obsolete_fields()
    {
        CSharpCompilation compilation = Harness.Compile("Sample", """
            using System;
            using ZeroCopySockets;
            public enum Level : sbyte { Low = -128, Off = -1, High = 1 }
            [Flags] public enum Bits : int { Sign = int.MinValue, One = 1 }
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct Tick { [Obsolete("old")] public sbyte Value; public Level Level; public Bits Bits; }
            """);
        compilation = compilation.WithOptions(compilation.Options.WithOverflowChecks(true));
        var context = new AssemblyLoadContext(nameof(Generated_code_compiles_with_overflow_checks_and_obsolete_fields), isCollectible: true);
        Type tick = context.LoadFromStream(new MemoryStream(Harness.Emit(Harness.GenerateCleanly(compilation)))).GetType("Tick")!;

        Assert.True(TryDecode(tick, "FF 80 80000001").IsOk);
        Assert.True(TryDecode(tick, "80 FF 00000000").IsOk);
        Assert.Equal("Level", TryDecode(tick, "00 81 00000000").Field);
        Assert.Equal("Bits", TryDecode(tick, "00 01 80000002").Field);
        context.Unload();
    }

    [Fact]
    public void An_enum_that_defines_every_value_is_not_checked()
    {
        string values = string.Join(", ", Enumerable.Range(0, 256).Select(i => $"V{i}"));
        string text = Harness.GeneratedText($$"""
            using ZeroCopySockets;
            public enum All : byte { {{values}} }
            [System.Flags] public enum Bits : sbyte { A = 1, B = -2 }
            [ZeroCopyBuffer] public partial struct Tick { public All All; public Bits Bits; }
            """).Single().Value;

        Assert.DoesNotContain("Invalid(", text);
    }

    [Fact]
    public void Messages_whose_names_differ_only_by_case_are_generated_side_by_side()
    {
        // Generated files are told apart without regard to case: the second one would end the generator with an exception.
        const string Source = """
            namespace Demo
            {
                [ZeroCopySockets.ZeroCopyBuffer] public partial struct Tick { public byte Value; }
                [ZeroCopySockets.ZeroCopyBuffer] public partial struct TICK { public byte Value; }
                [ZeroCopySockets.ZeroCopyBuffer] public partial struct tICK { public byte Value; }
                [ZeroCopySockets.ZeroCopyBuffer] public partial struct Tock { public byte Value; }
            }
            """;
        Harness.GenerateCleanly(Harness.Compile("Sample", Source));

        Assert.Equal(
            ["Demo.TICK.ZeroCopy.g.cs", "Demo.Tick.2.ZeroCopy.g.cs", "Demo.Tock.ZeroCopy.g.cs", "Demo.tICK.3.ZeroCopy.g.cs"],
            Harness.GeneratedText(Source).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_library_that_publishes_documentation_gets_no_warning_from_generated_code()
    {
        // Harness parses documentation strictly, and GenerateCleanly counts warnings: CS1591 and CS1574 among them.
        Harness.GenerateCleanly(Harness.Compile("Sample", """
            using ZeroCopySockets;
            /// <summary>Documented.</summary>
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct Tick
            {
                /// <summary>Documented.</summary>
                public uint Quantity;
                /// <summary>Documented.</summary>
                public System.Runtime.CompilerServices.InlineArray4<char> Text;
            }
            """));
    }

    [Theory]
    [InlineData("public string Name;")]
    [InlineData("public int Value;")]
    [InlineData("public Broken Broken; [ByteOrder(ByteOrder.BigEndian)] public int Value;")]
    public void A_message_that_cannot_be_laid_out_gets_no_code(string fields)
    {
        var files = Harness.GeneratedText($$"""
            using ZeroCopySockets;
            [ZeroCopyBuffer] public partial struct Tick { {{fields}} }
            [ZeroCopyBuffer] public partial struct Broken { public uint NoOrder; }
            """);

        Assert.Empty(files);
    }

    private static object? ConstantOf(Compilation compilation, string type, string field) =>
        ((IFieldSymbol)compilation.GetTypeByMetadataName(type)!.GetMembers(field).Single()).ConstantValue;

    private static ParseStatus TryDecode(Type message, string hex)
    {
        var status = (Func<byte[], ParseStatus>)typeof(CompilationTests)
            .GetMethod(nameof(Status), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(message)
            .CreateDelegate(typeof(Func<byte[], ParseStatus>));
        return status(Wire.Hex(hex));
    }

    private static ParseStatus Status<T>(byte[] bytes) where T : unmanaged, IWireLayout<T> => Wire.Status<T>(bytes);
}
