using System.Buffers.Binary;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>What a socket was given and has not sent.</summary>
internal static class TcpQueue
{
    private const int LevelTcp = 6;
    private const int TcpInfo = 11;
    private const int NotSentOffset = 144;

    public delegate int RawOption(int level, int name, Span<byte> value);

    /// <summary>Waits until the system at the other end has it all: it belongs to the slice that sent it.</summary>
    public static void Drain(RawOption getOption)
    {
        // The kernel needs nobody for this, and coming back to it by an await would allocate.
        while (NotSent(getOption) > 0)
        {
            Thread.Yield();
        }
    }

    /// <summary>tcpi_notsent_bytes of struct tcp_info (linux/tcp.h).</summary>
    private static uint NotSent(RawOption getOption)
    {
        Span<byte> info = stackalloc byte[256];
        int length = getOption(LevelTcp, TcpInfo, info);
        return BinaryPrimitives.ReadUInt32LittleEndian(info[NotSentOffset..length]);
    }
}
