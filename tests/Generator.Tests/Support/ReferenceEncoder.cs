using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>
/// The wire format written down a second time, slowly and by reflection: every field in declaration order, every byte
/// by a shift. It shares no code with the generator, so where the two agree they are likely right.
/// </summary>
internal static class ReferenceEncoder
{
    public static byte[] Encode(object message)
    {
        var bytes = new List<byte>();
        Type type = message.GetType();
        FieldInfo[] fields = [.. type
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(f => f.MetadataToken)];
        foreach (FieldInfo field in fields)
        {
            ByteOrder order = OrderOf(field);
            object value = field.GetValue(message)!;
            if (value.GetType().GetCustomAttribute<ZeroCopyBufferAttribute>() is not null)
            {
                bytes.AddRange(Encode(value));
            }
            else
            {
                foreach (UInt128 element in Elements(field, value, out int size))
                {
                    AppendBits(bytes, element, size, order);
                }
            }

            bytes.AddRange(new byte[field.GetCustomAttribute<PadAttribute>()?.Bytes ?? 0]);
        }

        return [.. bytes];
    }

    private static ByteOrder OrderOf(FieldInfo field)
    {
        ByteOrder own = field.GetCustomAttribute<ByteOrderAttribute>()?.ByteOrder ?? ByteOrder.Unspecified;
        ByteOrder ofStruct = field.DeclaringType!.GetCustomAttribute<ZeroCopyBufferAttribute>()!.ByteOrder;
        ByteOrder ofAssembly = field.DeclaringType!.Assembly.GetCustomAttribute<ByteOrderAttribute>()?.ByteOrder ?? ByteOrder.Unspecified;
        return own != ByteOrder.Unspecified ? own : ofStruct != ByteOrder.Unspecified ? ofStruct : ofAssembly;
    }

    private static IEnumerable<UInt128> Elements(FieldInfo field, object value, out int size)
    {
        if (field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer)
        {
            size = SizeOf(buffer.ElementType);
            return SplitMemory(value, size, buffer.Length);
        }

        if (value.GetType().GetCustomAttribute<InlineArrayAttribute>() is { } inline)
        {
            size = SizeOf(value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Single().FieldType);
            return SplitMemory(value, size, inline.Length);
        }

        size = SizeOf(value.GetType());
        return [Bits(value)];
    }

    private static int SizeOf(Type type)
    {
        Type scalar = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        return scalar == typeof(bool) ? 1 : scalar == typeof(char) ? 2 : Marshal.SizeOf(scalar);
    }

    private static UInt128 Bits(object value) => value switch
    {
        Enum e => Bits(Convert.ChangeType(e, Enum.GetUnderlyingType(e.GetType()))),
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
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static void AppendBits(List<byte> bytes, UInt128 bits, int size, ByteOrder order)
    {
        for (int i = 0; i < size; i++)
        {
            int significance = order == ByteOrder.BigEndian ? size - 1 - i : i;
            bytes.Add((byte)(bits >> (8 * significance)));
        }
    }

    private static IEnumerable<UInt128> SplitMemory(object array, int size, int length)
    {
        MethodInfo copy = typeof(ReferenceEncoder)
            .GetMethod(nameof(CopyMemory), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(array.GetType());
        byte[] memory = (byte[])copy.Invoke(null, [array])!;
        for (int i = 0; i < length; i++)
        {
            UInt128 bits = 0;
            for (int b = 0; b < size; b++)
            {
                int significance = BitConverter.IsLittleEndian ? b : size - 1 - b;
                bits |= (UInt128)memory[(i * size) + b] << (8 * significance);
            }

            yield return bits;
        }
    }

    private static byte[] CopyMemory<T>(object boxed) where T : unmanaged
    {
        T value = (T)boxed;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
    }
}
