// Accepts as many connections as it is told to, by one multishot request, keeps them to the end of the slice and resets them.
// Usage: accept      prints the port it listens on
#include "ring.h"

enum { MOST = 4096 };

static int listener, armed;

static void reset_all(const int *fds, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
    {
        struct linger reset = { .l_onoff = 1 };
        setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fds[i]);
    }
}

static uint64_t accept_all(uint64_t wanted, int *fds, uint64_t *errors)
{
    uint64_t accepted = 0;
    while (accepted < wanted && *errors == 0)
    {
        if (!armed)
        {
            io_uring_prep_multishot_accept(next_sqe(), listener, 0, 0, SOCK_CLOEXEC);
            armed = 1;
        }
        submit_and_wait(1);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            seen++;
            armed = (cqe->flags & IORING_CQE_F_MORE) != 0;
            if (cqe->res < 0)
                ++*errors;
            else
                fds[accepted++] = cqe->res;
        }
        io_uring_cq_advance(&ring, seen);
    }
    return accepted;
}

int main(void)
{
    static int fds[2 * MOST];
    raise_descriptor_limit();
    open_ring(256);
    listener = listen_and_say_port();
    char line[64];
    while (fgets(line, sizeof line, stdin))
    {
        uint64_t errors = 0, wanted = strtoull(line, 0, 10);
        uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID), start = now(CLOCK_MONOTONIC);
        uint64_t accepted = accept_all(wanted < MOST ? wanted : MOST, fds, &errors);
        uint64_t elapsed = now(CLOCK_MONOTONIC) - start;
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        reset_all(fds, accepted);
        say_figures(accepted, elapsed, cpu, errors);
    }
}
