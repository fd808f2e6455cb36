using System.Net;
using ZeroCopySockets;

await using var listener = ZeroCopyListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
await using var client = await ZeroCopySocket.ConnectAsync(listener.LocalEndPoint);
using Block.Buffer block = client.RentBlock();

// Nobody reads at the other end, so sooner or later a send is pending; sending one buffer often is legal.
ValueTask<SendReceipt> sending;
do
{
    sending = client.SendZeroCopyAsync(block);
}
while (sending.IsCompleted);

block.Edit().Sequence = 1;
Console.WriteLine("the write went through");
await sending;

/// <summary>A message large enough to fill a socket's buffer soon.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
internal partial struct Block
{
    /// <summary>Counts the blocks.</summary>
    [Pad(60_000)]
    public ulong Sequence;
}
