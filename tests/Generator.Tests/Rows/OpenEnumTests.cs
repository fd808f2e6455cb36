using System.Runtime.CompilerServices;
using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

public enum Exchange : ushort
{
    Primary = 1,
}

/// <summary>An enum whose values are all somebody else's to define.</summary>
public enum Vendor : byte;

[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Routed
{
    [OpenEnum] public Exchange Exchange;
    [OpenEnum] public Vendor Vendor;
    [OpenEnum] public InlineArray2<Exchange> Hops;
    public Exchange Strict;
}

/// <summary><c>[OpenEnum]</c>: values that an enum does not define.</summary>
public class OpenEnumTests
{
    [Fact]
    public void Values_that_are_not_defined_travel()
    {
        var message = new Routed { Exchange = (Exchange)0xBEEF, Vendor = (Vendor)7, Strict = Exchange.Primary };
        message.Hops[1] = (Exchange)2;

        byte[] expected = Wire.Hex("BEEF 07 0000 0002 0001");
        Assert.Equal(expected, Wire.Encode(message));
        Routed decoded = Wire.Decode<Routed>(expected);
        Assert.Equal(((Exchange)0xBEEF, (Vendor)7, (Exchange)2), (decoded.Exchange, decoded.Vendor, decoded.Hops[1]));
    }

    [Fact]
    public void A_random_message_survives_the_wire() =>
        Gen.Select(Gen.UShort, Gen.Byte).Select((exchange, vendor) => new Routed { Exchange = (Exchange)exchange, Vendor = (Vendor)vendor, Strict = Exchange.Primary })
            .Sample(Wire.Survives);

    [Fact]
    public void Without_the_attribute_they_are_invalid()
    {
        byte[] bytes = Wire.Encode(new Routed { Strict = (Exchange)2 });

        Assert.Equal(ParseStatus.Invalid("Strict", "not a defined value of Exchange"), Wire.Status<Routed>(bytes));
    }

    [Theory]
    [InlineData("byte")]
    [InlineData("InlineArray2<byte>")]
    [InlineData("Inner")]
    public Task On_a_field_that_is_no_enum_it_is_reported(string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public partial struct Inner { public byte Value; }
        [ZeroCopyBuffer] public partial struct Tick { [OpenEnum] public {{type}} {|ZCS1023:Value|}; }
        """);
}
