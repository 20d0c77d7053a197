/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Raw deflate by zlib, as joblib has it or with a little less search.
 */
#ifndef FJ_DEFLATE_BY_ZLIB_H
#define FJ_DEFLATE_BY_ZLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "base/status.h"

/* Begins a stream into `room` bytes at `dst`, and makes *zlib where it is NULL.
 * `less_search`: see fj_coders_zlib_begin(). */
fj_status fj_by_zlib_begin(z_stream **zlib, int level, bool less_search,
                           uint8_t *dst, size_t room);
void fj_by_zlib_free(z_stream *zlib); // or NULL

/* See fj_coders_zlib_add() and fj_coders_zlib_end().  `watch` is asked now and
 * then, unless it is NULL. */
fj_status fj_by_zlib_add(z_stream *zlib, const uint8_t *src, size_t nbytes,
                         fj_watch *watch, size_t *written_ret);
fj_status fj_by_zlib_end(z_stream *zlib, const uint8_t *src, size_t nbytes,
                         bool last, fj_watch *watch, size_t *written_ret);

#endif
