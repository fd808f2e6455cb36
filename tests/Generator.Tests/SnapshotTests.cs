using ZeroCopySockets.Generator.Emit;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>The generated text as a user reads it when stepping into it.</summary>
public class SnapshotTests
{
    [Fact]
    public Task The_message_of_the_readme() => MatchGenerated("Tick", """
        using ZeroCopySockets;

        namespace Demo;

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick
        {
            public ulong Sequence;
            public long PriceNanos;
            public uint Quantity;
        }
        """);

    [Fact]
    public Task A_message_with_one_of_each_kind_of_field() => MatchGenerated("Order", """
        using System;
        using System.Runtime.CompilerServices;
        using ZeroCopySockets;

        namespace Demo;

        public enum Side : byte { Buy = 1, Sell = 2 }

        [Flags]
        public enum Conditions : ushort { None = 0, PostOnly = 1, Hidden = 4 }

        [InlineArray(8)]
        public struct Symbol { private byte _first; }

        [InlineArray(3)]
        public struct Levels { private int _first; }

        [ZeroCopyBuffer(ByteOrder.LittleEndian)]
        public partial struct Header
        {
            public ushort Length;
            [Pad(1)] public bool IsReplay;
        }

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Order
        {
            public Header Header;
            public Symbol Symbol;
            [Pad(3)] public Side Side;
            public Conditions Conditions;
            [ByteOrder(ByteOrder.LittleEndian)] public Levels Levels;
            internal char Currency;
            private ushort _reserved;
        }
        """);

    [Fact]
    public Task A_message_in_other_types_with_fixed_buffers_and_keywords() => MatchGenerated("event", """
        using ZeroCopySockets;

        public static partial class Legacy
        {
            internal partial record Envelope
            {
                [ZeroCopyBuffer(ByteOrder.LittleEndian)]
                public unsafe partial struct @event
                {
                    public ushort @class;
                    public fixed byte Tag[4];
                    public fixed uint Counters[2];
                    public sbyte value;
                }
            }
        }
        """);

    [Fact]
    public Task A_message_of_bit_fields_with_a_magic_value_and_a_checksum() => MatchGenerated("Packet", """
        using System;
        using System.Runtime.CompilerServices;
        using ZeroCopySockets;

        namespace Demo;

        public enum Urgency : byte { Low, High }

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        [BitOrder(BitOrder.MsbFirst)]
        public partial struct Level
        {
            [Bits(7)] public sbyte Change;
            [Bits(1)] public bool IsFirm;
        }

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        [BitOrder(BitOrder.MsbFirst)]
        [Align(8)]
        public partial struct Packet
        {
            [Bits(4), Magic(2)] public byte Version;
            [Bits(20)] public uint Flow;
            [OpenEnum] public Urgency Urgency;
            [Align(8)] public Guid Id;
            public DateTime Time;
            public decimal Price;
            public InlineArray2<Level> Levels;
            [Length(3)] public InlineArray4<byte> Currency;
            [Checksum(ChecksumAlgorithm.Crc32C, from: nameof(Version), to: nameof(Currency))] public uint Crc;
        }
        """);

    [Theory]
    [InlineData("News")]
    [InlineData("Feed.Set")]
    public Task A_message_of_variable_size_and_a_set_of_it(string file) => MatchGenerated(file, """
        using System;
        using ZeroCopySockets;

        namespace Demo;

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Leg
        {
            public uint Price;
            public ushort Quantity;
        }

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct News
        {
            [LengthOf(Adjust = 2)] public ushort Length;
            [Discriminator('N')] public byte Type;
            [Text(8, TextEncoding.Ascii, Padding = ' ')] public partial string Symbol { get; set; }
            [CountOf(nameof(Body))] public ushort BodyLength;
            [Group(Max = 4)] public partial ReadOnlySpan<Leg> Legs { get; set; }
            [Tail(Max = 1000)] public partial ReadOnlySpan<byte> Body { get; set; }
        }

        [MessageSet(typeof(News))]
        public readonly ref partial struct Feed;
        """);

    private static Task MatchGenerated(string message, string source, [System.Runtime.CompilerServices.CallerMemberName] string method = "")
    {
        Harness.GenerateCleanly(Harness.Compile("Sample", source));
        string text = Harness.GeneratedText(source).Single(f => f.Key.EndsWith($"{message}.ZeroCopy.g.cs")).Value;

        // The version in the attribute changes with every release, and is nothing to review.
        string attribute = ShortNames.Shorten(Names.GeneratedCode, out _);
        return Snapshot.Match(text.Replace(Names.GeneratedCode, "[GeneratedCode]").Replace(attribute, "[GeneratedCode]"), message, method: method);
    }
}
