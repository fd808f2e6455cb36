using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Turns a <c>[ZeroCopyBuffer]</c> struct into a model, and says what is wrong with it. One instance per root message.</summary>
internal sealed class MessageParser(CancellationToken cancellationToken)
{
    private readonly Dictionary<INamedTypeSymbol, NestedMessage> _nested = new(SymbolEqualityComparer.Default);
    private readonly HashSet<INamedTypeSymbol> _path = new(SymbolEqualityComparer.Default);

    /// <summary>A nested message: how many bytes it takes, whether all take as many, whether fields of it are filled in, and whether code for it will exist.</summary>
    private readonly record struct NestedMessage(int WireSize, bool IsFixedSize, bool HasSeal, bool IsSound);

    public ParsedMessage Parse(INamedTypeSymbol type)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<MessageProblem> problems = [.. MessageShape.Check(type, cancellationToken)];
        var members = new Members();
        bool isGeneric = problems.Exists(p => p.Kind == LayoutProblemKind.Generic);
        _path.Add(type);
        foreach (ISymbol member in MessageMembers.Of(type).Where(_ => !isGeneric))
        {
            CheckOrder(member, members, problems);
            if (member is IFieldSymbol field)
            {
                ParseField(field, members, problems);
            }
            else
            {
                ParseProperty((IPropertySymbol)member, members, problems);
            }
        }

        _path.Remove(type);
        if (!type.GetMembers().Any(m => m is IFieldSymbol { IsStatic: false }) && members.Fields.Count == 0)
        {
            problems.Add(new(LayoutProblemKind.Empty, type, [type.Name]));
        }

        if (KnownAttributes.AlignOf(type) is { } align && !LayoutPlanner.IsAlignment(align))
        {
            problems.Add(new(LayoutProblemKind.BadAlignment, type, [type.Name]));
        }

        problems.AddRange(ReservedNames.Check(type, members.Fields, members.Sequences));
        return new ParsedMessage(
            CreateModel(type, members), [.. members.FieldSymbols, .. members.SequenceSymbols], problems, members.NestedAreSound);
    }

    /// <summary>What has been read of a message so far.</summary>
    private sealed class Members
    {
        public List<FieldModel> Fields { get; } = [];

        public List<ISymbol> FieldSymbols { get; } = [];

        public List<SequenceModel> Sequences { get; } = [];

        public List<ISymbol> SequenceSymbols { get; } = [];

        public bool NestedAreSound { get; set; } = true;
    }

    /// <summary>Fixed members, then groups, then the tail: whoever reads them must know where each starts.</summary>
    private static void CheckOrder(ISymbol member, Members members, List<MessageProblem> problems)
    {
        AttributeData? attribute = member is IPropertySymbol property ? PropertyParser.AttributeOf(property) : null;
        bool isSequence = attribute is not null && !PropertyParser.IsText(attribute);
        bool isLate = members.Sequences.Count > 0 && (!isSequence || !members.Sequences[members.Sequences.Count - 1].IsGroup);
        if (isLate)
        {
            problems.Add(new(LayoutProblemKind.SequenceOrder, member, [member.Name, members.Sequences[members.Sequences.Count - 1].PlainName]));
        }
    }

    private void ParseField(IFieldSymbol field, Members members, List<MessageProblem> problems)
    {
        if (field.IsReadOnly && !field.ContainingType.IsReadOnly)
        {
            problems.Add(new(LayoutProblemKind.ReadOnly, field, [$"Field '{field.Name}'"]));
        }

        if (ParseType(field, members, problems) is { } type)
        {
            members.FieldSymbols.Add(field);
            members.Fields.Add(FieldParser.Parse(field, type, problems) with { Purpose = PurposeParser.Parse(field, type, problems), Since = SinceOf(field) });
        }
    }

    private void ParseProperty(IPropertySymbol property, Members members, List<MessageProblem> problems)
    {
        AttributeData attribute = PropertyParser.AttributeOf(property)!;
        if (PropertyParser.ShapeOf(property, cancellationToken) is not { } shape)
        {
            problems.Add(new(LayoutProblemKind.PropertyShape, property, [property.Name, PropertyParser.NameOf(attribute)]));
            return;
        }

        if (PropertyParser.IsText(attribute))
        {
            (TextType? text, string? problem) = PropertyParser.TextOf(property, attribute);
            if (text is null)
            {
                problems.Add(new(LayoutProblemKind.PropertyType, property, [property.Name, DisplayName(property.Type), problem!]));
                return;
            }

            members.FieldSymbols.Add(property);
            members.Fields.Add(new FieldModel(Escape(property.Name), text, WireByteOrder.Unspecified, null, AccessOf(property))
            {
                Property = shape,
                Since = SinceOf(property),
            });
            return;
        }

        if (ParseElement(property, attribute, members, problems) is { } element)
        {
            members.SequenceSymbols.Add(property);
            members.Sequences.Add(new SequenceModel(
                Escape(property.Name),
                PropertyParser.IsGroup(attribute) ? SequenceKind.Group : SequenceKind.Tail,
                element,
                KnownAttributes.Named(attribute, "Max"),
                KnownAttributes.Named(attribute, "MaxEntryBytes"),
                KnownAttributes.ByteOrderOf(property),
                AccessOf(property),
                shape));
        }

        if (KnownAttributes.HasSince(property))
        {
            problems.Add(new(LayoutProblemKind.BadSince, property, [property.Name, "groups and tails are there from the start"]));
        }
    }

    private FieldType? ParseElement(IPropertySymbol property, AttributeData attribute, Members members, List<MessageProblem> problems)
    {
        if (PropertyParser.ElementOf(property) is not { } element)
        {
            problems.Add(new(LayoutProblemKind.PropertyType, property, [property.Name, DisplayName(property.Type), $"[{PropertyParser.NameOf(attribute)}] is a ReadOnlySpan of its elements"]));
            return null;
        }

        if (element is INamedTypeSymbol { TypeKind: TypeKind.Struct, SpecialType: SpecialType.None } type && KnownAttributes.IsMessage(type))
        {
            return ParseNested(property, type, members, problems);
        }

        if (!PropertyParser.IsGroup(attribute) && ScalarParser.Parse(element, KnownAttributes.IsOpenEnum(property)) is { } scalar)
        {
            return scalar;
        }

        if (element.TypeKind == TypeKind.Error)
        {
            members.NestedAreSound = false;
            return null;
        }

        string reason = PropertyParser.IsGroup(attribute) ? "the entries of a group are messages" : "the elements of a tail are scalars or messages";
        problems.Add(new(LayoutProblemKind.PropertyType, property, [property.Name, DisplayName(property.Type), reason]));
        return null;
    }

    private FieldType? ParseType(IFieldSymbol field, Members members, List<MessageProblem> problems)
    {
        if (FieldTypeParser.ParseArray(field) is not { } array)
        {
            return ParseType(field, field.Type, members, problems);
        }

        return ParseType(field, array.Element, members, problems) is { } element
            ? new ArrayType(element, array.Capacity, FieldParser.LengthOf(field, array.Capacity, problems), array.Storage)
            : null;
    }

    /// <summary>The type of the field, or of its elements.</summary>
    private FieldType? ParseType(IFieldSymbol field, ITypeSymbol type, Members members, List<MessageProblem> problems)
    {
        FieldTypeParser.Outcome outcome = FieldTypeParser.Parse(type, KnownAttributes.IsOpenEnum(field));
        if (outcome.Problem is { } kind)
        {
            problems.Add(new(kind, field, [field.Name, DisplayName(type), outcome.Reason]));
            return null;
        }

        if (outcome.Type is not null)
        {
            return outcome.Type;
        }

        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct } nested)
        {
            // The compiler already reports a type that does not exist.
            members.NestedAreSound = false;
            return null;
        }

        return ParseNested(field, nested, members, problems);
    }

    private NestedType? ParseNested(ISymbol field, INamedTypeSymbol type, Members members, List<MessageProblem> problems)
    {
        if (!KnownAttributes.IsMessage(type))
        {
            problems.Add(new(LayoutProblemKind.NestedWithoutAttribute, field, [field.Name, DisplayName(type)]));
            return null;
        }

        if (Contains(type, field.ContainingType, new(SymbolEqualityComparer.Default)))
        {
            problems.Add(new(LayoutProblemKind.NestingCycle, field, [field.Name, field.ContainingType.Name]));
            return null;
        }

        // Of a group it is the order of its header.
        bool hasHeader = field is IPropertySymbol property && PropertyParser.AttributeOf(property) is { } attribute && PropertyParser.IsGroup(attribute);
        if (!hasHeader && KnownAttributes.HasOwnByteOrder(field))
        {
            problems.Add(new(LayoutProblemKind.ByteOrderOnNested, field, [field.Name, DisplayName(type)]));
        }

        bool isForeign = !SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, field.ContainingAssembly);
        if (isForeign && CompiledConstant(type, "WireSize") is null && CompiledConstant(type, "MaxWireSize") is null)
        {
            const string Reason = "its assembly was compiled without the ZeroCopySockets generator";
            problems.Add(new(LayoutProblemKind.UnsupportedType, field, [field.Name, DisplayName(type), Reason]));
            return null;
        }

        NestedMessage nested = isForeign
            ? new(CompiledConstant(type, "WireSize") ?? 0, CompiledConstant(type, "WireSize") is not null, type.GetMembers("Seal").Any(KnownAttributes.IsGenerated), true)
            : MeasureNested(type);
        if (nested is { IsSound: true, IsFixedSize: false })
        {
            problems.Add(new(LayoutProblemKind.VariableNested, field, [field.Name, DisplayName(type)]));
            return null;
        }

        members.NestedAreSound &= nested.IsSound;
        return new NestedType(type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), nested.WireSize, nested.HasSeal);
    }

    /// <summary>
    /// In another assembly the size is what that assembly was compiled with: its code is what will write the bytes,
    /// whatever this version of the generator would have made of its fields.
    /// </summary>
    public static int? CompiledConstant(INamedTypeSymbol type, string name) =>
        type.GetMembers(name).OfType<IFieldSymbol>().FirstOrDefault()?.ConstantValue as int?;

    private NestedMessage MeasureNested(INamedTypeSymbol type)
    {
        if (_path.Contains(type))
        {
            return default;
        }

        if (!_nested.TryGetValue(type, out NestedMessage nested))
        {
            ParsedMessage parsed = Parse(type);
            MessageLayout layout = LayoutPlanner.Plan(parsed.Model);
            nested = new(layout.WireSize, layout.IsFixedSize, parsed.Model.HasSeal, parsed.IsSound && layout.Problems.Count == 0);
            _nested.Add(type, nested);
        }

        return nested;
    }

    private static bool Contains(INamedTypeSymbol outer, INamedTypeSymbol wanted, HashSet<INamedTypeSymbol> seen)
    {
        if (SymbolEqualityComparer.Default.Equals(outer, wanted))
        {
            return true;
        }

        return seen.Add(outer) && MessageMembers.FieldsOf(outer)
            .Select(f => FieldTypeParser.ParseArray(f)?.Element ?? f.Type)
            .OfType<INamedTypeSymbol>()
            .Any(t => t.TypeKind == TypeKind.Struct && KnownAttributes.IsMessage(t) && Contains(t, wanted, seen));
    }

    /// <summary>The version of <c>[Since]</c>; 0 without it, and -1 for one that cannot be.</summary>
    private static int SinceOf(ISymbol member) =>
        !KnownAttributes.HasSince(member) ? 0 : KnownAttributes.SinceOf(member) is > 0 and var version ? version : -1;

    public static string? AccessOf(ISymbol member) => member.DeclaredAccessibility switch
    {
        Accessibility.Public => "public",
        Accessibility.Internal => "internal",
        _ => null,
    };

    private static MessageModel CreateModel(INamedTypeSymbol type, Members members)
    {
        (string ns, EquatableArray<ContainerModel> containers, string access) = SurroundingsOf(type);
        return new MessageModel(ns, containers, KeywordOf(type), Escape(type.Name), access, new(members.Fields))
        {
            Align = KnownAttributes.AlignOf(type),
            Sequences = new(members.Sequences),
            StructLayout = KnownAttributes.StructLayoutOf(type),
        };
    }

    /// <summary>Where a type is declared: its namespace, the types around it, and how visible that makes its socket methods.</summary>
    public static (string Namespace, EquatableArray<ContainerModel> Containers, string Access) SurroundingsOf(INamedTypeSymbol type)
    {
        List<INamedTypeSymbol> containers = [.. ReservedNames.ContainersOf(type)];
        bool isPublic = containers.Append(type).All(t => t.DeclaredAccessibility == Accessibility.Public);
        string ns = type.ContainingNamespace.IsGlobalNamespace
            ? ""
            : type.ContainingNamespace.ToDisplayString(
                SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted));
        return (ns, new(containers.Select(c => new ContainerModel(KeywordOf(c), Escape(c.Name)))), isPublic ? "public" : "internal");
    }

    private static string KeywordOf(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Struct, true) => "record struct",
        (TypeKind.Struct, false) => "struct",
        (TypeKind.Interface, _) => "interface",
        (_, true) => "record",
        _ => "class",
    };

    public static string Escape(string name) =>
        SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    private static string DisplayName(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);
}
