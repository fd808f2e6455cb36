using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the small type through which a view or writer reaches the elements of one group or tail.</summary>
internal static class SequenceEmitter
{
    public static string NameFor(SequenceModel sequence) => ReservedNames.NameOfSequenceAccessor(sequence.PlainName);

    /// <summary>What a view has for the sequence: plain bytes are a span.</summary>
    public static string TypeInView(SequenceModel sequence) => sequence.IsBytes ? Names.ReadOnlyBytes : NameFor(sequence);

    /// <summary>What a writer has for the sequence.</summary>
    public static string TypeInWriter(SequenceModel sequence) => sequence.IsBytes ? Names.Bytes : NameFor(sequence);

    public static void Write(SourceWriter writer, MessageModel message, SequenceModel sequence, bool canWrite)
    {
        string name = NameFor(sequence);
        string bytes = canWrite ? Names.Bytes : Names.ReadOnlyBytes;
        bool knowsEntry = sequence.IsGroup && !canWrite;
        string entry = knowsEntry ? "_entryBytes" : $"{sequence.ElementSize}";
        writer.Write($"""
            /// <summary>The elements of <see cref="{message.Name}.{sequence.Name}"/>, at most {sequence.Max}.</summary>
            """);
        writer.Open($"{sequence.Access ?? "private"} readonly ref struct {name}");
        writer.Write($"private readonly {bytes} _bytes;");
        if (knowsEntry)
        {
            writer.Write("private readonly int _entryBytes;");
        }

        writer.Blank();
        writer.Open($"internal {name}({bytes} bytes, int length{(knowsEntry ? ", int entryBytes" : "")})");
        writer.Write($"""
            _bytes = bytes;
            Length = length;
            """);
        if (knowsEntry)
        {
            writer.Write("_entryBytes = entryBytes;");
        }

        writer.Close();
        writer.Blank();
        writer.Write("""
            /// <summary>The number of elements.</summary>
            public int Length { get; }

            /// <summary>One element.</summary>
            /// <param name="index">From 0, below <see cref="Length"/>.</param>
            """);
        WriteIndexer(writer, sequence, canWrite);
        writer.Blank();
        writer.Write($$"""
            /// <summary>For <c>foreach</c>.</summary>
            public Enumerator GetEnumerator() => new(this);

            private {{bytes}} BytesOf(int index) =>
                (uint)index < (uint)Length ? _bytes.Slice(index * {{entry}}, {{entry}}) : throw new global::System.IndexOutOfRangeException();

            """);
        if (!canWrite && ChecksElements(sequence))
        {
            WriteCheck(writer, sequence);
            writer.Blank();
        }

        WriteEnumerator(writer, sequence, canWrite);
        writer.Close();
    }

    /// <summary>There are bytes that are no element.</summary>
    public static bool ChecksElements(SequenceModel sequence) => sequence.Element switch
    {
        ScalarType scalar => ScalarCode.IsInvalid(scalar, sequence.ByteOrder, "bytes", "0") is not null,
        _ => true,
    };

    private static string TypeOfElement(SequenceModel sequence, bool canWrite) => sequence.Element switch
    {
        ScalarType scalar => scalar.TypeName,
        NestedType nested when canWrite => nested.TypeName + ".Writer",
        // An entry of an older sender is shorter than a view needs, so entries of groups are copied out.
        NestedType nested => sequence.IsGroup ? nested.TypeName : nested.TypeName + ".View",
        _ => throw new InvalidOperationException(),
    };

    private static void WriteIndexer(SourceWriter writer, SequenceModel sequence, bool canWrite)
    {
        writer.Open($"public {TypeOfElement(sequence, canWrite)} this[int index]");
        switch (sequence.Element)
        {
            case ScalarType scalar:
                writer.Write($"get => {ScalarCode.Read(scalar, sequence.ByteOrder, "BytesOf(index)", "0")};");
                if (canWrite)
                {
                    writer.Write($"set => {ScalarCode.Write(scalar, sequence.ByteOrder, "BytesOf(index)", "0", "value")}");
                }

                break;
            case NestedType nested when sequence.IsGroup && !canWrite:
                writer.Open("get");
                writer.Write($$"""
                    {{Names.ReadOnlyBytes}} entry = BytesOf(index);
                    if (entry.Length < {{nested.WireSize}})
                    {
                        // What an older sender's entry lacks reads as zero.
                        {{Names.Bytes}} whole = stackalloc byte[{{nested.WireSize}}];
                        whole.Clear();
                        entry.CopyTo(whole);
                        return new {{nested.TypeName}}.View(whole).Decode();
                    }

                    return new {{nested.TypeName}}.View(entry).Decode();
                    """);
                writer.Close();
                break;
            default:
                writer.Write("get => new(BytesOf(index));");
                break;
        }

        writer.Close();
    }

    private static void WriteCheck(SourceWriter writer, SequenceModel sequence)
    {
        writer.Open($"internal {Names.ParseStatus} Check()");
        writer.Open("for (int i = 0; i < Length; i++)");
        writer.Write($"{Names.ReadOnlyBytes} bytes = BytesOf(i);");
        switch (sequence.Element)
        {
            case ScalarType scalar:
                writer.Open($"if ({ScalarCode.IsInvalid(scalar, sequence.ByteOrder, "bytes", "0")})");
                writer.Write($"return {Names.ParseStatus}.Invalid(\"{sequence.PlainName}\", \"{ScalarCode.Reason(scalar)}\");");
                writer.Close();
                break;
            case NestedType nested when sequence.IsGroup:
                writer.Write($"{Names.ParseStatus} status = bytes.Length < {nested.WireSize} ? CheckShort(bytes) : {nested.TypeName}.View.TryParse(bytes, out _);");
                WriteRejection(writer, sequence);
                break;
            case NestedType nested:
                writer.Write($"{Names.ParseStatus} status = {nested.TypeName}.View.TryParse(bytes, out _);");
                WriteRejection(writer, sequence);
                break;
        }

        writer.Close();
        writer.Blank();
        writer.Write($"return {Names.ParseStatus}.Ok;");
        writer.Close();
        if (sequence is { IsGroup: true, Element: NestedType entry })
        {
            writer.Blank();
            writer.Write($$"""
                private static {{Names.ParseStatus}} CheckShort({{Names.ReadOnlyBytes}} bytes)
                {
                    {{Names.Bytes}} whole = stackalloc byte[{{entry.WireSize}}];
                    whole.Clear();
                    bytes.CopyTo(whole);
                    return {{entry.TypeName}}.View.TryParse(whole, out _);
                }
                """);
        }
    }

    private static void WriteRejection(SourceWriter writer, SequenceModel sequence)
    {
        writer.Open("if (!status.IsOk)");
        writer.Write($"return {Names.ParseStatus}.Invalid(\"{sequence.PlainName}.\" + status.Field, status.Reason!);");
        writer.Close();
    }

    private static void WriteEnumerator(SourceWriter writer, SequenceModel sequence, bool canWrite) => writer.Write($$"""
        /// <summary>Goes through the elements in order.</summary>
        public ref struct Enumerator
        {
            private readonly {{NameFor(sequence)}} _list;
            private int _index;

            internal Enumerator({{NameFor(sequence)}} list)
            {
                _list = list;
                _index = -1;
            }

            /// <summary>The element.</summary>
            public readonly {{TypeOfElement(sequence, canWrite)}} Current => _list[_index];

            /// <summary>Goes to the next element.</summary>
            public bool MoveNext() => ++_index < _list.Length;
        }
        """);
}
