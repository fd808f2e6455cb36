using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Accepting over a kernel that does what the test says: one standing accept, its pauses and its ends.</summary>
public sealed class AcceptQueueTests : IDisposable
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    private const int Bound = ZeroCopySockets.Sockets.AcceptQueue.MaxUnclaimed;

    private readonly Socket _backlog = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _clients = [];
    private readonly List<Socket> _accepted = [];

    public AcceptQueueTests()
    {
        _backlog.Bind(Loopback.AnyPort);
        _backlog.Listen();
    }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _backlog.Dispose();
    }

    [Fact]
    public async Task One_submission_accepts_many_and_keeps_those_for_whom_nobody_waited()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        Submitted accept = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.AcceptMultishot, accept.Operation);
        for (int i = 0; i < 3; i++)
        {
            accept.Complete(i, Completion.More);
        }

        await using ZeroCopySocket one = await first.WaitAsync(Deadline);
        await sim.SettleAsync();
        await using ZeroCopySocket two = await listener.AcceptAsync().AsTask().WaitAsync(Deadline);
        await using ZeroCopySocket three = await listener.AcceptAsync().AsTask().WaitAsync(Deadline);
        Assert.False(sim.Kernel.HasSubmitted);
        Assert.Equal(_accepted, [one.Core.Handle.Socket, two.Core.Handle.Socket, three.Core.Handle.Socket]);
    }

    [Fact]
    public async Task Where_there_is_no_multishot_accept_each_is_submitted_for_somebody_who_waits()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        Task<ZeroCopySocket> second = listener.AcceptAsync().AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EINVAL);
        foreach (Task<ZeroCopySocket> accepting in new[] { first, second })
        {
            Submitted accept = await sim.Kernel.NextAsync();
            Assert.Equal(KernelOperation.Accept, accept.Operation);
            accept.Complete(_accepted.Count);
            await accepting.WaitAsync(Deadline);
        }

        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
    }

    [Fact]
    public async Task Too_many_unclaimed_connections_pause_accepting_until_they_are_claimed()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        Submitted accept = await sim.Kernel.NextAsync();
        accept.Complete(0, Completion.More);
        await first.WaitAsync(Deadline);
        for (int i = 1; i <= Bound; i++)
        {
            accept.Complete(i, Completion.More);
        }

        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal((KernelOperation.Cancel, accept.UserData), (cancel.Operation, cancel.CancelTarget));
        // Accepted before the cancellation took effect: kept too.
        accept.Complete(Bound + 1, Completion.More);
        accept.Complete(-KernelError.ECANCELED);
        for (int i = 1; i <= Bound + 1; i++)
        {
            await listener.AcceptAsync().AsTask().WaitAsync(Deadline);
        }

        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        Task<ZeroCopySocket> next = listener.AcceptAsync().AsTask();
        (await sim.Kernel.NextAsync()).Complete(100, Completion.More);
        await next.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Disposing_closes_what_nobody_claimed_and_what_was_accepted_after_it()
    {
        await using SimulatedSockets sim = Sockets(kernel => kernel.EndsCancelled = false);
        ZeroCopyListener listener = sim.NewListener();
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        Submitted accept = await sim.Kernel.NextAsync();
        accept.Complete(0, Completion.More);
        (await first.WaitAsync(Deadline)).Dispose();
        accept.Complete(1, Completion.More);
        await sim.SettleAsync();
        Task closing = listener.DisposeAsync().AsTask();
        await sim.SettleAsync();
        accept.Complete(2, Completion.More);
        accept.Complete(3);
        await closing.WaitAsync(Deadline);
        Assert.Equal(4, _accepted.Count);
        await Task.WhenAll(_accepted.Select(socket => Eventually.TrueAsync(() => socket.SafeHandle.IsClosed, () => "An accepted connection stayed open.")));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await listener.AcceptAsync());
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_connection_that_comes_to_the_next()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        using var cancellation = new CancellationTokenSource();
        Task<ZeroCopySocket> accepting = listener.AcceptAsync(cancellation.Token).AsTask();
        Submitted accept = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WaitAsync(Deadline));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        accept.Complete(0, Completion.More);
        (await listener.AcceptAsync().AsTask().WaitAsync(Deadline)).Dispose();
    }

    [Fact]
    public async Task A_failure_is_told_to_one_who_waits_and_the_others_go_on_waiting()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        Task<ZeroCopySocket> second = listener.AcceptAsync().AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.ECONNABORTED);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EMFILE);
        var failure = await Assert.ThrowsAsync<SocketException>(() => first.WaitAsync(Deadline));
        Assert.Equal(SocketError.TooManyOpenSockets, failure.SocketErrorCode);
        (await sim.Kernel.NextAsync()).Complete(0, Completion.More);
        (await second.WaitAsync(Deadline)).Dispose();
    }

    [Fact]
    public async Task Serving_tells_of_an_accept_that_failed_when_its_handlers_have_ended()
    {
        await using SimulatedSockets sim = Sockets();
        await using ZeroCopyListener listener = sim.NewListener();
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        Task serving = listener.ServeAsync(_ =>
        {
            started.SetResult();
            return release.Task;
        });
        Submitted accept = await sim.Kernel.NextAsync();
        accept.Complete(0, Completion.More);
        await started.Task.WaitAsync(Deadline);
        accept.Complete(-KernelError.EPERM);
        // Ample for a fault that does not wait.
        await Task.WhenAny(serving, Task.Delay(100));
        Assert.False(serving.IsCompleted, "The handler still runs.");
        release.SetResult();
        var failure = await Assert.ThrowsAsync<SocketException>(() => serving.WaitAsync(Deadline));
        Assert.Equal(SocketError.AccessDenied, failure.SocketErrorCode);
    }

    private SimulatedSockets Sockets(Action<SimulatedKernel>? configure = null) => new(kernel =>
    {
        kernel.Accepted = _ =>
        {
            // Really connected: a connection without a peer is passed over as one that was reset.
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(_backlog.LocalEndPoint!);
            _clients.Add(client);
            Socket socket = _backlog.Accept();
            _accepted.Add(socket);
            return socket;
        };
        configure?.Invoke(kernel);
    });
}
