using System.Collections.Immutable;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// The buffer a variable names after two paths that gave it different ones have met: a name for "whichever it is".
/// Without it a lease rented on two branches, or an array replaced by a larger one, would be lost from sight.
/// </summary>
internal sealed class MergedBuffer(Slot slot)
{
    private readonly HashSet<object> _parts = [];

    public Slot Slot { get; } = slot;

    public void Add(object part)
    {
        _parts.Add(part);
        if (part is MergedBuffer merged)
        {
            _parts.UnionWith(merged._parts);
        }
    }

    public static bool MayBeSame(object left, object right) =>
        Equals(left, right)
        || (left is MergedBuffer merged && merged._parts.Contains(right))
        || (right is MergedBuffer other && other._parts.Contains(left));
}

/// <summary>Variables that name one buffer on the left path, another on the right, and <see cref="Buffer"/> from here on.</summary>
internal sealed class MergedGroup(object left, object right, MergedBuffer buffer, IReadOnlyList<Slot> slots)
{
    public object Left { get; } = left;
    public object Right { get; } = right;
    public MergedBuffer Buffer { get; } = buffer;
    public IReadOnlyList<Slot> Slots { get; } = slots;
}

/// <summary>The common names of one function, one for each block and variable at most, so that loops settle.</summary>
internal sealed class MergedBuffers
{
    private readonly Dictionary<(int Block, Slot Slot), MergedBuffer> _buffers = [];

    public IReadOnlyList<MergedGroup> Find(
        int block, ImmutableDictionary<Slot, AbstractValue> left, ImmutableDictionary<Slot, AbstractValue> right)
    {
        if (ReferenceEquals(left, right))
        {
            return [];
        }

        // Variables that name the same buffer on both paths, a lease and a span of it, go on doing so.
        var slots = new Dictionary<(object Left, object Right), List<Slot>>();
        foreach (var pair in left)
        {
            if (right.TryGetValue(pair.Key, out var value) && !ReferenceEquals(value, pair.Value)
                && pair.Value.OnlyBuffer() is { } here && value.OnlyBuffer() is { } there && !Equals(here, there))
            {
                if (!slots.TryGetValue((here, there), out var group))
                {
                    slots.Add((here, there), group = []);
                }

                group.Add(pair.Key);
            }
        }

        return [.. slots.Select(pair => new MergedGroup(pair.Key.Left, pair.Key.Right, NameOf(block, pair.Key.Left, pair.Key.Right, pair.Value), pair.Value))];
    }

    private MergedBuffer NameOf(int block, object left, object right, List<Slot> slots)
    {
        var slot = left is MergedBuffer known && slots.Contains(known.Slot) ? known.Slot : slots.OrderBy(s => s.Order).First();
        if (!_buffers.TryGetValue((block, slot), out var buffer))
        {
            buffer = new MergedBuffer(slot);
            _buffers.Add((block, slot), buffer);
        }

        buffer.Add(left);
        buffer.Add(right);
        return buffer;
    }
}
