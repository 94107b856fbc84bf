#!/bin/sh
# Every header compiles alone: it includes what it needs. The public ones also
# serve C++ programs.
set -eu
cd "$(dirname "$0")/.."

flags='-Iinclude -Isrc -Wall -Wextra -Werror -fsyntax-only'
headers=$(find include src -name '*.h' | sort)
[ -n "$headers" ] || { echo "no headers"; exit 1; }

failed=0
for header in $headers; do
	echo "#include \"$header\"" | ${CC:-gcc} $flags -D_GNU_SOURCE= -I. -std=gnu11 -x c - ||
		{ echo "$header does not compile alone"; failed=1; }
	case $header in include/*) ;; *) continue ;; esac
	echo "#include \"$header\"" | ${CXX:-g++} $flags -I. -std=c++17 -x c++ - ||
		{ echo "$header does not compile alone as C++"; failed=1; }
	# A C++ program that includes it must also link.
	if grep -Eq '^[a-z][^#=]*\([^)]*(\);|,)$' "$header" && ! grep -q 'extern "C"' "$header"; then
		echo "$header declares functions without extern \"C\""
		failed=1
	fi
done
exit $failed
