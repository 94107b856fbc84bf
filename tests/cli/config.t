$ printf '[tlb.stlb]\nways = 12 # somewhere\n' >a.ini; eptsim config show --config a.ini --mode native | grep -E '^(mode|memory.size|tlb.stlb.ways|cost.flag_write) '
| mode                         native                             --mode
| memory.size                  16G            bytes               default
| tlb.stlb.ways                12                                 a.ini:2  somewhere
| cost.flag_write              20             cycles              default  assumed
$ eptsim config list | grep -E '^(ept.page|seed) ' | tr -s ' '
| seed 1 integer, 0 to 18446744073709551615 Of everything random: frames and random replacement
| ept.page 4k 4k, 2m, 1g or thp Pages by which the hypervisor backs guest memory
$ eptsim config check a.ini
| 1 file is good
$ printf 'tlb.l1d.4k.ways = 3\n' >b.ini; eptsim config check a.ini b.ini
! eptsim config: b.ini:1: tlb.l1d.4k.ways = 3: this replacement needs a power of two, at most 64
= 2
$ printf 'frob = 3\n' >c.ini; eptsim config check c.ini
! eptsim config: c.ini:1: unknown key "frob"
= 2
# What it prints as a file reads back as the same.
$ eptsim config show --ini --set seed=9 --memory 3G >d.ini && eptsim config show --ini --config d.ini | diff d.ini - && grep -A 3 '^size' d.ini
| size = 3G
|
| [host]
| frames = contiguous
$ eptsim config; eptsim config frob; eptsim config show x
! eptsim config: expected show, list or check
! Try `eptsim config --help' or `eptsim config --usage' for more information.
! eptsim config: expected show, list or check, found "frob"
! Try `eptsim config --help' or `eptsim config --usage' for more information.
! eptsim config: only check takes files; --config FILE loads one
! Try `eptsim config --help' or `eptsim config --usage' for more information.
= 2
