namespace Quickstart;

/// <summary>Quotes as a function of their sender and number, so that the receiver knows what every field must be.</summary>
internal static class Quotes
{
    private const ushort Version = 1;

    public static Quote Make(Origin origin, int number)
    {
        ulong mixed = ((ulong)number * 0x9E37_79B9_7F4A_7C15) ^ ((ulong)origin << 56);
        var quote = new Quote
        {
            Header = new Header { Version = Version, Origin = origin },
            Sequence = (ulong)number,
            BidNanos = -(long)(mixed >> 1),
            AskNanos = (long)(mixed >> 2),
            Quantity = (uint)mixed,
            IsFirm = (mixed & (1 << 5)) != 0,
        };
        for (int i = 0; i < 8; i++)
        {
            quote.Symbol[i] = (byte)('A' + (mixed >> (8 * i)) % 26);
        }

        for (int i = 0; i < 4; i++)
        {
            quote.Depth[i] = (uint)(mixed >> (10 * i));
        }

        return quote;
    }

    /// <summary>Compares every field where it was received; nothing is copied out first.</summary>
    public static void Verify(Quote.View quote, Origin origin, int number)
    {
        Quote expected = Make(origin, number);
        Same(number, "Header.Version", quote.Header.Version, expected.Header.Version);
        Same(number, "Header.Origin", quote.Header.Origin, expected.Header.Origin);
        Same(number, "Sequence", quote.Sequence, expected.Sequence);
        Same(number, "BidNanos", quote.BidNanos, expected.BidNanos);
        Same(number, "AskNanos", quote.AskNanos, expected.AskNanos);
        Same(number, "Quantity", quote.Quantity, expected.Quantity);
        Same(number, "IsFirm", quote.IsFirm, expected.IsFirm);
        for (int i = 0; i < 8; i++)
        {
            Same(number, "Symbol", quote.Symbol[i], expected.Symbol[i]);
        }

        for (int i = 0; i < quote.Depth.Length; i++)
        {
            Same(number, "Depth", quote.Depth[i], expected.Depth[i]);
        }
    }

    private static void Same<T>(int number, string field, T received, T expected) where T : struct
    {
        if (!EqualityComparer<T>.Default.Equals(received, expected))
        {
            throw new QuickstartException($"quote {number:N0} arrived with {field} {received}; {expected} was sent");
        }
    }
}
