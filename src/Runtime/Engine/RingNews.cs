namespace ZeroCopySockets.Engine;

/// <summary>What a look at a ring shows, without a trip to the kernel.</summary>
internal enum RingNews
{
    /// <summary>Only a trip tells.</summary>
    Unknown,
    Nothing,

    /// <summary>Something has happened, and the next trip brings its completion.</summary>
    Due,
    Completions,
}
