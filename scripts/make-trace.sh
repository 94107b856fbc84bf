#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Make traces/busybox-sort.lackey.xz again: traces/README.md says what it is.
# Needs the packages valgrind, busybox-static and xz-utils.
#
# usage: scripts/make-trace.sh [OUTPUT]
set -eu

output=${1:-$(dirname "$0")/../traces/busybox-sort.lackey.xz}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# An empty environment, for it lies on the traced stack.
env -i valgrind --tool=lackey --trace-mem=yes --log-file="$directory/trace" \
	/bin/busybox sort /usr/share/common-licenses/LGPL-2.1 >"$directory/sorted"

# Process numbers differ from run to run and mean nothing.
sed -e 's/^==[0-9][0-9]*==/==1==/' -e '/^==1== Parent PID:/d' "$directory/trace" |
	xz -9e -T1 -c >"$directory/trace.xz"
mv "$directory/trace.xz" "$output"
chmod 644 "$output"
