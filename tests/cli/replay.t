# One access on a cold machine: 24 references of the walk that finds it.
$ printf 'w 0x40000000 8\n' | eptsim replay -
| eptsim replay: standard input
|   eptrace trace; accesses: 1 (fetches 0, reads 0, writes 1, read-modify-writes 0); directives: 0
|
| Configuration
|   ept: 4-level guest page tables with 4k pages, on a 4-level EPT with 4k pages
|   memory: 16G, frames handed out contiguous
|
| Time, with an out-of-order window
|          17493  cycles
|          5.831  microseconds at 3 GHz
|       17493.00  cycles per access, 17493.00 per instruction
|           2492   14.25 %  delay by translation
|          15000   85.75 %  faults, exits, invalidations
|
| Cycles of a walk
|         821.67  mean; median 1007, 90th percentile 1330, 99th 1330, longest 1330
|           2465  100.00 %  all walks, those that ended in a fault too
|           1025   41.58 %  reads of guest entries
|           1200   48.68 %  reads of EPT entries
|            240    9.74 %  updates of accessed and dirty flags
|
| Cycles of each reference, by what was looked for (row) and read (column)
|                        itself      EPT PML4E      EPT PDPTE        EPT PDE        EPT PTE
|   guest PML4E            86.7           86.7           86.7           86.7           86.7
|   guest PDPTE           127.5            5.0            5.0            5.0            5.0
|   guest PDE             127.5            5.0            5.0            5.0            5.0
|   guest PTE             127.5            5.0            5.0            5.0            5.0
|   the data                               5.0            5.0            5.0            5.0
|
| Where these were found, per cent in L1D/L2/LLC/memory
|                        itself      EPT PML4E      EPT PDPTE        EPT PDE        EPT PTE
|   guest PML4E       67/0/0/33      67/0/0/33      67/0/0/33      67/0/0/33      67/0/0/33
|   guest PDPTE       50/0/0/50      100/0/0/0      100/0/0/0      100/0/0/0      100/0/0/0
|   guest PDE         50/0/0/50      100/0/0/0      100/0/0/0      100/0/0/0      100/0/0/0
|   guest PTE         50/0/0/50      100/0/0/0      100/0/0/0      100/0/0/0      100/0/0/0
|   the data                         100/0/0/0      100/0/0/0      100/0/0/0      100/0/0/0
|
| Lookups, and how many were hits
|              1    0.00 %  first-level TLBs
|              1    0.00 %  second-level TLBs
|             11    0.00 %  nested TLB
|             54   83.33 %  first-level data cache
|              9    0.00 %  second-level cache
|              9    0.00 %  last-level cache
|
| Cycles of what interrupted the program
|            500    3.33 %  Delivery of an exception to the guest
|           1000    6.67 %  The guest kernel's handling of a page fault
|           6000   40.00 %  A VM exit and the VM entry that follows
|           7500   50.00 %  The hypervisor's handling of an exit
|
| Where translations were found
|              1  100.00 %  translations (an access that crosses a page has two)
|              1  100.00 %  by a walk of the page tables
|
| Walks
|              1  walks found their translation
|             24  references to paging structures these made
|          24.00  references per walk; median 24, 99th percentile 24, most 24
|              2  further walks ended in a fault or VM exit
|             29  references those made
|
| References that walks made, by what they looked for (row) and what they read (column)
|                      itself    EPT PML4E    EPT PDPTE      EPT PDE      EPT PTE          all
|   guest PML4E             1            1            1            1            1            5
|   guest PDPTE             1            1            1            1            1            5
|   guest PDE               1            1            1            1            1            5
|   guest PTE               1            1            1            1            1            5
|   the data                             1            1            1            1            4
|   all                     4            5            5            5            5           24
|
| How attempts ended
|              1  the access succeeds
|              1  page fault (#PF)
|              1  VM exit: EPT violation
|
| Guest kernel
|              1  Page faults resolved by mapping a page
|              1  Pages of 4K mapped
|              4  Frames taken for page tables
|              1  Address spaces
|
| Hypervisor
|              1  Virtual machines
|              1  EPT violations resolved by backing a page
|              4  Exits because the guest kernel wrote to a page table that was not backed yet
|              5  Pages of 4K that back guest memory
# The same without EPT; --limit counts records.
$ printf 'w 0x40000000 8\nr 0x40000000 8\nr 0x50000000 8\n' | eptsim replay --mode native --guest-page 2m --limit 2 -
| eptsim replay: standard input
|   eptrace trace; accesses: 2 (fetches 0, reads 1, writes 1, read-modify-writes 0); directives: 0
|   stopped after 2 records (--limit)
|
| Configuration
|   native: 4-level page tables, 2m pages
|   memory: 16G, frames handed out contiguous
|
| Time, with an out-of-order window
|           2584  cycles
|          0.861  microseconds at 3 GHz
|        1292.00  cycles per access, 1292.00 per instruction
|           1082   41.87 %  delay by translation
|           1500   58.05 %  faults, exits, invalidations
|
| Cycles of a walk
|         407.50  mean; median 251, 90th percentile 565, 99th 565, longest 565
|            815  100.00 %  all walks, those that ended in a fault too
|            755   92.64 %  reads of guest entries
|             60    7.36 %  updates of accessed and dirty flags
|              1  accesses joined a walk under way
|
| Cycles of each reference, by what was looked for (row) and read (column)
|                        itself
|   guest PML4E           127.5
|   guest PDPTE           250.0
|   guest PDE             250.0
|
| Where these were found, per cent in L1D/L2/LLC/memory
|                        itself
|   guest PML4E       50/0/0/50
|   guest PDPTE       0/0/0/100
|   guest PDE         0/0/0/100
|
| Lookups, and how many were hits
|              2   50.00 %  first-level TLBs
|              1    0.00 %  second-level TLBs
|              6   33.33 %  first-level data cache
|              4    0.00 %  second-level cache
|              4    0.00 %  last-level cache
|
| Cycles of what interrupted the program
|            500   33.33 %  Delivery of an exception to the guest
|           1000   66.67 %  The guest kernel's handling of a page fault
|
| Where translations were found
|              2  100.00 %  translations (an access that crosses a page has two)
|              1   50.00 %  in the data TLB for 2M pages
|              1   50.00 %  by a walk of the page tables
|
| Walks
|              1  walks found their translation
|              3  references to paging structures these made
|           3.00  references per walk; median 3, 99th percentile 3, most 3
|              1  further walks ended in a fault or VM exit
|              1  references those made
|
| References that walks made, by what they looked for (row) and what they read (column)
|                      itself          all
|   guest PML4E             1            1
|   guest PDPTE             1            1
|   guest PDE               1            1
|   all                     3            3
|
| How attempts ended
|              2  the access succeeds
|              1  page fault (#PF)
|
| Guest kernel
|              1  Page faults resolved by mapping a page
|              1  Pages of 2M mapped
|              3  Frames taken for page tables
|              1  Address spaces
# Two address spaces that take turns: 7 walks and 3 hits (tests/replay has why).
$ eptsim replay $ROOT/traces/two-spaces.eptrace | grep -A 4 '^Where'
| Where these were found, per cent in L1D/L2/LLC/memory
|                        itself      EPT PML4E      EPT PDPTE        EPT PDE        EPT PTE
|   guest PML4E      78/11/0/11      90/0/0/10      90/0/0/10      90/0/0/10       92/0/0/8
|   guest PDPTE      73/13/0/13      100/0/0/0      100/0/0/0      100/0/0/0      89/0/0/11
|   guest PDE         87/0/0/13      100/0/0/0      100/0/0/0      100/0/0/0      100/0/0/0
| --
| Where translations were found
|             10  100.00 %  translations (an access that crosses a page has two)
|              3   30.00 %  in the data TLB for 4K pages
|              7   70.00 %  by a walk of the page tables
|
# Accesses that nobody can help are counted, the first in full, and replay goes on.
$ printf 'map 0x1000 4096 r\nw 0x1000 8\nr 0x800000000000 4\nr 0x1008 8\n' | eptsim replay - | sed -n '/^How/,/^Guest/p; /^Accesses/,/^Cycles/p'
| How attempts ended
|              1  the access succeeds
|              2  page fault (#PF)
|              1  general-protection exception (#GP)
|              1  VM exit: EPT violation
|              2  accesses that did not succeed in the end
|
| Guest kernel
| Accesses that did not succeed
|   access 1: write of 8 bytes at 0x1000, CPL 3: page fault (#PF), error code 0x6, the guest entry has P = 0
|   access 2: read of 4 bytes at 0x800000000000, CPL 3: general-protection exception (#GP), the linear address is not canonical
# JSON has exactly these keys; every statistic has the name that CSV has.
$ printf 'w 0x40000000 8\nr 0x800000000000 4\n' >t; eptsim replay -q --json a.json --csv a.csv t && python3 -c "
+ import json, hashlib
+ r = json.load(open('a.json'))
+ print(*r)
+ print(r['schema'], r['command'], r['input']['name'], r['input']['records'])
+ print(r['input']['sha256'] == hashlib.sha256(open('t', 'rb').read()).hexdigest())
+ print(len(r['grid']), [len(row) for row in r['grid']], sum(c['made'] for row in r['grid'] for c in row))
+ print({k: v for k, v in r['events'].items() if v})
+ print(r['faults'])
+ names = {line.split(',')[0] for line in open('a.csv')} - {'name'}
+ print(sorted(set(r['stats']) - names), sorted(n for n in names - set(r['stats']) if n.rsplit('.', 1)[0] not in r['histograms']))
+ "
| schema command config input stats histograms grid events faults
| eptsim-report/1 replay t 2
| True
| 6 [6, 6, 6, 6, 6, 6] 24
| {'pf': 1, 'gp': 1, 'ept_violation': 1, 'vm_exits': 5, 'flag_guest_a': 4, 'flag_guest_d': 1, 'flag_ept_a': 8, 'flag_ept_d': 5}
| [{'access': 2, 'type': 'read', 'address': '0x800000000000', 'size': 4, 'cpl': 3, 'fault': {'kind': 'gp', 'rule': 'not-canonical', 'vector': 13, 'error_code': '0x0', 'gla': '0x800000000000'}}]
| [] []
# The same bytes twice, and from a pipe but for the name.
$ eptsim replay -q --json b.json t && cmp a.json b.json && eptsim replay -q --json c.json - <t && diff a.json c.json
| 173c173
| <     "name": "t",
| ---
| >     "name": "standard input",
= 1
# Events in order, each with its access and cycle.
$ printf 'w 0x40000000 8\nw 0x40000000 8\ninvlpg 0x40000000\n' | eptsim replay -q --set ept.page=1g --events e.jsonl - && cat e.jsonl
| {"event":"flag","access":1,"cycle":3500,"dimension":"ept","level":4,"guest_level":4,"flags":"A","entry_hpa":"0x0","old":"0x1007","new":"0x1107"}
| {"event":"flag","access":1,"cycle":3500,"dimension":"ept","level":3,"guest_level":4,"flags":"AD","entry_hpa":"0x1000","old":"0x400000b7","new":"0x400003b7"}
| {"event":"fault","access":1,"cycle":3500,"fault":{"kind":"pf","rule":"guest-not-present","vector":14,"cr2":"0x40000000","error_code":"0x6","gla":"0x40000000","gpa":"0x0","dimension":"guest","level":4,"entry_hpa":"0x40000000","entry":"0x0"}}
| {"event":"flag","access":1,"cycle":5894,"dimension":"guest","level":4,"flags":"A","entry_hpa":"0x40000000","old":"0x2007","new":"0x2027"}
| {"event":"flag","access":1,"cycle":5894,"dimension":"guest","level":3,"flags":"A","entry_hpa":"0x40002008","old":"0x3007","new":"0x3027"}
| {"event":"flag","access":1,"cycle":5894,"dimension":"guest","level":2,"flags":"A","entry_hpa":"0x40003000","old":"0x4007","new":"0x4027"}
| {"event":"flag","access":1,"cycle":5894,"dimension":"guest","level":1,"flags":"AD","entry_hpa":"0x40004000","old":"0x1007","new":"0x1067"}
| {"event":"operation","access":2,"cycle":6044,"operation":"invlpg","address":"0x40000000","outcome":"ok"}
# What cannot be used is told in one sentence, and nothing is left behind.
$ eptsim replay; eptsim replay a b; eptsim replay --frobnicate t
! eptsim replay: expected a trace, or - for standard input
! Try `eptsim replay --help' or `eptsim replay --usage' for more information.
! eptsim replay: one trace at a time
! Try `eptsim replay --help' or `eptsim replay --usage' for more information.
! eptsim replay: unrecognized option '--frobnicate'
! Try `eptsim replay --help' or `eptsim replay --usage' for more information.
= 2
$ eptsim replay -q --json x.json nowhere; eptsim replay -q --json x.json .; ls x.json
! eptsim replay: nowhere: cannot open: No such file or directory
! eptsim replay: .: is a directory, expected a trace
! ls: cannot access 'x.json': No such file or directory
= 2
$ printf 'random \001\002\003 bytes' | eptsim replay -
!~ eptsim replay: standard input: not a trace of a known format \(lackey, eptrace, .*\): it begins with "random \\x01\\x02\\x03 bytes"
= 2
$ printf 'r 0x1000 8\nr 0x1000\n' | eptsim replay --json x.json --events y.jsonl -; echo $?; ls x.json y.jsonl
| 2
! eptsim replay: standard input:2: expected a size in bytes, 1 to 4096, found nothing more
! ls: cannot access 'x.json': No such file or directory
! ls: cannot access 'y.jsonl': No such file or directory
= 2
$ printf 'r 0x1000 8\nr 0x1000\nr 0x2000 8\n' | eptsim replay --max-errors 1 - | head -4
| eptsim replay: standard input
|   eptrace trace; accesses: 2 (fetches 0, reads 2, writes 0, read-modify-writes 0); directives: 0
|   malformed records, skipped: 1; the first: standard input:2: expected a size in bytes, 1 to 4096, found nothing more
|
# A trace that maps all of memory.
$ for i in {0..999}; do printf 'r 0x%x 8\n' $((i * 4096)); done | eptsim replay --memory 2M -
! eptsim replay: standard input:505: the hypervisor finds no free frame of 4K in its memory of 2M; --memory gives more
= 2
$ printf 'r 0x1000 8\n# a comment\nvm 65535\n' | eptsim replay -
! eptsim replay: standard input:3: virtual machine 65535: the highest number is 65534
= 2
$ eptsim replay --mode shadow t
! eptsim replay: --mode: mode = shadow: shadow page tables are not there yet
= 2
$ eptsim replay --mode frob t; eptsim replay --memory 5 t; eptsim replay --set frob=1 t; eptsim replay --limit x t
! eptsim replay: --mode: mode = frob: expected ept, native or shadow
! eptsim replay: --memory: memory.size = 5: expected size, 1M to 4P, a multiple of 4K
! eptsim replay: --set: unknown key "frob"
! eptsim replay: --limit: expected a number, found "x"
= 2
$ printf '[tlb.l1d.4k]\nways = 3\n' >bad.ini; eptsim replay --config bad.ini t; eptsim replay --config nowhere.ini t
! eptsim replay: bad.ini:2: tlb.l1d.4k.ways = 3: this replacement needs a power of two, at most 64
! eptsim replay: nowhere.ini: cannot be opened: No such file or directory
= 2
$ eptsim replay t >/dev/full
! eptsim replay: /dev/stdout: cannot be written: No space left on device
= 2
# The line is right in a lackey trace too, with foreign lines between.
$ printf '==1== Lackey\n L 1000,8\nhello\n' >l; for i in {2..999}; do printf ' L %x,8\n' $((i * 4096)); done >>l; eptsim replay --memory 2M l
! eptsim replay: l:507: the hypervisor finds no free frame of 4K in its memory of 2M; --memory gives more
= 2
# Runs under valgrind (a sanitizer's build does not), and reads what valgrind prints.
$ valgrind="valgrind -q --error-exitcode=9"; case $(command -v eptsim) in *-san/*) valgrind= ;; esac; $valgrind eptsim replay -q --json v.json t && eptsim replay -q --json a.json t && cmp a.json v.json
$ valgrind --tool=lackey --trace-mem=yes /bin/ls 2>&1 | eptsim replay - | sed -n '/^Where/,/^Walks/p' | grep -c 'in the data TLB for 4K pages'
| 1
# What is a sample, what has physical addresses and what was no access is told.
$ printf '7 1000 68100142 |OP LOAD|LVL L1 hit| 5\n' | eptsim replay - | grep sample
|~ .*the trace holds a sample of the accesses only
$ printf '0x1000 R\n' | eptsim replay - | grep physical
|~ .*the trace holds physical addresses; they were replayed as virtual ones
$ printf '2 1000\n4 0\n' | eptsim replay - | grep -E 'input.other|prefetches'
|~ .*input.other counts items of the trace that are no accesses, such as prefetches
|*
