using System.Buffers.Binary;

namespace ZeroCopySockets.Simulator;

/// <summary>What the caller knows of one message.</summary>
internal enum Outcome
{
    /// <summary>Nobody has been told, or nobody asked.</summary>
    Unknown,
    Sent,
    Failed,
}

/// <summary>One message of a stream, in the order of the calls.</summary>
internal sealed class Message(ulong id, int length)
{
    public ulong Id => id;

    public int Length => length;

    /// <summary>Whose body it carries, and from where on: its own, unless it sends on what a peer wrote.</summary>
    public (ulong Id, int Start) Body { get; init; } = (id, 0);

    public Outcome Outcome { get; set; }

    public int Arrived { get; set; }

    /// <summary>A later message began to arrive before this one did.</summary>
    public bool WasSkipped { get; set; }
}

/// <summary>Both ends of a stream: what was sent, in order, and what arrives.</summary>
internal sealed class StreamLedger(string name)
{
    private readonly List<Message> _messages = [];
    private readonly byte[] _header = new byte[Payload.HeaderLength];
    private int _next;
    private int _headerLength;
    private Message? _current;

    /// <summary>Takes note of a send. To be called right before it, in the order of the calls.</summary>
    public Message Expect(ulong id, int length) => Expect(new Message(id, length));

    /// <inheritdoc cref="Expect(ulong, int)"/>
    public Message Expect(Message message)
    {
        _messages.Add(message);
        return message;
    }

    public void Arrive(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count;
            if (_current is null)
            {
                count = Math.Min(bytes.Length, _header.Length - _headerLength);
                bytes[..count].CopyTo(_header.AsSpan(_headerLength));
                _headerLength += count;
                if (_headerLength == _header.Length)
                {
                    Begin();
                }
            }
            else
            {
                count = Math.Min(bytes.Length, _current.Length - _current.Arrived);
                if (!Payload.IsBody(bytes[..count], _current.Body.Id, _current.Body.Start + _current.Arrived - Payload.HeaderLength))
                {
                    throw Broken(
                        _current.Outcome == Outcome.Failed ? Invariant.NothingAfterATornSend : Invariant.BytesOnceAndInOrder,
                        $"bytes {_current.Arrived} to {_current.Arrived + count} of message {_current.Id} ({_current.Length} bytes, {_current.Outcome}) are not its own");
                }

                _current.Arrived += count;
            }

            bytes = bytes[count..];
            if (_current is not null && _current.Arrived == _current.Length)
            {
                _current = null;
            }
        }
    }

    /// <param name="mayMiss">Bytes were lost with the connection or are still with the kernel.</param>
    public void CheckEnd(bool mayMiss)
    {
        for (int i = 0; i < _messages.Count; i++)
        {
            Message message = _messages[i];
            bool missing = message.Outcome == Outcome.Sent && message.Arrived < message.Length;
            if (missing && (message.WasSkipped || !mayMiss))
            {
                throw Broken(Invariant.BytesOnceAndInOrder, $"message {message.Id} was sent, but only {message.Arrived} of its {message.Length} bytes arrived");
            }
        }
    }

    private void Begin()
    {
        ulong id = BinaryPrimitives.ReadUInt64LittleEndian(_header);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(8));
        int index = _messages.FindIndex(_next, message => message.Id == id);
        if (index < 0 || length != _messages[index].Length || BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(12)) != Payload.Magic)
        {
            throw Broken(Invariant.BytesOnceAndInOrder, $"the header {Convert.ToHexString(_header)} is that of no message that could come next");
        }

        for (; _next < index; _next++)
        {
            _messages[_next].WasSkipped = true;
        }

        _current = _messages[_next++];
        _current.Arrived = _header.Length;
        _headerLength = 0;
    }

    private ViolationException Broken(Invariant invariant, string detail) => new(new Violation(invariant, $"{name}: {detail}"));
}
