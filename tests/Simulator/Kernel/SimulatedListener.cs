using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>A listening descriptor: peers connect whether or not anybody accepts, and live from then on.</summary>
internal sealed class SimulatedListener : SimulatedSocket
{
    private readonly Queue<SimulatedStream> _backlog = new();
    private int _willCall;
    private bool _isShut;

    public SimulatedListener(SwarmKernel kernel, string name)
        : base(kernel, name)
    {
        _willCall = Settings.Callers;
        Calls();
    }

    public override bool IsStream => false;

    public bool HasBacklog => _backlog.Count > 0;

    public override int TrySend(Request send, PeerAddress destination) => -KernelError.ENOTCONN;

    public override void Shutdown(SocketShutdown how)
    {
        // Somebody is accepted at the last moment.
        if (Incoming is { State: RequestState.Waiting } request && TryCallNow())
        {
            Try(request);
        }

        _isShut = true;
        RetryWaiting();
    }

    public override void ResetOnClose()
    {
    }

    /// <summary>An accept may have got a connection by the time it is cancelled, which its last completion then brings.</summary>
    public override void Cancel(Request request)
    {
        if (request.State == RequestState.Waiting && TryCallNow())
        {
            Answer(request, Kernel.HandOver(_backlog.Dequeue()));
        }
        else
        {
            base.Cancel(request);
        }
    }

    protected override void OnClosed()
    {
        while (_backlog.TryDequeue(out SimulatedStream? caller))
        {
            caller.Close();
        }
    }

    protected override void Try(Request request)
    {
        if (_isShut || (request.Operation == KernelOperation.AcceptMultishot && !Settings.AcceptsMany))
        {
            Answer(request, -KernelError.EINVAL);
            return;
        }

        while (_backlog.Count > 0 && request.State == RequestState.Waiting)
        {
            if (Chance.Happens(Settings.AcceptErrors))
            {
                Kernel.ErrorsInjected++;
                Answer(request, -Chance.Pick<int>([KernelError.EMFILE, KernelError.ENFILE, KernelError.ENOMEM, KernelError.ECONNABORTED]));
                return;
            }

            int descriptor = Kernel.HandOver(_backlog.Dequeue());
            if (request.Operation == KernelOperation.AcceptMultishot)
            {
                Bring(request, descriptor, flags: 0);
            }
            else
            {
                Answer(request, descriptor);
            }
        }
    }

    protected override void Detach(Request request)
    {
    }

    private bool TryCallNow()
    {
        if (_willCall == 0 || Chance.Happens(0.5))
        {
            return false;
        }

        _willCall--;
        _backlog.Enqueue(Kernel.NewCaller());
        return true;
    }

    private void Calls() => Kernel.World.After(Chance.Skewed(4_000), () =>
    {
        // A few come together.
        for (int i = Chance.Skewed(8); i > 0 && _willCall > 0 && !IsClosed; i--)
        {
            _willCall--;
            _backlog.Enqueue(Kernel.NewCaller());
        }

        RetryWaiting();
        if (_willCall > 0 && !IsClosed)
        {
            Calls();
        }
    });
}
