using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>Our typed messages, edited in place in registered memory and sent from there, a window of them in flight on the loop.</summary>
internal sealed class TypedSender : Contestant
{
    private const int Window = 32;
    private readonly ZeroCopyEngine _engine;
    private readonly ZeroCopyDatagramSocket _socket;
    private readonly Frame.Buffer[] _frames;
    private readonly ValueTask<SendReceipt>[] _sends = new ValueTask<SendReceipt>[Window];
    private ulong _sequence;

    public TypedSender() : base("ours, typed in place")
    {
        _engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, LargeBuffers = 64 });
        _socket = _engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
        _socket.Connect(DummyNic.Peer);
        _frames = [.. Enumerable.Range(0, Window).Select(_ => _socket.RentFrame())];
    }

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(() => _socket.Loop.RunAsync(() => SliceAsync(duration)));

    public override async ValueTask DisposeAsync()
    {
        Array.ForEach(_frames, frame => frame.Dispose());
        await _socket.DisposeAsync();
        await _engine.DisposeAsync();
    }

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int turn = 0; turn < Window; turn++)
            {
                await (await _sends[turn]).Recycled;
                Edit(_frames[turn]);
                _sends[turn] = _socket.SendZeroCopyAsync(_frames[turn]);
                sent++;
            }
        }

        foreach (ValueTask<SendReceipt> send in _sends)
        {
            await (await send).Recycled;
        }

        Array.Clear(_sends);
        return sent;
    }

    private void Edit(Frame.Buffer frame) => frame.Edit().Sequence = ++_sequence;
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
