#!/bin/sh
# `make install` leaves what a program needs to be built with pkg-config: as C
# and as C++, against the shared and against the static library.
set -eu
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# This make takes its settings from the environment, not from a parent's flags.
MAKEFLAGS= MFLAGS= make -s install DESTDIR="$dir" prefix=/usr >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; exit 1; }
"$dir/usr/bin/eptsim" --version | grep -qx "eptsim $VERSION"

export PKG_CONFIG_SYSROOT_DIR="$dir"
export PKG_CONFIG_PATH="$dir/usr/lib/pkgconfig"
[ "$(pkg-config --modversion eptsim)" = "$VERSION" ]

{
	for header in include/eptsim/*.h; do echo "#include <eptsim/${header##*/}>"; done
	echo 'int main(void) { return outcome_name(OUTCOME_OK)[0] != '"'o'"'; }'
} >"$dir/user.c"
cp "$dir/user.c" "$dir/user.cc"

flags="$(pkg-config --cflags eptsim) ${INSTRUMENT:-}"
# shellcheck disable=SC2086 # lists of words
build_and_run() {
	compiler=$1 source=$2
	shift 2
	$compiler $flags -o "$dir/user" "$dir/$source" "$@"
	LD_LIBRARY_PATH="$dir/usr/lib" "$dir/user"
}
for user in "${CC:-gcc} user.c" "${CXX:-g++} user.cc"; do
	# shellcheck disable=SC2046,SC2086 # lists of words
	{
		build_and_run $user $(pkg-config --libs eptsim)
		readelf -d "$dir/user" | grep -q 'NEEDED.*libeptsim\.so\.[0-9]*\]'
		build_and_run $user "$dir/usr/lib/libeptsim.a" $(PKG_CONFIG_SYSROOT_DIR= pkg-config --libs libelf jansson libarchive nettle libseccomp zlib liblzma libzstd liblz4 libxxhash) -lbz2 -lm
	}
done
