using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>A place that holds a value: a variable, or, without one, a temporary of the compiler's or of this analysis.</summary>
internal sealed class Slot(int index, ISymbol? variable)
{
    /// <summary>Its number among those of the function.</summary>
    public int Index { get; } = index;

    /// <summary>An order that does not depend on which way the analysis took; variables come after temporaries.</summary>
    public (int, int) Order => variable is null
        ? (-1, Index)
        : (variable.Locations.FirstOrDefault()?.SourceSpan.Start ?? 0, Index);
}
