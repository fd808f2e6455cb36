using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>Copied datagrams, which end with the train's result.</summary>
internal sealed class CopiedDatagramTrain(DatagramTrains trains) : DatagramTrain(trains)
{
    public override bool IsZeroCopy => false;

    public override void OnCompletion(in Completion completion)
    {
        if (IsRefusal(completion.Result, out int largest))
        {
            Core!.LargestInTrain = largest;
            SingleOut();
        }
        else
        {
            base.OnCompletion(completion);
        }
    }
}
