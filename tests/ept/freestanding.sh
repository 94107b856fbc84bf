#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# src/base and src/ept run where there is no C library: they include freestanding
# headers only, and call nothing but what a compiler itself may call. Run from the
# top of the tree.
set -eu

cc=${CC:-cc}
allowed='memcpy|memmove|memset|memcmp'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only the compiler's own headers, so that one of the library's is an error.
headers=$($cc -print-file-name=include)
for level in -O0 -O2 -Os; do
	objects=
	for source in src/base/*.c src/ept/*.c; do
		object=$work/$(basename "$source" .c)$level.o
		$cc -Iinclude -Isrc -std=gnu11 $level -Wall -Wextra -ffreestanding \
			-fno-stack-protector -nostdinc -isystem "$headers" \
			-c "$source" -o "$object"
		objects="$objects $object"
	done
	# shellcheck disable=SC2086 # a list of names
	$cc -nostdlib -r $objects -o "$work/all.o"
	if nm -u "$work/all.o" | awk '{ print $2 }' | grep -vxE "$allowed"; then
		echo "freestanding: at $level the symbols above are undefined" >&2
		exit 1
	fi
done
echo "freestanding: nothing is undefined but ($allowed)"
