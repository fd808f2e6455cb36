namespace Rtp;

/// <summary>ITU-T G.711 µ-law: 14 bits of a sample in 8, with steps that grow with the signal.</summary>
internal static class MuLaw
{
    private const int Bias = 0x84;
    private const int Largest = 32_635;

    /// <summary>Fills a packet with a part of a sine.</summary>
    public static void Tone(Span<byte> samples, double hertz, int start, int rate)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = Encode((short)(16_000 * Math.Sin(2 * Math.PI * hertz * (start + i) / rate)));
        }
    }

    public static byte Encode(short sample)
    {
        int sign = sample < 0 ? 0x80 : 0;
        int magnitude = Math.Min(Math.Abs((int)sample), Largest) + Bias;
        int exponent = 24 - int.LeadingZeroCount(magnitude);
        int mantissa = (magnitude >> (exponent + 3)) & 0x0F;
        return (byte)~(sign | (exponent << 4) | mantissa);
    }
}
