using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What one operation does to the state: evaluates it, and with it everything inside it in order of execution. This part
/// has the expressions; calls are in Transfer.Calls.cs, assignments in Transfer.Places.cs, conditions in Transfer.Conditions.cs.
/// </summary>
internal sealed partial class Transfer(FunctionContext function, FlowState state, IFlowObserver? observer)
{
    public FlowState State { get; private set; } = state;

    /// <summary>A call that never returns has been made: what comes after it is not executed.</summary>
    public bool HasEnded { get; private set; }

    private KnownSymbols Known => function.Known;

    public AbstractValue Evaluate(IOperation? operation)
    {
        if (operation is null)
        {
            return AbstractValue.Empty;
        }

        function.Names.Steps++;
        var value = EvaluateCore(operation);
        return value.IsEmpty && NamesNewBuffer(operation) ? CreateBuffer(operation) : value;
    }

    /// <summary>Gives a variable its value on entry.</summary>
    public void Bind(ISymbol variable, AbstractValue value) => State = State.Bind(function.Names.SlotOf(variable), value);

    /// <summary>The buffer an operation or parameter brings into the method.</summary>
    public AbstractValue CreateBuffer(object origin)
    {
        var site = function.Names.SiteOf(origin);
        State = State.Create(site);
        return AbstractValue.Of(Atom.Buffer(site, ByteRange.Whole));
    }

    /// <summary>A buffer whose disposal this method owes.</summary>
    private AbstractValue CreateOwed(IOperation site)
    {
        var buffer = CreateBuffer(site);
        State = State.WithHold(function.HoldAt(site, HoldKind.Owed, null), buffer);
        return buffer;
    }

    // By the kind, which is a number: asking an operation for one interface after the other takes longer than most evaluations.
    private AbstractValue EvaluateCore(IOperation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.LocalReference or OperationKind.ParameterReference or OperationKind.FlowCaptureReference:
                return EvaluateVariable(operation);
            case OperationKind.FlowCapture:
                return EvaluateCapture((IFlowCaptureOperation)operation);
            case OperationKind.SimpleAssignment:
                return EvaluateAssignment((ISimpleAssignmentOperation)operation);
            case OperationKind.CompoundAssignment:
                var compound = (ICompoundAssignmentOperation)operation;
                Evaluate(compound.Value);
                Assign(compound.Target, AbstractValue.Empty, source: null);
                return AbstractValue.Empty;
            case OperationKind.Increment or OperationKind.Decrement:
                return EvaluateIncrement((IIncrementOrDecrementOperation)operation);
            case OperationKind.DeconstructionAssignment:
                return EvaluateDeconstruction((IDeconstructionAssignmentOperation)operation);
            case OperationKind.Invocation:
                return EvaluateCall((IInvocationOperation)operation);
            case OperationKind.ObjectCreation:
                return EvaluateCreation((IObjectCreationOperation)operation);
            case OperationKind.PropertyReference:
                return EvaluateProperty((IPropertyReferenceOperation)operation);
            case OperationKind.FieldReference:
                return EvaluateField((IFieldReferenceOperation)operation);
            case OperationKind.ArrayElementReference:
                return EvaluateElement((IArrayElementReferenceOperation)operation);
            case OperationKind.ImplicitIndexerReference:
                return EvaluateImplicitIndexer((IImplicitIndexerReferenceOperation)operation);
            case OperationKind.Await:
                return EvaluateAwait((IAwaitOperation)operation);
            case OperationKind.Conversion:
                return Evaluate(((IConversionOperation)operation).Operand);
            case OperationKind.Parenthesized:
                return Evaluate(((IParenthesizedOperation)operation).Operand);
            case OperationKind.ExpressionStatement:
                return Evaluate(((IExpressionStatementOperation)operation).Operation);
            case OperationKind.Literal or OperationKind.DefaultValue or OperationKind.InstanceReference or OperationKind.FlowAnonymousFunction:
                return AbstractValue.Empty;
            case OperationKind.UnaryOperator or OperationKind.BinaryOperator or OperationKind.IsNull or OperationKind.IsPattern:
                return EvaluateTest(operation);
            default:
                return EvaluateOther(operation);
        }
    }

    private AbstractValue EvaluateOther(IOperation operation)
    {
        switch (operation)
        {
            case { Syntax: StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax }:
                return EvaluateStackAllocation(operation);
            case ITupleOperation or IArrayInitializerOperation:
                return EvaluateElements(operation.ChildOperations);
            case IArrayCreationOperation array:
                EvaluateAll(array.DimensionSizes);
                return array.Initializer is null ? AbstractValue.Empty : EvaluateElements(array.Initializer.ElementValues);
            case ICollectionExpressionOperation collection:
                var elements = EvaluateElements(collection.Elements);
                return Known.Type(collection.Type).NamesBuffer ? AbstractValue.Empty : elements;
            case INameOfOperation or ITypeOfOperation or ISizeOfOperation:
                return AbstractValue.Empty;
            default:
                // Delegates, anonymous objects, yields, dynamic calls, code with errors: no longer in our sight.
                var forGood = operation is not (IInterpolatedStringOperation or IInterpolationOperation or IIsTypeOperation);
                foreach (var child in operation.ChildOperations)
                {
                    Escape(Evaluate(child), forGood);
                }

                return AbstractValue.Empty;
        }
    }

    /// <summary>The value leaves our sight; a method, so that evaluating the argument comes before the state it changes is read.</summary>
    private void Escape(AbstractValue value, bool forGood)
    {
        State = State.Escape(value, forGood);
        observer?.OnEscaped(value);
    }

    private void EvaluateArguments(IPropertyReferenceOperation property)
    {
        foreach (var argument in property.Arguments)
        {
            Evaluate(argument);
        }
    }

    private void EvaluateAll(IEnumerable<IOperation> operations)
    {
        foreach (var operation in operations)
        {
            Evaluate(operation);
        }
    }

    private AbstractValue EvaluateElements(IEnumerable<IOperation> elements)
    {
        var parts = elements.ToList();
        foreach (var element in parts)
        {
            Keep(element, Evaluate(element));
        }

        var value = AbstractValue.Empty;
        for (var index = 0; index < parts.Count; index++)
        {
            value = value.WithElement(index, TakeBack(parts[index]));
        }

        return value;
    }

    /// <summary>
    /// Holds on to the value of a part of an expression while the other parts are evaluated: one that sends again changes what
    /// is known of the values evaluated before it.
    /// </summary>
    private void Keep(IOperation part, AbstractValue value) => State = value.IsEmpty ? State : State.Bind(function.Names.SlotOfPart(part), value);

    private AbstractValue TakeBack(IOperation part)
    {
        if (function.Names.KnownSlotOfPart(part) is not { } slot)
        {
            return AbstractValue.Empty;
        }

        var value = State.Read(slot);
        State = State.Bind(slot, AbstractValue.Empty);
        return value;
    }

    private AbstractValue EvaluateVariable(IOperation operation)
    {
        if (function.SlotOf(operation) is not { } slot)
        {
            return AbstractValue.Empty;
        }

        var value = State.Read(slot);
        if (value.Elements.IsEmpty || operation is IFlowCaptureReferenceOperation || !Known.Type(operation.Type).IsContainer)
        {
            return value;
        }

        // A collection used other than by putting something in or by a constant index: all in it may be waited for, or changed.
        Escape(value, forGood: false);
        State = State.Bind(slot, AbstractValue.Empty);
        return AbstractValue.Empty;
    }

    private AbstractValue EvaluateProperty(IPropertyReferenceOperation property)
    {
        var instance = Evaluate(property.Instance);
        EvaluateArguments(property);
        if (instance.IsEmpty)
        {
            return IsRecycled(property) ? WithOneTime(AbstractValue.Empty, property) : AbstractValue.Empty;
        }

        // Reading a property that can be set is no write, unless what it gives is a way to write.
        if (Known.Writes(property.Property)
            && (property.Property.SetMethod is null || property.Property.ReturnsByRef || LeadsToBytes(property.Type)))
        {
            instance = Write(instance, property);
        }
        else if (ReadsBytes(property))
        {
            var part = property.Property.IsIndexer ? ElementOf(property, instance) : instance;
            instance = Use(part, property, UseKind.Read).IsEmpty ? AbstractValue.Empty : instance;
        }

        var told = ReadSendProperty(property, instance);
        return told.IsEmpty && LeadsToBytes(property.Type) ? Buffers(instance) : told;
    }

    private bool IsRecycled(IPropertyReferenceOperation property) =>
        property.Property.Name == "Recycled" && Known.IsReceipt(property.Property.ContainingType);

    private AbstractValue ReadSendProperty(IPropertyReferenceOperation property, AbstractValue instance)
    {
        var name = property.Property.Name;
        switch (name)
        {
            case "Value" when property.Property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T:
                return instance;
            case "HasValue" when property.Property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T:
                return Tests(instance, endsWhen: false);
            case "Recycled" when IsRecycled(property):
                return WithOneTime(
                    instance.Choose(atom => atom.Kind == AtomKind.Receipt ? Atom.OfSend(AtomKind.RecycledTask, atom.Send) : null), property);
            case "IsRecycled" when Known.IsReceipt(property.Property.ContainingType):
                return Tests(instance, endsWhen: true);
            case "IsInFlight" when Known.IsLease(property.Property.ContainingType):
                observer?.OnEscaped(instance);
                return instance.Choose(atom => atom.IsBuffer ? Atom.FreesBuffer(atom.Site!, when: false) : null);
            case "End" when TypeFacts.IsSequence(property.Property.ContainingType):
                return Positions(instance, range => range);
            case "Start" when TypeFacts.IsSequence(property.Property.ContainingType):
                return Positions(instance, range => range.Before);
            case "Length" when KnownSymbols.IsReceiveLease(property.Property.ContainingType) || IsView(property.Property.ContainingType):
                return instance.Choose(atom => IsWholeBuffer(atom) ? Atom.Length(atom.Site!) : null);
            case "IsEmpty" when IsView(property.Property.ContainingType):
                return instance.Choose(atom => IsWholeBuffer(atom) ? Atom.MissesBuffer(atom.Site!, when: true) : null);
            case "IsCompleted" or "IsCompletedSuccessfully":
                return instance.Choose(atom => EndsWhenAwaited(atom) ? Atom.EndsSend(atom.Send, when: true) : null);
            case "Result":
                return Complete(instance, property);
            default:
                return AbstractValue.Empty;
        }
    }

    private AbstractValue EvaluateField(IFieldReferenceOperation field)
    {
        var instance = Evaluate(field.Instance);
        if (TupleIndex(field.Field) is { } index)
        {
            return EvaluateTupleElement(field, instance.Element(index), index);
        }

        return LeadsToBytes(field.Type) && field.Instance is not null && IsView(field.Instance.Type)
            ? Buffers(instance)
            : AbstractValue.Empty;
    }

    private AbstractValue EvaluateTupleElement(IFieldReferenceOperation field, AbstractValue value, int index)
    {
        if (!value.IsEmpty || !Known.Type(field.Type).NamesBuffer || function.SlotOf(function.Resolve(field.Instance!)) is not { } slot)
        {
            return value;
        }

        // A tuple that came from elsewhere: the buffer in it is named when it is first looked at.
        value = CreateBuffer(field);
        State = State.Bind(slot, State.Read(slot).WithElement(index, value));
        return value;
    }

    private AbstractValue EvaluateElement(IArrayElementReferenceOperation element)
    {
        EvaluateAll(element.Indices);
        if (PeekContainer(element.ArrayReference) is not { } contents || ConstantIndex(element.Indices) is not { } index
            || !contents.Element(AbstractValue.AnyElement).IsEmpty)
        {
            Use(Buffers(Evaluate(element.ArrayReference), atom => atom.Range.Element(ConstantIndex(element.Indices))), element, UseKind.Read);
            return AbstractValue.Empty;
        }

        var value = contents.Element((int)index);
        if (value.IsEmpty && Known.Type(element.Type).NamesBuffer)
        {
            value = CreateBuffer(element);
            var slot = function.SlotOf(function.Resolve(element.ArrayReference))!;
            State = State.Bind(slot, State.Read(slot).WithElement((int)index, value));
        }

        return value;
    }

    private AbstractValue EvaluateImplicitIndexer(IImplicitIndexerReferenceOperation indexer)
    {
        var instance = Evaluate(indexer.Instance);
        Evaluate(indexer.Argument);
        if (IsView(indexer.Type))
        {
            return SliceByRange(instance, indexer);
        }

        Use(Within(instance), indexer, UseKind.Read);
        return AbstractValue.Empty;
    }

    private AbstractValue EvaluateAwait(IAwaitOperation await) => Complete(Evaluate(await.Operation), await);

    /// <summary>The tasks have completed: sends and receives that end so are over, the others give their receipt or lease.</summary>
    private AbstractValue Complete(AbstractValue tasks, IOperation wait)
    {
        if (tasks.IsEmpty)
        {
            return AbstractValue.Empty;
        }

        UseUp(tasks, wait);
        if (tasks.Atoms.Any(atom => atom.Kind == AtomKind.RentTask) && Known.IsLease(wait.Type))
        {
            return CreateOwed(wait);
        }

        State = State.Recycle(tasks, EndsWhenAwaited);
        var receipts = tasks.Choose(atom => atom is { Kind: AtomKind.SendTask, Send.GivesReceipt: true } ? Atom.OfSend(AtomKind.Receipt, atom.Send) : null);
        var buffers = Buffers(tasks);
        if (!buffers.IsEmpty)
        {
            return buffers;
        }

        return wait.Type is IArrayTypeSymbol ? AbstractValue.Empty.WithElement(AbstractValue.AnyElement, receipts) : receipts;
    }

    private static bool IsWholeBuffer(Atom atom) => atom.IsBuffer && atom.Range.IsWhole;

    private static bool EndsWhenAwaited(Atom atom) =>
        atom.Kind == AtomKind.RecycledTask || (atom.Kind == AtomKind.SendTask && !atom.Send.GivesReceipt);

    /// <summary>A boolean that tells whether the sends in the value are over, or its buffers are none.</summary>
    private static AbstractValue Tests(AbstractValue value, bool endsWhen) => value.Choose(atom =>
        atom.IsSend ? Atom.EndsSend(atom.Send, endsWhen) : atom.IsBuffer ? Atom.MissesBuffer(atom.Site!, endsWhen) : null);

    private static AbstractValue Buffers(AbstractValue value) => value.Choose(atom => atom.Kind is AtomKind.Buffer or AtomKind.UnknownBuffer ? atom : null);

    private static AbstractValue Buffers(AbstractValue value, Func<Atom, ByteRange> range) => value.Choose(atom =>
        atom.IsBuffer ? Atom.Buffer(atom.Site!, range(atom)) : atom.Kind == AtomKind.UnknownBuffer ? atom : null);

    private bool IsView(ITypeSymbol? type) => Known.Type(type).IsView;

    /// <summary>True when what a member of a buffer gives still leads to the buffer's bytes, rather than being a copy of some.</summary>
    private bool LeadsToBytes(ITypeSymbol? type) => Known.Type(type) is { IsView: true } or { IsLease: true };

    private bool NamesNewBuffer(IOperation operation)
    {
        // The type last, as most operations are of none of these kinds.
        return operation.Kind switch
        {
            OperationKind.LocalReference or OperationKind.ParameterReference => function.SlotOf(operation) is null,
            OperationKind.Conversion => operation is not (IConversionOperation { Operand.ConstantValue.HasValue: true } or IConversionOperation { Operand: IDefaultValueOperation }),
            OperationKind.Invocation or OperationKind.PropertyReference or OperationKind.FieldReference or OperationKind.ArrayElementReference
                or OperationKind.ObjectCreation or OperationKind.ArrayCreation or OperationKind.CollectionExpression or OperationKind.Await => true,
            _ => false,
        } && Known.Type(operation.Type).NamesBuffer;
    }

    private static int? TupleIndex(IFieldSymbol field)
    {
        if (!field.ContainingType.IsTupleType)
        {
            return null;
        }

        var elements = field.ContainingType.TupleElements;
        var index = 0;
        foreach (var element in elements)
        {
            if (element.Name == field.Name || element.CorrespondingTupleField?.Name == field.Name)
            {
                return index;
            }

            index++;
        }

        return null;
    }

    private static long? ConstantIndex(ImmutableArray<IOperation> indices) =>
        indices.Length == 1 ? FunctionContext.ConstantOf(indices[0]) : null;

    /// <summary>What a local collection holds, without counting the look as a use of it; null when it is not one.</summary>
    private AbstractValue? PeekContainer(IOperation operation)
    {
        // An array handed over as a span of it is still that array.
        while (operation is IConversionOperation { IsImplicit: true } conversion)
        {
            operation = conversion.Operand;
        }

        var target = function.Resolve(operation);
        return Known.Type(target.Type).IsContainer && function.SlotOf(target) is { } slot ? State.Read(slot) : null;
    }
}
