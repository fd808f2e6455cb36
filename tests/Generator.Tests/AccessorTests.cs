using System.Diagnostics;
using System.Reflection;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Views read a message where it lies, writers edit it there; both must agree with encode and decode.</summary>
public class AccessorTests
{
    [Fact]
    public void A_view_reads_every_kind_of_field_where_it_lies()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());

        Assert.True(Order.View.TryParse(bytes, out Order.View view).IsOk);

        Assert.Equal(52, view.Header.Length);
        Assert.True(view.Header.IsReplay);
        Assert.Equal(Venue.Unknown, view.Header.Venue);
        Assert.Equal("ACME\0\0\0\0"u8, view.Symbol);
        Assert.Equal(Side.Sell, view.Side);
        Assert.Equal(OrderFlags.Both, view.Flags);
        Assert.Equal((3, 1, 2, -1), (view.Levels.Length, view.Levels[0], view.Levels[1], view.Levels[2]));
        Assert.Equal((Side.Buy, Side.Sell), (view.Legs[0], view.Legs[1]));
        Assert.Equal((false, true), (view.Conditions[0], view.Conditions[1]));
        Assert.Equal(0xDEADBEEF, view.Checksum);
        Assert.Equal(bytes, Wire.Encode(view.Decode()));
    }

    [Fact]
    public void A_view_sees_only_its_own_message_of_a_longer_stream()
    {
        byte[] bytes = [.. Wire.Encode(new Tick { Quantity = 1 }), .. Wire.Encode(new Tick { Quantity = 2 })];

        Tick.View.TryParse(bytes, out Tick.View first);
        Tick.View.TryParse(bytes.AsSpan(Tick.WireSize), out Tick.View second);

        Assert.Equal((1u, 2u), (first.Quantity, second.Quantity));
    }

    [Fact]
    public void A_failed_parse_leaves_a_view_of_nothing()
    {
        Tick.View.TryParse(new byte[Tick.WireSize - 1], out Tick.View view);

        Assert.True(ReadThrows(view));

        static bool ReadThrows(Tick.View view)
        {
            try
            {
                _ = view.Quantity;
                return false;
            }
            catch (ArgumentOutOfRangeException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void A_writer_builds_the_same_bytes_as_encode()
    {
        byte[] bytes = new byte[Order.WireSize];
        var writer = new Order.Writer(bytes);
        writer.Header.Length = 52;
        writer.Header.IsReplay = true;
        writer.Header.Venue = Venue.Unknown;
        "ACME"u8.CopyTo(writer.Symbol);
        writer.Side = Side.Sell;
        writer.Flags = OrderFlags.Both;
        (writer.Levels[0], writer.Levels[1], writer.Levels[2]) = (1, 2, -1);
        (writer.Legs[0], writer.Legs[1]) = (Side.Buy, Side.Sell);
        (writer.Conditions[1], writer.Conditions[2]) = (true, true);
        writer.Checksum = 0xDEADBEEF;

        Order expected = GoldenBytesTests.SampleOrder();
        expected.Reserved = 0;
        Assert.Equal(Wire.Encode(expected), bytes);
    }

    [Fact]
    public void A_writer_reads_back_what_it_wrote()
    {
        var writer = new Order.Writer(new byte[Order.WireSize]) { Side = Side.Sell, Checksum = 5 };
        writer.Levels[2] = -7;
        writer.Checksum++;

        Assert.Equal((Side.Sell, 6u, -7), (writer.Side, writer.Checksum, writer.Levels[2]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(0x40000000)]
    [InlineData(int.MinValue)]
    public void An_index_outside_an_array_throws_even_where_it_would_wrap_around(int index)
    {
        byte[] bytes = new byte[Order.WireSize];

        Assert.Throws<IndexOutOfRangeException>(() => new Order.View(bytes).Levels[index]);
        Assert.Throws<IndexOutOfRangeException>(() => new Order.Writer(bytes).Levels[index] = 1);
    }

    [Fact]
    public void Accessors_over_too_few_bytes_throw()
    {
        byte[] bytes = new byte[Tick.WireSize - 1];

        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = new Tick.View(bytes); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = new Tick.Writer(bytes); });
    }

    /// <summary>A lease by itself tells a debugger nothing.</summary>
    [Fact]
    public async Task A_debugger_shows_the_message_that_a_buffer_holds()
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions());
        using Tick.Buffer tick = engine.RentTick();
        tick.Write(new Tick { Sequence = 7, Quantity = 3 });

        PropertyInfo shown = typeof(Tick.Buffer).GetProperty("DebuggerView", BindingFlags.Instance | BindingFlags.NonPublic)!;
        Assert.Equal(DebuggerBrowsableState.RootHidden, shown.GetCustomAttribute<DebuggerBrowsableAttribute>()!.State);
        var message = (Tick)shown.GetValue(tick)!;
        Assert.Equal((7ul, 3u), (message.Sequence, message.Quantity));
    }
}
