using System.Runtime.InteropServices;

// Runs a command with io_uring forbidden, as containers do: a seccomp filter, which needs no privileges, survives execve(2) and
// binds every descendant. Arguments: EPERM (as Docker's profile answers) or ENOSYS (as older profiles do), then the command.
int errno = args is [var name, _, ..] ? name switch { "EPERM" => 1, "ENOSYS" => 38, _ => 0 } : 0;
if (errno == 0)
{
    Console.Error.WriteLine("usage: ForbidIoUring EPERM|ENOSYS command [argument ...]");
    return 2;
}

return ForbidIoUring.Run(errno, args[1..]);

internal static unsafe partial class ForbidIoUring
{
    private const int SetNoNewPrivs = 38; // linux/prctl.h
    private const int SetSeccomp = 22;
    private const nint ModeFilter = 2; // linux/seccomp.h
    private const uint Allow = 0x7fff_0000;
    private const uint Errno = 0x0005_0000;
    private const uint FirstForbidden = 425; // io_uring_setup, _enter, _register: the same numbers on every architecture
    private const uint LastForbidden = 427;

    /// <summary>Installs the filter on this thread, which then becomes the command. Returns only if something failed.</summary>
    public static int Run(int errno, string[] command)
    {
        const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
        const ushort JumpIfNotLess = 0x35; // BPF_JMP | BPF_JGE | BPF_K
        const ushort JumpIfGreater = 0x25; // BPF_JMP | BPF_JGT | BPF_K
        const ushort Return = 0x06; // BPF_RET | BPF_K
        Instruction* program = stackalloc Instruction[]
        {
            new() { Code = LoadWord, Operand = 0 }, // seccomp_data.nr
            new() { Code = JumpIfNotLess, IfTrue = 0, IfFalse = 2, Operand = FirstForbidden },
            new() { Code = JumpIfGreater, IfTrue = 1, IfFalse = 0, Operand = LastForbidden },
            new() { Code = Return, Operand = Errno | (uint)errno },
            new() { Code = Return, Operand = Allow },
        };
        var filter = new Filter { Length = 5, Instructions = program };
        if (Prctl(SetNoNewPrivs, 1, 0, 0, 0) != 0 || Prctl(SetSeccomp, ModeFilter, (nint)(&filter), 0, 0) != 0)
        {
            Console.Error.WriteLine($"The seccomp filter was refused with errno {Marshal.GetLastPInvokeError()}.");
            return 3;
        }

        Execute(command[0], [.. command, null]);
        Console.Error.WriteLine($"{command[0]} could not be run: errno {Marshal.GetLastPInvokeError()}.");
        return 4;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string file, string?[] arguments);

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        public ushort Code;
        public byte IfTrue;
        public byte IfFalse;
        public uint Operand;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
