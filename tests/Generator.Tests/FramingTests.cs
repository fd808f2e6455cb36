using CsCheck;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>
/// What a receiver does to bytes, against what a peer may do to them: streams cut anywhere and bytes changed anyhow. No
/// parser may throw, read past what it was given (a forbidden page is right behind), allocate, or ask for more than its
/// declared maximum.
/// </summary>
public class FramingTests
{
    /// <summary>Strings that say which field of a nested message is wrong; nothing that grows with what a peer says.</summary>
    private const int LargestAllocation = 256;

    [Fact]
    public void A_stream_is_the_same_messages_however_it_is_cut()
    {
        SplitEverywhere<Tick, Tick.View>([new Tick { Sequence = 1 }, new Tick { Quantity = 2 }, new Tick { PriceNanos = -1 }]);
        SplitEverywhere<News, News.View>([new News { Body = [1, 2, 3] }, default, new News { Symbol = "AB", Body = [9] }]);
        SplitEverywhere<Book, Book.View>([VariableGoldenTests.SampleBook(), default, new Book { Trades = [1] }]);
        SplitEverywhere<Profile, Profile.View>([new Profile { Side = Side.Buy, Scores = [1] }, new Profile { Side = Side.Sell }]);
    }

    [Fact]
    public void Changed_bytes_are_a_status_and_never_an_exception_or_a_read_too_far()
    {
        using var memory = new GuardedMemory(4096);
        Mutate<Tick, Tick.View>(memory, default);
        Mutate<Order, Order.View>(memory, GoldenBytesTests.SampleOrder());
        Mutate<News, News.View>(memory, new News { Symbol = "ACME", Body = [1, 2, 3, 4, 5] });
        Mutate<Book, Book.View>(memory, VariableGoldenTests.SampleBook());
        Mutate<Beacon, Beacon.View>(memory, new Beacon { PublicName = "é", Levels = [new Level { Side = Side.Sell }] });
        Mutate<Profile, Profile.View>(memory, new Profile { Side = Side.Buy, Country = "DE", Scores = [1, 2] });
        Mutate<Notice, Notice.View>(memory, new Notice { Text = "hello"u8 });
        Mutate<Depth, Depth.View>(memory, new Depth { Levels = [new Marked { Value = 1 }, new Marked { Value = 2 }] });
    }

    [Fact]
    public void A_stream_of_mixed_messages_is_the_same_messages_however_it_is_cut()
    {
        byte[][] messages = MixedMessages();
        byte[] stream = [.. messages.SelectMany(m => m)];
        for (int first = 0; first <= stream.Length; first++)
        {
            for (int second = first; second <= stream.Length; second++)
            {
                Assert.Equal(messages, Receive<Feed>(stream, first, second));
            }
        }
    }

    [Fact]
    public void Every_prefix_of_a_stream_of_mixed_messages_is_whole_messages_and_the_start_of_one()
    {
        byte[][] messages = MixedMessages();
        byte[] stream = [.. messages.SelectMany(m => m)];
        using var memory = new GuardedMemory(4096);
        int whole = 0;
        int end = 0;
        for (int length = 0; length <= stream.Length; length++)
        {
            if (whole < messages.Length && length == end + messages[whole].Length)
            {
                end = length;
                whole++;
            }

            ReadOnlySpan<byte> rest = memory.Copy(stream.AsSpan(0, length));
            int count = 0;
            ParseStatus status;
            while ((status = Feed.TryParse(rest, out _, out int consumed)).IsOk)
            {
                rest = rest[consumed..];
                count++;
            }

            Assert.Equal((whole, length - end, ParseResult.NeedMore), (count, rest.Length, status.Result));
        }
    }

    [Fact]
    public void Changed_bytes_of_a_stream_of_mixed_messages_are_a_status()
    {
        byte[][] messages = MixedMessages();
        byte[] stream = [.. messages.SelectMany(m => m)];
        using var memory = new GuardedMemory(4096);

        // Once each, so that what is set up on first use does not count.
        Assert.All(messages, m => Assert.True(Feed.TryParse(m, out _).IsOk));
        Gen.Select(Gen.Int[0, stream.Length - 1], Gen.Byte).Array[1, 6].Sample(
            changes =>
            {
                byte[] bytes = [.. stream];
                foreach ((int place, byte value) in changes)
                {
                    bytes[place] = value;
                }

                ReadOnlySpan<byte> rest = memory.Copy(bytes);
                bool agrees = true;
                long before = GC.GetAllocatedBytesForCurrentThread();
                while (Feed.TryParse(rest, out Feed feed, out int consumed).IsOk)
                {
                    agrees &= consumed == feed.Bytes.Length;
                    rest = rest[consumed..];
                }

                Assert.True(agrees);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LargestAllocation);
            },
            iter: 3000,
            threads: 1);
    }

    private static byte[][] MixedMessages() =>
    [
        Wire.Encode(new Trade { Price = 1, Side = Side.Buy }),
        Wire.Encode(new Notice { Text = "hello"u8 }),
        Wire.Encode(new Depth { Levels = [new Marked { Value = 1 }, new Marked { Value = 2 }] }),
        Wire.Encode(new Notice()),
        Wire.Encode(new Trade { Price = 2, Side = Side.Sell }),
        Wire.Encode(new Depth()),
    ];

    private static void SplitEverywhere<T, TView>(T[] messages)
        where T : unmanaged, IWireLayout<T> where TView : ISelfDelimitingView<TView>, allows ref struct
    {
        byte[][] expected = [.. messages.Select(m => Wire.Encode(m))];
        byte[] stream = [.. expected.SelectMany(m => m)];
        for (int first = 0; first <= stream.Length; first++)
        {
            for (int second = first; second <= stream.Length; second++)
            {
                List<byte[]> received = Receive<TView>(stream, first, second);
                Assert.Equal(expected, received);
            }
        }

        Assert.All(expected, bytes => Assert.Equal(bytes, Wire.Encode(Wire.Decode<T>(bytes))));
    }

    /// <summary>What a receiver makes of three pieces that arrive one after the other: it parses whenever it may have enough.</summary>
    private static List<byte[]> Receive<TView>(byte[] stream, params int[] cuts) where TView : ISelfDelimitingView<TView>, allows ref struct
    {
        var received = new List<byte[]>();
        int start = 0;
        int needed = TView.MinWireSize;
        foreach (int end in cuts.Append(stream.Length))
        {
            while (end - start >= needed)
            {
                ParseStatus status = TView.TryParse(stream.AsSpan(start, end - start), out _, out int consumed);
                if (status.IsOk)
                {
                    received.Add(stream[start..(start + consumed)]);
                    start += consumed;
                    needed = TView.MinWireSize;
                    continue;
                }

                Assert.Equal(ParseResult.NeedMore, status.Result);
                Assert.InRange(status.BytesNeeded, 1, TView.MaxWireSize - (end - start));
                needed = end - start + status.BytesNeeded;
            }
        }

        Assert.Equal(stream.Length, start);
        return received;
    }

    private static void Mutate<T, TView>(GuardedMemory memory, T message)
        where T : unmanaged, IWireLayout<T> where TView : IWireView<TView>, allows ref struct
    {
        byte[] whole = Wire.Encode(message);
        Parse<T, TView>(memory, whole);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length + 8]).Array[1, 4].Sample(
            changes =>
            {
                byte[] bytes = [.. whole, .. new byte[8]];
                foreach ((int place, byte value, _) in changes)
                {
                    bytes[place] = value;
                }

                Parse<T, TView>(memory, bytes.AsSpan(0, changes[0].Item3));
            },
            iter: 3000,
            threads: 1);
    }

    private static void Parse<T, TView>(GuardedMemory memory, ReadOnlySpan<byte> bytes)
        where T : unmanaged, IWireLayout<T> where TView : IWireView<TView>, allows ref struct
    {
        ReadOnlySpan<byte> received = memory.Copy(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ParseStatus parsed = TView.TryParse(received, out _, out int consumed);
        ParseStatus decoded = T.TryDecode(received, out T message, out int length);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 2 * LargestAllocation);
        Assert.Equal(parsed, decoded);
        Assert.Equal(consumed, length);
        Assert.InRange(consumed, parsed.IsOk ? TView.MinWireSize : 0, parsed.IsOk ? Math.Min(TView.MaxWireSize, received.Length) : 0);
        if (parsed.Result == ParseResult.NeedMore)
        {
            Assert.InRange(parsed.BytesNeeded, 1, TView.MaxWireSize - received.Length);
        }

        if (parsed.IsOk)
        {
            Assert.Equal(T.SizeOf(message), Wire.Encode(message).Length);
        }
    }
}
