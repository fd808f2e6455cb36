using System.Net;
using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>Our typed messages, edited in place in registered memory and sent from there.</summary>
internal sealed class TypedSender : OurSender
{
    private readonly ZeroCopyDatagramSocket _socket;
    private readonly Frame.Buffer[] _frames;
    private ulong _sequence;

    private TypedSender(string name, ZeroCopyEngine engine, ZeroCopyDatagramSocket socket, bool onLoop, int window) : base(name, engine, socket.Loop, onLoop, window)
    {
        _socket = socket;
        _frames = [.. Enumerable.Range(0, window).Select(_ => socket.RentFrame())];
    }

    public static TypedSender Open(string name, EndPoint peer, bool onLoop, int window)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, LargeBuffers = 64 });
        ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
        socket.Connect(peer);
        return new TypedSender(name, engine, socket, onLoop, window);
    }

    public override async ValueTask DisposeAsync()
    {
        Array.ForEach(_frames, frame => frame.Dispose());
        await _socket.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override ValueTask<SendReceipt> Send(int turn)
    {
        Frame.Buffer frame = _frames[turn];
        frame.Edit().Sequence = ++_sequence;
        return _socket.SendZeroCopyAsync(frame);
    }
}

/// <summary>65,000 bytes: nearly the largest datagram.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
internal partial struct Frame
{
    public ulong Sequence;
    public FrameBody Body;
}

[InlineArray(64_992)]
internal struct FrameBody
{
    private byte _first;
}
