using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>
/// The methods of .NET that write memory they are handed. .NET itself names a span to be written "destination", which
/// covers copying, formatting, encoding and BinaryPrimitives; the rest are named here.
/// </summary>
internal static class KnownWriters
{
    public static bool WritesReceiver(IMethodSymbol method) =>
        method.Name is "Fill" or "Clear" && TypeFacts.NameOf(method.ContainingType) is "System.Span`1";

    public static bool Writes(IMethodSymbol method, IParameterSymbol parameter, bool isFramework)
    {
        if (parameter.RefKind == RefKind.Ref)
        {
            return isFramework && WritesReference(method);
        }

        return IsWritable(parameter.Type)
            && (parameter.Name is "destination" or "utf8Destination" || WritesByType(method, parameter));
    }

    private static bool WritesReference(IMethodSymbol method) => TypeFacts.NameOf(method.ContainingType) switch
    {
        "System.Threading.Interlocked" => method.Name is not "Read",
        "System.Threading.Volatile" => method.Name is "Write",
        "System.Runtime.CompilerServices.Unsafe" => method.Name is "WriteUnaligned",
        _ => false,
    };

    private static bool WritesByType(IMethodSymbol method, IParameterSymbol parameter)
    {
        for (ITypeSymbol? type = method.ContainingType; type is not null; type = type.BaseType)
        {
            switch (TypeFacts.NameOf(type))
            {
                case "System.Array":
                    return WritesArray(method.Name, parameter);
                case "System.Buffer":
                    return parameter.Name is "dst";
                case "System.MemoryExtensions":
                    return method.Name is "Reverse" or "Sort" or "Replace" && parameter.Ordinal == 0;
                case "System.IO.Stream" or "System.IO.RandomAccess":
                    return method.Name.StartsWith("Read", StringComparison.Ordinal);
                case "System.Net.Sockets.Socket" or "System.Net.Sockets.SocketTaskExtensions":
                case var _ when KnownSymbols.IsSocket(type):
                    return method.Name.StartsWith("Receive", StringComparison.Ordinal);
                case "System.Random":
                    return method.Name is "NextBytes";
                case "System.Security.Cryptography.RandomNumberGenerator":
                    return method.Name is "Fill" or "GetBytes" or "GetNonZeroBytes";
                case "System.Text.Encoding":
                    return method.Name is "GetBytes" or "TryGetBytes" && parameter.Name is "bytes";
                default:
                    continue;
            }
        }

        return false;
    }

    private static bool WritesArray(string method, IParameterSymbol parameter) => method switch
    {
        "Clear" or "Fill" or "Reverse" or "Sort" => parameter.Ordinal == 0,
        "Copy" or "ConstrainedCopy" => parameter.Name is "destinationArray",
        "CopyTo" => parameter.Ordinal == 0,
        _ => false,
    };

    private static bool IsWritable(ITypeSymbol type) =>
        type is IArrayTypeSymbol
        || TypeFacts.NameOf(type) is "System.Span`1" or "System.Memory`1" or "System.ArraySegment`1" or "System.Array";
}
