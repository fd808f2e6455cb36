namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>ZCS0002: memory that goes with something else while the kernel owns it. Arrays and owners are in <see cref="MemoryTests"/>.</summary>
public class LifetimeTests
{
    [Theory]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First); {|ZCS0002:reader.AdvanceTo(result.Buffer.End)|};")]
    [InlineData("var bytes = result.Buffer; await socket.SendZeroCopyAsync(bytes.First); {|ZCS0002:reader.AdvanceTo(bytes.End)|};")]
    [InlineData("foreach (var part in result.Buffer) await socket.SendZeroCopyAsync(part); {|ZCS0002:reader.AdvanceTo(result.Buffer.End)|};")]
    [InlineData("var bytes = result.Buffer.Slice(0, 10); await socket.SendZeroCopyAsync(bytes.First); {|ZCS0002:reader.AdvanceTo(bytes.End)|};")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First); {|ZCS0002:reader.AdvanceTo(result.Buffer.GetPosition(3))|};")]
    [InlineData("var position = result.Buffer.GetPosition(3); await socket.SendZeroCopyAsync(result.Buffer.First); {|ZCS0002:reader.AdvanceTo(position)|};")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.Slice(0, 10).First); var rest = result.Buffer.Slice(10); {|ZCS0002:reader.AdvanceTo(rest.Start, rest.End)|};")]
    [InlineData("if (result.Buffer.PositionOf((byte)10) is { } end) { await socket.SendZeroCopyAsync(result.Buffer.Slice(0, end).First); {|ZCS0002:reader.AdvanceTo(end)|}; }")]
    [InlineData("if (result.Buffer.PositionOf((byte)10) is { } end) { await socket.SendZeroCopyAsync(result.Buffer.Slice(0, end).First); {|ZCS0002:reader.AdvanceTo(result.Buffer.GetPosition(1, end))|}; }")]
    [InlineData("if (reader.TryRead(out var more)) { await socket.SendZeroCopyAsync(more.Buffer.First); {|ZCS0002:reader.AdvanceTo(more.Buffer.End)|}; }")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First); {|ZCS0002:reader.Complete()|};")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First); await {|ZCS0002:reader.CompleteAsync()|};")]
    [InlineData("if (reader.TryRead(out var more)) { await socket.SendZeroCopyAsync(more.Buffer.First); {|ZCS0002:reader.Complete()|}; }")]
    public Task The_bytes_of_a_pipe_are_its_own_again_once_it_advances(string statements) => Pipe(statements);

    [Theory]
    [InlineData("await socket.SendAndRecycleAsync(result.Buffer.First); reader.AdvanceTo(result.Buffer.End);")]
    [InlineData("foreach (var part in result.Buffer) await socket.SendAndRecycleAsync(part); reader.AdvanceTo(result.Buffer.End);")]
    [InlineData("var sent = await socket.SendZeroCopyAsync(result.Buffer.First); await sent.Recycled; reader.AdvanceTo(result.Buffer.End);")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First); reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.First.ToArray()); reader.AdvanceTo(result.Buffer.End);")]
    [InlineData("var head = result.Buffer.Slice(0, 10); await socket.SendZeroCopyAsync(result.Buffer.Slice(10, 5).First); reader.AdvanceTo(head.End);")]
    [InlineData("var position = result.Buffer.GetPosition(3); await socket.SendAndRecycleAsync(result.Buffer.First); reader.AdvanceTo(position);")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.Slice(10, 5).First); reader.AdvanceTo(result.Buffer.GetPosition(10));")]
    [InlineData("await socket.SendAndRecycleAsync(result.Buffer.Slice(0, 10).First); var rest = result.Buffer.Slice(10); reader.AdvanceTo(rest.Start, rest.End);")]
    [InlineData("await socket.SendZeroCopyAsync(result.Buffer.Slice(10).First); var rest = result.Buffer.Slice(10); reader.AdvanceTo(rest.Start, rest.End);")]
    [InlineData("if (result.Buffer.PositionOf((byte)10) is { } end) { await socket.SendAndRecycleAsync(result.Buffer.Slice(0, end).First); reader.AdvanceTo(result.Buffer.GetPosition(1, end)); }")]
    [InlineData("if (result.Buffer.PositionOf((byte)10) is { } end) { await socket.SendZeroCopyAsync(result.Buffer.Slice(end).First); reader.AdvanceTo(end); }")]
    [InlineData("if (reader.TryRead(out var more)) { await socket.SendAndRecycleAsync(more.Buffer.First); reader.AdvanceTo(more.Buffer.End); }")]
    [InlineData("await socket.SendAndRecycleAsync(result.Buffer.First); reader.Complete();")]
    [InlineData("await socket.SendZeroCopyAsync(new byte[10]); await reader.CompleteAsync();")]
    public Task A_pipe_advanced_once_recycled_is_fine(string statements) => Pipe(statements);

    [Theory]
    [InlineData("await using", "var b = engine.Rent(10);", "{|ZCS0002:engine.DisposeAsync()|}")]
    [InlineData("", "var b = await engine.RentAsync(10);", "{|ZCS0002:engine.DisposeAsync()|}")]
    public Task An_engine_disposed_in_flight_takes_the_buffer_along(string use, string rent, string dispose) => Engine($$"""
        {{use}} var engine = ZeroCopyEngine.Create();
        {{rent}}
        await socket.SendZeroCopyAsync(b);
        await {{dispose}};
        """);

    [Theory]
    [InlineData("await socket.SendAndRecycleAsync(b); await engine.DisposeAsync();")]
    [InlineData("await socket.SendZeroCopyAsync(b); await socket.DisposeAsync(); await engine.DisposeAsync();")]
    [InlineData("await using (socket) { await socket.SendZeroCopyAsync(b); } await engine.DisposeAsync();")]
    [InlineData("await socket.SendZeroCopyAsync(b); await other.DisposeAsync();")]
    [InlineData("await socket.SendZeroCopyAsync(b); await Close(socket); await engine.DisposeAsync();")]
    public Task An_engine_disposed_when_nothing_is_in_flight_is_fine(string statements) => Engine($$"""
        var engine = ZeroCopyEngine.Create();
        var other = ZeroCopyEngine.Create();
        var b = engine.Rent(10);
        {{statements}}
        """);

    [Fact]
    public Task An_engine_that_goes_with_its_using_goes_last() => Engine("""
        await using var engine = ZeroCopyEngine.Create();
        using var b = engine.Rent(10);
        await socket.SendZeroCopyAsync(b);
        """);

    [Fact]
    public Task Memory_on_the_stack_is_gone_when_the_method_returns() => Unsafe("""
        Task Bad()
        {
            byte* bytes = stackalloc byte[100];
            var manager = new Pointed(bytes, 100);
            return {|ZCS0002:socket.SendAndRecycleAsync(manager.Memory)|}.AsTask();
        }

        void Good()
        {
            byte* bytes = stackalloc byte[100];
            var manager = new Pointed(bytes, 100);
            socket.SendAndRecycleAsync(manager.Memory).AsTask().Wait();
        }
        """);

    [Fact]
    public Task Pinned_memory_moves_once_its_fixed_block_is_left() => Unsafe("""
        void Bad(byte[] array)
        {
            Task sending;
            fixed (byte* bytes = array)
            {
                var manager = new Pointed(bytes, array.Length);
                sending = {|ZCS0002:socket.SendAndRecycleAsync(manager.Memory)|}.AsTask();
            }

            sending.Wait();
        }

        void Good(byte[] array)
        {
            fixed (byte* bytes = array)
            {
                var manager = new Pointed(bytes, array.Length);
                socket.SendAndRecycleAsync(manager.Memory).AsTask().Wait();
            }
        }

        void Pinned_by_the_send_itself(byte[] array)
        {
            Task sending;
            fixed (byte* bytes = array)
            {
                bytes[0] = 1;
                sending = socket.SendAndRecycleAsync(array).AsTask();
            }

            sending.Wait();
        }
        """);

    private static Task Pipe(string statements) => Check.Program(Programs.Usings + $$"""
        class Program
        {
            static async Task M(ZeroCopySocket socket, System.IO.Pipelines.PipeReader reader)
            {
                while (true)
                {
                    var result = await reader.ReadAsync();
                    {{statements}}
                    if (result.IsCompleted) return;
                }
            }
        }
        """).RunAsync();

    private static Task Engine(string statements) => Check.Program(Programs.Usings + $$"""
        class Program
        {
            static Task Close(ZeroCopySocket socket) => socket.DisposeAsync().AsTask();

            static async Task M(ZeroCopySocket socket)
            {
                {{statements}}
            }
        }
        """).RunAsync();

    private static Task Unsafe(string members) => Check.Program(Programs.Usings + $$"""
        unsafe class Program(ZeroCopySocket socket)
        {
            sealed class Pointed(byte* bytes, int length) : MemoryManager<byte>
            {
                public override Span<byte> GetSpan() => new(bytes, length);
                public override MemoryHandle Pin(int elementIndex = 0) => new(bytes + elementIndex);
                public override void Unpin() { }
                protected override void Dispose(bool disposing) { }
            }

            {{members}}
        }
        """).RunAsync();
}
