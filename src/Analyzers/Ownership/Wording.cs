using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Which rule a conflict breaks, and how that is said.</summary>
internal static class Wording
{
    public static Diagnostic Of(Conflict conflict)
    {
        var holds = conflict.Holds.OrderBy(pair => pair.Key.Operation.Syntax.SpanStart).ToList();
        var (hold, isCarried) = (holds[0].Key, holds[0].Value);
        var later = IsLater(conflict.Use.Syntax, hold.Operation.Syntax, isCarried) ? " in a later iteration" : "";
        var (rule, arguments) = RuleFor(conflict, hold, later);
        return Diagnostic.Create(
            rule, LocationOf(conflict.Use.Syntax), holds.Select(pair => pair.Key.Operation.Syntax.GetLocation()), properties: null, arguments);
    }

    public static Diagnostic OfOwed(HoldSite owed)
    {
        var rent = owed.Operation.Syntax;
        var name = rent.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } ? declarator.Identifier.Text : rent.ToString();
        return Diagnostic.Create(OwnershipRules.LeaseNotDisposed, rent.GetLocation(), name);
    }

    private static (DiagnosticDescriptor Rule, object[] Arguments) RuleFor(Conflict conflict, HoldSite hold, string later)
    {
        var name = NameOf(hold.Subject);
        var line = LineOf(hold.Operation);
        switch (hold.Kind)
        {
            case HoldKind.Awaited:
                return (OwnershipRules.AwaitedTwice, [TaskOf(conflict.Use), later, line]);
            case HoldKind.Disposed when KnownSymbols.IsReceiveLease(TypeOf(hold.Subject)):
                return (OwnershipRules.ReceiveBufferNotOwned, [name, Said(conflict.Kind, hold), later, $"it was given back on line {line}"]);
            case HoldKind.Disposed:
                return (OwnershipRules.LeaseUsedAfterEnd, [name, Said(conflict.Kind, hold), later, "disposed", line]);
            case HoldKind.HandedOn:
                return (OwnershipRules.LeaseUsedAfterEnd, [name, Said(conflict.Kind, hold), later, $"handed on to '{MethodOf(hold)}'", line]);
            case HoldKind.Send when conflict.Kind == UseKind.Write:
                return (OwnershipRules.WriteWhileInFlight, [name, later, MethodOf(hold), line, FirstDo(hold)]);
            case HoldKind.Receive when conflict.Kind is UseKind.Write or UseKind.Read or UseKind.Send or UseKind.HandOn:
                return (OwnershipRules.ReceiveBufferNotOwned, [name, Said(conflict.Kind, hold), later, $"the {Unfinished(hold)}; {FirstDo(hold)} first"]);
            default:
                return (OwnershipRules.GivenUpWhileInFlight, [name, Said(conflict.Kind, hold), later, Unfinished(hold), FirstDo(hold)]);
        }
    }

    private static string Said(UseKind kind, HoldSite hold) => kind switch
    {
        UseKind.Write => "written",
        UseKind.Read => "read",
        UseKind.Send => "sent",
        UseKind.Dispose => hold.Kind == HoldKind.Disposed ? "disposed again" : "disposed",
        UseKind.HandOn => "handed on",
        UseKind.ReturnToPool => "returned to its pool",
        UseKind.DisposeOwner => "given up by its owner",
        UseKind.AdvancePipe => "given back to its pipe",
        UseKind.DisposeEngine => "taken away with its engine",
        UseKind.LeaveBlock => "left without what keeps it in place",
        _ => "used",
    };

    private static string Unfinished(HoldSite hold) => hold.Kind == HoldKind.Receive
        ? $"receive '{MethodOf(hold)}' on line {LineOf(hold.Operation)} has not completed"
        : $"send '{MethodOf(hold)}' on line {LineOf(hold.Operation)} has not been recycled";

    /// <summary>What ends the hold: of a receipt that was dropped, keeping it comes before awaiting it.</summary>
    private static string FirstDo(HoldSite hold) =>
        !hold.GivesReceipt ? "await its task" : IsDropped(hold.Operation) ? "keep its receipt and await 'Recycled'" : "await its receipt's 'Recycled'";

    /// <summary>True when nothing can ever be done with what the call returns.</summary>
    private static bool IsDropped(IOperation operation)
    {
        for (var node = operation.Syntax.Parent; ; node = node.Parent)
        {
            switch (node)
            {
                case AwaitExpressionSyntax or ParenthesizedExpressionSyntax:
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait", Parent: InvocationExpressionSyntax }:
                    node = node.Parent;
                    continue;
                default:
                    return node is ExpressionStatementSyntax
                        or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "_" }, Parent: ExpressionStatementSyntax };
            }
        }
    }

    private static bool IsLater(SyntaxNode use, SyntaxNode hold, bool isCarried) => isCarried
        && (use.SpanStart <= hold.SpanStart || use.LoopsAround().FirstOrDefault() == hold.LoopsAround().FirstOrDefault());

    private static string MethodOf(HoldSite hold) => hold.Operation switch
    {
        IInvocationOperation call => call.TargetMethod.Name,
        IObjectCreationOperation creation => creation.Type!.Name,
        _ => hold.Operation.Syntax.ToString(),
    };

    private static int LineOf(IOperation operation) => operation.Syntax.GetLocation().GetMappedLineSpan().StartLinePosition.Line + 1;

    /// <summary>The syntax to underline: of a disposal the compiler adds, the variable it disposes.</summary>
    private static Location LocationOf(SyntaxNode use) => use switch
    {
        VariableDeclaratorSyntax declarator => declarator.Identifier.GetLocation(),
        _ => use.GetLocation(),
    };

    private static ITypeSymbol? TypeOf(IOperation operation) =>
        operation is IConversionOperation { IsImplicit: true } conversion ? TypeOf(conversion.Operand) : operation.Type;

    /// <summary>The ValueTask that is used up, as the user wrote it.</summary>
    private static string TaskOf(IOperation use)
    {
        var task = use;
        while (task is IAwaitOperation or IInvocationOperation { Instance: not null } or IConversionOperation
            || (task is IPropertyReferenceOperation { Instance: not null } property && property.Property.Name == "Result"))
        {
            task = task switch
            {
                IInvocationOperation { Instance: { } instance } => instance,
                IPropertyReferenceOperation { Instance: { } instance } => instance,
                _ => task.ChildOperations.First(),
            };
        }

        return task.Syntax.ToString();
    }

    /// <summary>The variable whose buffer it is, as the user wrote it.</summary>
    private static string NameOf(IOperation subject)
    {
        while (true)
        {
            IOperation? inner = subject switch
            {
                IConversionOperation conversion => conversion.Operand,
                IParenthesizedOperation parenthesized => parenthesized.Operand,
                IInvocationOperation { Instance: { } instance } => instance,
                IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: { IsEmpty: false } arguments } => arguments[0].Value,
                IObjectCreationOperation { Arguments: { IsEmpty: false } arguments } => arguments[0].Value,
                IPropertyReferenceOperation { Instance: { } instance } when instance is not IInstanceReferenceOperation => instance,
                IImplicitIndexerReferenceOperation indexer => indexer.Instance,
                _ => null,
            };
            if (inner is null)
            {
                return subject is ILocalReferenceOperation variable ? variable.Local.Name : subject.Syntax.ToString();
            }

            subject = inner;
        }
    }
}
