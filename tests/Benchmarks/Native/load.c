// Load for the echo servers: so many connections, each sends a message, reads it back whole, checks its ends, sends the next.
// Usage: load PORT CONNECTIONS SIZE
#include "peer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct connection
{
    int fd;
    size_t sent, received;
    uint64_t sequence;
};

static int epoll_fd, connections;
static size_t size;
static struct connection *all;
static char *message, *sink;

// Sends what is left of the current message, as far as the socket takes it.
static void push(struct connection *c, uint64_t *errors)
{
    while (c->sent < size)
    {
        if (c->sent == 0)
            memcpy(message, &c->sequence, sizeof c->sequence);
        ssize_t n = send(c->fd, message + c->sent, size - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
        {
            if (errno != EAGAIN)
                ++*errors;
            return;
        }
        c->sent += (size_t)n;
    }
}

static uint64_t slice(uint64_t until, uint64_t *errors)
{
    uint64_t done = 0;
    int outstanding = 0, open = 1;
    for (int i = 0; i < connections; i++)
    {
        all[i].sent = all[i].received = 0;
        push(&all[i], errors);
        outstanding++;
    }
    while (outstanding > 0 && *errors == 0)
    {
        struct epoll_event events[256];
        int n = epoll_wait(epoll_fd, events, 256, 1000);
        if (n == 0)
            ++*errors; // A message is lost: nothing for a second.
        open = open && now(CLOCK_MONOTONIC) < until;
        for (int i = 0; i < n; i++)
        {
            struct connection *c = events[i].data.ptr;
            if (c->sent < size)
                push(c, errors);
            ssize_t got = recv(c->fd, sink, size - c->received, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0)
            {
                ++*errors;
                break;
            }
            if (c->received == 0 && got >= (ssize_t)sizeof c->sequence && memcmp(sink, &c->sequence, sizeof c->sequence))
                ++*errors; // Not what was sent.
            c->received += (size_t)got;
            if (c->received < size)
                continue;
            done++;
            c->sequence++;
            c->sent = c->received = 0;
            if (open)
                push(c, errors);
            else
            {
                c->sent = size;
                outstanding--;
            }
        }
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
    connections = atoi(argv[2]);
    size = (size_t)atoi(argv[3]);
    all = calloc((size_t)connections, sizeof *all);
    message = calloc(1, size);
    sink = malloc(size);
    epoll_fd = epoll_create1(0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int i = 0; i < connections; i++)
    {
        int on = 1;
        all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (all[i].fd < 0 || connect(all[i].fd, (struct sockaddr *)&address, sizeof address))
            die("connect", errno);
        setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &all[i] };
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    return serve_slices(slice);
}
