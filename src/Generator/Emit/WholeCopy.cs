using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>
/// Messages that lie in memory as they do on the wire, on a machine of their byte order: those are copied as a whole. The CLR
/// keeps the fields of a sequential struct in their order; that it leaves no gaps between them is what the size of the struct proves.
/// Generated code asks for both, and both are constants to the JIT, which keeps one way and drops the other.
/// </summary>
internal static class WholeCopy
{
    /// <summary>The condition on the machine; null for a message that lies in memory otherwise on every machine.</summary>
    public static string? Condition(MessageLayout layout)
    {
        MessageModel message = layout.Message;
        bool isPlain = message is { IsFixedSize: true, StructLayout: not ClrLayout.Other }
            && layout.Fields.All(f => IsPlain(f) && f.PadBefore == 0 && f.PadAfter == 0)
            && (message.StructLayout == ClrLayout.Sequential || IsAligned(layout));
        if (!isPlain)
        {
            return null;
        }

        List<WireByteOrder> orders = [.. layout.Fields.Where(f => f.Field.Type.NeedsByteOrder).Select(f => f.Field.ByteOrder).Distinct()];
        string size = $"{Names.Unsafe}.SizeOf<{message.Name}>() == WireSize";
        return (orders.Count, orders.FirstOrDefault()) switch
        {
            (0, _) => size,
            (1, WireByteOrder.LittleEndian) => $"{Names.BitConverter}.IsLittleEndian && {size}",
            _ => null,
        };
    }

    /// <summary>A number whose every value has the same bytes in memory and on the wire, and that nothing fills in.</summary>
    private static bool IsPlain(PlannedField planned) =>
        planned.Bits is null
        && planned.Field is { IsAutomatic: false, Property: null, Type: ScalarType { Primitive: var primitive } }
        && (primitive.IsInteger() || primitive is WirePrimitive.Char or WirePrimitive.Half or WirePrimitive.Single or WirePrimitive.Double);

    /// <summary>Where no layout is stated, a field that is not at a multiple of its size has a gap before it in memory.</summary>
    private static bool IsAligned(MessageLayout layout) =>
        layout.Fields.All(f => f.Offset % f.Size == 0) && layout.WireSize % layout.Fields.Max(f => f.Size) == 0;
}
