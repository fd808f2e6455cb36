namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// The buffer a variable names after two paths that gave it different ones have met: a name for "whichever it is".
/// Without it a lease rented on two branches, or an array replaced by a larger one, would be lost from sight.
/// </summary>
internal sealed class MergedBuffer(int index, Slot slot) : Site(index, slot)
{
    private readonly HashSet<Site> _parts = [];

    public Slot Slot { get; } = slot;

    public void Add(Site part)
    {
        foreach (var each in part is MergedBuffer merged ? merged._parts.Prepend(part).ToList() : [part])
        {
            if (!ReferenceEquals(each, this) && _parts.Add(each))
            {
                Includes(each);
            }
        }
    }
}

/// <summary>Variables that name one buffer on the left path, another on the right, and <see cref="Buffer"/> from here on.</summary>
internal sealed class MergedGroup(Site left, Site right, MergedBuffer buffer, IReadOnlyList<Slot> slots)
{
    public Site Left { get; } = left;
    public Site Right { get; } = right;
    public MergedBuffer Buffer { get; } = buffer;
    public IReadOnlyList<Slot> Slots { get; } = slots;
}

/// <summary>The common names of one function, one for each block and variable at most, so that loops settle.</summary>
internal sealed class MergedBuffers(Names names)
{
    private readonly Dictionary<(int Block, Slot Slot), MergedBuffer> _buffers = [];

    public IReadOnlyList<MergedGroup> Find(int block, IndexMap<AbstractValue> left, IndexMap<AbstractValue> right)
    {
        // Variables that name the same buffer on both paths, a lease and a span of it, go on doing so.
        Dictionary<(Site Left, Site Right), List<Slot>>? slots = null;
        left.Merge(right, (index, mine, theirs) =>
        {
            if (mine?.OnlyBuffer() is { } here && theirs?.OnlyBuffer() is { } there && !ReferenceEquals(here, there))
            {
                slots ??= [];
                if (!slots.TryGetValue((here, there), out var group))
                {
                    slots.Add((here, there), group = []);
                }

                group.Add(names[index]);
            }

            return mine;
        });
        return slots is null
            ? []
            : [.. slots.Select(pair => new MergedGroup(pair.Key.Left, pair.Key.Right, NameOf(block, pair.Key.Left, pair.Key.Right, pair.Value), pair.Value))];
    }

    private MergedBuffer NameOf(int block, Site left, Site right, List<Slot> slots)
    {
        var slot = left is MergedBuffer known && slots.Contains(known.Slot) ? known.Slot : slots.OrderBy(s => s.Order).First();
        if (!_buffers.TryGetValue((block, slot), out var buffer))
        {
            buffer = new MergedBuffer(names.NextSite(), slot);
            _buffers.Add((block, slot), buffer);
        }

        buffer.Add(left);
        buffer.Add(right);
        return buffer;
    }
}
