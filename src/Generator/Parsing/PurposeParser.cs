using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Reads what a field says about its message: <c>[LengthOf]</c>, <c>[CountOf]</c>, <c>[BlockLength]</c>, <c>[Payload]</c>.</summary>
internal static class PurposeParser
{
    /// <summary>The purpose, or null; what is wrong with it goes to <paramref name="problems"/>.</summary>
    public static FieldPurpose? Parse(IFieldSymbol field, FieldType type, List<MessageProblem> problems)
    {
        AttributeData? length = KnownAttributes.Find(field, "LengthOfAttribute");
        AttributeData? count = KnownAttributes.Find(field, "CountOfAttribute");
        AttributeData? block = KnownAttributes.Find(field, "BlockLengthAttribute");
        AttributeData? payload = KnownAttributes.Find(field, "PayloadAttribute");
        List<AttributeData> found = [.. new[] { length, count, block, payload }.OfType<AttributeData>()];
        if (found.Count == 0)
        {
            return null;
        }

        bool isFilledAlready = new[] { "MagicAttribute", "DiscriminatorAttribute", "ChecksumAttribute", "BitsAttribute" }.Any(name => KnownAttributes.Find(field, name) is not null);
        if (found.Count > 1 || isFilledAlready)
        {
            problems.Add(new(LayoutProblemKind.ConflictingPurposes, field, [field.Name, "one field cannot say two things"]));
            return null;
        }

        bool isUnsigned = type is ScalarType { Enum: null, Primitive: WirePrimitive.Byte or WirePrimitive.UInt16 or WirePrimitive.UInt32 or WirePrimitive.UInt64 };
        if (!isUnsigned)
        {
            problems.Add(new(LayoutProblemKind.PurposeType, field, [field.Name]));
            return null;
        }

        string target = KnownAttributes.FirstArgument(length ?? count) as string ?? "";
        PurposeKind kind = block is not null ? PurposeKind.BlockLength
            : payload is not null ? PurposeKind.Payload
            : count is not null ? PurposeKind.TailCount
            : target.Length > 0 ? PurposeKind.TailLength
            : PurposeKind.MessageLength;
        return new FieldPurpose(kind, target, KnownAttributes.Named(found[0], "Adjust"), KnownAttributes.Named(found[0], "Max"));
    }
}
