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
        for (int start = 0, next; start <= lines.Length; start = next)
        {
            int end = lines.IndexOf('\n', start);
            end = end < 0 ? lines.Length : end;
            next = end + 1;
            WriteLine(lines, start, end > start && lines[end - 1] == '\r' ? end - 1 : end);
        }
    }

    private void WriteLine(string lines, int start, int end)
    {
        if (start == end)
        {
            Blank();
            return;
        }

        if (_isBlankDue && !_isAtStart)
        {
            _text.Append('\n');
        }

        _text.Append(' ', _depth * 4).Append(lines, start, end - start).Append('\n');
        _isBlankDue = false;
        _isAtStart = end - start == 1 && lines[start] == '{';
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
