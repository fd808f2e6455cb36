using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Layout;

/// <summary>The rules about <c>layouts.lock</c>.</summary>
internal static class LayoutLockRules
{
    private const string Category = "ZeroCopySockets.Layout";
    private const string HelpRoot = "https://github.com/zerocopysockets/zerocopysockets/blob/main/docs/rules/";

    public static readonly DiagnosticDescriptor Broken = new(
        "ZCS1027",
        "An edit breaks a locked layout",
        "{0} breaks the layout in layouts.lock: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1027.md");

    public static readonly DiagnosticDescriptor Unreadable = new(
        "ZCS1028",
        "The layout lock cannot be read",
        "This line is no message and no field of a layout lock; write the file anew with 'dotnet build -p:UpdateLayoutLock=true'",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1028.md");

    public static readonly DiagnosticDescriptor OutOfDate = new(
        "ZCS1029",
        "A message is not in the layout lock as it is",
        "Message '{0}' breaks nothing, but layouts.lock does not say what it is now; bring it up to date with 'dotnet build -p:UpdateLayoutLock=true'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1029.md");
}
