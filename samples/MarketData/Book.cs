namespace MarketData;

/// <summary>The orders of one stock, built from the messages of a feed.</summary>
internal sealed class Book
{
    private readonly Dictionary<ulong, Order> _orders = [];

    private readonly record struct Order(BuySell Side, uint Price, uint Shares);

    public uint LastPrice { get; private set; }

    public void Apply(in FeedMessage message)
    {
        switch (message.Kind)
        {
            case FeedMessage.MessageKind.AddOrder:
                AddOrder.View add = message.AsAddOrder();
                _orders.Add(add.Reference, new Order(add.Side, add.Price, add.Shares));
                break;
            case FeedMessage.MessageKind.OrderExecuted:
                OrderExecuted.View executed = message.AsOrderExecuted();
                LastPrice = _orders[executed.Reference].Price;
                Reduce(executed.Reference, executed.Shares);
                break;
            case FeedMessage.MessageKind.OrderExecutedWithPrice:
                OrderExecutedWithPrice.View priced = message.AsOrderExecutedWithPrice();
                LastPrice = priced.Price;
                Reduce(priced.Reference, priced.Shares);
                break;
            case FeedMessage.MessageKind.OrderCancel:
                OrderCancel.View cancel = message.AsOrderCancel();
                Reduce(cancel.Reference, cancel.Shares);
                break;
            case FeedMessage.MessageKind.OrderDelete:
                _orders.Remove(message.AsOrderDelete().Reference);
                break;
            case FeedMessage.MessageKind.OrderReplace:
                OrderReplace.View replace = message.AsOrderReplace();
                _orders.Remove(replace.OriginalReference, out Order original);
                _orders.Add(replace.NewReference, original with { Price = replace.Price, Shares = replace.Shares });
                break;
            case FeedMessage.MessageKind.NonCrossTrade:
                LastPrice = message.AsNonCrossTrade().Price;
                break;
        }
    }

    /// <summary>One side of the book, the best price first.</summary>
    public PriceLevel[] Levels(BuySell side)
    {
        IEnumerable<PriceLevel> levels = _orders.Values
            .Where(o => o.Side == side)
            .GroupBy(o => o.Price)
            .Select(g => new PriceLevel { Price = g.Key, Shares = (uint)g.Sum(o => o.Shares), Orders = (ushort)g.Count() });
        return [.. side == BuySell.Buy ? levels.OrderByDescending(l => l.Price) : levels.OrderBy(l => l.Price)];
    }

    private void Reduce(ulong reference, uint shares)
    {
        Order order = _orders[reference];
        if (order.Shares == shares)
        {
            _orders.Remove(reference);
            return;
        }

        _orders[reference] = order with { Shares = order.Shares - shares };
    }
}
