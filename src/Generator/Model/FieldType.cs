namespace ZeroCopySockets.Generator.Model;

/// <summary>What a field holds: a scalar, another message, or a fixed number of either.</summary>
internal abstract record FieldType
{
    /// <summary>Bytes on the wire.</summary>
    public abstract long Size { get; }

    /// <summary>Whether the bytes have an order that somebody must state.</summary>
    public abstract bool NeedsByteOrder { get; }
}

/// <summary>A number, a character, a bool, or an enum over one of the integers.</summary>
internal sealed record ScalarType(WirePrimitive Primitive, EnumModel? Enum) : FieldType
{
    public override long Size => Primitive.Size();

    public override bool NeedsByteOrder => Primitive.Size() > 1;

    public string TypeName => Enum?.TypeName ?? Primitive.TypeName();
}

/// <summary>A fixed number of scalars or of messages, one after the other.</summary>
/// <param name="Element">A scalar or a message.</param>
/// <param name="Capacity">Elements the field holds.</param>
/// <param name="Length">Elements that travel: the first ones, or all.</param>
/// <param name="Storage">How the field holds them.</param>
internal sealed record ArrayType(FieldType Element, int Capacity, int Length, ArrayStorage Storage) : FieldType
{
    public override long Size => Element.Size * Length;

    public override bool NeedsByteOrder => Element.NeedsByteOrder;

    /// <summary>Plain bytes need no decoding, so they are handed out as a span.</summary>
    public bool IsBytes => Element is ScalarType { Primitive: WirePrimitive.Byte, Enum: null };
}

/// <summary>How the user's struct holds a fixed array.</summary>
internal enum ArrayStorage
{
    /// <summary>A field whose type carries <c>[InlineArray]</c>.</summary>
    InlineArray,

    /// <summary>A <c>fixed</c> buffer; code that touches it is unsafe.</summary>
    FixedBuffer,
}

/// <summary>Another message, laid out by its own attribute.</summary>
/// <param name="TypeName">The message, fully qualified.</param>
/// <param name="WireSize">Bytes it takes.</param>
/// <param name="HasSeal">Whether it has fields that generated code fills in, its own or those of messages nested in it.</param>
internal sealed record NestedType(string TypeName, int WireSize, bool HasSeal) : FieldType
{
    public override long Size => WireSize;

    public override bool NeedsByteOrder => false;
}

/// <summary>Text in a fixed number of bytes.</summary>
/// <param name="Length">Bytes on the wire.</param>
/// <param name="IsUtf8">UTF-8 rather than ASCII.</param>
/// <param name="Padding">What follows shorter text.</param>
internal sealed record TextType(int Length, bool IsUtf8, byte Padding) : FieldType
{
    public override long Size => Length;

    public override bool NeedsByteOrder => false;
}
