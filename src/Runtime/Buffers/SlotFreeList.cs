namespace ZeroCopySockets.Buffers;

/// <summary>
/// A lock-free stack of slot numbers (Treiber). The head carries a tag in its upper half that moves on with every
/// change, so a head that went away and came back (ABA) is told apart.
/// </summary>
internal sealed class SlotFreeList
{
    private const uint None = uint.MaxValue;

    private readonly uint[] _next;
    private readonly int _first;
    private ulong _head;

    /// <summary>A list of the slots <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    public SlotFreeList(int first, int count)
    {
        _first = first;
        _next = new uint[count];
        for (int i = 0; i < count; i++)
        {
            _next[i] = i + 1 < count ? (uint)(i + 1) : None;
        }

        _head = count > 0 ? 0 : None;
    }

    public bool TryTake(out int slot)
    {
        while (true)
        {
            ulong head = Volatile.Read(ref _head);
            uint index = (uint)head;
            if (index == None)
            {
                slot = -1;
                return false;
            }

            // A stale read of _next is harmless: the tag makes the exchange below fail.
            ulong next = Volatile.Read(ref _next[index]) | NextTag(head);
            if (Interlocked.CompareExchange(ref _head, next, head) == head)
            {
                slot = _first + (int)index;
                return true;
            }
        }
    }

    public void Return(int slot)
    {
        uint index = (uint)(slot - _first);
        while (true)
        {
            ulong head = Volatile.Read(ref _head);
            Volatile.Write(ref _next[index], (uint)head);
            if (Interlocked.CompareExchange(ref _head, index | NextTag(head), head) == head)
            {
                return;
            }
        }
    }

    /// <summary>Slots on the list, while nobody takes or returns one.</summary>
    public int Count()
    {
        int count = 0;
        for (uint index = (uint)Volatile.Read(ref _head); index != None; index = _next[index])
        {
            count++;
        }

        return count;
    }

    private static ulong NextTag(ulong head) => (head & ~(ulong)uint.MaxValue) + (1UL << 32);
}
