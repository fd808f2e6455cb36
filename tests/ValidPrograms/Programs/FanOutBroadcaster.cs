using System.Text;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>A chat room: one line to everybody, in one call per loop, recycled once.</summary>
internal sealed class FanOutBroadcaster(ZeroCopyEngine engine)
{
    private readonly List<ZeroCopySocket> _members = [];

    public void Join(ZeroCopySocket member) => _members.Add(member);

    public async Task<int> SayAsync(string line, CancellationToken cancellationToken)
    {
        var lost = new List<ZeroCopySocket>();
        using BufferLease buffer = await engine.RentAsync(Encoding.UTF8.GetMaxByteCount(line.Length + 1), cancellationToken);
        int length = Encoding.UTF8.GetBytes(line, buffer.Edit());
        buffer.Edit()[length] = (byte)'\n';
        buffer.Edit()[(length + 1)..].Clear();
        SendReceipt sent = await engine.SendToAllAsync(_members, buffer, (member, _) => lost.Add(member), cancellationToken);
        _members.RemoveAll(lost.Contains);
        await sent.Recycled;
        buffer.Edit().Clear();
        return sent.BytesSent;
    }
}
