using Xunit.Abstractions;
using Xunit.Sdk;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>
/// A test of a suite that is run once per engine. The class it runs in says which: one marked
/// <see cref="NeedsIoUringAttribute"/> is skipped with the reason where there is no io_uring, say.
/// </summary>
[XunitTestCaseDiscoverer("ZeroCopySockets.Runtime.Tests.EngineFactDiscoverer", "ZeroCopySockets.Runtime.Tests")]
public sealed class EngineFactAttribute : FactAttribute;

/// <summary>An <see cref="EngineFactAttribute"/> with cases.</summary>
[XunitTestCaseDiscoverer("ZeroCopySockets.Runtime.Tests.EngineTheoryDiscoverer", "ZeroCopySockets.Runtime.Tests")]
public sealed class EngineTheoryAttribute : TheoryAttribute;

/// <summary>Marks a test class whose tests mean nothing without io_uring.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsIoUringAttribute : Attribute;

/// <summary>Finds the tests marked <see cref="EngineFactAttribute"/>.</summary>
public sealed class EngineFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        EngineSkip.ReasonFor(method) is { } reason
            ? new EngineTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, null, reason)
            : base.CreateTestCase(options, method, fact);
}

/// <summary>Finds the tests marked <see cref="EngineTheoryAttribute"/>.</summary>
public sealed class EngineTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    /// <inheritdoc/>
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo theory, object[] row) =>
        EngineSkip.ReasonFor(method) is { } reason
            ? [new EngineTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, row, reason)]
            : base.CreateTestCasesForDataRow(options, method, theory, row);
}

/// <summary>A test case that is skipped for a reason found at discovery.</summary>
public sealed class EngineTestCase : XunitTestCase
{
    /// <summary>For the deserializer.</summary>
    [Obsolete("Called by the de-serializer only.", error: true)]
    public EngineTestCase()
    {
    }

    /// <summary>Creates the case.</summary>
    public EngineTestCase(
        IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method, object[]? arguments, string reason)
        : base(messages, display, displayOptions, method, arguments) => SkipReason = reason;

    /// <inheritdoc/>
    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue("EngineSkipReason", SkipReason);
    }

    /// <inheritdoc/>
    public override void Deserialize(IXunitSerializationInfo data)
    {
        base.Deserialize(data);
        SkipReason = data.GetValue<string>("EngineSkipReason");
    }

    /// <inheritdoc/>
    protected override string GetSkipReason(IAttributeInfo factAttribute) => SkipReason;
}

internal static class EngineSkip
{
    public static string? ReasonFor(ITestMethod method) =>
        method.TestClass.Class.GetCustomAttributes(typeof(NeedsIoUringAttribute)).Any() ? Conditions.NoIoUring : null;
}
