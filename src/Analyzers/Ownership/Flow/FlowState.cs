using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What holds at one point of a method, on at least one path to it. Immutable: blocks share what they do not change.
/// A buffer is owned unless a flight says the kernel has it, and of no interest once it has escaped.
/// </summary>
internal sealed partial class FlowState
{
    public static readonly FlowState Entry = new(
        ImmutableDictionary<Slot, AbstractValue>.Empty,
        ImmutableDictionary<FlightKey, Flight>.Empty,
        ImmutableDictionary<FactKey, ValueSet>.Empty,
        ImmutableHashSet<object>.Empty,
        ImmutableHashSet<object>.Empty);

    private readonly ImmutableDictionary<Slot, AbstractValue> _bindings;
    private readonly ImmutableDictionary<FlightKey, Flight> _flights;
    private readonly ImmutableDictionary<FactKey, ValueSet> _facts;
    private readonly ImmutableHashSet<object> _escaped;

    /// <summary>Every site that has named a buffer or a slice, so that executing it again makes a new one.</summary>
    private readonly ImmutableHashSet<object> _seen;

    private FlowState(
        ImmutableDictionary<Slot, AbstractValue> bindings,
        ImmutableDictionary<FlightKey, Flight> flights,
        ImmutableDictionary<FactKey, ValueSet> facts,
        ImmutableHashSet<object> escaped,
        ImmutableHashSet<object> seen)
    {
        _bindings = bindings;
        _flights = flights;
        _facts = facts;
        _escaped = escaped;
        _seen = seen;
    }

    public AbstractValue Read(Slot slot) => _bindings.TryGetValue(slot, out var value) ? value : AbstractValue.Empty;

    public FlowState Bind(Slot slot, AbstractValue value) => With(
        bindings: value.IsEmpty ? _bindings.Remove(slot) : _bindings.SetItem(slot, value));

    /// <summary>The sends that hold bytes the atom stands for.</summary>
    public IEnumerable<KeyValuePair<FlightKey, Flight>> CertainFlights(Atom buffer) => _flights.Where(pair =>
        pair.Value.IsCertain && Equals(pair.Key.Buffer, buffer.Site) && pair.Key.Range.CertainlyOverlaps(buffer.Range));

    public FlowState Lend(SendSite send, AbstractValue lent)
    {
        var buffers = lent.Atoms.Where(atom => atom.IsBuffer && !_escaped.Any(e => MergedBuffer.MayBeSame(e, atom.Site!))).ToList();

        // Which of several buffers is lent is not known: none of them certainly is.
        var flight = buffers.Count == 1 && lent.Atoms.Count == 1 ? Flight.New : Flight.Uncertain;
        var flights = _flights;
        foreach (var buffer in buffers)
        {
            var key = new FlightKey(send, buffer.Site!, buffer.Range);
            if (flight.IsCertain || !flights.ContainsKey(key))
            {
                flights = flights.SetItem(key, flight);
            }
        }

        return With(flights: flights);
    }

    /// <summary>The kernel has given back what these calls lent.</summary>
    public FlowState Recycle(IEnumerable<SendSite> sends)
    {
        var over = new HashSet<SendSite>(sends);
        return over.Count == 0 ? this : RemoveFlights(key => over.Contains(key.Send));
    }

    /// <summary>No send of the buffer is in flight.</summary>
    public FlowState Free(object buffer) => RemoveFlights(key => MergedBuffer.MayBeSame(key.Buffer, buffer));

    /// <summary>Somebody else holds the value from here on and may wait for its sends: nothing is certain of it any more.</summary>
    public FlowState Escape(AbstractValue value, bool forGood)
    {
        if (value.IsEmpty)
        {
            return this;
        }

        var state = Recycle(value.AllAtoms().Where(atom => atom.IsSend).Select(atom => atom.Send));
        foreach (var atom in value.AllAtoms().Where(atom => atom.IsBuffer))
        {
            state = state.Free(atom.Site!);
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

        return RemoveFlights(key => Equals(key.Buffer, site))
            .MapBindings(atom => atom.IsBuffer && Equals(atom.Site, site) ? Atom.UnknownBuffer : atom)
            .With(escaped: _escaped.Remove(site));
    }

    /// <summary>The site cuts a slice at a place that is not constant: an earlier slice of the same site lies elsewhere.</summary>
    public FlowState CreateSlice(object site)
    {
        if (!_seen.Contains(site))
        {
            return With(seen: _seen.Add(site));
        }

        var flights = _flights;
        foreach (var pair in _flights.Where(pair => ReferenceEquals(pair.Key.Range.Origin, site)))
        {
            var elsewhere = new FlightKey(pair.Key.Send, pair.Key.Buffer, ByteRange.Unknown);
            flights = flights.Remove(pair.Key).SetItem(elsewhere, pair.Value);
        }

        return With(flights: flights).MapBindings(atom =>
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

        return WithFact(key, both.IsEmpty ? values : both).MapFlights(flight => flight.Given(key, values));
    }

    /// <summary>The state as the next round of a loop sees it: tests of fields and properties start afresh.</summary>
    public FlowState AcrossBackEdge() => MapFlights(flight => flight.Carried())
        .With(facts: _facts.RemoveRange(_facts.Keys.Where(key => !key.IsStable)));

    /// <summary>
    /// The state where variables go out of scope: nothing can be said of them, or tested, any more, and a buffer no
    /// variable names can no longer be written.
    /// </summary>
    public FlowState Leave(HashSet<ISymbol> variables, IEnumerable<Slot> slots)
    {
        var left = With(bindings: _bindings.RemoveRange(slots)).Forget(key => key.ReadsAny(variables));
        if (left._flights.IsEmpty || ReferenceEquals(left._bindings, _bindings))
        {
            return left;
        }

        var named = new HashSet<object>(left._bindings.Values
            .SelectMany(value => value.AllAtoms())
            .Where(atom => atom.IsBuffer)
            .Select(atom => atom.Site!));
        return left.RemoveFlights(key => !named.Contains(key.Buffer));
    }

    private FlowState Forget(Func<FactKey, bool> isGone) =>
        With(facts: _facts.IsEmpty ? _facts : _facts.RemoveRange(_facts.Keys.Where(isGone))).MapFlights(flight => flight.Forget(isGone));

    private FlowState RemoveFlights(Func<FlightKey, bool> predicate) =>
        _flights.IsEmpty ? this : With(flights: _flights.RemoveRange(_flights.Keys.Where(predicate)));

    private FlowState MapFlights(Func<Flight, Flight?> replace)
    {
        var flights = _flights;
        foreach (var pair in _flights)
        {
            var replacement = replace(pair.Value);
            if (!ReferenceEquals(replacement, pair.Value))
            {
                flights = replacement is null ? flights.Remove(pair.Key) : flights.SetItem(pair.Key, replacement);
            }
        }

        return With(flights: flights);
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
        ImmutableDictionary<FlightKey, Flight>? flights = null,
        ImmutableDictionary<FactKey, ValueSet>? facts = null,
        ImmutableHashSet<object>? escaped = null,
        ImmutableHashSet<object>? seen = null)
    {
        bindings ??= _bindings;
        flights ??= _flights;
        facts ??= _facts;
        escaped ??= _escaped;
        seen ??= _seen;
        return ReferenceEquals(bindings, _bindings) && ReferenceEquals(flights, _flights) && ReferenceEquals(facts, _facts)
            && ReferenceEquals(escaped, _escaped) && ReferenceEquals(seen, _seen)
            ? this
            : new FlowState(bindings, flights, facts, escaped, seen);
    }
}
