using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>What a receiver makes of bytes that are no message. None of it may throw.</summary>
public class ValidationTests
{
    [Fact]
    public void A_message_cut_anywhere_says_how_many_bytes_are_missing()
    {
        CutAnywhere(new Tick());
        CutAnywhere(new EveryScalar());
        CutAnywhere(GoldenBytesTests.SampleOrder());
        CutAnywhere(new Legacy.Envelope.@event());
        CutAnywhere(new Probe());
    }

    [Fact]
    public void A_bool_other_than_0_or_1_is_invalid()
    {
        byte[] bytes = Wire.Encode(new EveryScalar());
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            bytes[EveryScalar.Offsets.Bool] = (byte)value;
            ParseStatus expected = value <= 1 ? ParseStatus.Ok : ParseStatus.Invalid("Bool", "a bool must be 0 or 1");
            Assert.Equal(expected, Wire.Status<EveryScalar>(bytes));
        }
    }

    [Fact]
    public void An_enum_value_that_is_not_defined_is_invalid()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            bytes[Order.Offsets.Side] = (byte)value;
            bool defined = Enum.IsDefined((Side)value);
            ParseStatus expected = defined ? ParseStatus.Ok : ParseStatus.Invalid("Side", "not a defined value of Side");
            Assert.Equal(expected, Wire.Status<Order>(bytes));
        }
    }

    [Fact]
    public void A_signed_enum_with_gaps_accepts_its_values_and_nothing_between()
    {
        for (int value = short.MinValue; value <= short.MaxValue; value++)
        {
            byte[] bytes = Wire.Encode(new Header { Venue = (Venue)value });
            Assert.Equal(Enum.IsDefined((Venue)value), Wire.Status<Header>(bytes).IsOk);
        }
    }

    [Fact]
    public void A_flag_that_is_not_defined_is_invalid_and_every_union_of_defined_ones_is_not()
    {
        Order order = GoldenBytesTests.SampleOrder();
        for (int value = 0; value <= ushort.MaxValue; value++)
        {
            order.Flags = (OrderFlags)value;
            Assert.Equal((value & ~0b101) == 0, Wire.Status<Order>(Wire.Encode(order)).IsOk);
        }
    }

    [Fact]
    public void Elements_of_arrays_are_validated_too()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        bytes[Order.Offsets.Conditions + 3] = 2;
        Assert.Equal(ParseStatus.Invalid("Conditions", "a bool must be 0 or 1"), Wire.Status<Order>(bytes));

        bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        bytes[Order.Offsets.Legs + 1] = 0;
        Assert.Equal(ParseStatus.Invalid("Legs", "not a defined value of Side"), Wire.Status<Order>(bytes));

        bytes = Wire.Encode(new Legacy.Envelope.@event());
        bytes[Legacy.Envelope.@event.Offsets.Bits + 1] = 255;
        Assert.Equal(ParseStatus.Invalid("Bits", "a bool must be 0 or 1"), Wire.Status<Legacy.Envelope.@event>(bytes));
    }

    [Fact]
    public void A_nested_message_is_validated_and_the_path_to_its_field_is_named()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        bytes[Order.Offsets.Header + Header.Offsets.IsReplay] = 7;

        Assert.Equal(ParseStatus.Invalid("Header.IsReplay", "a bool must be 0 or 1"), Wire.Status<Order>(bytes));
    }

    [Fact]
    public void What_arrives_in_the_padding_is_ignored()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        bytes[Order.Offsets.Side + 1] = 0xCC;

        Order decoded = Wire.Decode<Order>(bytes);

        Assert.Equal(Wire.Encode(GoldenBytesTests.SampleOrder()), Wire.Encode(decoded));
    }

    [Fact]
    public void A_failed_decode_leaves_default_and_not_half_a_message()
    {
        byte[] bytes = Wire.Encode(GoldenBytesTests.SampleOrder());
        bytes[Order.Offsets.Conditions] = 9;

        Order.TryDecode(bytes, out Order order);

        Assert.Equal(new byte[Order.WireSize], Wire.Encode(order));
    }

    private static void CutAnywhere<T>(T message) where T : unmanaged, IWireLayout<T>
    {
        byte[] bytes = Wire.Encode(message);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ParseStatus.NeedMore(bytes.Length - length), Wire.Status<T>(bytes.AsSpan(0, length)));
        }
    }
}
