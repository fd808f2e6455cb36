using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Decides, for one socket and per send, between zero copy and copy; learns from what the kernel reports, and keeps the
/// account of what the kernel owes.
/// </summary>
internal sealed class SendPolicy(ZeroCopyEngine engine, ZeroCopyLoop loop, bool isStream)
{
    /// <summary>
    /// After the kernel reported a copy, this many sends are copied before one tries zero copy again; twice as many after
    /// each try, up to <see cref="MostSendsBeforeReprobe"/>, because a path that copies rarely becomes one that does not.
    /// </summary>
    public const int SendsBeforeReprobe = 1024;

    public const int MostSendsBeforeReprobe = 16 * SendsBeforeReprobe;

    /// <summary>One datagram may depart alone, as the last of a window often does, before that counts as the socket's habit.</summary>
    private const int LoneDepartures = 2;

    /// <summary>What share of the threshold datagrams have to reach that go together without a copy.</summary>
    private const int TogetherShare = 8;

    // On the loop.
    private int _company;

    /// <summary>Zero until the kernel reports a copy. From then on the send that counts it down to zero tries zero copy again.</summary>
    private int _untilReprobe;
    private int _interval = SendsBeforeReprobe;

    /// <summary>What one send adds to the account, above its bytes.</summary>
    private const long OneSend = 1L << BytesBits;
    private const int BytesBits = 40;

    private bool _notSupported;

    // Sends above, their bytes below, so that one atomic step accounts for both.
    private long _account;

    public ZeroCopyPolicy Mode { get; set; } = engine.Options.Policy;

    /// <summary>Bytes of the longest datagram that is worth a try in a <see cref="Sockets.ZeroCopyDatagramTrain"/>; 0: none is.</summary>
    public int LargestTogether { get; set; }

    /// <summary>Bytes from which zero copy pays for memory in the slab, or elsewhere, when it is sent by code on the loop, or elsewhere.</summary>
    public int ThresholdFor(bool inSlab, bool onLoop)
    {
        ZeroCopyOptions options = engine.Options;
        int threshold = !onLoop ? options.OffLoopZeroCopyThreshold
            : isStream ? options.ZeroCopyThreshold
            : options.DatagramZeroCopyThreshold;
        return inSlab && loop.SlabRegistered ? threshold : Math.Max(threshold, options.UnregisteredZeroCopyThreshold);
    }

    /// <inheritdoc cref="ThresholdFor(bool, bool)"/>
    public int ThresholdFor(bool inSlab) => ThresholdFor(inSlab, loop.IsCurrent);

    /// <summary>For a send of one piece, by code on the loop or elsewhere.</summary>
    public bool Choose(in Loan loan, bool onLoop) => Choose(loan.Length, loan.InSlab, loan.IsStopgap, onLoop);

    /// <inheritdoc cref="Choose(in Loan, bool)"/>
    public bool Choose(int length, bool inSlab, bool isStopgap, bool onLoop) =>
        Choose(length, length >= ThresholdFor(inSlab, onLoop) || (onLoop && inSlab && GoesTogether(length)), engine.Kernel.SupportsZeroCopy && !_notSupported, isStopgap, onLoop);

    /// <summary>For a send of several pieces.</summary>
    /// <param name="length">Bytes in all.</param>
    /// <param name="isWorthwhile">A single piece reaches its threshold; many small ones do not add up to one.</param>
    /// <param name="hasStopgap">Some of it lies in arrays that are wanted back soon.</param>
    public bool ChooseGathered(int length, bool isWorthwhile, bool hasStopgap) =>
        Choose(length, isWorthwhile, engine.Kernel.SupportsGatheredZeroCopy && !_notSupported, hasStopgap, loop.IsCurrent);

    /// <summary>On the loop: so many datagrams depart together.</summary>
    public void OnDeparture(int count) => _company = count > 1 ? LoneDepartures : Math.Max(0, _company - 1);

    public void OnNotification(bool copied)
    {
        loop.Counters.CountNotification(copied);
        if (copied)
        {
            if (Interlocked.Exchange(ref _untilReprobe, Volatile.Read(ref _interval) + 1) <= 0)
            {
                ZeroCopyEventSource.Log.SwitchedToCopy(engine.Id, "the kernel reported that it copies");
            }
        }
        else if (Volatile.Read(ref _untilReprobe) != 0)
        {
            Volatile.Write(ref _interval, SendsBeforeReprobe);
            Volatile.Write(ref _untilReprobe, 0);
        }
    }

    /// <summary>The kernel refused a zero-copy send. Whether a copy may carry it.</summary>
    public bool IsRefusal(int errno, bool gathered)
    {
        switch (errno)
        {
            case KernelError.ENOMEM or KernelError.ENOBUFS:
                loop.Counters.CountCopied(CopyReason.NoMemory);
                return true;
            case KernelError.EOPNOTSUPP:
                _notSupported = true;
                ZeroCopyEventSource.Log.SwitchedToCopy(engine.Id, "the protocol refuses zero copy");
                loop.Counters.CountCopied(CopyReason.NotSupported);
                return true;
            case KernelError.EINVAL when gathered:
                // A flag the kernel does not know, or an argument a copy will not get through either: the copy tells.
                loop.Counters.CountCopied(CopyReason.NotSupported);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends whose memory the kernel has not given back.</summary>
    public int Owed => (int)(Volatile.Read(ref _account) >> BytesBits);

    private long OwedBytes => Volatile.Read(ref _account) & (OneSend - 1);

    /// <summary>A send sets out: the kernel owes its memory.</summary>
    /// <param name="bytes">Bytes that count against the caps: those of a zero-copy send.</param>
    /// <param name="onLoop">Code on the loop sends it.</param>
    public void OnLent(int bytes, bool onLoop)
    {
        Interlocked.Add(ref _account, OneSend + bytes);
        loop.CountersFor(onLoop).AddOwed(1);
        if (bytes != 0)
        {
            engine.AddOwedBytes(bytes);
        }
    }

    /// <summary>The kernel gave it back. Whether nothing is owed any more. A full fence.</summary>
    public bool OnReturned(int bytes)
    {
        if (bytes != 0)
        {
            engine.AddOwedBytes(-bytes);
        }

        loop.Counters.AddOwed(-1);
        return Interlocked.Add(ref _account, -OneSend - bytes) < OneSend;
    }

    /// <summary>On the loop: whether zero copy pays for a datagram because those before found others to go with.</summary>
    private bool GoesTogether(int length) => _company > 0 && length <= LargestTogether && length >= engine.Options.DatagramZeroCopyThreshold / TogetherShare;

    private bool Choose(int length, bool isWorthwhile, bool isSupported, bool hasStopgap, bool onLoop)
    {
        if (Reject(length, isWorthwhile, isSupported, hasStopgap) is { } reason)
        {
            loop.CountersFor(onLoop).CountCopied(reason);
            return false;
        }

        return true;
    }

    private CopyReason? Reject(int length, bool isWorthwhile, bool isSupported, bool hasStopgap)
    {
        if (hasStopgap)
        {
            return CopyReason.NoBuffer;
        }

        if (Mode == ZeroCopyPolicy.Never)
        {
            return CopyReason.PolicyNever;
        }

        if (!isSupported)
        {
            return CopyReason.NotSupported;
        }

        if (Mode == ZeroCopyPolicy.Adaptive)
        {
            if (!isWorthwhile)
            {
                return CopyReason.BelowThreshold;
            }

            // Races only make the re-probe a little earlier or later.
            if (Volatile.Read(ref _untilReprobe) > 0)
            {
                if (Interlocked.Decrement(ref _untilReprobe) > 0)
                {
                    return CopyReason.KernelCopies;
                }

                // This send tries; those behind it copy on until its notification tells.
                int interval = Math.Min(2 * Volatile.Read(ref _interval), MostSendsBeforeReprobe);
                Volatile.Write(ref _interval, interval);
                Volatile.Write(ref _untilReprobe, interval + 1);
            }
        }

        // A peer that stops reading must not hold memory without bound: what it would hold in addition, the kernel copies
        // into the socket's send buffer, which is bounded. Racing sends may pass the cap by their own size.
        return OwedBytes + length > engine.Options.MaxOwedBytesPerSocket
            || engine.OwedBytes + length > engine.Options.MaxOwedBytes
            ? CopyReason.OwedLimit
            : null;
    }
}
