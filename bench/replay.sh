#!/bin/bash
# eptsim replay: million accesses a second of processor time, by access pattern,
# and whether the cost grows with the trace alone. Text traces: reading them is
# part of it, and the first touch of each page with its faults and exits.
set -eu
TIMEFORMAT='%U %S'
eptsim=${EPTSIM:-build/eptsim}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
count=${COUNT:-10000000}

# $1 pattern, $2 bytes of memory, $3 accesses
generate() {
	awk -v pattern="$1" -v bytes="$2" -v count="$3" 'BEGIN {
		pages = bytes / 4096
		srand(1)
		for (i = 0; i < count; i++) {
			if (pattern == "sequential")
				at = i * 64 % bytes
			else if (pattern == "stride")
				at = i * 4096 % bytes
			else if (pattern == "random")
				at = int(rand() * bytes / 8) * 8
			else # zipf: page k about as often as 1/k, pages shuffled
				at = int(exp(rand() * log(pages))) * 40503 % pages * 4096 + int(rand() * 512) * 8
			printf " L %08x,8\n", 268435456 + at
		}
	}'
}

# $1 name, $2 trace, $3 mode
run() {
	local records user system
	records=$("$eptsim" replay --mode "$3" --csv - "$2" | awk -F, '$1 == "input.records" { print $2 }')
	read -r user system < <({ time "$eptsim" replay -q --mode "$3" "$2"; } 2>&1)
	awk -v name="$1" -v mode="$3" -v n="$records" -v s="$user" -v t="$system" 'BEGIN {
		printf "%-28s %-7s %9d records %7.2f s %7.1f million a second\n", name, mode, n, s + t, n / (s + t) / 1e6
	}'
}

for sample in traces/*.lackey.*; do
	for mode in ept native; do
		run "$(basename "$sample")" "$sample" $mode
	done
done
for pattern in "sequential 64M" "stride 64M" "zipf 64M" "random 64M" "random 1G"; do
	set -- $pattern
	case $2 in 64M) bytes=67108864 ;; 1G) bytes=1073741824 ;; esac
	generate "$1" $bytes "$count" >"$directory/trace"
	for mode in ept native; do
		run "$pattern" "$directory/trace" $mode
	done
done
echo "the cost grows with the trace alone: 1, 2 and 4 times as many accesses"
for times in 1 2 4; do
	generate random 67108864 $((count * times / 4)) >"$directory/trace"
	run "random 64M, x$times" "$directory/trace" ept
done
