using Doctor;
using ZeroCopySockets;

// What this machine and this process can do for ZeroCopySockets, and what to change. Exit codes: 0 io_uring would be used,
// 1 the portable engine would be.
KernelCapabilities found = KernelCapabilities.Detect();
await using ZeroCopyEngine engine = ZeroCopyEngine.Create();
Diagnosis diagnosis = Diagnosis.Of(engine, found);
Report.Write(engine, found, diagnosis);
return diagnosis.ExitCode;
