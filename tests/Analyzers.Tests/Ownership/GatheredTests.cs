namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>Sends of several pieces lend each of them.</summary>
public class GatheredTests
{
    [Theory]
    [InlineData("socket.SendZeroCopyAsync(b, array)", "[|b.Edit()|][0] = 1;")]
    [InlineData("socket.SendZeroCopyAsync(b, array)", "[|array[0]|] = 1;")]
    [InlineData("socket.SendZeroCopyAsync(new SendSegment(b), array)", "[|b.Edit()|][0] = 1;")]
    [InlineData("socket.SendZeroCopyAsync(new SendSegment(b, 2..4), array)", "[|b.Edit()|][0] = 1;")]
    [InlineData("socket.SendZeroCopyAsync(b, new SendSegment(array.AsMemory(0, 4)))", "[|array[3]|] = 1;")]
    [InlineData("socket.SendZeroCopyAsync([b, array])", "[|b.Edit()|][0] = 1;")]
    [InlineData("socket.SendZeroCopyAsync([b, array])", "[|array[0]|] = 1;")]
    [InlineData("socket.SendZeroCopyAsync([new SendSegment(b, 1..), array.AsMemory(4)])", "[|array[4]|] = 1;")]
    public Task A_piece_in_flight_is_watched(string send, string write) => Check.Reports($$"""
        var sent = await {{send}};
        {{write}}
        await sent.Recycled;
        b.Edit()[0] = 1;
        array[0] = 1;
        """);

    [Theory]
    [InlineData("SendSegment[] pieces = [b, array]; await socket.SendZeroCopyAsync(pieces);")]
    [InlineData("var pieces = new SendSegment[] { b, array }; await socket.SendZeroCopyAsync(pieces);")]
    [InlineData("SendSegment head = b; await socket.SendZeroCopyAsync(head, array);")]
    [InlineData("var pieces = new SendSegment[2]; pieces[0] = b; pieces[1] = array; await socket.SendZeroCopyAsync(pieces, ct);")]
    public Task Pieces_in_variables_are_watched(string send) => Check.Reports($$"""
        {{send}}
        [|b.Edit()|][0] = 1;
        [|array[0]|] = 1;
        """);

    [Theory]
    [InlineData("socket.SendZeroCopyAsync(b, array.AsMemory(0, 4))", "array[4] = 1;")]
    [InlineData("socket.SendZeroCopyAsync([b, array.AsMemory(4)])", "array[3] = 1;")]
    [InlineData("socket.SendZeroCopyAsync(tick.Lease, array)", "b.Edit()[0] = 1;")]
    public Task What_is_in_no_piece_may_be_written(string send, string write) => Check.IsSilent($$"""
        var sent = await {{send}};
        {{write}}
        await sent.Recycled;
        tick.Edit();
        array[0] = 1;
        """);
}
