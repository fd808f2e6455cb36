namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class LoopTests
{
    [Fact]
    public Task A_buffer_reused_without_rotation_is_reported() => Check.Reports("""
        for (var i = 0; i < n; i++)
        {
            [|b.Edit()|][0] = (byte)i;
            await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_buffer_recycled_at_the_end_of_each_round_is_fine() => Check.IsSilent("""
        for (var i = 0; i < n; i++)
        {
            b.Edit()[0] = (byte)i;
            var sent = await socket.SendZeroCopyAsync(b);
            await sent.Recycled;
        }
        """);

    [Fact]
    public Task A_buffer_recycled_at_the_start_of_the_next_round_is_fine() => Check.IsSilent("""
        SendReceipt sent = await socket.SendZeroCopyAsync(b);
        while (Test())
        {
            await sent.Recycled;
            b.Edit()[0] = 1;
            sent = await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_buffer_recycled_from_the_second_round_on_is_fine() => Check.IsSilent("""
        SendReceipt sent = default;
        for (var i = 0; i < n; i++)
        {
            if (i > 0)
            {
                await sent.Recycled;
            }

            b.Edit()[0] = 1;
            sent = await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_buffer_recycled_from_the_third_round_on_is_reported() => Check.Reports("""
        SendReceipt sent = default;
        for (var i = 0; i < n; i++)
        {
            if (i > 1)
            {
                await sent.Recycled;
            }

            [|b.Edit()|][0] = 1;
            sent = await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_first_round_told_by_a_flag_is_fine() => Check.IsSilent("""
        SendReceipt sent = default;
        var first = true;
        foreach (var value in array)
        {
            if (!first)
            {
                await sent.Recycled;
            }

            first = false;
            b.Edit()[0] = value;
            sent = await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_pending_task_told_by_null_is_fine() => Check.IsSilent("""
        Task? pending = null;
        foreach (var value in array)
        {
            if (pending is not null)
            {
                await pending;
            }

            b.Edit()[0] = value;
            pending = socket.SendAndRecycleAsync(b).AsTask();
        }
        """);

    [Fact]
    public Task A_default_receipt_awaited_in_the_first_round_is_fine() => Check.IsSilent("""
        SendReceipt last = default;
        do
        {
            await last.Recycled;
            b.Edit()[0] = 1;
            last = await socket.SendZeroCopyAsync(b);
        }
        while (Test());
        """);

    [Fact]
    public Task Rotation_over_an_array_is_silent() => Check.IsSilent("""
        var bufs = new[] { socket.Rent(100), socket.Rent(100), socket.Rent(100) };
        for (var i = 0; i < n; i++)
        {
            bufs[i % bufs.Length].Edit()[0] = (byte)i;
            await socket.SendZeroCopyAsync(bufs[i % bufs.Length]);
        }
        """);

    [Fact]
    public Task Rotation_through_a_local_is_silent() => Check.IsSilent("""
        var bufs = new[] { socket.Rent(100), socket.Rent(100) };
        for (var i = 0; i < n; i++)
        {
            var current = bufs[i % 2];
            current.Edit()[0] = (byte)i;
            await socket.SendZeroCopyAsync(current);
        }
        """);

    [Fact]
    public Task A_write_after_the_send_is_reported_in_rotation_too() => Check.Reports("""
        var bufs = new[] { socket.Rent(100), socket.Rent(100) };
        for (var i = 0; i < n; i++)
        {
            var current = bufs[i % 2];
            await socket.SendZeroCopyAsync(current);
            [|current.Edit()|][0] = (byte)i;
        }
        """);

    [Fact]
    public Task Swapping_two_buffers_is_silent() => Check.IsSilent("""
        var current = b;
        var next = socket.Rent(100);
        SendReceipt previous = default;
        while (Test())
        {
            current.Edit()[0] = 1;
            var sent = await socket.SendZeroCopyAsync(current);
            await previous.Recycled;
            previous = sent;
            (current, next) = (next, current);
        }
        """);

    [Fact]
    public Task Writing_the_one_just_sent_of_two_swapped_buffers_is_reported() => Check.Reports("""
        var current = b;
        var next = socket.Rent(100);
        while (Test())
        {
            await socket.SendZeroCopyAsync(current);
            (current, next) = (next, current);
            [|next.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task Two_buffers_in_turn_by_a_flag_are_silent() => Check.IsSilent("""
        var second = socket.Rent(100);
        SendReceipt sentFirst = default, sentSecond = default;
        while (Test())
        {
            if (x)
            {
                await sentFirst.Recycled;
                b.Edit()[0] = 1;
                sentFirst = await socket.SendZeroCopyAsync(b);
            }
            else
            {
                await sentSecond.Recycled;
                second.Edit()[0] = 1;
                sentSecond = await socket.SendZeroCopyAsync(second);
            }

            x = !x;
        }
        """);

    [Fact]
    public Task A_buffer_rented_in_each_round_is_fine() => Check.IsSilent("""
        while (Test())
        {
            using var mine = socket.Rent(100);
            mine.Edit()[0] = 1;
            await socket.SendZeroCopyAsync(mine);
        }
        """);

    [Fact]
    public Task A_buffer_rented_into_an_outer_variable_in_each_round_is_fine() => Check.IsSilent("""
        BufferLease mine = default;
        foreach (var value in array)
        {
            mine = await socket.RentAsync(100, ct);
            mine.Edit()[0] = value;
            await socket.SendZeroCopyAsync(mine);
        }
        """);

    [Fact]
    public Task A_buffer_rented_on_some_rounds_only_is_reported() => Check.Reports("""
        var mine = socket.Rent(100);
        while (Test())
        {
            if (y)
            {
                mine = socket.Rent(100);
            }

            [|mine.Edit()|][0] = 1;
            await socket.SendZeroCopyAsync(mine);
            y = false;
        }
        """);

    [Fact]
    public Task Each_buffer_of_a_collection_is_another() => Check.IsSilent("""
        var bufs = new List<BufferLease> { socket.Rent(100), socket.Rent(100) };
        foreach (var each in bufs)
        {
            each.Edit()[0] = 1;
            await socket.SendZeroCopyAsync(each);
        }
        """);

    [Fact]
    public Task A_write_after_the_loop_is_reported() => Check.Reports("""
        while (!ct.IsCancellationRequested)
        {
            await socket.SendZeroCopyAsync(b);
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Sending_to_many_and_recycling_all_is_fine() => Check.IsSilent("""
        var receipts = new List<SendReceipt>();
        foreach (var each in new[] { socket, other })
        {
            receipts.Add(await each.SendZeroCopyAsync(b));
        }

        foreach (var receipt in receipts)
        {
            await receipt.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Sending_to_many_and_writing_before_recycling_is_reported() => Check.Reports("""
        var receipts = new List<SendReceipt>();
        foreach (var each in new[] { socket, other })
        {
            receipts.Add(await each.SendZeroCopyAsync(b));
        }

        [|b.Edit()|][0] = 1;
        foreach (var receipt in receipts)
        {
            await receipt.Recycled;
        }
        """);

    [Fact]
    public Task A_continue_that_skips_the_recycle_is_reported() => Check.Reports("""
        while (Test())
        {
            [|b.Edit()|][0] = 1;
            var sent = await socket.SendZeroCopyAsync(b);
            if (sent.BytesSent == 0)
            {
                continue;
            }

            await sent.Recycled;
        }
        """);

    [Fact]
    public Task A_continue_after_the_recycle_is_fine() => Check.IsSilent("""
        while (Test())
        {
            b.Edit()[0] = 1;
            var sent = await socket.SendZeroCopyAsync(b);
            await sent.Recycled;
            if (sent.BytesSent == 0)
            {
                continue;
            }

            b.Edit()[0] = 2;
        }
        """);

    [Fact]
    public Task A_break_that_skips_the_recycle_is_reported_after_the_loop() => Check.Reports("""
        while (true)
        {
            b.Edit()[0] = 1;
            var sent = await socket.SendZeroCopyAsync(b);
            if (sent.BytesSent == 0)
            {
                break;
            }

            await sent.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_break_before_the_send_is_fine() => Check.IsSilent("""
        while (true)
        {
            b.Edit()[0] = 1;
            if (Test())
            {
                break;
            }

            await socket.SendAndRecycleAsync(b);
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_loop_made_with_goto_is_reported() => Check.Reports("""
        Again:
        [|b.Edit()|][0] = 1;
        await socket.SendZeroCopyAsync(b);
        if (Test())
        {
            goto Again;
        }
        """);

    [Fact]
    public Task A_goto_into_the_middle_of_a_round_is_fine_when_recycled() => Check.IsSilent("""
        SendReceipt sent = default;
        goto Send;
        Again:
        await sent.Recycled;
        b.Edit()[0] = 1;
        Send:
        sent = await socket.SendZeroCopyAsync(b);
        if (Test())
        {
            goto Again;
        }
        """);

    [Fact]
    public Task Waiting_in_a_loop_for_the_recycle_is_fine() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(b);
        while (!sent.IsRecycled)
        {
            await Task.Yield();
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_buffer_sent_in_an_inner_loop_and_written_in_the_outer_is_reported() => Check.Reports("""
        while (Test())
        {
            [|b.Edit()|][0] = 1;
            for (var i = 0; i < 3; i++)
            {
                await socket.SendZeroCopyAsync(b);
            }
        }
        """);

    [Fact]
    public Task An_asynchronous_foreach_is_a_loop() => Check.Reports("""
        await foreach (var value in Values())
        {
            [|b.Edit()|][0] = value;
            await socket.SendZeroCopyAsync(b);
        }

        static async IAsyncEnumerable<byte> Values()
        {
            await Task.Yield();
            yield return 1;
        }
        """);

    [Fact]
    public Task A_counter_that_never_settles_still_ends() => Check.Reports("""
        var i = 0;
        var j = 10;
        while (i < j || Test())
        {
            if (i > 5) { j++; } else { i += 2; j--; }
            if (j == 3) { i--; }
            for (var k = i; k > 0; k--) { i++; }
            [|b.Edit()|][0] = 1;
            await socket.SendZeroCopyAsync(b);
        }
        """);

    [Fact]
    public Task A_receipt_of_an_earlier_round_does_not_recycle_this_one() => Check.Reports("""
        var current = b;
        var next = socket.Rent(100);
        SendReceipt previous = default;
        while (Test())
        {
            var sent = await socket.SendZeroCopyAsync(current);
            await previous.Recycled;
            previous = sent;
            (current, next) = (next, current);
            [|next.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task Only_the_last_of_many_sends_recycled_is_reported() => Check.Reports("""
        SendReceipt sent = default;
        for (var i = 0; i < n; i++)
        {
            sent = await socket.SendZeroCopyAsync(b);
        }

        await sent.Recycled;
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_round_late_recycle_is_fine_when_the_last_is_awaited_too() => Check.IsSilent("""
        SendReceipt previous = default;
        while (Test())
        {
            var sent = await socket.SendZeroCopyAsync(b);
            await previous.Recycled;
            previous = sent;
        }

        await previous.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Three_buffers_in_turn_each_recycled_two_rounds_later_are_fine() => Check.IsSilent("""
        var (one, two, three) = (b, socket.Rent(100), socket.Rent(100));
        SendReceipt older = default, newer = default;
        while (Test())
        {
            one.Edit()[0] = 1;
            var sent = await socket.SendZeroCopyAsync(one);
            await older.Recycled;
            (older, newer) = (newer, sent);
            (one, two, three) = (two, three, one);
        }
        """);

    [Fact]
    public Task A_buffer_taken_out_of_a_queue_or_rented_is_watched() => Check.Reports("""
        var free = new Queue<(BufferLease Lease, SendReceipt Sent)>();
        while (Test())
        {
            BufferLease mine;
            if (free.Count < 4)
            {
                mine = socket.Rent(100);
            }
            else
            {
                (mine, var oldest) = free.Dequeue();
                await oldest.Recycled;
            }

            mine.Edit()[0] = 1;
            var sent = await socket.SendZeroCopyAsync(mine);
            [|mine.Edit()|][0] = 2;
            free.Enqueue((mine, sent));
        }
        """);

    [Fact]
    public Task A_buffer_in_a_tuple_from_elsewhere_is_watched() => Check.Reports("""
        var free = new Queue<(BufferLease Lease, int Count)>();
        var pair = free.Dequeue();
        pair.Lease.Edit()[0] = 1;
        var sent = await socket.SendZeroCopyAsync(pair.Lease);
        [|pair.Lease.Edit()|][0] = 2;
        await sent.Recycled;
        pair.Lease.Edit()[0] = 3;
        pair = free.Dequeue();
        pair.Lease.Edit()[0] = 1;
        """);

    [Fact]
    public Task Sends_combined_with_those_of_earlier_rounds_are_fine_when_all_are_awaited() => Check.IsSilent("""
        var pending = Task.CompletedTask;
        while (Test())
        {
            pending = Task.WhenAll(pending, socket.SendAndRecycleAsync(b).AsTask());
        }

        await pending;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Two_recycles_kept_in_turn_are_awaited_once_each() => Check.IsSilent("""
        ValueTask older = default, newer = default;
        while (Test())
        {
            await older;
            var sent = await socket.SendZeroCopyAsync(array);
            (older, newer) = (newer, sent.Recycled);
        }

        await older;
        await newer;
        """);

    [Fact]
    public Task Buffers_kept_in_a_queue_and_disposed_in_a_finally_are_watched() => Check.Reports("""
        var free = new Queue<(BufferLease Lease, SendReceipt Sent)>();
        try
        {
            foreach (var value in array)
            {
                BufferLease mine;
                if (free.Count < n)
                {
                    mine = socket.Rent(100);
                }
                else
                {
                    (mine, var oldest) = free.Dequeue();
                    await oldest.Recycled;
                }

                mine.Edit()[0] = value;
                var sent = await socket.SendZeroCopyAsync(mine, ct);
                [|mine.Edit()|][0] = 2;
                free.Enqueue((mine, sent));
            }
        }
        finally
        {
            while (free.TryDequeue(out (BufferLease Lease, SendReceipt Sent) last))
            {
                last.Lease.Dispose();
            }
        }
        """);
}
