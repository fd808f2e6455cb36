namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class StraightLineTests
{
    [Fact]
    public Task A_write_between_send_and_recycle_is_reported() => Check.Reports("""
        SendReceipt sent = await socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        await sent.Recycled;
        """);

    [Fact]
    public Task A_write_after_recycle_is_fine() => Check.IsSilent("""
        SendReceipt sent = await socket.SendZeroCopyAsync(b);
        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_write_before_the_send_is_fine() => Check.IsSilent("""
        b.Edit()[0] = 1;
        await socket.SendZeroCopyAsync(b);
        """);

    [Fact]
    public Task The_buffer_is_the_kernels_from_the_call_not_from_the_await() => Check.Reports("""
        var task = socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        var sent = await task;
        await sent.Recycled;
        """);

    [Fact]
    public Task A_buffer_sent_by_an_extension_method_of_the_socket_is_watched() => Check.Reports("""
        using Tick.Buffer mine = socket.RentTick();
        var sent = await socket.SendZeroCopyAsync(mine);
        [|mine.Write(new Tick { Sequence = 2 })|];
        await sent.Recycled;
        mine.Write(new Tick { Sequence = 3 });
        """);

    [Fact]
    public Task Send_and_recycle_gives_the_buffer_back_at_its_await() => Check.IsSilent("""
        await socket.SendAndRecycleAsync(b);
        b.Edit()[0] = 1;
        await socket.SendAndRecycleAsync(tick).ConfigureAwait(false);
        tick.Edit();
        """);

    [Fact]
    public Task A_write_before_send_and_recycle_is_awaited_is_reported() => Check.Reports("""
        var task = socket.SendAndRecycleAsync(b);
        [|b.Edit()|][0] = 1;
        await task;
        b.Edit()[0] = 2;
        """);

    [Fact]
    public Task Awaiting_the_send_alone_does_not_give_the_buffer_back() => Check.Reports("""
        var sent = await socket.SendZeroCopyAsync(b);
        Console.WriteLine(sent.BytesSent);
        [|b.Edit()|].Clear();
        """);

    [Fact]
    public Task Fire_and_forget_does_not_give_the_buffer_back() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_receipt_nobody_keeps_does_not_give_the_buffer_back() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Reading_in_flight_is_fine() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(b);
        Console.WriteLine(b.Read()[0] + b.Length);
        var sentTick = await socket.SendZeroCopyAsync(tick);
        Console.WriteLine(tick.Sequence + tick.Quantity);
        """);

    [Fact]
    public Task Sending_the_same_buffer_again_is_fine() => Check.IsSilent("""
        var first = await socket.SendZeroCopyAsync(b);
        var second = await other.SendZeroCopyAsync(b);
        await first.Recycled;
        await second.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task All_sends_of_a_buffer_must_be_recycled() => Check.Reports("""
        var first = await socket.SendZeroCopyAsync(b);
        var second = await other.SendZeroCopyAsync(b);
        await first.Recycled;
        [|b.Edit()|][0] = 1;
        await second.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_receipt_overwritten_by_the_next_send_is_lost() => Check.Reports("""
        var sent = await socket.SendZeroCopyAsync(b);
        sent = await other.SendZeroCopyAsync(b);
        await sent.Recycled;
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Disposing_in_flight_is_fine() => Check.IsSilent("""
        var mine = socket.Rent(100);
        mine.Edit()[0] = 1;
        await socket.SendZeroCopyAsync(mine);
        mine.Dispose();
        """);

    [Fact]
    public Task A_using_lease_disposed_in_flight_is_fine() => Check.IsSilent("""
        using var mine = socket.Rent(100);
        using (var second = socket.RentTick())
        {
            second.Edit();
            await socket.SendZeroCopyAsync(second);
        }

        mine.Edit()[0] = 1;
        await socket.SendZeroCopyAsync(mine);
        """);

    [Fact]
    public Task A_write_inside_using_is_reported() => Check.Reports("""
        using (var mine = socket.RentTick())
        {
            await socket.SendZeroCopyAsync(mine);
            [|mine.Edit()|].Sequence = 2;
        }
        """);

    [Fact]
    public Task A_write_inside_await_using_is_reported() => Check.Reports("""
        await using var mine = await ZeroCopySocket.ConnectAsync(null!, ct);
        using var lease = await mine.RentAsync(100, ct);
        var sent = await mine.SendZeroCopyAsync(lease, ct);
        [|lease.Edit()|][0] = 1;
        await sent.Recycled;
        lease.Edit()[0] = 1;
        """);

    [Fact]
    public Task Renting_into_the_same_variable_makes_another_buffer() => Check.IsSilent("""
        b = socket.Rent(100);
        await socket.SendZeroCopyAsync(b);
        b = socket.Rent(100);
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_span_of_the_old_buffer_survives_renting_another() => Check.Reports("""
        b = socket.Rent(100);
        var span = b.Edit();
        _ = socket.SendZeroCopyAsync(b);
        b = socket.Rent(100);
        [|span[0]|] = 1;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Names_and_types_are_no_use() => Check.IsSilent("""
        await socket.SendZeroCopyAsync(b);
        Console.WriteLine(nameof(b.Edit) + typeof(BufferLease) + nameof(tick.Quantity));
        """);

    [Fact]
    public Task Every_marked_member_writes() => Check.Reports("""
        await socket.SendZeroCopyAsync(tick);
        [|tick.Quantity|] = 1;
        [|tick.Quantity|] += 1;
        [|tick.Quantity|]++;
        [|tick.Head|].Kind = 1;
        [|tick.Reset()|];
        [|tick.Write(new Tick())|];
        """);

    [Fact]
    public Task Every_marked_member_may_be_used_once_recycled() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(tick);
        await sent.Recycled;
        tick.Quantity = 1;
        tick.Quantity += 1;
        tick.Quantity++;
        tick.Head.Kind = 1;
        tick.Reset();
        tick.Write(new Tick());
        """);

    [Fact]
    public Task A_message_sent_by_value_is_encoded_at_the_call() => Check.IsSilent("""
        var message = new Header { Kind = 1 };
        socket.ToString();
        message.Kind = 2;
        _ = socket.SendZeroCopyAsync(b);
        message.Kind = 3;
        """);
}
