using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What holds at one point of a method, on at least one path to it. Immutable: states share what they have in common, and no
/// step costs more than what it changes. A buffer is owned unless a hold says that somebody else has it, and may be waited for
/// elsewhere once it has escaped.
/// </summary>
internal sealed partial class FlowState
{
    private readonly Names _names;

    /// <summary>By the number of the slot.</summary>
    private readonly IndexMap<AbstractValue> _bindings;

    /// <summary>By the number of the buffer.</summary>
    private readonly IndexMap<BufferHolds> _holds;

    /// <summary>By the number of what it is about.</summary>
    private readonly IndexMap<Fact> _facts;

    private readonly IndexMap<Site> _escaped;

    /// <summary>Every site that has named a buffer, a slice or a send, so that executing it again makes a new one.</summary>
    private readonly IndexMap<Site> _seen;

    private FlowState(
        Names names, IndexMap<AbstractValue> bindings, IndexMap<BufferHolds> holds, IndexMap<Fact> facts, IndexMap<Site> escaped, IndexMap<Site> seen)
    {
        _names = names;
        _bindings = bindings;
        _holds = holds;
        _facts = facts;
        _escaped = escaped;
        _seen = seen;
    }

    public static FlowState Entry(Names names) => new(
        names, IndexMap<AbstractValue>.Empty, IndexMap<BufferHolds>.Empty, IndexMap<Fact>.Empty, IndexMap<Site>.Empty, IndexMap<Site>.Empty);

    public AbstractValue Read(Slot slot) => _bindings[slot.Index] ?? AbstractValue.Empty;

    public FlowState Bind(Slot slot, AbstractValue value)
    {
        foreach (var atom in value.AllAtoms)
        {
            atom.Site?.IsLedToBy(slot);
            atom.Range.Origin?.IsLedToBy(slot);
        }

        return With(bindings: _bindings.With(slot.Index, value.IsEmpty ? null : value));
    }

    /// <summary>
    /// A variable is given another value. A buffer that no variable names any more cannot be used: what holds it is no concern
    /// of a path on which the variable still names it.
    /// </summary>
    public FlowState Rebind(Slot slot, AbstractValue value) => Bind(slot, value).WithoutUnnamed(Read(slot));

    /// <summary>Whether anything holds the buffer the atom stands for, for certain or not.</summary>
    public bool IsHeld(Atom atom) => atom.Site is { } site && _holds[site.Index] is not null;

    /// <summary>What certainly holds bytes the atom stands for, of the given kinds.</summary>
    public IEnumerable<KeyValuePair<HoldKey, Hold>> CertainHolds(Atom atom, Func<HoldKind, bool> kinds) => HoldsOf(atom.Site).Where(pair =>
        pair.Value.IsCertain && kinds(pair.Key.Site.Kind) && pair.Key.Range.CertainlyOverlaps(atom.Range));

    /// <summary>What is certainly held in that way, of buffers that have any of the marks.</summary>
    public IEnumerable<KeyValuePair<HoldKey, Hold>> CertainHolds(int marks, Func<HoldKey, bool> predicate) =>
        _holds.Values(marks).SelectMany(holds => holds.Items).Where(pair => pair.Value.IsCertain && predicate(pair.Key));

    /// <summary>What has become of the buffer a method was handed, where a path leaves it.</summary>
    public BufferEnd EndOf(Site buffer)
    {
        var holds = buffer.AllThatMayBeThis.SelectMany(HoldsOf).ToList();
        return holds.Count == 0 ? BufferEnd.Kept
            : holds.All(pair => pair.Value.IsEverywhere && pair.Key.Buffer == buffer)
                && holds.Any(pair => pair.Key.Site.Kind is HoldKind.Disposed or HoldKind.HandedOn) ? BufferEnd.Disposed
            : BufferEnd.Unclear;
    }

    /// <summary>The call lends again: what it lent before, and what is kept of that, is of an earlier round from here on.</summary>
    public FlowState Relend(HoldSite send)
    {
        if (_seen[send.Index] is null)
        {
            return With(seen: _seen.With(send.Index, send));
        }

        var state = this;
        foreach (var buffer in send.Buffers.ToList())
        {
            foreach (var pair in HoldsOf(buffer).Where(pair => pair.Key.Site == send))
            {
                var key = new HoldKey(send.Earlier, buffer, pair.Key.Range);
                var both = Hold.Join(pair.Value, [], BufferHolds.Find(state._holds[buffer.Index], key), [])!;
                state = state.RemoveHolds(buffer, other => other == pair.Key).SetHold(key, both);
            }
        }

        return state.RemoveHolds(send, _ => true)
            .MapBindings(send, atom => !ReferenceEquals(atom.Site, send) ? atom : atom.Kind == AtomKind.OneTime ? null : atom.Of(send.Earlier));
    }

    /// <summary>The value is held from here on.</summary>
    public FlowState WithHold(HoldSite site, AbstractValue value)
    {
        // What somebody else knows of may be waited for there.
        var atoms = value.Atoms
            .Where(atom => atom.IsBuffer || atom.Kind is AtomKind.OneTime)
            .Where(atom => !IsEndedByOthers(site.Kind) || !atom.Site!.AllThatMayBeThis.Any(same => _escaped[same.Index] is not null))
            .ToList();

        // Which of several is meant is not known: none of them certainly is.
        var hold = atoms.Count == 1 && value.Atoms.All(atom => atom == atoms[0] || !(atom.IsBuffer || atom.Kind is AtomKind.UnknownBuffer or AtomKind.OneTime))
            ? Hold.New
            : Hold.Uncertain;
        var state = this;
        foreach (var atom in atoms)
        {
            var key = new HoldKey(site, atom.Site!, atom.Range);
            state = hold.IsCertain || BufferHolds.Find(state._holds[atom.Site!.Index], key) is null ? state.SetHold(key, hold) : state;
        }

        return state;
    }

    /// <summary>The kernel has given back what a call lent, and nobody waits for it any more.</summary>
    public FlowState Recycle(HoldSite send)
    {
        _names.Steps++;
        return send.Buffers.Aggregate(this, (state, buffer) => state.RemoveHolds(buffer, key => key.Site == send)).RemoveHolds(send, _ => true);
    }

    /// <summary>The same for the calls of those atoms in the value that are over.</summary>
    public FlowState Recycle(AbstractValue value, Func<Atom, bool> isOver)
    {
        var state = this;
        foreach (var atom in value.AllAtoms)
        {
            state = isOver(atom) ? state.Recycle(atom.Send) : state;
        }

        return state;
    }

    /// <summary>No send of the buffer is in flight.</summary>
    public FlowState Free(Site buffer) => RemoveHoldsOfAll(buffer, key => key.Site.Kind == HoldKind.Send);

    /// <summary>These holds may have ended.</summary>
    public FlowState Doubt(Func<HoldKey, bool> predicate) => MapHolds(~0, (key, hold) => predicate(key) ? hold.Doubted() : hold);

    /// <summary>There is no buffer on this path.</summary>
    public FlowState Miss(Site buffer) => RemoveHoldsOfAll(buffer, _ => true);

    /// <summary>The disposal of these buffers is owed no more: done, or somebody else's business.</summary>
    public FlowState Discharge(AbstractValue value) => value.AllAtoms
        .Where(atom => atom.IsBuffer)
        .Aggregate(this, (state, atom) => state.RemoveHoldsOfAll(atom.Site!, key => key.Site.Kind == HoldKind.Owed));

    /// <summary>The method returns the value: its caller owes the disposal. Nothing made before is made anew on the way out.</summary>
    public FlowState Return(AbstractValue value) => Discharge(value).With(seen: IndexMap<Site>.Empty).Bind(_names.Result, value);

    /// <summary>What paths that have come here return.</summary>
    public AbstractValue Returned => Read(_names.Result);

    /// <summary>
    /// Somebody else knows the value from here on, and may wait for its sends and dispose it: nothing of that is certain any
    /// more. What is disposed stays so.
    /// </summary>
    public FlowState Escape(AbstractValue value, bool forGood)
    {
        if (value.IsEmpty)
        {
            return this;
        }

        var state = Recycle(value, atom => atom.IsSend);
        foreach (var atom in value.AllAtoms)
        {
            if (!atom.IsBuffer)
            {
                continue;
            }

            state = state.RemoveHoldsOfAll(atom.Site!, key => IsEndedByOthers(key.Site.Kind));
            state = forGood ? state.With(escaped: state._escaped.With(atom.Site!.Index, atom.Site)) : state;
        }

        return state;
    }

    /// <summary>The site makes a buffer: what it made on an earlier round is another one, out of reach from here.</summary>
    public FlowState Create(Site site)
    {
        if (_seen[site.Index] is null)
        {
            return With(seen: _seen.With(site.Index, site));
        }

        return RemoveHolds(site, _ => true)
            .MapBindings(site, atom => !ReferenceEquals(atom.Site, site) ? atom : atom.IsBuffer ? Atom.UnknownBuffer : atom.Kind == AtomKind.OneTime ? null : atom)
            .ForgetUnnamedEscape(site);
    }

    /// <summary>The site cuts a slice at a place that is not constant: an earlier slice of the same site lies elsewhere.</summary>
    public FlowState CreateSlice(Site site)
    {
        if (_seen[site.Index] is null)
        {
            return With(seen: _seen.With(site.Index, site));
        }

        return With(holds: _holds.Map(BufferHolds.OfSlice, holds => BufferHolds.Of(
                [.. holds.Items.Select(pair => ReferenceEquals(pair.Key.Range.Origin, site) ? new(pair.Key.Elsewhere(), pair.Value) : pair)])))
            .MapBindings(site, atom =>
                atom.IsBuffer && ReferenceEquals(atom.Range.Origin, site) ? Atom.Buffer(atom.Site!, ByteRange.Unknown) : atom);
    }

    public ValueSet? Fact(FactKey key) => _facts[key.Index]?.Values;

    public FlowState WithFact(FactKey key, ValueSet values) =>
        With(facts: Fact(key) == values ? _facts : _facts.With(key.Index, new Fact(key, values)));

    /// <summary>The variable is given another value.</summary>
    public FlowState Forget(ISymbol variable) =>
        _names.FactsAbout(variable) is { Count: > 0 } keys ? Forget(keys, key => key.Reads(variable)) : this;

    /// <summary>The state on a path where a test came out so; null when no execution takes that path.</summary>
    public FlowState? Assume(FactKey key, ValueSet values)
    {
        var both = Fact(key) is { } known ? known.Intersect(values) : values;
        if (both.IsEmpty && key.IsStable)
        {
            return null;
        }

        return WithFact(key, both.IsEmpty ? values : both).MapHolds(BufferHolds.Guarded, Alike(hold => hold.Given(key, values)));
    }

    /// <summary>The state as the next round of a loop sees it: tests of fields and properties start afresh.</summary>
    public FlowState AcrossBackEdge() => MapHolds(BufferHolds.Fresh, (key, hold) => key.Site.Kind == HoldKind.Owed ? hold : hold.Carried())
        .With(facts: _facts.Map(Flow.Fact.Unstable, _ => null));

    /// <summary>
    /// The state where variables go out of scope: nothing can be said of them, or tested, any more, and a buffer no
    /// variable names can no longer be written.
    /// </summary>
    public FlowState Leave(HashSet<ISymbol> variables, IEnumerable<Slot> slots)
    {
        var keys = variables.SelectMany(_names.FactsAbout).ToList();
        var left = keys.Count == 0 ? this : Forget(keys, key => key.ReadsAny(variables));
        var gone = AbstractValue.Empty;
        foreach (var slot in slots)
        {
            if (_bindings[slot.Index] is { } value)
            {
                gone = gone.Union(value);
                left = left.Bind(slot, AbstractValue.Empty);
            }
        }

        return left.WithoutUnnamed(gone);
    }

    /// <summary>The state without what is said of those of these buffers that no variable names any more.</summary>
    public FlowState WithoutUnnamed(AbstractValue buffers) => _holds.IsEmpty
        ? this
        : buffers.AllAtoms
            .Where(atom => atom.Site is not null)
            .Aggregate(this, (state, atom) => state.IsNamed(atom.Site!) ? state : state.RemoveHolds(atom.Site!, key => key.Site.Kind != HoldKind.Owed));

    /// <summary>True when a variable leads to the site.</summary>
    public bool IsNamed(Site site) => site.Slots.Any(slot => Read(slot).AllAtoms.Any(atom => ReferenceEquals(atom.Site, site)));

    /// <summary>True for a hold that code out of sight can bring to its end.</summary>
    private static bool IsEndedByOthers(HoldKind kind) => kind is HoldKind.Send or HoldKind.Receive or HoldKind.Owed;

    private IEnumerable<KeyValuePair<HoldKey, Hold>> HoldsOf(Site? buffer) =>
        buffer is not null && _holds[buffer.Index] is { } holds ? holds.Items : [];

    /// <summary>A buffer that has escaped and goes by no name here any more must not be taken for one made anew at the same site.</summary>
    private FlowState ForgetUnnamedEscape(Site site) => With(escaped: site.AllThatMayBeThis
        .Where(same => _escaped[same.Index] is not null && !same.AllThatMayBeThis.Any(IsNamed))
        .Aggregate(_escaped, (escaped, same) => escaped.With(same.Index, null)));

    private FlowState Forget(IEnumerable<FactKey> keys, Func<FactKey, bool> isGone) =>
        With(facts: keys.Aggregate(_facts, (facts, key) => facts.With(key.Index, null)))
            .MapHolds(BufferHolds.Guarded, Alike(hold => hold.Forget(isGone)));

    /// <summary>Many holds are the same object: what becomes of it is found out once.</summary>
    private static Func<HoldKey, Hold, Hold?> Alike(Func<Hold, Hold?> replace)
    {
        var known = new Dictionary<Hold, Hold?>();
        return (_, hold) => known.TryGetValue(hold, out var after) ? after : known[hold] = replace(hold);
    }

    private FlowState SetHold(HoldKey key, Hold hold)
    {
        key.Site.Holds(key.Buffer);
        return With(holds: _holds.With(key.Buffer.Index, BufferHolds.With(_holds[key.Buffer.Index], key, hold)));
    }

    private FlowState RemoveHolds(Site buffer, Func<HoldKey, bool> predicate) =>
        _holds[buffer.Index] is { } holds ? With(holds: _holds.With(buffer.Index, holds.Without(predicate))) : this;

    /// <summary>The same for all that may be the buffer.</summary>
    private FlowState RemoveHoldsOfAll(Site buffer, Func<HoldKey, bool> predicate) =>
        _holds.IsEmpty ? this : buffer.AllThatMayBeThis.Aggregate(this, (state, same) => state.RemoveHolds(same, predicate));

    private FlowState MapHolds(int marks, Func<HoldKey, Hold, Hold?> replace) =>
        With(holds: _holds.Map(marks, holds => holds.Map(replace)));

    /// <summary>Replaces atoms in the variables that lead to the site.</summary>
    private FlowState MapBindings(Site site, Func<Atom, Atom?> replace) =>
        site.Slots.ToList().Aggregate(this, (state, slot) => state.Bind(slot, state.Read(slot).Map(replace)));

    private FlowState With(
        IndexMap<AbstractValue>? bindings = null,
        IndexMap<BufferHolds>? holds = null,
        IndexMap<Fact>? facts = null,
        IndexMap<Site>? escaped = null,
        IndexMap<Site>? seen = null)
    {
        bindings ??= _bindings;
        holds ??= _holds;
        facts ??= _facts;
        escaped ??= _escaped;
        seen ??= _seen;
        return ReferenceEquals(bindings, _bindings) && ReferenceEquals(holds, _holds) && ReferenceEquals(facts, _facts)
            && ReferenceEquals(escaped, _escaped) && ReferenceEquals(seen, _seen)
            ? this
            : new FlowState(_names, bindings, holds, facts, escaped, seen);
    }
}
