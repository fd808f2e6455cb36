using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>A place that holds a value: a variable, or one of the compiler's temporaries.</summary>
internal readonly record struct Slot
{
    private Slot(object key, bool isPlace)
    {
        Key = key;
        IsPlace = isPlace;
    }

    public object Key { get; }

    /// <summary>True for what a temporary designates when it is assigned to, rather than what it holds.</summary>
    public bool IsPlace { get; }

    /// <summary>Some order of the slots of a function, so that runs agree.</summary>
    public (int, bool, string) Order => Key is ISymbol symbol
        ? (symbol.Locations.FirstOrDefault()?.SourceSpan.Start ?? 0, IsPlace, symbol.Name ?? "")
        : (Key.GetHashCode() + int.MinValue, IsPlace, "");

    public static Slot Of(ISymbol variable) => new(variable, isPlace: false);
    public static Slot Of(CaptureId capture) => new(capture, isPlace: false);
    public static Slot PlaceOf(CaptureId capture) => new(capture, isPlace: true);

    /// <summary>Where the value of a part of an expression waits for that of the other parts.</summary>
    public static Slot OfPart(IOperation part) => new(part, isPlace: false);
}
