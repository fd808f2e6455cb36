// TCP sends over io_uring. "stream": the four buffers of a connection go in one send, again and again; sending them one after the
// other, or as four linked requests, takes more. "fanout": one message to all connections, then, when all have taken it, the next one.
// Usage: send_tcp stream|fanout PORT CONNECTIONS SIZE
#include "ring.h"

enum { BUFFERS = 4 }; // Of each connection of a stream, as every contestant has them.

static int fans_out, connections;
static size_t size;
static int *fds;
static char *memory;
static struct stream
{
    struct iovec buffers[BUFFERS];
    struct msghdr all;
} *streams;

// Until the other end's system has it all.
static void drain(void)
{
    for (int i = 0; i < connections; i++)
    {
        struct
        {
            struct tcp_info first;
            char rest[256];
        } info;
        uint32_t unsent;
        do
        {
            socklen_t length = sizeof info;
            if (getsockopt(fds[i], IPPROTO_TCP, TCP_INFO, &info, &length))
                die("TCP_INFO", errno);
            memcpy(&unsent, (char *)&info + 144, sizeof unsent); // tcpi_notsent_bytes
        } while (unsent > 0);
    }
}

static void send_on(int connection)
{
    struct io_uring_sqe *sqe = next_sqe();
    if (fans_out)
        io_uring_prep_send(sqe, connection, memory, size, MSG_WAITALL | MSG_NOSIGNAL);
    else
        io_uring_prep_sendmsg(sqe, connection, &streams[connection].all, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = (uint64_t)connection;
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t sent = 0, until = after_ms(milliseconds), buffers = fans_out ? 1 : BUFFERS;
    int outstanding = 0, open = 1;
    while (open || outstanding > 0)
    {
        if (outstanding == 0)
        {
            for (; outstanding < connections; outstanding++)
                send_on(outstanding);
        }
        submit_and_wait(fans_out ? (unsigned)outstanding : 1);
        open = open && now(CLOCK_MONOTONIC) < until;
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            seen++;
            outstanding--;
            if (cqe->res == (int)(size * buffers))
                sent += buffers;
            else
                ++*errors;
            if (open && !fans_out)
            {
                send_on((int)cqe->user_data);
                outstanding++;
            }
        }
        io_uring_cq_advance(&ring, seen);
    }
    drain();
    return sent;
}

int main(int argc, char **argv)
{
    if (argc != 5)
    {
        fprintf(stderr, "usage: send_tcp stream|fanout PORT CONNECTIONS SIZE\n");
        return 2;
    }
    fans_out = !strcmp(argv[1], "fanout");
    connections = atoi(argv[3]);
    size = (size_t)atoi(argv[4]);
    raise_descriptor_limit();
    memory = allocate(size * (fans_out ? 1 : (size_t)connections * BUFFERS));
    streams = calloc((size_t)connections, sizeof *streams);
    for (int i = 0; i < connections * BUFFERS && !fans_out; i++)
    {
        struct stream *stream = &streams[i / BUFFERS];
        stream->buffers[i % BUFFERS] = (struct iovec){ memory + size * (size_t)i, size };
        stream->all = (struct msghdr){ .msg_iov = stream->buffers, .msg_iovlen = BUFFERS };
    }
    open_ring((unsigned)connections);
    fds = calloc((size_t)connections, sizeof *fds);
    for (int i = 0; i < connections; i++)
        fds[i] = connect_to(atoi(argv[2]));
    int result = io_uring_register_files(&ring, fds, (unsigned)connections);
    if (result)
        die("io_uring_register_files", -result);
    return serve_numbers(slice);
}
