using System.Net;
using MarketData;
using ZeroCopySockets;

// A day of one stock, in thirteen messages: they go out over TCP, and the receiver builds the book from them. The last one is a
// snapshot of the book as the sender knows it, which must be what the receiver has built.
const ulong NineThirty = 34_200_000_000_000;

await using ZeroCopyEngine engine = ZeroCopyEngine.Create();
await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
await using ZeroCopySocket publisher = await engine.ConnectAsync(listener.LocalEndPoint);
await using ZeroCopySocket subscriber = await listener.AcceptAsync();

var sent = new List<byte[]>();
await Publish(new SystemEvent { Timestamp = NineThirty, Event = EventCode.StartOfMarketHours });
await Publish(Add(1, BuySell.Buy, 300, 1_500_000));
await Publish(Add(2, BuySell.Buy, 200, 1_499_900));
await Publish(Add(3, BuySell.Sell, 100, 1_500_200));
await Publish(Add(4, BuySell.Buy, 50, 1_500_000));
await Publish(new OrderExecuted { Timestamp = NineThirty + 5, Reference = 1, Shares = 100, MatchNumber = 901 });
await Publish(new OrderCancel { Timestamp = NineThirty + 6, Reference = 2, Shares = 150 });
await Publish(new OrderExecutedWithPrice { Timestamp = NineThirty + 7, Reference = 4, Shares = 50, MatchNumber = 902, Printable = Printable.Yes, Price = 1_500_100 });
await Publish(new OrderReplace { Timestamp = NineThirty + 8, OriginalReference = 3, NewReference = 5, Shares = 80, Price = 1_500_300 });
await Publish(Add(6, BuySell.Sell, 10, 1_500_400));
await Publish(new OrderDelete { Timestamp = NineThirty + 10, Reference = 6 });
await Publish(new NonCrossTrade { Timestamp = NineThirty + 11, Side = BuySell.Buy, Shares = 25, Stock = "ACME", Price = 1_500_150, MatchNumber = 903 });
await Publish(Snapshot());
publisher.Shutdown(System.Net.Sockets.SocketShutdown.Send);

var book = new Book();
int received = 0;
int asSent = 0;
bool isBook = false;
await foreach (FeedMessage message in subscriber.ReceiveFeedMessagesAsync())
{
    asSent += message.Bytes.SequenceEqual(sent[received++]) ? 1 : 0;
    book.Apply(message);
    if (message.TryGetBookSnapshot(out BookSnapshot.View snapshot))
    {
        isBook = snapshot.LastPrice == book.LastPrice && Same(snapshot.Bids, snapshot.Asks);
    }
}

Console.WriteLine($"marketdata: sent={sent.Count} received={received} as-sent={asSent} book={(isBook ? "equal" : "different")}");
return isBook && asSent == sent.Count ? 0 : 1;

async Task Publish<T>(T message) where T : unmanaged, IWireLayout<T>
{
    var bytes = new byte[T.SizeOf(message)];
    T.Encode(message, bytes);
    sent.Add(bytes);
    await publisher.SendZeroCopyAsync(message);
}

AddOrder Add(ulong reference, BuySell side, uint shares, uint price) =>
    new() { Timestamp = NineThirty + reference, Reference = reference, Side = side, Shares = shares, Stock = "ACME", Price = price };

// What the messages above come to.
BookSnapshot Snapshot() => new()
{
    Timestamp = NineThirty + 12,
    Stock = "ACME",
    LastPrice = 1_500_150,
    Bids = [new PriceLevel { Price = 1_500_000, Shares = 200, Orders = 1 }, new PriceLevel { Price = 1_499_900, Shares = 50, Orders = 1 }],
    Asks = [new PriceLevel { Price = 1_500_300, Shares = 80, Orders = 1 }],
};

bool Same(BookSnapshot.View.BidsList bids, BookSnapshot.View.AsksList asks)
{
    var (seenBids, seenAsks) = (new List<PriceLevel>(), new List<PriceLevel>());
    foreach (PriceLevel bid in bids)
    {
        seenBids.Add(bid);
    }

    foreach (PriceLevel ask in asks)
    {
        seenAsks.Add(ask);
    }

    return seenBids.SequenceEqual(book.Levels(BuySell.Buy)) && seenAsks.SequenceEqual(book.Levels(BuySell.Sell));
}
