using System.Runtime.ExceptionServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Bugs;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>What became of one seed.</summary>
internal sealed record RunResult(int Seed, PlantedBug? Bug, Violation? Violation, int Steps, ulong Trace)
{
    /// <summary>The command that does the same again.</summary>
    public string Reproduction => $"dotnet run -c Release --project tests/Simulator -- --seed {Seed}{(Bug is null ? "" : $" --bug \"{Bug}\"")}";

    public override string ToString() => Violation is null ? $"seed {Seed}: {Steps} steps, trace {Trace:x16}" : $"seed {Seed} breaks {Violation}\n{Reproduction}";
}

/// <summary>Runs the engine in a simulated world: kernel, peers, time and workload follow from a seed.</summary>
internal static class Simulation
{
    /// <summary>Everything happens without waiting; only threads that block each other for real come here.</summary>
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(30);

    private static World? s_current;

    // A loop that dies must fail its run, not the process.
    static Simulation() => ExceptionHandling.SetUnhandledExceptionHandler(static e =>
    {
        s_current?.Fail(new Violation(Invariant.LoopsSurvive, e.ToString()));
        return s_current is not null;
    });

    public static RunResult Run(int seed, PlantedBug? bug = null, Action<string>? log = null)
    {
        var world = new World(seed) { Log = log };
        s_current = world;
        var kernel = new SwarmKernel(world, new Settings(world.Chance));
        if (bug is not null)
        {
            kernel.Decorate = ring => bug.Plant(kernel, ring);
        }

        var time = new SimulatedTime(world);
        ZeroCopyEngine engine = Start(kernel, time);
        var workload = new Workload(world, kernel, time, engine);
        time.RunOnLoop = callback =>
        {
            engine.Loops[0].Post(LoopWork.Run(static callback => ((Action)callback!)(), callback));
            world.WakeFirstLoop();
        };
        kernel.Ended = time.FireAll;
        world.Pending = workload.Pending;
        world.AfterStep = () => CheckStep(kernel, engine);
        world.AwaitLoops();
        engine.Loops[0].Post(LoopWork.Run(_ => RunWorkload(world, workload), null));
        world.Start();
        if (!world.Finished.Wait(s_stuck))
        {
            world.Fail(new Violation(Invariant.EverythingCompletes, $"the threads are stuck; these wait: {workload.Pending()}"));
        }

        if (world.Violation is null)
        {
            world.Guard(() => CheckEnd(kernel, engine, workload));
        }

        if (world.Violation is not null)
        {
            // Threads may still be under way in this memory: it is left to them.
            EndLoops(engine);
        }
        else
        {
            workload.FreeMemory();
            kernel.Slab!.Release();
            foreach (SwarmSlab memory in kernel.ReceiveMemory)
            {
                memory.Release();
            }
        }

        s_current = null;
        return new RunResult(seed, bug, world.Violation, world.Steps, world.Trace);
    }

    private static ZeroCopyEngine Start(SwarmKernel kernel, SimulatedTime time)
    {
        var options = new ZeroCopyOptions
        {
            LoopCount = kernel.Settings.Loops,
            Policy = kernel.Settings.Policy,
            ZeroCopyThreshold = kernel.Settings.Threshold,
            DatagramZeroCopyThreshold = kernel.Settings.Threshold,
            OffLoopZeroCopyThreshold = kernel.Settings.Threshold,
            UnregisteredZeroCopyThreshold = kernel.Settings.Threshold * 2,
            ReceiveBuffers = kernel.Settings.ReceiveBuffers,
            ReceiveBufferSize = kernel.Settings.ReceiveBufferSize,
            ReceiveBuffersPerSocket = kernel.Settings.ReceiveBuffersPerSocket,
            SmallBuffers = kernel.Settings.SmallBuffers,
            MediumBuffers = kernel.Settings.MediumBuffers,
            LargeBuffers = kernel.Settings.LargeBuffers,
            LeaseTimeout = TimeSpan.FromMilliseconds(30),
            CloseTimeout = TimeSpan.FromMilliseconds(20),
            StalledPeerTimeout = TimeSpan.FromMilliseconds(50),
        };
        return new ZeroCopyEngine(options, kernel, kernel.Description, time);
    }

    private static async void RunWorkload(World world, Workload workload)
    {
        try
        {
            await workload.RunAsync();
        }
        catch (ViolationException e)
        {
            world.Fail(e.Violation);
        }
        catch (Exception e)
        {
            world.Fail(new Violation(Invariant.OutcomesAreExplained, e.ToString()));
        }

        world.Finished.Set();
    }

    private static void CheckStep(SwarmKernel kernel, ZeroCopyEngine engine)
    {
        kernel.CheckMemory();
        CheckSlots(kernel, engine);
        CheckReceiveBuffers(kernel, engine);
        ViolationException.ThrowUnless(
            engine.Count(static counters => counters.StaleCompletions) == 0, Invariant.OneTerminalCompletion, "a completion arrived for an operation that had its terminal one");
    }

    private static unsafe void CheckSlots(SwarmKernel kernel, ZeroCopyEngine engine)
    {
        (int free, int leased, int inFlight, int quarantined) = engine.Pool.Count();
        ViolationException.ThrowUnless(
            free + leased + inFlight + quarantined == engine.Pool.SlotCount,
            Invariant.SlotsAddUp,
            $"{free} free + {leased} leased + {inFlight} in flight + {quarantined} quarantined is not {engine.Pool.SlotCount}");
        foreach (Request request in kernel.Requests)
        {
            foreach (Segment segment in request.IsSend && request.OwnsMemory ? request.Segments : [])
            {
                int slot = SlotAt(engine.Pool, segment.Buffer);
                SlotState state = slot < 0 ? SlotState.InFlight : engine.Pool.States.Observe(slot, out _);
                ViolationException.ThrowUnless(
                    state is SlotState.InFlight or SlotState.Quarantined, Invariant.SlotsAddUp, $"slot {slot} is {state} while the kernel owns it for {request}");
            }
        }
    }

    private static void CheckReceiveBuffers(SwarmKernel kernel, ZeroCopyEngine engine)
    {
        foreach (ZeroCopyLoop loop in engine.Loops)
        {
            ReceiveBuffers buffers = loop.Receives;
            (int provided, int stocked, int returned) = buffers.CountFree();
            int held = buffers.CountHeld();
            ViolationException.ThrowUnless(
                provided + stocked + returned + held == buffers.Count,
                Invariant.ReceiveBuffersAddUp,
                $"loop {loop.Index}: {provided} provided + {stocked} in stock + {returned} coming back + {held} held is not {buffers.Count}");
            foreach (int number in kernel.OwnedReceiveBuffers(loop.Index))
            {
                SlotState state = buffers.States.Observe(number, out _);
                ViolationException.ThrowUnless(
                    state == SlotState.Free, Invariant.ReceiveBuffersAddUp, $"receive buffer {number} of loop {loop.Index} is {state} while the kernel may fill it");
            }
        }
    }

    /// <summary>The slot an address lies in; -1 for memory that is not the pool's.</summary>
    private static unsafe int SlotAt(BufferPool pool, byte* address)
    {
        if (address < pool.Slab.Address || address >= pool.Slab.Address + pool.Slab.Length)
        {
            return -1;
        }

        int slot = pool.SlotCount - 1;
        while (pool.AddressOf(slot) > address)
        {
            slot--;
        }

        return slot;
    }

    private static void CheckEnd(SwarmKernel kernel, ZeroCopyEngine engine, Workload workload)
    {
        workload.CheckEnd();
        kernel.CheckAccepted();
        ZeroCopyStatistics statistics = engine.GetStatistics();
        bool kernelOwes = kernel.Requests.Any(request => request.IsSend);
        ViolationException.ThrowUnless(
            kernelOwes || statistics is { OwedNotifications: 0, QuarantinedBuffers: 0 },
            Invariant.EverythingReturns,
            $"the kernel owed nothing at the end, and yet: {statistics}");
        ViolationException.ThrowUnless(
            statistics is { LeasedBuffers: 0, InFlightBuffers: 0 } && (kernelOwes || statistics.HeldReceiveBuffers == 0),
            Invariant.EverythingReturns,
            $"at the end buffers are out: {statistics}");
        ViolationException.ThrowUnless(
            !kernel.Slab!.IsFreed || statistics.QuarantinedBuffers == 0,
            Invariant.OwedMemoryIsUntouched,
            $"the slab was freed with {statistics.QuarantinedBuffers} buffers quarantined");
        ViolationException.ThrowUnless(statistics.StaleCompletions == 0, Invariant.OneTerminalCompletion, "completions arrived that belong to nobody");
    }

    private static void EndLoops(ZeroCopyEngine engine)
    {
        foreach (ZeroCopyLoop loop in engine.Loops)
        {
            _ = loop.StopAsync();
        }
    }
}
