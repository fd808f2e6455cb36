using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Portable;

/// <summary>A ring whose kernel is System.Net.Sockets: a submission starts an asynchronous call, its end is a completion.</summary>
internal sealed class PortableRing(PortableKernel kernel, KernelRing? loopRing) : KernelRing
{
    private readonly ConcurrentQueue<Completion> _completions = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly Dictionary<ulong, Call> _calls = [];
    private bool _signalsLoop;

    public override bool SignalsLoop
    {
        set
        {
            Volatile.Write(ref _signalsLoop, value);
            // Paired with the fence in Post: either the completion is found now, or the loop is told.
            Interlocked.MemoryBarrier();
        }
    }

    public override bool HasUnsubmitted => false;

    public override void RegisterSlab(Slab slab, KernelRing? source)
    {
        // There is nobody to register with; every send is a copy.
    }

    public override bool TryPush(in Submission submission)
    {
        switch (submission.Operation)
        {
            case KernelOperation.Cancel:
                Cancel(submission.CancelTarget);
                break;
            case KernelOperation.CancelSocket:
                CancelSocket(submission.Socket!);
                break;
            default:
                var call = new Call(submission);
                lock (_calls)
                {
                    _calls.Add(submission.UserData, call);
                }

                _ = RunAsync(call);
                break;
        }

        return true;
    }

    public override void Enter(bool wait)
    {
        if (wait)
        {
            _wake.Wait();
            _wake.Reset();
        }
    }

    public override int Reap(Span<Completion> completions)
    {
        int count = 0;
        while (count < completions.Length && _completions.TryDequeue(out Completion completion))
        {
            completions[count++] = completion;
        }

        return count;
    }

    public override void Wake() => _wake.Set();

    public override void Dispose()
    {
        lock (_calls)
        {
            foreach (Call call in _calls.Values)
            {
                call.Cancellation.Cancel();
            }
        }
    }

    private async Task RunAsync(Call call)
    {
        int result;
        try
        {
            result = await StartAsync(call).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            result = -KernelError.FromSocketError(e.SocketErrorCode);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            result = -KernelError.ECANCELED;
        }

        lock (_calls)
        {
            _calls.Remove(call.UserData);
        }

        call.Dispose();
        Post(new Completion(call.UserData, result, 0));
    }

    private ValueTask<int> StartAsync(Call call)
    {
        Socket socket = call.Socket.Socket;
        CancellationToken cancellation = call.Cancellation.Token;
        return call.Operation switch
        {
            KernelOperation.Send or KernelOperation.SendZeroCopy when call.HasDestination =>
                socket.SendToAsync(call.Memory, SocketFlags.None, call.Address(), cancellation),
            KernelOperation.Send or KernelOperation.SendZeroCopy => socket.SendAsync(call.Memory, SocketFlags.None, cancellation),
            KernelOperation.Receive => socket.ReceiveAsync(call.Memory, SocketFlags.None, cancellation),
            // A receive of no bytes waits for some.
            KernelOperation.WaitReadable => socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellation),
            KernelOperation.ReceiveFrom => ReceiveFromAsync(call),
            KernelOperation.Accept or KernelOperation.AcceptMultishot => AcceptAsync(socket, cancellation),
            KernelOperation.Connect => ConnectAsync(socket, call.EndPoint(), cancellation),
            _ => throw new InvalidOperationException($"Unknown operation {call.Operation}."),
        };
    }

    private static async ValueTask<int> ReceiveFromAsync(Call call)
    {
        // Received into a buffer that holds any datagram, as this API does not tell of truncation.
        byte[] whole = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            Socket socket = call.Socket.Socket;
            var from = new SocketAddress(socket.AddressFamily);
            int received = await socket.ReceiveFromAsync(whole, SocketFlags.None, from, call.Cancellation.Token).ConfigureAwait(false);
            return call.TakeDatagram(whole.AsSpan(0, received), from);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private async ValueTask<int> AcceptAsync(Socket socket, CancellationToken cancellation) =>
        kernel.KeepAccepted(await socket.AcceptAsync(cancellation).ConfigureAwait(false));

    private static async ValueTask<int> ConnectAsync(Socket socket, EndPoint remote, CancellationToken cancellation)
    {
        await socket.ConnectAsync(remote, cancellation).ConfigureAwait(false);
        return 0;
    }

    private void Cancel(ulong userData)
    {
        // Under the lock a call cannot end and its source go to somebody else.
        lock (_calls)
        {
            if (_calls.TryGetValue(userData, out Call? call))
            {
                call.Cancellation.CancelAsync();
            }
        }
    }

    private void CancelSocket(KernelSocket socket)
    {
        lock (_calls)
        {
            foreach (Call call in _calls.Values)
            {
                if (call.Socket == socket)
                {
                    call.Cancellation.CancelAsync();
                }
            }
        }
    }

    private void Post(Completion completion)
    {
        _completions.Enqueue(completion);
        if (loopRing is null)
        {
            _wake.Set();
            return;
        }

        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _signalsLoop))
        {
            loopRing.Wake();
        }
    }

    /// <summary>One call under way.</summary>
    private sealed unsafe class Call : IDisposable
    {
        private readonly MessageBlock* _message;
        private readonly byte[]? _joined;

        public Call(in Submission submission)
        {
            Operation = submission.Operation;
            UserData = submission.UserData;
            Socket = submission.Socket!;
            Memory = submission.Segments == null
                ? new PointerMemory(submission.Buffer, submission.Length).Memory
                : MemoryMarshal.AsMemory(PortableKernel.Join(submission, out _joined));
            _message = submission.Message;
            HasDestination = submission.HasDestination;
        }

        public KernelOperation Operation { get; }

        public ulong UserData { get; }

        public KernelSocket Socket { get; }

        public Memory<byte> Memory { get; }

        public CancellationTokenSource Cancellation { get; } = new();

        public bool HasDestination { get; }

        public SocketAddress Address() => PortableKernel.ToSocketAddress(_message, Socket.Socket.AddressFamily);

        public EndPoint EndPoint() => NativeAddress.ToEndPoint(_message->AddressBytes[.._message->AddressLength]);

        public int TakeDatagram(ReadOnlySpan<byte> datagram, SocketAddress from)
        {
            int length = Math.Min(datagram.Length, Memory.Length);
            datagram[..length].CopyTo(Memory.Span);
            _message->SegmentSize = 0;
            _message->Truncated = datagram.Length > length ? 1 : 0;
            _message->AddressLength = Math.Min(from.Size, MessageBlock.MaxAddressLength);
            from.Buffer.Span[.._message->AddressLength].CopyTo(_message->AddressBytes);
            return length;
        }

        public void Dispose()
        {
            if (_joined is not null)
            {
                ArrayPool<byte>.Shared.Return(_joined);
            }
        }
    }
}
