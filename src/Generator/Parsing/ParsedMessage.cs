using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>What the parser made of a struct. It holds symbols, so it never enters the incremental pipeline.</summary>
/// <param name="Model">The message, without the fields that have problems.</param>
/// <param name="Members">The symbols behind <see cref="MessageModel.Fields"/> and <see cref="MessageModel.Sequences"/>, in that order.</param>
/// <param name="Problems">What is wrong with the struct itself.</param>
/// <param name="NestedAreSound">Whether every message nested in it can be generated.</param>
internal sealed record ParsedMessage(
    MessageModel Model,
    IReadOnlyList<ISymbol> Members,
    IReadOnlyList<MessageProblem> Problems,
    bool NestedAreSound)
{
    /// <summary>Whether the model describes the whole struct, so that code can be generated from it.</summary>
    public bool IsSound => Problems.Count == 0 && NestedAreSound;
}

/// <summary>A reason to reject a message, and the symbol to point at.</summary>
internal sealed record MessageProblem(LayoutProblemKind Kind, ISymbol Symbol, string[] Arguments);
