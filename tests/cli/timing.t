# Every preset is good, and every number in it says where it is from.
$ for p in skx icx spr adl-p zen2 zen3 zen4 ideal champsim; do eptsim config check --cpu $p $ROOT/presets/$p.ini || echo $p; done | sort | uniq -c | sed 's/^ *//'
| 9 1 file is good
$ grep -E '=' $ROOT/presets/*.ini | grep -cvE '# (measured|documented|published|assumed|chosen|part of|one array)'
| 0
= 1
# The defaults are the preset skx.
$ eptsim config show --ini --cpu skx | sed 's/ *#.*//' >a; eptsim config show --ini | sed 's/ *#.*//' | diff a -
# Layers: the preset below a file, the file below --set, in whatever order they are given.
$ printf '[walker]\ncount = 7 # somewhere\nport = l2\n' >c.ini; eptsim config show --set walker.count=8 --config c.ini --cpu spr | grep -E '^walker\.'
| walker.count                 8              walkers             --set
| walker.port                  l2                                 c.ini:3
| walker.start                 11             cycles              presets/spr.ini:171  assumed: fitted to tests/data/chase-xeon.csv
# A configuration that cannot be names file, line, key and what is allowed.
$ printf '[walker]\ncount = 0\n' >b.ini; eptsim replay --config b.ini - </dev/null
! eptsim replay: b.ini:2: walker.count = 0: expected integer, 1 to 16
= 2
$ printf '\n[cache.l2]\nsets = 1000\n' >b.ini; eptsim replay --config b.ini - </dev/null
! eptsim replay: b.ini:3: cache.l2.sets = 1000: this hash needs a power of two; "mod" takes any number of sets
= 2
$ printf '[memory]\nlatency = -3\n' >b.ini; eptsim replay --config b.ini - </dev/null
! eptsim replay: b.ini:2: memory.latency = -3: expected integer, 0 to 100000
= 2
$ printf '[cache.l1d]\nsets = 0\n' >b.ini; eptsim replay --config b.ini - </dev/null
! eptsim replay: b.ini:2: cache.l1d.sets = 0: expected integer, 1 to 16777216
= 2
$ printf '[cache]\nl4.sets = 1\n' >b.ini; eptsim replay --config b.ini - </dev/null
! eptsim replay: b.ini:2: unknown key "cache.l4.sets", did you mean "cache.l2.sets"?
= 2
# The short cuts change no number, in any mode, with either core, on every sample trace.
$ for t in $ROOT/traces/busybox-sort.lackey.xz $ROOT/traces/directives.eptrace $ROOT/traces/two-spaces.eptrace; do for m in ept native; do for k in serial window; do for p in spr zen2; do for f in on off; do eptsim replay -q --limit 30000 --cpu $p --mode $m --set core.model=$k --set fast_paths=$f --json - $t | grep -v fast_paths | cksum; done; done; done; done; done | sort | uniq -c | awk '{print $1}' | sort | uniq -c | sed 's/^ *//'
| 24 2
