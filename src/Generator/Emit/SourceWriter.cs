using System.Text;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Collects lines of C# at the current indentation. Lines end in LF on every platform, so output is deterministic.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _isBlankDue;
    private bool _isAtStart = true;

    /// <summary>Nothing has been written.</summary>
    public bool IsEmpty => _text.Length == 0;

    /// <summary>Writes one or more lines.</summary>
    public void Write(string lines)
    {
        foreach (string line in lines.Split('\n'))
        {
            string content = line.TrimEnd('\r');
            if (content.Length == 0)
            {
                Blank();
                continue;
            }

            if (_isBlankDue && !_isAtStart)
            {
                _text.Append('\n');
            }

            _text.Append(' ', _depth * 4).Append(content).Append('\n');
            _isBlankDue = false;
            _isAtStart = content == "{";
        }
    }

    /// <summary>Puts one blank line before what follows, unless that starts or ends a block.</summary>
    public void Blank() => _isBlankDue = true;

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
        _isBlankDue = false;
        Write("}");
    }

    public override string ToString() => _text.ToString();
}
