using System.Globalization;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Works out which values of an enum a receiver accepts.</summary>
internal static class EnumParser
{
    /// <summary>The enum as a wire type; null when it defines no value, so that no message with it could ever be received.</summary>
    /// <param name="type">The enum.</param>
    /// <param name="isOpen">Whether values that it does not define are accepted too.</param>
    public static ScalarType? Parse(INamedTypeSymbol type, bool isOpen)
    {
        if (ScalarParser.PrimitiveOf(type.EnumUnderlyingType!) is not { } primitive)
        {
            return null;
        }

        string name = type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        if (isOpen)
        {
            return new ScalarType(primitive, new EnumModel(name, type.Name, default, null, AcceptsAll: true));
        }

        List<decimal> values = type.GetMembers()
            .OfType<IFieldSymbol>()
            .Where(f => f is { HasConstantValue: true, ConstantValue: not null })
            .Select(f => Convert.ToDecimal(f.ConstantValue, CultureInfo.InvariantCulture))
            .Distinct()
            .OrderBy(v => v)
            .ToList();
        bool isFlags = KnownAttributes.HasFlags(type);
        if (values.Count == 0 && !isFlags)
        {
            return null;
        }

        (decimal minimum, decimal maximum) = primitive.Range();
        if (isFlags)
        {
            decimal mask = Union(values, minimum < 0);
            bool all = mask == (minimum < 0 ? -1 : maximum);
            return new ScalarType(primitive, new EnumModel(name, type.Name, default, mask, all));
        }

        EquatableArray<ValueRange> ranges = Merge(values, minimum, maximum);
        bool everything = ranges.Count == 1 && ranges[0] is { StartsAtMinimum: true, EndsAtMaximum: true };
        return new ScalarType(primitive, new EnumModel(name, type.Name, ranges, null, everything));
    }

    private static decimal Union(List<decimal> values, bool signed)
    {
        ulong bits = 0;
        foreach (decimal value in values)
        {
            bits |= value < 0 ? unchecked((ulong)(long)value) : (ulong)value;
        }

        return signed ? unchecked((long)bits) : bits;
    }

    private static EquatableArray<ValueRange> Merge(List<decimal> values, decimal minimum, decimal maximum)
    {
        var ranges = new List<ValueRange>();
        int start = 0;
        for (int i = 1; i <= values.Count; i++)
        {
            if (i == values.Count || values[i] != values[i - 1] + 1)
            {
                ranges.Add(new ValueRange(values[start], values[i - 1], values[start] == minimum, values[i - 1] == maximum));
                start = i;
            }
        }

        return new(ranges);
    }
}
