namespace ZeroCopySockets.ValidPrograms;

/// <summary>A protocol in steps: hello, challenge, proof. One buffer says them all, each after the last is recycled.</summary>
internal static class Handshake
{
    private enum Step
    {
        Hello,
        Challenge,
        Proof,
        Done,
    }

    public static async Task RunAsync(ZeroCopySocket socket, Func<uint, uint> prove, CancellationToken cancellationToken)
    {
        using Request.Buffer message = socket.RentRequest();
        byte[] answer = new byte[Reply.WireSize];
        var step = Step.Hello;
        uint challenge = 0;
        while (step != Step.Done)
        {
            switch (step)
            {
                case Step.Hello:
                    message.Write(new Request { Id = 0 });
                    await socket.SendAndRecycleAsync(message, cancellationToken);
                    step = Step.Challenge;
                    break;
                case Step.Challenge:
                    await socket.ReceiveAsync(answer, cancellationToken);
                    if (!Reply.TryDecode(answer, out Reply reply).IsOk)
                    {
                        goto case Step.Hello;
                    }

                    challenge = reply.Id;
                    step = Step.Proof;
                    break;
                case Step.Proof:
                    message.Write(new Request { Id = 1, Key = prove(challenge) });
                    await socket.SendAndRecycleAsync(message, cancellationToken);
                    step = Step.Done;
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }

        // The proof is a secret.
        message.Edit().Key = 0;
    }
}
