namespace ZeroCopySockets.Generator.Model;

/// <summary>A partial property as its declaration spells it: the generated half has to repeat it.</summary>
/// <param name="Type">Its type, fully qualified.</param>
/// <param name="Modifiers">Its modifiers, in order.</param>
/// <param name="Getter">The modifiers of <c>get</c>, with a space behind, or nothing.</param>
/// <param name="Setter">The modifiers of <c>set</c>, likewise.</param>
internal sealed record PropertyModel(string Type, string Modifiers, string Getter, string Setter);
