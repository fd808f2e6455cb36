namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>An entry that says something of itself by which the entries of a map can be found without a look at each.</summary>
internal interface IMarked
{
    int Marks { get; }
}

/// <summary>
/// An immutable map from small numbers, a tree of eight branches a node. Maps share what they do not change, and what two of them
/// share is passed over when they are merged: that costs as much as they differ, not as much as they hold.
/// </summary>
internal sealed class IndexMap<T>
    where T : class
{
    private const int Bits = IndexNode.Bits;
    private const int Width = IndexNode.Width;

    public static readonly IndexMap<T> Empty = new(null, 0);

    private readonly IndexNode? _root;

    /// <summary>How many nodes are below the root on the way to an entry.</summary>
    private readonly int _depth;

    private IndexMap(IndexNode? root, int depth)
    {
        _root = root;
        _depth = depth;
    }

    public bool IsEmpty => _root is null;

    /// <summary>The entries that have any of the marks.</summary>
    public IEnumerable<T> Values(int marks) => _root is null ? [] : ValuesIn(_root, _depth, marks);

    public T? this[int index]
    {
        get
        {
            var node = index >> (Bits * (_depth + 1)) == 0 ? _root : null;
            for (var level = _depth; node is not null && level > 0; level--)
            {
                node = (IndexNode?)node[Branch(index, level)];
            }

            return (T?)node?[Branch(index, 0)];
        }
    }

    /// <summary>The map with another entry under the number; null takes it out.</summary>
    public IndexMap<T> With(int index, T? value)
    {
        if (ReferenceEquals(this[index], value))
        {
            return this;
        }

        var depth = _depth;
        while (index >> (Bits * (depth + 1)) != 0)
        {
            depth++;
        }

        return new IndexMap<T>(Set(RootAt(depth), depth, index, value), depth);
    }

    /// <summary>Puts each entry that is not the same object in both maps through <paramref name="join"/>. This very map when that changes nothing.</summary>
    public IndexMap<T> Merge(IndexMap<T> other, Func<int, T?, T?, T?> join)
    {
        if (ReferenceEquals(_root, other._root))
        {
            return this;
        }

        var depth = Math.Max(_depth, other._depth);
        var mine = RootAt(depth);
        var merged = Merge(mine, other.RootAt(depth), depth, 0, join);
        return ReferenceEquals(merged, mine) ? this : new IndexMap<T>(merged, depth);
    }

    /// <summary>Puts each entry that has any of the marks through <paramref name="map"/>, which gives null to take it out.</summary>
    public IndexMap<T> Map(int marks, Func<T, T?> map)
    {
        var root = _root is null || (_root.Marks & marks) == 0 ? _root : Map(_root, _depth, marks, map);
        return ReferenceEquals(root, _root) ? this : new IndexMap<T>(root, _depth);
    }

    private static int Branch(int index, int level) => (index >> (Bits * level)) & (Width - 1);

    /// <summary>The root of the same entries in a tree that deep.</summary>
    private IndexNode? RootAt(int depth)
    {
        var root = _root;
        for (var level = _depth; root is not null && level < depth; level++)
        {
            var children = IndexNode.ChildrenOf(null);
            children[0] = root;
            root = IndexNode.Of(children);
        }

        return root;
    }

    private static IndexNode? Set(IndexNode? node, int level, int index, T? value)
    {
        var branch = Branch(index, level);
        var children = IndexNode.ChildrenOf(node);
        children[branch] = level == 0 ? value : Set((IndexNode?)children[branch], level - 1, index, value);
        return IndexNode.Of(children);
    }

    private static IndexNode? Merge(IndexNode? left, IndexNode? right, int level, int first, Func<int, T?, T?, T?> join)
    {
        object?[]? merged = null;
        var isRight = right is not null;
        for (var branch = 0; branch < Width; branch++)
        {
            var (mine, theirs) = (left?[branch], right?[branch]);
            var index = (first << Bits) | branch;
            var both = ReferenceEquals(mine, theirs) ? mine
                : level == 0 ? join(index, (T?)mine, (T?)theirs)
                : Merge((IndexNode?)mine, (IndexNode?)theirs, level - 1, index, join);
            isRight &= ReferenceEquals(both, theirs);
            if (!ReferenceEquals(both, mine))
            {
                merged ??= IndexNode.ChildrenOf(left);
                merged[branch] = both;
            }
        }

        return merged is null ? left : isRight ? right : IndexNode.Of(merged);
    }

    private static IndexNode? Map(IndexNode node, int level, int marks, Func<T, T?> map)
    {
        object?[]? mapped = null;
        for (var branch = 0; branch < Width; branch++)
        {
            var before = node[branch];
            var child = before is null || (IndexNode.MarksOf(before) & marks) == 0 ? before
                : level == 0 ? map((T)before)
                : Map((IndexNode)before, level - 1, marks, map);
            if (!ReferenceEquals(child, before))
            {
                mapped ??= IndexNode.ChildrenOf(node);
                mapped[branch] = child;
            }
        }

        return mapped is null ? node : IndexNode.Of(mapped);
    }

    private static IEnumerable<T> ValuesIn(IndexNode node, int level, int marks)
    {
        for (var branch = 0; branch < Width; branch++)
        {
            if (node[branch] is not { } child || (IndexNode.MarksOf(child) & marks) == 0)
            {
                continue;
            }

            if (level == 0)
            {
                yield return (T)child;
                continue;
            }

            foreach (var value in ValuesIn((IndexNode)child, level - 1, marks))
            {
                yield return value;
            }
        }
    }
}

/// <summary>A node of an <see cref="IndexMap{T}"/>: nodes, or in the lowest level entries. Not generic, so that casts to it are quick.</summary>
internal sealed class IndexNode
{
    public const int Bits = 3;
    public const int Width = 1 << Bits;

    private const int All = ~0;

    private readonly object?[] _children;

    private IndexNode(object?[] children)
    {
        _children = children;
        for (var branch = 0; branch < children.Length && Marks != All; branch++)
        {
            Marks |= MarksOf(children[branch]);
        }
    }

    /// <summary>The marks of all entries below.</summary>
    public int Marks { get; }

    public object? this[int branch] => _children[branch];

    public static int MarksOf(object? child) => child switch
    {
        IndexNode node => node.Marks,
        IMarked marked => marked.Marks,
        null => 0,
        _ => All,
    };

    /// <summary>The children of a node, to be changed for another.</summary>
    public static object?[] ChildrenOf(IndexNode? node) => node is null ? new object?[Width] : (object?[])node._children.Clone();

    /// <summary>The node with these children; null when there are none.</summary>
    public static IndexNode? Of(object?[] children) => Array.TrueForAll(children, c => c is null) ? null : new IndexNode(children);
}
