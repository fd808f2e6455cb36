using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>The buffers one ring was given to receive into. Each is the kernel's from then until a completion that names it is told.</summary>
internal sealed unsafe class ProvidedBuffers(SwarmKernel kernel)
{
    private readonly Queue<ProvidedBuffer> _free = new();
    private readonly HashSet<int> _owned = [];

    /// <summary>The numbers of those that are the kernel's.</summary>
    public IReadOnlyCollection<int> Owned => _owned;

    public void Add(in ProvidedBuffer buffer)
    {
        int number = buffer.Number;
        ViolationException.ThrowUnless(_owned.Add(number), Invariant.ReceiveBuffersAddUp, $"receive buffer {number} was given to the kernel twice");
        ViolationException.ThrowUnless(
            kernel.OwnerOf(buffer.Address, buffer.Length) is not { } owner,
            Invariant.ReceiveBuffersAddUp,
            $"receive buffer {number} was given to the kernel to fill while it reads it for {kernel.OwnerOf(buffer.Address, buffer.Length)}");
        _free.Enqueue(buffer);
    }

    public bool TryTake(out ProvidedBuffer buffer) => _free.TryDequeue(out buffer);

    /// <summary>A completion has been taken off the ring.</summary>
    public void OnTold(in Completion completion)
    {
        if (completion.HasBuffer)
        {
            _owned.Remove(completion.Buffer);
        }
    }
}

/// <summary>Memory the kernel may receive into.</summary>
internal readonly unsafe struct ProvidedBuffer(int number, byte* address, int length)
{
    public int Number { get; } = number;

    public byte* Address { get; } = address;

    public int Length { get; } = length;

    public Span<byte> Bytes => new(Address, Length);

    /// <summary>What a completion says that took it.</summary>
    public uint Flags => Completion.BufferTaken | (uint)Number << Completion.BufferShift;
}
