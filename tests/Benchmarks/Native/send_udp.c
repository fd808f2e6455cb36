// UDP sends over io_uring, a window of them in flight: what a careful C program reaches. Datagrams that fit go together, in one
// send that the kernel cuts (UDP_SEGMENT, udp(7)); from ZERO_COPY_FROM on they are sent from registered buffers without a copy.
// Usage: send_udp ADDRESS PORT SIZE WINDOW
#include "ring.h"
#include <linux/udp.h>

enum
{
    ZERO_COPY_FROM = 4096, // Where copying and not copying cost the same, together or one by one.
    MOST_TOGETHER = 64,    // As many as every kernel cuts.
    LARGEST = 65507,       // The payload of the largest UDP datagram over IPv4, which is what the kernel cuts.
    SENDS_PER_LOOK = 64,   // At the clock, as ours and .NET's socket have it.
};

static int size, window, together, requests;
static char *memory;
static int *idle; // Requests whose memory the kernel does not own, as a stack.
static int idle_count;

// Of a request; the last one has what is left of the window.
static int datagrams(int request)
{
    int rest = window - request * together;
    return rest < together ? rest : together;
}

static void send_next(void)
{
    struct io_uring_sqe *sqe = next_sqe();
    int request = idle[--idle_count];
    char *first = memory + (size_t)size * (size_t)together * (size_t)request;
    size_t length = (size_t)size * (size_t)datagrams(request);
    if (size >= ZERO_COPY_FROM)
        io_uring_prep_send_zc_fixed(sqe, 0, first, length, 0, 0, 0);
    else
        io_uring_prep_send(sqe, 0, first, length, 0);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = (uint64_t)request;
}

// One completion. Returns the datagrams sent: none for a notification.
static int reap(struct io_uring_cqe *cqe, uint64_t *errors)
{
    int request = (int)cqe->user_data;
    if (!(cqe->flags & IORING_CQE_F_MORE))
        idle[idle_count++] = request;
    if (cqe->flags & IORING_CQE_F_NOTIF)
        return 0;
    if (cqe->res == size * datagrams(request))
        return datagrams(request);
    ++*errors;
    return 0;
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t sent = 0, look = 0, until = after_ms(milliseconds);
    int open = 1;
    while (open || idle_count < requests)
    {
        if (open && sent >= look)
        {
            open = now(CLOCK_MONOTONIC) < until;
            look = sent + SENDS_PER_LOOK;
        }
        unsigned expected = 0;
        for (; open && idle_count > 0; expected++)
            send_next();
        // The results of these sends are there when the kernel has taken them. Waiting for as many brings along what was
        // notified meanwhile; where nothing is notified there is nothing to wait for.
        if (expected > 0 && size < ZERO_COPY_FROM)
            io_uring_submit(&ring);
        else
            submit_and_wait(expected > 0 ? expected : idle_count < requests);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            sent += (uint64_t)reap(cqe, errors);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
        open = open && *errors == 0;
    }
    return sent;
}

int main(int argc, char **argv)
{
    if (argc != 5)
    {
        fprintf(stderr, "usage: send_udp ADDRESS PORT SIZE WINDOW\n");
        return 2;
    }
    size = atoi(argv[3]);
    window = atoi(argv[4]);
    together = LARGEST / size < MOST_TOGETHER ? LARGEST / size : MOST_TOGETHER;
    if (together > window)
        together = window;
    requests = (window + together - 1) / together;
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])) };
    inet_pton(AF_INET, argv[1], &peer.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer))
        die("connect", errno);
    if (together > 1 && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size))
        die("UDP_SEGMENT", errno);

    open_ring((unsigned)requests);
    struct iovec whole = { .iov_len = (size_t)size * (size_t)window };
    whole.iov_base = memory = allocate(whole.iov_len);
    int result;
    if ((result = io_uring_register_buffers(&ring, &whole, 1)) || (result = io_uring_register_files(&ring, &fd, 1)))
        die("io_uring_register", -result);
    idle = calloc((size_t)requests, sizeof *idle);
    for (idle_count = 0; idle_count < requests; idle_count++)
        idle[idle_count] = idle_count;
    return serve_numbers(slice);
}
