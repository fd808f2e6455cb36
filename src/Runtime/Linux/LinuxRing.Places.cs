using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <content>
/// Sockets by their places in the ring's own table (registered files): the kernel then neither looks the descriptor up nor counts its
/// users for each submission. A place holds the socket open like a descriptor, so it is left before the descriptor is closed.
/// </content>
internal sealed unsafe partial class LinuxRing
{
    private const uint MostPlaces = 1024;

    // Null until the first is asked for. Numbered from 1.
    private Stack<int>? _freePlaces;

    /// <summary>
    /// Since Linux 6.13 a place that was left lets go of its socket when what was submitted through it is done. Before that the kernel
    /// waited for everything under way on the ring, a peer that does not read included. The feature is of 6.14.
    /// </summary>
    private bool HasPlaces => (_kernelFeatures & FeatRwAttr) != 0;

    public override int TakePlace(Sockets.KernelSocket socket)
    {
        if (!HasPlaces)
        {
            return 0;
        }

        _freePlaces ??= RegisterPlaces();
        if (!_freePlaces.TryPop(out int place))
        {
            return 0;
        }

        if (Occupy(place, socket.Fd))
        {
            return place;
        }

        _freePlaces.Push(place);
        return 0;
    }

    public override void LeavePlace(int place)
    {
        if (Occupy(place, descriptor: -1))
        {
            _freePlaces!.Push(place);
        }
    }

    private Stack<int> RegisterPlaces()
    {
        var table = new FileTable { Count = (uint)Math.Min(MostPlaces, Libc.DescriptorLimit()), Flags = FileTableSparse };
        bool isThere = Libc.IoUringRegister(_fd, RegisterFiles2, &table, (uint)sizeof(FileTable)) == 0;
        return new Stack<int>(Enumerable.Range(1, isThere ? (int)table.Count : 0).Reverse());
    }

    private bool Occupy(int place, int descriptor)
    {
        var update = new ResourceUpdate { Offset = (uint)place - 1, Data = (ulong)&descriptor };
        return Libc.IoUringRegister(_fd, RegisterFilesUpdate, &update, 1) == 1;
    }
}
