using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership;

internal enum CallKind
{
    Unknown,

    /// <summary>Lends an argument to the kernel.</summary>
    Lends,

    /// <summary>Gives the same task, or nullable lease, in another form.</summary>
    Forwards,

    /// <summary>Waits for the task, as an await does.</summary>
    CompletesTask,

    /// <summary>Combines tasks into one that waits for all.</summary>
    WhenAll,

    /// <summary>Gives a view of part of the memory.</summary>
    Slices,

    /// <summary>Gives another view of the same memory.</summary>
    Derives,

    /// <summary>Gives the memory to somebody else: its pool.</summary>
    Returns,

    /// <summary>Puts a value into a collection.</summary>
    Adds,

    /// <summary>Reads from a pipe, whose bytes it gives.</summary>
    ReadsPipe,

    /// <summary>Tells a pipe that bytes are done with.</summary>
    Advances,

    /// <summary>Tells a pipe that all of it is done with.</summary>
    CompletesPipe,

    /// <summary>Gives a position in the bytes of a pipe.</summary>
    Positions,
}

/// <summary>What a call does to the buffers and tasks handed to it. Computed once per method.</summary>
internal sealed class CallFacts
{
    private readonly IMethodSymbol _method;
    private readonly KnownSymbols _known;
    private Details? _details;

    private CallFacts(IMethodSymbol method, KnownSymbols known)
    {
        _method = method;
        _known = known;
        IsReceive = method.Name.StartsWith("Receive", StringComparison.Ordinal) && KnownSymbols.IsSocket(method.ContainingType);
        (LentParameters, TakenParameters) = known.Marked(method);
        LentParameters = IsReceive ? [.. LentParameters.Union(WrittenParameters)] : LentParameters;
        GivesLease = known.GivesLease(method.ReturnType);
        if (!LentParameters.IsEmpty)
        {
            var result = method.ReturnType as INamedTypeSymbol;
            ReturnsTask = TypeFacts.IsTask(result);
            GivesReceipt = known.IsReceipt(ReturnsTask && result!.Arity == 1 ? result.TypeArguments[0] : result);
        }
    }

    public CallKind Kind => Lends ? CallKind.Lends : Rest.Kind;

    /// <summary>Lends an argument to the kernel, and gives what tells when it is over.</summary>
    public bool Lends => !LentParameters.IsEmpty && (ReturnsTask || GivesReceipt);

    /// <summary>A function without any such call leaves all buffers where they are.</summary>
    public bool MovesBuffers => Lends || GivesLease || !TakenParameters.IsEmpty;

    /// <summary>All it does to buffers is to lend some until its task is done.</summary>
    public bool EndsWithItsTask => Lends && !GivesReceipt && !GivesLease && TakenParameters.IsEmpty;

    /// <summary>A socket's receive: the kernel writes what it is lent.</summary>
    public bool IsReceive { get; }

    /// <summary>It throws, or ends the process.</summary>
    public bool NeverReturns => Rest.NeverReturns;

    /// <summary>What it returns is a lease, or a task of one, whose disposal is the caller's from then on.</summary>
    public bool ReturnsOwnership => Rest.ReturnsOwnership;

    /// <summary>What it returns is a lease, or a task of one.</summary>
    public bool GivesLease { get; }

    /// <summary>Parameters whose buffer the kernel owns from the call on.</summary>
    public ImmutableArray<int> LentParameters { get; }

    /// <summary>Parameters whose lease is the callee's from then on.</summary>
    public ImmutableArray<int> TakenParameters { get; }

    /// <summary>Parameters whose buffer is read before the call returns, and that is all.</summary>
    public ImmutableArray<int> ReadParameters => Rest.ReadParameters;

    /// <summary>Parameters whose memory the call writes.</summary>
    public ImmutableArray<int> WrittenParameters => Rest.WrittenParameters;

    /// <summary>The parameter that says where in an array or view the call works, or -1.</summary>
    public int StartParameter => Rest.StartParameter;

    /// <summary>The parameter that says how much of it, or -1.</summary>
    public int LengthParameter => Rest.LengthParameter;

    /// <summary>The call writes what it is called on, be that as an extension method.</summary>
    public bool WritesReceiver => Rest.WritesReceiver;

    public bool ReturnsTask { get; }

    public bool GivesReceipt { get; }

    /// <summary>Part of .NET, so nothing that knows of leases or waits for sends.</summary>
    public bool IsFramework => Rest.IsFramework;

    /// <summary>Part of .NET's collections, so something that may keep what it is given.</summary>
    public bool IsCollection => Rest.IsCollection;

    /// <summary>What only an analysis of the flow asks for.</summary>
    private Details Rest => _details ??= new Details(_method, _known);

    public static CallFacts Of(IMethodSymbol method, KnownSymbols known) => new(method, known);

    private static int OrdinalOf(IMethodSymbol method, params string[] names) =>
        method.Parameters.LastOrDefault(p =>
            p.Type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64
            && names.Contains(p.Name, StringComparer.Ordinal))?.Ordinal ?? -1;

    private static CallKind KindOf(IMethodSymbol method, bool isFramework, bool isCollection)
    {
        if (!isFramework)
        {
            return CallKind.Unknown;
        }

        return TypeFacts.NameOf(method.ContainingType) switch
        {
            "System.Threading.Tasks.Task" or "System.Threading.Tasks.Task`1"
                or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1"
                or "System.Threading.Tasks.TaskAsyncEnumerableExtensions" => OnTask(method.Name),
            var name when name.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal)
                && method.Name is "GetAwaiter" or "GetResult" => OnTask(method.Name),
            "System.Nullable`1" when method.Name is "GetValueOrDefault" => CallKind.Forwards,
            "System.MemoryExtensions" when method.Name is "AsSpan" or "AsMemory" => CallKind.Slices,
            "System.MemoryExtensions" or "System.Runtime.InteropServices.MemoryMarshal" => CallKind.Derives,
            "System.Span`1" or "System.ReadOnlySpan`1" or "System.Memory`1" or "System.ReadOnlyMemory`1" or "System.ArraySegment`1"
                => method.Name is "Slice" ? CallKind.Slices : CallKind.Derives,
            "System.Buffers.ReadOnlySequence`1" when method.Name is "GetPosition" => CallKind.Positions,
            "System.Buffers.ReadOnlySequence`1" => method.Name is "Slice" ? CallKind.Slices : CallKind.Derives,
            "System.IO.Pipelines.PipeReader" when method.Name is "ReadAsync" or "ReadAtLeastAsync" or "TryRead" => CallKind.ReadsPipe,
            "System.IO.Pipelines.PipeReader" when method.Name is "Complete" or "CompleteAsync" => CallKind.CompletesPipe,
            "System.Buffers.BuffersExtensions" when method.Name is "PositionOf" => CallKind.Positions,
            "System.IO.Pipelines.PipeReader" when method.Name is "AdvanceTo" => CallKind.Advances,
            "System.Buffers.ArrayPool`1" when method.Name is "Return" => CallKind.Returns,
            _ when isCollection && method.Name is "Add" or "Enqueue" or "Push" or "AddLast" or "AddFirst" => CallKind.Adds,
            _ => CallKind.Unknown,
        };
    }

    private static CallKind OnTask(string name) => name switch
    {
        "AsTask" or "ConfigureAwait" or "Preserve" or "WaitAsync" or "GetAwaiter" => CallKind.Forwards,
        "GetResult" or "Wait" => CallKind.CompletesTask,
        "WhenAll" or "WaitAll" => CallKind.WhenAll,
        _ => CallKind.Unknown,
    };

    private sealed class Details
    {
        public Details(IMethodSymbol method, KnownSymbols known)
        {
            IsFramework = TypeFacts.IsUnderSystem(method.ContainingNamespace) && !method.Locations.Any(l => l.IsInSource);
            IsCollection = IsFramework && TypeFacts.IsUnderCollections(method.ContainingNamespace);
            WritesReceiver = known.Writes(method) || KnownWriters.WritesReceiver(method);
            WrittenParameters = [.. method.Parameters.Where(p => KnownWriters.Writes(method, p, IsFramework)).Select(p => p.Ordinal)];
            StartParameter = OrdinalOf(method, "start", "offset", "index", "startIndex", "destinationIndex", "dstOffset", "byteIndex");
            LengthParameter = OrdinalOf(method, "length", "count", "size");
            ReturnsOwnership = known.ReturnsOwnership(method);
            NeverReturns = method.GetAttributes().Any(data => data.AttributeClass is { Name: "DoesNotReturnAttribute" });
            ReadParameters = [.. method.Parameters.Where(known.IsOnlyRead).Select(p => p.Ordinal)];
            Kind = KindOf(method, IsFramework, IsCollection);
        }

        public CallKind Kind { get; }
        public bool NeverReturns { get; }
        public bool ReturnsOwnership { get; }
        public ImmutableArray<int> ReadParameters { get; }
        public ImmutableArray<int> WrittenParameters { get; }
        public int StartParameter { get; }
        public int LengthParameter { get; }
        public bool WritesReceiver { get; }
        public bool IsFramework { get; }
        public bool IsCollection { get; }
    }
}
