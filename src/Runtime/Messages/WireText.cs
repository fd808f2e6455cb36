using System.ComponentModel;
using System.Text;
using System.Text.Unicode;

namespace ZeroCopySockets;

/// <summary>Text of fixed size, for generated code: between a string, its storage (padded with zeros) and the wire (padded as the protocol says).</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class WireText
{
    /// <summary>The text, without what pads it.</summary>
    /// <param name="bytes">All bytes of the text.</param>
    /// <param name="encoding">What they mean.</param>
    /// <param name="padding">What pads it.</param>
    public static string Read(ReadOnlySpan<byte> bytes, TextEncoding encoding, byte padding)
    {
        ReadOnlySpan<byte> content = Content(bytes, padding);
        return encoding == TextEncoding.Ascii ? Encoding.ASCII.GetString(content) : Encoding.UTF8.GetString(content);
    }

    /// <summary>The bytes of the text without what pads them.</summary>
    /// <param name="bytes">All bytes of the text.</param>
    /// <param name="padding">What pads it.</param>
    public static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> bytes, byte padding) => bytes.TrimEnd(padding);

    /// <summary>Writes text and pads it. Nothing is written when it throws.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">All bytes of the text.</param>
    /// <param name="encoding">What they mean.</param>
    /// <param name="padding">What pads it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="ArgumentException">The text is too long, has no bytes in the encoding, or holds a zero character.</exception>
    public static void Write(string text, Span<byte> bytes, TextEncoding encoding, byte padding)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The text holds a zero character, which would end it on the wire.", nameof(text));
        }

        int length = MeasureStrictly(text, encoding);
        if (length > bytes.Length)
        {
            throw new ArgumentException($"The text takes {length} bytes, and there is room for {bytes.Length}.", nameof(text));
        }

        int written = encoding == TextEncoding.Ascii ? Encoding.ASCII.GetBytes(text, bytes) : Encoding.UTF8.GetBytes(text, bytes);
        bytes[written..].Fill(padding);
    }

    /// <summary>Copies text from its storage to the wire and pads it.</summary>
    /// <param name="storage">The text, padded with zeros.</param>
    /// <param name="wire">As many bytes.</param>
    /// <param name="padding">What pads it on the wire.</param>
    public static void Encode(ReadOnlySpan<byte> storage, Span<byte> wire, byte padding)
    {
        storage.CopyTo(wire);
        if (padding != 0)
        {
            wire[storage.TrimEnd((byte)0).Length..].Fill(padding);
        }
    }

    /// <summary>Copies text from the wire to its storage.</summary>
    /// <param name="wire">The text as it was received.</param>
    /// <param name="storage">As many bytes, all zero.</param>
    /// <param name="padding">What pads it on the wire.</param>
    public static void Decode(ReadOnlySpan<byte> wire, Span<byte> storage, byte padding) => Content(wire, padding).CopyTo(storage);

    /// <summary>Whether received bytes are text: of the encoding, and without a zero inside.</summary>
    /// <param name="wire">The text as it was received.</param>
    /// <param name="encoding">What the bytes mean.</param>
    /// <param name="padding">What pads it.</param>
    public static bool IsValid(ReadOnlySpan<byte> wire, TextEncoding encoding, byte padding)
    {
        ReadOnlySpan<byte> content = Content(wire, padding);
        return !content.Contains((byte)0) && (encoding == TextEncoding.Ascii ? Ascii.IsValid(content) : Utf8.IsValid(content));
    }

    private static int MeasureStrictly(string text, TextEncoding encoding)
    {
        bool isEncodable = encoding == TextEncoding.Ascii ? Ascii.IsValid(text) : IsWellFormed(text);
        return isEncodable
            ? encoding == TextEncoding.Ascii ? text.Length : Encoding.UTF8.GetByteCount(text)
            : throw new ArgumentException($"The text holds a character that has no {(encoding == TextEncoding.Ascii ? "ASCII" : "UTF-8")} form.", nameof(text));
    }

    /// <summary>Every half of a surrogate pair has its other half.</summary>
    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int used) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[used..];
        }

        return true;
    }
}
