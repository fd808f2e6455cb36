using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit.Abstractions;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>Code that does not compile, and code nobody should have written.</summary>
public class RobustnessTests(ITestOutputHelper output)
{
    private const string Whole = """
        ref var head = ref tick.Head;
        var span = b.Edit();
        var bufs = new[] { socket.Rent(1), socket.Rent(2) };
        (SendReceipt R, int N) pair = (await socket.SendZeroCopyAsync(b), n);
        SendReceipt? maybe = x ? pair.R : null;
        foreach (var each in bufs) { each.Edit()[0] = 1; await socket.SendZeroCopyAsync(each); }
        try
        {
            switch (n)
            {
                case 1 when y: goto case 2;
                case 2: await (maybe?.Recycled ?? default); break;
                default: using (var mine = socket.RentTick()) { mine.Edit().Header.Kind++; await socket.SendAndRecycleAsync(mine); } break;
            }
        }
        catch (IOException e) when (e.Message is { Length: > 3 } text)
        {
            var (p, q) = (text, array[^1]);
            array[1..3].CopyTo(array.AsSpan(2));
        }
        finally
        {
            Func<BufferLease, Task> later = async l => { _ = socket.SendZeroCopyAsync(l); l.Edit()[0] = 1; await Task.Yield(); };
            await later(b);
            void Local(BufferLease l) { for (var i = 0; i < n; i++) { if (i > 1) { l.Edit(); } _ = other.SendZeroCopyAsync(l, ct); } }
            Local(b);
        }
        """;

    /// <summary>A valid program with each token left out in turn: most no longer compile, none may make the analyzer throw.</summary>
    [Fact]
    public async Task Code_with_errors_never_makes_it_throw()
    {
        var tokens = SyntaxFactory.ParseTokens(Whole).Where(t => !t.IsKind(SyntaxKind.EndOfFileToken)).ToList();
        Assert.True(tokens.Count > 300);
        var broken = 0;
        for (var left = 0; left < tokens.Count; left++)
        {
            var source = string.Concat(tokens.Where((_, i) => i != left).Select(t => t.ToFullString()));
            var (tree, diagnostics) = await Analyze(Programs.InMethod(source));
            broken += tree.GetDiagnostics().Any() ? 1 : 0;
            Assert.DoesNotContain(diagnostics, d => d.Id == "AD0001");
        }

        Assert.True(broken > tokens.Count / 4, $"only {broken} of {tokens.Count} programs had syntax errors");
    }

    /// <summary>The same program cut off after each token, as it is while being typed.</summary>
    [Fact]
    public async Task Code_being_typed_never_makes_it_throw()
    {
        var tokens = SyntaxFactory.ParseTokens(Whole).ToList();
        for (var end = 0; end < tokens.Count; end++)
        {
            var source = Programs.InMethod(string.Concat(tokens.Take(end).Select(t => t.ToFullString())));
            var (_, diagnostics) = await Analyze(source);
            Assert.DoesNotContain(diagnostics, d => d.Id == "AD0001");
        }
    }

    [Fact]
    public Task A_write_is_still_reported_beside_an_error() => Check.Reports("""
        await socket.SendZeroCopyAsync(b);
        {|CS0103:Missing|}(1);
        [|b.Edit()|][0] = 1;
        """);

    [Fact]
    public async Task A_method_of_three_thousand_lines_is_analysed()
    {
        var source = new StringBuilder();
        var lines = 0;
        void Line(string text)
        {
            source.AppendLine(text);
            lines++;
        }

        Line("SendReceipt last = default;");
        for (var i = 0; lines < 3000; i++)
        {
            Line($"using var lease{i} = socket.Rent({i});");
            Line($"for (var i{i} = 0; i{i} < n; i{i}++)");
            Line("{");
            Line($"    if (i{i} > 0) {{ await last.Recycled; }}");
            Line($"    lease{i}.Edit()[0] = (byte)i{i};");
            Line("    try");
            Line("    {");
            Line($"        last = await socket.SendZeroCopyAsync(lease{i}, ct);");
            Line("    }");
            Line("    catch (SocketException)");
            Line("    {");
            Line("        if (x) { return; }");
            Line("    }");
            Line("}");
            Line("");
        }

        Line("lease7.Edit()[0] = 1;");
        await Analyze(Programs.InMethod("await socket.SendZeroCopyAsync(b);"));
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var (_, diagnostics) = await Analyze(Programs.InMethod(source.ToString()));
        var spent = Process.GetCurrentProcess().TotalProcessorTime - before;
        output.WriteLine($"{lines} lines: {spent.TotalMilliseconds:F0} ms of processor time, binding included");
        var diagnostic = Assert.Single(diagnostics);
        Assert.Equal("ZCS0001", diagnostic.Id);
        Assert.Equal("lease7.Edit()", diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan));
    }

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    /// <summary>Shared, so that the references are read once.</summary>
    private static readonly CSharpCompilation Base = CSharpCompilation.Create(
        "Program",
        [CSharpSyntaxTree.ParseText("", Options), CSharpSyntaxTree.ParseText(Programs.Tick, Options)],
        Check.References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

    private static async Task<(SyntaxTree Tree, ImmutableArray<Diagnostic> Diagnostics)> Analyze(string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source, Options);
        var diagnostics = await Base
            .ReplaceSyntaxTree(Base.SyntaxTrees[0], tree)
            .WithAnalyzers([new OwnershipAnalyzer()])
            .GetAnalyzerDiagnosticsAsync();
        return (tree, diagnostics);
    }
}
