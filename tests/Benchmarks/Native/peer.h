// What the native peers share: slices on request, timed here, so that the pipe to the benchmark is not measured.
// A line with a number, milliseconds mostly, comes in; "operations nanoseconds cpu_nanoseconds errors allocated_bytes" goes out.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void die(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
}

static inline void say(unsigned number)
{
    printf("%u\n", number);
    fflush(stdout);
}

static inline void say_ready(void)
{
    printf("ready\n");
    fflush(stdout);
}

// As many descriptors as the system lets this process have.
static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Pages that are there already. Not large ones: a zero-copy send from those fills its socket with what lies before it in the page.
static inline char *allocate(size_t length)
{
    char *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("mmap", errno);
    memset(memory, 1, length);
    return memory;
}

static inline struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

// A connection to a server on this machine.
static inline int connect_to(int port)
{
    struct sockaddr_in address = loopback(port);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("connect", errno);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

// A listener on a port the system chooses, which is printed.
static inline int listen_and_say_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // Inherited by what it accepts.
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096) || getsockname(fd, (struct sockaddr *)&address, &length))
        die("listen", errno);
    say(ntohs(address.sin_port));
    return fd;
}

static inline void say_figures(uint64_t operations, uint64_t elapsed, uint64_t cpu, uint64_t errors)
{
    printf("%llu %llu %llu %llu 0\n", (unsigned long long)operations, (unsigned long long)elapsed, (unsigned long long)cpu, (unsigned long long)errors);
    fflush(stdout);
}

// Runs `slice(number, &errors)`, which returns the operations it did, once per line of input.
static inline int serve_numbers(uint64_t (*slice)(uint64_t number, uint64_t *errors))
{
    char line[64];
    say_ready();
    while (fgets(line, sizeof line, stdin))
    {
        uint64_t errors = 0;
        uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID), start = now(CLOCK_MONOTONIC);
        uint64_t operations = slice(strtoull(line, 0, 10), &errors);
        uint64_t elapsed = now(CLOCK_MONOTONIC) - start;
        say_figures(operations, elapsed, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, errors);
    }
    return 0;
}

// The end of a slice of so many milliseconds that begins now.
static inline uint64_t after_ms(uint64_t milliseconds)
{
    return now(CLOCK_MONOTONIC) + milliseconds * 1000000u;
}
