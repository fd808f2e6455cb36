using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Simulator;

/// <summary>
/// Messages that say which they are and how long, and whose every byte follows from that and from its position. What peers
/// write follows from the position alone.
/// </summary>
internal static class Payload
{
    public const int HeaderLength = 16;
    public const uint Magic = 0x5AC0_FFEE;

    /// <summary>The id from which follows what peers write.</summary>
    public const ulong PeerId = 77;

    public static byte[] Make(ulong id, int length)
    {
        var bytes = new byte[length];
        Fill(bytes, id);
        return bytes;
    }

    public static void Fill(Span<byte> message, ulong id)
    {
        FillHeader(message, id, message.Length);
        FillBody(message[HeaderLength..], id);
    }

    public static void FillHeader(Span<byte> header, ulong id, int length)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header, id);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Magic);
    }

    public static void FillBody(Span<byte> body, ulong id)
    {
        for (int i = 0; i < body.Length; i++)
        {
            body[i] = BodyAt(id, i);
        }
    }

    /// <summary>Whether bytes of a body are those of that message, from a position in it.</summary>
    public static bool IsBody(ReadOnlySpan<byte> bytes, ulong id, int position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != BodyAt(id, position + i))
            {
                return false;
            }
        }

        return true;
    }

    public static void FillFromPeer(Span<byte> bytes, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = BodyAt(PeerId, (int)(position + i));
        }
    }

    public static bool IsFromPeer(ReadOnlySpan<byte> bytes, long position) => IsBody(bytes, PeerId, (int)position);

    private static byte BodyAt(ulong id, int position) => (byte)((int)id * 131 + position * 7 + (position >> 8) * 13);
}

/// <summary>The filling of a <see cref="SmallNote"/>.</summary>
[InlineArray(40)]
internal struct SmallBody
{
    private byte _first;
}

/// <summary>The filling of a <see cref="LargeNote"/>.</summary>
[InlineArray(2_000)]
internal struct LargeBody
{
    private byte _first;
}

/// <summary>A typed message below the zero-copy threshold.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
internal partial struct SmallNote
{
    public ulong Id;
    public uint Length;
    public uint Magic;
    public SmallBody Body;

    public static SmallNote Number(ulong id)
    {
        var note = new SmallNote { Id = id, Length = (uint)WireSize, Magic = Payload.Magic };
        Payload.FillBody(note.Body, id);
        return note;
    }
}

/// <summary>A typed message above the zero-copy threshold.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
internal partial struct LargeNote
{
    public ulong Id;
    public uint Length;
    public uint Magic;
    public LargeBody Body;

    public static LargeNote Number(ulong id)
    {
        var note = new LargeNote { Id = id, Length = (uint)WireSize, Magic = Payload.Magic };
        Payload.FillBody(note.Body, id);
        return note;
    }
}
