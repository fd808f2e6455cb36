using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What the states of one function speak of, numbered so that they can keep it in an <see cref="IndexMap{T}"/>: its variables, the
/// buffers and sends in it, and what its conditions are about.
/// </summary>
internal sealed class Names
{
    private readonly Dictionary<ISymbol, Slot> _variables = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<(CaptureId, bool), Slot> _captures = [];
    private readonly Dictionary<IOperation, Slot> _parts = [];
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<object, Site> _sites = [];
    private readonly Dictionary<FactKey, FactKey> _facts = [];
    private readonly Dictionary<ISymbol, List<FactKey>> _factsOfVariables = new(SymbolEqualityComparer.Default);
    private int _siteCount;

    /// <summary>What the analysis has done so far: operations evaluated, sends recycled, and entries of states that were not the same where paths met.</summary>
    public int Steps { get; set; }

    /// <summary>What is returned, on its way out of the function.</summary>
    public Slot Result => field ??= NewSlot(null);

    public Slot this[int slot] => _slots[slot];

    public Slot SlotOf(ISymbol variable) => _variables.TryGetValue(variable, out var slot) ? slot : _variables[variable] = NewSlot(variable);

    /// <summary>The value of one of the compiler's temporaries.</summary>
    public Slot SlotOf(CaptureId capture) => SlotOf(capture, isPlace: false);

    /// <summary>What a temporary designates when it is assigned to, rather than what it holds.</summary>
    public Slot PlaceOf(CaptureId capture) => SlotOf(capture, isPlace: true);

    /// <summary>Where the value of a part of an expression waits for that of the other parts.</summary>
    public Slot SlotOfPart(IOperation part) => _parts.TryGetValue(part, out var slot) ? slot : _parts[part] = NewSlot(null);

    /// <summary>The same where the part has had a value to keep; null where it never had.</summary>
    public Slot? KnownSlotOfPart(IOperation part) => _parts.TryGetValue(part, out var slot) ? slot : null;

    /// <summary>The one site of an operation, parameter or slice.</summary>
    public Site SiteOf(object origin) => _sites.TryGetValue(origin, out var site) ? site : _sites[origin] = new Site(NextSite(), origin);

    /// <summary>A number for a site of a kind of its own.</summary>
    public int NextSite() => _siteCount++;

    /// <summary>The fact about a variable.</summary>
    public FactKey FactOf(ISymbol variable) => FactOf(new FactKey(variable, variable.Name ?? "", [variable], isStable: true));

    /// <summary>The one key that is equal to this one.</summary>
    public FactKey FactOf(FactKey key)
    {
        if (_facts.TryGetValue(key, out var known))
        {
            return known;
        }

        key.Index = _facts.Count;
        _facts.Add(key, key);
        foreach (var root in key.Roots)
        {
            (_factsOfVariables.TryGetValue(root, out var keys) ? keys : _factsOfVariables[root] = []).Add(key);
        }

        return key;
    }

    /// <summary>The facts that are about the variable, alone or with others.</summary>
    public IReadOnlyList<FactKey> FactsAbout(ISymbol variable) => _factsOfVariables.TryGetValue(variable, out var keys) ? keys : [];

    private Slot SlotOf(CaptureId capture, bool isPlace) =>
        _captures.TryGetValue((capture, isPlace), out var slot) ? slot : _captures[(capture, isPlace)] = NewSlot(null);

    private Slot NewSlot(ISymbol? variable)
    {
        var slot = new Slot(_slots.Count, variable);
        _slots.Add(slot);
        return slot;
    }
}
