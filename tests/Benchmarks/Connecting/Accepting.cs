using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Benchmarks.Connecting;

/// <summary>A listener and what it has accepted, ours or .NET's: what the accept rate and idle connections are measured with.</summary>
internal abstract class Accepting : IAsyncDisposable
{
    public const string Ours = "ours";
    public const string DotNet = "socket";

    protected const int Backlog = 4096;

    public abstract int Port { get; }

    /// <summary>Connections the listener may have accepted before it was asked.</summary>
    public virtual int TakenAhead => 0;

    public static Accepting Open(string kind, int most) => kind switch
    {
        Ours => new OurAccepting(most),
        DotNet => new SocketAccepting(most),
        _ => throw new ArgumentException($"There is no {kind}."),
    };

    /// <summary>Accepts so many and keeps them.</summary>
    public abstract Task AcceptAsync(int count);

    /// <summary>Has each connection wait for what its peer sends, without holding memory for it.</summary>
    public abstract void Receive();

    /// <summary>Resets all it has accepted.</summary>
    public abstract Task ResetAsync();

    public abstract ValueTask DisposeAsync();

    private sealed class OurAccepting : Accepting
    {
        private readonly ZeroCopyEngine _engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1 });
        private readonly ZeroCopyListener _listener;
        private readonly ZeroCopySocket[] _sockets;
        private readonly ValueTask<ReceiveLease>[] _receives;
        private int _count;
        private int _receiving;

        public OurAccepting(int most)
        {
            _listener = _engine.Listen(new IPEndPoint(IPAddress.Loopback, 0), Backlog);
            _sockets = new ZeroCopySocket[most];
            _receives = new ValueTask<ReceiveLease>[most];
        }

        public override int Port => ((IPEndPoint)_listener.LocalEndPoint).Port;

        // See ZeroCopyListener.AcceptAsync.
        public override int TakenAhead => 64;

        public override async Task AcceptAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _sockets[_count++] = await _listener.AcceptAsync();
            }
        }

        public override void Receive()
        {
            for (; _receiving < _count; _receiving++)
            {
                _receives[_receiving] = _sockets[_receiving].ReceiveLeasedAsync();
            }
        }

        public override async Task ResetAsync()
        {
            for (; _count > 0; _count--)
            {
                await _sockets[_count - 1].AbortAsync();
            }
        }

        public override ValueTask DisposeAsync() => _engine.DisposeAsync();
    }

    private sealed class SocketAccepting : Accepting
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Socket[] _sockets;
        private readonly ValueTask<int>[] _receives;
        private int _count;
        private int _receiving;

        public SocketAccepting(int most)
        {
            // Inherited by what it accepts, as ours has it.
            _listener.NoDelay = true;
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(Backlog);
            _sockets = new Socket[most];
            _receives = new ValueTask<int>[most];
        }

        public override int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public override async Task AcceptAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _sockets[_count++] = await _listener.AcceptAsync();
            }
        }

        public override void Receive()
        {
            for (; _receiving < _count; _receiving++)
            {
                _receives[_receiving] = _sockets[_receiving].ReceiveAsync(Memory<byte>.Empty);
            }
        }

        public override Task ResetAsync()
        {
            for (; _count > 0; _count--)
            {
                _sockets[_count - 1].LingerState = new LingerOption(true, 0);
                _sockets[_count - 1].Dispose();
            }

            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return default;
        }
    }
}
