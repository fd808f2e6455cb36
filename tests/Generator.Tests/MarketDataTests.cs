using MarketData;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>The market-data feed of the sample, against bytes worked out from the field tables of NASDAQ TotalView-ITCH 5.0.</summary>
public class MarketDataTests
{
    // 09:30:00.000000001, in nanoseconds since midnight: 34,200,000,000,001.
    private const ulong Timestamp = 34_200_000_000_001;
    private const string TimestampBytes = "1F1ACED9F001";

    [Fact]
    public void A_system_event_has_the_bytes_of_its_table() => Same(
        "53 0001 0002" + TimestampBytes + "51",
        new SystemEvent { StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Event = EventCode.StartOfMarketHours });

    [Fact]
    public void An_add_order_has_the_bytes_of_its_table()
    {
        var order = new AddOrder
        {
            StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 0x0102030405060708, Side = BuySell.Buy, Shares = 300, Stock = "ACME", Price = 1_500_000,
        };

        byte[] bytes = Same("41 0001 0002" + TimestampBytes + "0102030405060708 42 0000012C 41434D4520202020 0016E360", order);
        AddOrder.View view = new(bytes);
        Assert.Equal((Timestamp, "ACME", BuySell.Buy, 1_500_000u), (view.Timestamp, view.Stock, view.Side, view.Price));
    }

    [Fact]
    public void What_happens_to_an_order_has_the_bytes_of_its_tables()
    {
        const string Head = "0001 0002" + TimestampBytes + "0000000000000009";
        Same("45" + Head + "00000064 0000000000000385", new OrderExecuted { StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 9, Shares = 100, MatchNumber = 901 });
        Same("43" + Head + "00000064 0000000000000385 59 0016E3C4", new OrderExecutedWithPrice
        {
            StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 9, Shares = 100, MatchNumber = 901, Printable = Printable.Yes, Price = 1_500_100,
        });
        Same("58" + Head + "00000064", new OrderCancel { StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 9, Shares = 100 });
        Same("44" + Head, new OrderDelete { StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 9 });
        Same("55" + Head + "000000000000000A 00000064 0016E360", new OrderReplace
        {
            StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, OriginalReference = 9, NewReference = 10, Shares = 100, Price = 1_500_000,
        });
        Same("50" + Head + "53 00000064 41434D4520202020 0016E360 0000000000000385", new NonCrossTrade
        {
            StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Reference = 9, Side = BuySell.Sell, Shares = 100, Stock = "ACME", Price = 1_500_000, MatchNumber = 901,
        });
    }

    [Fact]
    public void The_sizes_are_those_of_the_tables() => Assert.Equal(
        (12, 36, 31, 36, 23, 19, 35, 44),
        (SystemEvent.WireSize, AddOrder.WireSize, OrderExecuted.WireSize, OrderExecutedWithPrice.WireSize,
            OrderCancel.WireSize, OrderDelete.WireSize, OrderReplace.WireSize, NonCrossTrade.WireSize));

    [Fact]
    public void A_snapshot_has_its_groups_behind_a_block_that_says_how_long_it_is() => Same(
        "6B 0001 0002" + TimestampBytes + "0019 41434D4520202020 0016E360  000A 0001 0016E360 000000C8 0001  000A 0000",
        new BookSnapshot
        {
            StockLocate = 1, TrackingNumber = 2, Timestamp = Timestamp, Stock = "ACME", LastPrice = 1_500_000, Bids = [new PriceLevel { Price = 1_500_000, Shares = 200, Orders = 1 }],
        });

    [Fact]
    public void A_snapshot_of_the_first_version_has_no_last_price_and_one_of_the_next_has_more_than_we_know()
    {
        const string Head = "6B 0001 0002" + TimestampBytes;
        Assert.True(FeedMessage.TryParse(Wire.Hex(Head + "0015 41434D4520202020 000A 0000 000A 0000"), out FeedMessage first).IsOk);
        Assert.Equal(0u, first.AsBookSnapshot().LastPrice);

        Assert.True(FeedMessage.TryParse(Wire.Hex(Head + "001B 41434D4520202020 0016E360 EEEE 000C 0001 0016E360 000000C8 0001 EEEE 000A 0000"), out FeedMessage next).IsOk);
        Assert.Equal((1_500_000u, 200u), (next.AsBookSnapshot().LastPrice, next.AsBookSnapshot().Bids[0].Shares));
    }

    private static byte[] Same<T>(string hex, in T message) where T : unmanaged, IWireLayout<T>
    {
        byte[] expected = Wire.Hex(hex);
        Assert.Equal(expected, Wire.Encode(message));
        Assert.Equal(expected, Wire.Encode(Wire.Decode<T>(expected)));
        Assert.True(FeedMessage.TryParse(expected, out FeedMessage received).IsOk);
        Assert.Equal(typeof(T).Name, received.Kind.ToString());
        return expected;
    }
}
