using System.Globalization;
using System.Text;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>Source as large applications have it: mostly code that has nothing to do with the library, some that sends. The same on every run.</summary>
internal static class Bulk
{
    /// <summary>So many files, of which each twentieth sends.</summary>
    public static IEnumerable<string> Files(int count) =>
        Enumerable.Range(0, count).Select(number => number % 20 == 0 ? Sender(number) : Ordinary(number));

    /// <summary>One method with a send each fifteen lines, in loops, with handlers and early returns.</summary>
    public static string LargeMethod(int lines)
    {
        var body = new StringBuilder();
        for (int i = 0; i < lines / 15; i++)
        {
            body.Append(CultureInfo.InvariantCulture, $$"""
                        using var lease{{i}} = socket.Rent({{i + 1}});
                        for (var i{{i}} = 0; i{{i}} < count; i{{i}}++)
                        {
                            if (i{{i}} > 0)
                            {
                                await last.Recycled;
                            }

                            lease{{i}}.Edit()[0] = (byte)i{{i}};
                            try
                            {
                                last = await socket.SendZeroCopyAsync(lease{{i}}, stopping);
                            }
                            catch (SocketException) { if (stop) { return; } }
                        }

                """);
        }

        return $$"""
            using System.Net.Sockets;
            namespace ZeroCopySockets.Generated;

            internal static class Large
            {
                public static async Task RunAsync(ZeroCopySocket socket, int count, bool stop, CancellationToken stopping)
                {
                    SendReceipt last = default;
            {{body}}
                    await last.Recycled;
                }
            }
            """;
    }

    private static string Ordinary(int number)
    {
        var members = new StringBuilder();
        for (int i = 0; i < 12; i++)
        {
            members.Append(CultureInfo.InvariantCulture, $$"""
                    public async Task<Dictionary<string, int>> Count{{i}}Async(IEnumerable<string> lines, int limit)
                    {
                        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
                        foreach (string line in lines.Where(line => line.Length > {{i}}).OrderBy(line => line))
                        {
                            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                            for (int word = 0; word < words.Length && word < limit; word++)
                            {
                                string key = words[word].ToUpperInvariant();
                                counts[key] = counts.TryGetValue(key, out int known) ? known + 1 : 1;
                            }

                            if (counts.Count > limit)
                            {
                                await Task.Delay({{i}});
                                _log.Add($"{DateTime.UtcNow:O} {line} {counts.Count}");
                            }
                        }

                        switch (counts.Count % 3)
                        {
                            case 0:
                                return counts;
                            case 1:
                                byte[] bytes = Encoding.UTF8.GetBytes(string.Join(',', counts.Keys));
                                Array.Reverse(bytes);
                                await File.WriteAllBytesAsync(Path.GetTempFileName(), bytes);
                                return counts;
                            default:
                                throw new InvalidOperationException(_log.LastOrDefault() ?? nameof(Count{{i}}Async));
                        }
                    }

                    public int Sum{{i}}(ReadOnlySpan<int> values) => values.IsEmpty ? {{i}} : values[0] + Sum{{i}}(values[1..]);


                """);
        }

        return $$"""
            using System.Text;
            namespace ZeroCopySockets.Generated;

            internal sealed class Ordinary{{number}}
            {
                private readonly List<string> _log = [];

            {{members}}
            }
            """;
    }

    private static string Sender(int number)
    {
        var members = new StringBuilder();
        for (int i = 0; i < 12; i++)
        {
            members.Append(CultureInfo.InvariantCulture, $$"""
                    public static async Task<long> Send{{i}}Async(ZeroCopySocket socket, Stream source, CancellationToken stopping)
                    {
                        byte[] buffer = new byte[{{i + 1}} * 4096];
                        long total = 0;
                        SendReceipt last = default;
                        try
                        {
                            while (true)
                            {
                                await last.Recycled;
                                int read = await source.ReadAsync(buffer, stopping);
                                if (read == 0)
                                {
                                    return total;
                                }

                                last = await socket.SendZeroCopyAsync(buffer.AsMemory(0, read), stopping);
                                total += last.BytesSent;
                            }
                        }
                        catch (IOException) when (total > 0)
                        {
                            using BufferLease notice = await socket.RentAsync(64, stopping);
                            notice.Edit().Fill({{i}});
                            await socket.SendZeroCopyAsync(notice, stopping);
                            return -total;
                        }
                    }


                """);
        }

        return $$"""
            namespace ZeroCopySockets.Generated;

            internal static class Sender{{number}}
            {
            {{members}}
            }
            """;
    }
}
