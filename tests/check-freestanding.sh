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

linked=$(mktemp)
trap 'rm -f "$linked"' EXIT
# shellcheck disable=SC2086 # a list of files
${CC:-gcc} -nostdlib -r -o "$linked" $FREE_OBJS

# The linker itself supplies the table that position-independent code asks for.
wanted=$(nm -u "$linked" | awk '{ print $NF }' | grep -vx _GLOBAL_OFFSET_TABLE_ |
	grep -vxFf tests/freestanding-allow.txt || :)
for symbol in $wanted; do
	echo "not there on bare metal: $symbol, wanted by$(
		nm -uoA $FREE_OBJS | awk -v s="$symbol" '$NF == s { sub(/:.*/, "", $1); printf " %s", $1 }')"
done
[ -z "$wanted" ]
