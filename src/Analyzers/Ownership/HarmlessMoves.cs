using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>
/// What moves a buffer that nothing else in the function can name, and gives a task that is used up there and then: no order in which
/// this and other things are done is wrong. Most calls that send a new message are such.
/// </summary>
internal static class HarmlessMoves
{
    public static bool Contains(IOperation move, KnownSymbols known) => move switch
    {
        IInvocationOperation { TargetMethod: var method } call => known.Call(method) is { TakenParameters.IsEmpty: true } facts
            && (facts.GivesLease ? facts.LentParameters.IsEmpty && IsReturned(call)
                : facts.Lends && IsUsedUp(call, orMadeTask: true) && call.Arguments.All(argument => !IsLent(argument, facts) || IsNew(argument.Value, known))),
        IPropertyReferenceOperation => IsUsedUp(move, orMadeTask: false),
        _ => false,
    };

    /// <summary>True where the lease goes to the caller before it has a name.</summary>
    private static bool IsReturned(IOperation lease) => lease.Parent is IReturnOperation || (lease.Parent is IAwaitOperation && IsReturned(lease.Parent));

    /// <summary>True where no variable gets to hold the ValueTask, though maybe a task made from it.</summary>
    private static bool IsUsedUp(IOperation task, bool orMadeTask) => task.Parent switch
    {
        IAwaitOperation or IReturnOperation or IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
        IPropertyReferenceOperation { Property.Name: "IsCompleted" or "IsCompletedSuccessfully" } => true,
        IInvocationOperation { TargetMethod.Name: "AsTask" } => orMadeTask,
        IInvocationOperation { TargetMethod.Name: "ConfigureAwait" } configured => IsUsedUp(configured, orMadeTask),
        _ => false,
    };

    private static bool IsLent(IArgumentOperation argument, CallFacts facts) =>
        argument.Parameter is not { } parameter || facts.LentParameters.Contains(parameter.Ordinal);

    /// <summary>True for memory, or pieces of it, that comes into sight here.</summary>
    private static bool IsNew(IOperation value, KnownSymbols known) => value switch
    {
        IConversionOperation conversion => IsNew(conversion.Operand, known),
        IArrayCreationOperation array => array.Initializer is not { } parts || !known.Type(array.Type).IsContainer || AreNew(parts.ElementValues, known),
        ICollectionExpressionOperation collection => known.Type(collection.Type).NamesBuffer || AreNew(collection.Elements, known),
        IObjectCreationOperation { Arguments.IsEmpty: true, Type: var type } => known.Type(type) is { IsView: false, IsOwner: false },
        ILiteralOperation or IDefaultValueOperation => true,
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } or IPropertyReferenceOperation { Instance: null, Arguments.IsEmpty: true } => true,
        ILocalReferenceOperation local => IsOfOuter(local.Local, value),
        IParameterReferenceOperation parameter => IsOfOuter(parameter.Parameter, value),
        _ => false,
    };

    private static bool AreNew(ImmutableArray<IOperation> values, KnownSymbols known) => values.All(value => IsNew(value, known));

    /// <summary>True for a variable of a function around the one that uses it: such a one may change at any time, so is not followed.</summary>
    private static bool IsOfOuter(ISymbol variable, IOperation use)
    {
        for (var outer = use.Parent; outer is not null; outer = outer.Parent)
        {
            if (outer is IAnonymousFunctionOperation { Symbol: var lambda })
            {
                return !SymbolEqualityComparer.Default.Equals(variable.ContainingSymbol, lambda);
            }

            if (outer is ILocalFunctionOperation { Symbol: var local })
            {
                return !SymbolEqualityComparer.Default.Equals(variable.ContainingSymbol, local);
            }
        }

        return false;
    }
}
