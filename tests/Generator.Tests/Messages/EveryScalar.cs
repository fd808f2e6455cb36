namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>One field of each scalar type, in both byte orders.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct EveryScalar
{
    public bool Bool;
    public byte Byte;
    public sbyte SByte;
    public short Int16;
    public ushort UInt16;
    public char Char;
    public Half Half;
    public int Int32;
    public uint UInt32;
    public float Single;
    public long Int64;
    public ulong UInt64;
    public double Double;
    public Int128 Int128;
    public UInt128 UInt128;
    [ByteOrder(ByteOrder.LittleEndian)] public short Int16Le;
    [ByteOrder(ByteOrder.LittleEndian)] public ushort UInt16Le;
    [ByteOrder(ByteOrder.LittleEndian)] public char CharLe;
    [ByteOrder(ByteOrder.LittleEndian)] public Half HalfLe;
    [ByteOrder(ByteOrder.LittleEndian)] public int Int32Le;
    [ByteOrder(ByteOrder.LittleEndian)] public uint UInt32Le;
    [ByteOrder(ByteOrder.LittleEndian)] public float SingleLe;
    [ByteOrder(ByteOrder.LittleEndian)] public long Int64Le;
    [ByteOrder(ByteOrder.LittleEndian)] public ulong UInt64Le;
    [ByteOrder(ByteOrder.LittleEndian)] public double DoubleLe;
    [ByteOrder(ByteOrder.LittleEndian)] public Int128 Int128Le;
    [ByteOrder(ByteOrder.LittleEndian)] public UInt128 UInt128Le;
}
