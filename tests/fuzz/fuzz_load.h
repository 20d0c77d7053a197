/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the parts of the fuzzer of load are to each other, by libFuzzer's
 * names: fuzz_load.c runs a case, mutate_pickles.c makes one from another, and
 * libFuzzer or drive_fuzzer.c has the loop.
 */
#ifndef FUZZ_LOAD_H
#define FUZZ_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both change the data in place, and return its new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Makes one of two. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
                                 const uint8_t *data2, size_t size2,
                                 uint8_t *out, size_t max_out,
                                 unsigned int seed);

/* Of AddressSanitizer. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*after_malloc)(const volatile void *memory, size_t nbytes),
    void (*before_free)(const volatile void *memory));
void __sanitizer_set_death_callback(void (*callback)(void));

#endif
