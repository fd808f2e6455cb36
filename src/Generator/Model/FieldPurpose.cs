namespace ZeroCopySockets.Generator.Model;

/// <summary>What an integer field says about the message. But for a payload's length the encoder writes it, whatever the field holds; a receiver checks it.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Target">The tail it is about; empty for the message.</param>
/// <param name="Adjust">What is added to the number on the wire to get the bytes or elements.</param>
/// <param name="Max">The longest block that is accepted, 0 when it is not stated; or the longest payload.</param>
internal sealed record FieldPurpose(PurposeKind Kind, string Target, int Adjust, int Max);

/// <summary>What a field can say about its message.</summary>
internal enum PurposeKind
{
    /// <summary>The bytes of the whole message.</summary>
    MessageLength,

    /// <summary>The bytes of the tail.</summary>
    TailLength,

    /// <summary>The elements of the tail.</summary>
    TailCount,

    /// <summary>The bytes before groups and tail.</summary>
    BlockLength,

    /// <summary>The bytes of the payload behind the message, which the message itself does not hold.</summary>
    Payload,
}
