using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ZeroCopySockets;
using ZeroCopySockets.DummyNicProbe;

// Sends datagrams out of a device that does not copy, and prints what the engine counted as one line of JSON.
// Arguments: the form (message, lease, memory, leases and mixed gathered from two pieces, window ten at a time on the loop), the policy, the size in bytes, how many, and where to.
string form = args[0];
var policy = Enum.Parse<ZeroCopyPolicy>(args[1]);
int size = int.Parse(args[2]);
int count = int.Parse(args[3]);
IPEndPoint destination = IPEndPoint.Parse(args[4]);

await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions
{
    Engine = EngineKind.IoUring,
    Policy = policy,
    ZeroCopyThreshold = 1024,
    DatagramZeroCopyThreshold = 1024,
    OffLoopZeroCopyThreshold = 1024,
    UnregisteredZeroCopyThreshold = 4096,
});
await using ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
socket.Connect(destination);
byte[] memory = new byte[size];
using (BufferLease lease = engine.Rent(size))
{
    lease.Edit().Clear();
    if (form == "window")
    {
        await socket.Loop.RunAsync(() => SendWindowsAsync(socket, lease, count));
    }

    for (int i = 0; i < count && form != "window"; i++)
    {
        // The unified completion: each notification has come by the time the books are read.
        await (form switch
        {
            "message" when size == Packet.WireSize => socket.SendAndRecycleAsync(new Packet { Sequence = (ulong)i }),
            "lease" => socket.SendAndRecycleAsync(lease),
            "memory" => socket.SendAndRecycleAsync(memory),
            "leases" => RecycledAsync(socket.SendZeroCopyAsync([new(lease, ..(size / 2)), new(lease, (size / 2)..)])),
            "mixed" => RecycledAsync(socket.SendZeroCopyAsync(new SendSegment(lease, ..(size / 2)), memory.AsMemory(size / 2))),
            _ => throw new ArgumentException($"There is no {form} of {size} bytes."),
        });
    }
}

static async Task SendWindowsAsync(ZeroCopyDatagramSocket socket, BufferLease lease, int count)
{
    var window = new ValueTask[10];
    for (int left = count; left > 0; left -= window.Length)
    {
        for (int i = 0; i < window.Length; i++)
        {
            window[i] = RecycledAsync(socket.SendZeroCopyAsync(lease));
        }

        foreach (ValueTask send in window)
        {
            await send;
        }
    }
}

static async ValueTask RecycledAsync(ValueTask<SendReceipt> sending) => await (await sending).Recycled;

Console.WriteLine(JsonSerializer.Serialize(engine.GetStatistics()));

namespace ZeroCopySockets.DummyNicProbe
{
    /// <summary>The filling of a <see cref="Packet"/>.</summary>
    [InlineArray(8184)]
    public struct PacketBytes
    {
        private byte _first;
    }

    /// <summary>A message of 8 KiB.</summary>
    [ZeroCopyBuffer(ByteOrder.BigEndian)]
    public partial struct Packet
    {
        public ulong Sequence;
        public PacketBytes Bytes;
    }
}
