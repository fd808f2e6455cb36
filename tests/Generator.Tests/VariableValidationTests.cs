using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>What is refused of texts, lengths, counts and groups: by the setter, or by the receiver. None of the latter may throw.</summary>
public class VariableValidationTests
{
    [Theory]
    [InlineData("1234567")]
    [InlineData("Ω")]
    [InlineData("A\0B")]
    public void A_text_that_does_not_fit_or_has_no_bytes_is_refused_and_never_cut(string text)
    {
        var news = new News { Symbol = "ACME" };

        Assert.Throws<ArgumentException>(() => news.Symbol = text);
        Assert.Equal("ACME", news.Symbol);
        Assert.Throws<ArgumentException>(() => new News.Writer(new byte[News.MaxWireSize]).Symbol = text);
    }

    [Theory]
    [InlineData("ééé")]
    [InlineData("\ud83d")]
    [InlineData("\ude00a")]
    public void Half_a_character_has_no_bytes_in_UTF_8(string text) =>
        Assert.Throws<ArgumentException>(() => new Beacon { PublicName = text });

    [Fact]
    public void No_text_at_all_is_refused()
    {
        var news = default(News);
        Assert.Throws<ArgumentNullException>(() => news.Symbol = null!);
    }

    [Theory]
    [InlineData("41FF20202020")]
    [InlineData("410020202020")]
    [InlineData("000000000000")]
    public void Bytes_that_are_no_text_are_invalid(string symbol) =>
        Assert.Equal(ParseStatus.Invalid("Symbol", "no ASCII text"), Wire.Status<News>(Wire.Hex($"0008 00 {symbol} 00")));

    [Theory]
    [InlineData("C300000000")]
    [InlineData("4100420000")]
    [InlineData("F09F988041")]
    public void Bytes_that_are_no_UTF_8_are_invalid(string name) =>
        Assert.Equal(name == "F09F988041", Wire.Status<Beacon>(Wire.Hex($"0000 {name}")).IsOk);

    [Fact]
    public void More_elements_than_there_is_room_for_are_refused()
    {
        var book = new Book { Trades = [1, 2] };

        Assert.Throws<ArgumentException>(() => book.Trades = new ushort[6]);
        Assert.Throws<ArgumentException>(() => book.Bids = new Level[5]);
        Assert.Equal([1, 2], book.Trades.ToArray());
    }

    [Theory]
    [InlineData("0007 00 202020202020 00", "Length", "not from 8 to 208")]
    [InlineData("00D1 00 202020202020 00", "Length", "not from 8 to 208")]
    [InlineData("FFFF 00 202020202020 00", "Length", "not from 8 to 208")]
    [InlineData("0008 00 202020202020 01 AA", "Body", "reaches past the end of the message")]
    [InlineData("0009 00 202020202020 00 AA", "Length", "not the length of the message")]
    [InlineData("0009 00 202020202020 C9 AA", "BodyLength", "not from 0 to 200")]
    public void A_length_that_cannot_be_is_invalid(string bytes, string field, string reason) =>
        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<News>(Wire.Hex(bytes)));

    [Theory]
    [InlineData("00000000 0000 0700 0500", "Bids", "more than 4 entries")]
    [InlineData("00000000 0000 0700 FFFF", "Bids", "more than 4 entries")]
    [InlineData("00000000 0000 0000 0100", "Bids", "an entry is not from 1 to 14 bytes")]
    [InlineData("00000000 0000 0F00 0100", "Bids", "an entry is not from 1 to 14 bytes")]
    [InlineData("00000000 0000 0700 0000 0A00 0100", "Asks", "an entry is not from 1 to 9 bytes")]
    [InlineData("00000000 0C00 0700 0000 0700 0000", "TradeBytes", "not from 0 to 10")]
    [InlineData("00000000 0300 0700 0000 0700 0000", "TradeBytes", "no whole number of elements")]
    [InlineData("00000000 0000 0700 0100 03 00000000 0000 0700 0000", "Bids.Side", "not a defined value of Side")]
    public void A_group_or_a_tail_that_cannot_be_is_invalid(string bytes, string field, string reason) =>
        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<Book>(Wire.Hex(bytes + "000000000000000000000000")));

    [Fact]
    public void A_message_cut_anywhere_needs_more_and_never_more_than_is_missing()
    {
        CutAnywhere<News>(Wire.Encode(new News { Symbol = "A", Body = [1, 2, 3, 4] }));
        CutAnywhere<Book>(Wire.Encode(VariableGoldenTests.SampleBook()));
        CutAnywhere<Profile>(Wire.Encode(new Profile { Side = Side.Buy, Scores = [1, 2, 3] }));
    }

    [Fact]
    public void A_tail_cut_inside_an_element_needs_the_rest_of_it()
    {
        byte[] bytes = Wire.Encode(new Beacon { Levels = [new Level { Side = Side.Buy }] });

        Assert.Equal(ParseStatus.NeedMore(3), Wire.Status<Beacon>(bytes.AsSpan(0, bytes.Length - 3)));
        Assert.True(Wire.Status<Beacon>(bytes.AsSpan(0, 7)).IsOk);
    }

    [Fact]
    public void A_tail_longer_than_its_maximum_leaves_the_rest_unconsumed()
    {
        byte[] bytes = [.. Wire.Encode(new Beacon()), .. Enumerable.Repeat(Wire.Hex("01 00000000 0000"), 5).SelectMany(b => b)];

        Assert.True(Beacon.TryDecode(bytes, out _, out int consumed).IsOk);
        Assert.Equal(Beacon.MaxWireSize, consumed);
    }

    [Fact]
    public void What_follows_a_message_is_not_its_own()
    {
        byte[] first = Wire.Encode(new News { Body = [1] });
        byte[] bytes = [.. first, .. Wire.Encode(new News { Body = [2, 3] })];

        Assert.True(News.TryDecode(bytes, out News one, out int consumed).IsOk);
        Assert.True(News.TryDecode(bytes.AsSpan(consumed), out News two, out int rest).IsOk);
        Assert.Equal((first.Length, bytes.Length), (consumed, consumed + rest));
        Assert.Equal((1, 3), (one.Body[0], two.Body[1]));
    }

    [Fact]
    public void Entries_of_a_newer_sender_are_longer_and_what_is_behind_ours_is_skipped()
    {
        Book book = Wire.Decode<Book>(Wire.Hex("""
            00000000 0000
            0900 0200  01 0000000A 0014 EEEE  02 0000000B 0015 EEEE
            0700 0000
            """));

        Assert.Equal((10u, 21), (book.Bids[0].Price, book.Bids[1].Quantity));
    }

    [Fact]
    public void Entries_of_an_older_sender_are_shorter_and_what_they_lack_is_zero()
    {
        byte[] bytes = Wire.Hex("""
            00000000 0000
            0500 0200  01 0000000A  02 0000000B
            0100 0100  01
            """);
        Book book = Wire.Decode<Book>(bytes);

        Assert.Equal((10u, 0, 11u, 0), (book.Bids[0].Price, book.Bids[0].Quantity, book.Bids[1].Price, book.Bids[1].Quantity));
        Assert.Equal((Side.Buy, 0u), (book.Asks[0].Side, book.Asks[0].Price));
        Assert.Equal(11u, new Book.View(bytes).Bids[1].Price);
    }

    [Fact]
    public void Members_an_older_sender_did_not_know_are_default()
    {
        Profile first = Wire.Decode<Profile>(Wire.Hex("0700 02 05000000 0900"));
        Assert.Equal((5u, 0, default(Side), ""), (first.Id, first.Age, first.Side, first.Country));
        Assert.Equal([9], first.Scores.ToArray());

        Profile second = Wire.Decode<Profile>(Wire.Hex("0900 01 05000000 2A00"));
        Assert.Equal((42, default(Side)), (second.Age, second.Side));

        Profile.View view = new(Wire.Hex("0900 01 05000000 2A00"));
        Assert.Equal((42, default(Side), ""), (view.Age, view.Side, view.Country));
    }

    [Fact]
    public void Members_a_newer_sender_added_are_skipped()
    {
        Profile profile = Wire.Decode<Profile>(Wire.Hex("1000 02 05000000 0200 02 44450000 EEEE 0900"));

        Assert.Equal((Side.Sell, "DE", 9), (profile.Side, profile.Country, profile.Scores[0]));
    }

    [Theory]
    [InlineData("0600 01 05000000", "BlockLength", "not from 7 to 40")]
    [InlineData("2900 01 05000000", "BlockLength", "not from 7 to 40")]
    [InlineData("0E00 00 05000000 0200 02 44450000", "_scoreCount", "not from 1 to 4")]
    [InlineData("0E00 01 05000000 0200 03 44450000", "Side", "not a defined value of Side")]
    public void A_block_that_cannot_be_is_invalid(string bytes, string field, string reason) =>
        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<Profile>(Wire.Hex(bytes)));

    [Fact]
    public void Encoding_a_message_of_variable_size_writes_its_bytes_and_no_others()
    {
        Book book = VariableGoldenTests.SampleBook();
        byte[] bytes = new byte[100];
        Array.Fill(bytes, (byte)0xCC);

        int written = Book.Encode(book, bytes);

        Assert.Equal(Book.SizeOf(book), written);
        Assert.Equal(-1, bytes.AsSpan(written).IndexOfAnyExcept((byte)0xCC));
        Array.Fill(bytes, (byte)0x33);
        Assert.Throws<ArgumentOutOfRangeException>(() => Book.Encode(book, bytes.AsSpan(0, written - 1)));
        Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)0x33));
    }

    [Fact]
    public void Encoding_and_decoding_allocate_nothing_but_strings()
    {
        Book book = VariableGoldenTests.SampleBook();
        byte[] bytes = Wire.Encode(book);
        Book.TryDecode(bytes, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Book.Encode(in book, bytes);
            Book.TryDecode(bytes, out book);
            book.Trades = [1, 2];
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void CutAnywhere<T>(byte[] bytes) where T : unmanaged, IWireLayout<T>
    {
        Assert.True(T.TryDecode(bytes, out _, out int consumed).IsOk);
        Assert.Equal(bytes.Length, consumed);
        for (int length = 0; length < bytes.Length; length++)
        {
            ParseStatus status = Wire.Status<T>(bytes.AsSpan(0, length));
            Assert.Equal(ParseResult.NeedMore, status.Result);
            Assert.InRange(status.BytesNeeded, 1, bytes.Length - length);
        }
    }
}
