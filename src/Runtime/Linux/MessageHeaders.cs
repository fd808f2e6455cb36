using ZeroCopySockets.Engine;
using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <summary>The msghdr of a send or a receive with an address, several pieces or control data (sendmsg(2)), in the scratch space of its block.</summary>
internal static unsafe class MessageHeaders
{
    private const int ControlBytes = 32;

    /// <summary>Lays the msghdr of a send in several pieces into the block's scratch space.</summary>
    public static MessageHeader* OfSend(in Submission submission)
    {
        MessageBlock* message = submission.Message;
        var header = (MessageHeader*)message->Native;
        *header = new MessageHeader
        {
            Name = submission.HasDestination ? message->Address : null,
            NameLength = submission.HasDestination ? (uint)message->AddressLength : 0,
            // A segment is laid out as the kernel's iovec (AbiTests).
            Vectors = (IoVector*)submission.Segments,
            VectorCount = (nuint)submission.Length,
        };
        if (submission.SegmentSize > 0)
        {
            // The value has two bytes, and the kernel insists on the length saying so.
            var control = (ControlHeader*)message->Control;
            *control = new ControlHeader
            {
                Length = (nuint)((byte*)&control->Value - (byte*)control) + sizeof(ushort),
                Level = Libc.SolUdp,
                Type = Libc.UdpSegment,
                Value = submission.SegmentSize,
            };
            header->Control = control;
            header->ControlLength = (nuint)sizeof(ControlHeader);
        }

        return header;
    }

    /// <summary>Lays a msghdr and its one iovec into the block's scratch space; the block is pinned until the terminal completion.</summary>
    public static MessageHeader* OfReceive(MessageBlock* message, byte* buffer, int length)
    {
        var header = (MessageHeader*)message->Native;
        var vector = (IoVector*)((byte*)message->Native + sizeof(MessageHeader));
        *vector = new IoVector { Base = buffer, Length = (nuint)length };
        *header = new MessageHeader
        {
            Name = message->Address,
            NameLength = MessageBlock.MaxAddressLength,
            Vectors = vector,
            VectorCount = 1,
            Control = message->Control,
            ControlLength = ControlBytes,
        };
        return header;
    }

    /// <summary>After a completed receive-from: copies what the kernel wrote into the header to the block's neutral fields.</summary>
    public static void FinishReceive(MessageBlock* message)
    {
        var header = (MessageHeader*)message->Native;
        message->AddressLength = (int)header->NameLength;
        message->Truncated = (header->Flags & Libc.MsgTrunc) != 0 ? 1 : 0;
        var control = (ControlHeader*)message->Control;
        bool isJoined = header->ControlLength >= (nuint)sizeof(ControlHeader) && control->Level == Libc.SolUdp && control->Type == Libc.UdpGro;
        message->SegmentSize = isJoined ? control->Value : 0;
    }
}
