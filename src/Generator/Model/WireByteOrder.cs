namespace ZeroCopySockets.Generator.Model;

/// <summary>Mirrors the runtime's <c>ByteOrder</c>, value for value: attribute arguments arrive as integers.</summary>
internal enum WireByteOrder
{
    Unspecified = 0,
    LittleEndian = 1,
    BigEndian = 2,
}
