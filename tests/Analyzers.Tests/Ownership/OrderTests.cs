namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>What happens before what within one statement, and what only looks like a use or a change of variable.</summary>
public class OrderTests
{
    [Theory]
    [InlineData("Use((b.Edit()[0] = 1, await socket.SendZeroCopyAsync(b)));")]
    [InlineData("(int, SendReceipt) pair = (b.Edit()[0] = 1, await socket.SendZeroCopyAsync(b));")]
    [InlineData("var first = b.Edit()[0] = 1; var sent = await socket.SendZeroCopyAsync(b);")]
    [InlineData("if ((b.Edit()[0] = 1) > 0 && (await socket.SendZeroCopyAsync(b)).BytesSent > 0) { }")]
    [InlineData("for (b.Edit()[0] = 1, _ = socket.SendZeroCopyAsync(b); Test();) { }")]
    public Task A_part_evaluated_before_the_send_may_write(string statement) => Check.IsSilent(statement);

    [Theory]
    [InlineData("Use((await socket.SendZeroCopyAsync(b), [|b.Edit()|][0] = 1));")]
    [InlineData("(SendReceipt, int) pair = (await socket.SendZeroCopyAsync(b), [|b.Edit()|][0] = 1);")]
    [InlineData("int[] all = [(await socket.SendZeroCopyAsync(b)).BytesSent, [|b.Edit()|][0] = 1];")]
    [InlineData("int sent = (await socket.SendZeroCopyAsync(b)).BytesSent, first = [|b.Edit()|][0] = 1;")]
    [InlineData("if ((await socket.SendZeroCopyAsync(b)).BytesSent > 0 && ([|b.Edit()|][0] = 1) > 0) { }")]
    [InlineData("if ((await socket.SendZeroCopyAsync(b)).BytesSent > 0 || ([|b.Edit()|][0] = 1) > 0) { }")]
    [InlineData("for (_ = socket.SendZeroCopyAsync(b), [|b.Edit()|][0] = 1; Test();) { }")]
    [InlineData("[|tick.Write((socket.SendZeroCopyAsync(tick), new Tick()).Item2)|];")]
    [InlineData("[|array[(await socket.SendZeroCopyAsync(array)).BytesSent]|] = 1;")]
    [InlineData("[|array[0]|] = (byte)(await socket.SendZeroCopyAsync(array)).BytesSent;")]
    public Task A_part_evaluated_after_the_send_may_not(string statement) => Check.Reports(statement);

    [Theory]
    [InlineData("if (x) { _ = socket.SendZeroCopyAsync(b); } if (!x) { b.Edit()[0] = 1; }")]
    [InlineData("n = x ? (await socket.SendZeroCopyAsync(b)).BytesSent : b.Edit()[0] = 1;")]
    [InlineData("if (x) { _ = socket.SendZeroCopyAsync(b); Fail(); } b.Edit()[0] = 1;")]
    [InlineData("if (x) { _ = socket.SendZeroCopyAsync(b); Environment.FailFast(\"\"); } b.Edit()[0] = 1;")]
    [InlineData("while (x) { _ = socket.SendZeroCopyAsync(b); throw new IOException(); } b.Edit()[0] = 1;")]
    public Task A_path_with_the_send_that_never_reaches_the_write_is_fine(string statements) => Check.IsSilent($$"""
        {{statements}}

        [System.Diagnostics.CodeAnalysis.DoesNotReturn]
        static void Fail() => throw new IOException();
        """);

    [Fact]
    public Task A_buffer_assigned_to_itself_is_the_same_buffer() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(b);
        b = b;
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_buffer_handed_in_by_reference_to_be_read_is_watched() => Check.Reports("""
        SendAndWrite(socket, b);

        static void SendAndWrite(ZeroCopySocket socket, in BufferLease lease)
        {
            var sending = socket.SendAndRecycleAsync(lease).AsTask();
            [|lease.Edit()|][0] = 1;
            sending.Wait();
            lease.Edit()[0] = 1;
        }
        """);

    [Fact]
    public Task Another_buffer_rented_is_no_excuse_for_this_one() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(b);
        tick = socket.RentTick();
        tick.Edit();
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task Rented_anew_on_one_path_only_is_reported() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(b);
        if (n < 10)
        {
            b = socket.Rent(1);
        }

        if (x)
        {
            [|b.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task Reinterpreted_memory_is_a_documented_limit() => Check.IsSilent("""
        _ = socket.SendZeroCopyAsync(array);
        System.Runtime.CompilerServices.Unsafe.As<byte, int>(ref array[0]) = 1;
        """);
}
