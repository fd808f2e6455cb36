using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What holds at one point of a method, on at least one path to it. Immutable: blocks share what they do not change.
/// A buffer is owned unless a flight says the kernel has it, and of no interest once it has escaped.
/// </summary>
internal sealed class FlowState
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
        var buffers = lent.Atoms.Where(atom => atom.IsBuffer && !_escaped.Contains(atom.Site!)).ToList();

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

    /// <summary>The kernel has given back what the call lent.</summary>
    public FlowState Recycle(SendSite send) => RemoveFlights(key => key.Send == send);

    /// <summary>No send of the buffer is in flight.</summary>
    public FlowState Free(object buffer) => RemoveFlights(key => Equals(key.Buffer, buffer));

    /// <summary>Somebody else holds the value from here on and may wait for its sends: nothing is certain of it any more.</summary>
    public FlowState Escape(AbstractValue value, bool forGood)
    {
        var state = this;
        foreach (var atom in value.AllAtoms())
        {
            if (atom.IsBuffer)
            {
                state = state.Free(atom.Site!);
                state = forGood ? state.With(escaped: state._escaped.Add(atom.Site!)) : state;
            }
            else if (atom.IsSend)
            {
                state = state.Recycle(atom.Send);
            }
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

        return Free(site)
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
    public FlowState Forget(ISymbol variable)
    {
        var facts = _facts.RemoveRange(_facts.Keys.Where(key => key.Reads(variable)));
        return With(facts: facts).MapFlights(flight => flight.Forget(variable));
    }

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

    /// <summary>Two paths meet. Returns this very object when the other path adds nothing, which is how the solver sees a fixed point.</summary>
    public FlowState Join(FlowState other, bool widen) => ReferenceEquals(this, other) ? this : Merge(other, widen, (l, r) => false);

    /// <summary>
    /// The state at a handler, which any point of its try may reach: a send that was in flight at some of them only is
    /// not certain, since the call itself, or the await that ends it, may be what has thrown.
    /// </summary>
    public FlowState JoinAtThrow(FlowState other) => ReferenceEquals(this, other)
        ? this
        : Merge(other, widen: false, (left, right) => left is not { IsCertain: true } || right is not { IsCertain: true });

    private FlowState Merge(FlowState other, bool widen, Func<Flight?, Flight?, bool> isDoubtful)
    {
        var facts = JoinFacts(_facts, other._facts, widen);
        var lostHere = Lost(_facts, facts);
        var lostThere = Lost(other._facts, facts);
        var flights = _flights;
        foreach (var key in _flights.Keys.Concat(other._flights.Keys))
        {
            _flights.TryGetValue(key, out var here);
            other._flights.TryGetValue(key, out var there);
            var joined = Flight.Join(here, lostHere, there, lostThere);
            joined = isDoubtful(here, there) ? joined?.Doubted() : joined;
            flights = joined is null ? flights.Remove(key) : joined.Equals(here) ? flights : flights.SetItem(key, joined);
        }

        var bindings = _bindings;
        foreach (var pair in other._bindings)
        {
            var here = Read(pair.Key);
            var joined = here.Union(pair.Value);
            bindings = ReferenceEquals(joined, here) ? bindings : bindings.SetItem(pair.Key, joined);
        }

        return With(bindings, flights, facts, _escaped.Union(other._escaped), _seen.Union(other._seen));
    }

    private static ImmutableDictionary<FactKey, ValueSet> JoinFacts(
        ImmutableDictionary<FactKey, ValueSet> left, ImmutableDictionary<FactKey, ValueSet> right, bool widen)
    {
        var joined = left;
        foreach (var pair in left)
        {
            if (!right.TryGetValue(pair.Key, out var theirs))
            {
                joined = joined.Remove(pair.Key);
                continue;
            }

            var either = pair.Value.Union(theirs);
            either = widen ? either.Widen(pair.Value) : either;
            joined = either == pair.Value ? joined : joined.SetItem(pair.Key, either);
        }

        return joined;
    }

    private static ImmutableDictionary<FactKey, ValueSet> Lost(
        ImmutableDictionary<FactKey, ValueSet> before, ImmutableDictionary<FactKey, ValueSet> after)
    {
        if (ReferenceEquals(before, after))
        {
            return ImmutableDictionary<FactKey, ValueSet>.Empty;
        }

        return before
            .Where(pair => !after.TryGetValue(pair.Key, out var kept) || kept != pair.Value)
            .ToImmutableDictionary();
    }

    private FlowState RemoveFlights(Func<FlightKey, bool> predicate) =>
        With(flights: _flights.RemoveRange(_flights.Keys.Where(predicate)));

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
