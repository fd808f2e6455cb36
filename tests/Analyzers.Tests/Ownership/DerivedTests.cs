namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>Writes through something taken from the lease before it was sent, and through other names of it.</summary>
public class DerivedTests
{
    [Theory]
    [InlineData("var w = tick.Edit();", "[|w.Sequence|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Sequence|] += 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Sequence|]++;")]
    [InlineData("var w = tick.Edit();", "--[|w.Sequence|];")]
    [InlineData("var w = tick.Edit();", "[|w[2]|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Header.Kind|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Header.Size|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Header|] = default;")]
    [InlineData("var w = tick.Edit();", "ref var h = ref w.Header; [|h.Kind|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Text[0]|] = 1;")]
    [InlineData("var w = tick.Edit();", "[|w.Text.Fill(0)|];")]
    [InlineData("var w = tick.Edit();", "[|w.Quantity|] = x ? 1u : 2u;")]
    [InlineData("var w = tick.Edit();", "([|w.Quantity|], n) = (1u, 2);")]
    [InlineData("var w = tick.Edit(); var v = w;", "[|v.Sequence|] = 1;")]
    [InlineData("ref var h = ref tick.Head;", "[|h.Kind|] = 1;")]
    [InlineData("ref var h = ref tick.Head;", "[|h|] = new Header();")]
    [InlineData("ref var k = ref tick.Head.Kind;", "[|k|]++;")]
    public Task A_writer_taken_before_the_send_writes_in_flight(string before, string after) => Check.Reports($$"""
        {{before}}
        _ = socket.SendZeroCopyAsync(tick);
        {{after}}
        """);

    [Theory]
    [InlineData("[|s[0]|] = 1;")]
    [InlineData("[|s[n]|] ^= 1;")]
    [InlineData("[|s[^1]|] = 1;")]
    [InlineData("[|s[0]|]++;")]
    [InlineData("[|s.Clear()|];")]
    [InlineData("[|s.Fill(1)|];")]
    [InlineData("array.CopyTo([|s|]);")]
    [InlineData("array.AsSpan().CopyTo([|s|]);")]
    [InlineData("array.AsSpan().TryCopyTo([|s[1..]|]);")]
    [InlineData("BinaryPrimitives.WriteInt32BigEndian([|s.Slice(4)|], n);")]
    [InlineData("var part = s[2..4]; [|part[0]|] = 1;")]
    [InlineData("var part = s.Slice(n, 4); [|part[0]|] = 1;")]
    [InlineData("foreach (ref var each in s) { [|each|] = 1; }")]
    [InlineData("ref var first = ref s[0]; [|first|] = 1;")]
    [InlineData("ref var first = ref MemoryMarshal.GetReference(s); [|first|] = 1;")]
    [InlineData("[|MemoryMarshal.Cast<byte, int>(s)[0]|] = 1;")]
    [InlineData("MemoryMarshal.Write([|s|], in n);")]
    [InlineData("Random.Shared.NextBytes([|s|]);")]
    [InlineData("System.Text.Encoding.ASCII.GetBytes(\"x\", [|s|]);")]
    [InlineData("n.TryFormat([|s|], out _);")]
    [InlineData("using var stream = new MemoryStream(); stream.ReadExactly([|s|]);")]
    [InlineData("([|s[0]|], [|s[1]|]) = (s[1], s[0]);")]
    [InlineData("int.TryParse(\"1\", out n); byte.TryParse(\"1\", out [|s[0]|]);")]
    [InlineData("[|s[0]|] = x ? (byte)1 : (byte)2;")]
    [InlineData("([|x ? ref s[0] : ref s[1]|]) = 1;")]
    public Task A_span_taken_before_the_send_writes_in_flight(string after) => Check.Reports($$"""
        var s = b.Edit();
        _ = socket.SendZeroCopyAsync(b);
        {{after}}
        """);

    [Theory]
    [InlineData("n = s[0] + s[^1];")]
    [InlineData("s.CopyTo(array);")]
    [InlineData("array = s.ToArray(); array[0] = 1;")]
    [InlineData("n = s.IndexOf((byte)1) + s.Length;")]
    [InlineData("n = BinaryPrimitives.ReadInt32BigEndian(s);")]
    [InlineData("foreach (var each in s) { n += each; }")]
    [InlineData("var copy = s[0]; copy = 2;")]
    [InlineData("ref var first = ref s[0]; n = first;")]
    [InlineData("s = array; s[0] = 1;")]
    public Task A_span_taken_before_the_send_may_be_read(string after) => Check.IsSilent($$"""
        var s = b.Edit();
        _ = socket.SendZeroCopyAsync(b);
        {{after}}
        """);

    [Fact]
    public Task A_span_written_before_the_send_is_fine() => Check.IsSilent("""
        var s = b.Edit();
        s[0] = 1;
        s.Slice(2).Fill(3);
        var w = tick.Edit();
        w.Sequence = 1;
        w.Header.Kind = 2;
        _ = socket.SendZeroCopyAsync(b);
        _ = socket.SendZeroCopyAsync(tick);
        """);

    [Fact]
    public Task A_copy_of_the_lease_is_the_same_buffer() => Check.Reports("""
        var copy = b;
        _ = socket.SendZeroCopyAsync(b);
        [|copy.Edit()|][0] = 1;
        """);

    [Fact]
    public Task A_lease_sent_by_the_name_of_its_copy_is_the_same_buffer() => Check.Reports("""
        var copy = b;
        var sent = await socket.SendZeroCopyAsync(copy);
        [|b.Edit()|][0] = 1;
        await sent.Recycled;
        b.Edit()[0] = 1;
        copy.Edit()[0] = 1;
        """);

    [Fact]
    public Task A_copy_through_a_tuple_or_pattern_is_the_same_buffer() => Check.Reports("""
        var pair = (Lease: b, n);
        var (copy, _) = pair;
        if (b is var again && again is { Length: > 0 } third)
        {
            _ = socket.SendZeroCopyAsync(pair.Lease);
            [|b.Edit()|][0] = 1;
            [|copy.Edit()|][0] = 1;
            [|again.Edit()|][0] = 1;
        }
        """);

    [Fact]
    public Task A_reference_to_the_lease_is_the_same_buffer() => Check.IsSilent("""
        ref var alias = ref b;
        _ = socket.SendZeroCopyAsync(tick);
        alias.Edit()[0] = 1;
        """);

    [Fact]
    public Task Elements_at_constant_positions_are_told_apart() => Check.Reports("""
        var bufs = new[] { socket.Rent(100), socket.Rent(100) };
        await socket.SendZeroCopyAsync(bufs[0]);
        bufs[1].Edit()[0] = 1;
        [|bufs[0].Edit()|][0] = 1;
        """);

    [Fact]
    public Task An_element_at_an_unknown_position_is_silent() => Check.IsSilent("""
        var bufs = new[] { socket.Rent(100), socket.Rent(100) };
        await socket.SendZeroCopyAsync(bufs[n]);
        bufs[1].Edit()[0] = 1;
        bufs[0].Edit()[0] = 1;
        bufs[n].Edit()[0] = 1;
        """);

    [Fact]
    public Task An_element_replaced_is_another_buffer() => Check.IsSilent("""
        var bufs = new BufferLease[2];
        bufs[0] = socket.Rent(100);
        await socket.SendZeroCopyAsync(bufs[0]);
        bufs[0] = socket.Rent(100);
        bufs[0].Edit()[0] = 1;
        """);

    [Fact]
    public Task A_message_copied_out_is_the_users_own() => Check.IsSilent("""
        var head = tick.Head;
        _ = socket.SendZeroCopyAsync(tick);
        head.Kind = 1;
        head.Size = 2;
        var copy = head with { Kind = 3 };
        copy.Kind++;
        """);

    [Fact]
    public Task An_object_initializer_that_writes_is_reported() => Check.Reports("""
        var head = new Header { Kind = 1, Size = n > 3 ? 1 : 2 };
        _ = socket.SendZeroCopyAsync(tick);
        [|tick.Head|] = head;
        [|tick.Head|] = new Header { Kind = x ? 1 : 2 };
        [|tick.Head|].Size = 3;
        """);

    [Fact]
    public Task One_mistake_is_reported_once() => Check.Reports("""
        _ = socket.SendZeroCopyAsync(tick);
        var w = [|tick.Edit()|];
        w.Sequence = 1;
        w.Quantity = 2;
        """);
}
