using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ZeroCopySockets;

/// <summary>What generated code needs to encode and decode and C# has no expression for. Not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class WireFormat
{
    private const int ScaleShift = 16;
    private const uint SignBit = 0x8000_0000;
    private const uint ScaleMask = 0x00FF_0000;
    private const uint LargestScale = 28;

    /// <summary>The value of a bit field, if it has that few bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has more.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FitUnsigned(ulong value, int bits, string field)
    {
        if (value >> bits != 0)
        {
            ThrowDoesNotFit(value, bits, field);
        }

        return value;
    }

    /// <summary>The two's complement of a bit field in that many bits, if they are enough.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FitSigned(long value, int bits, string field)
    {
        int unused = 64 - bits;
        if (value << unused >> unused != value)
        {
            ThrowDoesNotFit(value, bits, field);
        }

        return (ulong)value << unused >> unused;
    }

    /// <summary>The ticks of a moment in UTC. Of a <see cref="DateTime"/> of no stated kind it is taken to be UTC already.</summary>
    public static long UtcTicks(DateTime value) =>
        value.Kind == DateTimeKind.Local ? value.ToUniversalTime().Ticks : value.Ticks;

    /// <summary>Whether a <see cref="DateTime"/> has these ticks.</summary>
    public static bool IsUtcTicks(long ticks) => (ulong)ticks <= (ulong)DateTime.MaxValue.Ticks;

    /// <summary>The moment with these ticks, in UTC.</summary>
    public static DateTime ToDateTime(long ticks) => new(ticks, DateTimeKind.Utc);

    /// <summary>A decimal as one integer: from the least significant bit 96 bits of magnitude, then sign and scale.</summary>
    public static UInt128 DecimalBits(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        return new UInt128(Join(parts[3], parts[2]), Join(parts[1], parts[0]));

        static ulong Join(int high, int low) => ((ulong)(uint)high << 32) | (uint)low;
    }

    /// <summary>Whether these bits are a decimal: a scale of at most 28, and zero where nothing is stored.</summary>
    public static bool IsDecimal(UInt128 bits)
    {
        uint flags = (uint)(bits >> 96);
        return (flags & ~(SignBit | ScaleMask)) == 0 && (flags & ScaleMask) >> ScaleShift <= LargestScale;
    }

    /// <summary>The decimal with these bits.</summary>
    public static decimal ToDecimal(UInt128 bits)
    {
        uint flags = (uint)(bits >> 96);
        return new decimal(
            (int)(uint)bits, (int)(uint)(bits >> 32), (int)(uint)(bits >> 64), (flags & SignBit) != 0, (byte)(flags >> ScaleShift));
    }

    [DoesNotReturn]
    private static void ThrowDoesNotFit<T>(T value, int bits, string field) =>
        throw new ArgumentOutOfRangeException(field, value, $"The value does not fit into the {bits} bits the field has on the wire.");
}
