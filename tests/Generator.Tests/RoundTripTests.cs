using CsCheck;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Random values of known messages against the slow reference encoder, and back.</summary>
public class RoundTripTests
{
    private static readonly Gen<Header> s_headers =
        from length in Gen.UShort
        from replay in Gen.Bool
        from venue in Gen.Enum<Venue>()
        select new Header { Length = length, IsReplay = replay, Venue = venue };

    [Fact]
    public void Ticks_survive_the_wire() =>
        Gen.Select(Gen.ULong, Gen.Long, Gen.UInt)
            .Select((sequence, price, quantity) => new Tick { Sequence = sequence, PriceNanos = price, Quantity = quantity })
            .Sample(Wire.Survives);

    [Fact]
    public void Orders_survive_the_wire()
    {
        Gen<Order> orders =
            from header in s_headers
            from symbol in Gen.Byte.Array[8]
            from side in Gen.Enum<Side>()
            from flags in Gen.OneOf(OrderFlags.None, OrderFlags.Hidden, OrderFlags.PostOnly, OrderFlags.Both)
            from levels in Gen.Int.Array[3]
            from legs in Gen.Enum<Side>().Array[2]
            from conditions in Gen.Bool.Array[4]
            from checksum in Gen.UInt
            from reserved in Gen.UShort
            select Create(header, symbol, side, flags, levels, legs, conditions, checksum, reserved);

        orders.Sample(Wire.Survives);
    }

    private static Order Create(
        Header header, byte[] symbol, Side side, OrderFlags flags, int[] levels, Side[] legs, bool[] conditions, uint checksum, ushort reserved)
    {
        var order = new Order { Header = header, Side = side, Flags = flags, Checksum = checksum, Reserved = reserved };
        symbol.CopyTo(order.Symbol);
        levels.CopyTo(order.Levels);
        legs.CopyTo(order.Legs);
        conditions.CopyTo(order.Conditions);
        return order;
    }
}
