using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// Copied sends of one stream that waited in line behind each other. A stream has one train, because it has one result
/// outstanding; it is boarded under the queue's lock by whoever ended the send before.
/// </summary>
internal sealed class StreamTrain : SendTrain
{
    private const int MaxBytes = 256 * 1024;

    public StreamTrain(SocketCore core) : base(MaxBytes) => Core = core;

    public static bool CanBoard(SendOperation send) => !send.IsZeroCopy && send.IsOnePiece && send.Remaining < SendRhythm.LongCopy;

    public override void Describe(ref Submission submission)
    {
        base.Describe(ref submission);
        submission.WaitAll = true;
    }

    protected override bool Takes(SendOperation send) => CanBoard(send);

    protected override void OnEmpty() => Core!.OnSendEnded(this);
}
