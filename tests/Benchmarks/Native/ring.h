// The io_uring of the native peers: one issuer, whose completions are handed out when it waits for them.
#pragma once
#include "peer.h"
#include <liburing.h>

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

static struct io_uring ring;

// For so many operations under way. Both rings go round and round, so larger ones than that would only fill the cache.
static inline void open_ring(unsigned operations)
{
    unsigned entries = operations < 32 ? 32 : operations;
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = entries * 4,
    };
    int result = io_uring_queue_init_params(entries, &ring, &params);
    if (result)
        die("io_uring_queue_init_params", -result);
    io_uring_register_ring_fd(&ring);
}

static inline struct io_uring_sqe *next_sqe(void)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    if (!sqe)
    {
        io_uring_submit(&ring);
        sqe = io_uring_get_sqe(&ring);
    }
    return sqe;
}

// Looks for so many completions for up to 50 us, and returns whether they came. The kernel is entered only where it has some to hand out.
static inline int look_for(unsigned completions)
{
    uint64_t until = now(CLOCK_MONOTONIC) + 50000;
    while (io_uring_cq_ready(&ring) < completions)
    {
        if (IO_URING_READ_ONCE(*ring.sq.kflags) & IORING_SQ_TASKRUN)
            io_uring_get_events(&ring);
        else if (now(CLOCK_MONOTONIC) > until)
            return 0;
    }
    return 1;
}

// Submits what there is and waits for so many completions. It looks for them before it sleeps, as our loops do: every time while that
// pays, and ever more rarely, down to once in 256 times, while it does not.
static inline void submit_and_wait(unsigned completions)
{
    static unsigned left_out, to_leave_out;
    if (to_leave_out > 0)
        to_leave_out--;
    else
    {
        io_uring_submit_and_get_events(&ring);
        if (look_for(completions))
        {
            left_out = 0;
            return;
        }
        left_out = left_out < 127 ? 2 * left_out + 1 : 255;
        to_leave_out = left_out;
    }
    int result = io_uring_submit_and_wait(&ring, completions);
    if (result < 0 && result != -EINTR && result != -EBUSY)
        die("io_uring_submit_and_wait", -result);
}

// Buffers the kernel picks from when something arrives.
static struct io_uring_buf_ring *provided;
static char *provided_memory;
static unsigned provided_size, provided_count;

static inline char *provided_at(unsigned buffer)
{
    return provided_memory + (size_t)buffer * provided_size;
}

static inline void give_back(unsigned buffer)
{
    io_uring_buf_ring_add(provided, provided_at(buffer), provided_size, (unsigned short)buffer, io_uring_buf_ring_mask(provided_count), 0);
    io_uring_buf_ring_advance(provided, 1);
}

// `count` is rounded up to a power of two.
static inline void provide_buffers(unsigned size, unsigned count)
{
    for (provided_count = 16; provided_count < count && provided_count < 32768;)
        provided_count *= 2;
    provided_size = size;
    provided_memory = allocate((size_t)size * provided_count);
    provided = mmap(0, provided_count * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (provided == MAP_FAILED)
        die("mmap", errno);
    struct io_uring_buf_reg reg = { .ring_addr = (uintptr_t)provided, .ring_entries = provided_count };
    int result = io_uring_register_buf_ring(&ring, &reg, 0);
    if (result)
        die("io_uring_register_buf_ring", -result);
    io_uring_buf_ring_init(provided);
    for (unsigned i = 0; i < provided_count; i++)
        give_back(i);
}

// A receive that stands, into provided buffers.
static inline struct io_uring_sqe *receive_multishot(int fd, uint64_t tag)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_recv_multishot(sqe, fd, 0, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    sqe->user_data = tag;
    return sqe;
}
