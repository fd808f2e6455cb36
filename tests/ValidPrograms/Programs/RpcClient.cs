using System.Net;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>One question at a time, answered over the same connection; a request is sent again until its answer arrives.</summary>
internal sealed class RpcClient : IAsyncDisposable
{
    private readonly ZeroCopySocket _socket;
    private readonly MessageReceiver<Reply.View> _replies;
    private uint _id;

    private RpcClient(ZeroCopySocket socket)
    {
        _socket = socket;
        _replies = socket.ReceiveMessagesAsync<Reply.View>();
    }

    public static async Task<RpcClient> ConnectAsync(EndPoint remote, CancellationToken cancellationToken) =>
        new(await ZeroCopySocket.ConnectAsync(remote, cancellationToken));

    public async Task<ulong> GetAsync(uint key, CancellationToken cancellationToken)
    {
        using Request.Buffer request = await _socket.RentRequestAsync(cancellationToken);
        request.Write(new Request { Id = ++_id, Key = key });
        while (true)
        {
            ValueTask<SendReceipt> sending = _socket.SendZeroCopyAsync(request, cancellationToken);
            ValueTask<bool> receiving = _replies.MoveNextAsync();
            SendReceipt sent = await sending;
            if (!await receiving)
            {
                throw new EndOfStreamException();
            }

            if (_replies.Current.Id == _id)
            {
                return _replies.Current.Value;
            }

            await sent.Recycled;
            request.Edit().Id = ++_id;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _replies.DisposeAsync();
        await _socket.DisposeAsync();
    }
}
