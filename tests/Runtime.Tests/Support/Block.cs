using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>The filling of a <see cref="Block"/>.</summary>
[InlineArray(4080)]
public struct BlockBytes
{
    private byte _first;
}

/// <summary>A message of 4 KiB, above the zero-copy threshold, whose every byte follows from its sequence number.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Block
{
    public ulong Sequence;
    public uint Sender;
    public uint Length;
    public BlockBytes Bytes;

    /// <summary>The block with that number.</summary>
    public static Block Number(ulong sequence, uint sender = 0)
    {
        var block = new Block { Sequence = sequence, Sender = sender, Length = 4080 };
        ((Span<byte>)block.Bytes).Fill(Filling(sequence, sender));
        return block;
    }

    /// <summary>What every byte of that block is.</summary>
    public static byte Filling(ulong sequence, uint sender) => (byte)(sequence * 31 + sender * 101 + 7);
}
