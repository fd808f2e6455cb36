using System.Net.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>The errno values the seam speaks (asm-generic/errno.h and errno-base.h), and what .NET calls them.</summary>
internal static class KernelError
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EIO = 5;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int EPIPE = 32;
    public const int ENOSYS = 38;
    public const int EDESTADDRREQ = 89;
    public const int EMSGSIZE = 90;
    public const int EPROTOTYPE = 91;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ECONNABORTED = 103;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ENOTCONN = 107;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;
    public const int EALREADY = 114;
    public const int ECANCELED = 125;

    private static readonly (int Errno, SocketError Error)[] s_table =
    [
        (EPERM, SocketError.AccessDenied),
        (EINTR, SocketError.Interrupted),
        (ECANCELED, SocketError.OperationAborted),
        (EBADF, SocketError.OperationAborted),
        (EAGAIN, SocketError.WouldBlock),
        (ENOMEM, SocketError.NoBufferSpaceAvailable),
        (EACCES, SocketError.AccessDenied),
        (EINVAL, SocketError.InvalidArgument),
        (EMFILE, SocketError.TooManyOpenSockets),
        (ENFILE, SocketError.TooManyOpenSockets),
        // Of two with the same meaning the first is what that meaning becomes in errno.
        (ECONNRESET, SocketError.ConnectionReset),
        (EPIPE, SocketError.ConnectionReset),
        (EDESTADDRREQ, SocketError.DestinationAddressRequired),
        (EMSGSIZE, SocketError.MessageSize),
        (EPROTOTYPE, SocketError.ProtocolType),
        (EOPNOTSUPP, SocketError.OperationNotSupported),
        (EAFNOSUPPORT, SocketError.AddressFamilyNotSupported),
        (EADDRINUSE, SocketError.AddressAlreadyInUse),
        (EADDRNOTAVAIL, SocketError.AddressNotAvailable),
        // No such path, of a Unix socket.
        (ENOENT, SocketError.AddressNotAvailable),
        (ENETDOWN, SocketError.NetworkDown),
        (ENETUNREACH, SocketError.NetworkUnreachable),
        (ECONNABORTED, SocketError.ConnectionAborted),
        (ENOBUFS, SocketError.NoBufferSpaceAvailable),
        (ENOTCONN, SocketError.NotConnected),
        (ETIMEDOUT, SocketError.TimedOut),
        (ECONNREFUSED, SocketError.ConnectionRefused),
        (EHOSTUNREACH, SocketError.HostUnreachable),
    ];

    public static SocketException ToException(int errno) => new((int)ToSocketError(errno));

    public static SocketError ToSocketError(int errno)
    {
        foreach ((int candidate, SocketError error) in s_table)
        {
            if (candidate == errno)
            {
                return error;
            }
        }

        return SocketError.SocketError;
    }

    public static int FromSocketError(SocketError error)
    {
        foreach ((int errno, SocketError candidate) in s_table)
        {
            if (candidate == error)
            {
                return errno;
            }
        }

        return error == SocketError.Shutdown ? EPIPE : EINVAL;
    }
}
