using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Simulator.Kernel;

/// <content>Connections that peers make, and what becomes of their descriptors.</content>
internal sealed unsafe partial class SwarmKernel
{
    private readonly Lock _acceptGate = new();
    private readonly Dictionary<int, SimulatedStream> _handedOver = [];
    private readonly List<Socket> _accepted = [];
    private int _lastDescriptor;

    public override Socket TakeAccepted(int result)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // When the run is being wound up, threads run freely.
        lock (_acceptGate)
        {
            if (!_handedOver.Remove(result, out SimulatedStream? stream))
            {
                throw new InvalidOperationException($"The accepted descriptor {result} was taken twice, or never handed over.");
            }

            _sockets.Add(socket, stream);
            _accepted.Add(socket);
        }

        return socket;
    }

    public override EndPoint? RemoteEndPoint(Socket accepted) =>
        ((SimulatedStream)_sockets[accepted]).IsReset ? null : new IPEndPoint(IPAddress.Loopback, 2);

    public void AddListener(SocketCore listener, SimulatedListener simulated) => _sockets.Add(listener.Handle.Socket, simulated);

    public SimulatedListener ListenerOf(SocketCore listener) => (SimulatedListener)_sockets[listener.Handle.Socket];

    /// <summary>A peer connects and waits to be accepted.</summary>
    public SimulatedStream NewCaller()
    {
        SimulatedStream stream = NewStream();
        stream.PeerLives();
        if (World.Chance.Happens(settings.CallersGiveUp))
        {
            stream.PeerGivesUp();
        }

        return stream;
    }

    /// <summary>A connection is accepted. The result that says so.</summary>
    public int HandOver(SimulatedStream stream)
    {
        lock (_acceptGate)
        {
            _handedOver.Add(++_lastDescriptor, stream);
            return _lastDescriptor;
        }
    }

    /// <summary>At the end every descriptor that was handed over must be closed.</summary>
    public void CheckAccepted()
    {
        ViolationException.ThrowUnless(
            _handedOver.Count == 0, Invariant.DescriptorsReturn, $"{_handedOver.Count} accepted connections were never taken");
        int open = _accepted.Count(static socket => !socket.SafeHandle.IsClosed);
        ViolationException.ThrowUnless(open == 0, Invariant.DescriptorsReturn, $"{open} of {_accepted.Count} accepted connections are open");
    }

    private SimulatedStream NewStream() => new(this, $"stream {_nextStream++}");
}
