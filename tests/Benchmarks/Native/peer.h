// What the native peers share: slices on request, timed here, so that the pipe to the benchmark is not measured.
// A line with a number of milliseconds comes in; "operations nanoseconds cpu_nanoseconds errors" goes out.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
}

// Runs `slice(until, &errors)`, which returns the operations it did, once per line of input.
static inline int serve_slices(uint64_t (*slice)(uint64_t until, uint64_t *errors))
{
    char line[64];
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
    {
        uint64_t errors = 0;
        uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID), start = now(CLOCK_MONOTONIC);
        uint64_t operations = slice(start + strtoull(line, 0, 10) * 1000000u, &errors);
        uint64_t elapsed = now(CLOCK_MONOTONIC) - start;
        printf("%llu %llu %llu %llu\n", (unsigned long long)operations, (unsigned long long)elapsed,
            (unsigned long long)(now(CLOCK_PROCESS_CPUTIME_ID) - cpu), (unsigned long long)errors);
        fflush(stdout);
    }
    return 0;
}
