using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>What stays the same while one method, lambda or local function is analysed.</summary>
internal sealed class FunctionContext
{
    private readonly ISymbol _function;
    private readonly HashSet<ISymbol> _shared;
    private readonly Dictionary<CaptureId, IOperation?> _captures = [];
    private readonly Dictionary<IOperation, Condition?> _conditions = [];
    private readonly Dictionary<(IOperation, HoldKind), HoldSite> _holds = [];
    private readonly Dictionary<Site, HoldSite> _ends = [];

    /// <param name="known">The types the rules know.</param>
    /// <param name="graph">The graph of the function.</param>
    /// <param name="function">The method, lambda or local function.</param>
    /// <param name="shared">Variables that lambdas or local functions share with the function around them.</param>
    /// <param name="underway">The summaries that wait for this analysis; null where none does.</param>
    public FunctionContext(
        KnownSymbols known, ControlFlowGraph graph, ISymbol function, HashSet<ISymbol> shared, Callees.Inquiry? underway = null)
    {
        Underway = underway;
        Known = known;
        Graph = graph;
        Merged = new MergedBuffers(Names);
        _function = function;
        _shared = shared;
        foreach (var block in graph.Blocks)
        {
            foreach (var operation in block.Operations)
            {
                if (operation.Kind == OperationKind.FlowCapture && operation is IFlowCaptureOperation capture)
                {
                    _captures[capture.Id] = _captures.ContainsKey(capture.Id) ? null : capture.Value;
                }
            }
        }
    }

    public KnownSymbols Known { get; }

    public ControlFlowGraph Graph { get; }

    public Names Names { get; } = new();

    public MergedBuffers Merged { get; }

    /// <summary>The summaries that wait for this analysis; null where it is made for its own sake.</summary>
    public Callees.Inquiry? Underway { get; }

    /// <summary>The parameters that hold a buffer on entry.</summary>
    public IEnumerable<IParameterSymbol> BufferParameters => _function is IMethodSymbol method
        ? method.Parameters.Where(p => p.RefKind is (RefKind.None or RefKind.In or RefKind.RefReadOnlyParameter) && Known.Type(p.Type).NamesBuffer && IsTracked(p))
        : [];

    public static List<IOperation> OperationsOf(ControlFlowGraph graph) => OperationsOf(graph.Blocks);

    /// <summary>A list, as a query within a query takes longer than what is done with most of them.</summary>
    public static List<IOperation> OperationsOf(IEnumerable<BasicBlock> blocks)
    {
        var all = new List<IOperation>();
        foreach (var block in blocks)
        {
            foreach (var operation in block.Operations)
            {
                AddWithDescendants(operation, all);
            }

            AddWithDescendants(block.BranchValue, all);
        }

        return all;
    }

    private static void AddWithDescendants(IOperation? operation, List<IOperation> all)
    {
        if (operation is null)
        {
            return;
        }

        all.Add(operation);
        foreach (var child in operation.ChildOperations)
        {
            AddWithDescendants(child, all);
        }
    }

    /// <summary>The condition as <see cref="Conditions"/> reads it: once, though each of its outcomes, on each path, asks.</summary>
    public Condition? ConditionOf(IOperation operation, Func<FunctionContext, IOperation, Condition?> read) =>
        _conditions.TryGetValue(operation, out var known) ? known : _conditions[operation] = read(this, operation);

    /// <summary>The one object that stands for a hold that begins at an operation.</summary>
    public HoldSite HoldAt(IOperation operation, HoldKind kind, IOperation? subject, bool givesReceipt = false)
    {
        if (!_holds.TryGetValue((operation, kind), out var site))
        {
            site = new HoldSite(Names, operation, kind, subject ?? operation, givesReceipt);
            _holds.Add((operation, kind), site);
        }

        return site;
    }

    /// <summary>
    /// The hold of a lease that ends. In a summary it is one and the same wherever the lease of a parameter ends: only whether one of
    /// these places is on every path is asked for there.
    /// </summary>
    public HoldSite EndAt(IOperation operation, HoldKind kind, IOperation subject, AbstractValue lease) =>
        Underway is not null && lease.OnlyBuffer() is { Origin: IParameterSymbol } parameter
            ? _ends.TryGetValue(parameter, out var end) ? end : _ends[parameter] = HoldAt(operation, kind, subject)
            : HoldAt(operation, kind, subject);

    /// <summary>True when the collection is used, other than by adding to it, in a loop that does not also surround the addition.</summary>
    public bool IsUsedInLoopWithout(Slot collection, SyntaxNode addition) => OperationsOf(Graph)
        .Where(operation => SlotOf(operation) == collection && !IsAddition(operation))
        .Any(use => use.Syntax.LoopsAround().Any(loop => !loop.Span.Contains(addition.Span)));

    private bool IsAddition(IOperation collection) => collection.Parent switch
    {
        IInvocationOperation call => call.Instance == collection && Known.Call(call.TargetMethod).Kind == CallKind.Adds,
        IArrayElementReferenceOperation { Parent: ISimpleAssignmentOperation assignment } element => assignment.Target == element,
        ISimpleAssignmentOperation assignment => assignment.Target == collection,
        _ => false,
    };

    /// <summary>Where the value of a variable or temporary is kept; null for one that is not followed.</summary>
    public Slot? SlotOf(IOperation operation) => operation.Kind switch
    {
        OperationKind.FlowCaptureReference => Names.SlotOf(((IFlowCaptureReferenceOperation)operation).Id),
        OperationKind.LocalReference => SlotOf(((ILocalReferenceOperation)operation).Local),
        OperationKind.ParameterReference => SlotOf(((IParameterReferenceOperation)operation).Parameter),
        _ => null,
    };

    /// <summary>Where the value of a variable is kept; null for one that is not followed.</summary>
    public Slot? SlotOf(ISymbol variable) => IsTracked(variable) ? Names.SlotOf(variable) : null;

    /// <summary>The variable an expression reads, looking through temporaries; null for anything else.</summary>
    public ISymbol? VariableOf(IOperation operation) => Resolve(operation) switch
    {
        ILocalReferenceOperation { Local.IsRef: false } local when IsTracked(local.Local) => local.Local,
        IParameterReferenceOperation { Parameter.RefKind: RefKind.None } parameter when IsTracked(parameter.Parameter) => parameter.Parameter,
        _ => null,
    };

    /// <summary>What an expression or temporary is at bottom: the expression a temporary of a single origin was made from.</summary>
    public IOperation Resolve(IOperation operation)
    {
        while (true)
        {
            switch (operation.Kind)
            {
                case OperationKind.Parenthesized:
                    operation = ((IParenthesizedOperation)operation).Operand;
                    break;
                case OperationKind.Conversion when operation is IConversionOperation { IsImplicit: true, OperatorMethod: null } conversion:
                    operation = conversion.Operand;
                    break;
                case OperationKind.FlowCaptureReference
                    when _captures.TryGetValue(((IFlowCaptureReferenceOperation)operation).Id, out var origin) && origin is not null && IsReference(origin):
                    operation = origin;
                    break;
                default:
                    return operation;
            }
        }
    }

    /// <summary>The text of a variable, or of a field or property reached from one: another look at it most likely gives the same object.</summary>
    public static string? PathOf(IOperation operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local.Name,
        IParameterReferenceOperation parameter => parameter.Parameter.Name,
        IInstanceReferenceOperation => "this",
        IMemberReferenceOperation { Instance: { } instance } member and (IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true })
            when PathOf(instance) is { } path => path + "." + member.Member.Name,
        _ => null,
    };

    /// <summary>True when what a path leads to is passed to some method, which may close it.</summary>
    public bool IsHandedOn(string path) => OperationsOf(Graph).OfType<IArgumentOperation>().Any(argument =>
        PathOf(Resolve(argument.Value)) == path
        && argument is not { Parameter.Ordinal: 0, Parent: IInvocationOperation { TargetMethod.IsExtensionMethod: true } });

    /// <summary>What was asked for a buffer, or to send it: the path to an engine or socket.</summary>
    public string? ReceiverOf(object site) => site switch
    {
        IAwaitOperation await => ReceiverOf(await.Operation),
        IArgumentOperation { Parent: IInvocationOperation call } => ReceiverOf(call),
        IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask", Instance: { } task } => ReceiverOf(task),
        IInvocationOperation { Instance: { } instance } => PathOf(Resolve(instance)),
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: { IsEmpty: false } arguments } => PathOf(Resolve(arguments[0].Value)),
        _ => null,
    };

    /// <summary>The value of a constant of an integral, boolean or enumeration type.</summary>
    public static long? ConstantOf(IOperation operation)
    {
        if (operation is IConversionOperation { ConstantValue.HasValue: false } conversion
            && (conversion.OperatorMethod is null || conversion.OperatorMethod.ContainingType.Name == "Index"))
        {
            return ConstantOf(conversion.Operand);
        }

        return operation.ConstantValue is { HasValue: true, Value: { } value } ? value switch
        {
            bool boolean => boolean ? 1 : 0,
            char character => character,
            sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
            _ => null,
        } : null;
    }

    /// <summary>What is known of a variable once the expression has been stored in it.</summary>
    public static ValueSet? FactOf(ISymbol variable, IOperation stored)
    {
        if (IsCounted(TypeOf(variable)))
        {
            return ConstantOf(stored) is { } constant ? ValueSet.Exactly(constant) : null;
        }

        return CanBeNull(TypeOf(variable)) && IsNull(stored) ? ValueSet.Of(false) : null;
    }

    public static bool CanBeNull(ITypeSymbol? type) =>
        type is { IsReferenceType: true } or { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T };

    public static ITypeSymbol? TypeOf(ISymbol variable) => (variable as ILocalSymbol)?.Type ?? (variable as IParameterSymbol)?.Type;

    /// <summary>True for types whose constants tell paths apart.</summary>
    public static bool IsCounted(ITypeSymbol? type) => type is { TypeKind: TypeKind.Enum } or
    {
        SpecialType: SpecialType.System_Boolean or SpecialType.System_Char or SpecialType.System_SByte or SpecialType.System_Byte
            or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32
            or SpecialType.System_Int64
    };

    public static bool IsNull(IOperation operation) => operation switch
    {
        IConversionOperation conversion => IsNull(conversion.Operand),
        _ => operation.ConstantValue is { HasValue: true, Value: null },
    };

    private static bool IsReference(IOperation operation) => operation.Kind is OperationKind.LocalReference or OperationKind.ParameterReference
        or OperationKind.FlowCaptureReference or OperationKind.Conversion or OperationKind.Parenthesized
        or OperationKind.ArrayElementReference or OperationKind.FieldReference or OperationKind.PropertyReference;

    private bool IsTracked(ISymbol variable) => (_shared.Count == 0 || !_shared.Contains(variable))
        && (variable is ILocalSymbol { IsStatic: false } || SymbolEqualityComparer.Default.Equals(variable.ContainingSymbol, _function));
}
