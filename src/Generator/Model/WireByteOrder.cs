namespace ZeroCopySockets.Generator.Model;

/// <summary>Mirrors the runtime's <c>ByteOrder</c>, value for value: attribute arguments arrive as integers.</summary>
internal enum WireByteOrder
{
    Unspecified = 0,
    LittleEndian = 1,
    BigEndian = 2,
}

/// <summary>Mirrors the runtime's <c>BitOrder</c>, value for value.</summary>
internal enum WireBitOrder
{
    Unspecified = 0,
    LsbFirst = 1,
    MsbFirst = 2,
}

/// <summary>Mirrors the runtime's <c>ChecksumAlgorithm</c>, value for value.</summary>
internal enum WireChecksumAlgorithm
{
    Crc32C = 0,
    Crc32 = 1,
    Internet = 2,
}
