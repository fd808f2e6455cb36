using System.Globalization;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Reads what the attributes of one field say, and whether they fit its type.</summary>
internal static class FieldParser
{
    public static FieldModel Parse(IFieldSymbol field, FieldType type, List<MessageProblem> problems)
    {
        if (KnownAttributes.LengthOf(field) is not null && type is not ArrayType)
        {
            problems.Add(Misplaced(field, "Length", "it is no fixed array"));
        }

        if (KnownAttributes.IsOpenEnum(field) && Scalar(type) is not { Enum: not null })
        {
            problems.Add(Misplaced(field, "OpenEnum", "it is no enum"));
        }

        BitsModel? bits = ParseBits(field, type, problems);
        MagicModel? magic = ParseMagic(field, type, bits, problems);
        return new FieldModel(
            MessageParser.Escape(field.Name), type, KnownAttributes.ByteOrderOf(field), KnownAttributes.PadBytesOf(field), MessageParser.AccessOf(field))
        {
            Align = KnownAttributes.AlignOf(field),
            Bits = bits,
            Magic = magic,
            IsDiscriminator = KnownAttributes.IsDiscriminator(field),
            Checksum = ParseChecksum(field, type, bits, problems),
        };
    }

    /// <summary>How many elements of an array travel.</summary>
    public static int LengthOf(IFieldSymbol field, int capacity, List<MessageProblem> problems)
    {
        if (KnownAttributes.LengthOf(field) is not { } length)
        {
            return capacity;
        }

        if (length >= 1 && length <= capacity)
        {
            return length;
        }

        problems.Add(new(LayoutProblemKind.BadLength, field, [field.Name, capacity.ToString(CultureInfo.InvariantCulture)]));
        return capacity;
    }

    private static BitsModel? ParseBits(IFieldSymbol field, FieldType type, List<MessageProblem> problems)
    {
        if (KnownAttributes.BitsOf(field) is not { } bits)
        {
            return null;
        }

        if (type is not ScalarType scalar || !(scalar.Primitive.IsInteger() || scalar.Primitive == WirePrimitive.Bool))
        {
            problems.Add(Misplaced(field, "Bits", "only an integer of at most 64 bits, a bool or an enum can be a bit field"));
            return null;
        }

        if (KnownAttributes.HasOwnByteOrder(field))
        {
            problems.Add(Misplaced(field, "ByteOrder", "the bit order of a bit field is its byte order too"));
        }

        int width = 8 * (int)scalar.Size;
        if (bits.Count >= 1 && bits.Count <= width)
        {
            return bits;
        }

        problems.Add(new(LayoutProblemKind.BadBitCount, field, [field.Name, width.ToString(CultureInfo.InvariantCulture)]));
        return bits with { Count = width };
    }

    private static MagicModel? ParseMagic(IFieldSymbol field, FieldType type, BitsModel? bits, List<MessageProblem> problems)
    {
        if (KnownAttributes.MagicOf(field) is not { } value)
        {
            return null;
        }

        if (type is ArrayType { IsBytes: true } array)
        {
            byte[]? bytes = BytesOf(value);
            return bytes?.Length == array.Length
                ? new MagicModel(0, new(bytes))
                : Reject($"it must be {array.Length} bytes, or a string of as many ASCII characters");
        }

        if (type is not ScalarType scalar || !(scalar.Primitive.IsInteger() || scalar.Primitive == WirePrimitive.Char))
        {
            problems.Add(Misplaced(field, "Magic", "only an integer, an enum, a char or a fixed array of bytes can have one"));
            return null;
        }

        if (NumberOf(value) is not { } number)
        {
            return Reject("it must be an integer, a char or an enum constant");
        }

        (decimal minimum, decimal maximum) = RangeOf(scalar.Primitive, bits);
        return number >= minimum && number <= maximum
            ? new MagicModel(number, default)
            : Reject($"it must be from {minimum.ToString(CultureInfo.InvariantCulture)} to {maximum.ToString(CultureInfo.InvariantCulture)}");

        MagicModel? Reject(string reason)
        {
            problems.Add(new(LayoutProblemKind.BadMagic, field, [field.Name, reason]));
            return null;
        }
    }

    private static ChecksumModel? ParseChecksum(IFieldSymbol field, FieldType type, BitsModel? bits, List<MessageProblem> problems)
    {
        if (KnownAttributes.ChecksumOf(field) is not { } checksum)
        {
            return null;
        }

        WirePrimitive? primitive = bits is null && type is ScalarType { Enum: null } scalar ? scalar.Primitive : null;
        string? reason = (checksum.Algorithm, primitive) switch
        {
            _ when KnownAttributes.MagicOf(field) is not null => "its field has a [Magic] value",
            (WireChecksumAlgorithm.Crc32C or WireChecksumAlgorithm.Crc32, WirePrimitive.UInt32) => null,
            (WireChecksumAlgorithm.Crc32C or WireChecksumAlgorithm.Crc32, _) => "a CRC of 32 bits needs a field of type uint",
            (WireChecksumAlgorithm.Internet, not WirePrimitive.UInt16) => "the Internet checksum needs a field of type ushort",
            (WireChecksumAlgorithm.Internet, _) when KnownAttributes.ByteOrderOf(field) == WireByteOrder.LittleEndian =>
                "the Internet checksum is defined in network byte order",
            (WireChecksumAlgorithm.Internet, _) => null,
            _ => "there is no such algorithm",
        };
        if (reason is null)
        {
            return checksum;
        }

        problems.Add(new(LayoutProblemKind.BadChecksum, field, [field.Name, reason]));
        return null;
    }

    private static (decimal Minimum, decimal Maximum) RangeOf(WirePrimitive primitive, BitsModel? bits)
    {
        if (bits is null)
        {
            return primitive == WirePrimitive.Char ? (char.MinValue, char.MaxValue) : primitive.Range();
        }

        decimal values = 2;
        for (int i = 1; i < bits.Count; i++)
        {
            values *= 2;
        }

        return primitive.IsSigned() ? (-values / 2, (values / 2) - 1) : (0, values - 1);
    }

    private static decimal? NumberOf(TypedConstant value) => value.Kind == TypedConstantKind.Array ? null : value.Value switch
    {
        char c => c,
        sbyte or byte or short or ushort or int or uint or long or ulong => Convert.ToDecimal(value.Value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static byte[]? BytesOf(TypedConstant value) => value.Kind == TypedConstantKind.Array
        ? value.Values.All(v => v.Value is byte) ? [.. value.Values.Select(v => (byte)v.Value!)] : null
        : value.Value is string text && text.All(c => c <= 0x7F) ? [.. text.Select(c => (byte)c)] : null;

    private static ScalarType? Scalar(FieldType type) => (type is ArrayType array ? array.Element : type) as ScalarType;

    private static MessageProblem Misplaced(IFieldSymbol field, string attribute, string reason) =>
        new(LayoutProblemKind.MisplacedAttribute, field, [field.Name, attribute, reason]);
}
