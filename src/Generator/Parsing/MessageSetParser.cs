using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Turns a <c>[MessageSet]</c> struct into a model, and says what is wrong with it.</summary>
internal sealed class MessageSetParser(CancellationToken cancellationToken)
{
    private readonly List<MessageProblem> _problems = [];
    private bool _messagesAreSound = true;

    /// <summary>The set, or null when it or one of its messages cannot be generated; and what is wrong with the set.</summary>
    public (MessageSetModel? Model, IReadOnlyList<MessageProblem> Problems) Parse(INamedTypeSymbol type)
    {
        CheckShape(type);
        var messages = new List<SetMessage>();
        TagPlace? tag = null;
        foreach (INamedTypeSymbol? message in KnownAttributes.MessagesOf(type))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (message is not null && ParseMessage(type, message, tag) is var (parsed, place))
            {
                CheckAgainst(type, messages, parsed);
                messages.Add(parsed);
                tag ??= place;
            }
        }

        if (messages.Count == 0 && _problems.Count == 0 && _messagesAreSound)
        {
            Reject(type, LayoutProblemKind.SetShape, type.Name, "it names no message");
        }

        return (_problems.Count == 0 && _messagesAreSound ? CreateModel(type, tag!, messages) : null, _problems);
    }

    private void CheckShape(INamedTypeSymbol type)
    {
        bool isPartial = type.DeclaringSyntaxReferences
            .Select(r => r.GetSyntax(cancellationToken))
            .SelectMany(s => s.AncestorsAndSelf().OfType<TypeDeclarationSyntax>())
            .All(d => d.Modifiers.Any(SyntaxKind.PartialKeyword));
        bool isGeneric = ReservedNames.ContainersOf(type).Append(type).Any(t => t.Arity > 0);
        bool hasMembers = type.GetMembers().Any(m => !m.IsImplicitlyDeclared && !m.IsStatic && m is IFieldSymbol && !KnownAttributes.IsGenerated(m));
        string? reason = !isPartial ? "it and the types around it must be partial"
            : !type.IsRefLikeType || !type.IsReadOnly ? "it must be a readonly ref struct"
            : isGeneric ? "it cannot be generic"
            : hasMembers ? "it cannot have fields of its own"
            : !MessageShape.IsVisibleInAssembly(type) ? "its socket methods could not name it"
            : null;
        if (reason is not null)
        {
            Reject(type, LayoutProblemKind.SetShape, type.Name, reason);
        }
    }

    private (SetMessage Message, TagPlace Place)? ParseMessage(INamedTypeSymbol set, INamedTypeSymbol message, TagPlace? expected)
    {
        if (!KnownAttributes.IsMessage(message))
        {
            Reject(set, LayoutProblemKind.BadSetMessage, set.Name, message.Name, "it is no message");
            return null;
        }

        bool isForeign = !SymbolEqualityComparer.Default.Equals(message.ContainingAssembly, set.ContainingAssembly);
        if ((isForeign ? MeasureForeign(set, message) : Measure(message)) is not { } measured)
        {
            return null;
        }

        if (measured.Tags.Count != 1 || measured.Tags[0] is not { Bits: null, Field: { Type: ScalarType scalar, Magic: { } magic } } tag)
        {
            Reject(set, LayoutProblemKind.BadSetMessage, set.Name, message.Name, "it has not exactly one integer field with [Discriminator]");
            return null;
        }

        var place = new TagPlace(tag.Field.PlainName, tag.Offset, scalar.Primitive, scalar.NeedsByteOrder ? tag.Field.ByteOrder : WireByteOrder.Unspecified);
        if (expected is not null && place with { Field = expected.Field } != expected)
        {
            Reject(set, LayoutProblemKind.BadSetMessage, set.Name, message.Name, "its tag is at another place, or of another type or byte order, than that of the first");
            return null;
        }

        return (new SetMessage(
            message.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            message.Name,
            magic.Number,
            measured.FixedSize,
            measured.MinReceivedSize,
            measured.MaxReceivedSize,
            measured.IsSelfDelimiting), place);
    }

    /// <summary>What a set has to know of a message, and the fields that could be its tag.</summary>
    private sealed record Measured(IReadOnlyList<PlannedField> Tags, int? FixedSize, int MinReceivedSize, long MaxReceivedSize, bool IsSelfDelimiting);

    private Measured? Measure(INamedTypeSymbol message)
    {
        ParsedMessage parsed = new MessageParser(cancellationToken).Parse(message);
        MessageLayout layout = LayoutPlanner.Plan(parsed.Model);
        if (!parsed.IsSound || layout.Problems.Count > 0)
        {
            // What is wrong with it is reported at the message.
            _messagesAreSound = false;
            return null;
        }

        return new Measured(
            [.. layout.Fields.Where(f => f.Field.IsDiscriminator)],
            layout.IsFixedSize ? layout.WireSize : null,
            layout.MinReceivedSize,
            layout.MaxReceivedSize,
            layout.IsSelfDelimiting);
    }

    /// <summary>A message of another assembly is what that assembly was compiled with: its size and the place of its tag are constants there.</summary>
    private Measured? MeasureForeign(INamedTypeSymbol set, INamedTypeSymbol message)
    {
        if (MessageParser.CompiledConstant(message, "WireSize") is not { } size)
        {
            Reject(set, LayoutProblemKind.BadSetMessage, set.Name, message.Name, "it is of another assembly, and not of fixed size");
            return null;
        }

        var tags = new List<PlannedField>();
        foreach (IFieldSymbol field in message.GetMembers().OfType<IFieldSymbol>().Where(KnownAttributes.IsDiscriminator))
        {
            if (ScalarParser.Parse(field.Type, KnownAttributes.IsOpenEnum(field)) is { } type
                && message.GetTypeMembers("Offsets").FirstOrDefault() is { } offsets
                && MessageParser.CompiledConstant(offsets, field.Name) is { } offset)
            {
                FieldModel model = FieldParser.Parse(field, type, []);
                tags.Add(new PlannedField(model, offset) { Bits = model.Bits is null ? null : new BitPlace(1, 0, model.Bits.Count, model.Bits.Order) });
            }
        }

        return new Measured(tags, size, size, size, IsSelfDelimiting: true);
    }

    private void CheckAgainst(INamedTypeSymbol set, List<SetMessage> others, SetMessage message)
    {
        if (others.Find(o => o.Tag == message.Tag) is { } twin)
        {
            Reject(set, LayoutProblemKind.DuplicateTag, set.Name, twin.Name, message.Name);
        }
        else if (others.Exists(o => o.Name == message.Name))
        {
            Reject(set, LayoutProblemKind.BadSetMessage, set.Name, message.Name, "another message of the set has the same name");
        }
    }

    private void Reject(INamedTypeSymbol set, LayoutProblemKind kind, params string[] arguments) => _problems.Add(new(kind, set, arguments));

    private static MessageSetModel CreateModel(INamedTypeSymbol type, TagPlace tag, List<SetMessage> messages)
    {
        (string ns, EquatableArray<ContainerModel> containers, string access) = MessageParser.SurroundingsOf(type);
        return new MessageSetModel(ns, containers, MessageParser.Escape(type.Name), access, tag, new(messages));
    }
}
