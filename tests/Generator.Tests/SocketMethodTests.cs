using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>The typed methods on sockets: that user code compiles against them, and which method it reaches.</summary>
public class SocketMethodTests
{
    private const string Messages = """
        using System;
        using System.Net;
        using System.Threading;
        using System.Threading.Tasks;
        using ZeroCopySockets;

        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public ulong Sequence; public long PriceNanos; public uint Quantity; }

        """;

    [Fact]
    public void The_program_of_the_readme_compiles() => Harness.GenerateCleanly(Harness.Compile("Sample", Messages + """
        public static class Program
        {
            public static async Task Run(CancellationToken ct)
            {
                await using var listener = ZeroCopyListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                await using var client = await ZeroCopySocket.ConnectAsync(listener.LocalEndPoint);
                await using var server = await listener.AcceptAsync();

                await client.SendZeroCopyAsync(new Tick { Sequence = 1, PriceNanos = 42, Quantity = 7 });

                using Tick.Buffer tick = client.RentTick();
                tick.Write(new Tick { Sequence = 2 });
                tick.Edit().Sequence = 2;
                SendReceipt sent = await client.SendZeroCopyAsync(tick);
                await sent.Recycled;
                tick.Edit().Sequence = 3;
                await client.SendAndRecycleAsync(tick, ct);

                await foreach (Tick.View t in server.ReceiveTicksAsync(ct))
                {
                    Console.WriteLine(t.Sequence);
                }
            }
        }
        """));

    [Fact]
    public void Datagrams_go_to_the_connected_peer_or_to_an_address() => Harness.GenerateCleanly(Harness.Compile("Sample", Messages + """
        public static class Program
        {
            public static async Task Run(ZeroCopyDatagramSocket socket, CancellationToken ct)
            {
                using Tick.Buffer tick = await socket.RentTickAsync(ct);
                await foreach (Datagram<Tick.View> datagram in socket.ReceiveTicksAsync(ct))
                {
                    Tick received = datagram.Message.Decode();
                    PeerAddress from = datagram.From;
                    await socket.SendZeroCopyAsync(received, from, ct);
                    SendReceipt sent = await socket.SendZeroCopyAsync(tick, from, ct);
                    await sent.Recycled;
                    await socket.SendAndRecycleAsync(tick, from);
                    await socket.SendAndRecycleAsync(tick);
                    await socket.SendZeroCopyAsync(tick);
                }
            }
        }
        """));

    [Fact]
    public void A_message_in_registered_memory_is_a_piece_of_a_gathered_send() => Harness.GenerateCleanly(Harness.Compile("Sample", Messages + """
        public static class Program
        {
            public static async Task Run(ZeroCopySocket socket, Tick.Buffer header, BufferLease payload, byte[] trailer)
            {
                SendReceipt sent = await socket.SendZeroCopyAsync(header, payload);
                await sent.Recycled;
                await socket.SendZeroCopyAsync([header, payload, trailer]);
            }
        }
        """));

    [Theory]
    [InlineData("client.SendZeroCopyAsync(tick)", "ZeroCopySocket")]
    [InlineData("client.SendZeroCopyAsync(tick, ct)", "ZeroCopySocket")]
    [InlineData("client.SendAndRecycleAsync(tick)", "ZeroCopySocket")]
    [InlineData("client.SendZeroCopyAsync(new Tick())", "ZeroCopySocket")]
    [InlineData("client.SendAndRecycleAsync(new Tick())", "ZeroCopySocket")]
    [InlineData("client.SendZeroCopyAsync(tick.Lease)", "ZeroCopySocket")]
    [InlineData("client.SendZeroCopyAsync(tick, ..4)", "ZeroCopySocket")]
    [InlineData("datagrams.SendZeroCopyAsync(tick, peer)", "ZeroCopyDatagramSocket")]
    [InlineData("datagrams.SendAndRecycleAsync(tick, peer, ct)", "ZeroCopyDatagramSocket")]
    [InlineData("datagrams.SendZeroCopyAsync(new Tick(), peer)", "ZeroCopyDatagramSocket")]
    public void Sockets_send_a_buffer_as_the_lease_it_is_and_a_value_as_a_message(string call, string declaredIn)
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", Messages + $$"""
            public static class Program
            {
                public static async Task Run(
                    ZeroCopySocket client, ZeroCopyDatagramSocket datagrams, Tick.Buffer tick, PeerAddress peer, CancellationToken ct) =>
                    await {{call}};
            }
            """));

        SyntaxTree tree = compilation.SyntaxTrees.First();
        InvocationExpressionSyntax invocation = tree.GetRoot().DescendantNodes().OfType<AwaitExpressionSyntax>()
            .Single().DescendantNodes().OfType<InvocationExpressionSyntax>().First();
        var method = (IMethodSymbol)compilation.GetSemanticModel(tree).GetSymbolInfo(invocation).Symbol!;
        Assert.Equal(declaredIn, method.ContainingType.Name);
        bool isLease = method.Parameters[0].Type.Name == "BufferLease";
        Assert.Equal(!call.Contains("new Tick()"), isLease);
        Assert.Equal(isLease, AttributesOf(method.Parameters[0]).Contains("LentToKernelAttribute"));
    }

    [Fact]
    public void What_rents_and_what_writes_is_marked_for_the_ownership_rules()
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", Messages));
        INamedTypeSymbol buffer = compilation.GetTypeByMetadataName("Tick+Buffer")!;
        INamedTypeSymbol methods = compilation.GetTypeByMetadataName("TickZeroCopyExtensions")!;

        Assert.Contains("BufferLeaseAttribute", AttributesOf(buffer));
        Assert.Contains("WritesBufferAttribute", AttributesOf(buffer.GetMembers("Write").Single()));
        Assert.Contains("WritesBufferAttribute", AttributesOf(buffer.GetMembers("Edit").Single()));
        IMethodSymbol[] rents = [.. methods.GetMembers().OfType<IMethodSymbol>().Where(m => m.Name.StartsWith("Rent"))];
        Assert.Equal(2, rents.Length);
        Assert.All(rents, r => Assert.Contains("ReturnsOwnershipAttribute", AttributesOf(r)));
    }

    /// <summary>Rents of messages of variable size did not say so, and what they gave could be forgotten without a warning.</summary>
    [Fact]
    public void Rents_of_messages_of_variable_size_hand_ownership_over()
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", """
            using ZeroCopySockets;

            [ZeroCopyBuffer] public partial struct Note { public byte Kind; [Tail(Max = 9)] public partial System.ReadOnlySpan<byte> Body { get; set; } }
            """));

        IMethodSymbol[] rents = [.. compilation.GetTypeByMetadataName("NoteZeroCopyExtensions")!.GetMembers().OfType<IMethodSymbol>().Where(m => m.Name.StartsWith("Rent"))];
        Assert.Equal(2, rents.Length);
        Assert.All(rents, r => Assert.Contains("ReturnsOwnershipAttribute", AttributesOf(r)));
    }

    /// <summary>Sealing lies in the conversion: no way to send a typed buffer goes around it.</summary>
    [Fact]
    public void A_buffer_that_converts_to_its_lease_is_sealed()
    {
        string text = Harness.GeneratedText("""
            [ZeroCopySockets.ZeroCopyBuffer] public partial struct Hello { [ZeroCopySockets.Magic(7)] public byte Kind; }
            """).Single().Value;

        Assert.Contains("implicit operator global::ZeroCopySockets.BufferLease(Buffer buffer) => buffer.Sealed();", text);
        Assert.Contains("implicit operator global::ZeroCopySockets.SendSegment(Buffer buffer) => new(buffer.Sealed());", text);
    }

    /// <summary>The class of the methods of a nested message was named like that of another with an underscore in its name.</summary>
    [Fact]
    public void A_nested_message_and_one_with_an_underscore_in_its_name_get_along()
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", """
            using ZeroCopySockets;

            [ZeroCopyBuffer] public partial struct Outer_Tick { public byte Value; }

            public static partial class Outer
            {
                [ZeroCopyBuffer] public partial struct Tick { public byte Value; }
                [ZeroCopyBuffer] public partial struct In_Tick { public byte Value; }
            }

            public static partial class Outer_In
            {
                [ZeroCopyBuffer] public partial struct Tick { public byte Value; }
            }

            public static partial class Outer_
            {
                [ZeroCopyBuffer] public partial struct Tick { public byte Value; }
            }
            """));

        string[] classes = [.. compilation.Assembly.GlobalNamespace.GetTypeMembers().Select(t => t.Name).Where(n => n.EndsWith("ZeroCopyExtensions"))];
        Assert.Equal(5, classes.Distinct().Count());
        Assert.Contains("Outer_TickZeroCopyExtensions", classes);
    }

    [Theory]
    [InlineData("Tick", "ReceiveTicksAsync")]
    [InlineData("Entry", "ReceiveEntriesAsync")]
    [InlineData("Key", "ReceiveKeysAsync")]
    [InlineData("Address", "ReceiveAddressesAsync")]
    [InlineData("Batch", "ReceiveBatchesAsync")]
    public void The_receive_method_is_named_in_the_plural(string message, string method)
    {
        string text = Harness.GeneratedText($$"""
            [ZeroCopySockets.ZeroCopyBuffer] public partial struct {{message}} { public byte Value; }
            """).Single().Value;

        Assert.Contains($" {method}(", text);
    }

    [Theory]
    [InlineData("public", "public", Accessibility.Public)]
    [InlineData("internal", "public", Accessibility.Internal)]
    [InlineData("public", "internal", Accessibility.Internal)]
    [InlineData("public", "protected internal", Accessibility.Internal)]
    public void The_socket_methods_are_as_visible_as_the_message(string outer, string inner, Accessibility expected)
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", $$"""
            {{outer}} partial class Outer
            {
                [ZeroCopySockets.ZeroCopyBuffer] {{inner}} partial struct Tick { public byte Value; }
            }
            """));

        Assert.Equal(expected, compilation.GetTypeByMetadataName("Outer_TickZeroCopyExtensions")!.DeclaredAccessibility);
    }

    private static IEnumerable<string> AttributesOf(ISymbol symbol) => symbol.GetAttributes().Select(a => a.AttributeClass!.Name);
}
