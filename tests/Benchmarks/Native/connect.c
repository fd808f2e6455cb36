// The clients of the accept rate and of idle connections: opens as many as it is told to, and keeps them until it is told
// again. Nothing is sent.
// Usage: connect PORT
#include "peer.h"

static int port;
static int *fds;
static uint64_t count;

static uint64_t slice(uint64_t wanted, uint64_t *errors)
{
    (void)errors; // Those end the program.
    while (count > 0)
    {
        // A reset leaves no port waiting.
        struct linger reset = { .l_onoff = 1 };
        setsockopt(fds[--count], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fds[count]);
    }
    fds = realloc(fds, (wanted + 1) * sizeof *fds);
    while (count < wanted)
        fds[count++] = connect_to(port);
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 2)
    {
        fprintf(stderr, "usage: connect PORT\n");
        return 2;
    }
    port = atoi(argv[1]);
    raise_descriptor_limit();
    return serve_numbers(slice);
}
