using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Xunit.Abstractions;
using ZeroCopySockets.Analyzers.Ownership;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>
/// How much the analysis does, counted and not timed: operations evaluated, sends recycled and entries of states joined. Twice the method is to be twice the work, and some.
/// </summary>
public class WorkTests(ITestOutputHelper output)
{
    private const double MostForTwiceTheCode = 2.5;

    [Theory]
    [InlineData("usings in each other, each with a way out", """
        using var lease# = socket.Rent(#);
        lease#.Edit()[0] = 1;
        if (n == #) { return; }
        """)]
    [InlineData("sends one after the other, never recycled", """
        var lease# = socket.Rent(#);
        _ = await socket.SendZeroCopyAsync(lease#, ct);
        if (x) { n++; }
        """)]
    [InlineData("loops, each with a send, a handler and a way out", """
        using var lease# = socket.Rent(#);
        SendReceipt last# = default;
        for (var i# = 0; i# < n; i#++)
        {
            if (i# > 0)
            {
                await last#.Recycled;
            }

            lease#.Edit()[0] = (byte)i#;
            try
            {
                last# = await socket.SendZeroCopyAsync(lease#, ct);
            }
            catch (SocketException)
            {
                if (x)
                {
                    return;
                }
            }
        }
        """)]
    [InlineData("leases of which each is disposed in a finally", """
        var lease# = socket.Rent(#);
        try { await socket.SendZeroCopyAsync(lease#, ct); if (y) { return; } } finally { lease#.Dispose(); }
        """)]
    [InlineData("loops that share one receipt", """
        using var lease# = socket.Rent(#);
        for (var i# = 0; i# < n; i#++)
        {
            if (i# > 0) { await last.Recycled; }
            last = await socket.SendZeroCopyAsync(lease#, ct);
        }
        """)]
    [InlineData("loops that share one receipt, each with a handler and a way out", """
        using var lease# = socket.Rent(#);
        for (var i# = 0; i# < n; i#++)
        {
            if (i# > 0)
            {
                await last.Recycled;
            }

            lease#.Edit()[0] = (byte)i#;
            try
            {
                last = await socket.SendZeroCopyAsync(lease#, ct);
            }
            catch (SocketException)
            {
                if (x)
                {
                    return;
                }
            }
        }
        """)]
    public void The_work_grows_as_the_method_does(string shape, string part)
    {
        var half = StepsFor(part, 100);
        var whole = StepsFor(part, 200);
        output.WriteLine($"{shape}: {half} steps, twice the method {whole}");
        Assert.InRange((double)whole / half, 1.5, MostForTwiceTheCode);
    }

    /// <summary>Calls within calls, each method calling all the others: without a memory that would be as many summaries as there are ways through them.</summary>
    [Fact]
    public void Methods_that_call_each_other_are_each_summarised_once_per_question()
    {
        const int Methods = 8;
        var members = string.Concat(Enumerable.Range(0, Methods).Select(i => $$"""
            static void F{{i}}(BufferLease p, int n)
            {
                for (var i = 0; i < n; i++) { {{string.Concat(Enumerable.Range(0, Methods).Select(other => $"F{other}(p, n - 1); "))}} }
            }

            """));
        var function = FunctionIn($$"""
            {{Programs.Usings}}
            class Program
            {
                {{members}}
                async Task M(ZeroCopySocket socket, BufferLease b, int n)
                {
                    var sent = await socket.SendZeroCopyAsync(b);
                    {{string.Concat(Enumerable.Range(0, Methods).Select(i => $"F{i}(b, n); "))}}
                    await sent.Recycled;
                }
            }
            """, "M");
        FlowSolver.Solve(function, new Findings(), CancellationToken.None);
        output.WriteLine($"{function.Known.Callees.Made} summaries");
        Assert.InRange(function.Known.Callees.Made, Methods, Methods * Methods);
    }

    private static int StepsFor(string part, int times)
    {
        var body = new StringBuilder("SendReceipt last = default;\n");
        for (var i = 0; i < times; i++)
        {
            body.AppendLine(part.Replace("#", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }

        var function = FunctionIn(Programs.InMethod(body.ToString()), "M");
        FlowSolver.Solve(function, new Findings(), CancellationToken.None);
        return function.Names.Steps;
    }

    private static FunctionContext FunctionIn(string source, string name)
    {
        var tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview));
        var compilation = CSharpCompilation.Create(
            "Work",
            [tree, CSharpSyntaxTree.ParseText(Programs.Tick, new CSharpParseOptions(LanguageVersion.Preview))],
            Check.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        var model = compilation.GetSemanticModel(tree);
        var method = tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Single(m => m.Identifier.Text == name);
        var operation = (IMethodBodyOperation)model.GetOperation(method)!;
        return Assert.Single(FunctionGraphs.In(
            operation, body => ControlFlowGraph.Create((IMethodBodyOperation)body), model.GetDeclaredSymbol(method)!, KnownSymbols.Of(compilation).Value!));
    }
}
