using ZeroCopySockets.CodeFixes;

namespace ZeroCopySockets.Analyzers.Tests.CodeFixes;

/// <summary>Each fix, what it makes of the code, and where it would be wrong to offer it.</summary>
public class FixTests
{
    [Fact]
    public Task The_recycle_is_awaited_before_the_write() => CheckFix.Gives<AwaitRecycledFix>(
        """
                var sent = await socket.SendZeroCopyAsync(b);
                // Next.
                [|b.Edit()|][0] = 1;
        """,
        """
                var sent = await socket.SendZeroCopyAsync(b);
                // Next.
                await sent.Recycled;
                b.Edit()[0] = 1;
        """);

    [Fact]
    public Task The_recycle_of_each_send_is_awaited() => CheckFix.Gives<AwaitRecycledFix>(
        """
                var first = await socket.SendZeroCopyAsync(b);
                [|b.Edit()|][0] = 1;
                var second = await socket.SendZeroCopyAsync(tick).ConfigureAwait(false);
                [|tick.Edit()|].Sequence = 1;
        """,
        """
                var first = await socket.SendZeroCopyAsync(b);
                await first.Recycled;
                b.Edit()[0] = 1;
                var second = await socket.SendZeroCopyAsync(tick).ConfigureAwait(false);
                await second.Recycled;
                tick.Edit().Sequence = 1;
        """);

    [Fact]
    public Task A_write_that_is_no_block_gets_one() => CheckFix.Gives<AwaitRecycledFix>(
        """
                var sent = await socket.SendZeroCopyAsync(b);
                if (x)
                    [|b.Edit()|][0] = 1;
        """,
        """
                var sent = await socket.SendZeroCopyAsync(b);
                if (x)
                {
                    await sent.Recycled;
                    b.Edit()[0] = 1;
                }
        """);

    [Fact]
    public Task A_task_that_nobody_awaits_is_awaited() => CheckFix.Gives<AwaitRecycledFix>(
        """
                var sending = socket.SendAndRecycleAsync(b);
                [|b.Edit()|][0] = 1;
        """,
        """
                var sending = socket.SendAndRecycleAsync(b);
                await sending;
                b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Memory_is_given_up_after_the_recycle() => CheckFix.Gives<AwaitRecycledFix>(
        """
                var sent = await socket.SendZeroCopyAsync(array);
                {|ZCS0002:ArrayPool<byte>.Shared.Return(array)|};
        """,
        """
                var sent = await socket.SendZeroCopyAsync(array);
                await sent.Recycled;
                ArrayPool<byte>.Shared.Return(array);
        """);

    [Theory]
    [InlineData("var sending = socket.SendAndRecycleAsync(b); [|b.Edit()|][0] = 1; await sending;")]
    [InlineData("await socket.SendZeroCopyAsync(b); [|b.Edit()|][0] = 1;")]
    [InlineData("{ var sent = await socket.SendZeroCopyAsync(b); } [|b.Edit()|][0] = 1;")]
    [InlineData("while (Test()) { [|b.Edit()|][0] = 1; var sent = await socket.SendZeroCopyAsync(b); }")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b); lock (this) { [|b.Edit()|][0] = 1; }")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b); while ([|b.Edit()|][0]++ < 3) { }")]
    public Task There_is_nothing_to_await_or_no_place_for_it(string statements) => CheckFix.IsNotOffered<AwaitRecycledFix>(statements);

    [Fact]
    public Task A_recycle_awaited_at_once_becomes_one_await() => CheckFix.Gives<SendAndRecycleFix>(
        """
                b.Edit()[0] = 1;
                // Off it goes.
                var sent = await socket.SendZeroCopyAsync(b, ct);
                {|ZCS0007:await sent.Recycled|};
                b.Edit()[0] = 2;
                {|ZCS0007:await (await socket.SendZeroCopyAsync(b, ct)).Recycled|};
                SendReceipt again = await socket.SendZeroCopyAsync(array).ConfigureAwait(false);
                {|ZCS0007:await again.Recycled.ConfigureAwait(false)|};
        """,
        """
                b.Edit()[0] = 1;
                // Off it goes.
                await socket.SendAndRecycleAsync(b, ct);
                b.Edit()[0] = 2;
                await socket.SendAndRecycleAsync(b, ct);
                await socket.SendAndRecycleAsync(array).ConfigureAwait(false);
        """);

    [Fact]
    public Task A_typed_send_becomes_its_twin() => CheckFix.Gives<SendAndRecycleFix>(
        """
                var sent = await socket.SendZeroCopyAsync(tick);
                {|ZCS0007:await sent.Recycled|};
        """,
        """
                await socket.SendAndRecycleAsync(tick);
        """);

    [Theory]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b); Use(n); await sent.Recycled;")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b); await sent.Recycled; n = sent.BytesSent;")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b, ..10); await sent.Recycled;")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(b, array); await sent.Recycled;")]
    public Task What_has_no_twin_or_another_use_is_left(string statements) => CheckFix.IsNotOffered<SendAndRecycleFix>(statements);

    [Fact]
    public Task A_dropped_receipt_becomes_a_send_that_waits() => CheckFix.Gives<SendAndRecycleFix>(
        """
                await socket.SendZeroCopyAsync(b, ct);
                [|b.Edit()|][0] = 1;
                _ = socket.SendZeroCopyAsync(tick);
                [|tick.Edit()|].Sequence = 1;
        """,
        """
                await socket.SendAndRecycleAsync(b, ct);
                b.Edit()[0] = 1;
                await socket.SendAndRecycleAsync(tick);
                tick.Edit().Sequence = 1;
        """);

    [Fact]
    public Task A_dropped_receipt_in_a_loop_becomes_a_send_that_waits() => CheckFix.Gives<SendAndRecycleFix>(
        """
                while (Test())
                {
                    [|b.Edit()|][0] = 1;
                    await socket.SendZeroCopyAsync(b);
                }
        """,
        """
                while (Test())
                {
                    b.Edit()[0] = 1;
                    await socket.SendAndRecycleAsync(b);
                }
        """);

    [Fact]
    public Task A_second_buffer_is_rented_as_the_first_was() => CheckFix.Gives<SecondBufferFix>(
        """
                using Tick.Buffer mine = socket.RentTick();
                mine.Write(new Tick { Sequence = 1 });
                await socket.SendZeroCopyAsync(mine);
                // And another.
                [|mine.Write(new Tick { Sequence = 2 })|];
                await socket.SendZeroCopyAsync(mine);
        """,
        """
                using Tick.Buffer mine = socket.RentTick();
                mine.Write(new Tick { Sequence = 1 });
                await socket.SendZeroCopyAsync(mine);
                // And another.
                using Tick.Buffer mine2 = socket.RentTick();
                mine2.Write(new Tick { Sequence = 2 });
                await socket.SendZeroCopyAsync(mine2);
        """);

    [Fact]
    public Task A_second_buffer_gets_a_free_name() => CheckFix.Gives<SecondBufferFix>(
        """
                var mine2 = 3;
                using var mine = await socket.RentAsync(mine2, ct);
                await socket.SendZeroCopyAsync(mine);
                [|mine.Edit()|][0] = 1;
        """,
        """
                var mine2 = 3;
                using var mine = await socket.RentAsync(mine2, ct);
                await socket.SendZeroCopyAsync(mine);
                using var mine3 = await socket.RentAsync(mine2, ct);
                mine3.Edit()[0] = 1;
        """);

    [Theory]
    [InlineData("await socket.SendZeroCopyAsync(b); [|b.Edit()|][0] = 1;")]
    [InlineData("using var mine = socket.Rent(3); while (Test()) { [|mine.Edit()|][0] = 1; await socket.SendZeroCopyAsync(mine); }")]
    [InlineData("using var mine = socket.Rent(3); await socket.SendZeroCopyAsync(mine); if (x) { [|mine.Edit()|][0] = 1; }")]
    public Task A_buffer_rented_elsewhere_has_no_second(string statements) => CheckFix.IsNotOffered<SecondBufferFix>(statements);

    [Fact]
    public Task A_lease_is_declared_with_using() => CheckFix.Gives<UsingFix>(
        """
                // One.
                var mine = {|ZCS0006:socket.Rent(10)|};
                mine.Edit()[0] = 1;
                await socket.SendZeroCopyAsync(mine);
                Tick.Buffer typed = {|ZCS0006:socket.RentTick()|};
                var waited = {|ZCS0006:await socket.RentAsync(10)|};
        """,
        """
                // One.
                using var mine = socket.Rent(10);
                mine.Edit()[0] = 1;
                await socket.SendZeroCopyAsync(mine);
                using Tick.Buffer typed = socket.RentTick();
                using var waited = await socket.RentAsync(10);
        """);

    [Theory]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; if (x) mine.Dispose();")]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; if (x) _lease = mine;")]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; if (x) Use(mine);")]
    [InlineData("{|ZCS0006:socket.Rent(10)|};")]
    [InlineData("BufferLease mine; mine = {|ZCS0006:socket.Rent(10)|};")]
    public Task A_lease_that_somebody_may_dispose_is_left(string statements) => CheckFix.IsNotOffered<UsingFix>(statements);

    [Fact]
    public void Every_fix_fixes_all()
    {
        var fixes = typeof(UsingFix).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Microsoft.CodeAnalysis.CodeFixes.CodeFixProvider))).ToList();
        Assert.Equal(7, fixes.Count);
        Assert.All(fixes, type => Assert.NotNull(((Microsoft.CodeAnalysis.CodeFixes.CodeFixProvider)Activator.CreateInstance(type)!).GetFixAllProvider()));
    }
}
