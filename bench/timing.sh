#!/bin/sh
# What the model of time costs: it grows with the accesses alone, and its memory
# does not. Each line has the accesses, the seconds, and the most memory in use.
set -eu
eptsim=${EPTSIM:-build/eptsim}
python=${PYTHON:-python3}

# The peak, in kilobytes, is that of the one child.
measure='
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
taken = time.monotonic() - start
print(f"{taken:7.2f} s {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:8.1f} MiB")
'

for model in serial window; do
	for pattern in seq random chase; do
		for count in 1000000 2000000 4000000; do
			printf '%-8s %-8s 64M %9d accesses ' $model $pattern $count
			# The pattern first warms up with as many, or with one sweep.
			"$python" -c "$measure" "$eptsim" bench --cpu spr --pattern $pattern --footprint 64M \
				--accesses $count --set core.model=$model
		done
	done
done
