using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>What is done while it pays, and rarely while it does not.</summary>
public sealed class AttemptsTests
{
    [Fact]
    public void What_pays_is_done_every_time()
    {
        var attempts = new Attempts();
        Assert.Equal(1000, Count(ref attempts, 1000, pays: true));
    }

    [Fact]
    public void What_never_pays_is_done_once_in_256_times_in_the_end()
    {
        var attempts = new Attempts();
        Assert.InRange(Count(ref attempts, 1000, pays: false), 8, 12);
        Assert.Equal(100, Count(ref attempts, 25_600, pays: false));
    }

    [Fact]
    public void What_pays_again_is_done_again_from_then_on()
    {
        var attempts = new Attempts();
        Count(ref attempts, 1000, pays: false);
        Count(ref attempts, 256, pays: true);
        Assert.Equal(100, Count(ref attempts, 100, pays: true));
    }

    private static int Count(ref Attempts attempts, int occasions, bool pays)
    {
        int done = 0;
        for (int i = 0; i < occasions; i++)
        {
            if (attempts.TryBegin())
            {
                done++;
                attempts.End(pays);
            }
        }

        return done;
    }
}
