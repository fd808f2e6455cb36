using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>The types and marks the ownership rules know, looked up once per compilation.</summary>
internal sealed class KnownSymbols
{
    private const string LibraryName = "ZeroCopySockets";

    private readonly IAssemblySymbol _library;
    private readonly INamedTypeSymbol? _bufferLease;
    private readonly INamedTypeSymbol? _writesBuffer;
    private readonly INamedTypeSymbol? _lentToKernel;
    private readonly INamedTypeSymbol? _returnsOwnership;
    private readonly INamedTypeSymbol? _takesOwnership;
    private readonly INamedTypeSymbol? _readsWhileInFlight;
    private readonly INamedTypeSymbol? _sendReceipt;
    private readonly ConcurrentDictionary<IMethodSymbol, CallFacts> _calls = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ITypeSymbol, TypeFacts> _types = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<IAssemblySymbol, bool> _knowsLibrary = new(SymbolEqualityComparer.Default);

    /// <summary>The last assembly met that does not know the library: mostly .NET's, which most calls go to.</summary>
    private IAssemblySymbol? _strange;

    private KnownSymbols(Compilation compilation, IAssemblySymbol library)
    {
        _bufferLease = Find("BufferLeaseAttribute");
        _writesBuffer = Find("WritesBufferAttribute");
        _lentToKernel = Find("LentToKernelAttribute");
        _returnsOwnership = Find("ReturnsOwnershipAttribute");
        _takesOwnership = Find("TakesOwnershipAttribute");
        _readsWhileInFlight = Find("ReadsWhileInFlightAttribute");
        _sendReceipt = Find("SendReceipt");
        _library = library;
        Callees = new Callees(compilation, this);

        INamedTypeSymbol? Find(string name) => library.GetTypeByMetadataName($"{LibraryName}.{name}");
    }

    /// <summary>What methods of this compilation do to the leases handed to them.</summary>
    public Callees Callees { get; }

    /// <summary>
    /// For the compilation, null when it does not use the library. Looked for when it is first asked for: a compiler that has not begun yet
    /// would have to read its references for it.
    /// </summary>
    public static Lazy<KnownSymbols?> Of(Compilation compilation) => new(() => From(compilation));

    /// <summary>The library is known by the name of its assembly: to ask the compilation for a type would read the names of all types in all references.</summary>
    private static KnownSymbols? From(Compilation compilation) =>
        compilation.SourceModule.ReferencedAssemblySymbols.Prepend(compilation.Assembly).FirstOrDefault(assembly => assembly.Name == LibraryName) is { } library
            ? new KnownSymbols(compilation, library)
            : null;

    public CallFacts Call(IMethodSymbol method) => _calls.TryGetValue(method.OriginalDefinition, out var facts)
        ? facts
        : _calls.GetOrAdd(method.OriginalDefinition, m => CallFacts.Of(m, this));

    // Numbers, text and the like are what most expressions are of.
    public TypeFacts Type(ITypeSymbol? type) => type is null or { SpecialType: >= SpecialType.System_Object and <= SpecialType.System_String } ? TypeFacts.None
        : _types.TryGetValue(type, out var facts) ? facts
        : _types.GetOrAdd(type, t => TypeFacts.Of(t, this));

    public bool IsLease(ITypeSymbol? type) => Has(type?.OriginalDefinition, _bufferLease);

    /// <summary>The parameters marked as lent to the kernel, and those marked as taken: one look at the marks of each.</summary>
    public (ImmutableArray<int> Lent, ImmutableArray<int> Taken) Marked(IMethodSymbol method)
    {
        var (lent, taken) = (ImmutableArray<int>.Empty, ImmutableArray<int>.Empty);
        foreach (var parameter in KnowsLibrary(method.ContainingAssembly) ? method.Parameters : [])
        {
            foreach (var mark in parameter.GetAttributes())
            {
                lent = Is(mark, _lentToKernel) ? lent.Add(parameter.Ordinal) : lent;
                taken = Is(mark, _takesOwnership) ? taken.Add(parameter.Ordinal) : taken;
            }
        }

        return (lent, taken);
    }

    public bool IsOnlyRead(IParameterSymbol parameter) => Has(parameter, _readsWhileInFlight);

    /// <summary>True for a method that hands the lease it returns, or whose task it returns, over to its caller.</summary>
    public bool ReturnsOwnership(IMethodSymbol method) =>
        Has(method, _returnsOwnership) || (KnowsLibrary(method.ContainingAssembly)
            && method.GetReturnTypeAttributes().Any(mark => Is(mark, _returnsOwnership)));

    /// <summary>True for the lease on a buffer that was received into.</summary>
    public static bool IsReceiveLease(ITypeSymbol? type) => type is { Name: "ReceiveLease" } && TypeFacts.NameOf(type) == "ZeroCopySockets.ReceiveLease";

    public static bool IsSocket(ITypeSymbol? type) =>
        type is { Name: "ZeroCopySocket" or "ZeroCopyDatagramSocket" } && TypeFacts.NameOf(type) is "ZeroCopySockets.ZeroCopySocket" or "ZeroCopySockets.ZeroCopyDatagramSocket";

    public static bool IsEngine(ITypeSymbol? type) => type is { Name: "ZeroCopyEngine" } && TypeFacts.NameOf(type) == "ZeroCopySockets.ZeroCopyEngine";

    /// <summary>True for a view of a message, each of whose members reads from the buffer.</summary>
    public static bool IsMessageView(ITypeSymbol type) => type.IsRefLikeType && type.OriginalDefinition.AllInterfaces.Any(i => TypeFacts.NameOf(i) == "ZeroCopySockets.IWireView`1");

    /// <summary>True for a lease, or a task of one.</summary>
    public bool GivesLease(ITypeSymbol type) =>
        Type(type).IsLease || (TypeFacts.IsTask(type) && type is INamedTypeSymbol { Arity: 1 } task && Type(task.TypeArguments[0]).IsLease);

    /// <summary>True for what only a function does that lends, rents or gives back a buffer.</summary>
    public bool MovesBuffers(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod.Name: "Dispose", Instance.Type: { } type } => KnowsLibrary(type.ContainingAssembly) && Type(type).IsLease,
        IInvocationOperation call => KnowsLibrary(call.TargetMethod.ContainingAssembly)
            && Call(call.TargetMethod) is { MovesBuffers: true } facts && !(facts.EndsWithItsTask && IsAwaitedAtOnce(call)),
        IPropertyReferenceOperation property => property.Property.Name == "Recycled" && IsReceipt(property.Property.ContainingType),
        _ => false,
    };

    /// <summary>True where nothing comes between the call and the end of its task: whatever it borrows is back before anything else is done.</summary>
    private static bool IsAwaitedAtOnce(IInvocationOperation call) => call.Parent switch
    {
        IAwaitOperation => true,
        IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Arguments: { Length: 1 } how } configured when how[0].Value.ConstantValue.HasValue => IsAwaitedAtOnce(configured),
        _ => false,
    };

    /// <summary>A cheap no for most calls there are: what does not refer to the library neither marks anything nor has leases.</summary>
    private bool KnowsLibrary(IAssemblySymbol? assembly)
    {
        if (assembly is null || ReferenceEquals(assembly, Volatile.Read(ref _strange)))
        {
            return false;
        }

        var knows = _knowsLibrary.TryGetValue(assembly, out var known) ? known : _knowsLibrary.GetOrAdd(assembly, RefersToLibrary);
        if (!knows)
        {
            Volatile.Write(ref _strange, assembly);
        }

        return knows;
    }

    private bool RefersToLibrary(IAssemblySymbol assembly) => SymbolEqualityComparer.Default.Equals(assembly, _library)
        || assembly.Modules.Any(module => module.ReferencedAssemblySymbols.Contains(_library, SymbolEqualityComparer.Default));

    public bool IsReceipt(ITypeSymbol? type) => type is not null && SymbolEqualityComparer.Default.Equals(type, _sendReceipt);

    /// <summary>True for a piece of a gathered send, which leads to the bytes of a lease or of memory.</summary>
    public static bool IsSegment(ITypeSymbol type) => type.Name == "SendSegment" && TypeFacts.NameOf(type) == "ZeroCopySockets.SendSegment";

    /// <summary>True for a member marked as writing, by its own mark or by that of what it overrides or implements.</summary>
    public bool Writes(ISymbol? member) => member switch
    {
        null => false,
        _ when Has(member.OriginalDefinition, _writesBuffer) => true,
        IPropertySymbol property => Has(property.GetMethod, _writesBuffer) || Has(property.SetMethod, _writesBuffer)
            || Writes(property.OverriddenProperty),
        IMethodSymbol method => Writes(method.OverriddenMethod),
        _ => false,
    };

    private static bool Is(AttributeData mark, INamedTypeSymbol? attribute) =>
        attribute is not null && SymbolEqualityComparer.Default.Equals(mark.AttributeClass, attribute);

    private bool Has(ISymbol? symbol, INamedTypeSymbol? attribute)
    {
        if (symbol is null || attribute is null || !KnowsLibrary(symbol.ContainingAssembly))
        {
            return false;
        }

        foreach (var data in symbol.GetAttributes())
        {
            if (Is(data, attribute))
            {
                return true;
            }
        }

        return false;
    }
}
