using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>What a condition is about, and the values that has where it comes out true, and where false.</summary>
internal sealed class Condition(FactKey key, ValueSet whenTrue, ValueSet whenFalse)
{
    public FactKey Key { get; } = key;
    public ValueSet WhenTrue { get; } = whenTrue;
    public ValueSet WhenFalse { get; } = whenFalse;
}

/// <summary>
/// What the outcome of a condition tells about variables. Simple tests of one variable are understood; other conditions
/// that only ask are compared by their text, so that the same test made twice is seen to come out the same.
/// </summary>
internal static class Conditions
{
    private static readonly string[] Predicates =
        ["Is", "Has", "Can", "Should", "Contains", "Equals", "StartsWith", "EndsWith", "Any"];

    /// <summary>The state on the path where the condition came out so; null when no execution takes it.</summary>
    public static FlowState? Assume(
        FunctionContext function, FlowState state, IOperation condition, AbstractValue value, bool outcome)
    {
        foreach (var atom in value.Atoms)
        {
            state = atom.Kind switch
            {
                _ when atom.Polarity != outcome => state,
                AtomKind.EndsSend => state.Recycle(atom.Send),
                AtomKind.FreesBuffer => state.Free(atom.Site!),
                AtomKind.MissesBuffer => state.Miss(atom.Site!),
                _ => state,
            };
        }

        while (Strip(function, condition) is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not)
        {
            condition = not.Operand;
            outcome = !outcome;
        }

        condition = Strip(function, condition);
        if (condition.ConstantValue is { HasValue: true, Value: bool constant })
        {
            return constant == outcome ? state : null;
        }

        return function.ConditionOf(condition, Read) is { } read ? state.Assume(read.Key, outcome ? read.WhenTrue : read.WhenFalse) : state;
    }

    private static Condition? Read(FunctionContext function, IOperation condition)
    {
        if (TestOfVariable(function, condition) is var (variable, whenTrue))
        {
            var universe = UniverseOf(FunctionContext.TypeOf(variable));
            return new Condition(function.Names.FactOf(variable), universe.Intersect(whenTrue), universe.Intersect(Complement(whenTrue)));
        }

        return TextOf(function, condition) is var (key, isNegated)
            ? new Condition(key, ValueSet.Of(!isNegated), ValueSet.Of(isNegated))
            : null;
    }

    private static IOperation Strip(FunctionContext function, IOperation operation) => function.Resolve(operation);

    /// <summary>The variable a condition is about and the values for which it is true.</summary>
    private static (ISymbol Variable, ValueSet WhenTrue)? TestOfVariable(FunctionContext function, IOperation condition)
    {
        switch (condition)
        {
            case IBinaryOperation { OperatorMethod: null } binary:
                return TestOfBinary(function, binary.LeftOperand, binary.OperatorKind, binary.RightOperand)
                    ?? TestOfBinary(function, binary.RightOperand, Mirror(binary.OperatorKind), binary.LeftOperand);
            case IIsNullOperation isNull:
                return Reference(function, isNull.Operand) is { } tested ? (tested, ValueSet.Of(false)) : null;
            case IIsPatternOperation isPattern:
                return TestOfPattern(function, isPattern.Value, isPattern.Pattern);
            default:
                return function.VariableOf(condition) is { } boolean
                    && FunctionContext.TypeOf(boolean)?.SpecialType == SpecialType.System_Boolean
                    ? (boolean, ValueSet.Of(true))
                    : null;
        }
    }

    private static (ISymbol Variable, ValueSet WhenTrue)? TestOfBinary(
        FunctionContext function, IOperation tested, BinaryOperatorKind kind, IOperation against)
    {
        if (Counted(function, tested) is { } variable)
        {
            return FunctionContext.ConstantOf(against) is { } constant && Compare(kind, constant) is { } values
                ? (variable, values)
                : null;
        }

        if (Reference(function, tested) is { } reference && FunctionContext.IsNull(against))
        {
            return kind switch
            {
                BinaryOperatorKind.Equals => (reference, ValueSet.Of(false)),
                BinaryOperatorKind.NotEquals => (reference, ValueSet.Of(true)),
                _ => null,
            };
        }

        return null;
    }

    private static (ISymbol Variable, ValueSet WhenTrue)? TestOfPattern(
        FunctionContext function, IOperation tested, IPatternOperation pattern)
    {
        switch (pattern)
        {
            case INegatedPatternOperation negated:
                return TestOfPattern(function, tested, negated.Pattern) is var (variable, values)
                    ? (variable, Complement(values))
                    : null;
            case IConstantPatternOperation constant:
                return TestOfBinary(function, tested, BinaryOperatorKind.Equals, constant.Value);
            case IRelationalPatternOperation relational:
                return TestOfBinary(function, tested, relational.OperatorKind, relational.Value);
            case IRecursivePatternOperation { PropertySubpatterns.IsEmpty: true, DeconstructionSubpatterns.IsEmpty: true }:
                return Reference(function, tested) is { } reference ? (reference, ValueSet.Of(true)) : null;
            default:
                return null;
        }
    }

    private static ISymbol? Counted(FunctionContext function, IOperation operation) =>
        function.VariableOf(operation) is { } variable && FunctionContext.IsCounted(FunctionContext.TypeOf(variable)) ? variable : null;

    private static ISymbol? Reference(FunctionContext function, IOperation operation) =>
        function.VariableOf(operation) is { } variable && FunctionContext.CanBeNull(FunctionContext.TypeOf(variable)) ? variable : null;

    private static ValueSet? Compare(BinaryOperatorKind kind, long constant) => kind switch
    {
        BinaryOperatorKind.Equals => ValueSet.Exactly(constant),
        BinaryOperatorKind.NotEquals => ValueSet.AllBut(constant),
        BinaryOperatorKind.LessThan => ValueSet.Below(constant),
        BinaryOperatorKind.GreaterThan => ValueSet.Above(constant),
        BinaryOperatorKind.LessThanOrEqual => ValueSet.Between(long.MinValue, constant),
        BinaryOperatorKind.GreaterThanOrEqual => ValueSet.Between(constant, long.MaxValue),
        _ => null,
    };

    public static BinaryOperatorKind Mirror(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.LessThan => BinaryOperatorKind.GreaterThan,
        BinaryOperatorKind.GreaterThan => BinaryOperatorKind.LessThan,
        BinaryOperatorKind.LessThanOrEqual => BinaryOperatorKind.GreaterThanOrEqual,
        BinaryOperatorKind.GreaterThanOrEqual => BinaryOperatorKind.LessThanOrEqual,
        _ => kind,
    };

    /// <summary>The values outside a set made by <see cref="Compare"/>: one value, all but one, or a half line.</summary>
    private static ValueSet Complement(ValueSet values)
    {
        if (values.Excluded is { } excluded)
        {
            return ValueSet.Exactly(excluded);
        }

        if (values.Low == values.High)
        {
            return ValueSet.AllBut(values.Low);
        }

        return values.Low == long.MinValue ? ValueSet.Above(values.High) : ValueSet.Below(values.Low);
    }

    private static ValueSet UniverseOf(ITypeSymbol? type) =>
        FunctionContext.CanBeNull(type) || type is { SpecialType: SpecialType.System_Boolean } ? ValueSet.Truth : ValueSet.All;

    private static (FactKey Key, bool IsNegated)? TextOf(FunctionContext function, IOperation condition)
    {
        var roots = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var isStable = true;
        if (!Collect(function, condition, roots, ref isStable))
        {
            return null;
        }

        var (text, isNegated) = condition is IBinaryOperation binary ? Describe(binary) : (Squeeze(condition), false);
        return (function.Names.FactOf(new FactKey(null, text, [.. roots], isStable)), isNegated);
    }

    /// <summary>Gathers the variables a condition reads; false when it does anything but read.</summary>
    private static bool Collect(FunctionContext function, IOperation operation, HashSet<ISymbol> roots, ref bool isStable)
    {
        operation = function.Resolve(operation);
        switch (operation)
        {
            case ILocalReferenceOperation or IParameterReferenceOperation:
                isStable &= function.VariableOf(operation) is { } variable && roots.Add(variable) | true;
                return true;
            case IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true }:
                isStable = false;
                break;
            case IInvocationOperation call when IsPredicate(call.TargetMethod.Name):
                isStable = false;
                break;
            case ILiteralOperation or IInstanceReferenceOperation:
                return true;
            case IArgumentOperation { Parameter.RefKind: RefKind.None or RefKind.In } or IBinaryOperation or IUnaryOperation or IConversionOperation or IIsNullOperation:
                break;
            case IIsPatternOperation { Pattern: IConstantPatternOperation }:
                return Collect(function, operation.ChildOperations.First(), roots, ref isStable);
            default:
                return false;
        }

        foreach (var child in operation.ChildOperations)
        {
            if (!Collect(function, child, roots, ref isStable))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True for a name .NET gives to methods that only tell something, so that asking twice gives the same answer.</summary>
    private static bool IsPredicate(string name) => Predicates.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The text of a comparison, the same for an operator and its negation.</summary>
    private static (string Text, bool IsNegated) Describe(IBinaryOperation binary)
    {
        var (sign, isNegated) = binary.OperatorKind switch
        {
            BinaryOperatorKind.Equals => ("==", false),
            BinaryOperatorKind.NotEquals => ("==", true),
            BinaryOperatorKind.LessThan => ("<", false),
            BinaryOperatorKind.GreaterThanOrEqual => ("<", true),
            BinaryOperatorKind.GreaterThan => (">", false),
            BinaryOperatorKind.LessThanOrEqual => (">", true),
            _ => ("", false),
        };
        return sign.Length == 0
            ? (Squeeze(binary), false)
            : (Squeeze(binary.LeftOperand) + sign + Squeeze(binary.RightOperand), isNegated);
    }

    private static string Squeeze(IOperation operation) =>
        string.Concat(operation.Syntax.ToString().Where(c => !char.IsWhiteSpace(c)));
}
