using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>The kinds of bodies, each of which has a graph of its own.</summary>
public class FunctionTests
{
    private const string Write = "_ = socket.SendZeroCopyAsync(mine); [|mine.Edit()|][0] = 1;";
    private const string Fixed = "socket.SendAndRecycleAsync(mine).AsTask().Wait(); mine.Edit()[0] = 1;";

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task A_lambda(string use) => Run($$"""
        Action<BufferLease> action = mine => { {{use}} };
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task An_asynchronous_lambda(string use) => Run($$"""
        await Task.Run(async () => { await Task.Yield(); using var mine = socket.Rent(10); {{use}} });
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task A_local_function_before_and_after_its_use(string use) => Run($$"""
        void Before(BufferLease mine) { {{use}} }
        Before(b);
        After(b);
        void After(BufferLease mine) { {{use}} }
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task Functions_nested_three_deep(string use) => Run($$"""
        void One()
        {
            Action two = () =>
            {
                void Three() { var mine = socket.Rent(1); {{use}} }
                Three();
            };
            two();
        }

        One();
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task An_iterator(string use) => RunMember($$"""
        IEnumerable<int> M(ZeroCopySocket socket, BufferLease mine)
        {
            yield return 1;
            {{use}}
            yield return 2;
        }
        """);

    [Fact]
    public Task An_iterator_that_goes_round() => RunMember("""
        IEnumerable<int> M(ZeroCopySocket socket, BufferLease mine)
        {
            while (true)
            {
                [|mine.Edit()|][0] = 1;
                _ = socket.SendZeroCopyAsync(mine);
                yield return 2;
            }
        }
        """);

    [Theory]
    [InlineData("await socket.SendZeroCopyAsync(mine); [|mine.Edit()|][0] = 1;")]
    [InlineData("await socket.SendAndRecycleAsync(mine); mine.Edit()[0] = 1;")]
    public Task An_asynchronous_iterator(string use) => RunMember($$"""
        async IAsyncEnumerable<int> M(ZeroCopySocket socket, BufferLease mine)
        {
            for (var i = 0; i < 3; i++)
            {
                {{use}}
                yield return i;
            }
        }
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task Constructors_properties_operators_and_finalizers(string use) => RunMember($$"""
        static ZeroCopySocket socket = null!;
        Program() : this(1) { var mine = socket.Rent(1); {{use}} }
        Program(int n) { var mine = socket.Rent(n); {{use}} }
        ~Program() { var mine = socket.Rent(1); {{use}} }
        int P { get { var mine = socket.Rent(1); {{use}} return 1; } set { var mine = socket.Rent(value); {{use}} } }
        int this[int i] { get { var mine = socket.Rent(1); {{use}} return 1; } }
        public static Program operator +(Program a, BufferLease mine) { {{use}} return a; }
        """);

    [Theory]
    [InlineData(Write)]
    [InlineData(Fixed)]
    public Task Initializers_of_fields_and_properties(string use) => RunMember($$"""
        static ZeroCopySocket socket = null!;
        Action<BufferLease> field = mine => { {{use}} };
        Action<BufferLease> Property { get; } = mine => { {{use}} };
        """);

    [Fact]
    public Task An_expression_body() => RunMember("""
        async Task<int> M(ZeroCopySocket socket, byte[] mine) =>
            (await socket.SendZeroCopyAsync(mine)).BytesSent + ([|mine[0]|] = 1);

        async Task N(ZeroCopySocket socket, byte[] mine) => await socket.SendAndRecycleAsync(mine);
        """);

    [Fact]
    public Task A_parameter_of_a_primary_constructor_is_a_field() => Check.Program(Programs.Usings + """
        class Sender(ZeroCopySocket socket, BufferLease mine)
        {
            void M()
            {
                _ = socket.SendZeroCopyAsync(mine);
                mine.Edit()[0] = 1;
                var local = mine;
                _ = socket.SendZeroCopyAsync(local);
                [|local.Edit()|][0] = 1;
            }
        }
        """).RunAsync();

    [Fact]
    public Task A_generic_method_over_messages() => RunMember("""
        async Task M<T>(ZeroCopySocket socket, T message, BufferLease mine) where T : unmanaged, IWireLayout<T>
        {
            T.Encode(message, mine.Edit());
            var sent = await socket.SendZeroCopyAsync(mine);
            T.Encode(message, [|mine.Edit()|]);
            await sent.Recycled;
            T.Encode(message, mine.Edit());
            await socket.SendZeroCopyAsync(message);
        }
        """);

    [Fact]
    public async Task Top_level_statements()
    {
        var test = Check.Program(Programs.Usings + """
            await using var socket = await ZeroCopySocket.ConnectAsync(null!);
            using var mine = socket.Rent(10);
            var sent = await socket.SendZeroCopyAsync(mine);
            [|mine.Edit()|][0] = 1;
            await sent.Recycled;
            mine.Edit()[0] = 1;
            """);
        test.TestState.OutputKind = OutputKind.ConsoleApplication;
        await test.RunAsync();
    }

    [Fact]
    public Task A_program_that_does_not_lend_is_silent() => RunMember("""
        void M(BufferLease mine, byte[] array)
        {
            mine.Edit()[0] = 1;
            array[0] = 1;
            foreach (var each in array) { mine.Edit()[0] = each; }
        }
        """);

    /// <summary>A function is followed for the sake of a call whose task it keeps, though not for one it awaits at once.</summary>
    [Theory]
    [InlineData("await socket.SendAndRecycleAsync(mine); mine[0] = 1;")]
    [InlineData("await socket.SendAndRecycleAsync(mine).ConfigureAwait(false); mine[0] = 1;")]
    [InlineData("await socket.ReceiveAsync(mine.AsMemory()); mine[0] = 1;")]
    [InlineData("await socket.SendAndRecycleAsync(mine).ConfigureAwait(([|mine[0]|] = 1) == 1);")]
    [InlineData("var sent = socket.SendAndRecycleAsync(mine); [|mine[0]|] = 1; await sent;")]
    [InlineData("var sent = socket.SendAndRecycleAsync(mine).ConfigureAwait(false); [|mine[0]|] = 1; await sent;")]
    [InlineData("await Task.WhenAll(socket.SendAndRecycleAsync(mine).AsTask(), Task.FromResult([|mine[0]|] = 1));")]
    [InlineData("var read = socket.ReceiveAsync(mine.AsMemory()); {|ZCS0003:mine[0]|} = 1; await read;")]
    [InlineData("var sent = socket.SendAndRecycleAsync(mine); await sent; {|ZCS0005:await sent|};")]
    [InlineData("await socket.SendZeroCopyAsync(mine); [|mine[0]|] = 1;")]
    public Task A_function_that_only_sends_and_receives(string use) => RunMember($$"""
        async Task M(ZeroCopySocket socket, byte[] mine)
        {
            {{use}}
        }
        """);

    /// <summary>Of all that a using disposes only a lease makes the function around it worth a look.</summary>
    [Theory]
    [InlineData("Action<BufferLease> inner = mine => { using (mine) { } {|ZCS0004:mine.Edit()|}[0] = 1; };")]
    [InlineData("Action<BufferLease> inner = mine => { Span<byte> left; { using var my = mine; left = my.Edit(); } {|ZCS0004:left[0]|} = 1; };")]
    [InlineData("Action<BufferLease> inner = mine => { using (var other = new MemoryStream()) { mine.Edit()[0] = 1; } mine.Edit()[0] = 1; };")]
    public Task A_lambda_that_only_disposes_with_a_using(string lambda) => RunMember($$"""
        async Task M(ZeroCopySocket socket, BufferLease sent)
        {
            {{lambda}}
            await socket.SendZeroCopyAsync(sent);
        }
        """);

    [Fact]
    public async Task A_program_without_the_library_is_silent()
    {
        var test = new Check.OwnershipTest("class Program { void M(byte[] a) { a[0] = 1; } }");
        test.TestState.Sources.RemoveAt(1);
        test.TestState.AdditionalReferences.RemoveAt(test.TestState.AdditionalReferences.Count - 1);
        await test.RunAsync();
    }

    private static Task Run(string statements) => Check.Program(Programs.InMethod(statements)).RunAsync();

    private static Task RunMember(string members) => Check.Program($$"""
        {{Programs.Usings}}
        class Program
        {
            {{members}}
        }
        """).RunAsync();
}
