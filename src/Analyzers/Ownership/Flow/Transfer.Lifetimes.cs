using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Memory that belongs to something with a life of its own: a pipe, an engine, a socket that closes, the stack.</summary>
internal sealed partial class Transfer
{
    /// <summary>True for memory that is gone when the function returns.</summary>
    public static bool IsOnStack(Site buffer) =>
        buffer.Origin is IOperation { Syntax: StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax };

    /// <summary>True for a local that keeps memory in place for as long as its block runs.</summary>
    public static bool IsPin(ISymbol variable) => variable is ILocalSymbol { IsFixed: true };

    private AbstractValue EvaluateStackAllocation(IOperation allocation)
    {
        EvaluateAll(allocation.ChildOperations);
        return CreateBuffer(allocation);
    }

    /// <summary>The reader of a pipe is told how far the bytes are done with: what comes before that may be reused.</summary>
    private void AdvancePipe(IInvocationOperation call, AbstractValue consumed) =>
        Use(consumed.Choose(atom => atom.Kind == AtomKind.Position ? Atom.Buffer(atom.Site!, atom.Range) : null), call, UseKind.AdvancePipe);

    /// <summary>The reader of a pipe is done with it: all it has given may be reused.</summary>
    private void CompletePipe(IInvocationOperation call)
    {
        var reader = call.Instance is null ? null : FunctionContext.PathOf(function.Resolve(call.Instance));
        var holds = State.CertainHolds(~0, key => reader is not null && key.Site.Kind == HoldKind.Send && function.ReceiverOf(key.Buffer.Origin) == reader).ToList();
        if (holds.Count > 0)
        {
            observer?.OnConflict(call, UseKind.AdvancePipe, holds);
        }
    }

    /// <summary>A position in the bytes of a pipe, by what is certain to come before it.</summary>
    private AbstractValue PositionIn(IInvocationOperation call, AbstractValue sequence, AbstractValue?[] arguments)
    {
        if (call.TargetMethod.Name == "PositionOf")
        {
            // Wherever it is, all before it is one piece from the start on.
            var found = function.Names.SiteOf(call);
            State = State.CreateSlice(found);
            return Positions(sequence, range => range.Slice(null, null, reachesEnd: false, found));
        }

        // So far beyond another position, or beyond the start.
        var origin = arguments.FirstOrDefault(argument => argument?.Atoms.Any(atom => atom.Kind == AtomKind.Position) ?? false);
        return origin ?? (FunctionContext.ConstantOf(call.Arguments[0].Value) is > 0 and var offset
            ? Positions(sequence, range => range.Slice(0, offset, reachesEnd: false, function.Names.SiteOf(call)))
            : AbstractValue.Empty);
    }

    private static AbstractValue Positions(AbstractValue sequence, Func<ByteRange, ByteRange?> before) => sequence.Choose(atom =>
        atom.IsBuffer && before(atom.Range) is { } range ? Atom.Position(atom.Site!, range) : null);

    /// <summary>A using asks first whether there is anything to dispose; either way nothing is open after it.</summary>
    private void CloseWithUsing(IIsNullOperation isNull)
    {
        var tested = function.Resolve(isNull.Operand);
        if (isNull.Syntax is VariableDeclaratorSyntax or { Parent: UsingStatementSyntax } && FunctionContext.PathOf(tested) is { } path
            && KnownSymbols.IsSocket(tested.Type))
        {
            CloseSocket(path);
        }
    }

    /// <summary>
    /// Something is closed. A socket waits for its sends, though not for ever, so what it sent is no longer certain to be in
    /// flight; an engine takes its buffers with it. One that goes with its using goes last, when nobody waits for anything.
    /// </summary>
    private void Close(IInvocationOperation call, ITypeSymbol? type, string path)
    {
        if (KnownSymbols.IsSocket(type))
        {
            CloseSocket(path);
        }
        else if (!call.IsImplicit && KnownSymbols.IsEngine(type))
        {
            var holds = State.CertainHolds(~0, key => key.Site.Kind == HoldKind.Send && function.ReceiverOf(key.Buffer.Origin) == path
                && function.ReceiverOf(key.Site.Operation) is { } socket && !function.IsHandedOn(socket)).ToList();
            if (holds.Count > 0)
            {
                observer?.OnConflict(call, UseKind.DisposeEngine, holds);
            }
        }
    }

    private void CloseSocket(string path) =>
        State = State.Doubt(key => key.Site.Kind == HoldKind.Send && function.ReceiverOf(key.Site.Operation) == path);
}
