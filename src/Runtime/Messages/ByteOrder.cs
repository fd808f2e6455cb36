namespace ZeroCopySockets;

/// <summary>The order in which the bytes of a multi-byte field travel.</summary>
public enum ByteOrder
{
    /// <summary>Not stated. On a field wider than one byte this is a compile-time error: the order is never guessed.</summary>
    Unspecified = 0,

    /// <summary>Least significant byte first.</summary>
    LittleEndian = 1,

    /// <summary>Most significant byte first; network byte order.</summary>
    BigEndian = 2,
}
