namespace ZeroCopySockets.Generator.Locking;

/// <summary>A way in which a message no longer is what its lock says.</summary>
/// <param name="Field">The field of the message as it is now; null when it is about the message as a whole.</param>
/// <param name="Reason">What changed.</param>
internal readonly record struct LayoutBreak(string? Field, string Reason);

/// <summary>
/// Finds what peers that know the locked layout would misread. A field that only changed its name is none of it: names do
/// not travel.
/// </summary>
internal static class LayoutComparison
{
    public static IEnumerable<LayoutBreak> Compare(LockedMessage locked, LockedMessage current)
    {
        var before = locked.Fields.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var now = current.Fields.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var renamed = new HashSet<string>(locked.Fields
            .Where(f => !now.ContainsKey(f.Name))
            .Where(f => current.Fields.Any(n => n.OnTheWire == f.OnTheWire && !before.ContainsKey(n.Name)))
            .Select(f => f.OnTheWire));
        bool isBroken = false;
        foreach (LockedField field in current.Fields.Where(f => !renamed.Contains(f.OnTheWire) || before.ContainsKey(f.Name)))
        {
            string? reason = before.TryGetValue(field.Name, out LockedField? old)
                ? old.OnTheWire == field.OnTheWire ? null : $"it was {old.OnTheWire} and is now {field.OnTheWire}"
                : field.IsSequence ? "it is new, and a peer does not look for it"
                : field.Offset < locked.WireSize ? $"it is new, and lies before the end of the locked {locked.WireSize} bytes" : null;
            if (reason is not null)
            {
                isBroken = true;
                yield return new LayoutBreak(field.Name, reason);
            }
        }

        foreach (LockedField field in locked.Fields.Where(f => !now.ContainsKey(f.Name) && !renamed.Contains(f.OnTheWire)))
        {
            isBroken = true;
            yield return new LayoutBreak(null, $"field '{field.Name}', {field.OnTheWire}, is gone");
        }

        bool isOnlyLonger = current.WireSize > locked.WireSize && locked.SaysBlockLength;
        if (!isBroken && locked.WireSize != current.WireSize && !isOnlyLonger)
        {
            yield return new LayoutBreak(null, $"its fixed members were {locked.WireSize} bytes and are now {current.WireSize}, and nothing on the wire tells a peer");
        }
    }
}
