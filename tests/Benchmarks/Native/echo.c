// An echo server on one io_uring: multishot accept into direct descriptors, multishot receive into provided buffers, and
// each buffer sent back from where it lies, one send of a connection at a time. What a careful C program reaches.
// Usage: echo BUFFER_SIZE BUFFERS      prints the port it listens on
#include "ring.h"

enum { ACCEPT, RECEIVE, SEND, CLOSE };
enum { CONNECTIONS = 4096, NONE = -1 };

// What a connection received and has not sent back: the first is on its way, the others wait for it.
struct connection
{
    int first, last;
};

static struct connection connections[CONNECTIONS];
static struct
{
    int length, next;
} *received;
static int listener;

static uint64_t tag(unsigned operation, unsigned connection)
{
    return operation | (uint64_t)connection << 8;
}

static void receive(unsigned connection)
{
    receive_multishot((int)connection, tag(RECEIVE, connection))->flags |= IOSQE_FIXED_FILE;
}

static void send_first(unsigned connection)
{
    int buffer = connections[connection].first;
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_send(sqe, (int)connection, provided_at((unsigned)buffer), (size_t)received[buffer].length, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = tag(SEND, connection);
}

static void close_connection(unsigned connection)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_close_direct(sqe, connection);
    sqe->user_data = tag(CLOSE, connection);
}

static void accept_more(void)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_multishot_accept_direct(sqe, listener, 0, 0, 0);
    sqe->user_data = tag(ACCEPT, 0);
}

static void echo(unsigned connection, int buffer, int length)
{
    struct connection *c = &connections[connection];
    received[buffer].length = length;
    received[buffer].next = NONE;
    if (c->first != NONE)
    {
        received[c->last].next = buffer;
        c->last = buffer;
        return;
    }
    c->first = c->last = buffer;
    send_first(connection);
}

static void complete(struct io_uring_cqe *cqe)
{
    unsigned operation = cqe->user_data & 0xff, connection = (unsigned)(cqe->user_data >> 8);
    switch (operation)
    {
    case ACCEPT:
        if (cqe->res >= 0)
        {
            connections[cqe->res].first = NONE;
            receive((unsigned)cqe->res);
        }
        if (!(cqe->flags & IORING_CQE_F_MORE))
            accept_more();
        break;
    case RECEIVE:
        if (cqe->res > 0)
            echo(connection, (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT), cqe->res);
        else if (cqe->res != -ENOBUFS)
        {
            close_connection(connection);
            break;
        }
        if (!(cqe->flags & IORING_CQE_F_MORE))
            receive(connection);
        break;
    case SEND:
    {
        struct connection *c = &connections[connection];
        int sent = c->first;
        c->first = received[sent].next;
        give_back((unsigned)sent);
        if (c->first != NONE)
            send_first(connection);
        break;
    }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
    {
        fprintf(stderr, "usage: echo BUFFER_SIZE BUFFERS\n");
        return 2;
    }
    unsigned buffers = (unsigned)atoi(argv[2]);
    open_ring(buffers / 2);
    int result = io_uring_register_files_sparse(&ring, CONNECTIONS);
    if (result)
        die("io_uring_register_files_sparse", -result);
    provide_buffers((unsigned)atoi(argv[1]), buffers);
    received = calloc(provided_count, sizeof *received);
    listener = listen_and_say_port();
    accept_more();
    for (;;)
    {
        submit_and_wait(1);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            complete(cqe);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
    }
}
