namespace ZeroCopySockets.Engine;

/// <summary>
/// What is in flight on one ring: user data (slot in the lower half, generation in the upper) to operation. An entry
/// stays until its terminal completion and roots the operation, and through it the memory the kernel uses. Owned by
/// whoever owns the ring.
/// </summary>
internal sealed class OperationTable
{
    private const int None = -1;

    private Entry[] _entries = new Entry[64];
    private int _firstFree = None;
    private int _used;

    /// <summary>Operations the kernel still owes a terminal completion.</summary>
    public int Count { get; private set; }

    public ulong Add(Operation operation)
    {
        int slot = _firstFree;
        if (slot != None)
        {
            _firstFree = _entries[slot].NextFree;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _used * 2);
            }

            slot = _used++;
            // Generations start at 1, so no valid user data is 0 (Completion.Nobody).
            _entries[slot].Generation = 1;
        }

        ref Entry entry = ref _entries[slot];
        entry.Operation = operation;
        Count++;
        return (ulong)entry.Generation << 32 | (uint)slot;
    }

    /// <summary>The operation a completion belongs to; a terminal one removes it. Null for a stale or foreign user data.</summary>
    public Operation? Match(in Completion completion)
    {
        if (Find(completion.UserData) is not { } operation)
        {
            return null;
        }

        if (completion.IsTerminal)
        {
            uint slot = (uint)completion.UserData;
            ref Entry entry = ref _entries[slot];
            entry.Operation = null;
            // Bit 31 stays clear: it is Completion.CancelBit.
            entry.Generation = Math.Max(1, (entry.Generation + 1) & int.MaxValue);
            entry.NextFree = _firstFree;
            _firstFree = (int)slot;
            Count--;
        }

        return operation;
    }

    /// <summary>The operation in flight under that user data, if it still is.</summary>
    public Operation? Find(ulong userData)
    {
        uint slot = (uint)userData;
        return slot < (uint)_used && _entries[slot].Generation == (uint)(userData >> 32) ? _entries[slot].Operation : null;
    }

    /// <summary>Everything still in flight, for tear-down.</summary>
    public List<Operation> Snapshot()
    {
        var operations = new List<Operation>(Count);
        for (int i = 0; i < _used; i++)
        {
            if (_entries[i].Operation is { } operation)
            {
                operations.Add(operation);
            }
        }

        return operations;
    }

    private struct Entry
    {
        public Operation? Operation;
        public uint Generation;
        public int NextFree;
    }
}
