using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Ownership;

/// <summary>How far a send is, where the order of its steps is not that of most sends.</summary>
public sealed class SendStateTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_result_that_was_taken_stays_taken_whether_the_memory_came_back_before_or_after(bool before)
    {
        var state = new SendState();
        Continuation nobody = default;
        state.Begin(7);
        state.AddOwed();
        Assert.False(state.Settle(terminal: false, announced: true));
        Assert.True(state.Settle(terminal: true, announced: false));
        if (before)
        {
            Assert.False(state.Recycle(in nobody, out _, out bool taken));
            Assert.False(taken);
            Assert.True(state.TakeResult());
        }
        else
        {
            Assert.False(state.TakeResult());
            Assert.False(state.Recycle(in nobody, out _, out bool taken));
            Assert.True(taken);
        }

        Assert.True(state.IsResultTaken(7));
    }
}
