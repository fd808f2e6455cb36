using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MemoryPack;
using Perfolizer.Horology;

namespace ZeroCopySockets.Benchmarks.Generating;

/// <summary>The message, in network byte order.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct NetworkQuote
{
    public ulong Sequence;
    public long Bid;
    public long Ask;
    public uint BidSize;
    public uint AskSize;
    public ushort Venue;
    public byte Side;
    public byte Flags;
}

/// <summary>The same message in the byte order of the machine, which is how MemoryMarshal and MemoryPack write it.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct MachineQuote
{
    public ulong Sequence;
    public long Bid;
    public long Ask;
    public uint BidSize;
    public uint AskSize;
    public ushort Venue;
    public byte Side;
    public byte Flags;
}

/// <summary>
/// Encoding and decoding a message: generated, by hand, and by MemoryPack. Decoding checks the length once, and the caller asks
/// whether it went well. Each operation is one message of an array that stays in the first-level cache.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class CodecBenchmark
{
    private const int Messages = 200;

    private readonly NetworkQuote[] _network = new NetworkQuote[Messages];
    private readonly MachineQuote[] _machine = new MachineQuote[Messages];
    private readonly byte[] _bytes = new byte[Messages * NetworkQuote.WireSize];
    private readonly ArrayBufferWriter<byte> _writer = new(Messages * NetworkQuote.WireSize);

    private const int Passes = 21;

    /// <summary>
    /// Measures everything many times over, each time for a moment, so that a machine whose speed changes from second to second takes all
    /// ways along; prints one table.
    /// </summary>
    public static int Run(bool isSmoke)
    {
        // In this process: a generated project beside this one would have to be restored against its lock files.
        Job job = (isSmoke ? Job.Dry : Job.Default.WithWarmupCount(2).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(10)))
            .WithToolchain(InProcessEmitToolchain.Instance);
        ManualConfig config = ManualConfig.CreateEmpty().AddJob(job).WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
        var passes = new List<Summary>();
        for (int pass = 1; pass <= (isSmoke ? 1 : Passes); pass++)
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} pass {pass}");
            passes.Add(BenchmarkRunner.Run<CodecBenchmark>(config));
        }

        if (passes.Any(pass => pass.HasCriticalValidationErrors || pass.Reports.Any(report => !report.Success)))
        {
            return 1;
        }

        Console.WriteLine(CodecTable.Of(passes));
        return 0;
    }

    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < Messages; i++)
        {
            _network[i] = new NetworkQuote { Sequence = (ulong)i, Bid = i, Ask = i + 1, BidSize = 10, AskSize = 20, Venue = 3, Side = 1 };
            _machine[i] = new MachineQuote { Sequence = (ulong)i, Bid = i, Ask = i + 1, BidSize = 10, AskSize = 20, Venue = 3, Side = 1 };
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages), BenchmarkCategory("Encode, network order")]
    public void EncodeByHand()
    {
        Span<byte> rest = _bytes;
        foreach (ref readonly NetworkQuote quote in _network.AsSpan())
        {
            Write(in quote, rest);
            rest = rest[NetworkQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Encode, network order")]
    public void EncodeGenerated()
    {
        Span<byte> rest = _bytes;
        foreach (ref readonly NetworkQuote quote in _network.AsSpan())
        {
            NetworkQuote.Encode(in quote, rest);
            rest = rest[NetworkQuote.WireSize..];
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages), BenchmarkCategory("Decode, network order")]
    public void DecodeByHand()
    {
        ReadOnlySpan<byte> rest = _bytes;
        foreach (ref NetworkQuote quote in _network.AsSpan())
        {
            if (!TryRead(rest, out quote))
            {
                break;
            }

            rest = rest[NetworkQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Decode, network order")]
    public void DecodeGenerated()
    {
        ReadOnlySpan<byte> rest = _bytes;
        foreach (ref NetworkQuote quote in _network.AsSpan())
        {
            if (!NetworkQuote.TryDecode(rest, out quote).IsOk)
            {
                break;
            }

            rest = rest[NetworkQuote.WireSize..];
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages), BenchmarkCategory("Encode, machine order")]
    public void EncodeWithMemoryMarshal()
    {
        Span<byte> rest = _bytes;
        foreach (ref readonly MachineQuote quote in _machine.AsSpan())
        {
            MemoryMarshal.Write(rest, in quote);
            rest = rest[MachineQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Encode, machine order")]
    public void EncodeGeneratedInMachineOrder()
    {
        Span<byte> rest = _bytes;
        foreach (ref readonly MachineQuote quote in _machine.AsSpan())
        {
            MachineQuote.Encode(in quote, rest);
            rest = rest[MachineQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Encode, machine order")]
    public void EncodeWithMemoryPack()
    {
        ArrayBufferWriter<byte> output = _writer;
        output.ResetWrittenCount();
        using MemoryPackWriterOptionalState state = MemoryPackWriterOptionalStatePool.Rent(MemoryPackSerializerOptions.Default);
        var writer = new MemoryPackWriter<ArrayBufferWriter<byte>>(ref output, state);
        foreach (ref readonly MachineQuote quote in _machine.AsSpan())
        {
            writer.WriteUnmanaged(in quote);
        }

        writer.Flush();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages), BenchmarkCategory("Decode, machine order")]
    public void DecodeWithMemoryMarshal()
    {
        ReadOnlySpan<byte> rest = _bytes;
        foreach (ref MachineQuote quote in _machine.AsSpan())
        {
            if (!MemoryMarshal.TryRead(rest, out quote))
            {
                break;
            }

            rest = rest[MachineQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Decode, machine order")]
    public void DecodeGeneratedInMachineOrder()
    {
        ReadOnlySpan<byte> rest = _bytes;
        foreach (ref MachineQuote quote in _machine.AsSpan())
        {
            if (!MachineQuote.TryDecode(rest, out quote).IsOk)
            {
                break;
            }

            rest = rest[MachineQuote.WireSize..];
        }
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("Decode, machine order")]
    public void DecodeWithMemoryPack()
    {
        ReadOnlySpan<byte> rest = _bytes;
        foreach (ref MachineQuote quote in _machine.AsSpan())
        {
            MemoryPackSerializer.Deserialize(rest[..MachineQuote.WireSize], ref quote);
            rest = rest[MachineQuote.WireSize..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(in NetworkQuote quote, Span<byte> destination)
    {
        Span<byte> wire = destination[..NetworkQuote.WireSize];
        BinaryPrimitives.WriteUInt64BigEndian(wire, quote.Sequence);
        BinaryPrimitives.WriteInt64BigEndian(wire[8..], quote.Bid);
        BinaryPrimitives.WriteInt64BigEndian(wire[16..], quote.Ask);
        BinaryPrimitives.WriteUInt32BigEndian(wire[24..], quote.BidSize);
        BinaryPrimitives.WriteUInt32BigEndian(wire[28..], quote.AskSize);
        BinaryPrimitives.WriteUInt16BigEndian(wire[32..], quote.Venue);
        wire[34] = quote.Side;
        wire[35] = quote.Flags;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ReadOnlySpan<byte> source, out NetworkQuote quote)
    {
        quote = default;
        if (source.Length < NetworkQuote.WireSize)
        {
            return false;
        }

        ReadOnlySpan<byte> wire = source[..NetworkQuote.WireSize];
        quote.Sequence = BinaryPrimitives.ReadUInt64BigEndian(wire);
        quote.Bid = BinaryPrimitives.ReadInt64BigEndian(wire[8..]);
        quote.Ask = BinaryPrimitives.ReadInt64BigEndian(wire[16..]);
        quote.BidSize = BinaryPrimitives.ReadUInt32BigEndian(wire[24..]);
        quote.AskSize = BinaryPrimitives.ReadUInt32BigEndian(wire[28..]);
        quote.Venue = BinaryPrimitives.ReadUInt16BigEndian(wire[32..]);
        quote.Side = wire[34];
        quote.Flags = wire[35];
        return true;
    }
}
