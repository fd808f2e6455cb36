using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Gathers the writes that break the rule in one body and reports each once, whatever number of paths lead to it.</summary>
internal sealed class WritesInFlight : IFlowObserver
{
    private readonly Dictionary<SyntaxNode, Finding> _findings = [];

    public void OnWrittenInFlight(IOperation write, WriteKind kind, IReadOnlyCollection<KeyValuePair<FlightKey, Flight>> flights)
    {
        if (!_findings.TryGetValue(write.Syntax, out var finding))
        {
            finding = new Finding(write.Syntax, kind);
            _findings.Add(write.Syntax, finding);
        }

        foreach (var pair in flights)
        {
            var carried = pair.Value.IsCarried && (!finding.Sends.TryGetValue(pair.Key.Send, out var known) || known);
            finding.Sends[pair.Key.Send] = carried;
        }
    }

    public void Report(Action<Diagnostic> report)
    {
        foreach (var finding in _findings.Values.OrderBy(f => f.Write.SpanStart))
        {
            report(Describe(finding));
        }
    }

    private static Diagnostic Describe(Finding finding)
    {
        var sends = finding.Sends.OrderBy(pair => pair.Key.Call.Syntax.SpanStart).ToList();
        var (send, isCarried) = (sends[0].Key, sends[0].Value);
        var call = send.Call.Syntax;
        var isLater = isCarried
            && (finding.Write.SpanStart < call.SpanStart || finding.Write.LoopsAround().FirstOrDefault() == call.LoopsAround().FirstOrDefault());
        return Diagnostic.Create(
            OwnershipRules.WriteWhileInFlight,
            LocationOf(finding.Write),
            sends.Select(pair => pair.Key.Call.Syntax.GetLocation()),
            properties: null,
            NameOfLent(send),
            finding.Kind switch
            {
                WriteKind.ReturnToPool => "returned to its pool",
                WriteKind.DisposeOwner => "given up by its owner",
                _ => "written",
            },
            isLater ? " in a later iteration" : "",
            send.Call.TargetMethod.Name,
            call.GetLocation().GetMappedLineSpan().StartLinePosition.Line + 1,
            send.GivesReceipt ? "its receipt's 'Recycled'" : "its task");
    }

    /// <summary>The syntax to underline: of a disposal the compiler adds, the variable it disposes.</summary>
    private static Location LocationOf(SyntaxNode write) => write switch
    {
        VariableDeclaratorSyntax declarator => declarator.Identifier.GetLocation(),
        _ => write.GetLocation(),
    };

    /// <summary>The variable whose buffer the send lends, as the user wrote it.</summary>
    private static string NameOfLent(SendSite send)
    {
        var lent = send.Lent;
        while (true)
        {
            IOperation? inner = lent switch
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
                return lent.Syntax.ToString();
            }

            lent = inner;
        }
    }

    private sealed class Finding(SyntaxNode write, WriteKind kind)
    {
        public SyntaxNode Write { get; } = write;

        public WriteKind Kind { get; } = kind;

        /// <summary>The sends in flight, each with whether it comes only from an earlier round of a loop.</summary>
        public Dictionary<SendSite, bool> Sends { get; } = [];
    }
}
