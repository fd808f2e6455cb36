namespace ZeroCopySockets;

/// <summary>One thing the running kernel and this process can or cannot do, and why.</summary>
/// <param name="Name">What it is called in the kernel's documentation.</param>
/// <param name="IsAvailable">Whether it worked when it was tried.</param>
/// <param name="Explanation">What it is good for here, or why it is missing and what to change.</param>
public sealed record KernelCapability(string Name, bool IsAvailable, string Explanation);
