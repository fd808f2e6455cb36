using System.Runtime.CompilerServices;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Bytes worked out by hand, so that encoder and decoder cannot be wrong in the same way unnoticed.</summary>
public class GoldenBytesTests
{
    [Fact]
    public void A_tick_is_its_fields_in_network_order_without_gaps()
    {
        var tick = new Tick { Sequence = 0x0102030405060708, PriceNanos = -2, Quantity = 0xA0B0C0D0 };

        Assert.Equal(Wire.Hex("0102030405060708 FFFFFFFFFFFFFFFE A0B0C0D0"), Wire.Encode(tick));
        Assert.Equal(20, Tick.WireSize);
        Assert.Equal((0, 8, 16), (Tick.Offsets.Sequence, Tick.Offsets.PriceNanos, Tick.Offsets.Quantity));
    }

    [Fact]
    public void A_dns_query_header_is_what_RFC_1035_says()
    {
        // ID 0xDB42, standard query with recursion desired, one question, nothing else.
        var header = new DnsHeader { Id = 0xDB42, Flags = DnsFlags.RecursionDesired, Questions = 1 };

        Assert.Equal(Wire.Hex("DB42 0100 0001 0000 0000 0000"), Wire.Encode(header));

        // The answer to it: QR, RD and RA set, one question, one answer.
        DnsHeader answer = Wire.Decode<DnsHeader>(Wire.Hex("DB42 8180 0001 0001 0000 0000"));
        Assert.Equal(DnsFlags.Response | DnsFlags.RecursionDesired | DnsFlags.RecursionAvailable, answer.Flags);
        Assert.Equal((0xDB42, 1, 1), (answer.Id, answer.Questions, answer.Answers));
    }

    [Fact]
    public void Every_scalar_has_the_bytes_its_byte_order_says()
    {
        var message = new EveryScalar
        {
            Bool = true,
            Byte = 0x12,
            SByte = -2,
            Int16 = -2,
            UInt16 = 0x1234,
            Char = 'Ω',
            Half = (Half)1.5,
            Int32 = -2,
            UInt32 = 0x12345678,
            Single = -1.5f,
            Int64 = -2,
            UInt64 = 0x123456789ABCDEF0,
            Double = 1.5,
            Int128 = -2,
            UInt128 = new UInt128(0x0102030405060708, 0x090A0B0C0D0E0F10),
            Int16Le = -2,
            UInt16Le = 0x1234,
            CharLe = 'Ω',
            HalfLe = (Half)1.5,
            Int32Le = -2,
            UInt32Le = 0x12345678,
            SingleLe = -1.5f,
            Int64Le = -2,
            UInt64Le = 0x123456789ABCDEF0,
            DoubleLe = 1.5,
            Int128Le = -2,
            UInt128Le = new UInt128(0x0102030405060708, 0x090A0B0C0D0E0F10),
        };

        byte[] expected = Wire.Hex("""
            01 12 FE
            FFFE 1234 03A9 3E00
            FFFFFFFE 12345678 BFC00000
            FFFFFFFFFFFFFFFE 123456789ABCDEF0 3FF8000000000000
            FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE 0102030405060708090A0B0C0D0E0F10
            FEFF 3412 A903 003E
            FEFFFFFF 78563412 0000C0BF
            FEFFFFFFFFFFFFFF F0DEBC9A78563412 000000000000F83F
            FEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 100F0E0D0C0B0A090807060504030201
            """);
        Assert.Equal(expected, Wire.Encode(message));
        Assert.Equal(message, Wire.Decode<EveryScalar>(expected));
    }

    [Fact]
    public void Nesting_arrays_enums_and_padding_lie_where_they_were_declared()
    {
        Order order = SampleOrder();

        byte[] expected = Wire.Hex("""
            3400 01 00 0080
            41434D4500000000
            02 000000
            0005
            01000000 02000000 FFFFFFFF
            01 02
            00 01 01 00
            DEADBEEF 0000
            CAFE
            """);
        Assert.Equal(expected, Wire.Encode(order));
        Assert.Equal(expected, Wire.Encode(Wire.Decode<Order>(expected)));
        Assert.Equal(46, Order.WireSize);
        Assert.Equal(38, Order.Offsets.Checksum);
    }

    [Fact]
    public unsafe void Fixed_buffers_and_keyword_names_travel_like_any_field()
    {
        var message = new Legacy.Envelope.@event { @class = 0x0102, value = 9 };
        message.Tag[0] = (byte)'T';
        message.Tag[3] = 0xFF;
        message.Counters[0] = 1;
        message.Counters[1] = 0xA0B0C0D0;
        message.Bits[1] = true;
        message.Text[0] = 'h';
        message.Text[1] = 'ü';

        byte[] expected = Wire.Hex("0201 540000FF 01000000 D0C0B0A0 0001 6800 FC00 09");
        Assert.Equal(expected, Wire.Encode(message));
        Legacy.Envelope.@event decoded = Wire.Decode<Legacy.Envelope.@event>(expected);
        Assert.Equal((byte)0xFF, decoded.Tag[3]);
        Assert.Equal(0xA0B0C0D0, decoded.Counters[1]);
        Assert.True(decoded.Bits[1]);
        Assert.Equal('ü', decoded.Text[1]);
    }

    [Fact]
    public void Single_byte_fields_need_no_byte_order()
    {
        Assert.Equal(Wire.Hex("40 FF"), Wire.Encode(new Probe { Ttl = 64, Offset = -1 }));
    }

    [Fact]
    public void A_bool_with_an_odd_bit_pattern_travels_as_one()
    {
        bool odd = Unsafe.BitCast<byte, bool>(0x80);

        Assert.Equal(1, Wire.Encode(new EveryScalar { Bool = odd })[EveryScalar.Offsets.Bool]);
    }

    internal static Order SampleOrder()
    {
        var order = new Order
        {
            Header = new Header { Length = 52, IsReplay = true, Venue = Venue.Unknown },
            Side = Side.Sell,
            Flags = OrderFlags.PostOnly | OrderFlags.Hidden,
            Checksum = 0xDEADBEEF,
            Reserved = 0xCAFE,
        };
        "ACME"u8.CopyTo(order.Symbol);
        ReadOnlySpan<int> levels = [1, 2, -1];
        levels.CopyTo(order.Levels);
        ReadOnlySpan<Side> legs = [Side.Buy, Side.Sell];
        legs.CopyTo(order.Legs);
        ReadOnlySpan<bool> conditions = [false, true, true, false];
        conditions.CopyTo(order.Conditions);
        return order;
    }
}
