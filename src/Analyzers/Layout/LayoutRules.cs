using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;

namespace ZeroCopySockets.Analyzers.Layout;

/// <summary>The layout rules, one per reason for which the generator refuses a struct.</summary>
internal static class LayoutRules
{
    private const string Category = "ZeroCopySockets.Layout";
    private const string HelpRoot = "https://github.com/zerocopysockets/zerocopysockets/blob/main/docs/rules/";

    public static readonly DiagnosticDescriptor NoByteOrder = new(
        "ZCS1001",
        "A multi-byte field has no byte order",
        "Field '{0}' is wider than one byte, and neither the field, the struct nor the assembly states its byte order",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1001.md");

    public static readonly DiagnosticDescriptor ReferenceField = new(
        "ZCS1002",
        "A message cannot hold a reference",
        "Field '{0}' is of the reference type '{1}', and a reference means nothing on another machine",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1002.md");

    public static readonly DiagnosticDescriptor NotPartial = new(
        "ZCS1003",
        "A message and the types around it must be partial",
        "Message '{0}' cannot be generated because '{1}' is not partial",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1003.md");

    public static readonly DiagnosticDescriptor Generic = new(
        "ZCS1004",
        "A message cannot be generic",
        "Message '{0}' is generic or nested in a generic type, so it has no single layout",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1004.md");

    public static readonly DiagnosticDescriptor PlatformSizedField = new(
        "ZCS1005",
        "A message cannot hold a pointer or a native-sized integer",
        "Field '{0}' of type '{1}' has a different size or meaning on another machine",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1005.md");

    public static readonly DiagnosticDescriptor UnsupportedType = new(
        "ZCS1006",
        "The type of a field cannot travel",
        "Field '{0}' of type '{1}' cannot travel: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1006.md");

    public static readonly DiagnosticDescriptor ReadOnly = new(
        "ZCS1007",
        "A message cannot be read-only",
        "{0} is readonly, so a received message could not be decoded into it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1007.md");

    public static readonly DiagnosticDescriptor HiddenStorage = new(
        "ZCS1008",
        "A message must declare its storage as fields",
        "{0} stores state that is not a declared field, and would stay behind when the message travels",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1008.md");

    public static readonly DiagnosticDescriptor Empty = new(
        "ZCS1009",
        "A message must have a field",
        "Message '{0}' has no instance field, so there is nothing to send",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1009.md");

    public static readonly DiagnosticDescriptor NestedWithoutAttribute = new(
        "ZCS1010",
        "A nested struct must be a message",
        "Field '{0}' is of type '{1}', which has no [ZeroCopyBuffer] and so no layout of its own",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1010.md");

    public static readonly DiagnosticDescriptor NestingCycle = new(
        "ZCS1011",
        "A message cannot contain itself",
        "Field '{0}' makes message '{1}' contain itself",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1011.md");

    public static readonly DiagnosticDescriptor BadPadCount = new(
        "ZCS1012",
        "A pad must be at least one byte",
        "[Pad] after field '{0}' must be between 1 and 65536 bytes",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1012.md");

    public static readonly DiagnosticDescriptor TooLarge = new(
        "ZCS1013",
        "A message must fit into one slot",
        "Field '{0}' takes the message past 65536 bytes, the largest slot it can be sent from",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1013.md");

    public static readonly DiagnosticDescriptor ReservedName = new(
        "ZCS1014",
        "A name is needed by generated code",
        "The name '{0}' is needed by the generated half of the message; choose another",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1014.md");

    public static readonly DiagnosticDescriptor NotAccessible = new(
        "ZCS1015",
        "A message must be visible in its assembly",
        "Message '{0}' is private or file-local, so its socket methods could not name it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1015.md");

    public static readonly DiagnosticDescriptor ByteOrderOnNested = new(
        "ZCS1016",
        "A byte order on a nested message has no effect",
        "[ByteOrder] on field '{0}' has no effect: '{1}' states its own byte order",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1016.md");

    public static readonly DiagnosticDescriptor RefStruct = new(
        "ZCS1017",
        "A message cannot be a ref struct",
        "Message '{0}' is a ref struct, which cannot be used as the type of a message",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1017.md");

    public static readonly DiagnosticDescriptor FieldsInSeveralParts = new(
        "ZCS1018",
        "The fields of a message must be in one declaration",
        "Message '{0}' declares fields in several parts, and C# gives fields of different parts no order",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1018.md");

    public static readonly DiagnosticDescriptor BadAlignment = new(
        "ZCS1019",
        "An alignment must be a power of two",
        "[Align] on '{0}' must be a power of two from 2 to 4096",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1019.md");

    public static readonly DiagnosticDescriptor NoBitOrder = new(
        "ZCS1020",
        "A bit field has no bit order",
        "Neither bit field '{0}' nor the struct states in which order its bits are taken",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1020.md");

    public static readonly DiagnosticDescriptor BadBitCount = new(
        "ZCS1021",
        "A bit field must fit its type",
        "[Bits] on field '{0}' must be from 1 to {1}, the width of its type",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1021.md");

    public static readonly DiagnosticDescriptor BitsNotWhole = new(
        "ZCS1022",
        "Consecutive bit fields must fill whole bytes",
        "The bit fields up to '{0}' must {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1022.md");

    public static readonly DiagnosticDescriptor MisplacedAttribute = new(
        "ZCS1023",
        "An attribute does not apply to its field",
        "[{1}] does not apply to field '{0}': {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1023.md");

    public static readonly DiagnosticDescriptor BadLength = new(
        "ZCS1024",
        "No more elements can travel than the array holds",
        "[Length] on field '{0}' must be from 1 to {1}, the length of the array",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1024.md");

    public static readonly DiagnosticDescriptor BadMagic = new(
        "ZCS1025",
        "A magic value must be one that the field can have",
        "[Magic] on field '{0}' is no value of it: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1025.md");

    public static readonly DiagnosticDescriptor BadChecksum = new(
        "ZCS1026",
        "A checksum must fit its field and cover fields of its message",
        "[Checksum] on field '{0}' cannot be computed: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1026.md");
    public static readonly DiagnosticDescriptor PropertyShape = new(
        "ZCS1030",
        "A property that travels must be partial, with get and set",
        "Property '{0}' carries [{1}], so it must be declared 'partial' with 'get' and 'set', and implemented nowhere: its storage is generated",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1030.md");

    public static readonly DiagnosticDescriptor PropertyType = new(
        "ZCS1031",
        "The type of a property does not fit its attribute",
        "Property '{0}' of type '{1}' cannot travel: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1031.md");

    public static readonly DiagnosticDescriptor BadCapacity = new(
        "ZCS1032",
        "A capacity is outside of what can travel",
        "{1} of '{0}' must be from {2} to {3}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1032.md");

    public static readonly DiagnosticDescriptor SequenceOrder = new(
        "ZCS1033",
        "Members of fixed size come first, then groups, then one tail",
        "'{0}' comes after '{1}', so nothing would say where it starts: members of fixed size come first, then groups, then one tail",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1033.md");

    public static readonly DiagnosticDescriptor UnknownTail = new(
        "ZCS1034",
        "A length must be of the message's tail",
        "Field '{0}' says the size of '{1}', which is not the tail of this message",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1034.md");

    public static readonly DiagnosticDescriptor PurposeType = new(
        "ZCS1035",
        "A length must be an unsigned integer",
        "Field '{0}' says a length, so it must be a byte, ushort, uint or ulong",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1035.md");

    public static readonly DiagnosticDescriptor PurposeTooNarrow = new(
        "ZCS1036",
        "A length field cannot hold every length",
        "Field '{0}' cannot hold every number it may have to say, which are {1} to {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1036.md");

    public static readonly DiagnosticDescriptor VariableNested = new(
        "ZCS1037",
        "A nested message must have a fixed size",
        "'{0}' is of the message '{1}', whose size is not the same for all, and so nothing after it would have an offset",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1037.md");

    public static readonly DiagnosticDescriptor BadSince = new(
        "ZCS1038",
        "A version must be one that a receiver can tell",
        "[Since] on '{0}' cannot be: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1038.md");

    public static readonly DiagnosticDescriptor ConflictingPurposes = new(
        "ZCS1039",
        "What a field says is said already",
        "Field '{0}' cannot say this: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1039.md");

    public static readonly DiagnosticDescriptor SetShape = new(
        "ZCS1040",
        "A message set must be a readonly ref partial struct",
        "Message set '{0}' cannot be generated: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1040.md");

    public static readonly DiagnosticDescriptor BadSetMessage = new(
        "ZCS1041",
        "A message cannot be in a set",
        "Message set '{0}' cannot hold '{1}': {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1041.md");

    public static readonly DiagnosticDescriptor DuplicateTag = new(
        "ZCS1042",
        "Two messages of a set have the same tag",
        "Messages '{1}' and '{2}' of the set '{0}' have the same tag, so nothing would tell them apart",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpRoot + "ZCS1042.md");

    private static readonly ImmutableDictionary<LayoutProblemKind, DiagnosticDescriptor> s_rules = new Dictionary<LayoutProblemKind, DiagnosticDescriptor>
    {
        [LayoutProblemKind.NoByteOrder] = NoByteOrder,
        [LayoutProblemKind.ReferenceField] = ReferenceField,
        [LayoutProblemKind.NotPartial] = NotPartial,
        [LayoutProblemKind.Generic] = Generic,
        [LayoutProblemKind.PlatformSizedField] = PlatformSizedField,
        [LayoutProblemKind.UnsupportedType] = UnsupportedType,
        [LayoutProblemKind.ReadOnly] = ReadOnly,
        [LayoutProblemKind.HiddenStorage] = HiddenStorage,
        [LayoutProblemKind.Empty] = Empty,
        [LayoutProblemKind.NestedWithoutAttribute] = NestedWithoutAttribute,
        [LayoutProblemKind.NestingCycle] = NestingCycle,
        [LayoutProblemKind.BadPadCount] = BadPadCount,
        [LayoutProblemKind.TooLarge] = TooLarge,
        [LayoutProblemKind.ReservedName] = ReservedName,
        [LayoutProblemKind.NotAccessible] = NotAccessible,
        [LayoutProblemKind.ByteOrderOnNested] = ByteOrderOnNested,
        [LayoutProblemKind.RefStruct] = RefStruct,
        [LayoutProblemKind.FieldsInSeveralParts] = FieldsInSeveralParts,
        [LayoutProblemKind.BadAlignment] = BadAlignment,
        [LayoutProblemKind.NoBitOrder] = NoBitOrder,
        [LayoutProblemKind.BadBitCount] = BadBitCount,
        [LayoutProblemKind.BitsNotWhole] = BitsNotWhole,
        [LayoutProblemKind.MisplacedAttribute] = MisplacedAttribute,
        [LayoutProblemKind.BadLength] = BadLength,
        [LayoutProblemKind.BadMagic] = BadMagic,
        [LayoutProblemKind.BadChecksum] = BadChecksum,
        [LayoutProblemKind.PropertyShape] = PropertyShape,
        [LayoutProblemKind.PropertyType] = PropertyType,
        [LayoutProblemKind.BadCapacity] = BadCapacity,
        [LayoutProblemKind.SequenceOrder] = SequenceOrder,
        [LayoutProblemKind.UnknownTail] = UnknownTail,
        [LayoutProblemKind.PurposeType] = PurposeType,
        [LayoutProblemKind.PurposeTooNarrow] = PurposeTooNarrow,
        [LayoutProblemKind.VariableNested] = VariableNested,
        [LayoutProblemKind.BadSince] = BadSince,
        [LayoutProblemKind.ConflictingPurposes] = ConflictingPurposes,
        [LayoutProblemKind.SetShape] = SetShape,
        [LayoutProblemKind.BadSetMessage] = BadSetMessage,
        [LayoutProblemKind.DuplicateTag] = DuplicateTag,
    }.ToImmutableDictionary();

    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [.. s_rules.Values.OrderBy(r => r.Id, StringComparer.Ordinal)];

    public static DiagnosticDescriptor For(LayoutProblemKind kind) => s_rules[kind];
}
