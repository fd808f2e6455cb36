using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Assignments: to variables, to elements of what is followed, and to the bytes of buffers, which are the writes.</summary>
internal sealed partial class Transfer
{
    private AbstractValue EvaluateCapture(IFlowCaptureOperation capture)
    {
        // A temporary may be assigned through: what it designates is then bytes, unless it is itself a way to some.
        var facts = Known.Type(capture.Value.Type);
        var place = facts.IsView || facts.NamesBuffer ? AbstractValue.Empty : PlaceOf(capture.Value);
        var value = place.IsEmpty ? Evaluate(capture.Value) : AbstractValue.Empty;
        State = State.Bind(function.Names.PlaceOf(capture.Id), place).Bind(function.Names.SlotOf(capture.Id), value);
        return AbstractValue.Empty;
    }

    private AbstractValue EvaluateAssignment(ISimpleAssignmentOperation assignment)
    {
        if (assignment.IsRef)
        {
            var place = PlaceOf(assignment.Value);
            if (function.SlotOf(assignment.Target) is { } slot)
            {
                State = State.Bind(slot, place);
            }

            return place;
        }

        var value = Evaluate(assignment.Value);
        Assign(assignment.Target, value, assignment.Value);
        return value;
    }

    private AbstractValue EvaluateIncrement(IIncrementOrDecrementOperation increment)
    {
        var variable = function.VariableOf(increment.Target);
        var known = variable is null ? null : State.Fact(function.Names.FactOf(variable));
        Assign(increment.Target, AbstractValue.Empty, source: null);
        if (variable is not null && known is { } values)
        {
            State = State.WithFact(function.Names.FactOf(variable), values.Shift(increment.Kind == OperationKind.Increment ? 1 : -1));
        }

        return AbstractValue.Empty;
    }

    private AbstractValue EvaluateDeconstruction(IDeconstructionAssignmentOperation deconstruction)
    {
        var value = Evaluate(deconstruction.Value);
        var before = State;
        AssignParts(deconstruction.Target, value, deconstruction.Value);
        foreach (var target in deconstruction.Target.DescendantsAndSelf())
        {
            State = function.SlotOf(target) is { } slot ? State.WithoutUnnamed(before.Read(slot)) : State;
        }

        return value;
    }

    private void AssignParts(IOperation target, AbstractValue value, IOperation? source)
    {
        target = target is IDeclarationExpressionOperation declaration ? declaration.Expression : target;
        if (target is not ITupleOperation tuple)
        {
            Assign(target, value, source, isPart: true);
            return;
        }

        var sources = source is ITupleOperation { Elements: var elements } && elements.Length == tuple.Elements.Length
            ? elements
            : default;
        for (var i = 0; i < tuple.Elements.Length; i++)
        {
            var part = value.Element(i);
            if (part.IsEmpty && sources.IsDefault && Known.Type(tuple.Elements[i].Type).NamesBuffer)
            {
                part = CreateBuffer(tuple.Elements[i]);
            }

            AssignParts(tuple.Elements[i], part, sources.IsDefault ? null : sources[i]);
        }
    }

    /// <summary>Stores a value in the target; <paramref name="source"/> is the expression stored, where there is one.</summary>
    private void Assign(IOperation target, AbstractValue value, IOperation? source, bool isPart = false)
    {
        target = target is IDeclarationExpressionOperation declaration ? declaration.Expression : target;
        switch (target)
        {
            case IDiscardOperation:
                return;
            case ILocalReferenceOperation { Local.IsRef: false } or IParameterReferenceOperation { Parameter.RefKind: RefKind.None }
                when function.SlotOf(target) is { } slot:
                AssignVariable(function.VariableOf(target)!, slot, value, source, isPart);
                return;
            case IFieldReferenceOperation field when TupleIndex(field.Field) is { } index && field.Instance is { } tuple
                && function.SlotOf(function.Resolve(tuple)) is { } slot:
                State = State.Bind(slot, State.Read(slot).WithElement(index, value));
                return;
            case IFlowCaptureReferenceOperation when function.Resolve(target) is var resolved && resolved != target:
                AssignResolved((IFlowCaptureReferenceOperation)target, resolved, value, source);
                return;
            case IArrayElementReferenceOperation element when PeekContainer(element.ArrayReference) is { } contents
                && function.SlotOf(function.Resolve(element.ArrayReference)) is { } slot:
                EvaluateAll(element.Indices);
                if (ConstantIndex(element.Indices) is { } at && contents.Element(AbstractValue.AnyElement).IsEmpty)
                {
                    State = State.Bind(slot, contents.WithElement((int)at, value));
                }
                else
                {
                    Hold(slot, value, element);
                }

                return;
        }

        var place = PlaceOf(target);
        Write(place, target);
        Escape(value, forGood: true);
    }

    /// <summary>
    /// Something is put into a collection at a position nobody knows. A send in it stays in flight until the collection is used;
    /// where that use is in a loop of its own, the path that goes through no round of it would look as if nobody waited.
    /// </summary>
    private void Hold(Slot slot, AbstractValue value, IOperation addition)
    {
        if (!value.IsEmpty && (value.AllAtoms.Any(atom => atom.IsBuffer) || function.IsUsedInLoopWithout(slot, addition.Syntax)))
        {
            Escape(value, forGood: true);
        }

        State = State.Bind(slot, State.Read(slot).WithAddition(value));
    }

    /// <summary>Assigns through a temporary that stands for a place evaluated earlier.</summary>
    private void AssignResolved(IFlowCaptureReferenceOperation capture, IOperation place, AbstractValue value, IOperation? source)
    {
        var bytes = State.Read(function.Names.PlaceOf(capture.Id));
        if (!bytes.IsEmpty)
        {
            Write(bytes, capture);
            return;
        }

        if (function.SlotOf(place) is not null || place is IArrayElementReferenceOperation or IFieldReferenceOperation)
        {
            Assign(place, value, source);
            return;
        }

        Escape(value, forGood: true);
    }

    /// <summary>
    /// Gives a variable another value. Of several assigned at once, what the first held may be what the next is given, so
    /// nothing is forgotten of it yet.
    /// </summary>
    private void AssignVariable(ISymbol variable, Slot slot, AbstractValue value, IOperation? source, bool isPart)
    {
        // What a pin leads to is another matter than the array it pins: that may be lent for longer.
        value = IsPin(variable) && source is not null ? CreateBuffer(source) : value;
        var known = source is null ? null : FunctionContext.FactOf(variable, source)
            ?? (function.VariableOf(source) is { } other ? State.Fact(function.Names.FactOf(other)) : null);
        State = State.Forget(variable);
        State = isPart ? State.Bind(slot, value) : State.Rebind(slot, value);
        State = known is { } values ? State.WithFact(function.Names.FactOf(variable), values) : State;
    }

    /// <summary>
    /// The bytes of buffers that a place designates: what is written when it is assigned to, or led to when a reference to
    /// it is kept. Empty for a variable, and for anything that is not in a buffer.
    /// </summary>
    private AbstractValue PlaceOf(IOperation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Parenthesized:
                return PlaceOf(((IParenthesizedOperation)operation).Operand);
            case OperationKind.Conversion:
                return PlaceOf(((IConversionOperation)operation).Operand);
            case OperationKind.LocalReference:
                return ((ILocalReferenceOperation)operation).Local.IsRef ? EvaluateVariable(operation) : AbstractValue.Empty;
            case OperationKind.FlowCaptureReference:
                return State.Read(function.Names.PlaceOf(((IFlowCaptureReferenceOperation)operation).Id));
            case OperationKind.ArrayElementReference:
                var element = (IArrayElementReferenceOperation)operation;
                return Known.Type(element.ArrayReference.Type).IsContainer ? AbstractValue.Empty : PlaceOfElement(element, element.Indices);
            case OperationKind.PropertyReference:
                // One that gives a value gives it from nowhere.
                var property = (IPropertyReferenceOperation)operation;
                return property.Property is { SetMethod: null, ReturnsByRef: false, ReturnsByRefReadonly: false } ? AbstractValue.Empty : PlaceOfProperty(property);
            case OperationKind.FieldReference:
                var field = (IFieldReferenceOperation)operation;
                return field.Instance is not { } instance ? AbstractValue.Empty
                    : field.Field.RefKind == RefKind.None ? PlaceOf(instance)
                    : Buffers(Evaluate(instance), _ => ByteRange.Whole);
            case OperationKind.InlineArrayAccess:
                var inline = (IInlineArrayAccessOperation)operation;
                Evaluate(inline.Argument);
                return Within(PlaceOf(inline.Instance));
            case OperationKind.ImplicitIndexerReference:
                var indexer = (IImplicitIndexerReferenceOperation)operation;
                var indexed = Evaluate(indexer.Instance);
                Evaluate(indexer.Argument);
                return IsView(indexer.Type) ? SliceByRange(indexed, indexer) : Within(indexed);
            case OperationKind.Invocation:
                var call = (IInvocationOperation)operation;
                return call.TargetMethod.ReturnsByRef ? EvaluateCall(call) : AbstractValue.Empty;
            default:
                return AbstractValue.Empty;
        }
    }

    private AbstractValue PlaceOfElement(IArrayElementReferenceOperation element, IEnumerable<IOperation> indices)
    {
        var array = Evaluate(element.ArrayReference);
        EvaluateAll(indices);
        var index = ConstantIndex(element.Indices);
        return Buffers(array, atom => atom.Range.Element(index));
    }

    private AbstractValue PlaceOfProperty(IPropertyReferenceOperation property)
    {
        if (property.Instance is null)
        {
            EvaluateArguments(property);
            return AbstractValue.Empty;
        }

        var type = Known.Type(property.Instance.Type);
        var instance = Evaluate(property.Instance);
        EvaluateArguments(property);
        if (Known.Writes(property.Property) && property.Property.ReturnsByRef)
        {
            return Write(instance, property);
        }

        if (!type.IsView && !type.IsLease)
        {
            // A property of a struct that itself lies in a buffer, such as a message reached by reference.
            return property.Instance.Type is { IsValueType: true } ? PlaceOf(property.Instance) : AbstractValue.Empty;
        }

        return property.Property.IsIndexer ? ElementOf(property, instance) : Within(instance);
    }

    /// <summary>The element of a span of bytes, or something in the view, that an indexer designates.</summary>
    private static AbstractValue ElementOf(IPropertyReferenceOperation indexer, AbstractValue instance)
    {
        var index = indexer.Arguments.Length == 1 && indexer.Instance!.Type is INamedTypeSymbol { Arity: 1 } span
            && span.TypeArguments[0].SpecialType == SpecialType.System_Byte
            ? FunctionContext.ConstantOf(indexer.Arguments[0].Value)
            : null;
        return Buffers(instance, atom => atom.Range.Element(index));
    }

    private static AbstractValue Within(AbstractValue buffers) => Buffers(buffers, atom => atom.Range.IsWhole ? atom.Range : ByteRange.Unknown);

    private AbstractValue Write(AbstractValue target, IOperation write) => Use(target, write, UseKind.Write);
}
