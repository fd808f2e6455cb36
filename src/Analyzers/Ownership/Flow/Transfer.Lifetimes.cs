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

    /// <summary>The reader of a pipe is told how far the bytes are done with: of a whole sequence, that all of it may be reused.</summary>
    private void AdvancePipe(IInvocationOperation call)
    {
        if (call.Arguments.Length > 0 && function.Resolve(call.Arguments[0].Value) is IPropertyReferenceOperation { Property.Name: "End", Instance: { } consumed })
        {
            Use(Evaluate(consumed), call, UseKind.AdvancePipe);
        }
    }

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
