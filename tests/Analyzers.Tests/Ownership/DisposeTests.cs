namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>ZCS0004: a lease after its end.</summary>
public class DisposeTests
{
    [Theory]
    [InlineData("{|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("{|ZCS0004:b.Read()|}.CopyTo(array);")]
    [InlineData("{|ZCS0004:b.Dispose()|};")]
    [InlineData("if ({|ZCS0004:b.IsInFlight|}) return;")]
    [InlineData("await socket.SendZeroCopyAsync({|ZCS0004:b|}, ct);")]
    [InlineData("await socket.SendAndRecycleAsync({|ZCS0004:b|}, ct);")]
    [InlineData("await socket.SendZeroCopyAsync({|ZCS0004:b|}, ..10, ct);")]
    [InlineData("{|ZCS0004:s[0]|} = 1;")]
    [InlineData("n = {|ZCS0004:s[0]|};")]
    [InlineData("{|ZCS0004:s.Clear()|};")]
    [InlineData("array.CopyTo({|ZCS0004:s|});")]
    [InlineData("var copy = b; {|ZCS0004:copy.Edit()|}[0] = 1;")]
    [InlineData("if (x) {|ZCS0004:b.Dispose()|};")]
    public Task A_lease_that_was_disposed_may_be_somebody_elses(string use) => Check.Reports($$"""
        var s = b.Edit();
        b.Dispose();
        {{use}}
        """);

    [Theory]
    [InlineData("n = b.Length;")]
    [InlineData("if (b == default) return;")]
    [InlineData("b = socket.Rent(10); b.Edit()[0] = 1; b.Dispose();")]
    [InlineData("b = default; Use(b);")]
    [InlineData("Change(ref b); b.Edit()[0] = 1;")]
    [InlineData("Console.WriteLine(nameof(b.Edit));")]
    [InlineData("n = s.Length;")]
    [InlineData("s = array; s[0] = 1;")]
    [InlineData("tick.Edit(); tick.Dispose();")]
    public Task What_does_not_use_it_is_fine(string use) => Check.IsSilent($$"""
        var s = b.Edit();
        b.Dispose();
        {{use}}
        """);

    [Fact]
    public Task A_typed_buffer_is_a_lease() => Check.Reports("""
        var w = tick.Edit();
        tick.Dispose();
        {|ZCS0004:w.Sequence|} = 1;
        {|ZCS0004:tick.Edit()|}.Sequence = 1;
        {|ZCS0004:tick.Write(default)|};
        await socket.SendZeroCopyAsync({|ZCS0004:tick|});
        """);

    [Fact]
    public Task A_lease_disposed_in_flight_is_gone_all_the_same() => Check.Reports("""
        var sent = await socket.SendZeroCopyAsync(b);
        b.Dispose();
        await sent.Recycled;
        {|ZCS0004:b.Edit()|}[0] = 1;
        """);

    [Fact]
    public Task A_lease_disposed_inside_its_using_is_disposed_twice() => Check.Reports("""
        using var {|ZCS0004:mine|} = socket.Rent(10);
        mine.Dispose();
        """);

    [Fact]
    public Task A_lease_disposed_on_one_path_only_is_reported_after_it() => Check.Reports("""
        if (x)
        {
            b.Dispose();
        }

        {|ZCS0004:b.Edit()|}[0] = 1;
        """);

    [Fact]
    public Task A_lease_disposed_on_a_path_that_leaves_is_fine() => Check.IsSilent("""
        if (x)
        {
            b.Dispose();
            return;
        }

        b.Edit()[0] = 1;
        b.Dispose();
        """);

    [Fact]
    public Task Correlated_conditions_are_told_apart() => Check.IsSilent("""
        if (x)
        {
            b.Dispose();
        }

        Use(n);
        if (!x)
        {
            b.Edit()[0] = 1;
            b.Dispose();
        }
        """);

    [Fact]
    public Task A_flag_set_with_the_disposal_is_understood() => Check.IsSilent("""
        var gone = false;
        while (Test())
        {
            if (n > 3 && !gone)
            {
                b.Dispose();
                gone = true;
            }
        }

        if (!gone)
        {
            b.Dispose();
        }
        """);

    [Fact]
    public Task Disposed_in_a_loop_and_used_in_the_next_round_is_reported() => Check.Reports("""
        while (Test())
        {
            {|ZCS0004:b.Edit()|}[0] = 1;
            await socket.SendAndRecycleAsync({|ZCS0004:b|});
            {|ZCS0004:b.Dispose()|};
        }
        """);

    [Fact]
    public Task Rented_and_disposed_in_each_round_is_fine() => Check.IsSilent("""
        while (Test())
        {
            var mine = socket.Rent(10);
            mine.Edit()[0] = 1;
            await socket.SendAndRecycleAsync(mine);
            mine.Dispose();
        }

        foreach (var each in new[] { b, socket.Rent(3) })
        {
            each.Dispose();
        }
        """);

    [Fact]
    public Task Disposed_in_the_try_and_again_in_the_catch_is_silent() => Check.IsSilent("""
        try
        {
            await socket.SendAndRecycleAsync(b);
            b.Dispose();
        }
        catch (SocketException)
        {
            b.Dispose();
        }
        """);

    [Fact]
    public Task Disposed_in_the_try_and_again_in_the_finally_is_reported() => Check.Reports("""
        try
        {
            await socket.SendAndRecycleAsync(b);
            b.Dispose();
        }
        finally
        {
            {|ZCS0004:b.Dispose()|};
        }
        """);

    [Fact]
    public Task A_nullable_lease_is_followed() => Check.Reports("""
        BufferLease? mine = null;
        if (x)
        {
            mine = socket.Rent(10);
        }

        mine?.Dispose();
        if (x)
        {
            {|ZCS0004:mine!.Value.Edit()|}[0] = 1;
        }
        """);

    [Fact]
    public Task A_nullable_lease_set_to_null_is_fine() => Check.IsSilent("""
        BufferLease? mine = socket.Rent(10);
        while (Test())
        {
            mine?.Dispose();
            mine = null;
        }

        mine?.Dispose();
        """);

    [Fact]
    public Task A_variable_emptied_after_its_lease_ended_is_fine() => Check.IsSilent("""
        BufferLease mine = default;
        while (Test())
        {
            if (mine == default)
            {
                mine = socket.Rent(10);
            }

            mine.Edit()[0] = 1;
            if (x)
            {
                mine.Dispose();
                mine = default;
            }
        }
        """);

    [Fact]
    public Task A_lease_in_a_field_is_silent() => Check.IsSilent("""
        _lease.Dispose();
        _lease = socket.Rent(10);
        _lease.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_captured_lease_is_silent() => Check.IsSilent("""
        var mine = socket.Rent(10);
        Action end = () => mine.Dispose();
        mine.Dispose();
        mine = socket.Rent(10);
        end();
        """);
}
