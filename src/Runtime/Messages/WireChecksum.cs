using System.Buffers.Binary;
using System.Numerics;

namespace ZeroCopySockets;

/// <summary>Computes the checksums of <see cref="ChecksumAttribute"/> fields.</summary>
public static class WireChecksum
{
    private const uint ReflectedIeee = 0xEDB88320;

    // Eight tables of 256: entry [k][b] is what byte b does to the register when k more bytes follow it.
    private static readonly uint[] s_ieee = BuildTables(ReflectedIeee);

    /// <summary>The checksum of bytes.</summary>
    /// <param name="algorithm">How it is computed.</param>
    /// <param name="bytes">What is covered.</param>
    /// <returns>32 bits for a CRC; for <see cref="ChecksumAlgorithm.Internet"/> the 16 bits that go into a big-endian field.</returns>
    public static uint Compute(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> bytes) => Compute(algorithm, bytes, 0, 0);

    /// <summary>The checksum of bytes, some of which count as zero: those of the checksum itself.</summary>
    /// <param name="algorithm">How it is computed.</param>
    /// <param name="bytes">What is covered.</param>
    /// <param name="zeroStart">Where the bytes that count as zero start.</param>
    /// <param name="zeroLength">How many they are; at most 4.</param>
    /// <returns>32 bits for a CRC; for <see cref="ChecksumAlgorithm.Internet"/> the 16 bits that go into a big-endian field.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is none, or the zero bytes are too many or not inside.</exception>
    public static uint Compute(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> bytes, int zeroStart, int zeroLength)
    {
        ReadOnlySpan<byte> zeros = "\0\0\0\0"u8[..zeroLength];
        ReadOnlySpan<byte> before = bytes[..zeroStart];
        ReadOnlySpan<byte> after = bytes[(zeroStart + zeroLength)..];
        return algorithm switch
        {
            ChecksumAlgorithm.Crc32C => ~Castagnoli(Castagnoli(Castagnoli(uint.MaxValue, before), zeros), after),
            ChecksumAlgorithm.Crc32 => ~Ieee(Ieee(Ieee(uint.MaxValue, before), zeros), after),
            ChecksumAlgorithm.Internet => Internet(bytes, zeroStart, zeroLength),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
    }

    private static uint Castagnoli(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    private static uint Ieee(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] table = s_ieee;
        while (bytes.Length >= sizeof(ulong))
        {
            ulong next = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = 0;
            for (int k = 7; k >= 0; k--)
            {
                crc ^= table[(k * 256) + (byte)next];
                next >>= 8;
            }

            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            crc = table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return crc;
    }

    /// <summary>Sums 32-bit words: 65,536 is 1 in one's complement of 16 bits, so the halves may be added up at the end.</summary>
    private static uint Internet(ReadOnlySpan<byte> bytes, int zeroStart, int zeroLength)
    {
        ulong sum = 0;
        for (int i = zeroStart; i < zeroStart + zeroLength; i++)
        {
            sum -= (ulong)bytes[i] << (8 * (3 - (i % 4)));
        }

        while (bytes.Length >= sizeof(uint))
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[sizeof(uint)..];
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (ulong)bytes[i] << (8 * (3 - i));
        }

        while (sum > ushort.MaxValue)
        {
            sum = (sum >> 16) + (sum & ushort.MaxValue);
        }

        return (ushort)~sum;
    }

    private static uint[] BuildTables(uint polynomial)
    {
        uint[] tables = new uint[8 * 256];
        for (uint b = 0; b < 256; b++)
        {
            uint crc = b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * polynomial);
            }

            tables[b] = crc;
        }

        for (int i = 256; i < tables.Length; i++)
        {
            uint shorter = tables[i - 256];
            tables[i] = tables[(byte)shorter] ^ (shorter >> 8);
        }

        return tables;
    }
}
