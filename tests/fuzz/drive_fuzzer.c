/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loop of fuzz_load without libFuzzer, for a bounded number of cases:
 *
 *     fuzz_load FOLDER FINDING SEED COUNT
 *
 * It runs all files of the folder, and then COUNT cases made from them; the
 * case during which the process dies is written to the file FINDING.
 */
#include "fuzz_load.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NBYTES = 1 << 16, MAX_FILES = 4096 };

typedef struct {
    uint8_t *data;
    size_t size;
} file;

static file files[MAX_FILES];
static size_t nfiles;
static uint8_t input[MOST_NBYTES];
static size_t input_size;
static const char *finding;
static uint64_t random_state;

static uint32_t
random_below(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return n == 0 ? 0 : (uint32_t)((random_state >> 33) % n);
}

/* Random bytes changed, put in and taken out. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    size_t at = random_below(size + 1);
    switch (random_below(3)) {
    case 0:
        if (size < max_size) {
            memmove(data + at + 1, data + at, size - at);
            data[at] = (uint8_t)random_below(256);
            size++;
        }
        break;
    case 1:
        if (at < size && size > 1) {
            memmove(data + at, data + at + 1, size - at - 1);
            size--;
        }
        break;
    default:
        if (at < size) {
            data[at] ^= (uint8_t)(1u << random_below(8));
        }
        break;
    }
    return size;
}

static void
write_finding(void)
{
    FILE *out = fopen(finding, "wb");
    if (out != NULL) {
        fwrite(input, 1, input_size, out);
        fclose(out);
        fprintf(stderr, "the case is in %s\n", finding);
    }
}

static void
on_abort(int signal_number)
{
    (void)signal_number;
    write_finding();
    _Exit(1);
}

static void
read_files(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        perror(folder);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *in = fopen(path, "rb");
        size_t size = in == NULL ? 0 : fread(input, 1, sizeof input, in);
        if (in != NULL) {
            fclose(in);
        }
        if (size > 0 && nfiles < MAX_FILES) {
            files[nfiles].data = malloc(size);
            files[nfiles].size = size;
            memcpy(files[nfiles++].data, input, size);
        }
    }
    closedir(dir);
}

static void
run(void)
{
    LLVMFuzzerTestOneInput(input, input_size);
}

static void
start_from(const file *one)
{
    memcpy(input, one->data, one->size);
    input_size = one->size;
}

static void
make_case(void)
{
    const file *one = &files[random_below(nfiles)];
    start_from(one);
    if (random_below(4) == 0) {
        const file *two = &files[random_below(nfiles)];
        size_t size = LLVMFuzzerCustomCrossOver(
            one->data, one->size, two->data, two->size, input, sizeof input,
            random_below(UINT32_MAX));
        input_size = size > 0 ? size : one->size;
    }
    for (size_t n = 1 + random_below(3); n > 0; n--) {
        input_size = LLVMFuzzerCustomMutator(input, input_size, sizeof input,
                                             random_below(UINT32_MAX));
    }
}

int
main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s FOLDER FINDING SEED COUNT\n", argv[0]);
        return 2;
    }
    finding = argv[2];
    random_state = strtoull(argv[3], NULL, 10);
    LLVMFuzzerInitialize(&argc, &argv);
    __sanitizer_set_death_callback(write_finding);
    signal(SIGABRT, on_abort);
    read_files(argv[1]);
    for (size_t i = 0; i < nfiles; i++) {
        start_from(&files[i]);
        run();
    }
    for (uint64_t i = 0; i < strtoull(argv[4], NULL, 10) && nfiles > 0; i++) {
        make_case();
        run();
    }
    printf("%zu files and %s cases\n", nfiles, argv[4]);
    return nfiles > 0 ? 0 : 2;
}
