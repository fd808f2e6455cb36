namespace ZeroCopySockets;

/// <summary>What became of an attempt to read a message from bytes.</summary>
public enum ParseResult
{
    /// <summary>A whole, valid message.</summary>
    Ok = 0,

    /// <summary>The bytes end before the message does.</summary>
    NeedMore = 1,

    /// <summary>The bytes cannot be a message, however many follow.</summary>
    Invalid = 2,
}

/// <summary>The outcome of <c>TryDecode</c> and <c>TryParse</c>: a value, never an exception, because bad input is ordinary.</summary>
public readonly struct ParseStatus : IEquatable<ParseStatus>
{
    private ParseStatus(ParseResult result, int bytesNeeded, string? field, string? reason)
    {
        Result = result;
        BytesNeeded = bytesNeeded;
        Field = field;
        Reason = reason;
    }

    /// <summary>A whole, valid message.</summary>
    public static ParseStatus Ok => default;

    /// <summary>The bytes end early.</summary>
    /// <param name="bytes">How many more bytes are needed, at least.</param>
    public static ParseStatus NeedMore(int bytes) => new(ParseResult.NeedMore, bytes, null, null);

    /// <summary>The bytes cannot be a message.</summary>
    /// <param name="field">The field that is wrong.</param>
    /// <param name="reason">What is wrong with it.</param>
    public static ParseStatus Invalid(string field, string reason) => new(ParseResult.Invalid, 0, field, reason);

    /// <summary>The kind of outcome.</summary>
    public ParseResult Result { get; }

    /// <summary>With <see cref="ParseResult.NeedMore"/>: how many more bytes, at least. Otherwise 0.</summary>
    public int BytesNeeded { get; }

    /// <summary>With <see cref="ParseResult.Invalid"/>: the field that is wrong.</summary>
    public string? Field { get; }

    /// <summary>With <see cref="ParseResult.Invalid"/>: what is wrong with it.</summary>
    public string? Reason { get; }

    /// <summary>Whether the message was read.</summary>
    public bool IsOk => Result == ParseResult.Ok;

    /// <inheritdoc/>
    public override string ToString() => Result switch
    {
        ParseResult.Ok => "Ok",
        ParseResult.NeedMore => $"NeedMore({BytesNeeded})",
        _ => $"Invalid({Field}: {Reason})",
    };

    /// <inheritdoc/>
    public bool Equals(ParseStatus other) =>
        Result == other.Result && BytesNeeded == other.BytesNeeded && Field == other.Field && Reason == other.Reason;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ParseStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Result, BytesNeeded, Field, Reason);

    /// <summary>Whether the two are the same outcome.</summary>
    public static bool operator ==(ParseStatus left, ParseStatus right) => left.Equals(right);

    /// <summary>Whether the two are different outcomes.</summary>
    public static bool operator !=(ParseStatus left, ParseStatus right) => !left.Equals(right);
}
