using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>Lets Kestrel serve over the pipe view: a demanding user of pipes, which reads, writes, cancels and aborts.</summary>
internal sealed class PipeListenerFactory(ZeroCopyEngine engine) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(engine.Listen((IPEndPoint)endpoint)));

    private sealed class Listener(ZeroCopyListener listener) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = listener.LocalEndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return new Connection((await listener.AcceptAsync(cancellationToken)).AsPipe());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Unbound.
                return null;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.DisposeAsync();

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }

    private sealed class Connection : ConnectionContext
    {
        private readonly ZeroCopyDuplexPipe _pipe;

        public Connection(ZeroCopyDuplexPipe pipe)
        {
            _pipe = pipe;
            Transport = pipe;
            LocalEndPoint = pipe.Socket.LocalEndPoint;
            RemoteEndPoint = pipe.Socket.RemoteEndPoint;
            var features = new FeatureCollection();
            features.Set<IConnectionTransportFeature>(new TransportFeature(this));
            Features = features;
        }

        public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

        public override IFeatureCollection Features { get; }

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override IDuplexPipe Transport { get; set; }

        public override void Abort(ConnectionAbortedException abortReason) => _ = _pipe.Socket.AbortAsync();

        public override ValueTask DisposeAsync() => _pipe.DisposeAsync();
    }

    private sealed class TransportFeature(Connection connection) : IConnectionTransportFeature
    {
        public IDuplexPipe Transport
        {
            get => connection.Transport;
            set => connection.Transport = value;
        }
    }
}
