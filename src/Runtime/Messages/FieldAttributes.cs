namespace ZeroCopySockets;

/// <summary>
/// On a field: zero padding before it, up to the next multiple. On a message: zero padding at its end. Ignored on receive,
/// like <see cref="PadAttribute"/>.
/// </summary>
/// <param name="bytes">A power of two from 2 to 4096, counted from the start of the message.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Struct, Inherited = false)]
public sealed class AlignAttribute(int bytes) : Attribute
{
    /// <summary>The multiple, in bytes from the start of the message.</summary>
    public int Bytes { get; } = bytes;
}

/// <summary>
/// Makes an integer, <c>bool</c> or enum field a bit field. Consecutive ones share bytes and together must fill whole
/// bytes. A value too large for its bits is an <see cref="ArgumentOutOfRangeException"/> when encoded, never cut.
/// </summary>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class BitsAttribute : Attribute
{
    /// <summary>A bit field in the bit order the message states with <see cref="BitOrderAttribute"/>.</summary>
    /// <param name="count">Bits on the wire, from 1 to the width of the field's type.</param>
    public BitsAttribute(int count) : this(count, BitOrder.Unspecified)
    {
    }

    /// <summary>A bit field that states its own bit order.</summary>
    /// <param name="count">Bits on the wire, from 1 to the width of the field's type.</param>
    /// <param name="order">Which bits of a byte are taken first.</param>
    public BitsAttribute(int count, BitOrder order)
    {
        Count = count;
        Order = order;
    }

    /// <summary>Bits on the wire.</summary>
    public int Count { get; }

    /// <summary>Which bits of a byte are taken first.</summary>
    public BitOrder Order { get; }
}

/// <summary>States the bit order of every <see cref="BitsAttribute"/> field of a message that does not state its own.</summary>
/// <param name="order">The order.</param>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
public sealed class BitOrderAttribute(BitOrder order) : Attribute
{
    /// <summary>The order.</summary>
    public BitOrder Order { get; } = order;
}

/// <summary>The order in which consecutive bit fields take the bits of their bytes.</summary>
public enum BitOrder
{
    /// <summary>Not stated. On a bit field this is a compile-time error: the order is never guessed.</summary>
    Unspecified = 0,

    /// <summary>
    /// The first field takes the least significant bits of the first byte; a field that crosses into the next byte goes on
    /// in its least significant bits, as a little-endian integer does.
    /// </summary>
    LsbFirst = 1,

    /// <summary>
    /// The first field takes the most significant bits of the first byte; a field that crosses into the next byte goes on in
    /// its most significant bits, as a big-endian integer does. The order of the diagrams in RFCs.
    /// </summary>
    MsbFirst = 2,
}

/// <summary>Accepts values of an enum field that the enum does not define. Without it they make a received message invalid.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, Inherited = false)]
public sealed class OpenEnumAttribute : Attribute;

/// <summary>On a fixed array: only its first elements travel, so that an array type of another length can hold them.</summary>
/// <param name="elements">Number of elements on the wire, no more than the array holds. The rest is default on receive.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class LengthAttribute(int elements) : Attribute
{
    /// <summary>Number of elements on the wire.</summary>
    public int Elements { get; } = elements;
}

/// <summary>
/// A field with one possible value: written whatever the field holds, and a received message with another value is
/// invalid. For integers, enums, <c>char</c> and fixed arrays of bytes.
/// </summary>
/// <param name="value">An integer, a <c>char</c> or an enum constant; for an array of bytes a string of as many ASCII characters, or a <c>byte[]</c>.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class MagicAttribute(object value) : Attribute
{
    /// <summary>The value.</summary>
    public object Value { get; } = value;
}

/// <summary>
/// A field that holds the checksum of a range of the message: filled last whatever the field holds, and verified first. The
/// field's own bytes count as zero where the range covers them.
/// </summary>
/// <param name="algorithm">How it is computed. CRCs are for <c>uint</c> fields, the Internet checksum for <c>ushort</c>.</param>
/// <param name="from">The field the range starts with; the message's first byte without it.</param>
/// <param name="to">The field the range ends with, inclusive; the message's last byte without it.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class ChecksumAttribute(ChecksumAlgorithm algorithm, string? from = null, string? to = null) : Attribute
{
    /// <summary>How it is computed.</summary>
    public ChecksumAlgorithm Algorithm { get; } = algorithm;

    /// <summary>The field the range starts with; null for the message's first byte.</summary>
    public string? From { get; } = from;

    /// <summary>The field the range ends with, inclusive; null for the message's last byte.</summary>
    public string? To { get; } = to;
}

/// <summary>The checksums a message can carry.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>CRC-32C (Castagnoli): iSCSI, SCTP, ext4. In hardware on most machines.</summary>
    Crc32C = 0,

    /// <summary>CRC-32 (IEEE 802.3): Ethernet, gzip, PNG.</summary>
    Crc32 = 1,

    /// <summary>The one's complement sum of 16-bit words of RFC 1071: IP, TCP, UDP. Of a range with an odd length, as if a zero byte followed.</summary>
    Internet = 2,
}
