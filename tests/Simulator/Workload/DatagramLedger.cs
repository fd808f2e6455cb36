using System.Buffers.Binary;

namespace ZeroCopySockets.Simulator;

/// <summary>What was sent as datagrams, and what arrives: each whole, at most once, where it was sent to.</summary>
internal sealed class DatagramLedger(string name)
{
    private readonly Dictionary<ulong, (int Length, PeerAddress To)> _expected = [];

    public void Expect(ulong id, int length, PeerAddress to) => _expected.Add(id, (length, to));

    public void Arrive(byte[] datagram, PeerAddress to)
    {
        ulong id = BinaryPrimitives.ReadUInt64LittleEndian(datagram);
        if (!_expected.Remove(id, out (int Length, PeerAddress To) expected))
        {
            throw Broken($"datagram {id} was not sent, or arrives twice");
        }

        if (datagram.Length != expected.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(datagram.AsSpan(12)) != Payload.Magic
            || !Payload.IsBody(datagram.AsSpan(Payload.HeaderLength), id, 0))
        {
            throw Broken($"datagram {id} of {expected.Length} bytes arrived as {datagram.Length} bytes, or with bytes not its own");
        }

        if (to != expected.To)
        {
            throw Broken($"datagram {id} went to {to}, not {expected.To}");
        }
    }

    private ViolationException Broken(string detail) => new(new Violation(Invariant.BytesOnceAndInOrder, $"{name}: {detail}"));
}
