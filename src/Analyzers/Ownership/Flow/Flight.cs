using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>One send of one buffer: what the kernel holds.</summary>
internal readonly record struct FlightKey
{
    public FlightKey(SendSite send, object buffer, ByteRange range)
    {
        Send = send;
        Buffer = buffer;
        Range = range;
    }

    public SendSite Send { get; }
    public object Buffer { get; }
    public ByteRange Range { get; }
}

/// <summary>What is known of a send that has not been recycled on at least one path to this point.</summary>
internal sealed class Flight : IEquatable<Flight>
{
    /// <summary>More alternatives than this say nothing useful: the flight is then no longer certain, so never reported.</summary>
    private const int MaxGuards = 8;

    public static readonly Flight New = new(isCertain: true, isCarried: false, [Guard.Always]);
    public static readonly Flight Uncertain = new(isCertain: false, isCarried: false, [Guard.Always]);

    private Flight(bool isCertain, bool isCarried, ImmutableArray<Guard> guards)
    {
        IsCertain = isCertain;
        IsCarried = isCarried;
        Guards = guards;
    }

    /// <summary>False where the send may not have happened at all: after an exception, or when it is unclear which buffer was lent.</summary>
    public bool IsCertain { get; }

    /// <summary>True when every path from the send to here goes round a loop.</summary>
    public bool IsCarried { get; }

    /// <summary>The send happened if any of these hold.</summary>
    public ImmutableArray<Guard> Guards { get; }

    public Flight Carried() => IsCarried ? this : new Flight(IsCertain, isCarried: true, Guards);

    public Flight Doubted() => IsCertain ? new Flight(isCertain: false, IsCarried, Guards) : this;

    /// <summary>The flight on a path where the values are known; null when it did not happen there.</summary>
    public Flight? Given(FactKey key, ValueSet values)
    {
        var kept = Guards.RemoveAll(guard => guard.Contradicts(key, values));
        return kept.Length == Guards.Length ? this : kept.IsEmpty ? null : new Flight(IsCertain, IsCarried, kept);
    }

    public Flight Forget(Func<FactKey, bool> isGone)
    {
        if (Guards.All(guard => ReferenceEquals(guard.Without(isGone), guard)))
        {
            return this;
        }

        var guards = ImmutableArray<Guard>.Empty;
        foreach (var guard in Guards)
        {
            guards = Include(guards, guard.Without(isGone));
        }

        return new Flight(IsCertain, IsCarried, guards);
    }

    /// <summary>
    /// Two paths meet. The facts are what each path knew and the meeting point no longer does; a flight that is not the
    /// same on both keeps them as its guard, so that a later test of the same variable tells the paths apart again.
    /// </summary>
    public static Flight? Join(
        Flight? left, ImmutableDictionary<FactKey, ValueSet> lostLeft, Flight? right, ImmutableDictionary<FactKey, ValueSet> lostRight)
    {
        if (left is not null && right is not null && left.Equals(right))
        {
            return left;
        }

        var guards = ImmutableArray<Guard>.Empty;
        guards = AddGuards(guards, left, right, lostLeft);
        guards = AddGuards(guards, right, left, lostRight);
        if (guards.IsEmpty)
        {
            return null;
        }

        var certain = (left?.IsCertain ?? false) || (right?.IsCertain ?? false);
        var carried = (left?.IsCarried ?? true) && (right?.IsCarried ?? true);
        return guards.Length > MaxGuards ? new Flight(false, carried, [Guard.Always]) : new Flight(certain, carried, guards);
    }

    public bool Equals(Flight? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || (IsCertain == other.IsCertain && IsCarried == other.IsCarried && Guards.Length == other.Guards.Length
                && Guards.All(guard => other.Guards.Contains(guard))));

    public override bool Equals(object? obj) => Equals(obj as Flight);

    public override int GetHashCode() => Guards.Length;

    private static ImmutableArray<Guard> AddGuards(
        ImmutableArray<Guard> guards, Flight? flight, Flight? other, ImmutableDictionary<FactKey, ValueSet> lost)
    {
        if (flight is null)
        {
            return guards;
        }

        foreach (var guard in flight.Guards)
        {
            var narrowed = other is not null && other.Guards.Contains(guard) ? guard : guard.And(lost);
            guards = narrowed is null ? guards : Include(guards, narrowed);
        }

        return guards;
    }

    private static ImmutableArray<Guard> Include(ImmutableArray<Guard> guards, Guard guard) =>
        guards.Any(existing => existing.Covers(guard)) ? guards : guards.RemoveAll(guard.Covers).Add(guard);
}
