using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>What encoding does to the memory it is given: that memory held somebody else's bytes before.</summary>
public class MemoryTests
{
    [Fact]
    public void Encoding_over_poisoned_memory_determines_every_byte()
    {
        OverPoison(new Tick());
        OverPoison(new EveryScalar());
        OverPoison(new DnsHeader());
        OverPoison(new Header());
        OverPoison(new Order());
        OverPoison(GoldenBytesTests.SampleOrder());
        OverPoison(new Legacy.Envelope.@event());
        OverPoison(new Probe());
    }

    [Fact]
    public void Padding_is_zero_whatever_was_there()
    {
        byte[] bytes = Poisoned(Order.WireSize, 0xCC);
        Order.Encode(GoldenBytesTests.SampleOrder(), bytes);

        Assert.Equal(0, bytes[Order.Offsets.Header + Header.Offsets.IsReplay + 1]);
        Assert.Equal(new byte[3], bytes[(Order.Offsets.Side + 1)..Order.Offsets.Flags]);
        Assert.Equal(new byte[2], bytes[(Order.Offsets.Checksum + 4)..Order.Offsets._reserved]);
    }

    [Fact]
    public void Encoding_leaves_the_bytes_after_the_message_alone()
    {
        byte[] bytes = Poisoned(Order.WireSize + 5, 0xCC);
        Order.Encode(new Order(), bytes);

        Assert.Equal(Poisoned(5, 0xCC), bytes[Order.WireSize..]);
    }

    [Fact]
    public void Encoding_into_too_little_room_throws_and_writes_nothing()
    {
        byte[] bytes = Poisoned(Tick.WireSize - 1, 0xCC);

        Assert.ThrowsAny<ArgumentException>(() => Tick.Encode(new Tick(), bytes));
        Assert.Equal(Poisoned(bytes.Length, 0xCC), bytes);
    }

    [Fact]
    public void Encoding_and_decoding_allocate_nothing()
    {
        Order order = GoldenBytesTests.SampleOrder();
        byte[] bytes = Wire.Encode(order);
        Order.TryDecode(bytes, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Order.Encode(in order, bytes);
            Order.TryDecode(bytes, out order);
            _ = Order.TryDecode(bytes.AsSpan(1), out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void OverPoison<T>(T message) where T : unmanaged, IWireLayout<T>
    {
        byte[] first = Poisoned(T.MaxWireSize, 0xCC);
        byte[] second = Poisoned(T.MaxWireSize, 0x33);
        T.Encode(in message, first);
        T.Encode(in message, second);

        // A byte that was not written would keep its poison, and differ.
        Assert.Equal(first, second);
    }

    private static byte[] Poisoned(int length, byte poison)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, poison);
        return bytes;
    }
}
