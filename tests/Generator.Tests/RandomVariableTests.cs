using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using CsCheck;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>
/// Random messages of variable size, generated, compiled and run. Their bytes are put together here, slowly and from the
/// description alone; decoded and encoded again they must come out the same.
/// </summary>
public class RandomVariableTests
{
    private const int MessagesPerCompilation = 25;
    private const int MaxElements = 9;
    private const int TextBytes = 5;

    private sealed record Spec(bool IsBig, int? LengthAdjust, bool HasText, int[] Groups, int Tail, int Counting, int CountAdjust);

    private static readonly string[] s_elements = ["", "byte", "ushort", "double", "Inner"];

    private static readonly int[] s_sizes = [0, 1, 2, 8, 5];

    private static readonly Gen<Spec> s_specs =
        from big in Gen.Bool
        from adjust in Gen.Int[-4, 3]
        from text in Gen.Bool
        from groups in Gen.Int[1, 5].Array[0, 2]
        from tail in Gen.Int[0, s_elements.Length - 1]
        from counting in Gen.Int[0, 3]
        from countAdjust in Gen.Int[-2, 0]
        select new Spec(big, adjust < -2 ? null : adjust, text, groups, tail, tail == 0 ? 0 : counting, countAdjust);

    [Fact]
    public void Messages_of_any_size_survive_the_wire() =>
        Gen.Select(s_specs.Array[MessagesPerCompilation], Gen.Int)
            .Sample(static (specs, seed) => CompileAndRun(specs, seed), iter: 2, threads: 1);

    private static void CompileAndRun(Spec[] specs, int seed)
    {
        string source = "using ZeroCopySockets;\n"
            + "[ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Inner { public uint A; public byte B; }\n"
            + string.Concat(specs.Select((spec, i) => Declare(spec, $"M{i}")));
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Random", source));
        var context = new AssemblyLoadContext("Random", isCollectible: true);
        Assembly assembly = context.LoadFromStream(new MemoryStream(Harness.Emit(compilation)));
        var random = new Random(seed);
        for (int i = 0; i < specs.Length; i++)
        {
            MethodInfo survives = typeof(RandomVariableTests)
                .GetMethod(nameof(Survives), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(assembly.GetType($"M{i}")!);
            for (int j = 0; j < 5; j++)
            {
                survives.Invoke(null, [BytesOf(specs[i], random)]);
            }
        }

        context.Unload();
    }

    private static void Survives<T>(byte[] bytes) where T : unmanaged, IWireLayout<T>
    {
        T message = Wire.Decode<T>(bytes);
        Assert.InRange(bytes.Length, T.MinWireSize, T.MaxWireSize);
        Assert.Equal(bytes.Length, T.SizeOf(message));
        Assert.Equal(bytes, Wire.Encode(message));
    }

    private static string Declare(Spec spec, string name)
    {
        var members = new StringBuilder();
        if (spec.LengthAdjust is { } adjust)
        {
            members.Append($"    [LengthOf(Adjust = {adjust})] public uint Length;\n");
        }

        members.Append("    public byte Kind;\n");
        if (spec.HasText)
        {
            members.Append($"    [Text({TextBytes}, TextEncoding.Ascii)] public partial string Text {{ get; set; }}\n");
        }

        string attribute = (spec.Counting & 1) != 0 ? $"    [CountOf(nameof(Rest), Adjust = {spec.CountAdjust})] public ushort Count;\n" : "";
        attribute += (spec.Counting & 2) != 0 ? "    [LengthOf(nameof(Rest))] public byte Bytes;\n" : "";
        members.Append(attribute);
        for (int i = 0; i < spec.Groups.Length; i++)
        {
            members.Append($"    [Group(Max = {spec.Groups[i]})] public partial System.ReadOnlySpan<Inner> Group{i} {{ get; set; }}\n");
        }

        if (spec.Tail > 0)
        {
            members.Append($"    [Tail(Max = {MaxElements})] public partial System.ReadOnlySpan<{s_elements[spec.Tail]}> Rest {{ get; set; }}\n");
        }

        return $"[ZeroCopyBuffer(ByteOrder.{(spec.IsBig ? "BigEndian" : "LittleEndian")})]\npublic partial struct {name}\n{{\n{members}}}\n";
    }

    private static byte[] BytesOf(Spec spec, Random random)
    {
        int elements = spec.Tail == 0 ? 0 : random.Next(MaxElements + 1);
        var bytes = new List<byte>();
        bytes.Add((byte)random.Next(256));
        if (spec.HasText)
        {
            int length = random.Next(TextBytes + 1);
            bytes.AddRange(Enumerable.Range(0, TextBytes).Select(i => i < length ? (byte)random.Next(1, 128) : (byte)0));
        }

        if ((spec.Counting & 1) != 0)
        {
            bytes.AddRange(Number(spec, elements - spec.CountAdjust, 2));
        }

        if ((spec.Counting & 2) != 0)
        {
            bytes.AddRange(Number(spec, elements * s_sizes[spec.Tail], 1));
        }

        foreach (int most in spec.Groups)
        {
            int entries = random.Next(most + 1);
            bytes.AddRange([.. Number(spec, 5, 2), .. Number(spec, entries, 2), .. RandomBytes(random, entries * 5)]);
        }

        bytes.AddRange(RandomBytes(random, elements * s_sizes[spec.Tail]));
        return spec.LengthAdjust is { } adjust ? [.. Number(spec, bytes.Count + 4 - adjust, 4), .. bytes] : [.. bytes];
    }

    private static byte[] Number(Spec spec, int number, int size)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return [.. spec.IsBig ? bytes.Take(size).Reverse() : bytes.Take(size)];
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
