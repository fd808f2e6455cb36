namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>The caller's own memory, given to the byte-level send.</summary>
public class MemoryTests
{
    [Theory]
    [InlineData("[|array[0]|] = 1;")]
    [InlineData("[|array[n]|]++;")]
    [InlineData("[|array[^1]|] = 1;")]
    [InlineData("Array.Clear([|array|]);")]
    [InlineData("Array.Fill([|array|], (byte)1);")]
    [InlineData("Array.Copy(new byte[4], [|array|], 4);")]
    [InlineData("Buffer.BlockCopy(new byte[4], 0, [|array|], n, 4);")]
    [InlineData("new byte[4].CopyTo([|array|], 0);")]
    [InlineData("[|array.AsSpan().Clear()|];")]
    [InlineData("[|array.AsSpan(3, 2)[0]|] = 1;")]
    [InlineData("[|array.AsMemory().Span[0]|] = 1;")]
    [InlineData("Span<byte> s = array; [|s[0]|] = 1;")]
    [InlineData("var copy = array; [|copy[0]|] = 1;")]
    [InlineData("{|ZCS0002:ArrayPool<byte>.Shared.Return(array)|};")]
    [InlineData("{|ZCS0002:ArrayPool<byte>.Shared.Return(array, clearArray: true)|};")]
    [InlineData("using var stream = File.OpenRead(\"x\"); n = await stream.ReadAsync([|array|], ct);")]
    [InlineData("using var stream = File.OpenRead(\"x\"); n = stream.Read([|array|], 0, 10);")]
    [InlineData("n = await other.ReceiveAsync([|array|], ct);")]
    [InlineData("Interlocked.Exchange(ref [|array[0]|], (byte)1);")]
    [InlineData("[|new Span<byte>(array, 1, 2)[0]|] = 1;")]
    [InlineData("var segment = new ArraySegment<byte>(array, 1, 2); [|segment.AsSpan().Clear()|];")]
    [InlineData("[|array[n]|] = x ? (byte)1 : (byte)2;")]
    public Task A_write_to_an_array_in_flight_is_reported(string write) => Check.Reports($$"""
        _ = socket.SendZeroCopyAsync(array, ct);
        {{write}}
        """);

    [Theory]
    [InlineData("n = array[0] + array.Length;")]
    [InlineData("Array.Copy(array, new byte[4], 4);")]
    [InlineData("Console.WriteLine(Convert.ToHexString(array));")]
    [InlineData("array.AsSpan().CopyTo(new byte[4]);")]
    [InlineData("array = new byte[4]; array[0] = 1;")]
    [InlineData("array = ArrayPool<byte>.Shared.Rent(4); array[0] = 1; ArrayPool<byte>.Shared.Return(array);")]
    [InlineData("var part = array[1..3]; part[0] = 1;")]
    [InlineData("var copy = (byte[])array.Clone(); copy[0] = 1;")]
    [InlineData("using var stream = File.OpenWrite(\"x\"); await stream.WriteAsync(array, ct);")]
    [InlineData("await other.SendAndRecycleAsync(array);")]
    public Task An_array_in_flight_may_be_read_or_replaced(string read) => Check.IsSilent($$"""
        _ = socket.SendZeroCopyAsync(array, ct);
        {{read}}
        """);

    [Theory]
    [InlineData("array.AsMemory(0, n)", "[|array[0]|] = 1;")]
    [InlineData("array.AsMemory(0, n)", "{|ZCS0002:ArrayPool<byte>.Shared.Return(array)|};")]
    [InlineData("array.AsMemory(0, n)", "n = await new MemoryStream().ReadAsync([|array|], ct);")]
    [InlineData("array.AsMemory(0, 10)", "[|array[9]|] = 1;")]
    [InlineData("array.AsMemory(0, 10)", "[|array.AsSpan(5)[0]|] = 1;")]
    [InlineData("array.AsMemory(5)", "[|array.AsSpan(8, 2).Clear()|];")]
    [InlineData("array.AsMemory()[..n]", "[|array.AsSpan()[..4].Clear()|];")]
    [InlineData("array.AsMemory(..10)", "[|array.AsSpan(2..3).Clear()|];")]
    [InlineData("new ReadOnlyMemory<byte>(array, 0, 10)", "[|array[3]|] = 1;")]
    [InlineData("new ReadOnlyMemory<byte>(array, 0, 10)", "Array.Clear([|array|], 4, 20);")]
    public Task A_write_to_the_part_in_flight_is_reported(string lent, string write) => Check.Reports($$"""
        _ = socket.SendZeroCopyAsync({{lent}}, ct);
        {{write}}
        """);

    [Theory]
    [InlineData("array.AsMemory(0, 10)", "array[10] = 1;")]
    [InlineData("array.AsMemory(0, 10)", "array.AsSpan(10).Clear();")]
    [InlineData("array.AsMemory(5)", "array[4] = 1;")]
    [InlineData("array.AsMemory(0, n)", "array.AsSpan(n).Clear();")]
    [InlineData("array.AsMemory(0, n)", "array[n] = 1;")]
    [InlineData("array.AsMemory(0, 10)", "Array.Clear(array, 10, 20);")]
    [InlineData("array.AsMemory(0, 10)", "Array.Copy(new byte[4], 0, array, 10, 4);")]
    [InlineData("array.AsMemory(n, 10)", "array[0] = 1;")]
    public Task A_write_to_another_part_is_fine(string lent, string write) => Check.IsSilent($$"""
        _ = socket.SendZeroCopyAsync({{lent}}, ct);
        {{write}}
        """);

    [Fact]
    public Task The_parts_of_a_buffer_sent_one_after_another_are_fine() => Check.IsSilent("""
        for (var offset = 0; offset + 100 <= array.Length; offset += 100)
        {
            var part = array.AsMemory(offset, 100);
            part.Span.Clear();
            await socket.SendZeroCopyAsync(part);
        }
        """);

    [Fact]
    public Task The_part_just_sent_is_not() => Check.Reports("""
        for (var offset = 0; offset + 100 <= array.Length; offset += 100)
        {
            var part = array.AsMemory(offset, 100);
            await socket.SendZeroCopyAsync(part);
            [|part.Span.Clear()|];
        }
        """);

    [Fact]
    public Task Copying_a_stream_through_one_array_is_reported() => Check.Reports("""
        using var file = File.OpenRead("x");
        var buffer = new byte[65536];
        int count;
        while ((count = await file.ReadAsync([|buffer|], ct)) > 0)
        {
            await socket.SendZeroCopyAsync(buffer.AsMemory(0, count), ct);
        }
        """);

    [Fact]
    public Task Copying_a_stream_through_one_array_recycled_each_time_is_fine() => Check.IsSilent("""
        using var file = File.OpenRead("x");
        var buffer = new byte[65536];
        int count;
        while ((count = await file.ReadAsync(buffer, ct)) > 0)
        {
            await socket.SendAndRecycleAsync(buffer.AsMemory(0, count), ct);
        }
        """);

    [Fact]
    public Task An_array_returned_to_its_pool_in_a_finally_is_reported() => Check.Reports("""
        var rented = ArrayPool<byte>.Shared.Rent(100);
        try
        {
            await socket.SendZeroCopyAsync(rented.AsMemory(0, 10), ct);
        }
        finally
        {
            {|ZCS0002:ArrayPool<byte>.Shared.Return(rented)|};
        }
        """);

    [Fact]
    public Task An_array_returned_to_its_pool_once_recycled_is_fine() => Check.IsSilent("""
        var rented = ArrayPool<byte>.Shared.Rent(100);
        try
        {
            await socket.SendAndRecycleAsync(rented.AsMemory(0, 10), ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        """);

    [Fact]
    public Task A_memory_owner_disposed_in_flight_is_reported() => Check.Reports("""
        IMemoryOwner<byte> owner = MemoryPool<byte>.Shared.Rent(100);
        await socket.SendZeroCopyAsync(owner.Memory);
        {|ZCS0002:owner.Dispose()|};
        """);

    [Fact]
    public Task A_memory_owner_disposed_by_using_in_flight_is_reported_at_its_declaration() => Check.Reports("""
        using IMemoryOwner<byte> {|ZCS0002:owner|} = MemoryPool<byte>.Shared.Rent(100);
        await socket.SendZeroCopyAsync(owner.Memory[..10]);
        """);

    [Fact]
    public Task A_memory_owner_disposed_by_a_using_statement_in_flight_is_reported_at_its_declaration() => Check.Reports("""
        using (var {|ZCS0002:owner|} = MemoryPool<byte>.Shared.Rent(100))
        {
            await socket.SendZeroCopyAsync(owner.Memory[..10]);
        }
        """);

    [Fact]
    public Task A_memory_owner_disposed_once_recycled_is_fine() => Check.IsSilent("""
        using var owner = MemoryPool<byte>.Shared.Rent(100);
        owner.Memory.Span[0] = 1;
        await socket.SendAndRecycleAsync(owner.Memory[..10]);
        """);

    [Fact]
    public Task A_memory_writes_through_its_span() => Check.Reports("""
        Memory<byte> memory = array;
        var sent = await socket.SendZeroCopyAsync(memory);
        [|memory.Span[0]|] = 1;
        [|memory.Slice(2).Span.Fill(1)|];
        new byte[2].CopyTo([|memory|]);
        await sent.Recycled;
        memory.Span[0] = 1;
        """);
}
