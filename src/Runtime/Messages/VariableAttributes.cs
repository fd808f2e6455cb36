namespace ZeroCopySockets;

/// <summary>How the characters of a <see cref="TextAttribute"/> property travel.</summary>
public enum TextEncoding
{
    /// <summary>One byte per character, none above 127.</summary>
    Ascii = 0,

    /// <summary>One to four bytes per character.</summary>
    Utf8 = 1,
}

/// <summary>
/// Puts text of at most so many bytes into a message: on a <c>partial</c> property of type <c>string</c>, whose storage is
/// generated. What is shorter is padded. What is too long, or has no bytes in the encoding, throws when it is set; bytes
/// that are no such text are invalid on receive.
/// </summary>
/// <param name="bytes">Bytes on the wire.</param>
/// <param name="encoding">What the bytes mean.</param>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class TextAttribute(int bytes, TextEncoding encoding) : Attribute
{
    /// <summary>Bytes on the wire.</summary>
    public int Bytes { get; } = bytes;

    /// <summary>What the bytes mean.</summary>
    public TextEncoding Encoding { get; } = encoding;

    /// <summary>What follows shorter text, up to 127: zero, or a space in many older protocols. It is cut off on receive.</summary>
    public char Padding { get; set; }
}

/// <summary>
/// Ends a message with as many elements as there are: on a <c>partial</c> property of type <c>ReadOnlySpan&lt;T&gt;</c>, the
/// last member, whose storage is generated. Setting it copies; reading it gives what was set. Elements are scalars or
/// messages of fixed size. Without a <see cref="CountOfAttribute"/> or <see cref="LengthOfAttribute"/> field the message ends
/// where its datagram ends.
/// </summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class TailAttribute : Attribute
{
    /// <summary>The most elements; required.</summary>
    public int Max { get; set; }
}

/// <summary>
/// A repeating group: on a <c>partial</c> property of type <c>ReadOnlySpan&lt;T&gt;</c> after the fixed members and before a
/// tail, T a message of fixed size. It travels as the entries' size (2 bytes), their number (2 bytes) and the entries. Entries
/// of a newer sender may be longer, and what is behind ours is skipped; entries of an older one may be shorter, and what
/// they lack reads as zero.
/// </summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class GroupAttribute : Attribute
{
    /// <summary>The most entries; required.</summary>
    public int Max { get; set; }

    /// <summary>Bytes of the longest entry that is accepted from a newer sender; twice ours unless stated.</summary>
    public int MaxEntryBytes { get; set; }
}

/// <summary>
/// An unsigned integer that says how many bytes a tail has, or the whole message. It is written by the encoder, whatever
/// the field holds, and checked on receive.
/// </summary>
/// <param name="member">The tail; nothing for the whole message.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class LengthOfAttribute(string? member = null) : Attribute
{
    /// <summary>The tail, or null for the whole message.</summary>
    public string? Member { get; } = member;

    /// <summary>What is added to the number on the wire to get the bytes, for protocols that leave some out.</summary>
    public int Adjust { get; set; }
}

/// <summary>An unsigned integer that says how many elements a tail has. It is written by the encoder, and checked on receive.</summary>
/// <param name="member">The tail.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class CountOfAttribute(string member) : Attribute
{
    /// <summary>The tail.</summary>
    public string Member { get; } = member;

    /// <summary>What is added to the number on the wire to get the elements.</summary>
    public int Adjust { get; set; }
}

/// <summary>
/// An unsigned integer that says how many bytes the members before groups and tail take. Members are only ever appended,
/// with <see cref="SinceAttribute"/>: what a newer sender has behind ours is skipped, what an older one lacks is default.
/// </summary>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class BlockLengthAttribute : Attribute
{
    /// <summary>Bytes of the longest block that is accepted from a newer sender; twice ours unless stated.</summary>
    public int Max { get; set; }

    /// <summary>What is added to the number on the wire to get the bytes.</summary>
    public int Adjust { get; set; }
}

/// <summary>The version of the message in which the member was appended. Members without it are there from the start.</summary>
/// <param name="version">1 or more, and no less than that of the member before.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, Inherited = false)]
public sealed class SinceAttribute(int version) : Attribute
{
    /// <summary>The version.</summary>
    public int Version { get; } = version;
}

/// <summary>
/// The field that tells this message from the others of a <see cref="MessageSetAttribute"/>: it has this one value, which is
/// written whatever the field holds, and a received message with another value is invalid.
/// </summary>
/// <param name="value">An integer, a <c>char</c> or an enum constant.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class DiscriminatorAttribute(object value) : Attribute
{
    /// <summary>The value.</summary>
    public object Value { get; } = value;
}

/// <summary>
/// Makes a <c>readonly ref partial struct</c> the view of any one of a closed set of messages, told apart by their
/// <see cref="DiscriminatorAttribute"/> fields, which are all of one type at one place. Receivers take it like the view of a
/// message; one of no message of the set is invalid.
/// </summary>
/// <param name="messages">The messages.</param>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
public sealed class MessageSetAttribute(params Type[] messages) : Attribute
{
    /// <summary>The messages.</summary>
    public IReadOnlyList<Type> Messages { get; } = messages;
}

/// <summary>
/// An unsigned integer that says how many bytes of payload follow the message. The payload is no member: it is memory of its
/// own, sent behind the header in one send, and read in place. Such a send sets the field; encoding the header alone writes
/// what the field holds.
/// </summary>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class PayloadAttribute : Attribute
{
    /// <summary>Bytes of the largest payload; required.</summary>
    public int Max { get; set; }

    /// <summary>What is added to the number on the wire to get the bytes, for protocols that count the header or leave some out.</summary>
    public int Adjust { get; set; }
}
