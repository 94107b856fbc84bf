$ eptsim walk
! eptsim walk: a guest-virtual address is needed
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk 0x1 0x2
! eptsim walk: one address is expected, found '0x2' too
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk 12x
! eptsim walk: GVA: expected a number (decimal, or hexadecimal after 0x), found '12x'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk 0x10000000000000000
! eptsim walk: GVA: expected a number (decimal, or hexadecimal after 0x), found '0x10000000000000000'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk -- -1
! eptsim walk: GVA: expected a number (decimal, or hexadecimal after 0x), found '-1'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --paging 32bit 0x100000000
! eptsim walk: 0x100000000 is no address here: 32-bit paging has linear addresses of 32 bits
= 2
$ eptsim walk --mode shadow 0
! eptsim walk: --mode: expected native or ept, found 'shadow'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --guest-page 4m 0
! eptsim walk: only 32-bit paging has pages of 4M
= 2
$ eptsim walk --paging 32bit --guest-page 2m 0
! eptsim walk: 32-bit paging has pages of 4K and 4M
= 2
$ eptsim walk --paging pae --guest-page 1g 0
! eptsim walk: only 4-level and 5-level paging have pages of 1G
= 2
$ eptsim walk --ept-page 3m 0
! eptsim walk: --ept-page: expected 4k, 2m or 1g, found '3m'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --ept-levels 3 0
! eptsim walk: --ept-levels: expected 4 or 5, found '3'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --cap 0 0
! eptsim walk: no EPT of 4 levels can be made: the processor does not support this page size or walk length
= 2
$ eptsim walk --cap 0x4040 --ept-ad off --ept-page 2m 0
! eptsim walk: the EPT cannot map a page of 2^21 bytes: the processor does not support this page size or walk length
= 2
$ eptsim walk --cpl 4 0
! eptsim walk: --cpl: 4 is not in 0..3
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --size 0 0
! eptsim walk: --size: 0 is not in 1..4096
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --size 4097 0
! eptsim walk: --size: 4097 is not in 1..4096
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --maxphyaddr 53 0
! eptsim walk: --maxphyaddr: 53 is not in 36..52
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --access jump 0
! eptsim walk: --access: expected read, write, rmw or fetch, found 'jump'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --access read,loud 0
! eptsim walk: --access: expected implicit, stack, shadow-stack or wruss after the kind, found 'loud'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --guest-perm rr 0
! eptsim walk: --guest-perm: expected letters of rwxs, each once, and -, found 'rr'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --ept-perm q 0
! eptsim walk: --ept-perm: expected letters of rwxu, each once, and -, found 'q'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --clear-present guest6 0
! eptsim walk: --clear-present: expected an entry like guest2, ept2 or ept2@4 (levels 1..5), found 'guest6'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --clear-present guest5 0
! eptsim walk: no guest entry of level 5 is used in this layout
= 2
$ eptsim walk --clear-present ept1@1 --guest-page 2m 0
! eptsim walk: no such EPT entry of level 1 is used in this layout
= 2
$ eptsim walk --set-bits ept2 0
! eptsim walk: --set-bits: expected ENTRY:BITS, say guest2:0x80, found 'ept2'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --set-bits ept2:z 0
! eptsim walk: --set-bits: expected a number (decimal, or hexadecimal after 0x), found 'z'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --with smoep 0
! eptsim walk: no feature 'smoep'; 'eptsim help walk' lists them
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --caches l1 0
! eptsim walk: --caches: expected none, all, tlb, psc, nested or ept-psc, found 'l1'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --warm 1000001 0
! eptsim walk: --warm: 1000001 is not in 0..1000000
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --id x 0
! eptsim walk: --id belongs to --scenario
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
# An output that cannot be written.
$ eptsim walk --json /nowhere/out.json 0
! eptsim walk: /nowhere/out.json: cannot be written: No such file or directory
= 2
$ eptsim walk 0 >/dev/full
! eptsim walk: /dev/stdout: cannot be written: No space left on device
= 2
$ eptsim help walk | head -n 4
| Usage: eptsim walk [OPTION...] GVA
|   or:  eptsim walk [OPTION...] --scenario FILE
| Explain one translation, reference by reference: where each entry is, what it
| says, what it decides, and how the access ends.
