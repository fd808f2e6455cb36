using ZeroCopySockets.Engine;
using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <content>What each operation is in the kernel's words: a submission queue entry (io_uring_enter(2)).</content>
internal sealed unsafe partial class LinuxRing
{
    private void Fill(SubmissionEntry* entry, in Submission submission)
    {
        entry->Fd = submission.Socket?.Fd ?? -1;
        entry->Address = (ulong)submission.Buffer;
        entry->Length = (uint)submission.Length;
        entry->UserData = submission.UserData;
        MessageBlock* message = submission.Message;
        switch (submission.Operation)
        {
            case KernelOperation.Send:
            case KernelOperation.SendZeroCopy:
                FillSend(entry, submission);
                break;
            case KernelOperation.Receive:
                entry->Opcode = OpRecv;
                entry->IoPrio = submission.PollFirst ? RecvSendPollFirst : (ushort)0;
                break;
            case KernelOperation.ReceiveMultishot:
                entry->Opcode = OpRecv;
                entry->Flags = SqeBufferSelect;
                entry->IoPrio = RecvMultishot;
                entry->BufferIndex = BufferGroup;
                break;
            case KernelOperation.WaitReadable:
                entry->Opcode = OpPollAdd;
                entry->OperationFlags = (uint)Libc.PollIn;
                break;
            case KernelOperation.ReceiveFrom:
                entry->Opcode = OpRecvMsg;
                entry->Address = (ulong)MessageHeaders.OfReceive(message, submission.Buffer, submission.Length);
                entry->Length = 1;
                break;
            case KernelOperation.Accept:
            case KernelOperation.AcceptMultishot:
                entry->Opcode = OpAccept;
                entry->Address = 0;
                entry->IoPrio = submission.Operation == KernelOperation.AcceptMultishot ? AcceptMultishot : (ushort)0;
                entry->OperationFlags = Libc.SockCloexec;
                break;
            case KernelOperation.Connect:
                entry->Opcode = OpConnect;
                entry->Address = (ulong)message->Address;
                entry->Offset = (ulong)message->AddressLength;
                entry->Length = 0;
                break;
            case KernelOperation.Cancel:
                entry->Opcode = OpAsyncCancel;
                entry->Address = submission.CancelTarget;
                break;
            case KernelOperation.CancelSocket:
                entry->Opcode = OpAsyncCancel;
                entry->OperationFlags = AsyncCancelFd | AsyncCancelAll;
                break;
            default:
                throw new InvalidOperationException($"Unknown operation {submission.Operation}.");
        }
    }

    private void FillSend(SubmissionEntry* entry, in Submission submission)
    {
        bool zeroCopy = submission.Operation == KernelOperation.SendZeroCopy;
        bool registered = submission.Registered && SlabRegistered;
        MessageBlock* message = submission.Message;
        entry->OperationFlags = (uint)(Libc.MsgNoSignal | (submission.WaitAll ? Libc.MsgWaitAll : 0));
        if (submission.Segments == null)
        {
            entry->Opcode = zeroCopy ? OpSendZc : OpSend;
            if (submission.HasDestination)
            {
                entry->Offset = (ulong)message->Address;
                entry->AddressLength = (ushort)message->AddressLength;
            }
        }
        else
        {
            entry->Opcode = zeroCopy ? OpSendMsgZc : OpSendMsg;
            entry->Address = (ulong)MessageHeaders.OfSend(submission);
            entry->Length = 1;
            registered &= _features.RegisteredGather;
        }

        if (submission.Place != 0)
        {
            entry->Fd = submission.Place - 1;
            entry->Flags = SqeFixedFile;
        }

        if (zeroCopy)
        {
            // The slab is the only registered buffer, index 0.
            entry->IoPrio = (ushort)((registered ? RecvSendFixedBuf : 0) | (_features.UsageReports ? SendZcReportUsage : 0));
        }
    }
}
