using System.ComponentModel;

namespace ZeroCopySockets;

/// <summary>Marks a type as a lease on a buffer that a send lends to the kernel. Read by the ownership analyzers.</summary>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class BufferLeaseAttribute : Attribute;

/// <summary>Marks a member of a lease that writes to its buffer, or hands out a way to write. Read by the ownership analyzers.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class WritesBufferAttribute : Attribute;

/// <summary>
/// Marks a parameter whose buffer the kernel owns from the call on. Where the method returns a <see cref="SendReceipt"/>
/// the buffer comes back at <see cref="SendReceipt.Recycled"/>; otherwise when the returned task is awaited.
/// Read by the ownership analyzers.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class LentToKernelAttribute : Attribute;
