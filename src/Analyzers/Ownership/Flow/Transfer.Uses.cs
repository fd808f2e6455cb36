using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Uses of buffers and of ValueTasks, and which holds forbid them.</summary>
internal sealed partial class Transfer
{
    /// <summary>
    /// The bytes, or the ValueTask, are used. Tells the rules when something holds them for certain that forbids it; what is
    /// then handed out is no longer followed, so that one mistake is reported once.
    /// </summary>
    private AbstractValue Use(AbstractValue target, IOperation use, UseKind kind)
    {
        if (target.IsEmpty)
        {
            return target;
        }

        observer?.OnUsed(target, kind);
        Dictionary<HoldKey, Hold>? holds = null;
        foreach (var atom in target.Atoms)
        {
            if (kind == UseKind.Await ? atom.Kind != AtomKind.OneTime : atom.Kind is not (AtomKind.Buffer or AtomKind.UnknownBuffer))
            {
                continue;
            }

            if (!State.IsHeld(atom))
            {
                return target;
            }

            var ofAtom = State.CertainHolds(atom, held => Forbids(held, kind)).ToList();
            if (ofAtom.Count == 0)
            {
                // Nothing holds this buffer, and where several are possible it may be the one that is used.
                return target;
            }

            holds ??= [];
            foreach (var pair in ofAtom)
            {
                holds[pair.Key] = pair.Value;
            }
        }

        if (holds is null)
        {
            return target;
        }

        // Of a lease that is gone nothing else matters.
        var gone = holds.Where(pair => pair.Key.Site.Kind is HoldKind.Disposed or HoldKind.HandedOn).ToList();
        observer?.OnConflict(use, kind, gone.Count > 0 ? gone : holds);
        return AbstractValue.Empty;
    }

    private static bool Forbids(HoldKind held, UseKind use) => held switch
    {
        HoldKind.Send => use is UseKind.Write or UseKind.ReturnToPool or UseKind.DisposeOwner
            or UseKind.AdvancePipe or UseKind.DisposeEngine or UseKind.LeaveBlock,
        HoldKind.Receive => use is not (UseKind.Dispose or UseKind.Await),
        HoldKind.Disposed or HoldKind.HandedOn => use is UseKind.Write or UseKind.Read or UseKind.Send or UseKind.Dispose or UseKind.HandOn,
        HoldKind.Awaited => use is UseKind.Await,
        _ => false,
    };

    /// <summary>True for a property that reads what it is asked of, or hands out a way to.</summary>
    private bool ReadsBytes(IPropertyReferenceOperation property)
    {
        var type = property.Instance!.Type!;
        if (Known.Type(type).IsLease)
        {
            return IsView(property.Type) || property.Property.Name == "IsInFlight";
        }

        return TypeFacts.NameOf(type) switch
        {
            "System.Span`1" or "System.ReadOnlySpan`1" or "System.ArraySegment`1" => property.Property.IsIndexer,
            "System.Memory`1" or "System.ReadOnlyMemory`1" => property.Property.Name == "Span",
            _ => KnownSymbols.IsMessageView(type),
        };
    }

    /// <summary>True for a call that reads what it is called on, or hands out a way to.</summary>
    private bool ReadsReceiver(IInvocationOperation call, CallFacts facts)
    {
        if (facts.Kind == CallKind.Derives)
        {
            return call.TargetMethod.Name == "GetEnumerator" || (!LeadsToBytes(call.Type) && !call.TargetMethod.ReturnsByRef && !OnlyAsks(call.TargetMethod.Name));
        }

        return call.Instance is { Type: { } type }
            && ((Known.Type(type).IsLease && IsView(call.Type) && !facts.WritesReceiver) || KnownSymbols.IsMessageView(type));
    }

    /// <summary>True for what a span or memory is asked without a look at its bytes.</summary>
    private static bool OnlyAsks(string method) =>
        method is "Equals" or "GetHashCode" or "Overlaps" || method.StartsWith("TryGet", StringComparison.Ordinal);

    /// <summary>Reads, of the arguments, the memory that .NET's methods are handed as such, and spans, of which nothing else can be made.</summary>
    private void ReadArguments(IInvocationOperation call, CallFacts facts, AbstractValue?[] arguments)
    {
        if (facts.Kind is CallKind.Slices or CallKind.Returns or CallKind.Adds || (facts.Kind == CallKind.Derives && !ReadsReceiver(call, facts)))
        {
            return;
        }

        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is { } parameter && arguments[parameter.Ordinal] is { IsEmpty: false } value
                && !facts.WrittenParameters.Contains(parameter.Ordinal) && !facts.LentParameters.Contains(parameter.Ordinal)
                && parameter.OriginalDefinition.Type is not ITypeParameterSymbol
                && Known.Type(parameter.Type) is var type && (type.IsMemory || TypeFacts.NameOf(parameter.Type) == "System.Array")
                && (parameter.Type.IsRefLikeType || (facts.IsFramework && !facts.IsCollection)))
            {
                var part = type.IsView ? value : PartOf(value, call, call.Arguments, facts);
                Use(part, argument.Value, UseKind.Read);
            }
        }
    }

    /// <summary>The lease goes to somebody who disposes it, and who may wait for its sends before that.</summary>
    private void HandOn(AbstractValue lease, IOperation call, IOperation argument)
    {
        Use(lease, argument, UseKind.HandOn);
        State = State.Escape(lease, forGood: false).WithHold(function.EndAt(call, HoldKind.HandedOn, argument, lease), lease);
    }

    /// <summary>The ValueTask is used up here.</summary>
    private void UseUp(AbstractValue task, IOperation use)
    {
        if (task.Atoms.IsEmpty)
        {
            return;
        }

        var once = task.Choose(atom => atom.Kind == AtomKind.OneTime ? atom : null);
        if (once.IsEmpty)
        {
            return;
        }

        // One task of a recycle that is outstanding must be the only one, though each look at Recycled gives a new ValueTask.
        // The sends of earlier rounds go by one name, so of them nothing is said.
        var recycle = task.Choose(atom => atom.Kind == AtomKind.RecycledTask && atom.Send.Latest == atom.Send ? Atom.OneTime(atom.Send) : null);
        if (!Use(once, use, UseKind.Await).IsEmpty)
        {
            Use(recycle, use, UseKind.Await);
        }

        // What no variable leads to cannot be awaited again.
        State = once.Atoms.Any(atom => State.IsNamed(atom.Site!)) ? State.WithHold(function.HoldAt(use, HoldKind.Awaited, null), once) : State;
        State = use is IInvocationOperation { TargetMethod.Name: "AsTask" } ? State.WithHold(function.HoldAt(use, HoldKind.Awaited, null), recycle) : State;
    }

    /// <summary>A call or property that gives a ValueTask made anew each time.</summary>
    private AbstractValue WithOneTime(AbstractValue value, IOperation source)
    {
        if (!TypeFacts.IsValueTask(source.Type))
        {
            return value;
        }

        var task = function.Names.SiteOf(source);
        State = State.Create(task);
        return value.Union(AbstractValue.Of(Atom.OneTime(task)));
    }

    private static AbstractValue WithoutOneTime(AbstractValue value) => value.Map(atom => atom.Kind == AtomKind.OneTime ? null : atom);
}
