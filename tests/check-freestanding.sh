#!/bin/sh
# src/base and src/ept run on bare metal: linked together they may want nothing
# from outside but the symbols in freestanding-allow.txt.
set -eu
cd "$(dirname "$0")/.."

# The Makefile names the objects; both folders must be among them.
for folder in base ept; do
	case " ${FREE_OBJS:?set by the Makefile} " in
	*/src/$folder/*) ;;
	*) echo "no object of src/$folder"; exit 1 ;;
	esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $1: what it is, the rest: objects
link() {
	what=$1
	shift
	${CC:-gcc} -nostdlib -r -o "$work/all.o" "$@"
	# The linker itself supplies the table that position-independent code asks for.
	for symbol in $(nm -u "$work/all.o" | awk '{ print $NF }' | grep -vx _GLOBAL_OFFSET_TABLE_ |
		grep -vxFf tests/freestanding-allow.txt); do
		echo "$what: not there on bare metal: $symbol, wanted by$(
			nm -uoA "$@" | awk -v s="$symbol" '$NF == s { sub(/:.*/, "", $1); printf " %s", $1 }')"
		failed=1
	done
}
failed=0

# The library's own objects.
# shellcheck disable=SC2086 # a list of files
link "as built" $FREE_OBJS

# A compiler calls other helpers at other levels; and without the C library's
# headers, an include of one of them is an error.
own=$(${CC:-gcc} -print-file-name=include)
for level in -O0 -Os; do
	mkdir "$work/$level"
	for source in src/base/*.c src/ept/*.c; do
		${CC:-gcc} -std=gnu11 -Iinclude -Isrc -ffreestanding -fno-stack-protector -nostdinc \
			-isystem "$own" $level -c "$source" -o "$work/$level/$(basename "$source" .c).o"
	done
	link "at $level" "$work/$level"/*.o
done
exit $failed
