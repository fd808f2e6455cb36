using System.Net.Sockets;

namespace ZeroCopySockets.Sockets;

/// <summary>A socket as the kernel seam sees it. Its owner closes it last, when nothing names the descriptor any more.</summary>
internal sealed class KernelSocket(Socket socket)
{
    public Socket Socket { get; } = socket;

    /// <summary>The descriptor; valid while <see cref="Socket"/> is open.</summary>
    public int Fd { get; } = (int)socket.Handle;
}
