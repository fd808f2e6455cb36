using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using CsCheck;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>
/// Random structs, generated, compiled and run. Random bytes that are valid for the struct are decoded; the decoded
/// struct must come back to the same bytes through the generated encoder and through the reference encoder.
/// </summary>
public class RandomLayoutTests
{
    private const int MessagesPerCompilation = 25;

    /// <summary>A type of one field: how C# spells it, and how many elements of how many bytes with which values travel.</summary>
    private sealed record FieldKind(string Declaration, int ElementSize, int Length, Func<Random, byte[]>? Element = null);

    private sealed record FieldSpec(FieldKind Kind, string Attributes, bool IsBigEndian, int Pad);

    private const string SharedTypes = """
        public enum Gappy : byte { A = 3, B = 4, C = 250 }
        [System.Flags] public enum Bits : byte { A = 1, B = 16, C = 128 }
        [System.Runtime.CompilerServices.InlineArray(5)] public struct Five { private ushort _first; }
        [System.Runtime.CompilerServices.InlineArray(3)] public struct Flags3 { private bool _first; }
        [ZeroCopySockets.ZeroCopyBuffer(ZeroCopySockets.ByteOrder.BigEndian)] public partial struct Inner { public uint A; public byte B; }

        """;

    private static readonly FieldKind[] s_kinds =
    [
        new("bool {0}", 1, 1, r => [(byte)r.Next(2)]),
        new("byte {0}", 1, 1),
        new("sbyte {0}", 1, 1),
        new("short {0}", 2, 1),
        new("ushort {0}", 2, 1),
        new("char {0}", 2, 1),
        new("System.Half {0}", 2, 1),
        new("int {0}", 4, 1),
        new("uint {0}", 4, 1),
        new("float {0}", 4, 1),
        new("long {0}", 8, 1),
        new("ulong {0}", 8, 1),
        new("double {0}", 8, 1),
        new("System.Int128 {0}", 16, 1),
        new("System.UInt128 {0}", 16, 1),
        new("Gappy {0}", 1, 1, r => [new byte[] { 3, 4, 250 }[r.Next(3)]]),
        new("Bits {0}", 1, 1, r => [(byte)(r.Next(256) & 0b1001_0001)]),
        new("Five {0}", 2, 5),
        new("Flags3 {0}", 1, 3, r => [(byte)r.Next(2)]),
        new("Inner {0}", 5, 1),
        new("fixed byte {0}[7]", 1, 7),
        new("fixed double {0}[2]", 8, 2),
        new("fixed bool {0}[2]", 1, 2, r => [(byte)r.Next(2)]),
    ];

    private static readonly Gen<FieldSpec> s_fields =
        from kind in Gen.Int[0, s_kinds.Length - 1]
        from big in Gen.Bool
        from pad in Gen.Int[-6, 3]
        select new FieldSpec(s_kinds[kind], AttributesOf(s_kinds[kind], big, pad), big, Math.Max(pad, 0));

    [Fact]
    public void Messages_of_any_layout_survive_the_wire() =>
        Gen.Select(s_fields.Array[1, 12].Array[MessagesPerCompilation], Gen.Int)
            .Sample(static (messages, seed) => CompileAndRun(messages, seed), iter: 3, threads: 1);

    private static void CompileAndRun(FieldSpec[][] messages, int seed)
    {
        var source = new StringBuilder(SharedTypes);
        for (int m = 0; m < messages.Length; m++)
        {
            source.Append($"[ZeroCopySockets.ZeroCopyBuffer] public unsafe partial struct M{m}\n{{\n");
            for (int f = 0; f < messages[m].Length; f++)
            {
                source.Append($"    {messages[m][f].Attributes}public {string.Format(messages[m][f].Kind.Declaration, $"F{f}")};\n");
            }

            source.Append("}\n");
        }

        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Random", source.ToString()));
        var context = new AssemblyLoadContext("Random", isCollectible: true);
        Assembly assembly = context.LoadFromStream(new MemoryStream(Harness.Emit(compilation)));
        var random = new Random(seed);
        for (int m = 0; m < messages.Length; m++)
        {
            MethodInfo survives = typeof(RandomLayoutTests)
                .GetMethod(nameof(Survives), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(assembly.GetType($"M{m}")!);
            survives.Invoke(null, [ValidBytes(messages[m], random)]);
        }

        context.Unload();
    }

    private static void Survives<T>(byte[] bytes) where T : unmanaged, IWireLayout<T>
    {
        Assert.Equal((bytes.Length, bytes.Length), (T.MinWireSize, T.MaxWireSize));
        T message = Wire.Decode<T>(bytes);
        Assert.Equal(bytes, ReferenceEncoder.Encode(message));
        Assert.Equal(bytes, Wire.Encode(message));
    }

    private static byte[] ValidBytes(FieldSpec[] fields, Random random)
    {
        var bytes = new List<byte>();
        foreach (FieldSpec field in fields)
        {
            for (int i = 0; i < field.Kind.Length; i++)
            {
                byte[] element = field.Kind.Element?.Invoke(random) ?? RandomBytes(random, field.Kind.ElementSize);
                bytes.AddRange(element);
            }

            bytes.AddRange(new byte[field.Pad]);
        }

        return [.. bytes];
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string AttributesOf(FieldKind kind, bool big, int pad)
    {
        bool isNested = kind.Declaration.StartsWith("Inner", StringComparison.Ordinal);
        string order = isNested ? "" : $"[ZeroCopySockets.ByteOrder(ZeroCopySockets.ByteOrder.{(big ? "BigEndian" : "LittleEndian")})] ";
        return order + (pad > 0 ? $"[ZeroCopySockets.Pad({pad})] " : "");
    }
}
