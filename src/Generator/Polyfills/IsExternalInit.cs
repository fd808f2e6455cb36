namespace System.Runtime.CompilerServices;

/// <summary>The compiler asks for this type before it allows records; netstandard2.0 does not have it.</summary>
internal static class IsExternalInit;
