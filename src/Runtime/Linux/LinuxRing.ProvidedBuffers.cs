using System.Numerics;
using ZeroCopySockets.Engine;
using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <content>
/// The ring of provided buffers (5.19): its entries are free buffers, its tail is ours to advance, its head is the kernel's
/// own. One group per ring, never incremental and without bundles: a buffer belongs to one connection at a time.
/// </content>
internal sealed unsafe partial class LinuxRing
{
    private const ushort BufferGroup = 0;

    private LinuxSlab? _bufferRing;
    private uint _bufferMask;
    private ushort _bufferTail;

    public override bool TryProvideBuffers(int count)
    {
        uint entries = BitOperations.RoundUpToPowerOf2((uint)count);
        LinuxSlab? memory = null;
        int result = -KernelError.ENOMEM;
        try
        {
            memory = LinuxSlab.Allocate(entries * (nuint)sizeof(ProvidedBuffer));
            var registration = new BufferRingRegistration { RingAddress = (ulong)memory.Address, RingEntries = entries, Group = BufferGroup };
            result = Libc.IoUringRegister(_fd, RegisterBufferRing, &registration, 1);
        }
        catch (KernelException)
        {
            // No memory for the entries: told below, like a refusal.
        }

        if (result < 0)
        {
            memory?.Free();
            ProvidedBuffersProblem = result == -KernelError.ENOMEM
                ? $"a ring of {entries} provided buffers exceeds the memory or the limit on locked memory ({LinuxKernel.LimitText()})"
                : $"IORING_REGISTER_PBUF_RING failed with errno {-result}";
            return false;
        }

        _bufferRing = memory;
        _bufferMask = entries - 1;
        return true;
    }

    public override void Provide(int number, byte* address, int length)
    {
        // SAFETY: the mapping has mask + 1 entries (TryProvideBuffers), and no more buffers are provided than it has. The
        // fields are written one by one because the tail lies inside the first entry (io_uring_register_buf_ring(3)).
        var ring = (ProvidedBuffer*)_bufferRing!.Address;
        ProvidedBuffer* entry = ring + (_bufferTail & _bufferMask);
        entry->Address = (ulong)address;
        entry->Length = (uint)length;
        entry->Number = (ushort)number;
        _bufferTail++;
        // Release: the kernel must see the entry before the tail that makes it a buffer.
        Volatile.Write(ref ring->Tail, _bufferTail);
    }

    // After the ring's descriptor: the kernel holds the pages it maps by itself for as long as it needs them.
    private void FreeBufferRing() => _bufferRing?.Free();
}
