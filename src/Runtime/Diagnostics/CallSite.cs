using System.Diagnostics;
using System.Text;

namespace ZeroCopySockets.Diagnostics;

/// <summary>Where the user's code called in. Captured at the send, put into words only if it must be told.</summary>
internal sealed class CallSite
{
    /// <summary>Frames told: generated send methods stand between the library and the line that matters.</summary>
    private const int MostFrames = 4;

    private static readonly string s_ownAssembly = typeof(CallSite).Assembly.FullName!;
    private static readonly string s_coreLibrary = typeof(object).Assembly.FullName!;

    // Line numbers are only to be had at the capture.
    private readonly StackTrace _trace = new(skipFrames: 2, fNeedFileInfo: true);

    public override string ToString()
    {
        var text = new StringBuilder();
        int told = 0;
        foreach (StackFrame frame in _trace.GetFrames())
        {
            if (told == MostFrames)
            {
                break;
            }

            if (DiagnosticMethodInfo.Create(frame) is not { } method || method.DeclaringAssemblyName == s_ownAssembly || method.DeclaringAssemblyName == s_coreLibrary)
            {
                continue;
            }

            text.Append(told++ == 0 ? "" : ", called from ").Append(method.DeclaringTypeName).Append('.').Append(method.Name);
            if (frame.GetFileName() is { } file)
            {
                text.Append(" in ").Append(file).Append(':').Append(frame.GetFileLineNumber());
            }
        }

        return told > 0 ? text.ToString() : "the library's own code";
    }
}
