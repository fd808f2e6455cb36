namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>ZCS0006: a lease that on some path is neither disposed nor handed on.</summary>
public class OwedTests
{
    [Theory]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|};")]
    [InlineData("{|ZCS0006:socket.Rent(10)|};")]
    [InlineData("_ = {|ZCS0006:socket.RentTick()|};")]
    [InlineData("var mine = {|ZCS0006:await socket.RentAsync(10)|}; mine.Edit()[0] = 1;")]
    [InlineData("var mine = {|ZCS0006:await socket.RentAsync(10).ConfigureAwait(false)|};")]
    [InlineData("var task = socket.RentAsync(10); var mine = {|ZCS0006:await task|};")]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; await socket.SendAndRecycleAsync(mine);")]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; if (x) mine.Dispose();")]
    [InlineData("var mine = {|ZCS0006:socket.Rent(10)|}; if (x) return; mine.Dispose();")]
    [InlineData("var lease = {|ZCS0006:await socket.ReceiveLeasedAsync()|}; lease.Read().CopyTo(array);")]
    [InlineData("var lease = {|ZCS0006:await socket.ReceiveLeasedAsync()|}; if (lease.Length > 10) lease.Dispose();")]
    [InlineData("while (Test()) { var mine = {|ZCS0006:socket.Rent(10)|}; if (x) continue; mine.Dispose(); }")]
    [InlineData("var copy = {|ZCS0006:socket.Rent(10)|}; var mine = copy; n = mine.Length;")]
    public Task A_lease_left_to_itself_is_suggested_to_be_disposed(string statements) => Run(statements);

    [Theory]
    [InlineData("using var mine = socket.Rent(10);")]
    [InlineData("using (var mine = socket.Rent(10)) { }")]
    [InlineData("using (socket.Rent(10)) { }")]
    [InlineData("using (socket.Rent(10)) { Func<BufferLease> make = () => socket.Rent(2); make().Dispose(); }")]
    [InlineData("using var mine = await socket.RentAsync(10);")]
    [InlineData("var mine = socket.Rent(10); try { await socket.SendAndRecycleAsync(mine); } finally { mine.Dispose(); }")]
    [InlineData("var mine = socket.Rent(10); mine.Dispose();")]
    [InlineData("var mine = socket.Rent(10); var copy = mine; copy.Dispose();")]
    [InlineData("var mine = socket.Rent(10); if (x) mine.Dispose(); else mine.Dispose();")]
    [InlineData("var mine = socket.Rent(10); if (x) { mine.Dispose(); return; } mine.Dispose();")]
    [InlineData("BufferLease mine = default; if (x) mine = socket.Rent(10); Use(n); if (x) mine.Dispose();")]
    [InlineData("BufferLease? mine = null; if (x) mine = socket.Rent(10); mine?.Dispose();")]
    [InlineData("BufferLease? mine = null; if (x) mine = socket.Rent(10); if (mine is { } some) some.Dispose();")]
    [InlineData("BufferLease? mine = null; if (x) mine = socket.Rent(10); if (mine.HasValue) mine.Value.Dispose();")]
    [InlineData("var mine = socket.Rent(10); Pass(mine);")]
    [InlineData("_lease = socket.Rent(10);")]
    [InlineData("var mine = socket.Rent(10); _lease = mine;")]
    [InlineData("var all = new List<BufferLease>(); all.Add(socket.Rent(10));")]
    [InlineData("var all = new[] { socket.Rent(10), socket.Rent(10) }; foreach (var each in all) each.Dispose();")]
    [InlineData("var all = new BufferLease[n]; for (var i = 0; i < n; i++) all[i] = socket.Rent(10); foreach (var each in all) each.Dispose();")]
    [InlineData("var mine = socket.Rent(10); Action end = () => mine.Dispose(); end();")]
    [InlineData("var mine = socket.Rent(10); Action end = mine.Dispose; end();")]
    [InlineData("var mine = socket.Rent(10); if (x) throw new InvalidOperationException(); mine.Dispose();")]
    [InlineData("BufferLease Make() { var mine = socket.Rent(10); mine.Edit()[0] = 1; return mine; } Make().Dispose();")]
    [InlineData("Func<BufferLease> make = () => socket.Rent(10); make().Dispose();")]
    [InlineData("(BufferLease, int) Make() { var mine = socket.Rent(10); return (mine, 1); } Make().Item1.Dispose();")]
    [InlineData("using var lease = await socket.ReceiveLeasedAsync(); lease.Read().CopyTo(array);")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); if (lease.Length == 0) return; lease.Dispose();")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); if (lease.Length > 0) lease.Dispose();")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); if (lease is { Length: > 0 }) lease.Dispose();")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); if (lease.Length is 0) return; lease.Dispose();")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); if (lease.Memory.IsEmpty) return; lease.Dispose();")]
    [InlineData("var lease = await socket.ReceiveLeasedAsync(); var s = lease.Read(); if (s.Length == 0) return; lease.Dispose();")]
    [InlineData("ReceiveLease lease; while ((lease = await socket.ReceiveLeasedAsync()).Length > 0) lease.Dispose();")]
    public Task A_lease_disposed_or_handed_on_is_fine(string statements) => Run(statements);

    /// <summary>A receive that found the end gives a lease of no bytes, which nobody need dispose.</summary>
    [Theory]
    [InlineData("switch (lease.Length) { case 0: return; } lease.Dispose();")]
    [InlineData("switch (lease.Length) { case 0: return; default: lease.Dispose(); break; }")]
    [InlineData("switch (lease.Length) { case > 0: lease.Dispose(); break; }")]
    [InlineData("switch (lease.Length) { case 0: break; case 1: lease.Dispose(); break; default: lease.Dispose(); return; }")]
    [InlineData("switch (lease.Length) { case 0: throw new IOException(); } lease.Dispose();")]
    [InlineData("switch (lease) { case { Length: 0 }: return; } lease.Dispose();")]
    [InlineData("n = lease.Length switch { 0 => throw new IOException(), var m => m }; lease.Dispose();")]
    [InlineData("if (lease is { Length: 0 }) return; lease.Dispose();")]
    [InlineData("if (lease is not { Length: > 0 }) return; lease.Dispose();")]
    [InlineData("if (!(lease.Length > 0)) return; lease.Dispose();")]
    [InlineData("if (0 == lease.Length) throw new IOException(); lease.Dispose();")]
    [InlineData("if (lease.Length < 1) return; lease.Dispose();")]
    [InlineData("var length = lease.Length; if (length == 0) return; lease.Dispose();")]
    [InlineData("var length = lease.Length; switch (length) { case 0: return; } lease.Dispose();")]
    [InlineData("var isEmpty = lease.Length == 0; if (isEmpty) return; lease.Dispose();")]
    [InlineData("if (x || lease.Length == 0) { if (lease.Length > 0) lease.Dispose(); return; } lease.Dispose();")]
    [InlineData("while (lease.Length > 0) { lease.Dispose(); lease = await socket.ReceiveLeasedAsync(); }")]
    [InlineData("while (true) { if (lease.Length == 0) break; lease.Dispose(); lease = await socket.ReceiveLeasedAsync(); }")]
    [InlineData("while (true) { switch (lease.Length) { case 0: return; } lease.Dispose(); lease = await socket.ReceiveLeasedAsync(); }")]
    [InlineData("lease.Dispose(); for (;;) { var next = await socket.ReceiveLeasedAsync(); if (next.Length == 0) continue; next.Dispose(); }")]
    [InlineData("lease.Dispose(); do { lease = await socket.ReceiveLeasedAsync(); if (lease.Length is 0) throw new IOException(); lease.Dispose(); } while (x);")]
    [InlineData("ReceiveLease? maybe = lease; if (maybe?.Length == 0) return; lease.Dispose();")]
    [InlineData("ReceiveLease? maybe = lease; if (maybe is { Length: 0 }) return; lease.Dispose();")]
    public Task A_lease_of_no_bytes_need_not_be_disposed(string statements) => Run("var lease = await socket.ReceiveLeasedAsync(); " + statements);

    [Theory]
    [InlineData("switch (lease.Length) { case 0: lease.Dispose(); break; }")]
    [InlineData("switch (lease.Length) { case 1: return; } lease.Dispose();")]
    [InlineData("switch (lease) { case { Length: 1 }: return; } lease.Dispose();")]
    [InlineData("n = lease.Length switch { 0 => 0, _ => 1 };")]
    [InlineData("if (lease is { Length: > 0 }) return; lease.Dispose();")]
    [InlineData("while (true) { if (lease.Length == 1) break; lease.Dispose(); lease = {|ZCS0006:await socket.ReceiveLeasedAsync()|}; }")]
    public Task A_lease_of_some_bytes_is_to_be_disposed(string statements) =>
        Run("ReceiveLease lease = {|ZCS0006:await socket.ReceiveLeasedAsync()|}; " + statements);

    private static Task Run(string statements)
    {
        var test = Check.Program(Programs.InMethod(statements));
        test.DisabledDiagnostics.Clear();
        return test.RunAsync();
    }
}
