using System.Globalization;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Counts the system calls of a process, all its threads, by the kernel's own tracepoint (perf_event_open(2)).</summary>
internal sealed unsafe partial class SystemCallCounter : IDisposable
{
    private const string TracepointFile = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id";

    private readonly List<int> _events;

    private SystemCallCounter(List<int> events) => _events = events;

    public long Count
    {
        get
        {
            long sum = 0;
            foreach (int one in _events)
            {
                long count;
                // SAFETY: a counter without a read format answers with one 64-bit number (perf_event_open(2), "Reading results").
                sum += Read(one, &count, sizeof(long)) == sizeof(long) ? count : 0;
            }

            return sum;
        }
    }

    /// <summary>From now on, threads that start later included. Null where the machine does not let us: no root, no tracefs.</summary>
    public static SystemCallCounter? TryStart(int processId)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists(TracepointFile))
        {
            return null;
        }

        var counter = new SystemCallCounter([]);
        var attributes = new Attributes
        {
            Type = Attributes.Tracepoint,
            Size = (uint)sizeof(Attributes),
            Config = ulong.Parse(File.ReadAllText(TracepointFile), CultureInfo.InvariantCulture),
            Flags = Attributes.Inherit,
        };
        foreach (string thread in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            // SAFETY: the structure is of the first published size, and the kernel only reads it (perf_event_open(2)).
            int opened = (int)SystemCall(
                Attributes.PerfEventOpen, (nint)(&attributes), int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), -1, -1, 0);
            if (opened >= 0)
            {
                counter._events.Add(opened);
            }
        }

        return counter._events.Count > 0 ? counter : null;
    }

    public void Dispose() => _events.ForEach(one => Close(one));

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint attributes, nint thread, nint processor, nint group, nint flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    /// <summary>struct perf_event_attr as first published, PERF_ATTR_SIZE_VER0 (linux/perf_event.h).</summary>
    private struct Attributes
    {
        public const uint Tracepoint = 2;
        public const ulong Inherit = 1 << 1;

        public uint Type;
        public uint Size;
        public ulong Config;
        public ulong SamplePeriod;
        public ulong SampleType;
        public ulong ReadFormat;
        public ulong Flags;
        public uint WakeupEvents;
        public uint BreakpointType;
        public ulong BreakpointAddress;

        /// <summary>The number of the call, which differs between architectures (asm/unistd.h).</summary>
        public static nint PerfEventOpen => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;
    }
}
