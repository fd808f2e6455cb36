using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Stress;

/// <summary>The filling of a <see cref="SmallFrame"/>.</summary>
[InlineArray(48)]
public struct SmallFilling
{
    private byte _first;
}

/// <summary>The filling of a <see cref="LargeFrame"/>.</summary>
[InlineArray(4080)]
public struct LargeFilling
{
    private byte _first;
}

/// <summary>A frame that goes as a message and is copied.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct SmallFrame
{
    public ulong Sequence;
    public uint Sender;
    public uint Length;
    public SmallFilling Filling;
}

/// <summary>A frame that goes as a message and is large enough for zero copy.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct LargeFrame
{
    public ulong Sequence;
    public uint Sender;
    public uint Length;
    public LargeFilling Filling;
}

/// <summary>
/// What travels: a sequence number, who sent it, the length of the filling, and the filling, each byte of which follows from
/// the other two. A byte of another connection, of an earlier tenant of the buffer, or out of order does not fit.
/// </summary>
internal static class Frame
{
    public const int HeaderSize = 16;

    public static void Write(Span<byte> frame, uint sender, ulong sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(frame, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], sender);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], (uint)(frame.Length - HeaderSize));
        frame[HeaderSize..].Fill(FillingOf(sender, sequence));
    }

    public static SmallFrame Small(uint sender, ulong sequence)
    {
        var frame = new SmallFrame { Sequence = sequence, Sender = sender, Length = 48 };
        ((Span<byte>)frame.Filling).Fill(FillingOf(sender, sequence));
        return frame;
    }

    public static LargeFrame Large(uint sender, ulong sequence)
    {
        var frame = new LargeFrame { Sequence = sequence, Sender = sender, Length = 4080 };
        ((Span<byte>)frame.Filling).Fill(FillingOf(sender, sequence));
        return frame;
    }

    public static (ulong Sequence, uint Sender, int Length) ReadHeader(ReadOnlySpan<byte> header) => (
        BinaryPrimitives.ReadUInt64LittleEndian(header),
        BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
        (int)BinaryPrimitives.ReadUInt32LittleEndian(header[12..]));

    public static byte FillingOf(uint sender, ulong sequence) => (byte)(((sender * 0x9E37_79B9u) >> 24) ^ (sequence * 197));
}

/// <summary>Checks a stream of frames as it comes, however it is cut.</summary>
internal sealed class FrameReader(uint sender)
{
    private readonly byte[] _header = new byte[Frame.HeaderSize];
    private int _headerHave;
    private int _fillingLeft;
    private byte _filling;
    private ulong _lastSequence;

    /// <summary>Whole frames so far.</summary>
    public int Frames { get; private set; }

    /// <summary>The stream stopped inside a frame.</summary>
    public bool IsInside => _headerHave > 0;

    /// <exception cref="CorruptionException">Bytes that this sender did not send here.</exception>
    public void TakeIn(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_headerHave < Frame.HeaderSize)
            {
                int take = Math.Min(bytes.Length, Frame.HeaderSize - _headerHave);
                bytes[..take].CopyTo(_header.AsSpan(_headerHave));
                _headerHave += take;
                bytes = bytes[take..];
                if (_headerHave == Frame.HeaderSize)
                {
                    Begin();
                }
            }

            int filling = Math.Min(bytes.Length, _fillingLeft);
            if (bytes[..filling].IndexOfAnyExcept(_filling) is >= 0 and int at)
            {
                throw new CorruptionException($"Frame {_lastSequence} of {sender} holds {bytes[at]:x2} where {_filling:x2} was sent.");
            }

            bytes = bytes[filling..];
            _fillingLeft -= filling;
            if (_headerHave == Frame.HeaderSize && _fillingLeft == 0)
            {
                Frames++;
                _headerHave = 0;
            }
        }
    }

    private void Begin()
    {
        (ulong sequence, uint from, int length) = Frame.ReadHeader(_header);
        // A gap is a send that was cancelled in line.
        if (from != sender || sequence <= _lastSequence || (uint)length > EndPlan.LargestFrame)
        {
            throw new CorruptionException($"After frame {_lastSequence} of {sender} came a header with frame {sequence} of {from}, {length} bytes.");
        }

        _lastSequence = sequence;
        _fillingLeft = length;
        _filling = Frame.FillingOf(from, sequence);
    }
}

/// <summary>Bytes arrived that were not sent, or not there: what all of this exists to rule out.</summary>
internal sealed class CorruptionException(string message) : Exception(message);
