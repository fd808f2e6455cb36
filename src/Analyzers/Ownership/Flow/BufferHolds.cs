using System.Collections.Immutable;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>What holds one buffer: never nothing.</summary>
internal sealed class BufferHolds : IMarked
{
    /// <summary>Some hold is guarded, so depends on facts.</summary>
    public const int Guarded = 1;

    /// <summary>Some hold has begun in this round of the loop.</summary>
    public const int Fresh = 2;

    /// <summary>Some hold is of a slice whose place is not constant.</summary>
    public const int OfSlice = 4;

    /// <summary>Some hold is a debt: this method owes the disposal.</summary>
    public const int Owed = 8;

    /// <summary>The buffer is on the stack.</summary>
    public const int OnStack = 16;

    private BufferHolds(ImmutableArray<KeyValuePair<HoldKey, Hold>> items)
    {
        Items = items;
        foreach (var item in items)
        {
            var isOwed = item.Key.Site.Kind == HoldKind.Owed;
            Marks |= (item.Value.IsUnguarded ? 0 : Guarded)
                | (item.Value.IsCarried || isOwed ? 0 : Fresh)
                | (isOwed ? Owed : 0)
                | (Transfer.IsOnStack(item.Key.Buffer) ? OnStack : 0)
                | (item.Key.Range.Origin is null ? 0 : OfSlice);
        }
    }

    public ImmutableArray<KeyValuePair<HoldKey, Hold>> Items { get; }

    public int Marks { get; }

    public static BufferHolds? Of(ImmutableArray<KeyValuePair<HoldKey, Hold>> items) => items.IsEmpty ? null : new BufferHolds(items);

    public static Hold? Find(BufferHolds? holds, HoldKey key)
    {
        foreach (var item in holds?.Items ?? [])
        {
            if (item.Key == key)
            {
                return item.Value;
            }
        }

        return null;
    }

    /// <summary>The holds with this one among them, in the place of the one of the same key.</summary>
    public static BufferHolds With(BufferHolds? holds, HoldKey key, Hold hold)
    {
        var items = holds?.Items ?? [];
        for (var at = 0; at < items.Length; at++)
        {
            if (items[at].Key == key)
            {
                return ReferenceEquals(items[at].Value, hold) ? holds! : new BufferHolds(items.SetItem(at, new(key, hold)));
            }
        }

        return new BufferHolds(items.Add(new(key, hold)));
    }

    public BufferHolds? Without(Func<HoldKey, bool> isGone)
    {
        var kept = Items.RemoveAll(item => isGone(item.Key));
        return kept.Length == Items.Length ? this : Of(kept);
    }

    public BufferHolds? Map(Func<HoldKey, Hold, Hold?> replace)
    {
        ImmutableArray<KeyValuePair<HoldKey, Hold>>.Builder? mapped = null;
        for (var at = 0; at < Items.Length; at++)
        {
            var (key, hold) = (Items[at].Key, Items[at].Value);
            var replacement = replace(key, hold);
            if (mapped is null && !ReferenceEquals(replacement, hold))
            {
                mapped = ImmutableArray.CreateBuilder<KeyValuePair<HoldKey, Hold>>(Items.Length);
                mapped.AddRange(Items, at);
            }

            if (replacement is not null)
            {
                mapped?.Add(new(key, replacement));
            }
        }

        return mapped is null ? this : Of(mapped.Count == Items.Length ? mapped.MoveToImmutable() : mapped.ToImmutable());
    }

    /// <summary>Two paths meet, on each of which there may be holds that the other does not have.</summary>
    public static BufferHolds? Join(BufferHolds? left, BufferHolds? right, Func<Hold?, Hold?, Hold?> join)
    {
        var joined = left?.Map((key, hold) =>
        {
            var there = Find(right, key);
            var both = ReferenceEquals(hold, there) ? hold : join(hold, there);
            return hold.IsLike(both) ? hold : both;
        });
        foreach (var item in right?.Items ?? [])
        {
            if (Find(left, item.Key) is null && join(null, item.Value) is { } hold)
            {
                joined = left is null && right!.Items.Length == 1 && ReferenceEquals(hold, item.Value) ? right : With(joined, item.Key, hold);
            }
        }

        return joined;
    }
}
