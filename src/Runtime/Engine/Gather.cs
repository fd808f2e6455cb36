using System.Runtime.InteropServices;

namespace ZeroCopySockets.Engine;

/// <summary>The memory of a send in several pieces, which follow one another on the wire. Pooled.</summary>
internal sealed unsafe class Gather(OperationPools pools)
{
    /// <summary>Pieces a pooled object keeps room for.</summary>
    private const int Retained = 64;

    private readonly List<Loan> _loans = [];
    private SegmentList _segments = new();
    private int _segmentCount;

    public int Length { get; private set; }

    /// <summary>Every piece lies in the slab, so that the kernel may read them through its registration.</summary>
    public bool InSlab { get; private set; } = true;

    /// <exception cref="ArgumentException">More pieces or bytes than one message can have.</exception>
    public void Add(in Loan loan)
    {
        if ((loan.Length > 0 && _segmentCount == SegmentList.MaxSegments) || loan.Length > int.MaxValue - Length)
        {
            // Not taken: it goes back at once, as those before it will.
            loan.Return();
            throw new ArgumentException($"A send has at most {SegmentList.MaxSegments} segments and {int.MaxValue} bytes in all.");
        }

        Loan taken = loan;
        taken.Pin();
        taken.Watch(pools.Guard);
        _loans.Add(taken);
        Length += loan.Length;
        _segmentCount += loan.Length > 0 ? 1 : 0;
        InSlab &= loan.InSlab;
    }

    /// <summary>What is left to send after the first <paramref name="sent"/> bytes.</summary>
    public SegmentList Rest(int sent)
    {
        _segments.Clear();
        foreach (ref readonly Loan loan in CollectionsMarshal.AsSpan(_loans))
        {
            int skip = Math.Min(sent, loan.Length);
            sent -= skip;
            if (skip < loan.Length)
            {
                _segments.Add(loan.Buffer + skip, loan.Length - skip);
            }
        }

        return _segments;
    }

    /// <summary>Gives every piece back and forgets it.</summary>
    /// <returns>In guard mode, the first of what the pieces have to tell.</returns>
    public InvalidOperationException? Return()
    {
        InvalidOperationException? violation = null;
        // Backwards: the loan that returns a slot comes before its parts.
        for (int i = _loans.Count - 1; i >= 0; i--)
        {
            violation = _loans[i].Return() ?? violation;
        }

        bool isLarge = _loans.Count > Retained;
        _loans.Clear();
        if (isLarge)
        {
            _loans.Capacity = Retained;
            _segments = new SegmentList();
        }

        Length = 0;
        _segmentCount = 0;
        InSlab = true;
        return violation;
    }

    public void Quarantine()
    {
        foreach (ref readonly Loan loan in CollectionsMarshal.AsSpan(_loans))
        {
            loan.Quarantine();
        }
    }
}
