using System.Globalization;
using System.Text;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Locking;

/// <summary>
/// The text of <c>layouts.lock</c>: one line per message and per field, messages in ordinal order of their names, LF at the
/// end of lines. The same messages always give the same text.
/// </summary>
internal static class LayoutLock
{
    public const string FileName = "layouts.lock";
    public const string UpdateProperty = "build_property.UpdateLayoutLock";

    private const string Version = "version 1";
    private const string MessageKeyword = "message ";

    private const string Header = """
        # The wire layouts of this project's messages. An edit that breaks one is reported as ZCS1027.
        # To accept what the sources say now: dotnet build -p:UpdateLayoutLock=true
        # message <name> <bytes>, then its fields: <offset> <bytes> <name> <type>
        """;

    /// <summary>A message of the lock, and the line it is on.</summary>
    public readonly record struct Entry(LockedMessage Message, int Line);

    /// <summary>What came of reading a lock: its messages, or the line that makes no sense.</summary>
    public readonly record struct Reading(IReadOnlyDictionary<string, Entry> Messages, int? BadLine);

    public static bool IsBeingUpdated(string? property) => string.Equals(property, "true", StringComparison.OrdinalIgnoreCase);

    public static string Write(IEnumerable<LockedMessage> messages)
    {
        var text = new StringBuilder();
        text.Append(Header.Replace("\r", "")).Append('\n').Append(Version).Append('\n');
        foreach (LockedMessage message in messages.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            text.Append(MessageKeyword).Append(message.Name).Append(' ').Append(Number(message.WireSize)).Append('\n');
            foreach (LockedField field in message.Fields)
            {
                text.Append(Number(field.Offset)).Append(' ').Append(Number(field.Size)).Append(' ')
                    .Append(field.Name).Append(' ').Append(field.Type).Append('\n');
            }
        }

        return text.ToString();
    }

    public static Reading Read(IReadOnlyList<string> lines)
    {
        var messages = new Dictionary<string, Entry>(StringComparer.Ordinal);
        var fields = new List<LockedField>();
        bool hasVersion = false;
        (string Name, int Size, int Line)? open = null;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (!hasVersion && line == Version)
            {
                hasVersion = true;
            }
            else if (hasVersion && ReadMessage(line) is { } message)
            {
                Finish();
                open = (message.Name, message.Size, i);
            }
            else if (open is not null && ReadField(line) is { } field)
            {
                fields.Add(field);
            }
            else
            {
                return new Reading(messages, i);
            }
        }

        Finish();
        return new Reading(messages, hasVersion ? null : 0);

        void Finish()
        {
            if (open is { } done)
            {
                messages[done.Name] = new Entry(new LockedMessage(done.Name, done.Size, new(fields)), done.Line);
                fields.Clear();
            }
        }
    }

    private static (string Name, int Size)? ReadMessage(string line)
    {
        string[] words = line.Split(' ');
        return words.Length == 3 && line.StartsWith(MessageKeyword, StringComparison.Ordinal) && Parse(words[2]) is { } size
            ? (words[1], size)
            : null;
    }

    private static LockedField? ReadField(string line)
    {
        string[] words = line.Split([' '], 4);
        return words.Length == 4 && Parse(words[0]) is { } offset && Parse(words[1]) is { } size
            ? new LockedField(words[2], offset, size, words[3])
            : null;
    }

    private static int? Parse(string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
