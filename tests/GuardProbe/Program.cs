using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ZeroCopySockets;

// Writes to a buffer in flight, as a program with a bug would, and says how far it got. Arguments: the engine. The guard mode
// comes from the environment: with ZEROCOPYSOCKETS_GUARD=2 the write must end the process at WriteInFlight.
await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Enum.Parse<EngineKind>(args[0]), LoopCount = 1 });
using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
listener.Listen();
ZeroCopySocket socket = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
using Socket peer = await listener.AcceptAsync();

BufferLease lease = engine.Rent(100);
nint address = AddressOf(lease);
WriteInFlight(address);
Console.WriteLine("written before the send");

// The peer does not read: behind 64 MiB the small send stays in line, and its buffer in flight.
using BufferLease ballast = engine.Rent(65_536);
for (int i = 0; i < 1024; i++)
{
    _ = socket.SendZeroCopyAsync(ballast);
}

ValueTask<SendReceipt> sending = socket.SendZeroCopyAsync(lease);
Console.WriteLine($"in flight: {lease.IsInFlight && !sending.IsCompleted}");
WriteInFlight(address);
Console.WriteLine("written in flight");

[MethodImpl(MethodImplOptions.NoInlining)]
static unsafe void WriteInFlight(nint address) => ++*(byte*)address;

static unsafe nint AddressOf(BufferLease lease) => (nint)Unsafe.AsPointer(ref lease.Edit()[0]);
