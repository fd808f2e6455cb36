using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Tests: what a boolean says about the sends and buffers in it. What it says about variables is in Conditions.cs.</summary>
internal sealed partial class Transfer
{
    private AbstractValue EvaluateTest(IOperation test)
    {
        switch (test)
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return Negate(Evaluate(not.Operand));
            case IBinaryOperation binary:
                return EvaluateBinary(binary);
            case IIsNullOperation isNull:
                CloseWithUsing(isNull);
                return Tests(Evaluate(isNull.Operand), endsWhen: true);
            case IIsPatternOperation isPattern:
                return EvaluatePattern(Evaluate(isPattern.Value), isPattern.Pattern);
            default:
                EvaluateAll(test.ChildOperations);
                return AbstractValue.Empty;
        }
    }

    private AbstractValue EvaluateBinary(IBinaryOperation binary)
    {
        var left = Evaluate(binary.LeftOperand);
        var right = Evaluate(binary.RightOperand);
        var length = right.IsEmpty
            ? CompareLength(left, binary.OperatorKind, binary.RightOperand)
            : CompareLength(right, Conditions.Mirror(binary.OperatorKind), binary.LeftOperand);
        if (!length.IsEmpty)
        {
            return length;
        }

        var isEqual = binary.OperatorKind == BinaryOperatorKind.Equals;
        if (!isEqual && binary.OperatorKind != BinaryOperatorKind.NotEquals)
        {
            return AbstractValue.Empty;
        }

        var (value, constant) = right.IsEmpty ? (left, binary.RightOperand) : (right, binary.LeftOperand);
        if (FunctionContext.IsNull(constant))
        {
            return Tests(value, endsWhen: isEqual);
        }

        return FunctionContext.ConstantOf(constant) is { } boolean && value.Atoms.All(a => !a.IsSend && !a.IsBuffer)
            ? boolean == 1 == isEqual ? value : Negate(value)
            : AbstractValue.Empty;
    }

    private AbstractValue EvaluatePattern(AbstractValue value, IPatternOperation pattern)
    {
        switch (pattern)
        {
            case INegatedPatternOperation negated:
                return Negate(EvaluatePattern(value, negated.Pattern));
            case IConstantPatternOperation { Value: var constant } when FunctionContext.IsNull(constant):
                return Tests(value, endsWhen: true);
            case IConstantPatternOperation { Value: var constant } when CompareLength(value, BinaryOperatorKind.Equals, constant) is { IsEmpty: false } none:
                return none;
            case IRelationalPatternOperation { Value: var bound } relational when CompareLength(value, relational.OperatorKind, bound) is { IsEmpty: false } some:
                return some;
            case IConstantPatternOperation { Value: var constant }:
                return FunctionContext.ConstantOf(constant) == 0 ? Negate(value) : value;
            case IDeclarationPatternOperation declaration:
                BindPattern(declaration.DeclaredSymbol, value);
                return Tests(value, endsWhen: false);
            case ITypePatternOperation:
                return Tests(value, endsWhen: false);
            case IRecursivePatternOperation { DeconstructionSubpatterns.IsEmpty: true } recursive:
                BindPattern(recursive.DeclaredSymbol, value);
                return EvaluateProperties(value, recursive);
            default:
                // Anything may have been asked of the value.
                Escape(value, forGood: false);
                return AbstractValue.Empty;
        }
    }

    private AbstractValue EvaluateProperties(AbstractValue value, IRecursivePatternOperation pattern)
    {
        if (pattern.PropertySubpatterns.IsEmpty)
        {
            return Tests(value, endsWhen: false);
        }

        var parts = pattern.PropertySubpatterns
            .Select(part => part.Member is IPropertyReferenceOperation property
                ? EvaluatePattern(ReadSendProperty(property, value), part.Pattern).Atoms
                : AbstractValue.Empty.Atoms)
            .ToList();

        // The pattern holds if every part does, so its success tells what any of them tells. It fails where the value is null,
        // so there was no send, or where some part does, so its failure tells what the failure of each would.
        return AbstractValue.Of(parts
            .SelectMany(atoms => atoms)
            .Where(atom => atom.IsTest)
            .Where(atom => atom.Polarity || parts.All(atoms => atoms.Contains(atom))));
    }

    /// <summary>What a comparison with a length says: it is 0 where there is no buffer.</summary>
    private static AbstractValue CompareLength(AbstractValue value, BinaryOperatorKind kind, IOperation against)
    {
        bool? missesWhen = (kind, FunctionContext.ConstantOf(against)) switch
        {
            (BinaryOperatorKind.Equals or BinaryOperatorKind.LessThanOrEqual, 0) or (BinaryOperatorKind.LessThan, 1) => true,
            (BinaryOperatorKind.NotEquals or BinaryOperatorKind.GreaterThan, 0) or (BinaryOperatorKind.GreaterThanOrEqual, 1) => false,
            _ => null,
        };
        return missesWhen is { } when
            ? value.Choose(atom => atom.Kind == AtomKind.Length ? Atom.MissesBuffer(atom.Site!, when) : null)
            : AbstractValue.Empty;
    }

    private void BindPattern(ISymbol? variable, AbstractValue value)
    {
        if (variable is not null && function.SlotOf(variable) is { } slot)
        {
            State = State.Bind(slot, value);
        }
    }

    private static AbstractValue Negate(AbstractValue value) => value.Choose(atom => atom.Negated());
}
