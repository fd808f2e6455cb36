using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>What a report says and where it points.</summary>
public class ReportTests
{
    [Fact]
    public Task The_send_is_an_additional_location_and_named_with_its_line() => Expect(
        """
        using var mine = socket.RentTick();
        var sent = await {|#1:socket.SendZeroCopyAsync(mine)|};
        {|#0:mine.Edit()|}.Sequence = 3;
        await sent.Recycled;
        """,
        Check.Diagnostic().WithArguments("mine", "", "SendZeroCopyAsync", LineInMethod(2), "await its receipt's 'Recycled'"));

    [Fact]
    public Task The_message_reads_as_a_sentence() => Expect(
        """
        using var mine = socket.RentTick();
        var sent = await {|#1:socket.SendZeroCopyAsync(mine)|};
        {|#0:mine.Edit()|}.Sequence = 3;
        """,
        Check.Diagnostic().WithMessage(
            $"Buffer 'mine' is written while the kernel owns it: the send 'SendZeroCopyAsync' on line {LineInMethod(2)} "
            + "has not been recycled; await its receipt's 'Recycled' first"));

    [Fact]
    public Task A_write_before_the_send_in_a_loop_is_in_a_later_iteration() => Expect(
        """
        while (Test())
        {
            {|#0:b.Edit()|}[0] = 1;
            await {|#1:socket.SendZeroCopyAsync(b)|};
        }
        """,
        Check.Diagnostic().WithArguments(
            "b", " in a later iteration", "SendZeroCopyAsync", LineInMethod(4), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task A_write_reached_only_by_the_next_round_is_in_a_later_iteration() => Expect(
        """
        while (true)
        {
            if (Test())
            {
                await {|#1:socket.SendZeroCopyAsync(b)|};
                continue;
            }

            {|#0:b.Edit()|}[0] = 1;
            return;
        }
        """,
        Check.Diagnostic().WithArguments(
            "b", " in a later iteration", "SendZeroCopyAsync", LineInMethod(5), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task A_write_after_the_send_in_a_loop_is_in_this_one() => Expect(
        """
        while (Test())
        {
            await {|#1:socket.SendZeroCopyAsync(b)|};
            {|#0:b.Edit()|}[0] = 1;
        }
        """,
        Check.Diagnostic().WithArguments("b", "", "SendZeroCopyAsync", LineInMethod(3), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task A_write_after_the_loop_is_in_no_iteration() => Expect(
        """
        while (Test())
        {
            await {|#1:socket.SendZeroCopyAsync(b)|};
        }

        {|#0:b.Edit()|}[0] = 1;
        """,
        Check.Diagnostic().WithArguments("b", "", "SendZeroCopyAsync", LineInMethod(3), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task Every_send_in_flight_is_an_additional_location() => Expect(
        """
        if (x)
        {
            await {|#1:socket.SendZeroCopyAsync(b)|};
        }

        await {|#2:other.SendZeroCopyAsync(b)|};
        {|#0:b.Edit()|}[0] = 1;
        """,
        Check.Diagnostic(sends: 2).WithArguments(
            "b", "", "SendZeroCopyAsync", LineInMethod(3), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task A_send_that_is_recycled_is_no_additional_location() => Expect(
        """
        var first = await socket.SendZeroCopyAsync(b);
        await {|#1:other.SendZeroCopyAsync(b)|};
        await first.Recycled;
        {|#0:b.Edit()|}[0] = 1;
        """,
        Check.Diagnostic().WithArguments("b", "", "SendZeroCopyAsync", LineInMethod(2), "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task Without_a_receipt_the_task_is_to_be_awaited() => Expect(
        """
        var task = {|#1:socket.SendAndRecycleAsync(b)|};
        {|#0:b.Edit()|}[0] = 1;
        """,
        Check.Diagnostic().WithArguments("b", "", "SendAndRecycleAsync", LineInMethod(1), "await its task"));

    [Fact]
    public Task The_buffer_is_named_as_it_was_lent_whatever_writes_it() => Expect(
        """
        Memory<byte> memory = array;
        var span = memory.Span;
        var task = {|#1:socket.SendZeroCopyAsync(memory.Slice(0, 10), ct)|};
        {|#0:span[3]|} = 1;
        """,
        Check.Diagnostic().WithArguments("memory", "", "SendZeroCopyAsync", LineInMethod(3), "await its receipt's 'Recycled'"));

    [Fact]
    public Task An_array_given_back_is_said_to_be_returned() => Expect(
        """
        await {|#1:socket.SendZeroCopyAsync(array.AsMemory(0, 10))|};
        {|#0:ArrayPool<byte>.Shared.Return(array)|};
        """,
        Check.Diagnostic(rule: OwnershipRules.GivenUpWhileInFlight).WithArguments(
            "array", "returned to its pool", "", $"send 'SendZeroCopyAsync' on line {LineInMethod(1)} has not been recycled", "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task An_owner_disposed_is_said_to_give_it_up() => Expect(
        """
        using var {|#0:owner|} = MemoryPool<byte>.Shared.Rent(10);
        await {|#1:socket.SendZeroCopyAsync(owner.Memory)|};
        """,
        Check.Diagnostic(rule: OwnershipRules.GivenUpWhileInFlight).WithArguments(
            "owner", "given up by its owner", "", $"send 'SendZeroCopyAsync' on line {LineInMethod(2)} has not been recycled", "keep its receipt and await 'Recycled'"));

    [Fact]
    public Task A_receive_that_is_outstanding_is_told_from_a_send() => Expect(
        """
        var receiving = {|#1:socket.ReceiveAsync(array)|};
        n = {|#0:array[0]|};
        await receiving;
        """,
        Check.Diagnostic(rule: OwnershipRules.ReceiveBufferNotOwned).WithArguments(
            "array", "read", "", $"the receive 'ReceiveAsync' on line {LineInMethod(1)} has not completed; await its task first"));

    [Fact]
    public Task A_receive_lease_used_after_its_end_was_given_back() => Expect(
        """
        var lease = await socket.ReceiveLeasedAsync();
        {|#1:lease.Dispose()|};
        {|#0:lease.Read()|}.CopyTo(array);
        """,
        Check.Diagnostic(rule: OwnershipRules.ReceiveBufferNotOwned).WithArguments(
            "lease", "read", "", $"it was given back on line {LineInMethod(2)}"));

    [Fact]
    public Task A_lease_used_after_its_end_is_said_to_be_disposed() => Expect(
        """
        while (Test())
        {
            {|#0:b.Edit()|}[0] = 1;
            {|#1:b.Dispose()|};
            b.Equals(b);
            if (x) continue;
            return;
        }
        """,
        Check.Diagnostic(rule: OwnershipRules.LeaseUsedAfterEnd).WithArguments("b", "written", " in a later iteration", "disposed", LineInMethod(4)),
        new DiagnosticResult(OwnershipRules.LeaseUsedAfterEnd).WithLocation(1).WithLocation(1).WithArguments("b", "disposed again", " in a later iteration", "disposed", LineInMethod(4)));

    [Fact]
    public Task A_lease_disposed_twice_is_said_to_be() => Expect(
        """
        using var {|#0:mine|} = socket.Rent(10);
        if (x) {|#1:mine.Dispose()|};
        """,
        Check.Diagnostic(rule: OwnershipRules.LeaseUsedAfterEnd).WithArguments("mine", "disposed again", "", "disposed", LineInMethod(2)));

    [Fact]
    public Task A_task_awaited_twice_is_named() => Expect(
        """
        var task = socket.SendZeroCopyAsync(b);
        {|#1:await task|};
        {|#0:await task.ConfigureAwait(false)|};
        """,
        Check.Diagnostic(rule: OwnershipRules.AwaitedTwice).WithArguments("task", "", LineInMethod(2)));

    [Fact]
    public async Task A_lease_that_is_not_disposed_is_named()
    {
        var test = Check.Program(Programs.InMethod("""
            var mine = {|#0:socket.Rent(10)|};
            var waited = {|#1:await socket.RentAsync(10)|};
            {|#2:socket.RentTick()|}.Edit();
            """));
        test.DisabledDiagnostics.Clear();
        string[] names = ["mine", "waited", "socket.RentTick()"];
        test.ExpectedDiagnostics.AddRange(names.Select((name, mark) =>
            new DiagnosticResult(OwnershipRules.LeaseNotDisposed).WithLocation(mark).WithArguments(name)));
        await test.RunAsync();
    }

    [Theory]
    [InlineData("ZCS0001", DiagnosticSeverity.Warning)]
    [InlineData("ZCS0002", DiagnosticSeverity.Warning)]
    [InlineData("ZCS0003", DiagnosticSeverity.Warning)]
    [InlineData("ZCS0004", DiagnosticSeverity.Warning)]
    [InlineData("ZCS0005", DiagnosticSeverity.Warning)]
    [InlineData("ZCS0006", DiagnosticSeverity.Info)]
    public void What_corrupts_is_a_warning_and_what_wastes_a_suggestion(string id, DiagnosticSeverity severity)
    {
        var rule = Assert.Single(new OwnershipAnalyzer().SupportedDiagnostics, rule => rule.Id == id);
        Assert.Equal("ZeroCopySockets.Ownership", rule.Category);
        Assert.Equal(severity, rule.DefaultSeverity);
        Assert.True(rule.IsEnabledByDefault);
    }

    [Fact]
    public Task A_pragma_silences_it() => Check.IsSilent("""
        _ = socket.SendZeroCopyAsync(b);
        #pragma warning disable ZCS0001
        b.Edit()[0] = 1;
        #pragma warning restore ZCS0001
        """);

    [Fact]
    public Task A_pragma_elsewhere_does_not() => Check.Reports("""
        #pragma warning disable ZCS0001
        _ = socket.SendZeroCopyAsync(b);
        #pragma warning restore ZCS0001
        [|b.Edit()|][0] = 1;
        """);

    [Theory]
    [InlineData("error", DiagnosticSeverity.Error)]
    [InlineData("suggestion", DiagnosticSeverity.Info)]
    [InlineData("none", null)]
    public async Task One_line_of_editorconfig_sets_its_severity(string configured, DiagnosticSeverity? expected)
    {
        var config = AnalyzerConfig.Parse($"root = true\n[*.cs]\ndotnet_diagnostic.ZCS0001.severity = {configured}\n", "/.editorconfig");
        var tree = CSharpSyntaxTree.ParseText(
            Programs.InMethod("await socket.SendZeroCopyAsync(b); b.Edit()[0] = 1;"), path: "/Program.cs");
        var compilation = CSharpCompilation.Create(
            "Program",
            [tree, CSharpSyntaxTree.ParseText(Programs.Tick)],
            Check.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
                .WithSyntaxTreeOptionsProvider(new ConfiguredSeverities(AnalyzerConfigSet.Create(new[] { config }))));
        var diagnostics = await compilation.WithAnalyzers([new OwnershipAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        Assert.Equal(expected, diagnostics.SingleOrDefault()?.Severity);
    }

    [Fact]
    public async Task Generated_code_is_skipped()
    {
        var test = Check.Program("// <auto-generated/>\n" + Programs.InMethod("""
            await socket.SendZeroCopyAsync(b);
            b.Edit()[0] = 1;
            """));
        await test.RunAsync();
    }

    /// <summary>The line in the file of a line of the statements.</summary>
    private static int LineInMethod(int line)
    {
        const string Mark = "/*here*/";
        return Programs.InMethod(Mark).Split('\n').TakeWhile(l => !l.Contains(Mark, StringComparison.Ordinal)).Count() + line;
    }

    private static async Task Expect(string statements, params DiagnosticResult[] expected)
    {
        var test = Check.Program(Programs.InMethod(statements));
        test.ExpectedDiagnostics.AddRange(expected);
        await test.RunAsync();
    }

    /// <summary>Gives each file the options of its .editorconfig, as the compiler's command line does.</summary>
    private sealed class ConfiguredSeverities(AnalyzerConfigSet configs) : SyntaxTreeOptionsProvider
    {
        public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken) => GeneratedKind.Unknown;

        public override bool TryGetDiagnosticValue(
            SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity) =>
            configs.GetOptionsForSourcePath(tree.FilePath).TreeOptions.TryGetValue(diagnosticId, out severity);

        public override bool TryGetGlobalDiagnosticValue(
            string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
        {
            severity = default;
            return false;
        }
    }
}
