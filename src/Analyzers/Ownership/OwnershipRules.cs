using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>The rules on who owns a buffer.</summary>
internal static class OwnershipRules
{
    private const string Category = "ZeroCopySockets.Ownership";
    private const string HelpRoot = "https://github.com/zerocopysockets/zerocopysockets/blob/main/docs/rules/";

    /// <summary>
    /// Arguments: the buffer, what is done to it, "" or " in a later iteration", the method that sent it, the line of that
    /// call, and what to await.
    /// </summary>
    public static readonly DiagnosticDescriptor WriteWhileInFlight = new(
        id: "ZCS0001",
        title: "A buffer is written while the kernel owns it",
        messageFormat: "Buffer '{0}' is {1}{2} while the kernel owns it: the send '{3}' on line {4} has not been recycled; await {5} first",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "From the call of a zero-copy send until its notification the kernel and the network card read the buffer where it lies. "
            + "What is written in between may be what is sent, or sent again in a retransmission.",
        helpLinkUri: HelpRoot + "ZCS0001.md");
}
