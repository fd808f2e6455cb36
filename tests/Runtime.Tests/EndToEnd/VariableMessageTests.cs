using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Messages of variable size, sets of messages, and headers of payloads, over sockets.</summary>
public abstract class VariableMessageTests(EngineKind kind) : EngineSuite(kind)
{
    public static TheoryData<ZeroCopyPolicy> Policies => new(Enum.GetValues<ZeroCopyPolicy>());

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Messages_of_every_length_arrive_as_they_were_sent_one_by_one_or_many_at_once(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task receiving = ExpectNotesAsync(pair.Server, 120);
            for (uint number = 0; number < 60; number++)
            {
                Assert.Equal(Note.SizeOf(Note.Of(number)), (await pair.Client.SendZeroCopyAsync(Note.Of(number))).BytesSent);
            }

            Note[] notes = [.. Enumerable.Range(60, 60).Select(number => Note.Of((uint)number))];
            SendReceipt receipt = await pair.Client.SendManyAsync<Note>(notes);
            Assert.Equal(notes.Sum(note => Note.SizeOf(note)), receipt.BytesSent);
            await receiving;
        });

    [EngineFact]
    public Task A_stream_of_mixed_messages_is_taken_apart_wherever_it_is_cut() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        Assert.True(Mixed.TryParse(Encode(Note.Of(1)), out _).IsOk);
        byte[] stream = [.. Encode(Note.Of(3)), .. Encode(new Beat { Number = 4 }), .. Encode(Note.Of(5)), .. Encode(new Beat { Number = 6 })];
        Task sending = Task.Run(async () =>
        {
            var random = new Random(5);
            for (int sent = 0; sent < stream.Length;)
            {
                int length = Math.Min(random.Next(1, 900), stream.Length - sent);
                await pair.Peer.SendAsync(stream.AsMemory(sent, length));
                sent += length;
            }

            pair.Peer.Shutdown(SocketShutdown.Send);
        });

        var seen = new List<(Mixed.MessageKind Kind, uint Number, int Length)>();
        await foreach (Mixed message in pair.Socket.ReceiveMixedsAsync())
        {
            seen.Add((message.Kind, message.TryGetBeat(out Beat.View beat) ? beat.Number : message.AsNote().Number, message.Bytes.Length));
        }

        await sending;
        Assert.Equal(
            [
                (Mixed.MessageKind.Note, 3u, Note.SizeOf(Note.Of(3))),
                (Mixed.MessageKind.Beat, 4u, Beat.WireSize),
                (Mixed.MessageKind.Note, 5u, Note.SizeOf(Note.Of(5))),
                (Mixed.MessageKind.Beat, 6u, Beat.WireSize),
            ],
            seen);
    });

    [EngineTheory]
    [InlineData("FFFF4E00000001")]
    [InlineData("00064E00000001")]
    [InlineData("000A580000000100")]
    public Task A_length_or_a_tag_that_cannot_be_ends_the_enumeration_before_more_is_waited_for(string bytes) => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(Convert.FromHexString(bytes));
        MessageReceiver<Mixed> receiver = pair.Socket.ReceiveMixedsAsync();
        WireFormatException failure = await Assert.ThrowsAsync<WireFormatException>(async () => await receiver.MoveNextAsync());
        Assert.Equal(ParseResult.Invalid, failure.Status.Result);
    });

    [EngineFact]
    public Task A_stream_that_ends_inside_a_message_of_variable_size_says_how_much_is_missing() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] note = Encode(Note.Of(1));
        await pair.Peer.SendAsync(note.AsMemory(0, 100));
        pair.Peer.Shutdown(SocketShutdown.Send);
        MessageReceiver<Note.View> receiver = pair.Socket.ReceiveNotesAsync();
        WireFormatException failure = await Assert.ThrowsAsync<WireFormatException>(async () => await receiver.MoveNextAsync());
        Assert.Equal(ParseStatus.NeedMore(note.Length - 100), failure.Status);
    });

    [EngineFact]
    public Task A_message_is_built_in_registered_memory_and_sent_from_there() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using Note.Buffer note = await pair.Client.RentNoteAsync(textCount: 5);
        note.Edit().Number = 9;
        "hello"u8.CopyTo(note.Edit().Text);
        await pair.Client.SendAndRecycleAsync(note);
        note.Write(new Note { Number = 10, Text = "world"u8 });
        Assert.Throws<ArgumentException>(() => note.Write(new Note { Text = "longer"u8 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.RentNote(3001));
        await pair.Client.SendAndRecycleAsync(note);

        MessageReceiver<Note.View> receiver = pair.Server.ReceiveNotesAsync();
        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal((9u, "hello"), (receiver.Current.Number, System.Text.Encoding.ASCII.GetString(receiver.Current.Text)));
        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal((10u, "world"), (receiver.Current.Number, System.Text.Encoding.ASCII.GetString(receiver.Current.Text)));
    });

    [EngineFact]
    public Task A_datagram_ends_a_message_that_nothing_counts() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(Loopback.AnyPort);
        client.Connect(server.LocalEndPoint);
        await client.SendZeroCopyAsync(new Line { Number = 1, Text = "hi"u8 });
        await client.SendManyAsync<Line>([new Line { Number = 2 }, new Line { Number = 3, Text = "abc"u8 }]);
        await client.SendZeroCopyAsync(new byte[103]);

        DatagramReceiver<Line.View> receiver = server.ReceiveLinesAsync();
        var seen = new List<(int, int)>();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await receiver.MoveNextAsync());
            seen.Add((receiver.Current.Message.Number, receiver.Current.Message.Text.Length));
        }

        Assert.Equal([(1, 2), (2, 0), (3, 3)], seen.Order());
        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal(ParseStatus.Invalid("datagram", "longer than the 102 bytes of the message"), receiver.Current.Status);
    });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task A_payload_arrives_behind_its_header_and_is_read_in_place(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            byte[] large = Payload.Make(200_000, 1);
            using BufferLease lease = await engine.RentAsync(5000);
            Payload.Make(5000, 2).CopyTo(lease.Edit());
            Task receiving = Task.Run(async () =>
            {
                MessageReceiver<Part.View> parts = pair.Server.ReceivePartsAsync();
                foreach ((uint number, byte[] payload) in new[] { (1u, large), (2u, Payload.Make(5000, 2)), (3u, []), (4u, large) })
                {
                    Assert.True(await parts.MoveNextAsync());
                    Assert.Equal((number, (uint)payload.Length), (parts.Current.Number, parts.Current.Bytes));
                    Assert.True(parts.Current.Payload.SequenceEqual(payload));
                }
            });

            SendReceipt sent = await pair.Client.SendZeroCopyAsync(new Part { Number = 1 }, large);
            Assert.Equal(Part.MaxWireSize + large.Length, sent.BytesSent);
            await sent.Recycled;
            await pair.Client.SendAndRecycleAsync(new Part { Number = 2 }, lease);
            Assert.False(lease.IsInFlight);
            await pair.Client.SendZeroCopyAsync(new Part { Number = 3 }, Array.Empty<byte>());
            await pair.Client.SendAndRecycleAsync(new Part { Number = 4 }, large);
            await receiving;
            Assert.Throws<ArgumentException>(() => { _ = pair.Client.SendZeroCopyAsync(new Part(), new byte[200_001]); });
        });

    [EngineFact]
    public Task A_payload_and_its_header_are_one_datagram() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(Loopback.AnyPort);
        byte[] payload = Payload.Make(900, 3);
        await client.SendZeroCopyAsync(new Part { Number = 1 }, payload, server.LocalEndPoint);
        await client.SendAndRecycleAsync(new Part { Number = 2 }, payload, server.LocalEndPoint);
        client.Connect(server.LocalEndPoint);
        await client.SendZeroCopyAsync(new Part { Number = 3 }, payload);
        await client.SendAndRecycleAsync(new Part { Number = 4 }, payload);

        DatagramReceiver<Part.View> receiver = server.ReceivePartsAsync();
        for (uint number = 1; number <= 4; number++)
        {
            Assert.True(await receiver.MoveNextAsync());
            Assert.Equal(number, receiver.Current.Message.Number);
            Assert.True(receiver.Current.Message.Payload.SequenceEqual(payload));
        }
    });

    private static async Task ExpectNotesAsync(ZeroCopySocket socket, uint count)
    {
        MessageReceiver<Note.View> notes = socket.ReceiveNotesAsync();
        for (uint number = 0; number < count; number++)
        {
            Assert.True(await notes.MoveNextAsync());
            Assert.Equal(number, notes.Current.Number);
            Assert.True(notes.Current.Text.SequenceEqual(Note.Of(number).Text));
        }
    }

    private static byte[] Encode<T>(in T message) where T : unmanaged, IWireLayout<T>
    {
        var bytes = new byte[T.SizeOf(message)];
        T.Encode(message, bytes);
        return bytes;
    }
}

public sealed class PortableVariableMessageTests() : VariableMessageTests(EngineKind.Portable);

public sealed class IoUringVariableMessageTests() : VariableMessageTests(EngineKind.IoUring);
