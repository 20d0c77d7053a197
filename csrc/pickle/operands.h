/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operands that are more than a few bytes: lines of text, and lengths.  For
 * the unpickler and the symbolic machine, which so accept the same.
 *
 * Functions that return an object return NULL with an exception set, the
 * others 0 or -1.
 */
#ifndef FJ_PICKLE_OPERANDS_H
#define FJ_PICKLE_OPERANDS_H

#include "pickle/input.h"

/* INT: an int or a bool.  LONG, FLOAT, STRING (as bytes), UNICODE. */
PyObject *fj_operand_int(fj_input *in);
PyObject *fj_operand_long(fj_input *in);
PyObject *fj_operand_float(fj_input *in);
PyObject *fj_operand_string(fj_input *in);
PyObject *fj_operand_unicode(fj_input *in);

/* PERSID: a str. */
PyObject *fj_operand_persistent_id(fj_input *in);

/* GET and PUT */
int fj_operand_memo_index(fj_input *in, uint64_t *index_ret);

/* GLOBAL and INST: module and name, as two new str.  If `names_are_utf8`,
 * other names are reported as damage, not as UnicodeDecodeError. */
int fj_operand_names(fj_input *in, bool names_are_utf8,
                     PyObject **module_name_ret, PyObject **name_ret);

/* A length of one byte (unsigned) or four (signed, refused if negative). */
int fj_operand_length(fj_input *in, const char *opcode, size_t length_nbytes,
                      size_t *nbytes_ret);

/* EXT1, EXT2, EXT4: a code of that many bytes, refused unless positive. */
int fj_operand_extension(fj_input *in, size_t code_nbytes, int32_t *code_ret);

/* The bytes of LONG1 or LONG4, if they are at most 8: two's complement,
 * little-endian. */
int fj_operand_short_int(fj_input *in, size_t nbytes, int64_t *value_ret);

#endif
