using System.Collections.Concurrent;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Portable;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// The loops and the registered buffers that sockets share. Most programs use <see cref="Default"/> without seeing it;
/// create one to choose settings, and dispose it last.
/// </summary>
public sealed partial class ZeroCopyEngine : IBufferSource, IAsyncDisposable
{
    private static readonly Lazy<ZeroCopyEngine> s_default = new(() => Create());

    private readonly ConcurrentDictionary<int, SocketCore> _sockets = new();
    private readonly EngineCounters _elsewhere = new(shared: true);
    private readonly ZeroCopyLoop[] _loops;
    private int _nextLoop;
    private int _lastSocket;
    private long _owedBytes;
    private int _disposed;

    internal ZeroCopyEngine(ZeroCopyOptions options, Kernel kernel, string selection, TimeProvider? time = null)
    {
        GuardMode guard = GuardSettings.Resolve(options.Guard);
        Options = options with { Guard = guard };
        Kernel = kernel;
        Time = time ?? TimeProvider.System;
        Operations = new OperationPools { Guard = Guard.For(this, guard) };
        Slab slab = kernel.AllocateSlab(options.SlabLength(guard));
        Pool = new BufferPool(slab, options.BufferCounts, options.LeaseTimeout, GuardSettings.GranuleFor(guard), Time);
        _loops = new ZeroCopyLoop[options.LoopCount > 0 ? options.LoopCount : Math.Clamp(Environment.ProcessorCount / 2, 1, 256)];
        int started = 0;
        try
        {
            for (; started < _loops.Length; started++)
            {
                _loops[started] = ZeroCopyLoop.Start(started, kernel, slab, options, Operations, _elsewhere);
            }
        }
        catch
        {
            Task.WhenAll(_loops.Take(started).Select(loop => loop.StopAsync())).GetAwaiter().GetResult();
            slab.Free();
            Operations.Guard?.Dispose();
            throw;
        }

        string? problem = _loops.Select(loop => loop.RegistrationProblem).FirstOrDefault(p => p is not null);
        Description = problem is null ? selection : $"{selection}; buffers are not registered: {problem}";
        if (_loops.Select(loop => loop.ProvidedBuffersProblem).FirstOrDefault(p => p is not null) is { } providing)
        {
            Description += $"; leased receives are single-shot: {providing}";
        }

        Announce(problem);
    }

    /// <summary>The engine used where none is named, created with default options on first use. It is never disposed.</summary>
    public static ZeroCopyEngine Default => s_default.Value;

    /// <summary>What carries the traffic.</summary>
    public EngineKind Kind => Kernel.Kind;

    /// <summary>Which engine is in use, why, and what would have to change for a better one. For a log line.</summary>
    public string Description { get; }

    /// <summary>The settings in force.</summary>
    public ZeroCopyOptions Options { get; }

    /// <summary>The loops.</summary>
    public IReadOnlyList<ZeroCopyLoop> Loops => _loops;

    /// <summary>Sockets and listeners whose descriptors are not closed yet.</summary>
    internal int OpenSockets => _sockets.Count;

    internal Kernel Kernel { get; }

    /// <summary>What every bounded wait is measured by.</summary>
    internal TimeProvider Time { get; }

    internal BufferPool Pool { get; }

    internal OperationPools Operations { get; }

    /// <summary>Bytes of zero-copy sends that the kernel has not given back.</summary>
    internal long OwedBytes => Volatile.Read(ref _owedBytes);

    /// <summary>Creates an engine.</summary>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="PlatformNotSupportedException">The engine that was named does not work here; the message says what to change.</exception>
    public static ZeroCopyEngine Create(ZeroCopyOptions? options = null)
    {
        options ??= new ZeroCopyOptions();
        options.Validate();
        string? problem = null;
        if (options.Engine != EngineKind.Portable)
        {
            if (LinuxKernel.TryCreate(out LinuxKernel? kernel, out problem))
            {
                try
                {
                    return new ZeroCopyEngine(options, kernel, kernel.Description);
                }
                catch (KernelException e)
                {
                    problem = LinuxKernel.Explain(e);
                }
            }

            if (options.Engine == EngineKind.IoUring)
            {
                throw new PlatformNotSupportedException($"io_uring does not work here: {problem}. Use EngineKind.Auto to fall back to the portable engine.");
            }
        }

        if (problem is not null)
        {
            ZeroCopyEventSource.Log.FellBack(problem);
        }

        string reason = problem is null ? "as asked" : $"because {problem}";
        return new ZeroCopyEngine(options, new PortableKernel(), $"portable engine over System.Net.Sockets, {reason}");
    }

    /// <inheritdoc/>
    [ReturnsOwnership]
    public BufferLease Rent(int length)
    {
        ThrowIfDisposed();
        return Pool.Rent(length);
    }

    /// <inheritdoc/>
    [ReturnsOwnership]
    public ValueTask<BufferLease> RentAsync(int length, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return Operations.Guard.Once(Pool.RentAsync(length, cancellationToken));
    }

    /// <summary>Counts since the start, and where the buffers are now.</summary>
    public ZeroCopyStatistics GetStatistics()
    {
        (int free, int leased, int inFlight, int quarantined) = Pool.Count();
        return new ZeroCopyStatistics
        {
            ZeroCopied = Count(static c => c.ZeroCopied),
            KernelCopied = Count(static c => c.KernelCopied),
            CopiedBelowThreshold = Count(static c => c.Copied(CopyReason.BelowThreshold)),
            CopiedByPolicyNever = Count(static c => c.Copied(CopyReason.PolicyNever)),
            CopiedAsKernelCopies = Count(static c => c.Copied(CopyReason.KernelCopies)),
            CopiedNotSupported = Count(static c => c.Copied(CopyReason.NotSupported)),
            CopiedNoBuffer = Count(static c => c.Copied(CopyReason.NoBuffer)),
            CopiedNoMemory = Count(static c => c.Copied(CopyReason.NoMemory)),
            CopiedOwedLimit = Count(static c => c.Copied(CopyReason.OwedLimit)),
            OwedNotifications = Count(static c => c.Owed),
            OwedBytes = OwedBytes,
            FreeBuffers = free,
            LeasedBuffers = leased,
            InFlightBuffers = inFlight,
            QuarantinedBuffers = quarantined,
            StaleCompletions = Count(static c => c.StaleCompletions),
            HeldReceiveBuffers = _loops.Sum(loop => loop.Receives.CountHeld()),
            ReceivesPausedByQuota = _loops.Sum(loop => loop.Receives.QuotaPauses),
            ReceivesPausedByExhaustion = _loops.Sum(loop => loop.Receives.ExhaustedPauses),
            GuardViolations = Operations.Guard?.Violations ?? 0,
        };
    }

    /// <summary>
    /// Resets every socket that is still open, waits for what the kernel owes, and ends the loops. Memory the kernel holds
    /// on to even then is quarantined: never freed, never reused.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Pool.Close();
        await AllAsync([.. _sockets.Values.Select(core => core.CloseAsync(abort: true))]).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        await WaitForOwedAsync().ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        // Those that were opened meanwhile have been aborted already, and are only waited for.
        await AllAsync([.. _sockets.Values.Select(core => core.CloseAsync(abort: true))]).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        await AllAsync([.. _loops.Select(loop => loop.StopAsync())]).ConfigureAwait(false);
        Pool.FreeIfUnused();
        Operations.Guard?.Dispose();
        Withdraw();
    }

    /// <summary>Whether <see cref="DisposeAsync"/> has begun. What is tracked before this is asked, its end finds or this tells.</summary>
    internal bool IsEnding
    {
        get
        {
            // Full fence, paired with the exchange in DisposeAsync, which then looks for sockets.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _disposed) != 0;
        }
    }

    internal void AddOwedBytes(int change) => Interlocked.Add(ref _owedBytes, change);

    /// <summary>What the loops counted and what was counted elsewhere, together.</summary>
    internal long Count(Func<EngineCounters, long> read) => read(_elsewhere) + _loops.Sum(loop => read(loop.OwnCounters));

    internal ZeroCopyLoop NextLoop() => _loops.Length == 1 ? _loops[0] : _loops[(uint)Interlocked.Increment(ref _nextLoop) % (uint)_loops.Length];

    /// <summary>Keeps the socket until its end, so that the engine's end is its end too.</summary>
    internal int Track(SocketCore core)
    {
        int id = Interlocked.Increment(ref _lastSocket);
        _sockets.TryAdd(id, core);
        return id;
    }

    internal void Untrack(SocketCore core) => _sockets.TryRemove(core.Id, out _);

    /// <summary>Sockets closed earlier may have left buffers with peers that do not read.</summary>
    private async Task WaitForOwedAsync()
    {
        long start = Time.GetTimestamp();
        while (Count(static c => c.Owed) > 0 && Time.GetElapsedTime(start) < Options.CloseTimeout)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), Time).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        }
    }

    /// <summary>Waits for what is under way and cannot fail, one after the other: <see cref="Task.WhenAll(Task[])"/> would leave the loop.</summary>
    private static async Task AllAsync(Task[] tasks)
    {
        foreach (Task task in tasks)
        {
            await task.ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
}
