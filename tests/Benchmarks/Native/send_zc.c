// Zero-copy UDP sends from registered buffers over io_uring, a window of them in flight: what a careful C program reaches.
// Usage: send_zc ADDRESS PORT SIZE WINDOW
#include "ring.h"

static int size, window;
static char *memory;
static size_t stride;
static int *idle; // Buffers the kernel does not own, as a stack.
static int idle_count;

// One completion. Returns 1 for a send's result, 0 for a notification.
static int reap(struct io_uring_cqe *cqe, uint64_t *errors)
{
    if (!(cqe->flags & IORING_CQE_F_MORE))
        idle[idle_count++] = (int)cqe->user_data;
    if (cqe->flags & IORING_CQE_F_NOTIF)
        return 0;
    if (cqe->res != size)
        ++*errors;
    return 1;
}

static uint64_t slice(uint64_t milliseconds, uint64_t *errors)
{
    uint64_t sent = 0, until = after_ms(milliseconds);
    int open = 1;
    while (open || idle_count < window)
    {
        if (open && now(CLOCK_MONOTONIC) >= until)
            open = 0;
        unsigned expected = 0;
        while (open && idle_count > 0)
        {
            struct io_uring_sqe *sqe = next_sqe();
            int buffer = idle[--idle_count];
            io_uring_prep_send_zc_fixed(sqe, 0, memory + stride * (size_t)buffer, (size_t)size, 0, 0, 0);
            sqe->flags |= IOSQE_FIXED_FILE;
            sqe->user_data = (uint64_t)buffer;
            expected++;
        }
        // The results of these sends are there when the kernel has taken them; waiting for as many costs nothing, and
        // what was notified meanwhile comes along.
        submit_and_wait(expected > 0 ? expected : idle_count < window);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            sent += (uint64_t)reap(cqe, errors);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
    }
    return sent;
}

int main(int argc, char **argv)
{
    if (argc != 5)
    {
        fprintf(stderr, "usage: send_zc ADDRESS PORT SIZE WINDOW\n");
        return 2;
    }
    size = atoi(argv[3]);
    window = atoi(argv[4]);
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])) };
    inet_pton(AF_INET, argv[1], &peer.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer))
        die("connect", errno);

    open_ring((unsigned)window);
    stride = ((size_t)size + 63) / 64 * 64;
    memory = allocate(stride * (size_t)window);
    struct iovec whole = { memory, stride * (size_t)window };
    int result;
    if ((result = io_uring_register_buffers(&ring, &whole, 1)) || (result = io_uring_register_files(&ring, &fd, 1)))
        die("io_uring_register", -result);
    idle = calloc((size_t)window, sizeof *idle);
    for (idle_count = 0; idle_count < window; idle_count++)
        idle[idle_count] = idle_count;
    return serve_numbers(slice);
}
