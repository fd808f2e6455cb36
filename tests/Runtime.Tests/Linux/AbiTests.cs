using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>
/// Every size, offset and constant beside what a C compiler makes of the installed headers. (Two public .NET attempts
/// shipped wrong opcode numbers that probed as supported.)
/// </summary>
public sealed class AbiTests
{
    // RegisterCloneBuffers and CloneBuffers (6.12) are newer than many installed headers, as are FeatRwAttr (6.14) and
    // RegisterZeroCopyReceive (6.15): RingBehaviourTests, PlaceTests and KernelCapabilitiesTests prove them by use.
    private static readonly (string C, long Ours)[] s_facts =
    [
        ("__NR_io_uring_setup", IoUringAbi.SyscallSetup),
        ("__NR_io_uring_enter", IoUringAbi.SyscallEnter),
        ("__NR_io_uring_register", IoUringAbi.SyscallRegister),
        ("IORING_OP_POLL_ADD", IoUringAbi.OpPollAdd),
        ("IORING_OP_SENDMSG", IoUringAbi.OpSendMsg),
        ("IORING_OP_RECVMSG", IoUringAbi.OpRecvMsg),
        ("IORING_OP_ACCEPT", IoUringAbi.OpAccept),
        ("IORING_OP_ASYNC_CANCEL", IoUringAbi.OpAsyncCancel),
        ("IORING_OP_CONNECT", IoUringAbi.OpConnect),
        ("IORING_OP_SEND", IoUringAbi.OpSend),
        ("IORING_OP_RECV", IoUringAbi.OpRecv),
        ("IORING_OP_SEND_ZC", IoUringAbi.OpSendZc),
        ("IORING_OP_SENDMSG_ZC", IoUringAbi.OpSendMsgZc),
        ("IOSQE_FIXED_FILE", IoUringAbi.SqeFixedFile),
        ("IORING_REGISTER_FILES_UPDATE", IoUringAbi.RegisterFilesUpdate),
        ("IORING_REGISTER_FILES2", IoUringAbi.RegisterFiles2),
        ("IORING_RSRC_REGISTER_SPARSE", IoUringAbi.FileTableSparse),
        ("IOSQE_BUFFER_SELECT", IoUringAbi.SqeBufferSelect),
        ("IORING_RECV_MULTISHOT", IoUringAbi.RecvMultishot),
        ("IORING_ACCEPT_MULTISHOT", IoUringAbi.AcceptMultishot),
        ("IORING_CQE_F_BUFFER", Completion.BufferTaken),
        ("IORING_CQE_BUFFER_SHIFT", Completion.BufferShift),
        ("IORING_REGISTER_PBUF_RING", IoUringAbi.RegisterBufferRing),
        ("IORING_REGISTER_RING_FDS", IoUringAbi.RegisterRingFds),
        ("IORING_UNREGISTER_RING_FDS", IoUringAbi.UnregisterRingFds),
        ("IORING_ENTER_REGISTERED_RING", IoUringAbi.EnterRegisteredRing),
        ("IORING_RECVSEND_POLL_FIRST", IoUringAbi.RecvSendPollFirst),
        ("IORING_CQE_F_SOCK_NONEMPTY", Completion.SocketNotEmpty),
        ("IORING_RECVSEND_FIXED_BUF", IoUringAbi.RecvSendFixedBuf),
        ("IORING_SEND_ZC_REPORT_USAGE", IoUringAbi.SendZcReportUsage),
        ("IORING_NOTIF_USAGE_ZC_COPIED", Completion.ZeroCopyCopied),
        ("IORING_CQE_F_MORE", Completion.More),
        ("IORING_CQE_F_NOTIF", Completion.Notification),
        ("IORING_POLL_ADD_MULTI", IoUringAbi.PollAddMulti),
        ("IORING_ASYNC_CANCEL_ALL", IoUringAbi.AsyncCancelAll),
        ("IORING_ASYNC_CANCEL_FD", IoUringAbi.AsyncCancelFd),
        ("IORING_SETUP_CQSIZE", IoUringAbi.SetupCqSize),
        ("IORING_SETUP_CLAMP", IoUringAbi.SetupClamp),
        ("IORING_SETUP_SUBMIT_ALL", IoUringAbi.SetupSubmitAll),
        ("IORING_SETUP_COOP_TASKRUN", IoUringAbi.SetupCoopTaskrun),
        ("IORING_SETUP_CQE32", IoUringAbi.SetupCqe32),
        ("IORING_SETUP_SINGLE_ISSUER", IoUringAbi.SetupSingleIssuer),
        ("IORING_SETUP_DEFER_TASKRUN", IoUringAbi.SetupDeferTaskrun),
        ("IORING_FEAT_SINGLE_MMAP", IoUringAbi.FeatSingleMmap),
        ("IORING_FEAT_NODROP", IoUringAbi.FeatNoDrop),
        ("IORING_FEAT_SUBMIT_STABLE", IoUringAbi.FeatSubmitStable),
        ("IORING_FEAT_FAST_POLL", IoUringAbi.FeatFastPoll),
        ("IORING_ENTER_GETEVENTS", IoUringAbi.EnterGetEvents),
        ("IORING_SQ_CQ_OVERFLOW", IoUringAbi.SqCqOverflow),
        ("IORING_CQ_EVENTFD_DISABLED", IoUringAbi.CqEventFdDisabled),
        ("IORING_REGISTER_BUFFERS", IoUringAbi.RegisterBuffers),
        ("IORING_REGISTER_EVENTFD", IoUringAbi.RegisterEventFd),
        ("IORING_REGISTER_RING_FDS", IoUringAbi.RegisterRingFds),
        ("IORING_UNREGISTER_RING_FDS", IoUringAbi.UnregisterRingFds),
        ("IORING_ENTER_REGISTERED_RING", IoUringAbi.EnterRegisteredRing),
        ("IORING_RECVSEND_POLL_FIRST", IoUringAbi.RecvSendPollFirst),
        ("IORING_CQE_F_SOCK_NONEMPTY", Completion.SocketNotEmpty),
        ("IORING_OFF_SQ_RING", IoUringAbi.OffsetSqRing),
        ("IORING_OFF_SQES", IoUringAbi.OffsetSqes),
        ("PROT_READ | PROT_WRITE", Libc.ProtReadWrite),
        ("MAP_SHARED", Libc.MapShared),
        ("MAP_PRIVATE", Libc.MapPrivate),
        ("MAP_ANONYMOUS", Libc.MapAnonymous),
        ("MAP_POPULATE", Libc.MapPopulate),
        ("MADV_DONTFORK", Libc.MadvDontFork),
        ("EFD_CLOEXEC", Libc.EfdCloexec),
        ("EFD_NONBLOCK", Libc.EfdNonblock),
        ("SOCK_CLOEXEC", Libc.SockCloexec),
        ("MSG_TRUNC", Libc.MsgTrunc),
        ("MSG_DONTWAIT", Libc.MsgDontWait),
        ("MSG_WAITALL", Libc.MsgWaitAll),
        ("MSG_NOSIGNAL", Libc.MsgNoSignal),
        ("IPPROTO_UDP", Libc.SolUdp),
        ("UDP_SEGMENT", Libc.UdpSegment),
        ("UDP_GRO", Libc.UdpGro),
        ("IOV_MAX", SegmentList.MaxSegments),
        ("POLLIN", Libc.PollIn),
        ("RLIMIT_MEMLOCK", Libc.RlimitMemlock),
        ("RLIMIT_NOFILE", Libc.RlimitNoFile),
        ("F_GETFL", Libc.FcntlGetFlags),
        ("F_SETFL", Libc.FcntlSetFlags),
        ("O_NONBLOCK", Libc.OpenNonblock),
        ("sizeof(struct sockaddr_un)", MessageBlock.MaxAddressLength),
        .. Layout<SubmissionEntry>(
            "struct io_uring_sqe",
            ("opcode", nameof(SubmissionEntry.Opcode)),
            ("flags", nameof(SubmissionEntry.Flags)),
            ("ioprio", nameof(SubmissionEntry.IoPrio)),
            ("fd", nameof(SubmissionEntry.Fd)),
            ("off", nameof(SubmissionEntry.Offset)),
            ("addr2", nameof(SubmissionEntry.Offset)),
            ("addr", nameof(SubmissionEntry.Address)),
            ("len", nameof(SubmissionEntry.Length)),
            ("msg_flags", nameof(SubmissionEntry.OperationFlags)),
            ("poll32_events", nameof(SubmissionEntry.OperationFlags)),
            ("accept_flags", nameof(SubmissionEntry.OperationFlags)),
            ("cancel_flags", nameof(SubmissionEntry.OperationFlags)),
            ("user_data", nameof(SubmissionEntry.UserData)),
            ("buf_index", nameof(SubmissionEntry.BufferIndex)),
            ("addr_len", nameof(SubmissionEntry.AddressLength))),
        .. Layout<CompletionEntry>(
            "struct io_uring_cqe",
            ("user_data", nameof(CompletionEntry.UserData)),
            ("res", nameof(CompletionEntry.Result)),
            ("flags", nameof(CompletionEntry.Flags))),
        .. Layout<RingParameters>(
            "struct io_uring_params",
            ("sq_entries", nameof(RingParameters.SubmissionEntries)),
            ("cq_entries", nameof(RingParameters.CompletionEntries)),
            ("flags", nameof(RingParameters.Flags)),
            ("features", nameof(RingParameters.Features)),
            ("sq_off", nameof(RingParameters.SubmissionOffsets)),
            ("cq_off", nameof(RingParameters.CompletionOffsets))),
        .. Layout<SubmissionRingOffsets>(
            "struct io_sqring_offsets",
            ("head", nameof(SubmissionRingOffsets.Head)),
            ("tail", nameof(SubmissionRingOffsets.Tail)),
            ("ring_mask", nameof(SubmissionRingOffsets.RingMask)),
            ("flags", nameof(SubmissionRingOffsets.Flags)),
            ("array", nameof(SubmissionRingOffsets.Array))),
        .. Layout<CompletionRingOffsets>(
            "struct io_cqring_offsets",
            ("head", nameof(CompletionRingOffsets.Head)),
            ("tail", nameof(CompletionRingOffsets.Tail)),
            ("ring_mask", nameof(CompletionRingOffsets.RingMask)),
            ("cqes", nameof(CompletionRingOffsets.Entries)),
            ("flags", nameof(CompletionRingOffsets.Flags))),
        ("offsetof(struct io_uring_sqe, buf_group)", (long)Marshal.OffsetOf<SubmissionEntry>(nameof(SubmissionEntry.BufferIndex))),
        ("offsetof(struct io_uring_buf_ring, tail)", (long)Marshal.OffsetOf<ProvidedBuffer>(nameof(ProvidedBuffer.Tail))),
        .. Layout<ProvidedBuffer>(
            "struct io_uring_buf",
            ("addr", nameof(ProvidedBuffer.Address)),
            ("len", nameof(ProvidedBuffer.Length)),
            ("bid", nameof(ProvidedBuffer.Number)),
            ("resv", nameof(ProvidedBuffer.Tail))),
        .. Layout<FileTable>(
            "struct io_uring_rsrc_register",
            ("nr", nameof(FileTable.Count)),
            ("flags", nameof(FileTable.Flags)),
            ("data", nameof(FileTable.Data)),
            ("tags", nameof(FileTable.Tags))),
        .. Layout<ResourceUpdate>(
            "struct io_uring_rsrc_update",
            ("offset", nameof(ResourceUpdate.Offset)),
            ("data", nameof(ResourceUpdate.Data))),
        .. Layout<BufferRingRegistration>(
            "struct io_uring_buf_reg",
            ("ring_addr", nameof(BufferRingRegistration.RingAddress)),
            ("ring_entries", nameof(BufferRingRegistration.RingEntries)),
            ("bgid", nameof(BufferRingRegistration.Group)),
            ("resv", nameof(BufferRingRegistration.Reserved))),
        .. Layout<IoVector>("struct iovec", ("iov_base", nameof(IoVector.Base)), ("iov_len", nameof(IoVector.Length))),
        .. Layout<Segment>("struct iovec", ("iov_base", nameof(Segment.Buffer)), ("iov_len", nameof(Segment.Length))),
        ("offsetof(struct cmsghdr, cmsg_len)", Marshal.OffsetOf<ControlHeader>(nameof(ControlHeader.Length))),
        ("offsetof(struct cmsghdr, cmsg_level)", Marshal.OffsetOf<ControlHeader>(nameof(ControlHeader.Level))),
        ("offsetof(struct cmsghdr, cmsg_type)", Marshal.OffsetOf<ControlHeader>(nameof(ControlHeader.Type))),
        ("CMSG_LEN(0)", Marshal.OffsetOf<ControlHeader>(nameof(ControlHeader.Value))),
        .. Layout<MessageHeader>(
            "struct msghdr",
            ("msg_name", nameof(MessageHeader.Name)),
            ("msg_namelen", nameof(MessageHeader.NameLength)),
            ("msg_iov", nameof(MessageHeader.Vectors)),
            ("msg_iovlen", nameof(MessageHeader.VectorCount)),
            ("msg_control", nameof(MessageHeader.Control)),
            ("msg_controllen", nameof(MessageHeader.ControlLength)),
            ("msg_flags", nameof(MessageHeader.Flags))),
    ];

    private static readonly (string C, int Ours)[] s_errors =
    [
        .. typeof(KernelError).GetFields()
            .Where(field => field.IsLiteral)
            .Select(field => (field.Name, (int)field.GetRawConstantValue()!)),
    ];

    [HeaderFact]
    public async Task Sizes_offsets_and_constants_are_those_of_the_installed_headers()
    {
        (string C, long Ours)[] facts = [.. s_facts, .. s_errors.Select(error => (error.C, (long)error.Ours))];
        string[] answers = await HeaderFactAttribute.AskAsync(facts.Select(fact => fact.C));
        Assert.Equal(facts.Select(fact => $"{fact.C} = {fact.Ours}"), facts.Zip(answers, (fact, answer) => $"{fact.C} = {answer}"));
    }

    [Fact]
    public void The_scratch_space_of_a_message_block_holds_a_header_and_a_vector()
    {
        Assert.True(Marshal.SizeOf<MessageHeader>() + Marshal.SizeOf<IoVector>() <= 9 * sizeof(ulong));
        Assert.Equal(0, (int)Marshal.OffsetOf<MessageBlock>(nameof(MessageBlock.Native)) % 8);
    }

    private static (string C, long Ours)[] Layout<T>(string type, params (string C, string Ours)[] fields) where T : unmanaged =>
    [
        ($"sizeof({type})", Marshal.SizeOf<T>()),
        .. fields.Select(field => ($"offsetof({type}, {field.C})", (long)Marshal.OffsetOf<T>(field.Ours))),
    ];

    /// <summary>A test that asks a C compiler about the Linux headers; skipped with the reason where there is none.</summary>
    private sealed class HeaderFactAttribute : FactAttribute
    {
        private const string Includes = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <limits.h>
            #include <poll.h>
            #include <netinet/in.h>
            #include <sys/eventfd.h>
            #include <sys/mman.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/syscall.h>
            #include <sys/uio.h>
            #include <sys/un.h>
            #include <linux/io_uring.h>
            #include <linux/udp.h>
            """;

        public HeaderFactAttribute()
        {
            if (!OperatingSystem.IsLinux() || !File.Exists("/usr/include/linux/io_uring.h"))
            {
                Skip = "needs linux/io_uring.h (package linux-libc-dev)";
            }
            else if (!HasCompiler())
            {
                Skip = "needs a C compiler named cc (package gcc)";
            }
        }

        public static async Task<string[]> AskAsync(IEnumerable<string> expressions)
        {
            string folder = Directory.CreateTempSubdirectory("zerocopysockets-abi-").FullName;
            try
            {
                var source = new StringBuilder(Includes).AppendLine().AppendLine("int main(void) {");
                foreach (string expression in expressions)
                {
                    source.AppendLine(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", (long long)({expression}));");
                }

                source.AppendLine("return 0; }");
                string file = Path.Combine(folder, "abi.c");
                await File.WriteAllTextAsync(file, source.ToString());
                await RunAsync("cc", "-o", Path.Combine(folder, "abi"), file);
                return (await RunAsync(Path.Combine(folder, "abi"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        private static bool HasCompiler()
        {
            try
            {
                RunAsync("cc", "--version").GetAwaiter().GetResult();
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }

        private static async Task<string> RunAsync(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await errors);
            return output;
        }
    }
}
