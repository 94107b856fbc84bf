# A dump of three guest tables and EPT tables, made here: 1G pages in both dimensions.
$ cat >make.py <<'END'
+ import struct
+ memory = bytearray(0x4000)
+ def put(at, value): struct.pack_into("<Q", memory, at, value)
+ put(0x0000, 0x1007)          # EPT PML4E
+ put(0x1000, 0x00000000b7)    # EPT PDPTE: GPA 0 is HPA 0, 1G
+ put(0x2000, 0x3027)          # guest PML4E
+ put(0x3000, 0x00000000e7)    # guest PDPTE: GVA 0 is GPA 0, 1G
+ open("low", "wb").write(memory)
+ END
$ python3 make.py
$ eptsim walk --mem low@0 --cr3 0x2000 --eptp 0x1e 0x1234567
| GVA 0x1234567: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x2000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x1e, accessed and dirty flags off
|   processor     MAXPHYADDR 46; this is a peek: nothing is changed
|   caches        empty
|
|   #  entry        at HPA   value  flags set       what it decides
| The guest PML4E is at GPA 0x2000; EPT says where that is in host memory:
|    1  EPT PML4E       0x0  0x1007  R W X           next table at HPA 0x1000
|    2  EPT PDPTE    0x1000    0xb7  R W X WB PS     maps the 1G page at HPA 0x0
|    3  guest PML4E  0x2000  0x3027  P RW US A       next table at GPA 0x3000
| The guest PDPTE is at GPA 0x3000; EPT says where that is in host memory:
|    4  EPT PML4E       0x0  0x1007  R W X           next table at HPA 0x1000
|    5  EPT PDPTE    0x1000    0xb7  R W X WB PS     maps the 1G page at HPA 0x0
|    6  guest PDPTE  0x3000    0xe7  P RW US A D PS  maps the 1G page at GPA 0x0
| The data is at GPA 0x1234567; EPT says where that is in host memory:
|    7  EPT PML4E       0x0  0x1007  R W X           next table at HPA 0x1000
|    8  EPT PDPTE    0x1000    0xb7  R W X WB PS     maps the 1G page at HPA 0x0
|
| The access succeeds.
|   HPA          0x1234567 (found by the walk)
|   GPA          0x1234567
|   memory type  WB
|   page         1G (the smaller of the guest's and the EPT's page)
| 8 references before the data access: 2 guest entries, 6 EPT entries
# A dump is only looked at; a warm one is written to in memory, never in the file.
$ cp low before; eptsim walk --mem low@0 --cr3 0x2000 --eptp 0x5e --access write 0x1234567 | sed -n '/#/,$p'
|   #  entry        at HPA   value  flags set        what it decides
| The guest PML4E is at GPA 0x2000; EPT says where that is in host memory:
|    1  EPT PML4E       0x0  0x1007  R W X            next table at HPA 0x1000
|    2  EPT PDPTE    0x1000    0xb7  R W X WB PS      maps the 1G page at HPA 0x0
| +     EPT PML4E       0x0  0x1107                   a locked write would set A
| +     EPT PDPTE    0x1000   0x3b7                   a locked write would set A and D
|    3  guest PML4E  0x2000  0x3027  P RW US A        next table at GPA 0x3000
| The guest PDPTE is at GPA 0x3000; EPT says where that is in host memory:
|    4  EPT PML4E       0x0  0x1107  R W X A          next table at HPA 0x1000
|    5  EPT PDPTE    0x1000   0x3b7  R W X WB PS A D  maps the 1G page at HPA 0x0
|    6  guest PDPTE  0x3000    0xe7  P RW US A D PS   maps the 1G page at GPA 0x0
| The data is at GPA 0x1234567; EPT says where that is in host memory:
|    7  EPT PML4E       0x0  0x1107  R W X A          next table at HPA 0x1000
|    8  EPT PDPTE    0x1000   0x3b7  R W X WB PS A D  maps the 1G page at HPA 0x0
|
| The access succeeds.
|   HPA          0x1234567 (found by the walk)
|   GPA          0x1234567
|   memory type  WB
|   page         1G (the smaller of the guest's and the EPT's page)
| 8 references before the data access: 2 guest entries, 6 EPT entries; not done: 2 flag writes
$ eptsim walk --mem low@0 --cr3 0x2000 --eptp 0x5e --warm 2 --access write 0x1234567 | tail -n 6; cmp before low
|
| The access succeeds.
|   HPA          0x1234567 (from the TLB)
|   memory type  WB
|   page         1G (the smaller of the guest's and the EPT's page)
| 0 references before the data access
# What is not in the dump reads as all ones, and is told.
$ eptsim walk --mem low@0 --cr3 0x5000 0x1234567
| GVA 0x1234567: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x5000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46; this is a peek: nothing is changed
|   caches        empty
|
|   #  entry        at HPA               value  flags set             what it decides
| Without EPT a guest-physical address is the host-physical one:
| !  1  guest PML4E  0x5000  0xffffffffffffffff  P RW US PWT PCD A XD  the guest entry has a reserved bit set (not in the dump: reads as all ones)
|
| Page fault (#PF).
|   because        the guest entry has a reserved bit set
|   exception      #PF, vector 14
|   entry          guest PML4E = 0xffffffffffffffff at HPA 0x5000
|   reserved bits  0xfc00000000080
|   CR2            0x1234567
|   error code 0xd
|        0  P     1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R   0  the access was a read or a fetch
|        2  U/S   1  a user access
|        3  RSVD  1  an entry has a reserved bit set
| 1 reference before the fault: 1 guest entry
= 1
$ eptsim walk --mem low@0x10000 --cr3 0x12000 --cr0 0x80000011 --cr4 0 --efer 0 0x0 | sed -n '/#/,$p'
|   #  entry       at HPA       value  flags set                what it decides
| Without EPT a guest-physical address is the host-physical one:
|    1  guest PDE  0x12000      0x3027  P RW US A                next table at GPA 0x3000
|    2  guest PTE   0x3000  0xffffffff  P RW US PWT PCD A D PAT  maps the 4K page at GPA 0xfffff000 (not in the dump: reads as all ones)
|
| The access succeeds.
|   HPA          0xfffff000 (found by the walk)
|   memory type  UC
|   page         4K
| 2 references before the data access: 2 guest entries
# PAE loads its PDPTE registers first.
$ eptsim walk --mem low@0 --cr3 0x2000 --efer 0 0x1234
| The state cannot be loaded, so nothing is translated (GVA 0x1234: a read of 8 bytes by the user (CPL 3))
|   guest paging  PAE paging, CR3 = 0x2000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0x0; on: WP
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46; this is a peek: nothing is changed
|
|   #  entry       at HPA   value  flags set  what it decides
| PAE paging loads its four PDPTE registers from GPA 0x2000:
| !     PDPTE load  0x2000  0x3027    a present PDPTE register has a reserved bit set
|       PDPTE load  0x2008     0x0    not present
|       PDPTE load  0x2010     0x0    not present
|       PDPTE load  0x2018     0x0    not present
|
| General-protection exception (#GP).
|   because        a present PDPTE register has a reserved bit set
|   exception      #GP, vector 13
|   entry          PDPTE register = 0x3027
|   reserved bits  0x26
|   error code     0
| 0 references before the fault
= 1
# Files that cannot be a dump.
$ eptsim walk --mem missing@0 --cr3 0 0
! eptsim walk: missing: No such file or directory
= 2
$ eptsim walk --mem .@0 --cr3 0 0
! eptsim walk: .: expected a regular file
= 2
$ : >empty; eptsim walk --mem empty@0 --cr3 0 0
! eptsim walk: empty: the file is empty
= 2
$ mkfifo pipe; eptsim walk --mem pipe@0 --cr3 0 0
! eptsim walk: pipe: expected a regular file
= 2
$ truncate -s 65G big; eptsim walk --mem big@0 --maxphyaddr 36 --cr3 0 0; rm big
! eptsim walk: big: 0x1040000000 bytes from 0x0 on reach beyond the physical memory of 36-bit addresses
$ eptsim walk --mem low@0xffffffffffff8 --maxphyaddr 52 --cr3 0 0
! eptsim walk: low: 0x4000 bytes from 0xffffffffffff8 on reach beyond the physical memory of 52-bit addresses
= 2
$ eptsim walk --mem low@0 --mem before@0x3ff8 --cr3 0 0
! eptsim walk: low and before overlap in physical memory
= 2
$ eptsim walk --mem low@4 --cr3 0 0
! eptsim walk: --mem: the address 4 is not a multiple of 8
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --mem low@x --cr3 0 0
! eptsim walk: --mem: expected a number (decimal, or hexadecimal after 0x), found 'x'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --mem low --cr3 0 0
! eptsim walk: --mem: expected FILE@HPA, found 'low'
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --mem low@0 0
! eptsim walk: --mem needs --cr3: where the guest's tables are
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --cr3 0 0
! eptsim walk: --cr3 needs the memory, by --mem FILE@HPA
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --mem low@0 --cr3 0x2000000000000000 0
! eptsim walk: linear-address masking and separation (LAM, LASS) are not modelled
= 2
$ eptsim walk --mem low@0 --cr3 0x2000 --cr4 0x8000020 0
! eptsim walk: linear-address masking and separation (LAM, LASS) are not modelled
= 2
$ eptsim walk --mem low@0 --cr3 0x2000 --fresh 0
! eptsim walk: --fresh builds tables, --cr3 is about tables that are there
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
# Noise may mean anything, but it ends.
$ for i in 0 1 2 3 4 5 6 7 8 9; do head -c 8192 /dev/urandom >noise; eptsim walk --mem noise@0 --cr3 0 --eptp 0x5e 0x${i}234567 >/dev/null; [ $? -le 1 ] || echo "status above 1"; done
