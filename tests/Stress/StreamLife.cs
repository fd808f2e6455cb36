using System.Buffers.Binary;
using System.Net;

namespace ZeroCopySockets.Stress;

/// <summary>One connection: both its ends, and the judgement over them.</summary>
internal sealed class StreamLife
{
    private readonly uint _number;
    private readonly EndPlan _client;
    private readonly EndPlan _server;
    private readonly Tally _tally;
    private readonly TaskCompletionSource<StreamEnd> _serverEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _served;

    public StreamLife(uint number, Random random, Tally tally)
    {
        _number = number;
        _client = EndPlan.Draw(random);
        _server = EndPlan.Draw(random);
        _tally = tally;
    }

    /// <summary>The greeting: by its number the accepted connection finds the life it belongs to.</summary>
    public const int GreetingSize = sizeof(uint);

    public override string ToString() => $"connection {_number}, client {_client}, server {_server}";

    public async Task RunAsync(ZeroCopyEngine engine, EndPoint remote)
    {
        ZeroCopySocket socket = await engine.ConnectAsync(remote);
        var greeting = new byte[GreetingSize];
        BinaryPrimitives.WriteUInt32LittleEndian(greeting, _number);
        await socket.SendZeroCopyAsync(greeting);
        var client = new StreamEnd(socket, _client, sender: 2 * _number, peer: 2 * _number + 1, _tally);
        Task running = client.RunAsync();
        await Task.WhenAny(_serverEnded.Task, running);
        if (_client.Ending == Ending.Reset)
        {
            await running;
            await Task.WhenAny(_serverEnded.Task, Task.Delay(TimeSpan.FromSeconds(5)));
            if (!_served)
            {
                // Reset while it waited to be accepted: it was passed over, and has no other end.
                _tally.CountStream();
                return;
            }
        }

        StreamEnd server = await _serverEnded.Task;
        await running;
        _tally.CountStream();
        Judge(client, server);
    }

    public async Task ServeAsync(ZeroCopySocket socket)
    {
        _served = true;
        var server = new StreamEnd(socket, _server, sender: 2 * _number + 1, peer: 2 * _number, _tally);
        try
        {
            await server.RunAsync();
            _serverEnded.SetResult(server);
        }
        catch (Exception e)
        {
            _serverEnded.SetException(e);
        }
    }

    private void Judge(StreamEnd client, StreamEnd server)
    {
        if (!_client.IsPeaceful || !_server.IsPeaceful)
        {
            return;
        }

        if (!client.SentAll || !server.SentAll || !client.ReadAll || !server.ReadAll
            || server.FramesRead < _client.Frames || client.FramesRead < _server.Frames)
        {
            _tally.Fail($"Nobody disturbed {this}, and yet: client sent all {client.SentAll} and read {client.FramesRead} frames to the end {client.ReadAll}, "
                + $"server sent all {server.SentAll} and read {server.FramesRead} to the end {server.ReadAll}.");
        }
    }
}
