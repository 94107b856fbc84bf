/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The suite of test_output.c once more, on a host whose file systems know no
 * files without a name: a copy of the code in which opening one fails.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#undef O_TMPFILE
#define O_TMPFILE O_DIRECTORY /* a directory cannot be opened for writing */

#include "host/output.c"

#include "test_output.c"
