namespace ZeroCopySockets.Analyzers.Tests.Ownership;

public class StraightLineTests
{
    [Fact]
    public Task A_write_between_send_and_recycle_is_reported() => Check.Reports("""
        SendReceipt sent = await socket.SendZeroCopyAsync(b);
        [|b.Edit()|][0] = 1;
        await sent.Recycled;
        """);

    [Fact]
    public Task A_write_after_recycle_is_fine() => Check.IsSilent("""
        SendReceipt sent = await socket.SendZeroCopyAsync(b);
        await sent.Recycled;
        b.Edit()[0] = 1;
        """);
}
