// An echo server on one io_uring: multishot accept into direct descriptors, multishot receive into provided buffers, and
// each buffer sent back from where it lies. What a careful C program reaches.
// Usage: echo BUFFER_SIZE BUFFERS      prints the port it listens on
#include "peer.h"
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

enum { ACCEPT, RECEIVE, SEND, CLOSE };
enum { CONNECTIONS = 4096, GROUP = 0 };

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *memory;
static unsigned size, count;

static uint64_t tag(unsigned operation, unsigned connection, unsigned buffer)
{
    return operation | (uint64_t)connection << 8 | (uint64_t)buffer << 32;
}

static struct io_uring_sqe *next_sqe(void)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    if (!sqe)
    {
        io_uring_submit(&ring);
        sqe = io_uring_get_sqe(&ring);
    }
    return sqe;
}

static void give_back(unsigned buffer)
{
    io_uring_buf_ring_add(buffers, memory + (size_t)buffer * size, size, (unsigned short)buffer, io_uring_buf_ring_mask(count), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void receive(unsigned connection)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_recv_multishot(sqe, (int)connection, 0, 0, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    sqe->user_data = tag(RECEIVE, connection, 0);
}

static void close_connection(unsigned connection)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_close_direct(sqe, connection);
    sqe->user_data = tag(CLOSE, connection, 0);
}

static void accept_more(int listener)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_multishot_accept_direct(sqe, listener, 0, 0, 0);
    sqe->user_data = tag(ACCEPT, 0, 0);
}

static void complete(struct io_uring_cqe *cqe, int listener)
{
    unsigned operation = cqe->user_data & 0xff, connection = (unsigned)(cqe->user_data >> 8) & 0xffffff, buffer = (unsigned)(cqe->user_data >> 32);
    switch (operation)
    {
    case ACCEPT:
        if (cqe->res >= 0)
            receive((unsigned)cqe->res);
        if (!(cqe->flags & IORING_CQE_F_MORE))
            accept_more(listener);
        break;
    case RECEIVE:
        if (cqe->res > 0)
        {
            unsigned filled = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
            struct io_uring_sqe *sqe = next_sqe();
            io_uring_prep_send(sqe, (int)connection, memory + (size_t)filled * size, (size_t)cqe->res, MSG_WAITALL);
            sqe->flags |= IOSQE_FIXED_FILE;
            sqe->user_data = tag(SEND, connection, filled);
            if (!(cqe->flags & IORING_CQE_F_MORE))
                receive(connection);
        }
        else if (cqe->res == -ENOBUFS)
            receive(connection);
        else
            close_connection(connection);
        break;
    case SEND:
        give_back(buffer);
        break;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
    {
        fprintf(stderr, "usage: echo BUFFER_SIZE BUFFERS (a power of two)\n");
        return 2;
    }
    size = (unsigned)atoi(argv[1]);
    count = (unsigned)atoi(argv[2]);
    struct io_uring_params params = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 16384 };
    int result = io_uring_queue_init_params(2048, &ring, &params);
    if (result)
        die("io_uring_queue_init_params", -result);
    if ((result = io_uring_register_files_sparse(&ring, CONNECTIONS)))
        die("io_uring_register_files_sparse", -result);
    io_uring_register_ring_fd(&ring);

    memory = mmap(0, (size_t)size * count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    buffers = mmap(0, count * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || buffers == MAP_FAILED)
        die("mmap", errno);
    struct io_uring_buf_reg reg = { .ring_addr = (uintptr_t)buffers, .ring_entries = count, .bgid = GROUP };
    if ((result = io_uring_register_buf_ring(&ring, &reg, 0)))
        die("io_uring_register_buf_ring", -result);
    io_uring_buf_ring_init(buffers);
    for (unsigned i = 0; i < count; i++)
        give_back(i);

    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // Inherited by what it accepts.
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024) || getsockname(listener, (struct sockaddr *)&address, &length))
        die("listen", errno);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);

    accept_more(listener);
    for (;;)
    {
        result = io_uring_submit_and_wait(&ring, 1);
        if (result < 0 && result != -EINTR && result != -EBUSY)
            die("io_uring_submit_and_wait", -result);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            complete(cqe, listener);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
    }
}
