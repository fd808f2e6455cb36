// Zero-copy UDP sends with MSG_ZEROCOPY, whose notifications come through the socket's error queue.
// Usage: msg_zerocopy ADDRESS PORT SIZE WINDOW
#include "peer.h"
#include <linux/errqueue.h>
#include <poll.h>

static int fd, size, window;
static char *memory;
static size_t stride;
static uint32_t sent_total, done_total; // The kernel numbers the sends of a socket; a notification covers a range.

static void reap(int wait, uint64_t *errors)
{
    struct pollfd poll_error = { .fd = fd };
    if (wait && poll(&poll_error, 1, -1) < 0 && errno != EINTR)
        die("poll", errno);
    for (;;)
    {
        char control[128];
        struct msghdr message = { .msg_control = control, .msg_controllen = sizeof control };
        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        {
            if (errno == EAGAIN || errno == EINTR)
                return;
            die("recvmsg(MSG_ERRQUEUE)", errno);
        }
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        {
            struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);
            if (e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
                ++*errors;
            else
                done_total += e->ee_data - e->ee_info + 1;
        }
    }
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t sent = 0, until = after_ms(milliseconds);
    while (*errors == 0 && now(CLOCK_MONOTONIC) < until)
    {
        while (*errors == 0 && sent_total - done_total < (uint32_t)window)
        {
            ssize_t n = send(fd, memory + stride * (sent_total % (uint32_t)window), (size_t)size, MSG_ZEROCOPY);
            if (n == size)
            {
                sent_total++;
                sent++;
            }
            else if (n < 0 && errno == ENOBUFS)
                break; // Too many notifications outstanding.
            else
                ++*errors;
        }
        reap(sent_total != done_total, errors);
    }
    while (sent_total != done_total)
        reap(1, errors);
    return sent;
}

int main(int argc, char **argv)
{
    if (argc != 5)
    {
        fprintf(stderr, "usage: msg_zerocopy ADDRESS PORT SIZE WINDOW\n");
        return 2;
    }
    size = atoi(argv[3]);
    window = atoi(argv[4]);
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])) };
    inet_pton(AF_INET, argv[1], &peer.sin_addr);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    int on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) || setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on))
        die("socket", errno);
    stride = ((size_t)size + 63) / 64 * 64;
    memory = allocate(stride * (size_t)window);
    return serve_numbers(slice);
}
