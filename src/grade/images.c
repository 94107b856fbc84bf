/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files that are part of this program as data; the Makefile says where they are.
 */
#include "grade/handout.h"
#include "grade/workdir.h"

#define IMAGE(name, file)                                 \
	__asm__(".section .rodata\n"                      \
	        ".global " #name "\n"                     \
	        ".type " #name ", @object\n"              \
	        ".balign 16\n" #name ":\n"                \
	        ".incbin \"" file "\"\n"                  \
	        ".size " #name ", . - " #name "\n"        \
	        ".global " #name "_end\n" #name "_end:\n" \
	        ".byte 0\n"                               \
	        ".previous\n")

IMAGE(image_runner, IMAGE_RUNNER);
IMAGE(image_header, "include/eptsim/submission.h");
IMAGE(image_skeleton, "src/grade/handout/skeleton.c");
IMAGE(image_readme, "src/grade/handout/README.md");
IMAGE(image_makefile, "src/grade/handout/Makefile");
