namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends a snapshot to one replica after another, a page at a time, with functions inside functions.</summary>
internal static class SnapshotReplicator
{
    public static async Task ReplicateAsync(
        IEnumerable<ZeroCopySocket> replicas, IReadOnlyList<byte[]> pages, Action<ZeroCopySocket, int> report, CancellationToken stopping)
    {
        foreach (ZeroCopySocket replica in replicas)
        {
            int done = 0;
            foreach (byte[] page in pages)
            {
                using BufferLease lease = await replica.RentAsync(page.Length, stopping);
                await SendPageAsync(replica, lease, page);
                done++;
            }

            report(replica, done);
        }

        async Task SendPageAsync(ZeroCopySocket replica, BufferLease lease, byte[] page)
        {
            for (int attempt = 0; attempt < 3; attempt++)
            {
                page.CopyTo(lease.Edit());
                await replica.SendAndRecycleAsync(lease, stopping);
                if (await AcknowledgedAsync(replica))
                {
                    return;
                }
            }

            throw new TimeoutException();
        }

        async Task<bool> AcknowledgedAsync(ZeroCopySocket replica)
        {
            byte[] acknowledgement = new byte[1];
            return await replica.ReceiveAsync(acknowledgement, stopping) == 1 && acknowledgement[0] == 1;
        }
    }
}
