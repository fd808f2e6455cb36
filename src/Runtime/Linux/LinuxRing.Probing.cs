using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Linux;

/// <content>For <see cref="CapabilityProbe"/>, which tries out what no submission describes.</content>
internal sealed unsafe partial class LinuxRing
{
    public int Descriptor => _fd;

    /// <summary>Submits an entry as it is, and waits for its first completion.</summary>
    public Completion Run(SubmissionEntry raw)
    {
        TryTakeEntry(out SubmissionEntry* entry);
        *entry = raw;
        return Next();
    }

    /// <summary>Waits for the next completion.</summary>
    public Completion Next()
    {
        Span<Completion> completions = stackalloc Completion[1];
        while (Reap(completions) == 0)
        {
            Enter(wait: true);
        }

        return completions[0];
    }

    /// <summary>io_uring_register(2). 0 or more, or a negative errno.</summary>
    public int Register(uint opcode, void* argument, uint count) => Libc.IoUringRegister(_fd, opcode, argument, count);
}
