using ZeroCopySockets.Simulator.Bugs;

namespace ZeroCopySockets.Simulator.Tests;

/// <summary>The simulator's seeds, and whether it would find a bug.</summary>
public sealed class SwarmTests
{
    /// <summary>Seeds within which a planted bug must be found.</summary>
    private const int Patience = 300;

    /// <summary>The planted bugs, by name.</summary>
    public static TheoryData<string> Bugs => [.. PlantedBugs.All.Select(bug => bug.Name)];

    [Fact]
    public void A_thousand_seeds_break_no_invariant()
    {
        for (int seed = 1; seed <= 1_000; seed++)
        {
            RunResult result = Simulation.Run(seed);
            Assert.True(result.Violation is null, result.ToString());
        }
    }

    [Fact]
    public void A_seed_does_the_same_again()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            Assert.Equal(Simulation.Run(seed).ToString(), Simulation.Run(seed).ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found_and_named(string name)
    {
        PlantedBug bug = PlantedBugs.All.Single(planted => planted.Name == name);
        for (int seed = 1; seed <= Patience; seed++)
        {
            if (Simulation.Run(seed, bug).Violation is { } violation)
            {
                Assert.Contains(violation.Invariant, bug.Breaks);
                return;
            }
        }

        Assert.Fail($"\"{name}\" stayed hidden for {Patience} seeds.");
    }
}
