// Load for the echo servers: so many connections, each sends a message, and the next when it has come back. What it takes from a
// message to the next must be less than the server's part of it, or this would be measured: it sends and is sent as many packets as the
// server. So it is told that an answer is there, does not read it before there are several, and then checks how each begins;
// and it sleeps until half of the answers it waits for have come.
// Usage: load PORT CONNECTIONS SIZE
#include "ring.h"
#include <poll.h>

enum { ANSWER, SEND, READ };
enum { MOST_UNREAD = 16, MOST_UNREAD_BYTES = 4096 };

struct connection
{
    char *message, *answers;
    uint64_t sequence; // Of the message sent last.
    unsigned unread;   // Messages sent whose answers have not been read.
    int reading;
};

static unsigned connections, read_at;
static size_t size;
static struct connection *all;

static uint64_t tag(unsigned operation, unsigned connection)
{
    return operation | (uint64_t)connection << 8;
}

static void ask(unsigned i)
{
    struct connection *c = &all[i];
    c->sequence++;
    c->unread++;
    memcpy(c->message, &c->sequence, sizeof c->sequence);
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_send(sqe, (int)i, c->message, size, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = tag(SEND, i);
}

// Be told each time something arrives.
static void watch(unsigned i)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_poll_multishot(sqe, (int)i, POLLIN);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = tag(ANSWER, i);
}

// Reads all that was asked for: should an answer have come in two parts, and been taken for two, this waits for the rest.
static void read_answers(unsigned i)
{
    struct connection *c = &all[i];
    c->reading = 1;
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_recv(sqe, (int)i, c->answers, c->unread * size, MSG_WAITALL);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = tag(READ, i);
}

// Takes in what was read, and returns how many messages that makes.
static unsigned check(struct connection *c, int length, uint64_t *errors)
{
    unsigned answers = c->unread;
    if (length != (int)(answers * size))
        ++*errors; // The server is gone.
    else
        for (unsigned i = 0; i < answers; i++)
        {
            uint64_t expected = c->sequence - answers + 1 + i;
            *errors += memcmp(c->answers + i * size, &expected, sizeof expected) != 0; // Not what was sent.
        }
    c->unread = 0;
    c->reading = 0;
    return answers;
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t done = 0, until = after_ms(milliseconds);
    unsigned busy = connections; // Connections with something unread.
    for (unsigned i = 0; i < connections; i++)
        ask(i);
    while (busy > 0 && *errors == 0)
    {
        struct __kernel_timespec patience = { .tv_sec = 5 };
        struct io_uring_cqe *cqe;
        // Each of the busy has a completion to come.
        int result = io_uring_submit_and_wait_timeout(&ring, &cqe, (busy + 1) / 2, &patience, 0);
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
            unsigned i = (unsigned)(cqe->user_data >> 8);
            struct connection *c = &all[i];
            switch (cqe->user_data & 0xff)
            {
            case ANSWER:
                if (!(cqe->flags & IORING_CQE_F_MORE))
                    watch(i);
                if (c->reading || c->unread == 0)
                    break; // It has been seen to.
                if (open && c->unread < read_at)
                    ask(i);
                else
                    read_answers(i);
                break;
            case READ:
                done += check(c, cqe->res, errors);
                if (open)
                    ask(i);
                else
                    busy--;
                break;
            case SEND:
                ++*errors;
                break;
            }
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
    read_at = (unsigned)(MOST_UNREAD_BYTES / size);
    read_at = read_at < 1 ? 1 : read_at > MOST_UNREAD ? MOST_UNREAD : read_at;
    all = calloc(connections, sizeof *all);
    int *sockets = calloc(connections, sizeof *sockets);
    char *memory = allocate(connections * (1 + read_at) * size);
    open_ring(connections * 2);
    for (unsigned i = 0; i < connections; i++)
    {
        sockets[i] = connect_to(atoi(argv[1]));
        // The congestion control that computes least for each packet.
        setsockopt(sockets[i], IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
        all[i].message = memory + i * (1 + read_at) * size;
        all[i].answers = all[i].message + size;
    }
    int result = io_uring_register_files(&ring, sockets, connections);
    if (result)
        die("io_uring_register_files", -result);
    for (unsigned i = 0; i < connections; i++)
        watch(i);
    return serve_numbers(slice);
}
