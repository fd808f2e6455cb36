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

    /// <summary>Bits after which a last field still fills the last of eight bytes.</summary>
    private const int LargestUnfilledRun = 56;

    /// <summary>
    /// A type of one field, or of a run of bit fields: how C# spells it, and how many elements of how many bytes with which
    /// values travel. Where their order matters for the values, the second way to make them is for big-endian ones.
    /// </summary>
    private sealed record FieldKind(string Declaration, int ElementSize, int Length, Func<Random, byte[]>? Element = null, bool IsBitRun = false)
    {
        public Func<Random, byte[]>? BigEndianElement { get; init; }
    }

    private sealed record FieldSpec(FieldKind Kind, string Attributes, bool IsBigEndian, int Pad, int Align);

    private const string SharedTypes = """
        public enum Gappy : byte { A = 3, B = 4, C = 250 }
        [System.Flags] public enum Bits : byte { A = 1, B = 16, C = 128 }
        [System.Runtime.CompilerServices.InlineArray(5)] public struct Five { private ushort _first; }
        [System.Runtime.CompilerServices.InlineArray(3)] public struct Flags3 { private bool _first; }
        [ZeroCopySockets.ZeroCopyBuffer(ZeroCopySockets.ByteOrder.BigEndian)] public partial struct Inner { public uint A; public byte B; }

        """;

    private static readonly FieldKind[] s_kinds =
    [
        new("public bool {0}", 1, 1, r => [(byte)r.Next(2)]),
        new("public byte {0}", 1, 1),
        new("public sbyte {0}", 1, 1),
        new("public short {0}", 2, 1),
        new("public ushort {0}", 2, 1),
        new("public char {0}", 2, 1),
        new("public System.Half {0}", 2, 1),
        new("public int {0}", 4, 1),
        new("public uint {0}", 4, 1),
        new("public float {0}", 4, 1),
        new("public long {0}", 8, 1),
        new("public ulong {0}", 8, 1),
        new("public double {0}", 8, 1),
        new("public System.Int128 {0}", 16, 1),
        new("public System.UInt128 {0}", 16, 1),
        new("public Gappy {0}", 1, 1, r => [new byte[] { 3, 4, 250 }[r.Next(3)]]),
        new("public Bits {0}", 1, 1, r => [(byte)(r.Next(256) & 0b1001_0001)]),
        new("public Five {0}", 2, 5),
        new("public Flags3 {0}", 1, 3, r => [(byte)r.Next(2)]),
        new("public Inner {0}", 5, 1),
        new("public System.Runtime.CompilerServices.InlineArray3<Inner> {0}", 5, 3),
        new("public System.Guid {0}", 16, 1),
        new("public System.TimeSpan {0}", 8, 1),
        new("public System.DateTime {0}", 8, 1, r => Ticks(r)) { BigEndianElement = r => [.. Ticks(r).Reverse()] },
        new("public decimal {0}", 16, 1, r => Decimal(r)) { BigEndianElement = r => [.. Decimal(r).Reverse()] },
        new("public fixed byte {0}[7]", 1, 7),
        new("public fixed double {0}[2]", 8, 2),
        new("public fixed bool {0}[2]", 1, 2, r => [(byte)r.Next(2)]),
    ];

    private static readonly (string Name, int Bits)[] s_bitTypes =
        [("byte", 8), ("sbyte", 8), ("short", 16), ("ushort", 16), ("int", 32), ("uint", 32), ("long", 64), ("ulong", 64)];

    /// <summary>Up to 64 bits in random pieces, the last of which fills the last byte.</summary>
    private static readonly Gen<FieldKind> s_bitRuns =
        from pieces in Gen.Select(Gen.Int[0, 7], Gen.Int[1, 64]).Array[1, 6]
        from msbFirst in Gen.Bool
        select BitRun(pieces, msbFirst ? "MsbFirst" : "LsbFirst");

    private static readonly Gen<FieldSpec> s_fields =
        from kind in Gen.Frequency((4, Gen.Int[0, s_kinds.Length - 1].Select(i => s_kinds[i])), (1, s_bitRuns))
        from big in Gen.Bool
        from pad in Gen.Int[-6, 3]
        from align in Gen.Frequency((5, Gen.Const(1)), (1, Gen.OneOf(2, 4, 8)))
        select Specify(kind, big, kind.IsBitRun ? 0 : Math.Max(pad, 0), align);

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
                source.Append($"    {messages[m][f].Attributes}{string.Format(messages[m][f].Kind.Declaration, $"F{f}")};\n");
            }

            source.Append("}\n");
        }

        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Random", source.ToString()));
        var context = new AssemblyLoadContext("Random", isCollectible: true);
        Assembly assembly = context.LoadFromStream(new MemoryStream(Harness.Emit(compilation)));
        var random = new Random(seed);
        for (int m = 0; m < messages.Length; m++)
        {
            Wire.SurvivesAs(assembly.GetType($"M{m}")!, ValidBytes(messages[m], random));
        }

        context.Unload();
    }

    private static byte[] ValidBytes(FieldSpec[] fields, Random random)
    {
        var bytes = new List<byte>();
        foreach (FieldSpec field in fields)
        {
            bytes.AddRange(new byte[(field.Align - (bytes.Count % field.Align)) % field.Align]);
            for (int i = 0; i < field.Kind.Length; i++)
            {
                Func<Random, byte[]>? make = (field.IsBigEndian ? field.Kind.BigEndianElement : null) ?? field.Kind.Element;
                bytes.AddRange(make?.Invoke(random) ?? RandomBytes(random, field.Kind.ElementSize));
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

    private static byte[] Ticks(Random random) => BitConverter.GetBytes(random.NextInt64(DateTime.MaxValue.Ticks + 1));

    private static byte[] Decimal(Random random) =>
        [.. RandomBytes(random, 12), 0, 0, (byte)random.Next(29), (byte)(random.Next(2) << 7)];

    private static FieldKind BitRun((int Type, int Bits)[] pieces, string order)
    {
        var members = new List<string>();
        int total = 0;
        foreach ((int type, int bits) in pieces)
        {
            (string name, int width) = s_bitTypes[type];
            if (total == 0 || total + Math.Min(bits, width) <= LargestUnfilledRun)
            {
                Add(name, Math.Min(bits, width));
            }
        }

        if (total % 8 != 0)
        {
            Add("byte", 8 - (total % 8));
        }

        return new FieldKind(string.Join("; ", members), total / 8, 1, IsBitRun: true);

        void Add(string name, int bits)
        {
            members.Add($"[ZeroCopySockets.Bits({bits}, ZeroCopySockets.BitOrder.{order})] public {name} {{0}}_{members.Count}");
            total += bits;
        }
    }

    private static FieldSpec Specify(FieldKind kind, bool big, int pad, int align)
    {
        bool hasByteOrder = !kind.IsBitRun && !kind.Declaration.Contains("Inner", StringComparison.Ordinal);
        string order = hasByteOrder ? $"[ZeroCopySockets.ByteOrder(ZeroCopySockets.ByteOrder.{(big ? "BigEndian" : "LittleEndian")})] " : "";
        string padding = pad > 0 ? $"[ZeroCopySockets.Pad({pad})] " : "";
        string alignment = align > 1 ? $"[ZeroCopySockets.Align({align})] " : "";
        return new FieldSpec(kind, order + padding + alignment, big, pad, align);
    }
}
