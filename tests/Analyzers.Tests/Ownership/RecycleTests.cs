namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class RecycleTests
{
    /// <summary>Every way to wait for the buffer, each of which must end the send.</summary>
    [Theory]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await r.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await r.Recycled.ConfigureAwait(false);")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b).ConfigureAwait(false); await r.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await r.Recycled.AsTask();")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await r.Recycled.AsTask().WaitAsync(ct);")]
    [InlineData("var t = socket.SendZeroCopyAsync(b); Use(n); var r = await t; await r.Recycled;")]
    [InlineData("Task<SendReceipt> t = socket.SendZeroCopyAsync(b).AsTask(); await (await t).Recycled;")]
    [InlineData("await (await socket.SendZeroCopyAsync(b)).Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var done = r.Recycled; await done;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var copy = r; await copy.Recycled;")]
    [InlineData("var t = socket.SendAndRecycleAsync(b).AsTask(); await t.ConfigureAwait(false);")]
    [InlineData("var r = (await socket.SendZeroCopyAsync(b)).Recycled.Preserve(); await r;")]
    [InlineData("socket.SendAndRecycleAsync(b).AsTask().Wait();")]
    [InlineData("socket.SendAndRecycleAsync(b).GetAwaiter().GetResult();")]
    [InlineData("socket.SendZeroCopyAsync(b).AsTask().Result.Recycled.AsTask().Wait(ct);")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); await Task.WhenAll(r.Recycled.AsTask());")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var s = await other.SendZeroCopyAsync(b); await Task.WhenAll(r.Recycled.AsTask(), s.Recycled.AsTask());")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var tasks = new[] { r.Recycled.AsTask() }; await Task.WhenAll(tasks);")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); List<Task> tasks = [r.Recycled.AsTask()]; await Task.WhenAll(tasks);")]
    [InlineData("var rs = await Task.WhenAll(socket.SendZeroCopyAsync(b).AsTask()); foreach (var r in rs) await r.Recycled;")]
    [InlineData("var rs = new List<SendReceipt> { await socket.SendZeroCopyAsync(b) }; await Task.WhenAll(rs.Select(r => r.Recycled.AsTask()));")]
    [InlineData("var pair = (Receipt: await socket.SendZeroCopyAsync(b), n); await pair.Receipt.Recycled;")]
    [InlineData("var (r, count) = (await socket.SendZeroCopyAsync(b), n); await r.Recycled;")]
    [InlineData("(SendReceipt R, int N) p = default; p.R = await socket.SendZeroCopyAsync(b); await p.R.Recycled;")]
    [InlineData("var rs = new SendReceipt[2]; rs[0] = await socket.SendZeroCopyAsync(b); await rs[0].Recycled;")]
    [InlineData("var rs = new SendReceipt[2]; rs[n] = await socket.SendZeroCopyAsync(b); await rs[n].Recycled;")]
    [InlineData("var rs = new Queue<SendReceipt>(); rs.Enqueue(await socket.SendZeroCopyAsync(b)); await rs.Dequeue().Recycled;")]
    [InlineData("var rs = new SendReceipt[n]; for (var i = 0; i < n; i++) rs[i] = await socket.SendZeroCopyAsync(b); for (var i = 0; i < n; i++) await rs[i].Recycled;")]
    [InlineData("var rs = new List<SendReceipt>(); while (x) rs.Add(await socket.SendZeroCopyAsync(b)); for (var i = 0; i < rs.Count; i++) await rs[i].Recycled;")]
    [InlineData("var rs = new Queue<SendReceipt>(); while (x) rs.Enqueue(await socket.SendZeroCopyAsync(b)); while (rs.Count > 0) await rs.Dequeue().Recycled;")]
    [InlineData("var rs = new Queue<SendReceipt>(); while (x) rs.Enqueue(await socket.SendZeroCopyAsync(b)); while (rs.TryDequeue(out var r)) await r.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (!r.IsRecycled) await r.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (r.IsRecycled == false) return;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (r is { IsRecycled: true }) { } else return;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var done = r.IsRecycled; if (!done) return;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); while (!r.Recycled.IsCompleted) Thread.Yield();")]
    [InlineData("var t = socket.SendAndRecycleAsync(b); if (!t.IsCompletedSuccessfully) await t;")]
    [InlineData("_ = socket.SendZeroCopyAsync(tick); while (tick.IsInFlight) await Task.Yield(); tick.Edit(); await socket.SendAndRecycleAsync(b);")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); if (b.IsInFlight) return;")]
    public Task Waiting_for_the_send_gives_the_buffer_back(string sendAndWait) => Check.IsSilent($$"""
        {{sendAndWait}}
        b.Edit()[0] = 1;
        """);

    /// <summary>What looks like waiting and is not, each of which must leave the buffer in flight.</summary>
    [Theory]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); _ = r.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var t = r.Recycled.AsTask();")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var t = Task.WhenAll(r.Recycled.AsTask());")]
    [InlineData("await Task.WhenAll(socket.SendZeroCopyAsync(b).AsTask());")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); var s = await other.SendZeroCopyAsync(b); await Task.WhenAll(s.Recycled.AsTask());")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (r.IsRecycled) { await r.Recycled; }")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (r.IsRecycled) return;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(b); if (r.BytesSent == 10) await r.Recycled;")]
    [InlineData("_ = socket.SendZeroCopyAsync(b); if (!b.IsInFlight) return;")]
    [InlineData("var rs = new List<SendReceipt>(); rs.Add(await socket.SendZeroCopyAsync(b)); rs.Add(await other.SendZeroCopyAsync(b));")]
    [InlineData("var rs = new SendReceipt[2]; rs[0] = await socket.SendZeroCopyAsync(b); rs[1] = await socket.SendZeroCopyAsync(tick); await rs[1].Recycled;")]
    [InlineData("var pair = (A: await socket.SendZeroCopyAsync(b), B: await socket.SendZeroCopyAsync(tick)); await pair.B.Recycled;")]
    [InlineData("var r = await socket.SendZeroCopyAsync(tick); var s = await socket.SendZeroCopyAsync(b); await r.Recycled;")]
    public Task Anything_less_leaves_it_in_flight(string send) => Check.Reports($$"""
        {{send}}
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_send_by_a_method_of_the_users_own_is_watched() => Check.Program(Programs.Usings + """
        static class Program
        {
            static ValueTask<SendReceipt> Frame(this ZeroCopySocket socket, int kind, [LentToKernel] BufferLease payload)
                => socket.SendZeroCopyAsync(payload);

            static Task FrameAndWait(ZeroCopySocket socket, [LentToKernel] BufferLease payload)
                => socket.SendAndRecycleAsync(payload).AsTask();

            static async Task M(ZeroCopySocket socket, BufferLease b, BufferLease c)
            {
                var sent = await socket.Frame(1, b);
                [|b.Edit()|][0] = 1;
                await sent.Recycled;
                b.Edit()[0] = 1;

                var task = FrameAndWait(socket, payload: c);
                [|c.Edit()|][0] = 1;
                await task;
                c.Edit()[0] = 1;
            }
        }
        """).RunAsync();

    /// <summary>A variable that may hold the receipt of any of many sends names none of them: to await it may be to await each.</summary>
    [Fact]
    public Task A_receipt_of_one_of_very_many_sends_is_not_followed()
    {
        var cases = string.Concat(Enumerable.Range(0, 20).Select(i => $"case {i}: last = await socket.SendZeroCopyAsync(b{i}); break;\n"));
        var leases = string.Concat(Enumerable.Range(0, 20).Select(i => $"BufferLease b{i} = socket.Rent({i + 1});\n"));
        return Check.Reports($$"""
            {{leases}}
            SendReceipt last = default;
            switch (n)
            {
                {{cases}}
            }

            await last.Recycled;
            b3.Edit()[0] = 1;
            last = await socket.SendZeroCopyAsync(b4);
            [|b4.Edit()|][0] = 1;
            await last.Recycled;
            b4.Edit()[0] = 1;
            """);
    }
}
