namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>
/// The shapes of control flow, each with every rule that follows it: once with what ends the ownership and a use after it, and once with
/// its fixed twin. Writes in flight have these shapes in tests of their own.
/// </summary>
public class ShapeTests
{
    /// <summary>END ends the ownership, USE uses what has ended.</summary>
    private static readonly string[] s_shapes =
    [
        "END USE",
        "if (x) { END } USE",
        "if (x) { END } else { END } USE",
        "if (x) { END Use(n); } if (x) { USE }",
        "switch (n) { case 1: END break; case 2: goto case 1; default: break; } USE",
        "if (Test()) { END goto later; } return; later: USE",
        "do { END } while (false); USE",
        "for (var i = 0; i < 1; i++) { if (i == 0) { END } } USE",
        "while (Test()) { if (x) continue; END USE break; }",
        "try { END } finally { Use(n); } USE",
        "try { Use(n); } finally { END USE }",
        "try { Use(n); } catch (IOException) { END USE }",
        "using (var stream = new MemoryStream()) { END } USE",
        "{ END { USE } }",
        "_ = x ? n : n + 1; END _ = n switch { 1 => 2, _ => 3 }; USE",
    ];

    /// <summary>What opens the program, what ends the ownership, the use to be reported, and the end in a way after which it is fine.</summary>
    private static readonly (string Before, string End, string Use, string Fixed)[] s_rules =
    [
        ("", "_ = socket.SendZeroCopyAsync(array);", "{|ZCS0002:ArrayPool<byte>.Shared.Return(array)|};", "await socket.SendAndRecycleAsync(array);"),
        ("", "_ = socket.ReceiveAsync(array);", "n = {|ZCS0003:array[0]|};", "n = await socket.ReceiveAsync(array);"),
        ("var l = await socket.ReceiveLeasedAsync();", "l.Dispose();", "{|ZCS0003:l.Read()|}.CopyTo(array);", "l.Dispose(); l = await socket.ReceiveLeasedAsync();"),
        ("", "b.Dispose();", "{|ZCS0004:b.Edit()|}.Clear();", "b.Dispose(); b = socket.Rent(3);"),
        ("var t = socket.SendZeroCopyAsync(b);", "await t;", "{|ZCS0005:await t|};", "await t; t = socket.SendZeroCopyAsync(b);"),
    ];

    public static TheoryData<string> Programs
    {
        get
        {
            var programs = new TheoryData<string>();
            foreach (var (before, end, use, corrected) in s_rules)
            {
                foreach (var shape in s_shapes)
                {
                    programs.Add($"{before} {shape.Replace("END", end, StringComparison.Ordinal).Replace("USE", use, StringComparison.Ordinal)}");
                    var bare = use.Remove(use.IndexOf("{|", StringComparison.Ordinal), "{|ZCS0000:".Length).Replace("|}", "", StringComparison.Ordinal);
                    programs.Add($"{before} {shape.Replace("END", corrected, StringComparison.Ordinal).Replace("USE", bare, StringComparison.Ordinal)}");
                }
            }

            return programs;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public Task A_shape_with_a_rule(string statements) => Check.Program(Tests.Ownership.Programs.InMethod(statements)).RunAsync();

    [Theory]
    [InlineData("Action<BufferLease> f = l => { l.Dispose(); {|ZCS0004:l.Edit()|}.Clear(); };")]
    [InlineData("Func<BufferLease, Task> f = async l => { await Task.Yield(); l.Dispose(); {|ZCS0004:l.Edit()|}.Clear(); };")]
    [InlineData("void F(BufferLease l) { l.Dispose(); {|ZCS0004:l.Edit()|}.Clear(); } F(b);")]
    [InlineData("IEnumerable<int> F(BufferLease l) { l.Dispose(); yield return 1; {|ZCS0004:l.Edit()|}.Clear(); } F(b);")]
    [InlineData("async IAsyncEnumerable<int> F(ValueTask t) { await t; yield return 1; } F(default);")]
    [InlineData("await Task.Run(async () => { var mine = await socket.RentAsync(3); mine.Dispose(); {|ZCS0004:mine.Read()|}.CopyTo(array); });")]
    public Task A_function_of_its_own(string statements) => Check.Program(Tests.Ownership.Programs.InMethod(statements)).RunAsync();
}
