namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>What leaves the method's sight is not judged: a false alarm is worse than a miss, and the run-time check remains.</summary>
public class EscapeTests
{
    [Theory]
    [InlineData("_ = socket.SendZeroCopyAsync(b); Pass(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); Use(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); Change(ref b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); _lease = b;")]
    [InlineData("_lease = b; _ = socket.SendZeroCopyAsync(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); var held = new { b };")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); var held = new List<BufferLease>(); held.Add(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); Action dispose = b.Dispose;")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); Action<BufferLease> pass = Pass; pass(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); dynamic d = this; d.M(b);")]
    [InlineData("_receipt = await socket.SendZeroCopyAsync(b);")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); _receipt = r;")]
    [InlineData("Look(await socket.SendZeroCopyAsync(b));")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); Look(r);")]
    [InlineData("await Task.WhenAny(socket.SendAndRecycleAsync(b).AsTask(), Task.Delay(10));")]
    [InlineData("await socket.SendAndRecycleAsync(b).AsTask().ContinueWith(_ => { });")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); SpinWait.SpinUntil(() => r.IsRecycled);")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await Task.Run(async () => await r.Recycled);")]
    [InlineData("SendReceipt r = default; Func<Task> wait = async () => await r.Recycled; r = await socket.SendZeroCopyAsync(b); await wait();")]
    [InlineData("var rs = new Dictionary<int, SendReceipt>(); rs[n] = await socket.SendZeroCopyAsync(b); await rs[n].Recycled;")]
    public Task What_escapes_is_silent(string send) => Check.IsSilent($$"""
        {{send}}
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_lease_a_lambda_captures_is_silent() => Check.IsSilent("""
        _ = socket.SendZeroCopyAsync(b);
        Action write = () => b.Edit()[0] = 1;
        write();
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_lease_a_local_function_captures_is_silent() => Check.IsSilent("""
        _ = socket.SendZeroCopyAsync(b);
        Write();
        b.Edit()[0] = 1;

        void Write() => b.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_lease_in_a_field_is_silent() => Check.IsSilent("""
        _ = socket.SendZeroCopyAsync(_lease);
        _lease.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_field_taken_into_a_local_is_watched() => Check.Reports("""
        var mine = _lease;
        _ = socket.SendZeroCopyAsync(mine);
        [|mine.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_lease_filled_by_a_helper_before_the_send_is_watched() => Check.Reports("""
        Look(b);
        Use(array);
        _ = socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        _ = socket.SendZeroCopyAsync(array);
        [|array[0]|] = 1;
        """);

    [Fact]
    public Task A_lease_changed_by_reference_is_another_buffer() => Check.IsSilent("""
        Change(ref b);
        _ = socket.SendZeroCopyAsync(tick);
        Change(ref b);
        b.Edit()[0] = 1;
        """);

    [Fact]
    public Task Another_buffer_that_escapes_changes_nothing() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(b);
        _ = socket.SendZeroCopyAsync(tick);
        Use(tick);
        [|b.Edit()|][0] = 1;
        tick.Edit();
        """);

    [Fact]
    public Task A_variable_set_by_an_out_parameter_is_another_buffer() => Check.Program(Programs.Usings + """
        class Program
        {
            static bool TryRent(out BufferLease lease) => throw null!;

            static async Task M(ZeroCopySocket socket, BufferLease b)
            {
                _ = socket.SendZeroCopyAsync(b);
                if (TryRent(out b))
                {
                    b.Edit()[0] = 1;
                }

                if (TryRent(out var mine))
                {
                    await socket.SendZeroCopyAsync(mine);
                    [|mine.Edit()|][0] = 1;
                }
            }
        }
        """).RunAsync();
}
