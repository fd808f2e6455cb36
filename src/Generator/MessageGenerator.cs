using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using ZeroCopySockets.Generator.Emit;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Locking;
using ZeroCopySockets.Generator.Model;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Generator;

/// <summary>
/// Gives every <c>[ZeroCopyBuffer]</c> struct its wire layout, and every <c>[MessageSet]</c> its dispatch: parse to a value-equal model, plan the offsets, write the
/// text. A struct that cannot be laid out gets no code; the layout analyzer says why, at the field.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    internal const string ParseStep = "Parse";
    internal const string PlanStep = "Plan";
    internal const string SetStep = "Set";

    /// <summary>Sets have file names of their own, so that a set and a message cannot take each other's.</summary>
    private const string SetSuffix = ".Set";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<MessageModel> messages = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownAttributes.MessageMetadataName,
                static (node, _) => node is TypeDeclarationSyntax,
                Parse)
            .Where(static message => message is not null)
            .Select(static (message, _) => message!)
            .WithTrackingName(ParseStep);

        IncrementalValuesProvider<MessageLayout> layouts = messages
            .Select(static (message, _) => LayoutPlanner.Plan(message))
            .Where(static layout => layout.Problems.Count == 0)
            .WithTrackingName(PlanStep);

        IncrementalValueProvider<EquatableArray<string>> collisions = layouts
            .Select(static (layout, _) => layout.Message.FullName)
            .Collect()
            .Select(static (messages, _) => HintNames.FindCollisions(messages));

        IncrementalValuesProvider<MessageSetModel> sets = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownAttributes.SetMetadataName,
                static (node, _) => node is TypeDeclarationSyntax,
                ParseSet)
            .Where(static set => set is not null)
            .Select(static (set, _) => set!)
            .WithTrackingName(SetStep);

        IncrementalValueProvider<EquatableArray<string>> setCollisions = sets
            .Select(static (set, _) => set.FullName + SetSuffix)
            .Collect()
            .Select(static (names, _) => HintNames.FindCollisions(names));

        context.RegisterSourceOutput(sets.Combine(setCollisions), static (output, pair) =>
        {
            (MessageSetModel set, EquatableArray<string> collisions) = pair;
            output.AddSource(HintNames.For(set.FullName + SetSuffix, collisions), SourceText.From(MessageSetEmitter.Emit(set), Encoding.UTF8));
        });
        context.RegisterSourceOutput(layouts.Combine(collisions), static (output, pair) =>
        {
            (MessageLayout layout, EquatableArray<string> collisions) = pair;
            output.AddSource(HintNames.For(layout.Message.FullName, collisions), SourceText.From(MessageEmitter.Emit(layout), Encoding.UTF8));
        });

        RegisterLayoutLock(context, layouts);
    }

    /// <summary>
    /// When the build asks for it, the text of the layout lock as comments of a source file, from which the build writes it: a
    /// generator may not write files itself.
    /// </summary>
    private static void RegisterLayoutLock(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<MessageLayout> layouts)
    {
        IncrementalValueProvider<bool> isBeingUpdated = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue(LayoutLock.UpdateProperty, out string? value) && LayoutLock.IsBeingUpdated(value));
        IncrementalValuesProvider<string> texts = layouts.Collect().Combine(isBeingUpdated).SelectMany(static (pair, _) =>
            pair.Right && pair.Left.Length > 0 ? [LayoutLock.Write(pair.Left.Select(LockedMessage.Of))] : ImmutableArray<string>.Empty);
        context.RegisterSourceOutput(texts, static (output, text) =>
        {
            string comments = string.Concat(text.TrimEnd('\n').Split('\n').Select(line => $"// {line}\n"));
            output.AddSource(LayoutLock.FileName + ".cs", SourceText.From(comments, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));
        });
    }

    private static MessageModel? Parse(GeneratorAttributeSyntaxContext syntax, CancellationToken cancellationToken)
    {
        var type = (INamedTypeSymbol)syntax.TargetSymbol;
        ParsedMessage parsed = new MessageParser(cancellationToken).Parse(type);
        return parsed.IsSound ? parsed.Model with { UsesShortNames = NameCapture.IsImpossible(type, syntax.SemanticModel.Compilation) } : null;
    }

    private static MessageSetModel? ParseSet(GeneratorAttributeSyntaxContext syntax, CancellationToken cancellationToken)
    {
        var type = (INamedTypeSymbol)syntax.TargetSymbol;
        MessageSetModel? set = new MessageSetParser(cancellationToken).Parse(type).Model;
        return set is null ? null : set with { UsesShortNames = NameCapture.IsImpossible(type, syntax.SemanticModel.Compilation) };
    }
}
