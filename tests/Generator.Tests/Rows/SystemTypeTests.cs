using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Trade
{
    public Guid Id;
    public DateTime Time;
    public TimeSpan Latency;
    public decimal Price;
    [ByteOrder(ByteOrder.LittleEndian)] public Guid IdLe;
    [ByteOrder(ByteOrder.LittleEndian)] public DateTime TimeLe;
    [ByteOrder(ByteOrder.LittleEndian)] public TimeSpan LatencyLe;
    [ByteOrder(ByteOrder.LittleEndian)] public decimal PriceLe;
}

/// <summary>Guid, DateTime, TimeSpan and decimal.</summary>
public class SystemTypeTests
{
    private static readonly Trade s_trade = new()
    {
        // The UUID of RFC 9562, appendix A.1.
        Id = Guid.Parse("C232AB00-9414-11EC-B3C8-9F6BDECED846"),
        Time = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        Latency = TimeSpan.FromTicks(-2),
        Price = -1.5m,
        IdLe = Guid.Parse("C232AB00-9414-11EC-B3C8-9F6BDECED846"),
        TimeLe = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        LatencyLe = TimeSpan.FromTicks(-2),
        PriceLe = -1.5m,
    };

    [Fact]
    public void Types_of_the_framework_have_the_bytes_their_byte_order_says()
    {
        // 1970 is 621,355,968,000,000,000 ticks = 0x089F7FF5F7B58000. -1.5 is 15, scale 1, negative.
        byte[] expected = Wire.Hex("""
            C232AB00941411ECB3C89F6BDECED846
            089F7FF5F7B58000
            FFFFFFFFFFFFFFFE
            80010000 00000000 00000000 0000000F
            00AB32C21494EC11B3C89F6BDECED846
            0080B5F7F57F9F08
            FEFFFFFFFFFFFFFF
            0F000000 00000000 00000000 00000180
            """);

        Assert.Equal(expected, Wire.Encode(s_trade));
        Trade decoded = Wire.Decode<Trade>(expected);
        Assert.Equal(s_trade, decoded);
        Assert.Equal(DateTimeKind.Utc, decoded.Time.Kind);
    }

    [Fact]
    public void A_random_message_survives_the_wire()
    {
        Gen<Trade> trades =
            from id in Gen.Guid
            from time in Gen.DateTime.Utc
            from latency in Gen.TimeSpan
            from price in Gen.Decimal
            select new Trade { Id = id, IdLe = id, Time = time, TimeLe = time, Latency = latency, LatencyLe = latency, Price = price, PriceLe = price };
        trades.Sample(Wire.Survives);
    }

    [Fact]
    public void A_local_time_travels_as_the_same_moment_and_one_without_kind_as_it_is()
    {
        DateTime utc = s_trade.Time;

        Assert.Equal(utc, Wire.Decode<Trade>(Wire.Encode(new Trade { Time = utc.ToLocalTime() })).Time);
        Assert.Equal(utc, Wire.Decode<Trade>(Wire.Encode(new Trade { Time = DateTime.SpecifyKind(utc, DateTimeKind.Unspecified) })).Time);
    }

    [Fact]
    public void The_scale_and_the_sign_of_a_zero_survive()
    {
        decimal negativeZero = new(0, 0, 0, isNegative: true, scale: 3);

        Assert.Equal(decimal.GetBits(negativeZero), decimal.GetBits(Wire.Decode<Trade>(Wire.Encode(new Trade { Price = negativeZero })).Price));
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF")]
    [InlineData("2BCA2875F4374000")]
    [InlineData("8000000000000000")]
    public void Ticks_outside_the_years_1_to_9999_are_invalid(string ticks)
    {
        byte[] bytes = Wire.Encode(s_trade);
        Wire.Hex(ticks).CopyTo(bytes, Trade.Offsets.Time);

        Assert.Equal(ParseStatus.Invalid("Time", "no moment between the years 1 and 9999"), Wire.Status<Trade>(bytes));
    }

    [Theory]
    [InlineData("001D0000", false)]
    [InlineData("001C0000", true)]
    [InlineData("00000001", false)]
    [InlineData("40000000", false)]
    [InlineData("801C0000", true)]
    public void A_scale_above_28_or_a_reserved_bit_is_invalid(string flags, bool isValid)
    {
        byte[] bytes = Wire.Encode(s_trade);
        Wire.Hex(flags).CopyTo(bytes, Trade.Offsets.Price);

        ParseStatus expected = isValid ? ParseStatus.Ok : ParseStatus.Invalid("Price", "no decimal: a scale above 28, or a reserved bit");
        Assert.Equal(expected, Wire.Status<Trade>(bytes));
    }
}
