using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>
/// The wire format written down a second time, slowly and by reflection: every field in declaration order, every byte
/// by a shift, every bit by itself. It shares no code with the generator, so where the two agree they are likely right.
/// </summary>
internal static class ReferenceEncoder
{
    public static byte[] Encode(object message)
    {
        var bytes = new List<byte>();
        var bits = new List<bool>();
        var places = new Dictionary<string, (int Start, int End)>();
        Type type = message.GetType();
        FieldInfo[] fields = [.. type
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(f => f.MetadataToken)];
        foreach (FieldInfo field in fields)
        {
            AlignTo(bytes, field.GetCustomAttribute<AlignAttribute>());
            int start = bytes.Count;
            if (field.GetCustomAttribute<BitsAttribute>() is { } bitField)
            {
                AppendBitField(bytes, bits, field, bitField, field.GetValue(message)!);
            }
            else
            {
                AppendField(bytes, field, field.GetValue(message)!);
            }

            places[field.Name] = (start, bytes.Count);
            bytes.AddRange(new byte[field.GetCustomAttribute<PadAttribute>()?.Bytes ?? 0]);
        }

        AlignTo(bytes, type.GetCustomAttribute<AlignAttribute>());
        byte[] encoded = [.. bytes];
        foreach (FieldInfo field in fields)
        {
            if (field.GetCustomAttribute<ChecksumAttribute>() is { } checksum)
            {
                FillChecksum(encoded, field, checksum, places);
            }
        }

        return encoded;
    }

    /// <summary>A checksum bit by bit, or word by word.</summary>
    public static uint Checksum(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> bytes)
    {
        if (algorithm == ChecksumAlgorithm.Internet)
        {
            uint sum = 0;
            for (int i = 0; i < bytes.Length; i++)
            {
                sum += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
                sum = (sum & 0xFFFF) + (sum >> 16);
            }

            return ~sum & 0xFFFF;
        }

        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool isOne = ((crc ^ (uint)(b >> bit)) & 1) != 0;
                crc = (crc >> 1) ^ (isOne ? algorithm == ChecksumAlgorithm.Crc32 ? 0xEDB88320 : 0x82F63B78 : 0);
            }
        }

        return ~crc;
    }

    private static void FillChecksum(byte[] encoded, FieldInfo field, ChecksumAttribute checksum, Dictionary<string, (int Start, int End)> places)
    {
        (int start, int end) = places[field.Name];
        encoded.AsSpan(start, end - start).Clear();
        int from = checksum.From is null ? 0 : places[checksum.From].Start;
        int to = checksum.To is null ? encoded.Length : places[checksum.To].End;
        var bytes = new List<byte>();
        AppendInteger(bytes, Checksum(checksum.Algorithm, encoded.AsSpan(from, to - from)), end - start, OrderOf(field));
        bytes.CopyTo(encoded, start);
    }

    private static void AlignTo(List<byte> bytes, AlignAttribute? align)
    {
        while (align is not null && bytes.Count % align.Bytes != 0)
        {
            bytes.Add(0);
        }
    }

    private static void AppendBitField(List<byte> bytes, List<bool> bits, FieldInfo field, BitsAttribute attribute, object value)
    {
        BitOrder order = attribute.Order != BitOrder.Unspecified ? attribute.Order : field.DeclaringType!.GetCustomAttribute<BitOrderAttribute>()!.Order;
        UInt128 number = Integer(MagicOr(field, value));
        for (int i = 0; i < attribute.Count; i++)
        {
            int significance = order == BitOrder.MsbFirst ? attribute.Count - 1 - i : i;
            bits.Add((number >> significance & 1) != 0);
            if (bits.Count == 8)
            {
                bytes.Add((byte)Enumerable.Range(0, 8).Sum(b => bits[b] ? 1 << (order == BitOrder.MsbFirst ? 7 - b : b) : 0));
                bits.Clear();
            }
        }
    }

    private static void AppendField(List<byte> bytes, FieldInfo field, object value)
    {
        int count = int.MaxValue;
        if (field.GetCustomAttribute<LengthAttribute>() is { } length)
        {
            count = length.Elements;
        }

        if (field.GetCustomAttribute<MagicAttribute>() is { Value: string or byte[] } magic)
        {
            bytes.AddRange(magic.Value as byte[] ?? Encoding.ASCII.GetBytes((string)magic.Value));
            return;
        }

        foreach (object element in Elements(field, value).Take(count))
        {
            AppendValue(bytes, MagicOr(field, element), SizeOf(element.GetType()), OrderOf(field));
        }
    }

    private static object MagicOr(FieldInfo field, object value) => field.GetCustomAttribute<MagicAttribute>()?.Value ?? value;

    private static ByteOrder OrderOf(FieldInfo field)
    {
        ByteOrder own = field.GetCustomAttribute<ByteOrderAttribute>()?.ByteOrder ?? ByteOrder.Unspecified;
        ByteOrder ofStruct = field.DeclaringType!.GetCustomAttribute<ZeroCopyBufferAttribute>()!.ByteOrder;
        ByteOrder ofAssembly = field.DeclaringType!.Assembly.GetCustomAttribute<ByteOrderAttribute>()?.ByteOrder ?? ByteOrder.Unspecified;
        return own != ByteOrder.Unspecified ? own : ofStruct != ByteOrder.Unspecified ? ofStruct : ofAssembly;
    }

    private static IEnumerable<object> Elements(FieldInfo field, object value)
    {
        Type? element = field.GetCustomAttribute<FixedBufferAttribute>()?.ElementType
            ?? (value.GetType().GetCustomAttribute<InlineArrayAttribute>() is null
                ? null
                : value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Single().FieldType);
        if (element is null)
        {
            return [value];
        }

        MethodInfo split = typeof(ReferenceEncoder)
            .GetMethod(nameof(Split), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(value.GetType(), element);
        return (object[])split.Invoke(null, [value])!;
    }

    private static object[] Split<TArray, TElement>(TArray array) where TArray : unmanaged where TElement : unmanaged =>
        [.. MemoryMarshal.Cast<TArray, TElement>(new ReadOnlySpan<TArray>(in array)).ToArray().Cast<object>()];

    private static int SizeOf(Type type)
    {
        Type scalar = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        return scalar == typeof(bool) ? 1
            : scalar == typeof(char) ? 2
            : scalar == typeof(DateTime) || scalar == typeof(TimeSpan) ? 8
            : scalar.IsPrimitive || scalar == typeof(Half) ? Marshal.SizeOf(scalar)
            : 16;
    }

    private static void AppendValue(List<byte> bytes, object value, int size, ByteOrder order)
    {
        if (value.GetType().GetCustomAttribute<ZeroCopyBufferAttribute>() is not null)
        {
            bytes.AddRange(Encode(value));
        }
        else if (value is Guid guid)
        {
            AppendInteger(bytes, BinaryPrimitives.ReadUInt32LittleEndian(guid.ToByteArray()), 4, order);
            AppendInteger(bytes, BinaryPrimitives.ReadUInt16LittleEndian(guid.ToByteArray().AsSpan(4)), 2, order);
            AppendInteger(bytes, BinaryPrimitives.ReadUInt16LittleEndian(guid.ToByteArray().AsSpan(6)), 2, order);
            bytes.AddRange(guid.ToByteArray()[8..]);
        }
        else
        {
            AppendInteger(bytes, Integer(value), size, order);
        }
    }

    private static UInt128 Integer(object value) => value switch
    {
        Enum e => Integer(Convert.ChangeType(e, Enum.GetUnderlyingType(e.GetType()))),
        bool b => b ? 1u : 0u,
        char c => c,
        byte n => n,
        sbyte n => unchecked((UInt128)n),
        short n => unchecked((UInt128)n),
        ushort n => n,
        int n => unchecked((UInt128)n),
        uint n => n,
        long n => unchecked((UInt128)n),
        ulong n => n,
        Int128 n => unchecked((UInt128)n),
        UInt128 n => n,
        Half f => BitConverter.HalfToUInt16Bits(f),
        float f => BitConverter.SingleToUInt32Bits(f),
        double f => BitConverter.DoubleToUInt64Bits(f),
        DateTime t => (UInt128)t.Ticks,
        TimeSpan t => unchecked((UInt128)t.Ticks),
        decimal d => decimal.GetBits(d).Reverse().Aggregate((UInt128)0, (bits, part) => (bits << 32) | (uint)part),
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static void AppendInteger(List<byte> bytes, UInt128 number, int size, ByteOrder order)
    {
        for (int i = 0; i < size; i++)
        {
            int significance = order == ByteOrder.BigEndian ? size - 1 - i : i;
            bytes.Add((byte)(number >> (8 * significance)));
        }
    }
}
