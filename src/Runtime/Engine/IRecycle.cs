namespace ZeroCopySockets.Engine;

/// <summary>What a <see cref="SendReceipt"/> asks for the second completion: one send, or the sends of a fan-out together.</summary>
internal interface IRecycle
{
    /// <summary>Whether what the receipt of that version was given for no longer holds its memory.</summary>
    bool IsRecycled(int version);

    ValueTask WhenRecycled(int version);
}
