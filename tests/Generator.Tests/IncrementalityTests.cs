using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>What the generator does not redo between keystrokes.</summary>
public class IncrementalityTests
{
    private const string Tick = """
        using ZeroCopySockets;
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public ulong Sequence; public Header Header; }
        """;

    private const string Header = """
        using ZeroCopySockets;
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Header { public uint Length; }
        """;

    private const string Unrelated = "public class Unrelated { }";

    private const string News = """
        using System;
        using ZeroCopySockets;
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct News
        {
            [LengthOf] public ushort Length;
            [Discriminator('N')] public byte Type;
            [Text(4, TextEncoding.Ascii)] public partial string Name { get; set; }
            [Group(Max = 3)] public partial ReadOnlySpan<Header> Parts { get; set; }
            [Tail(Max = 9)] public partial ReadOnlySpan<byte> Body { get; set; }
        }
        [MessageSet(typeof(News))] public readonly ref partial struct Feed;
        """;

    [Fact]
    public void The_same_input_is_cached()
    {
        CSharpCompilation compilation = Harness.Compile("Sample", Tick, Header, Unrelated);
        GeneratorRunResult second = RunTwice(compilation, compilation.Clone());

        Assert.All(Reasons(second, MessageGenerator.ParseStep), IsNotRedone);
        Assert.All(Reasons(second, MessageGenerator.PlanStep), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.All(OutputReasons(second), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Theory]
    [InlineData(0, "// A comment moves every line of the message.\n" + Tick)]
    [InlineData(2, "public class Unrelated { public int Other; }")]
    public void A_comment_or_an_unrelated_edit_writes_nothing_again(int file, string edited)
    {
        CSharpCompilation before = Harness.Compile("Sample", Tick, Header, Unrelated);
        GeneratorRunResult second = RunTwice(before, Replace(before, file, edited));

        Assert.All(Reasons(second, MessageGenerator.ParseStep), IsNotRedone);
        Assert.All(Reasons(second, MessageGenerator.PlanStep), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.All(OutputReasons(second), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void In_a_project_of_a_thousand_messages_an_unrelated_edit_writes_nothing_again()
    {
        const int Messages = 1000;
        IEnumerable<string> messages = Enumerable.Range(0, Messages).Select(i => $$"""
            using ZeroCopySockets;
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct Message{{i}} { public ulong Sequence; [Pad(1)] public bool IsLast; }
            """);
        CSharpCompilation before = Harness.Compile("Sample", [.. messages, Unrelated]);
        GeneratorRunResult second = RunTwice(before, Replace(before, Messages, "public class Unrelated { public int Other; }"));

        Assert.Equal(Enumerable.Repeat(IncrementalStepRunReason.Cached, Messages), Reasons(second, MessageGenerator.PlanStep));
        Assert.Equal(Enumerable.Repeat(IncrementalStepRunReason.Cached, Messages), OutputReasons(second));
    }

    [Fact]
    public void Adding_a_message_leaves_the_others_cached()
    {
        const string Another = """
            using ZeroCopySockets;
            [ZeroCopyBuffer] public partial struct Probe { public byte Ttl; }
            """;
        CSharpCompilation before = Harness.Compile("Sample", Tick, Header, Unrelated);
        GeneratorRunResult second = RunTwice(before, before.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Another, Harness.ParseOptions)));

        Assert.Equal(
            [IncrementalStepRunReason.New, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached],
            OutputReasons(second).Order());
    }

    [Fact]
    public void Editing_a_nested_message_in_another_file_regenerates_the_one_around_it()
    {
        CSharpCompilation before = Harness.Compile("Sample", Tick, Header, Unrelated);
        GeneratorRunResult second = RunTwice(before, Replace(before, 1, Header.Replace("uint", "ulong")));

        Assert.All(OutputReasons(second), r => Assert.Equal(IncrementalStepRunReason.Modified, r));
        Assert.Contains("WireSize = 16;", second.GeneratedSources.Single(s => s.HintName.StartsWith("Tick")).SourceText.ToString());
    }

    [Fact]
    public void Editing_an_enum_in_another_file_regenerates_the_check_of_its_values()
    {
        const string Quote = """
            using ZeroCopySockets;
            [ZeroCopyBuffer] public partial struct Quote { public Side Side; }
            """;
        CSharpCompilation before = Harness.Compile("Sample", Quote, "public enum Side : byte { Buy }");
        GeneratorRunResult second = RunTwice(before, Replace(before, 1, "public enum Side : byte { Buy, Sell, Short }"));

        Assert.Equal([IncrementalStepRunReason.Modified], OutputReasons(second));
        Assert.Contains("is not (<= 2)", second.GeneratedSources.Single().SourceText.ToString());
    }

    [Theory]
    [InlineData(0, "// A comment moves every line of the message.\n" + News)]
    [InlineData(2, "public class Unrelated { public int Other; }")]
    public void A_comment_or_an_unrelated_edit_writes_no_message_of_variable_size_and_no_set_again(int file, string edited)
    {
        CSharpCompilation before = Harness.Compile("Sample", News, Header, Unrelated);
        GeneratorRunResult second = RunTwice(before, Replace(before, file, edited));

        Assert.All(Reasons(second, MessageGenerator.SetStep), IsNotRedone);
        Assert.All(Reasons(second, MessageGenerator.PlanStep), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.All(OutputReasons(second), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.Equal(3, OutputReasons(second).Length);
    }

    [Fact]
    public void Editing_the_entry_of_a_group_in_another_file_regenerates_the_message_and_the_set_around_it()
    {
        CSharpCompilation before = Harness.Compile("Sample", News, Header, Unrelated);
        GeneratorRunResult second = RunTwice(before, Replace(before, 1, Header.Replace("uint", "ulong")));

        Assert.All(OutputReasons(second), r => Assert.Equal(IncrementalStepRunReason.Modified, r));
        Assert.Contains("MaxWireSize = 44;", second.GeneratedSources.Single(s => s.HintName.StartsWith("News")).SourceText.ToString());
    }

    [Fact]
    public void Generating_twice_gives_the_same_text() =>
        Assert.Equal(Harness.GeneratedText(Tick, Header, News), Harness.GeneratedText(Tick, Header, News));

    [Fact]
    public void No_symbol_syntax_or_location_is_reachable_from_the_pipeline()
    {
        GeneratorRunResult result = Harness.CreateDriver()
            .RunGenerators(Harness.Compile("Sample", Tick, Header, News))
            .GetRunResult().Results.Single();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (string step in new[] { MessageGenerator.ParseStep, MessageGenerator.PlanStep, MessageGenerator.SetStep })
        {
            foreach ((object value, _) in result.TrackedSteps[step].SelectMany(s => s.Outputs))
            {
                AssertHoldsNoCompilerObject(value, seen);
            }
        }

        Assert.NotEmpty(seen);
    }

    private static GeneratorRunResult RunTwice(Compilation first, Compilation second) => Harness.CreateDriver()
        .RunGenerators(first)
        .RunGenerators(second)
        .GetRunResult().Results.Single();

    private static CSharpCompilation Replace(CSharpCompilation compilation, int file, string source)
    {
        SyntaxTree old = compilation.SyntaxTrees[file];
        return compilation.ReplaceSyntaxTree(old, CSharpSyntaxTree.ParseText(source, Harness.ParseOptions, old.FilePath));
    }

    private static IncrementalStepRunReason[] Reasons(GeneratorRunResult result, string step) =>
        [.. result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason)];

    private static IncrementalStepRunReason[] OutputReasons(GeneratorRunResult result) =>
        [.. result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).Select(o => o.Reason)];

    private static void IsNotRedone(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());

    private static void AssertHoldsNoCompilerObject(object? value, HashSet<object> seen)
    {
        if (value is null || value is string || value.GetType().IsPrimitive || value.GetType().IsEnum || !seen.Add(value))
        {
            return;
        }

        Assert.False(
            value.GetType().Namespace?.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) ?? false,
            $"{value.GetType()} is reachable from the model.");
        if (value is IEnumerable items)
        {
            foreach (object? item in items)
            {
                AssertHoldsNoCompilerObject(item, seen);
            }
        }

        for (Type? type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                AssertHoldsNoCompilerObject(field.GetValue(value), seen);
            }
        }
    }
}
