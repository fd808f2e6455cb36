namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>ZCS0005: a ValueTask is used up by its first await.</summary>
public class AwaitTests
{
    [Theory]
    [InlineData("await t; {|ZCS0005:await t|};")]
    [InlineData("await t; var r = {|ZCS0005:await t|};")]
    [InlineData("await t.ConfigureAwait(false); {|ZCS0005:await t.ConfigureAwait(false)|};")]
    [InlineData("await t; var task = {|ZCS0005:t.AsTask()|};")]
    [InlineData("var task = t.AsTask(); {|ZCS0005:await t|};")]
    [InlineData("await t; var r = {|ZCS0005:t.Result|};")]
    [InlineData("await t; {|ZCS0005:t.GetAwaiter().GetResult()|};")]
    [InlineData("await t; var kept = {|ZCS0005:t.Preserve()|};")]
    [InlineData("if (x) await t; {|ZCS0005:await t|};")]
    [InlineData("while (Test()) {|ZCS0005:await t|};")]
    [InlineData("var copy = t; await copy; {|ZCS0005:await t|};")]
    public Task A_send_awaited_again_is_reported(string awaits) => Check.Reports($$"""
        var t = socket.SendZeroCopyAsync(b);
        {{awaits}}
        """);

    [Theory]
    [InlineData("await t;")]
    [InlineData("if (!t.IsCompleted) Use(n); await t;")]
    [InlineData("if (x) await t; else await t.AsTask();")]
    [InlineData("if (x) await t; if (!x) await t;")]
    [InlineData("var task = t.AsTask(); await task; await task; await task;")]
    [InlineData("t = t.Preserve(); await t; await t;")]
    [InlineData("await t; t = socket.SendZeroCopyAsync(b); await t;")]
    [InlineData("while (Test()) { await t; t = socket.SendZeroCopyAsync(b); }")]
    [InlineData("var r = t.IsCompletedSuccessfully ? t.Result : await t;")]
    [InlineData("Use(t);")]
    public Task A_send_awaited_once_is_fine(string awaits) => Check.IsSilent($$"""
        var t = socket.SendZeroCopyAsync(b);
        {{awaits}}
        """);

    [Theory]
    [InlineData("var t = socket.SendAndRecycleAsync(b); await t; {|ZCS0005:await t|};")]
    [InlineData("var t = socket.ReceiveAsync(array); await t; {|ZCS0005:await t|};")]
    [InlineData("var t = socket.ReceiveLeasedAsync(); (await t).Dispose(); {|ZCS0005:(await t)|}.Dispose();")]
    [InlineData("var t = socket.RentAsync(3); (await t).Dispose(); {|ZCS0005:(await t)|}.Dispose();")]
    [InlineData("var t = _receipt.Recycled; await t; {|ZCS0005:await t|};")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var t = r.Recycled; await t; {|ZCS0005:await t|};")]
    public Task Every_operation_of_a_socket_is_reused_once_awaited(string awaits) =>
        Check.Reports(awaits.Replace("{|ZCS0005:(await t)|}", "({|ZCS0005:await t|})", StringComparison.Ordinal));

    [Fact]
    public Task Recycled_gives_another_ValueTask_each_time() => Check.IsSilent("""
        var sent = await socket.SendZeroCopyAsync(b);
        await sent.Recycled;
        await sent.Recycled;
        """);

    [Fact]
    public Task Two_tasks_of_one_recycle_cannot_both_wait_for_it() => Check.Reports("""
        var sent = await socket.SendZeroCopyAsync(b);
        var first = sent.Recycled.AsTask();
        var second = {|ZCS0005:sent.Recycled.AsTask()|};
        await first;
        await sent.Recycled;
        """);

    [Fact]
    public Task One_task_of_each_recycle_is_fine() => Check.IsSilent("""
        var recycles = new List<Task>();
        for (var i = 0; i < n; i++)
        {
            var sent = await socket.SendZeroCopyAsync(b);
            recycles.Add(sent.Recycled.AsTask());
        }

        await Task.WhenAll(recycles);
        """);

    [Fact]
    public Task A_ValueTask_of_the_users_own_is_not_judged() => Check.IsSilent("""
        async ValueTask Own() => await Task.Yield();
        var t = Own();
        await t;
        await t;
        """);
}
