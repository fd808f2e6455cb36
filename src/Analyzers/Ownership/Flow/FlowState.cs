using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What holds at one point of a method, on at least one path to it. Immutable: blocks share what they do not change.
/// A buffer is owned unless a hold says that somebody else has it, and may be waited for elsewhere once it has escaped.
/// </summary>
internal sealed partial class FlowState
{
    public static readonly FlowState Entry = new(
        ImmutableDictionary<Slot, AbstractValue>.Empty,
        ImmutableDictionary<HoldKey, Hold>.Empty,
        ImmutableDictionary<FactKey, ValueSet>.Empty,
        ImmutableHashSet<object>.Empty,
        ImmutableHashSet<object>.Empty);

    private readonly ImmutableDictionary<Slot, AbstractValue> _bindings;
    private readonly ImmutableDictionary<HoldKey, Hold> _holds;
    private readonly ImmutableDictionary<FactKey, ValueSet> _facts;
    private readonly ImmutableHashSet<object> _escaped;

    /// <summary>Every site that has named a buffer, a slice or a send, so that executing it again makes a new one.</summary>
    private readonly ImmutableHashSet<object> _seen;

    private FlowState(
        ImmutableDictionary<Slot, AbstractValue> bindings,
        ImmutableDictionary<HoldKey, Hold> holds,
        ImmutableDictionary<FactKey, ValueSet> facts,
        ImmutableHashSet<object> escaped,
        ImmutableHashSet<object> seen)
    {
        _bindings = bindings;
        _holds = holds;
        _facts = facts;
        _escaped = escaped;
        _seen = seen;
    }

    public AbstractValue Read(Slot slot) => _bindings.TryGetValue(slot, out var value) ? value : AbstractValue.Empty;

    public FlowState Bind(Slot slot, AbstractValue value) => With(
        bindings: value.IsEmpty ? _bindings.Remove(slot) : _bindings.SetItem(slot, value));

    /// <summary>
    /// A variable is given another value. A buffer that no variable names any more cannot be used: what holds it is no concern
    /// of a path on which the variable still names it.
    /// </summary>
    public FlowState Rebind(Slot slot, AbstractValue value)
    {
        var before = Read(slot);
        var state = Bind(slot, value);
        return before.Atoms.Any(atom => atom.IsBuffer && state._holds.Keys.Any(key => Equals(key.Buffer, atom.Site)))
            ? state.WithoutUnnamed()
            : state;
    }

    /// <summary>What certainly holds bytes the atom stands for, of the given kinds.</summary>
    public IEnumerable<KeyValuePair<HoldKey, Hold>> CertainHolds(Atom atom, Func<HoldKind, bool> kinds) => _holds.Where(pair =>
        pair.Value.IsCertain && kinds(pair.Key.Site.Kind) && Equals(pair.Key.Buffer, atom.Site) && pair.Key.Range.CertainlyOverlaps(atom.Range));

    /// <summary>What is certainly held in that way.</summary>
    public IEnumerable<KeyValuePair<HoldKey, Hold>> CertainHolds(Func<HoldKey, bool> predicate) =>
        _holds.Where(pair => pair.Value.IsCertain && predicate(pair.Key));

    /// <summary>What has become of the buffer a method was handed, where a path leaves it.</summary>
    public BufferEnd EndOf(object buffer)
    {
        var holds = _holds.Where(pair => MergedBuffer.MayBeSame(pair.Key.Buffer, buffer)).ToList();
        return holds.Count == 0 ? BufferEnd.Kept
            : holds.All(pair => pair.Value.IsEverywhere && pair.Key.Buffer == buffer)
                && holds.Any(pair => pair.Key.Site.Kind is HoldKind.Disposed or HoldKind.HandedOn) ? BufferEnd.Disposed
            : BufferEnd.Unclear;
    }

    /// <summary>The call lends again: what it lent before, and what is kept of that, is of an earlier round from here on.</summary>
    public FlowState Relend(HoldSite send)
    {
        if (!_seen.Contains(send))
        {
            return With(seen: _seen.Add(send));
        }

        var none = ImmutableDictionary<FactKey, ValueSet>.Empty;
        var holds = _holds;
        foreach (var pair in _holds.Where(pair => pair.Key.Site == send))
        {
            var key = new HoldKey(send.Earlier, pair.Key.Buffer, pair.Key.Range);
            holds = holds.Remove(pair.Key).SetItem(key, Hold.Join(pair.Value, none, _holds.GetValueOrDefault(key), none)!);
        }

        return With(holds: holds)
            .RemoveHolds(key => Equals(key.Buffer, send))
            .MapBindings(atom => !Equals(atom.Site, send) ? atom : atom.Kind == AtomKind.OneTime ? null : atom.Of(send.Earlier));
    }

    /// <summary>The value is held from here on.</summary>
    public FlowState WithHold(HoldSite site, AbstractValue value)
    {
        // What somebody else knows of may be waited for there.
        var atoms = value.Atoms
            .Where(atom => atom.IsBuffer || atom.Kind is AtomKind.OneTime)
            .Where(atom => !IsEndedByOthers(site.Kind) || !_escaped.Any(e => MergedBuffer.MayBeSame(e, atom.Site!)))
            .ToList();

        // Which of several is meant is not known: none of them certainly is.
        var hold = atoms.Count == 1 && value.Atoms.All(atom => atom == atoms[0] || !(atom.IsBuffer || atom.Kind is AtomKind.UnknownBuffer or AtomKind.OneTime))
            ? Hold.New
            : Hold.Uncertain;
        var holds = _holds;
        foreach (var atom in atoms)
        {
            var key = new HoldKey(site, atom.Site!, atom.Range);
            if (hold.IsCertain || !holds.ContainsKey(key))
            {
                holds = holds.SetItem(key, hold);
            }
        }

        return With(holds: holds);
    }

    /// <summary>The kernel has given back what these calls lent, and nobody waits for them any more.</summary>
    public FlowState Recycle(IEnumerable<HoldSite> sends)
    {
        var over = new HashSet<HoldSite>(sends);
        return over.Count == 0 ? this : RemoveHolds(key => over.Contains(key.Site) || (key.Buffer is HoldSite send && over.Contains(send)));
    }

    /// <summary>No send of the buffer is in flight.</summary>
    public FlowState Free(object buffer) =>
        RemoveHolds(key => key.Site.Kind == HoldKind.Send && MergedBuffer.MayBeSame(key.Buffer, buffer));

    /// <summary>These holds may have ended.</summary>
    public FlowState Doubt(Func<HoldKey, bool> predicate)
    {
        var holds = _holds;
        foreach (var pair in _holds.Where(pair => predicate(pair.Key)))
        {
            holds = holds.SetItem(pair.Key, pair.Value.Doubted());
        }

        return With(holds: holds);
    }

    /// <summary>There is no buffer on this path.</summary>
    public FlowState Miss(object buffer) => RemoveHolds(key => MergedBuffer.MayBeSame(key.Buffer, buffer));

    /// <summary>The disposal of these buffers is owed no more: done, or somebody else's business.</summary>
    public FlowState Discharge(AbstractValue value)
    {
        var buffers = new HashSet<object>(value.AllAtoms().Where(atom => atom.IsBuffer).Select(atom => atom.Site!));
        var merged = buffers.Where(buffer => buffer is MergedBuffer).ToList();
        return buffers.Count == 0 ? this : RemoveHolds(key => key.Site.Kind == HoldKind.Owed
            && (buffers.Contains(key.Buffer)
                || merged.Any(buffer => MergedBuffer.MayBeSame(key.Buffer, buffer))
                || (key.Buffer is MergedBuffer && buffers.Any(buffer => MergedBuffer.MayBeSame(key.Buffer, buffer)))));
    }

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

        var state = Recycle(value.AllAtoms().Where(atom => atom.IsSend).Select(atom => atom.Send));
        foreach (var atom in value.AllAtoms().Where(atom => atom.IsBuffer))
        {
            state = state.RemoveHolds(key => IsEndedByOthers(key.Site.Kind) && MergedBuffer.MayBeSame(key.Buffer, atom.Site!));
            state = forGood ? state.With(escaped: state._escaped.Add(atom.Site!)) : state;
        }

        return state;
    }

    /// <summary>The site makes a buffer: what it made on an earlier round is another one, out of reach from here.</summary>
    public FlowState Create(object site)
    {
        if (!_seen.Contains(site))
        {
            return With(seen: _seen.Add(site));
        }

        return RemoveHolds(key => Equals(key.Buffer, site))
            .MapBindings(atom => !Equals(atom.Site, site) ? atom : atom.IsBuffer ? Atom.UnknownBuffer : atom.Kind == AtomKind.OneTime ? null : atom)
            .ForgetUnnamedEscapes();
    }

    /// <summary>A buffer that has escaped and goes by no name here any more must not be taken for one made anew at the same site.</summary>
    private FlowState ForgetUnnamedEscapes()
    {
        if (_escaped.IsEmpty)
        {
            return this;
        }

        var named = NamedSites();
        return With(escaped: _escaped.Except(_escaped.Where(escaped => !named.Any(site => MergedBuffer.MayBeSame(escaped, site)))));
    }

    /// <summary>The site cuts a slice at a place that is not constant: an earlier slice of the same site lies elsewhere.</summary>
    public FlowState CreateSlice(object site)
    {
        if (!_seen.Contains(site))
        {
            return With(seen: _seen.Add(site));
        }

        var holds = _holds;
        foreach (var pair in _holds.Where(pair => ReferenceEquals(pair.Key.Range.Origin, site)))
        {
            var elsewhere = new HoldKey(pair.Key.Site, pair.Key.Buffer, ByteRange.Unknown);
            holds = holds.Remove(pair.Key).SetItem(elsewhere, pair.Value);
        }

        return With(holds: holds).MapBindings(atom =>
            atom.IsBuffer && ReferenceEquals(atom.Range.Origin, site) ? Atom.Buffer(atom.Site!, ByteRange.Unknown) : atom);
    }

    public ValueSet? Fact(FactKey key) => _facts.TryGetValue(key, out var values) ? values : null;

    public FlowState WithFact(FactKey key, ValueSet values) => With(facts: _facts.SetItem(key, values));

    /// <summary>The variable is given another value.</summary>
    public FlowState Forget(ISymbol variable) => Forget(key => key.Reads(variable));

    /// <summary>The state on a path where a test came out so; null when no execution takes that path.</summary>
    public FlowState? Assume(FactKey key, ValueSet values)
    {
        var both = Fact(key) is { } known ? known.Intersect(values) : values;
        if (both.IsEmpty && key.IsStable)
        {
            return null;
        }

        return WithFact(key, both.IsEmpty ? values : both).MapHolds((_, hold) => hold.Given(key, values));
    }

    /// <summary>The state as the next round of a loop sees it: tests of fields and properties start afresh.</summary>
    public FlowState AcrossBackEdge() => MapHolds((key, hold) => key.Site.Kind == HoldKind.Owed ? hold : hold.Carried())
        .With(facts: _facts.RemoveRange(_facts.Keys.Where(key => !key.IsStable)));

    /// <summary>
    /// The state where variables go out of scope: nothing can be said of them, or tested, any more, and a buffer no
    /// variable names can no longer be written.
    /// </summary>
    public FlowState Leave(HashSet<ISymbol> variables, IEnumerable<Slot> slots)
    {
        var left = With(bindings: _bindings.RemoveRange(slots)).Forget(key => key.ReadsAny(variables));
        return left._holds.IsEmpty || ReferenceEquals(left._bindings, _bindings) ? left : left.WithoutUnnamed();
    }

    /// <summary>The state without what is said of buffers that no variable names.</summary>
    public FlowState WithoutUnnamed()
    {
        if (_holds.IsEmpty)
        {
            return this;
        }

        var named = NamedSites();
        return RemoveHolds(key => key.Site.Kind != HoldKind.Owed && !named.Contains(key.Buffer));
    }

    /// <summary>The buffers and tasks that variables lead to.</summary>
    private HashSet<object> NamedSites() =>
        [.. _bindings.Values.SelectMany(value => value.AllAtoms()).Select(atom => atom.Site).OfType<object>()];

    /// <summary>True for a hold that code out of sight can bring to its end.</summary>
    private static bool IsEndedByOthers(HoldKind kind) => kind is HoldKind.Send or HoldKind.Receive or HoldKind.Owed;

    private FlowState Forget(Func<FactKey, bool> isGone) =>
        With(facts: _facts.IsEmpty ? _facts : _facts.RemoveRange(_facts.Keys.Where(isGone))).MapHolds((_, hold) => hold.Forget(isGone));

    private FlowState RemoveHolds(Func<HoldKey, bool> predicate) =>
        _holds.IsEmpty ? this : With(holds: _holds.RemoveRange(_holds.Keys.Where(predicate)));

    private FlowState MapHolds(Func<HoldKey, Hold, Hold?> replace)
    {
        var holds = _holds;
        foreach (var pair in _holds)
        {
            var replacement = replace(pair.Key, pair.Value);
            if (!ReferenceEquals(replacement, pair.Value))
            {
                holds = replacement is null ? holds.Remove(pair.Key) : holds.SetItem(pair.Key, replacement);
            }
        }

        return With(holds: holds);
    }

    private FlowState MapBindings(Func<Atom, Atom?> replace)
    {
        var bindings = _bindings;
        foreach (var pair in _bindings)
        {
            var value = pair.Value.Map(replace);
            if (!ReferenceEquals(value, pair.Value))
            {
                bindings = value.IsEmpty ? bindings.Remove(pair.Key) : bindings.SetItem(pair.Key, value);
            }
        }

        return With(bindings: bindings);
    }

    private FlowState With(
        ImmutableDictionary<Slot, AbstractValue>? bindings = null,
        ImmutableDictionary<HoldKey, Hold>? holds = null,
        ImmutableDictionary<FactKey, ValueSet>? facts = null,
        ImmutableHashSet<object>? escaped = null,
        ImmutableHashSet<object>? seen = null)
    {
        bindings ??= _bindings;
        holds ??= _holds;
        facts ??= _facts;
        escaped ??= _escaped;
        seen ??= _seen;
        return ReferenceEquals(bindings, _bindings) && ReferenceEquals(holds, _holds) && ReferenceEquals(facts, _facts)
            && ReferenceEquals(escaped, _escaped) && ReferenceEquals(seen, _seen)
            ? this
            : new FlowState(bindings, holds, facts, escaped, seen);
    }
}
