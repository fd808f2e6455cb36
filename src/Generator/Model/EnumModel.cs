namespace ZeroCopySockets.Generator.Model;

/// <summary>The values of an enum that a receiver accepts.</summary>
/// <param name="TypeName">The enum, fully qualified.</param>
/// <param name="DisplayName">The enum's own name, for messages.</param>
/// <param name="Defined">Without <c>[Flags]</c>: the defined values, merged into ranges, ascending.</param>
/// <param name="FlagsMask">With <c>[Flags]</c>: the union of the defined values, signed as the enum is.</param>
/// <param name="AcceptsAll">Whether every bit pattern is accepted, so that there is nothing to check.</param>
internal sealed record EnumModel(
    string TypeName,
    string DisplayName,
    EquatableArray<ValueRange> Defined,
    decimal? FlagsMask,
    bool AcceptsAll);

/// <summary>A run of consecutive defined values; decimal holds every <c>long</c> and every <c>ulong</c>.</summary>
/// <param name="First">The lowest value.</param>
/// <param name="Last">The highest value.</param>
/// <param name="StartsAtMinimum">Whether nothing of the underlying type lies below.</param>
/// <param name="EndsAtMaximum">Whether nothing of the underlying type lies above.</param>
internal readonly record struct ValueRange(decimal First, decimal Last, bool StartsAtMinimum, bool EndsAtMaximum);
