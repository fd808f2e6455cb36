using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>Addresses for Unix sockets that nobody else has.</summary>
internal static class UnixNames
{
    /// <summary>A path in the directory of temporary files. Its socket removes it.</summary>
    public static UnixDomainSocketEndPoint NewPath() => new(Path.Combine(Path.GetTempPath(), $"zcs-{Guid.NewGuid():N}"));

    /// <summary>A path as long as a Unix address can carry: 107 bytes and the NUL.</summary>
    public static UnixDomainSocketEndPoint NewLongestPath() => new(Path.Combine(Path.GetTempPath(), $"zcs-{Guid.NewGuid():N}").PadRight(107, 'x'));

    /// <summary>A name of Linux's that is no file.</summary>
    public static UnixDomainSocketEndPoint NewAbstract() => new($"\0zcs-{Guid.NewGuid():N}");
}
