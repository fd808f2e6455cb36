using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using CsCheck;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>
/// Random messages with members of several versions, from senders of every version up to one that we do not know yet. What such a
/// sender writes, and what a message of ours becomes of it, is put together here, byte by byte and from the description alone.
/// </summary>
public class RandomVersionTests
{
    private const int MessagesPerCompilation = 25;
    private const int MaxTail = 6;

    /// <summary>A member: what it is, how many bytes it takes, and the version that brought it.</summary>
    private sealed record Member(string Type, int Size, int Since);

    private sealed record Spec(bool IsBig, bool HasTail, int Adjust, Member[] Members)
    {
        public int Newest => Members.Max(m => m.Since);

        /// <summary>Bytes of the block of a sender of a version: its length, the number of the tail's elements, its members.</summary>
        public int BlockOf(int version) => 2 + (HasTail ? 1 : 0) + Members.Where(m => m.Since <= version).Sum(m => m.Size);
    }

    private static readonly (string Type, int Size)[] s_types =
        [("byte", 1), ("ushort", 2), ("int", 4), ("double", 8), ("System.Guid", 16), ("Inner", 3), ("System.Runtime.CompilerServices.InlineArray3<ushort>", 6)];

    private static readonly Gen<Spec> s_specs =
        from big in Gen.Bool
        from tail in Gen.Bool
        from adjust in Gen.Int[-3, 3]
        from types in Gen.Int[0, s_types.Length - 1].Array[1, 7]
        from steps in Gen.Int[0, 2].Array[types.Length]
        select new Spec(big, tail, adjust, [.. types.Select((type, i) => new Member(s_types[type].Type, s_types[type].Size, i == 0 ? 0 : steps.Take(i + 1).Skip(1).Sum()))]);

    [Fact]
    public void Messages_of_any_version_are_read_as_far_as_we_know_them() =>
        Gen.Select(s_specs.Array[MessagesPerCompilation], Gen.Int)
            .Sample(static (specs, seed) => CompileAndRun(specs, seed), iter: 2, threads: 1);

    /// <summary>Its view had two constructors of one signature.</summary>
    [Fact]
    public void A_message_with_a_block_length_and_nothing_behind_its_block_can_be_generated() => Harness.GenerateCleanly(Harness.Compile("Sample", """
        [ZeroCopySockets.ZeroCopyBuffer] public partial struct Hello { [ZeroCopySockets.BlockLength] public byte Length; public byte Kind; }
        """));

    private static void CompileAndRun(Spec[] specs, int seed)
    {
        string source = "using ZeroCopySockets;\n"
            + "[ZeroCopyBuffer(ByteOrder.LittleEndian)] public partial struct Inner { public ushort A; public byte B; }\n"
            + string.Concat(specs.Select((spec, i) => Declare(spec, $"M{i}")));
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Random", source));
        var context = new AssemblyLoadContext("Random", isCollectible: true);
        Assembly assembly = context.LoadFromStream(new MemoryStream(Harness.Emit(compilation)));
        var random = new Random(seed);
        for (int i = 0; i < specs.Length; i++)
        {
            MethodInfo isRead = typeof(RandomVersionTests)
                .GetMethod(nameof(IsRead), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(assembly.GetType($"M{i}")!);
            for (int version = 0; version <= specs[i].Newest + 1; version++)
            {
                (byte[] sent, byte[] ours) = BytesOf(specs[i], version, random);
                isRead.Invoke(null, [sent, ours]);
            }
        }

        context.Unload();
    }

    private static void IsRead<T>(byte[] sent, byte[] ours) where T : unmanaged, IWireLayout<T>
    {
        T message = Wire.Decode<T>(sent);
        Assert.Equal(ours, Wire.Encode(message));
        Assert.Equal(ours, Wire.Encode(Wire.Decode<T>(ours)));
        for (int length = 0; length < sent.Length; length++)
        {
            Assert.Equal(ParseResult.NeedMore, Wire.Status<T>(sent.AsSpan(0, length)).Result);
        }
    }

    private static string Declare(Spec spec, string name)
    {
        var members = new StringBuilder($"    [BlockLength(Max = 200, Adjust = {spec.Adjust})] public ushort Block;\n");
        members.Append(spec.HasTail ? "    [CountOf(nameof(Rest))] public byte Count;\n" : "");
        for (int i = 0; i < spec.Members.Length; i++)
        {
            string since = spec.Members[i].Since == 0 ? "" : $"[Since({spec.Members[i].Since})] ";
            members.Append($"    {since}public {spec.Members[i].Type} Member{i};\n");
        }

        members.Append(spec.HasTail ? $"    [Tail(Max = {MaxTail})] public partial System.ReadOnlySpan<byte> Rest {{ get; set; }}\n" : "");
        return $"[ZeroCopyBuffer(ByteOrder.{(spec.IsBig ? "BigEndian" : "LittleEndian")})]\npublic partial struct {name}\n{{\n{members}}}\n";
    }

    /// <summary>What a sender of a version writes, and what we write of the same message.</summary>
    private static (byte[] Sent, byte[] Ours) BytesOf(Spec spec, int version, Random random)
    {
        byte[] tail = RandomBytes(random, spec.HasTail ? random.Next(MaxTail + 1) : 0);
        byte[] count = spec.HasTail ? [(byte)tail.Length] : [];
        byte[] unknown = RandomBytes(random, version > spec.Newest ? random.Next(1, 20) : 0);
        List<byte> known = [.. count];
        List<byte> complete = [.. count];
        foreach (Member member in spec.Members)
        {
            byte[] value = RandomBytes(random, member.Size);
            known.AddRange(member.Since <= version ? value : []);
            complete.AddRange(member.Since <= version ? value : new byte[member.Size]);
        }

        return (
            [.. Length(spec, spec.BlockOf(version) + unknown.Length), .. known, .. unknown, .. tail],
            [.. Length(spec, spec.BlockOf(spec.Newest)), .. complete, .. tail]);
    }

    private static byte[] Length(Spec spec, int block)
    {
        int number = block - spec.Adjust;
        byte[] little = [(byte)number, (byte)(number >> 8)];
        return spec.IsBig ? [little[1], little[0]] : little;
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
