namespace ZeroCopySockets.Engine;

/// <summary>Decides, for one socket and per send, between zero copy and copy, and learns from what the kernel reports.</summary>
internal sealed class SendPolicy(ZeroCopyEngine engine, ZeroCopyLoop loop)
{
    /// <summary>Below this, copying costs less than the second completion; from published measurements, in bytes.</summary>
    public const int RegisteredThreshold = 1024;

    /// <summary>The same for memory whose pages each send must pin.</summary>
    public const int UnregisteredThreshold = 4096;

    /// <summary>After the kernel reported a copy, this many sends are copied before zero copy is tried once more.</summary>
    public const int SendsBeforeReprobe = 1024;

    private int _sendsToCopy;
    private bool _notSupported;

    public ZeroCopyPolicy Mode { get; set; } = engine.Options.Policy;

    /// <param name="length">Bytes to send.</param>
    /// <param name="leased">They lie in the slab.</param>
    /// <param name="noBuffer">The pool was empty, and they lie in an array of ours that is wanted back soon.</param>
    public bool ChooseZeroCopy(int length, bool leased, bool noBuffer)
    {
        CopyReason reason;
        if (noBuffer)
        {
            reason = CopyReason.NoBuffer;
        }
        else if (Mode == ZeroCopyPolicy.Never)
        {
            reason = CopyReason.PolicyNever;
        }
        else if (_notSupported || !engine.Kernel.SupportsZeroCopy)
        {
            reason = CopyReason.NotSupported;
        }
        else if (Mode == ZeroCopyPolicy.Always)
        {
            return true;
        }
        else if (length < (leased && loop.SlabRegistered ? RegisteredThreshold : UnregisteredThreshold))
        {
            reason = CopyReason.BelowThreshold;
        }
        else if (Volatile.Read(ref _sendsToCopy) > 0)
        {
            // Races only make the re-probe a little earlier or later.
            Interlocked.Decrement(ref _sendsToCopy);
            reason = CopyReason.KernelCopies;
        }
        else
        {
            return true;
        }

        engine.Counters.CountCopied(reason);
        return false;
    }

    public void OnNotification(bool copied)
    {
        engine.Counters.CountNotification(copied);
        if (copied)
        {
            Volatile.Write(ref _sendsToCopy, SendsBeforeReprobe);
        }
    }

    /// <summary>The kernel refused a zero-copy send that a copy can carry.</summary>
    public void OnRefused(int errno)
    {
        _notSupported |= errno == KernelError.EOPNOTSUPP;
        engine.Counters.CountCopied(errno == KernelError.EOPNOTSUPP ? CopyReason.NotSupported : CopyReason.NoMemory);
    }
}
