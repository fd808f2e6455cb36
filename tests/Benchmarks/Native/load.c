// Load for the echo servers: so many connections, each sends a message, reads it back whole, checks how it begins, sends the
// next. On io_uring, so that a message costs it no more than it costs the best of the servers.
// Usage: load PORT CONNECTIONS SIZE
#include "ring.h"

enum { RECEIVE, SEND, TIMER };

struct connection
{
    int fd;
    char *message;
    size_t received;
    uint64_t sequence, begins; // What the message coming back is to begin with, and what it began with so far.
};

static unsigned connections;
static size_t size;
static struct connection *all;
static int outstanding;

static void ask(unsigned i)
{
    struct connection *c = &all[i];
    c->received = 0;
    c->begins = 0;
    c->sequence++;
    memcpy(c->message, &c->sequence, sizeof c->sequence);
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_send(sqe, c->fd, c->message, size, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = SEND;
    outstanding++;
}

static void listen_to(unsigned i)
{
    receive_multishot(all[i].fd, RECEIVE | (uint64_t)i << 8);
}

// Takes in what came. Returns 1 when a message is whole.
static int take(struct connection *c, const char *bytes, size_t length, uint64_t *errors)
{
    if (c->received < sizeof c->sequence)
    {
        size_t part = sizeof c->sequence - c->received;
        memcpy((char *)&c->begins + c->received, bytes, part < length ? part : length);
    }
    c->received += length;
    if (c->received < size)
        return 0;
    if (c->received > size || c->begins != c->sequence)
        ++*errors; // Not what was sent.
    outstanding--;
    return 1;
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t done = 0, until = after_ms(milliseconds);
    outstanding = 0;
    for (unsigned i = 0; i < connections; i++)
        ask(i);
    while (outstanding > 0 && *errors == 0)
    {
        struct __kernel_timespec patience = { .tv_sec = 5 };
        struct io_uring_cqe *cqe;
        int result = io_uring_submit_and_wait_timeout(&ring, &cqe, 1, &patience, 0);
        if (result == -ETIME)
        {
            ++*errors; // A message is lost.
            break;
        }
        int open = now(CLOCK_MONOTONIC) < until;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            seen++;
            if ((cqe->user_data & 0xff) == SEND)
            {
                ++*errors;
                continue;
            }
            unsigned i = (unsigned)(cqe->user_data >> 8);
            if (cqe->res > 0)
            {
                unsigned buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
                int whole = take(&all[i], provided_at(buffer), (size_t)cqe->res, errors);
                give_back(buffer);
                done += (uint64_t)whole;
                if (whole && open)
                    ask(i);
            }
            else if (cqe->res != -ENOBUFS)
                ++*errors;
            if (!(cqe->flags & IORING_CQE_F_MORE))
                listen_to(i);
        }
        io_uring_cq_advance(&ring, seen);
    }
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 4)
    {
        fprintf(stderr, "usage: load PORT CONNECTIONS SIZE\n");
        return 2;
    }
    connections = (unsigned)atoi(argv[2]);
    size = (size_t)atoi(argv[3]);
    all = calloc(connections, sizeof *all);
    char *messages = allocate(connections * size);
    open_ring(connections * 2);
    provide_buffers((unsigned)size, connections * 4);
    for (unsigned i = 0; i < connections; i++)
    {
        all[i].fd = connect_to(atoi(argv[1]));
        all[i].message = messages + i * size;
        listen_to(i);
    }
    return serve_numbers(slice);
}
