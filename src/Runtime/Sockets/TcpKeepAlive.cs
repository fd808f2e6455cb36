namespace ZeroCopySockets;

/// <summary>How TCP asks after a peer that is silent. The system counts in whole seconds; fractions are rounded up.</summary>
/// <param name="Time">Silence before the first probe (TCP_KEEPIDLE).</param>
/// <param name="Interval">Time between probes (TCP_KEEPINTVL).</param>
/// <param name="RetryCount">Probes without an answer after which the connection ends with <see cref="System.Net.Sockets.SocketError.TimedOut"/> (TCP_KEEPCNT), 1 to 127.</param>
public readonly record struct TcpKeepAlive(TimeSpan Time, TimeSpan Interval, int RetryCount);
