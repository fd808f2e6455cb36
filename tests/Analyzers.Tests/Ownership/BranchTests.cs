namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class BranchTests
{
    [Fact]
    public Task A_send_on_one_branch_only_is_reported() => Check.Reports("""
        if (x)
        {
            await socket.SendZeroCopyAsync(b);
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_send_on_one_branch_recycled_there_is_fine() => Check.IsSilent("""
        if (x)
        {
            var sent = await socket.SendZeroCopyAsync(b);
            await sent.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Sends_on_both_branches_are_reported() => Check.Reports("""
        if (x)
        {
            await socket.SendZeroCopyAsync(b);
        }
        else
        {
            await other.SendZeroCopyAsync(b);
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Sends_on_both_branches_recycled_together_are_fine() => Check.IsSilent("""
        SendReceipt sent;
        if (x)
        {
            sent = await socket.SendZeroCopyAsync(b);
        }
        else
        {
            sent = await other.SendZeroCopyAsync(b);
        }

        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Recycled_on_one_branch_only_is_reported() => Check.Reports("""
        var sent = await socket.SendZeroCopyAsync(b);
        if (x)
        {
            await sent.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Recycled_on_both_branches_is_fine() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(b);
        if (x)
        {
            await sent.Recycled;
        }
        else
        {
            await sent.Recycled.AsTask();
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_write_on_the_branch_without_the_send_is_fine() => Check.IsSilent("""
        if (x)
        {
            await socket.SendZeroCopyAsync(b);
        }
        else
        {
            b.Edit()[0] = 1;
        }
        """);

    [Fact]
    public Task Leaving_early_on_the_sending_branch_is_fine() => Check.IsSilent("""
        if (x)
        {
            await socket.SendZeroCopyAsync(b);
            return;
        }

        if (y)
        {
            await socket.SendZeroCopyAsync(b);
            throw new InvalidOperationException();
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Leaving_early_on_the_other_branch_is_reported() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        if (x)
        {
            return;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Theory]
    [InlineData("x", "x")]
    [InlineData("!x", "!x")]
    [InlineData("x", "x == true")]
    [InlineData("n > 3", "n > 3")]
    [InlineData("n > 3", "n >= 4")]
    [InlineData("n != 0", "n is not 0")]
    [InlineData("0 == n", "n == 0")]
    [InlineData("x && n > 3", "n > 3 && x")]
    [InlineData("array != null", "array is not null")]
    [InlineData("array.Length > 10", "array.Length > 10")]
    [InlineData("n < array.Length", "n < array.Length")]
    [InlineData("_flag", "_flag")]
    [InlineData("_options.ZeroCopy", "_options.ZeroCopy")]
    [InlineData("(n & 1) == 0", "(n & 1) == 0")]
    [InlineData("array.Contains((byte)n)", "array.Contains((byte)n)")]
    public Task Two_tests_that_agree_are_one_path(string first, string second) => Check.IsSilent($$"""
        SendReceipt sent = default;
        if ({{first}})
        {
            sent = await socket.SendZeroCopyAsync(b);
        }

        Use(n);
        if ({{second}})
        {
            await sent.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Theory]
    [InlineData("x", "y")]
    [InlineData("x", "!x")]
    [InlineData("n > 3", "n > 4")]
    [InlineData("n == 0", "n == 1")]
    [InlineData("array.Length > 10", "array.Length > 11")]
    public Task Two_tests_that_may_differ_are_reported(string first, string second) => Check.Reports($$"""
        SendReceipt sent = default;
        if ({{first}})
        {
            sent = await socket.SendZeroCopyAsync(b);
        }

        if ({{second}})
        {
            await sent.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_variable_changed_between_the_tests_no_longer_correlates() => Check.Reports("""
        SendReceipt sent = default;
        if (x)
        {
            sent = await socket.SendZeroCopyAsync(b);
        }

        x = Test();
        if (x)
        {
            await sent.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_flag_set_beside_the_send_correlates() => Check.IsSilent("""
        var inFlight = false;
        SendReceipt sent = default;
        if (Test())
        {
            sent = await socket.SendZeroCopyAsync(b);
            inFlight = true;
        }

        if (inFlight)
        {
            await sent.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_flag_tested_the_wrong_way_round_is_reported() => Check.Reports("""
        var inFlight = false;
        SendReceipt sent = default;
        if (Test())
        {
            sent = await socket.SendZeroCopyAsync(b);
            inFlight = true;
        }

        if (!inFlight)
        {
            await sent.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Theory]
    [InlineData("sent != null")]
    [InlineData("sent is not null")]
    [InlineData("sent is { }")]
    [InlineData("sent.HasValue")]
    public Task A_receipt_tested_for_null_correlates(string test) => Check.IsSilent($$"""
        SendReceipt? sent = null;
        if (Test())
        {
            sent = await socket.SendZeroCopyAsync(b);
        }

        if ({{test}})
        {
            await sent.Value.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_receipt_taken_out_by_a_pattern_correlates() => Check.IsSilent("""
        SendReceipt? sent = Test() ? await socket.SendZeroCopyAsync(b) : null;
        if (sent is { } receipt)
        {
            await receipt.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Theory]
    [InlineData("sent is { IsRecycled: false } pending")]
    [InlineData("sent is { IsRecycled: not true } pending")]
    public Task A_receipt_awaited_where_it_is_there_and_not_recycled_is_fine(string test) => Check.IsSilent($$"""
        SendReceipt? sent = Test() ? await socket.SendZeroCopyAsync(b) : null;
        if ({{test}})
        {
            await pending.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Theory]
    [InlineData("sent is { IsRecycled: true } pending")]
    [InlineData("sent is { IsRecycled: false, BytesSent: > 3 } pending")]
    public Task A_receipt_awaited_in_some_other_case_only_is_reported(string test) => Check.Reports($$"""
        SendReceipt? sent = Test() ? await socket.SendZeroCopyAsync(b) : null;
        if ({{test}})
        {
            await pending.Recycled;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_receipt_awaited_through_a_null_conditional_is_fine() => Check.IsSilent("""
        SendReceipt? sent = Test() ? await socket.SendZeroCopyAsync(b) : null;
        await (sent?.Recycled ?? default);
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_switch_case_that_sends_is_reported() => Check.Reports("""
        switch (n)
        {
            case 1:
                await socket.SendZeroCopyAsync(b);
                break;
            case 2:
                b.Edit()[0] = 2;
                break;
            default:
                break;
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_switch_case_that_sends_and_recycles_is_fine() => Check.IsSilent("""
        switch (n)
        {
            case 1:
                await (await socket.SendZeroCopyAsync(b)).Recycled;
                break;
            case 2 when x:
                b.Edit()[0] = 2;
                break;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Going_on_to_another_case_carries_the_send_there() => Check.Reports("""
        switch (n)
        {
            case 1:
                await socket.SendZeroCopyAsync(b);
                goto case 2;
            case 2:
                [|b.Edit()|][0] = 2;
                break;
        }
        """);

    [Fact]
    public Task Two_switches_on_one_variable_agree() => Check.IsSilent("""
        SendReceipt sent = default;
        switch (n)
        {
            case 1:
                sent = await socket.SendZeroCopyAsync(b);
                break;
        }

        switch (n)
        {
            case 1:
                await sent.Recycled;
                break;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_ternary_that_sends_is_reported() => Check.Reports("""
        var sent = x ? await socket.SendZeroCopyAsync(b) : default;
        [|b.Edit()|][0] = 1;
        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_ternary_choosing_the_socket_is_reported() => Check.Reports("""
        var sent = await (x ? socket : other).SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task The_other_of_two_buffers_chosen_by_a_flag_is_fine() => Check.IsSilent("""
        var second = socket.Rent(100);
        var current = x ? b : second;
        var idle = x ? second : b;
        _ = socket.SendZeroCopyAsync(current);
        idle.Edit()[0] = 1;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_buffer_chosen_by_a_ternary_is_watched_under_its_new_name() => Check.Reports("""
        var current = x ? b : socket.Rent(100);
        var span = current.Edit();
        await socket.SendZeroCopyAsync(current);
        [|current.Edit()|][0] = 1;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_span_of_a_chosen_buffer_is_watched_with_it() => Check.Reports("""
        var current = n switch { 1 => b, 2 => socket.Rent(100), _ => other.Rent(100) };
        var span = current.Edit();
        _ = socket.SendZeroCopyAsync(current);
        [|span[0]|] = 1;
        """);

    [Fact]
    public Task A_chosen_buffer_that_is_recycled_is_fine() => Check.IsSilent("""
        var current = x ? b : socket.Rent(100);
        var sent = await socket.SendZeroCopyAsync(current);
        await sent.Recycled;
        current.Edit()[0] = 1;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task An_array_replaced_by_a_larger_one_is_watched() => Check.Reports("""
        if (array.Length < n)
        {
            array = new byte[n];
        }

        await socket.SendZeroCopyAsync(array);
        [|array[0]|] = 1;
        """);

    [Fact]
    public Task A_send_of_the_buffer_that_is_replaced_on_the_other_branch_is_reported() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        if (x)
        {
            b = socket.Rent(100);
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_send_of_the_buffer_that_is_replaced_there_is_fine() => Check.IsSilent("""
        if (x)
        {
            await socket.SendZeroCopyAsync(b);
            b = socket.Rent(100);
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_socket_that_may_be_null_sends_on_one_path() => Check.Reports("""
        ZeroCopySocket? maybe = x ? socket : null;
        var task = maybe?.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_socket_that_may_be_null_and_recycles_is_fine() => Check.IsSilent("""
        ZeroCopySocket? maybe = x ? socket : null;
        await (maybe?.SendAndRecycleAsync(b) ?? default);
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_coalesced_task_is_followed() => Check.Reports("""
        Task? pending = null;
        pending ??= socket.SendAndRecycleAsync(b).AsTask();
        [|b.Edit()|][0] = 1;
        await pending;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Both_sides_of_a_short_circuit_are_paths() => Check.Reports("""
        if (x && (await socket.SendZeroCopyAsync(b)).BytesSent > 0)
        {
            [|b.Edit()|][0] = 1;
        }
        else if (!x)
        {
            b.Edit()[0] = 2;
        }
        """);

    [Fact]
    public Task A_goto_forward_is_followed() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        goto Write;
        Recycle:
        return;
        Write:
        [|b.Edit()|][0] = 1;
        goto Recycle;
        """);

    [Fact]
    public Task Code_that_cannot_be_reached_is_silent() => Check.IsSilent("""
        await socket.SendZeroCopyAsync(b);
        const bool debug = false;
        if (debug)
        {
            b.Edit()[0] = 1;
        }
        """);
}
