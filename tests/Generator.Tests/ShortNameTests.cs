using System.Text.RegularExpressions;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Generated code names types as a person would, except where something of the user's would be meant then.</summary>
public partial class ShortNameTests
{
    private const string Message = """
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick
        {
            [Magic(7)] public ushort Kind;
            public global::System.Guid Id;
            [Text(4, TextEncoding.Ascii)] public partial string Symbol { get; set; }
            [Tail(Max = 4)] public partial global::System.ReadOnlySpan<ushort> Trades { get; set; }
        }

        """;

    [Fact]
    public void Generated_code_is_free_of_global_qualifiers()
    {
        const string Source = "using ZeroCopySockets; namespace Demo;\n" + Message + "[MessageSet(typeof(Other))] public readonly ref partial struct Feed; [ZeroCopyBuffer] public partial struct Other { [Discriminator(1)] public byte Tag; }";
        Harness.GenerateCleanly(Harness.Compile("Sample", Source));

        Assert.All(Harness.GeneratedText(Source).Values, text => Assert.DoesNotMatch(GlobalName(), text));
    }

    /// <summary>Each of these captures a name that the generated code would write short.</summary>
    [Theory]
    [InlineData("namespace Demo; public struct Span<T> { } $")]
    [InlineData("namespace Demo.Inner; $", "namespace Demo { public static class BinaryPrimitives { } }")]
    [InlineData("namespace Demo.Inner; $", "namespace Demo.System { public class C { } }")]
    [InlineData("namespace Demo.ZeroCopySockets; $")]
    [InlineData("namespace Demo; public class GeneratedCodeAttribute : System.Attribute { } $")]
    [InlineData("namespace Demo; public partial class Outer { public class ParseStatus { } $ }")]
    [InlineData("namespace Demo; public class Base { public class Guid { } } public partial class Outer : Base { $ }")]
    [InlineData("namespace Demo; public partial class Outer { public const int WireFormat = 3; $ }")]
    [InlineData("namespace Demo; $", "namespace Demo { [ZeroCopyBuffer] public partial struct Math { public byte BinaryPrimitives; public byte ParseStatus; } }")]
    [InlineData("$")]
    public void A_name_that_means_something_of_the_users_is_written_in_full(string place, string elsewhere = "")
    {
        string source = "using ZeroCopySockets; " + place.Replace("$", Message);
        string[] sources = elsewhere.Length == 0 ? [source] : [source, "using ZeroCopySockets; " + elsewhere];

        Harness.GenerateCleanly(Harness.Compile("Sample", sources));

        string text = Harness.GeneratedText(sources).Single(f => f.Key.EndsWith("Tick.ZeroCopy.g.cs")).Value;
        Assert.Contains("global::System.Span<byte>", text);
    }

    /// <summary>A global using must not make a name ambiguous: it comes after those inside the namespace.</summary>
    [Fact]
    public void A_global_using_of_a_namespace_with_the_same_names_does_no_harm() => Harness.GenerateCleanly(Harness.Compile(
        "Sample",
        "global using Theirs;",
        "namespace Theirs { public struct ParseStatus { } public struct ValueTask<T> { } public struct Span<T> { } }",
        "using ZeroCopySockets; namespace Demo;\n" + Message));

    [GeneratedRegex("global::(?!Demo)")]
    private static partial Regex GlobalName();
}
