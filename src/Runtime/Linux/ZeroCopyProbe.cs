using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Linux;

/// <summary>What the running kernel's zero-copy sends can do beyond SEND_ZC itself (6.0).</summary>
/// <param name="UsageReports">Notifications say whether the kernel copied (6.2).</param>
/// <param name="Gather">Several pieces in one send: SENDMSG_ZC (6.1).</param>
/// <param name="RegisteredGather">Those pieces may lie in registered memory.</param>
internal readonly record struct ZeroCopyFeatures(bool UsageReports, bool Gather, bool RegisteredGather);

/// <summary>
/// Finds out by sending: what an opcode does counts, not what a table of opcodes says (a wrong number can probe as supported).
/// </summary>
internal static unsafe class ZeroCopyProbe
{
    /// <summary>Registered SENDMSG_ZC came with 6.15, but let go of the memory too early until late in the 6.18 cycle.</summary>
    private static readonly Version s_registeredGatherIsSafe = new(6, 18);

    /// <summary>Null with a negative errno where the kernel has no zero-copy send.</summary>
    public static ZeroCopyFeatures? Find(out int error)
    {
        var features = new ZeroCopyFeatures(UsageReports: true, Gather: true, RegisteredGather: false);
        error = Send(features, gathered: false);
        if (error == -KernelError.EINVAL)
        {
            features = features with { UsageReports = false };
            error = Send(features, gathered: false);
        }

        // ENOMEM is the locked-memory limit: the operation is there, and sends that find no room are copied.
        if (error is < 0 and not -KernelError.ENOMEM)
        {
            return null;
        }

        bool gather = Send(features, gathered: true) is >= 0 or -KernelError.ENOMEM;
        error = 0;
        return features with { Gather = gather, RegisteredGather = gather && Environment.OSVersion.Version >= s_registeredGatherIsSafe };
    }

    /// <summary>Sends one datagram to itself and waits for both completions. Bytes sent, or a negative errno.</summary>
    private static int Send(ZeroCopyFeatures features, bool gathered)
    {
        const int Length = 8;
        using var ring = LinuxRing.Open(8, singleIssuer: false, features, loopRing: null);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(socket.LocalEndPoint!);
        byte* payload = stackalloc byte[Length];
        Segment* segments = stackalloc Segment[2] { new() { Buffer = payload, Length = 3 }, new() { Buffer = payload + 3, Length = Length - 3 } };
        MessageBlock message;
        ring.TryPush(new Submission
        {
            Operation = KernelOperation.SendZeroCopy,
            Socket = new KernelSocket(socket),
            Buffer = payload,
            Length = gathered ? 2 : Length,
            Segments = gathered ? segments : null,
            Message = gathered ? &message : null,
            UserData = 1UL << 32,
        });
        int result = 0;
        Span<Completion> completions = stackalloc Completion[1];
        bool ended = false;
        while (!ended)
        {
            ring.Enter(wait: true);
            while (ring.Reap(completions) == 1)
            {
                ended |= completions[0].IsTerminal;
                result = completions[0].IsNotification ? result : completions[0].Result;
            }
        }

        return result is < 0 or Length ? result : -KernelError.EOPNOTSUPP;
    }
}
