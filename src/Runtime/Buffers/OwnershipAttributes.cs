using System.ComponentModel;

namespace ZeroCopySockets;

/// <summary>Marks a type as a lease on a buffer: one to send from, or one that was received into. Read by the ownership analyzers.</summary>
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

/// <summary>
/// Marks a method that hands the lease it returns, or that its task gives, over to the caller, who then owes its disposal.
/// Read by the ownership analyzers.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class ReturnsOwnershipAttribute : Attribute;

/// <summary>
/// Marks a parameter whose lease the method takes over: it, and nobody else, disposes it, and the caller may use it no more.
/// Read by the ownership analyzers.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class TakesOwnershipAttribute : Attribute;

/// <summary>
/// Marks a parameter whose buffer the method only reads, before it returns: it may be called in flight, and afterwards nothing
/// has changed. Read by the ownership analyzers.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed class ReadsWhileInFlightAttribute : Attribute;
