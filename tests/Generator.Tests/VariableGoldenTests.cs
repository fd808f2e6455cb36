using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Bytes of messages of variable size, worked out by hand.</summary>
public class VariableGoldenTests
{
    [Fact]
    public void A_text_is_padded_and_a_tail_is_as_long_as_it_is_counted()
    {
        var news = new News { Kind = 7, Symbol = "ACME", Body = [0xAA, 0xBB, 0xCC] };

        // 13 bytes, of which the length leaves out its own two; the symbol is padded with spaces.
        byte[] expected = Wire.Hex("000B 07 41434D452020 03 AABBCC");
        Assert.Equal(expected, Wire.Encode(news));
        Assert.Equal((10, 210, 13), (News.MinWireSize, News.MaxWireSize, News.SizeOf(news)));
        News decoded = Wire.Decode<News>(expected);
        Assert.Equal((11, 7, "ACME", 3), (decoded.Length, decoded.Kind, decoded.Symbol, decoded.BodyLength));
        Assert.Equal([0xAA, 0xBB, 0xCC], decoded.Body.ToArray());
    }

    [Fact]
    public void What_a_length_field_holds_is_not_what_travels() =>
        Assert.Equal(Wire.Hex("0008 00 202020202020 00"), Wire.Encode(new News { Length = 999, BodyLength = 99 }));

    [Fact]
    public void Groups_travel_as_their_entries_size_their_number_and_the_entries()
    {
        byte[] expected = Wire.Hex("""
            04030201 0400
            0700 0200  01 0000000A 0014  02 0000000B 0015
            0700 0000
            1234 5678
            """);
        Assert.Equal(expected, Wire.Encode(SampleBook()));
        Assert.Equal(expected, Wire.Encode(Wire.Decode<Book>(expected)));
        Assert.Equal((14, 73), (Book.MinWireSize, Book.MaxWireSize));
    }

    [Fact]
    public void A_message_that_nothing_counts_ends_with_its_bytes()
    {
        var beacon = new Beacon { Id = 0x0102, PublicName = "é", Levels = [new Level { Side = Side.Buy, Price = 1, Quantity = 2 }] };

        byte[] expected = Wire.Hex("0102 C3A9000000 01 00000001 0002");
        Assert.Equal(expected, Wire.Encode(beacon));
        Beacon decoded = Wire.Decode<Beacon>(expected);
        Assert.Equal("é", decoded.PublicName);
        Assert.Equal(1u, decoded.Levels[0].Price);
    }

    [Fact]
    public void A_block_says_how_long_it_is_and_a_count_is_adjusted()
    {
        var profile = new Profile { Id = 1, Age = 2, Side = Side.Sell, Country = "DE", Scores = [-1, 3] };

        // The count on the wire is one more than the elements, because one is taken off it.
        Assert.Equal(Wire.Hex("0E00 03 01000000 0200 02 44450000 FFFF 0300"), Wire.Encode(profile));
    }

    [Fact]
    public void A_view_reads_every_part_where_it_lies()
    {
        byte[] bytes = Wire.Encode(SampleBook());

        Assert.True(Book.View.TryParse(bytes, out Book.View book).IsOk);

        Assert.Equal((0x01020304u, 4), (book.Sequence, book.TradeBytes));
        Assert.Equal((2, 0, 2), (book.Bids.Length, book.Asks.Length, book.Trades.Length));
        Assert.Equal((Side.Sell, 11u, 21), (book.Bids[1].Side, book.Bids[1].Price, book.Bids[1].Quantity));
        Assert.Equal((0x1234, 0x5678), (book.Trades[0], book.Trades[1]));
        uint sum = 0;
        foreach (Level bid in book.Bids)
        {
            sum += bid.Price;
        }

        Assert.Equal(21u, sum);
        Assert.Throws<IndexOutOfRangeException>(() => new Book.View(bytes).Bids[2]);
        Assert.Throws<IndexOutOfRangeException>(() => new Book.View(bytes).Trades[-1]);
    }

    [Fact]
    public void A_view_of_text_has_its_bytes_without_what_pads_them()
    {
        News.View news = new(Wire.Hex("000B 07 41434D452020 03 AABBCC"));

        Assert.Equal("ACME", news.Symbol);
        Assert.Equal("ACME"u8, news.SymbolBytes);
        Assert.Equal(Wire.Hex("AABBCC"), news.Body);
    }

    [Fact]
    public void A_writer_edits_every_part_in_place()
    {
        byte[] bytes = Wire.Encode(SampleBook());
        var writer = new Book.Writer(bytes) { Sequence = 9 };
        Level.Writer bid = writer.Bids[0];
        bid.Price = 0x01020304;
        writer.Trades[1] = 0xABCD;

        Assert.Equal(Wire.Hex("""
            09000000 0400
            0700 0200  01 01020304 0014  02 0000000B 0015
            0700 0000
            1234 ABCD
            """), bytes);

        byte[] news = Wire.Hex("000B 07 41434D452020 03 AABBCC");
        var editor = new News.Writer(news) { Symbol = "XY" };
        editor.Body[2] = 0xDD;
        Assert.Equal(Wire.Hex("000B 07 585920202020 03 AABBDD"), news);
        Assert.Equal((11, 3), (editor.Length, editor.BodyLength));
    }

    internal static Book SampleBook() => new()
    {
        Sequence = 0x01020304,
        Bids = [new Level { Side = Side.Buy, Price = 10, Quantity = 20 }, new Level { Side = Side.Sell, Price = 11, Quantity = 21 }],
        Trades = [0x1234, 0x5678],
    };
}
