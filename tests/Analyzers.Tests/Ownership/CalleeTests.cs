namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>Ownership across calls: by attributes, and by what the body of a callee in the same compilation shows.</summary>
public class CalleeTests
{
    /// <summary>What each callee does to its lease, and what the caller may then still do.</summary>
    [Theory]
    [InlineData("static int F(BufferLease p) => p.Read()[0];", "F(b); [|b.Edit()|][0] = 1; await sent.Recycled;")]
    [InlineData("static int F(BufferLease p) { var s = p.Read(); return s[0] + s.Length; }", "F(b); [|b.Edit()|][0] = 1;")]
    [InlineData("static void F(BufferLease p) { }", "F(b); [|b.Edit()|][0] = 1;")]
    [InlineData("static int F(BufferLease p) => p.Read()[0];", "b.Dispose(); F({|ZCS0004:b|});")]
    [InlineData("static void F(BufferLease p) => p.Edit()[0] = 1;", "F([|b|]);")]
    [InlineData("static void F(BufferLease p) { G(p); } static void G(BufferLease p) { var s = p.Edit(); s[0] = 1; }", "F([|b|]);")]
    [InlineData("void F(BufferLease p) { if (p.Length > 3) p.Edit()[0] = 1; }", "F([|b|]);")]
    [InlineData("static void F(BufferLease p) => p.Dispose();", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p) { using (p) { } }", "F(b); {|ZCS0004:b.Dispose()|};")]
    [InlineData("static async Task F(BufferLease p) { await Task.Yield(); p.Dispose(); }", "await F(b); {|ZCS0004:b.Read()|}.CopyTo(array);")]
    [InlineData("static void F(BufferLease p) { G(p); } static void G(BufferLease p) => p.Dispose();", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p) { if (p.Length > 3) p.Dispose(); else p.Dispose(); Console.WriteLine(); }", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p) { if (p.Length > 3) { p.Dispose(); return; } p.Dispose(); }", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p, int n) { switch (n) { case 0: p.Dispose(); break; case 1: G(p); break; default: p.Dispose(); break; } } static void G([TakesOwnership] BufferLease p) => throw null!;", "F(b, 1); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p) { try { Console.WriteLine(p.Length); p.Dispose(); } catch (System.IO.IOException) { p.Dispose(); } }", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p, int n) { try { if (n == 0) { p.Dispose(); return; } if (n == 1) { G(p); return; } p.Dispose(); } finally { Console.WriteLine(n); } } static void G([TakesOwnership] BufferLease p) => throw null!;", "F(b, 1); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F(BufferLease p) { var taken = false; try { Console.WriteLine(p.Length); G(p); taken = true; } finally { if (!taken) p.Dispose(); } } static void G([TakesOwnership] BufferLease p) => throw null!;", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F([TakesOwnership] BufferLease p) => throw null!;", "F(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    [InlineData("static void F([TakesOwnership] BufferLease p) => throw null!;", "F(b); F({|ZCS0004:b|});")]
    [InlineData("static void F([TakesOwnership] BufferLease p) => throw null!;", "b.Dispose(); F({|ZCS0004:b|});")]
    [InlineData("static void F([ReadsWhileInFlight] BufferLease p) => throw null!;", "F(b); [|b.Edit()|][0] = 1;")]
    [InlineData("static void F([ReadsWhileInFlight] BufferLease p) => throw null!;", "b.Dispose(); F({|ZCS0004:b|});")]
    [InlineData("static void F([ReadsWhileInFlight] byte[] p) => throw null!;", "var t = socket.ReceiveAsync(array); F({|ZCS0003:array|}); await t;")]
    [InlineData("sealed class Kept([TakesOwnership] BufferLease p) { public BufferLease P => p; }", "var kept = new Kept(b); {|ZCS0004:b.Edit()|}[0] = 1;")]
    public Task What_a_callee_does_to_its_lease_is_seen(string members, string use) => Run(members, use);

    [Theory]
    [InlineData("static int F(BufferLease p) => p.Read()[0];", "F(b);")]
    [InlineData("static void F(BufferLease p) { while (p.IsInFlight) Thread.Yield(); }", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) => Console.WriteLine(p.Length);", "b.Dispose(); F(b);")]
    [InlineData("static void F<T>(T p) where T : IDisposable => p.Dispose();", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static BufferLease s_kept; static void F(BufferLease p) => s_kept = p;", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) { if (p.Length > 3) p.Dispose(); }", "F(b); b.Dispose();")]
    [InlineData("static void F(BufferLease p, int n) { switch (n) { case 0: p.Dispose(); break; case 1: p.Dispose(); break; } }", "F(b, 1); b.Dispose();")]
    [InlineData("static void F(BufferLease p) { try { Console.WriteLine(p.Length); p.Dispose(); } catch (System.IO.IOException) { } }", "F(b); b.Dispose();")]
    [InlineData("static void F(BufferLease p, int n) { try { if (n == 0) { p.Dispose(); return; } if (n == 1) { return; } p.Dispose(); } finally { Console.WriteLine(n); } }", "F(b, 1); b.Dispose();")]
    [InlineData("static void F(BufferLease p, BufferLease other) { if (p.Length > 3) p.Dispose(); else other.Dispose(); }", "F(b, b); b.Dispose();")]
    [InlineData("static async Task F(BufferLease p) { await Task.Delay(1); p.Read(); }", "await F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) { Action end = () => p.Dispose(); end(); }", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) { p = default; p.Dispose(); }", "F(b); await sent.Recycled; b.Edit()[0] = 1;")]
    [InlineData("static BufferLease F(BufferLease p) => p;", "var c = F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) { if (p.Length > 3) F(p); }", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(BufferLease p) { G(p); } static void G(BufferLease p) { if (p.Length > 3) F(p); }", "F(b); b.Edit()[0] = 1;")]
    [InlineData("protected virtual void F(BufferLease p) => p.Dispose();", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F(ref BufferLease p) { p.Dispose(); p = default; }", "F(ref b); b.Edit()[0] = 1;")]
    [InlineData("static IEnumerable<int> F(BufferLease p) { yield return p.Length; p.Dispose(); }", "F(b); b.Edit()[0] = 1;")]
    [InlineData("static void F([TakesOwnership] BufferLease p) => throw null!;", "F(b); b = socket.Rent(3); b.Edit()[0] = 1;")]
    public Task What_is_not_certain_of_a_callee_is_silent(string members, string use) => Run(members, use);

    [Theory]
    [InlineData("BufferLease F(ZeroCopySocket s) { var mine = s.Rent(10); mine.Edit()[0] = 1; return mine; }", "var made = {|ZCS0006:F(socket)|}; made.Read();")]
    [InlineData("BufferLease F(ZeroCopySocket s) => s.Rent(10);", "var made = {|ZCS0006:F(socket)|};")]
    [InlineData("async Task<BufferLease> F(ZeroCopySocket s) { var mine = await s.RentAsync(10); return mine; }", "var made = {|ZCS0006:await F(socket)|};")]
    [InlineData("[ReturnsOwnership] BufferLease F() => throw null!;", "var made = {|ZCS0006:F()|};")]
    [InlineData("[ReturnsOwnership] ValueTask<BufferLease> F() => throw null!;", "var made = {|ZCS0006:await F()|};")]
    [InlineData("static int F(BufferLease p) => p.Read()[0];", "var mine = {|ZCS0006:socket.Rent(10)|}; F(mine);")]
    [InlineData("static void F([ReadsWhileInFlight] BufferLease p) => throw null!;", "var mine = {|ZCS0006:socket.Rent(10)|}; F(mine);")]
    public Task What_a_callee_hands_over_is_owed(string members, string use) => Run(members, use, hygiene: true);

    [Theory]
    [InlineData("BufferLease _kept; BufferLease F() => _kept;", "var made = F(); made.Read();")]
    [InlineData("BufferLease F(ZeroCopySocket s, BufferLease other) => s is null ? other : s.Rent(10);", "var made = F(socket, b);")]
    [InlineData("static void F(BufferLease p) => p.Dispose();", "var mine = socket.Rent(10); F(mine);")]
    [InlineData("static void F([TakesOwnership] BufferLease p) => throw null!;", "var mine = socket.Rent(10); F(mine);")]
    [InlineData("sealed class Kept(BufferLease p) { public BufferLease P => p; }", "var kept = new Kept(socket.Rent(10));")]
    [InlineData("sealed class Kept([TakesOwnership] BufferLease p) { public BufferLease P => p; }", "var kept = new Kept(socket.Rent(10));")]
    [InlineData("BufferLease F(ZeroCopySocket s) => s.Rent(10);", "using var made = F(socket);")]
    public Task What_a_callee_takes_or_keeps_is_not(string members, string use) => Run(members, use, hygiene: true);

    private static Task Run(string members, string use, bool hygiene = false)
    {
        var test = Check.Program($$"""
            {{Programs.Usings}}
            class Program
            {
                {{members}}

                async Task M(ZeroCopySocket socket, BufferLease b, byte[] array)
                {
                    var sent = await socket.SendZeroCopyAsync(b);
                    {{use}}
                }
            }
            """);
        if (hygiene)
        {
            test.DisabledDiagnostics.Clear();
        }

        return test.RunAsync();
    }
}
