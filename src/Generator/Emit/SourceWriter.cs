using System.Text;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Collects lines of C# at the current indentation. Lines end in LF on every platform, so output is deterministic.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes one or more lines.</summary>
    public void Write(string lines)
    {
        foreach (string line in lines.Split('\n'))
        {
            string content = line.TrimEnd('\r');
            if (content.Length > 0)
            {
                _text.Append(' ', _depth * 4).Append(content);
            }

            _text.Append('\n');
        }
    }

    public void Blank() => _text.Append('\n');

    /// <summary>Writes a header and opens its braces.</summary>
    public void Open(string header)
    {
        Write(header);
        Write("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        Write("}");
    }

    public override string ToString() => _text.ToString();
}
