using System.Collections.Concurrent;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Values as they go over the wire, each in a buffer that is sent to whoever asks and replaced, never changed, by an update.</summary>
internal sealed class ValueCache(ZeroCopyEngine engine)
{
    private readonly ConcurrentDictionary<uint, Reply.Buffer> _replies = new();

    public async Task AnswerAsync(ZeroCopySocket socket, uint key, CancellationToken cancellationToken)
    {
        if (_replies.TryGetValue(key, out Reply.Buffer reply))
        {
            await socket.SendZeroCopyAsync(reply, cancellationToken);
        }
        else
        {
            await socket.SendZeroCopyAsync(new Reply { Status = 404 }, cancellationToken);
        }
    }

    public async Task UpdateAsync(uint key, ulong value, IReadOnlyList<ZeroCopySocket> watchers, CancellationToken cancellationToken)
    {
        Reply.Buffer fresh = await engine.RentReplyAsync(cancellationToken);
        fresh.Write(new Reply { Id = key, Status = 200, Value = value });
        foreach (ZeroCopySocket watcher in watchers)
        {
            await watcher.SendZeroCopyAsync(fresh, cancellationToken);
        }

        if (_replies.TryRemove(key, out Reply.Buffer stale))
        {
            stale.Dispose();
        }

        _replies[key] = fresh;
    }
}
