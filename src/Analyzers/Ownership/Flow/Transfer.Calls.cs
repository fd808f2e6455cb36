using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Calls: lending to the kernel, writing, slicing, waiting, and passing on to code this analysis does not see.</summary>
internal sealed partial class Transfer
{
    private AbstractValue EvaluateCall(IInvocationOperation call)
    {
        var facts = Known.Call(call.TargetMethod);
        if (facts.Kind == CallKind.Adds && call.Instance is not null && PeekContainer(call.Instance) is not null
            && function.SlotOf(function.Resolve(call.Instance)) is { } slot)
        {
            return AddToContainer(call, slot);
        }

        var (instance, arguments) = EvaluateOperands(call, facts);
        HasEnded |= facts.NeverReturns;
        if (!Array.TrueForAll(arguments, argument => argument is null or { IsEmpty: true }))
        {
            WriteArguments(call, facts, arguments);
            ReadArguments(call, facts, arguments);
        }

        var receiver = call.Instance is null && arguments.Length > 0 ? arguments[0] ?? AbstractValue.Empty : instance;
        if (facts.WritesReceiver)
        {
            receiver = Write(receiver, call);
        }
        else if (call.Instance is not null && ReadsReceiver(call, facts))
        {
            receiver = Use(receiver, call, UseKind.Read);
        }

        if (call is { Instance: { } disposed, TargetMethod: { Name: "Dispose" or "DisposeAsync" or "AbortAsync", Parameters.IsEmpty: true } })
        {
            Dispose(call, disposed, instance);
            return AbstractValue.Empty;
        }

        switch (facts.Kind)
        {
            case CallKind.Advances:
                AdvancePipe(call, arguments.FirstOrDefault() ?? AbstractValue.Empty);
                return AbstractValue.Empty;
            case CallKind.CompletesPipe:
                CompletePipe(call);
                return AbstractValue.Empty;
            case CallKind.Positions:
                return PositionIn(call, receiver, arguments);
            case CallKind.ReadsPipe when !call.TargetMethod.Parameters.Any(p => p.RefKind == RefKind.Out):
                return CreateBuffer(call);
        }

        return facts.Kind == CallKind.Lends ? Lend(call, facts, arguments) : ResultOf(call, facts, receiver, arguments);
    }

    private (AbstractValue Instance, AbstractValue?[] Arguments) EvaluateOperands(IInvocationOperation call, CallFacts facts)
    {
        var passed = call.Arguments;
        var last = passed.Length - 1;
        while (last >= 0 && passed[last].Parameter is { RefKind: RefKind.None } && ChangesNothing(passed[last].Value))
        {
            last--;
        }

        // Only what comes before a part that may change what is known has to be kept meanwhile.
        var instance = Evaluate(call.Instance);
        if (last >= 0)
        {
            Keep(call, instance);
        }

        var values = new AbstractValue[passed.Length];
        for (var i = 0; i < passed.Length; i++)
        {
            values[i] = EvaluateArgument(passed[i], facts);
            if (i < last)
            {
                Keep(passed[i], values[i]);
            }
        }

        var arguments = new AbstractValue?[call.TargetMethod.Parameters.Length];
        for (var i = 0; i < passed.Length; i++)
        {
            var value = i < last ? TakeBack(passed[i]) : values[i];
            if (passed[i].Parameter is { } parameter && parameter.Ordinal < arguments.Length)
            {
                arguments[parameter.Ordinal] = value;
            }
        }

        return (last >= 0 ? TakeBack(call) : instance, arguments);
    }

    /// <summary>True for a part of an expression that leaves what is known as it is: a constant or the look at a variable.</summary>
    private bool ChangesNothing(IOperation part) => part.Kind switch
    {
        OperationKind.Literal or OperationKind.DefaultValue or OperationKind.InstanceReference => true,
        OperationKind.LocalReference or OperationKind.ParameterReference => !Known.Type(part.Type).IsContainer && !Known.Type(part.Type).NamesBuffer,
        OperationKind.Conversion => part is IConversionOperation { OperatorMethod: null } conversion && ChangesNothing(conversion.Operand),
        _ => false,
    };

    private void Dispose(IInvocationOperation call, IOperation disposed, AbstractValue value)
    {
        var resolved = function.Resolve(disposed);
        var type = Known.Type(resolved.Type);
        if (type.IsLease)
        {
            Use(value, call, UseKind.Dispose);
            State = State.Discharge(value).WithHold(function.EndAt(call, HoldKind.Disposed, disposed, value), value);
        }
        else if (type.IsOwner)
        {
            Use(value, call, UseKind.DisposeOwner);
        }
        else if (FunctionContext.PathOf(resolved) is { } path)
        {
            Close(call, resolved.Type, path);
        }
    }

    private AbstractValue AddToContainer(IInvocationOperation call, Slot slot)
    {
        foreach (var argument in call.Arguments)
        {
            Hold(slot, Evaluate(argument.Value), call);
        }

        return AbstractValue.Empty;
    }

    private AbstractValue EvaluateArgument(IArgumentOperation argument, CallFacts facts)
    {
        switch (argument.Parameter?.RefKind)
        {
            case RefKind.Out:
                Assign(argument.Value, AbstractValue.Empty, source: null);
                var target = argument.Value is IDeclarationExpressionOperation declaration ? declaration.Expression : argument.Value;
                if ((Known.Type(target.Type).NamesBuffer || facts.Kind == CallKind.ReadsPipe) && function.SlotOf(target) is { } slot)
                {
                    var created = CreateBuffer(argument);
                    State = State.Bind(slot, created);
                }

                return AbstractValue.Empty;
            case RefKind.Ref:
                var place = PlaceOf(argument.Value);
                if (place.IsEmpty)
                {
                    // The callee may put anything into the variable.
                    Escape(Evaluate(argument.Value), forGood: true);
                    Assign(argument.Value, AbstractValue.Of(Atom.UnknownBuffer), source: null);
                }

                return place;
            case RefKind.In or RefKind.RefReadOnlyParameter when PlaceOf(argument.Value) is { IsEmpty: false } read:
                return read;
            default:
                // Tasks waited for together, pieces sent together: neither leaves our sight.
                return facts.Kind is CallKind.WhenAll or CallKind.Lends && PeekContainer(argument.Value) is { } held
                    ? held
                    : Evaluate(argument.Value);
        }
    }

    private void WriteArguments(IInvocationOperation call, CallFacts facts, AbstractValue?[] arguments)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is { } parameter && facts.WrittenParameters.Contains(parameter.Ordinal)
                && arguments[parameter.Ordinal] is { } written)
            {
                // A view is written as it is; of an array, the part the other arguments say.
                var part = Known.Type(parameter.Type).IsView ? written : PartOf(written, call, call.Arguments, facts);
                Write(part, argument.Value);
            }
        }

        if (facts.Kind == CallKind.Returns && arguments.Length > 0)
        {
            Use(arguments[0] ?? AbstractValue.Empty, call, UseKind.ReturnToPool);
        }
    }

    private AbstractValue Lend(IInvocationOperation call, CallFacts facts, AbstractValue?[] arguments)
    {
        var lent = call.Arguments.Where(a => a.Parameter is { } p && facts.LentParameters.Contains(p.Ordinal)).ToList();
        var kind = facts.IsReceive ? HoldKind.Receive : HoldKind.Send;
        var site = function.HoldAt(call, kind, lent.FirstOrDefault()?.Value, facts.GivesReceipt);
        State = State.Relend(site);
        foreach (var argument in lent)
        {
            LendParts(site, arguments[argument.Parameter!.Ordinal] ?? AbstractValue.Empty, argument.Value);
        }

        return WithOneTime(AbstractValue.Of(Atom.OfSend(facts.ReturnsTask ? AtomKind.SendTask : AtomKind.Receipt, site)), call);
    }

    /// <summary>Lends a buffer, or every piece of a gathered send.</summary>
    private void LendParts(HoldSite site, AbstractValue value, IOperation argument)
    {
        State = State.WithHold(site, site.Kind == HoldKind.Receive ? value : Use(value, argument, UseKind.Send));
        foreach (var piece in value.Elements.Values)
        {
            LendParts(site, piece, argument);
        }
    }

    private AbstractValue ResultOf(IInvocationOperation call, CallFacts facts, AbstractValue receiver, AbstractValue?[] arguments)
    {
        switch (facts.Kind)
        {
            case CallKind.Forwards when call.TargetMethod.Name is "AsTask" or "Preserve":
                UseUp(receiver, call);
                return WithoutOneTime(receiver);
            case CallKind.Forwards:
                return receiver;
            case CallKind.CompletesTask:
                return Complete(receiver, call);
            case CallKind.WhenAll:
                var all = AbstractValue.Of(arguments.SelectMany(argument => argument?.AllAtoms ?? []));
                return call.TargetMethod.Name == "WaitAll" ? Complete(all, call) : all;
            case CallKind.Slices:
                return PartOf(receiver, call, call.Arguments, facts);
            case CallKind.Derives when LeadsToBytes(call.Type) || call.TargetMethod.ReturnsByRef:
                return Buffers(receiver, atom => atom.Range.IsWhole ? atom.Range : ByteRange.Unknown);
            case CallKind.Derives:
                return AbstractValue.Empty;
        }

        EscapeArguments(call, facts, arguments);
        if (facts.ReturnsOwnership || Known.Callees.ReturnsOwnership(call.TargetMethod, function.Underway))
        {
            return Known.IsLease(call.Type) ? CreateOwed(call) : WithOneTime(AbstractValue.Of(Atom.RentTask(function.Names.SiteOf(call))), call);
        }

        if (receiver.IsEmpty)
        {
            return AbstractValue.Empty;
        }

        // A receipt or task that answers to a method we do not know may have been waited for.
        var ofSends = receiver.Choose(atom => atom.IsSend ? atom : null);
        Escape(ofSends, forGood: false);
        return IsMemberOfBuffer(call) && (LeadsToBytes(call.Type) || call.TargetMethod.ReturnsByRef)
            ? Buffers(receiver)
            : AbstractValue.Empty;
    }

    /// <summary>True for a method of a lease or of something derived from one, and for an extension marked as writing it.</summary>
    private bool IsMemberOfBuffer(IInvocationOperation call)
    {
        var facts = Known.Type(call.Instance?.Type);
        return call.Instance is null ? Known.Writes(call.TargetMethod) : facts.IsView || facts.NamesBuffer;
    }

    private void EscapeArguments(IInvocationOperation call, CallFacts facts, AbstractValue?[] arguments)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is not { } parameter || arguments[parameter.Ordinal] is not { IsEmpty: false } value)
            {
                continue;
            }

            var type = Known.Type(argument.Value.Type);
            var staysOnStack = argument.Value.Type is { IsRefLikeType: true } || parameter.Type.IsRefLikeType
                || (parameter.RefKind != RefKind.None && !type.IsLease);

            // Of .NET only collections keep memory they are handed, and nothing in it waits for a send.
            var isReadOnly = facts.IsFramework && !facts.IsCollection && (type.IsMemory || type.IsView);
            var isMarked = Known.Writes(call.TargetMethod) && parameter.Ordinal == 0;
            if (!staysOnStack && !isReadOnly && !isMarked)
            {
                Pass(value, call, argument, EffectOf(call.TargetMethod, parameter, facts), forGood: facts.IsCollection);
            }
        }
    }

    /// <summary>What a method does to a lease it is handed: as it is marked, or as its body in this compilation shows.</summary>
    private LeaseEffect EffectOf(IMethodSymbol method, IParameterSymbol parameter, CallFacts facts) =>
        facts.TakenParameters.Contains(parameter.Ordinal) ? LeaseEffect.Takes
        : facts.ReadParameters.Contains(parameter.Ordinal) ? LeaseEffect.Reads
        : Known.Type(parameter.Type).IsLease && !facts.IsFramework ? Known.Callees.EffectOf(method, parameter.Ordinal, function.Underway)
        : LeaseEffect.Unknown;

    private void Pass(AbstractValue value, IOperation call, IArgumentOperation argument, LeaseEffect effect, bool forGood)
    {
        switch (effect)
        {
            case LeaseEffect.Takes:
                HandOn(value, call, argument.Value);
                break;
            case LeaseEffect.Reads:
                Use(value, argument.Value, UseKind.Read);
                break;
            case LeaseEffect.Writes:
                Write(value, argument.Value);
                break;
            case LeaseEffect.Unknown:
                Escape(value, forGood);
                break;
        }
    }

    private AbstractValue EvaluateCreation(IObjectCreationOperation creation)
    {
        var parameters = creation.Constructor?.Parameters.Length ?? 0;
        var arguments = new AbstractValue?[parameters];
        foreach (var argument in creation.Arguments)
        {
            var value = Evaluate(argument.Value);
            if (argument.Parameter is { } parameter && parameter.Ordinal < parameters)
            {
                arguments[parameter.Ordinal] = value;
            }
        }

        Evaluate(creation.Initializer);
        if (Known.Type(creation.Type).IsView && creation.Constructor is { } constructor)
        {
            // A span or memory over an array, a writer over a span.
            var source = arguments.FirstOrDefault(a => a is { IsEmpty: false }) ?? AbstractValue.Empty;
            return PartOf(source, creation, creation.Arguments, Known.Call(constructor));
        }

        if (Known.Type(creation.Type).IsOwner && arguments.FirstOrDefault(a => a is { IsEmpty: false }) is { } pointed
            && creation.Arguments.Any(a => a.Parameter?.Type is IPointerTypeSymbol))
        {
            // A memory manager over memory that a pointer leads to.
            return Buffers(pointed);
        }

        foreach (var argument in creation.Arguments.Where(a => a.Parameter is { } p && p.Ordinal < parameters))
        {
            var taken = Known.Call(creation.Constructor!).TakenParameters.Contains(argument.Parameter!.Ordinal);
            Pass(arguments[argument.Parameter.Ordinal]!, creation, argument, taken ? LeaseEffect.Takes : LeaseEffect.Unknown, forGood: true);
        }

        return AbstractValue.Empty;
    }

    /// <summary>The part of memory a call works on, as its start and length arguments say.</summary>
    private AbstractValue PartOf(
        AbstractValue whole, IOperation site, IEnumerable<IArgumentOperation> arguments, CallFacts facts)
    {
        long? start = 0;
        long? length = null;
        var reachesEnd = true;
        foreach (var argument in arguments)
        {
            if (argument.Parameter is not { } parameter)
            {
                continue;
            }

            if (TypeFacts.NameOf(parameter.Type) is "System.Range")
            {
                (start, length, reachesEnd) = RangeOf(argument.Value);
            }
            else if (TypeFacts.NameOf(parameter.Type) is "System.SequencePosition")
            {
                if (parameter.Ordinal == 1 && start == 0 && UpTo(argument, whole) is { IsEmpty: false } upTo)
                {
                    return upTo;
                }

                (start, length, reachesEnd) = (null, null, false);
            }
            else if (parameter.Ordinal == facts.StartParameter || TypeFacts.NameOf(parameter.Type) is "System.Index")
            {
                start = FunctionContext.ConstantOf(argument.Value);
            }
            else if (parameter.Ordinal == facts.LengthParameter)
            {
                length = FunctionContext.ConstantOf(argument.Value);
                reachesEnd = false;
            }
        }

        return Slice(whole, site, start, length, reachesEnd);
    }

    /// <summary>The bytes from the start of a sequence up to a position in it that a variable holds; to look at that once more changes nothing.</summary>
    private AbstractValue UpTo(IArgumentOperation position, AbstractValue sequence) => FunctionContext.PathOf(function.Resolve(position.Value)) is null
        ? AbstractValue.Empty
        : Evaluate(position.Value).Choose(atom =>
            atom.Kind == AtomKind.Position && sequence.Atoms.Any(whole => whole.IsBuffer && whole.Site == atom.Site) ? Atom.Buffer(atom.Site!, atom.Range) : null);

    private AbstractValue SliceByRange(AbstractValue whole, IImplicitIndexerReferenceOperation indexer)
    {
        var (start, length, reachesEnd) = RangeOf(indexer.Argument);
        return Slice(whole, indexer, start, length, reachesEnd);
    }

    private static (long? Start, long? Length, bool ReachesEnd) RangeOf(IOperation operation)
    {
        if (operation is not IRangeOperation range)
        {
            return (null, null, false);
        }

        var start = range.LeftOperand is null ? 0 : FunctionContext.ConstantOf(range.LeftOperand);
        var end = range.RightOperand is null ? null : FunctionContext.ConstantOf(range.RightOperand);
        return (start, end - start, range.RightOperand is null);
    }

    private AbstractValue Slice(AbstractValue whole, IOperation site, long? start, long? length, bool reachesEnd)
    {
        var slice = function.Names.SiteOf(site);
        if (start is null)
        {
            State = State.CreateSlice(slice);
        }

        return Buffers(whole, atom => atom.Range.Slice(start, length, reachesEnd, slice));
    }
}
