namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Memory to send from.</summary>
internal static class Payload
{
    /// <summary>
    /// An array with something in it. Memory that was never written is one page of zeros to the kernel, which stays in the
    /// processor's nearest cache however much of it is sent: whoever copies from there copies from nowhere.
    /// </summary>
    public static byte[] Filled(int size)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        new Random(size).NextBytes(buffer);
        return buffer;
    }

    /// <summary>As <see cref="Filled"/>, a lease.</summary>
    public static BufferLease Fill(this BufferLease lease)
    {
        new Random(lease.Length).NextBytes(lease.Edit());
        return lease;
    }
}
