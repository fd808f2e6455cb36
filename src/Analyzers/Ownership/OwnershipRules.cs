using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>The rules on who owns a buffer.</summary>
internal static class OwnershipRules
{
    private const string Category = "ZeroCopySockets.Ownership";
    private const string HelpRoot = "https://github.com/zerocopysockets/zerocopysockets/blob/main/docs/rules/";

    /// <summary>Arguments: the buffer, "" or " in a later iteration", the method that sent it, the line of that call, and what to do first.</summary>
    public static readonly DiagnosticDescriptor WriteWhileInFlight = new(
        "ZCS0001",
        "A buffer is written while the kernel owns it",
        "Buffer '{0}' is written{1} while the kernel owns it: the send '{2}' on line {3} has not been recycled; {4} first",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "From the call of a zero-copy send until its notification the kernel and the network card read the buffer where it lies. "
            + "What is written in between may be what is sent, or sent again in a retransmission.",
        helpLinkUri: HelpRoot + "ZCS0001.md");

    /// <summary>Arguments: the memory, what becomes of it, "" or " in a later iteration", what the kernel does with it and since when, and what to do first.</summary>
    public static readonly DiagnosticDescriptor GivenUpWhileInFlight = new(
        "ZCS0002",
        "Memory is given up while the kernel owns it",
        "The memory of '{0}' is {1}{2} while the kernel owns it: the {3}; {4} first",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "From the call of a zero-copy send until its notification, and of a receive until its completion, the kernel uses the memory where it lies. "
            + "Memory that is given to somebody else in between is sent with what they write, or overwritten with what arrives.",
        helpLinkUri: HelpRoot + "ZCS0002.md");

    /// <summary>Arguments: the buffer, what is done to it, "" or " in a later iteration", and why it is not the caller's.</summary>
    public static readonly DiagnosticDescriptor ReceiveBufferNotOwned = new(
        "ZCS0003",
        "A receive buffer is used while it is the kernel's",
        "Receive buffer '{0}' is {1}{2} while it is the kernel's: {3}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Memory given to a receive is the kernel's to fill until the receive has completed, and the buffer of a receive lease is the kernel's again "
            + "once the lease is disposed. What is read in between is neither what arrived before nor what arrives next.",
        helpLinkUri: HelpRoot + "ZCS0003.md");

    /// <summary>Arguments: the lease, what is done to it, "" or " in a later iteration", how and on which line it ended.</summary>
    public static readonly DiagnosticDescriptor LeaseUsedAfterEnd = new(
        "ZCS0004",
        "A lease is used after its end",
        "Lease '{0}' is {1}{2} after it was {3} on line {4}; its buffer may already be somebody else's",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A lease ends when it is disposed, or handed to a method that takes it over. Its buffer then goes to whoever rents next, in whose message a write would land.",
        helpLinkUri: HelpRoot + "ZCS0004.md");

    /// <summary>Arguments: the method or property that gave the ValueTask, "" or " in a later iteration", the line of the first time.</summary>
    public static readonly DiagnosticDescriptor AwaitedTwice = new(
        "ZCS0005",
        "A ValueTask is awaited twice",
        "The ValueTask of '{0}' is awaited again{1}: it was used up on line {2}; keep what the first await gave, or await the task of one 'AsTask()'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The operation behind a ValueTask of a socket is reused once it has been awaited. A second await takes the result of another operation, or throws.",
        helpLinkUri: HelpRoot + "ZCS0005.md");

    /// <summary>Arguments: the lease.</summary>
    public static readonly DiagnosticDescriptor LeaseNotDisposed = new(
        "ZCS0006",
        "A lease is not disposed on every path",
        "Lease '{0}' is neither disposed nor handed on on every path; declare it with 'using'",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "A lease that is never disposed keeps its buffer from everybody else until the engine ends. Pools are small: when they run out, renting waits and then fails.",
        helpLinkUri: HelpRoot + "ZCS0006.md");

    /// <summary>Arguments: the method that sends.</summary>
    public static readonly DiagnosticDescriptor RecycleAwaitedAtOnce = new(
        "ZCS0007",
        "A recycle is awaited at once",
        "The recycle of '{0}' is awaited at once; 'SendAndRecycleAsync' does both in one await",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "The two completions of a send are apart so that the next send need not wait for the buffer of the last. Who waits for both has no use for that, and pays for a second await.",
        helpLinkUri: HelpRoot + "ZCS0007.md");

    /// <summary>The rules that follow the flow of a method.</summary>
    public static readonly ImmutableArray<DiagnosticDescriptor> OfFlow =
        [WriteWhileInFlight, GivenUpWhileInFlight, ReceiveBufferNotOwned, LeaseUsedAfterEnd, AwaitedTwice, LeaseNotDisposed];
}
