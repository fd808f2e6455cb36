using System.Net;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

/// <summary>Messages whose bytes follow from one another, through real sockets on every way of sending.</summary>
public class SendTests
{
    [Fact]
    public async Task A_message_edited_in_place_leaves_sealed_by_every_typed_send()
    {
        await using ZeroCopyListener listener = ZeroCopyListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopySocket client = await ZeroCopySocket.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        using Record.Buffer record = client.RentRecord();
        await using MessageReceiver<Record.View> receiver = server.ReceiveRecordsAsync();

        Edit(record, 1);
        await (await client.SendZeroCopyAsync(record)).Recycled;
        Edit(record, 2);
        await client.SendAndRecycleAsync(record);
        Edit(record, 3);
        await (await client.SendZeroCopyAsync([record, Wire.Encode(new Record { Body = 4 })])).Recycled;
        record.Write(new Record { Body = 5 });
        await client.SendAndRecycleAsync(record);
        await client.SendZeroCopyAsync(new Record { Body = 6 });

        for (ulong i = 1; i <= 6; i++)
        {
            Assert.True(await receiver.MoveNextAsync());
            Assert.Equal(i, receiver.Current.Body);
        }
    }

    [Fact]
    public async Task A_value_with_too_many_bits_is_not_sent_and_what_follows_is()
    {
        await using ZeroCopyListener listener = ZeroCopyListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopySocket client = await ZeroCopySocket.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        await using MessageReceiver<Packed.View> receiver = server.ReceivePackedsAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await client.SendZeroCopyAsync(new Packed { Low = 8 }));
        await client.SendZeroCopyAsync(new Packed { Low = 7 });

        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal(7, receiver.Current.Low);
    }

    private static void Edit(Record.Buffer record, ulong body) => record.Edit().Body = body;
}
