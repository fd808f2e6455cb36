// The other end of the senders: accepts connections and drops what comes, without copying it (MSG_TRUNC, tcp(7)). It is
// woken for many bytes at a time, so that it is never what limits them.
// Usage: sink LOW_WATER_BYTES      prints the port it listens on
#include "peer.h"
#include <sys/epoll.h>

int main(int argc, char **argv)
{
    if (argc != 2)
    {
        fprintf(stderr, "usage: sink LOW_WATER_BYTES\n");
        return 2;
    }
    int low_water = atoi(argv[1]);
    raise_descriptor_limit();
    int epoll_fd = epoll_create1(0), listener = listen_and_say_port();
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;)
    {
        struct epoll_event events[256];
        int n = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < n; i++)
        {
            int fd = events[i].data.fd;
            if (fd == listener)
            {
                struct epoll_event added = { .events = EPOLLIN, .data.fd = accept(listener, 0, 0) };
                if (added.data.fd < 0)
                    die("accept", errno);
                setsockopt(added.data.fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water);
                epoll_ctl(epoll_fd, EPOLL_CTL_ADD, added.data.fd, &added);
                continue;
            }
            static char nothing[1];
            ssize_t dropped = recv(fd, nothing, 1 << 30, MSG_TRUNC | MSG_DONTWAIT);
            if (dropped == 0 || (dropped < 0 && errno != EAGAIN))
                close(fd);
        }
    }
}
