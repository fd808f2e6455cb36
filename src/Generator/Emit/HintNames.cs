using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Names of generated files. The compiler compares them without regard to case, as some file systems do.</summary>
internal static class HintNames
{
    /// <summary>The messages whose names differ from another's only by case, in ordinal order. As a rule there are none.</summary>
    public static EquatableArray<string> FindCollisions(IEnumerable<string> messages) => new(messages
        .GroupBy(m => m, StringComparer.OrdinalIgnoreCase)
        .Where(g => g.Count() > 1)
        .SelectMany(g => g)
        .OrderBy(m => m, StringComparer.Ordinal));

    /// <summary>A name no other message of the compilation has.</summary>
    public static string For(string message, EquatableArray<string> collisions)
    {
        int rank = collisions
            .Where(c => string.Equals(c, message, StringComparison.OrdinalIgnoreCase))
            .TakeWhile(c => c != message)
            .Count();
        return message + (rank == 0 ? "" : $".{rank + 1}") + ".ZeroCopy.g.cs";
    }
}
