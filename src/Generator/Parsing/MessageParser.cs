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

    /// <summary>A nested message: how many bytes it takes, whether fields of it are filled in, and whether code for it will exist.</summary>
    private readonly record struct NestedMessage(int WireSize, bool HasSeal, bool IsSound);

    public ParsedMessage Parse(INamedTypeSymbol type)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<MessageProblem> problems = [.. MessageShape.Check(type, cancellationToken)];
        var symbols = new List<IFieldSymbol>();
        var fields = new List<FieldModel>();
        bool nestedAreSound = true;
        bool isGeneric = problems.Exists(p => p.Kind == LayoutProblemKind.Generic);
        _path.Add(type);
        foreach (IFieldSymbol field in InstanceFields(type))
        {
            if (field.IsReadOnly && !type.IsReadOnly)
            {
                problems.Add(new(LayoutProblemKind.ReadOnly, field, [$"Field '{field.Name}'"]));
            }

            if (!isGeneric && ParseType(field, problems, ref nestedAreSound) is { } fieldType)
            {
                symbols.Add(field);
                fields.Add(FieldParser.Parse(field, fieldType, problems));
            }
        }

        _path.Remove(type);
        if (!type.GetMembers().Any(m => m is IFieldSymbol { IsStatic: false }))
        {
            problems.Add(new(LayoutProblemKind.Empty, type, [type.Name]));
        }

        if (KnownAttributes.AlignOf(type) is { } align && !LayoutPlanner.IsAlignment(align))
        {
            problems.Add(new(LayoutProblemKind.BadAlignment, type, [type.Name]));
        }

        problems.AddRange(ReservedNames.Check(type, fields));
        return new ParsedMessage(CreateModel(type, fields), symbols, problems, nestedAreSound);
    }

    private static IEnumerable<IFieldSymbol> InstanceFields(INamedTypeSymbol type) =>
        type.GetMembers().OfType<IFieldSymbol>().Where(f => f is { IsStatic: false, IsImplicitlyDeclared: false });

    private FieldType? ParseType(IFieldSymbol field, List<MessageProblem> problems, ref bool nestedAreSound)
    {
        if (FieldTypeParser.ParseArray(field) is not { } array)
        {
            return ParseType(field, field.Type, problems, ref nestedAreSound);
        }

        return ParseType(field, array.Element, problems, ref nestedAreSound) is { } element
            ? new ArrayType(element, array.Capacity, FieldParser.LengthOf(field, array.Capacity, problems), array.Storage)
            : null;
    }

    /// <summary>The type of the field, or of its elements.</summary>
    private FieldType? ParseType(IFieldSymbol field, ITypeSymbol type, List<MessageProblem> problems, ref bool nestedAreSound)
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
            nestedAreSound = false;
            return null;
        }

        return ParseNested(field, nested, problems, ref nestedAreSound);
    }

    private NestedType? ParseNested(
        IFieldSymbol field, INamedTypeSymbol type, List<MessageProblem> problems, ref bool nestedAreSound)
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

        if (KnownAttributes.HasOwnByteOrder(field))
        {
            problems.Add(new(LayoutProblemKind.ByteOrderOnNested, field, [field.Name, DisplayName(type)]));
        }

        bool isForeign = !SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, field.ContainingAssembly);
        if (isForeign && CompiledWireSize(type) is null)
        {
            const string Reason = "its assembly was compiled without the ZeroCopySockets generator";
            problems.Add(new(LayoutProblemKind.UnsupportedType, field, [field.Name, DisplayName(type), Reason]));
            return null;
        }

        NestedMessage nested = CompiledWireSize(type) is { } size && isForeign
            ? new(size, type.GetMembers("Seal").Any(KnownAttributes.IsGenerated), true)
            : MeasureNested(type);
        nestedAreSound &= nested.IsSound;
        return new NestedType(type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), nested.WireSize, nested.HasSeal);
    }

    /// <summary>
    /// In another assembly the size is what that assembly was compiled with: its code is what will write the bytes,
    /// whatever this version of the generator would have made of its fields.
    /// </summary>
    private static int? CompiledWireSize(INamedTypeSymbol type) =>
        type.GetMembers("WireSize").OfType<IFieldSymbol>().FirstOrDefault()?.ConstantValue as int?;

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
            nested = new(layout.WireSize, parsed.Model.HasSeal, parsed.IsSound && layout.Problems.Count == 0);
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

        return seen.Add(outer) && InstanceFields(outer)
            .Select(f => FieldTypeParser.ParseArray(f)?.Element ?? f.Type)
            .OfType<INamedTypeSymbol>()
            .Any(t => t.TypeKind == TypeKind.Struct && KnownAttributes.IsMessage(t) && Contains(t, wanted, seen));
    }

    private static MessageModel CreateModel(INamedTypeSymbol type, List<FieldModel> fields)
    {
        List<INamedTypeSymbol> containers = [.. ReservedNames.ContainersOf(type)];
        bool isPublic = containers.Append(type).All(t => t.DeclaredAccessibility == Accessibility.Public);
        string ns = type.ContainingNamespace.IsGlobalNamespace
            ? ""
            : type.ContainingNamespace.ToDisplayString(
                SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted));
        return new MessageModel(
            ns,
            new(containers.Select(c => new ContainerModel(KeywordOf(c), Escape(c.Name)))),
            KeywordOf(type),
            Escape(type.Name),
            isPublic ? "public" : "internal",
            new(fields))
        {
            Align = KnownAttributes.AlignOf(type),
        };
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
