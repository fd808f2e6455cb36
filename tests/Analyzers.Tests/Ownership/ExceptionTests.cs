namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class ExceptionTests
{
    [Fact]
    public Task A_send_before_the_try_is_in_flight_in_its_catch() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        try
        {
            Use(n);
        }
        catch (IOException)
        {
            [|b.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task A_send_that_throws_may_not_have_lent() => Check.IsSilent("""
        try
        {
            await socket.SendZeroCopyAsync(b);
        }
        catch (SocketException)
        {
            b.Edit()[0] = 1;
        }
        """);

    [Fact]
    public Task A_send_in_the_try_is_in_flight_after_it() => Check.Reports("""
        try
        {
            await socket.SendZeroCopyAsync(b);
        }
        catch (SocketException)
        {
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_send_in_the_try_recycled_after_it_is_fine() => Check.IsSilent("""
        SendReceipt sent = default;
        try
        {
            sent = await socket.SendZeroCopyAsync(b);
        }
        catch (SocketException)
        {
        }

        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_send_recycled_in_the_try_is_fine() => Check.IsSilent("""
        try
        {
            var sent = await socket.SendZeroCopyAsync(b);
            await sent.Recycled;
            b.Edit()[0] = 1;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            b.Edit()[0] = 2;
        }

        b.Edit()[0] = 3;
        """);

    [Fact]
    public Task A_write_in_the_try_is_reported() => Check.Reports("""
        try
        {
            var sent = await socket.SendZeroCopyAsync(b);
            [|b.Edit()|][0] = 1;
            await sent.Recycled;
        }
        finally
        {
            Use(n);
        }
        """);

    [Fact]
    public Task A_write_in_the_finally_is_reported() => Check.Reports("""
        try
        {
            await socket.SendZeroCopyAsync(b);
        }
        finally
        {
            [|b.Edit()|].Clear();
        }
        """);

    [Fact]
    public Task A_write_in_the_finally_after_the_recycle_is_fine() => Check.IsSilent("""
        try
        {
            await socket.SendAndRecycleAsync(b);
        }
        finally
        {
            b.Edit().Clear();
        }
        """);

    [Fact]
    public Task A_recycle_in_the_finally_is_fine() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(b);
        try
        {
            Use(n);
        }
        finally
        {
            await sent.Recycled;
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_return_through_a_finally_does_not_leak_into_the_path_that_goes_on() => Check.IsSilent("""
        try
        {
            if (x)
            {
                await socket.SendZeroCopyAsync(b);
                return;
            }
        }
        finally
        {
            Use(n);
        }

        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_write_in_a_finally_a_return_goes_through_is_reported() => Check.Reports("""
        try
        {
            if (x)
            {
                await socket.SendZeroCopyAsync(b);
                return;
            }
        }
        finally
        {
            [|b.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task Nested_finallys_are_run_in_turn() => Check.Reports("""
        while (Test())
        {
            try
            {
                try
                {
                    await socket.SendZeroCopyAsync(b);
                    if (x) { continue; }
                }
                finally
                {
                    try { Use(n); } finally { Use(x); }
                }

                [|b.Edit()|][0] = 1;
            }
            finally
            {
                Use(y);
            }

            break;
        }
        """);

    [Fact]
    public Task A_retry_that_awaits_the_recycle_is_fine() => Check.IsSilent("""
        for (var attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                b.Edit()[0] = (byte)attempt;
                await socket.SendAndRecycleAsync(b, ct);
                return;
            }
            catch (SocketException) when (attempt < 2)
            {
                await Task.Delay(10, ct);
            }
        }
        """);

    [Fact]
    public Task A_catch_that_goes_round_the_loop_is_silent() => Check.IsSilent("""
        while (Test())
        {
            try
            {
                b.Edit()[0] = 1;
                var sent = await socket.SendZeroCopyAsync(b);
                await sent.Recycled;
            }
            catch (SocketException)
            {
                continue;
            }
        }
        """);

    [Fact]
    public Task A_rethrowing_catch_leaves_only_the_path_that_did_not_throw() => Check.IsSilent("""
        SendReceipt sent;
        try
        {
            sent = await socket.SendZeroCopyAsync(b);
        }
        catch
        {
            Use(n);
            throw;
        }

        await sent.Recycled;
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_send_in_a_catch_is_watched() => Check.Reports("""
        try
        {
            Use(n);
        }
        catch (IOException)
        {
            await socket.SendZeroCopyAsync(b);
        }

        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_handler_that_begins_with_a_loop_goes_round_it() => Check.Reports("""
        try
        {
            Use(n);
        }
        catch (IOException)
        {
            while (Test())
            {
                [|b.Edit()|][0] = 1;
                await socket.SendZeroCopyAsync(b);
            }
        }
        """);

    [Fact]
    public Task A_lock_and_a_using_are_transparent() => Check.Reports("""
        using (var stream = new MemoryStream())
        {
            _ = socket.SendZeroCopyAsync(b);
            lock (this)
            {
                [|b.Edit()|][0] = 1;
            }
        }
        """);
}
