namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>ZCS0003: memory given to a receive that has not completed, and receive leases that were given back.</summary>
public class ReceiveTests
{
    [Theory]
    [InlineData("n = {|ZCS0003:array[0]|};")]
    [InlineData("{|ZCS0003:array[n]|} = 1;")]
    [InlineData("n = {|ZCS0003:array[^1]|};")]
    [InlineData("n = {|ZCS0003:array.AsSpan()[3]|};")]
    [InlineData("n = {|ZCS0003:array.AsMemory().Span|}[3];")]
    [InlineData("{|ZCS0003:array.AsSpan().Clear()|};")]
    [InlineData("{|ZCS0003:array.AsSpan().CopyTo(new byte[4])|};")]
    [InlineData("n = {|ZCS0003:array.AsSpan()|}.IndexOf((byte)1);")]
    [InlineData("Console.WriteLine(Convert.ToHexString({|ZCS0003:array|}));")]
    [InlineData("n = BinaryPrimitives.ReadInt32BigEndian({|ZCS0003:array|});")]
    [InlineData("Console.WriteLine(System.Text.Encoding.UTF8.GetString({|ZCS0003:array|}, 0, 3));")]
    [InlineData("_ = await other.ReceiveAsync({|ZCS0003:array|}, ct);")]
    [InlineData("_ = await other.SendZeroCopyAsync({|ZCS0003:array|}, ct);")]
    [InlineData("{|ZCS0002:ArrayPool<byte>.Shared.Return(array)|};")]
    [InlineData("Array.Copy({|ZCS0003:array|}, new byte[4], 4);")]
    public Task Memory_of_an_outstanding_receive_is_the_kernels(string use) => Check.Reports($$"""
        var receiving = socket.ReceiveAsync(array, ct);
        {{use}}
        await receiving;
        """);

    [Theory]
    [InlineData("n = array.Length;")]
    [InlineData("var part = array.AsMemory(2); n = part.Length;")]
    [InlineData("ArgumentNullException.ThrowIfNull(array);")]
    [InlineData("array = new byte[3]; n = array[0];")]
    [InlineData("Use(array); n = array[0];")]
    [InlineData("GC.KeepAlive(array);")]
    [InlineData("var kept = Task.FromResult(array);")]
    public Task What_does_not_touch_it_is_fine(string use) => Check.IsSilent($$"""
        var receiving = socket.ReceiveAsync(array, ct);
        {{use}}
        await receiving;
        """);

    [Theory]
    [InlineData("n = await socket.ReceiveAsync(array, ct);")]
    [InlineData("var t = socket.ReceiveAsync(array, ct); n = await t;")]
    [InlineData("var t = socket.ReceiveAsync(array, ct); n = t.IsCompletedSuccessfully ? t.Result : await t;")]
    [InlineData("n = await socket.ReceiveAsync(array).ConfigureAwait(false);")]
    [InlineData("var t = socket.ReceiveAsync(array).AsTask(); await Task.WhenAll(t);")]
    [InlineData("var t = socket.ReceiveAsync(array).AsTask(); await Task.WhenAny(t, Task.Delay(10));")]
    [InlineData("n = socket.ReceiveAsync(array).AsTask().GetAwaiter().GetResult();")]
    public Task Once_it_has_completed_the_memory_is_the_callers(string receive) => Check.IsSilent($$"""
        {{receive}}
        n = array[0];
        array[1] = 2;
        ArrayPool<byte>.Shared.Return(array);
        """);

    [Fact]
    public Task Another_part_of_the_array_is_nobodys_business() => Check.IsSilent("""
        var receiving = socket.ReceiveAsync(array.AsMemory(0, 10), ct);
        n = array[10];
        array.AsSpan(10).Clear();
        await receiving;
        """);

    [Fact]
    public Task The_same_part_is() => Check.Reports("""
        var receiving = socket.ReceiveAsync(array.AsMemory(0, 10), ct);
        n = {|ZCS0003:array[9]|};
        {|ZCS0003:array.AsSpan(5).Clear()|};
        await receiving;
        """);

    [Fact]
    public Task A_datagram_receive_is_one_too() => Check.Program(Programs.Usings + """
        class Program
        {
            static async Task<byte> M(ZeroCopyDatagramSocket socket, byte[] array)
            {
                var receiving = socket.ReceiveAsync(array);
                var early = {|ZCS0003:array[0]|};
                await receiving;
                return (byte)(early + array[0]);
            }
        }
        """).RunAsync();

    [Fact]
    public Task Reading_ahead_into_the_buffer_that_is_parsed_is_reported() => Check.Reports("""
        var ahead = socket.ReceiveAsync(array, ct);
        while (await ahead > 0)
        {
            ahead = socket.ReceiveAsync(array, ct);
            n += {|ZCS0003:array[0]|};
        }
        """);

    [Fact]
    public Task Reading_ahead_into_a_second_buffer_is_fine() => Check.IsSilent("""
        var second = new byte[array.Length];
        var ahead = socket.ReceiveAsync(array, ct);
        while (await ahead > 0)
        {
            (array, second) = (second, array);
            ahead = socket.ReceiveAsync(array, ct);
            n += second[0];
        }
        """);

    [Theory]
    [InlineData("{|ZCS0003:lease.Read()|}.CopyTo(array);")]
    [InlineData("array = {|ZCS0003:lease.Memory|}.ToArray();")]
    [InlineData("{|ZCS0003:lease.Dispose()|};")]
    [InlineData("{|ZCS0003:span.CopyTo(array)|};")]
    [InlineData("n = {|ZCS0003:span[0]|};")]
    [InlineData("foreach (var each in {|ZCS0003:span|}) n += each;")]
    [InlineData("n = BinaryPrimitives.ReadInt32BigEndian({|ZCS0003:span|});")]
    [InlineData("n = {|ZCS0003:memory.Span|}[0];")]
    [InlineData("await other.SendZeroCopyAsync({|ZCS0003:memory|}, ct);")]
    [InlineData("var copy = lease; {|ZCS0003:copy.Read()|}.CopyTo(array);")]
    public Task A_receive_lease_given_back_receives_again(string use) => Check.Reports($$"""
        var lease = await socket.ReceiveLeasedAsync(ct);
        var span = lease.Read();
        var memory = lease.Memory;
        lease.Dispose();
        {{use}}
        """);

    [Theory]
    [InlineData("n = lease.Length;")]
    [InlineData("n = span.Length + memory.Length;")]
    [InlineData("if (lease == default || lease.Equals(lease)) n = lease.GetHashCode();")]
    [InlineData("lease = await socket.ReceiveLeasedAsync(ct); lease.Read().CopyTo(array); lease.Dispose();")]
    public Task What_does_not_touch_its_bytes_is_fine(string use) => Check.IsSilent($$"""
        var lease = await socket.ReceiveLeasedAsync(ct);
        var span = lease.Read();
        var memory = lease.Memory;
        lease.Dispose();
        {{use}}
        """);

    [Fact]
    public Task A_lease_read_before_it_ends_is_fine() => Check.IsSilent("""
        while (true)
        {
            using var lease = await socket.ReceiveLeasedAsync(ct);
            if (lease.Length == 0)
            {
                break;
            }

            lease.Read().CopyTo(array);
            await other.SendAndRecycleAsync(lease.Memory, ct);
        }
        """);

    [Fact]
    public Task A_lease_that_outlives_its_using_through_a_span_is_reported() => Check.Reports("""
        ReadOnlyMemory<byte> last = default;
        using (var lease = await socket.ReceiveLeasedAsync(ct))
        {
            last = lease.Memory;
        }

        n = {|ZCS0003:last.Span|}[0];
        """);

    [Fact]
    public Task A_lease_sent_on_and_disposed_in_flight_is_fine() => Check.IsSilent("""
        using var lease = await socket.ReceiveLeasedAsync(ct);
        await other.SendZeroCopyAsync(lease.Memory, ct);
        """);
}
