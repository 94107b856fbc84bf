# A cold walk of 4K pages under 4K pages: 24 references before the data.
$ eptsim walk 0x7f1234567abc
| GVA 0x7f1234567abc: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   processor     MAXPHYADDR 46
|   caches        empty
|
|   #  entry          at HPA       value  flags set     what it decides
| The guest PML4E is at GPA 0x17f0; EPT says where that is in host memory:
|    1  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|    2  EPT PDPTE    0x202000    0x203107  R W X A       next table at HPA 0x203000
|    3  EPT PDE      0x203000    0x204107  R W X A       next table at HPA 0x204000
|    4  EPT PTE      0x204008    0x201337  R W X WB A D  maps the 4K page at HPA 0x201000
|    5  guest PML4E  0x2017f0      0x2027  P RW US A     next table at GPA 0x2000
| The guest PDPTE is at GPA 0x2240; EPT says where that is in host memory:
|    6  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|    7  EPT PDPTE    0x202000    0x203107  R W X A       next table at HPA 0x203000
|    8  EPT PDE      0x203000    0x204107  R W X A       next table at HPA 0x204000
|    9  EPT PTE      0x204010    0x205337  R W X WB A D  maps the 4K page at HPA 0x205000
|   10  guest PDPTE  0x205240      0x3027  P RW US A     next table at GPA 0x3000
| The guest PDE is at GPA 0x3d10; EPT says where that is in host memory:
|   11  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|   12  EPT PDPTE    0x202000    0x203107  R W X A       next table at HPA 0x203000
|   13  EPT PDE      0x203000    0x204107  R W X A       next table at HPA 0x204000
|   14  EPT PTE      0x204018    0x206337  R W X WB A D  maps the 4K page at HPA 0x206000
|   15  guest PDE    0x206d10      0x4027  P RW US A     next table at GPA 0x4000
| The guest PTE is at GPA 0x4b38; EPT says where that is in host memory:
|   16  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|   17  EPT PDPTE    0x202000    0x203107  R W X A       next table at HPA 0x203000
|   18  EPT PDE      0x203000    0x204107  R W X A       next table at HPA 0x204000
|   19  EPT PTE      0x204020    0x207337  R W X WB A D  maps the 4K page at HPA 0x207000
|   20  guest PTE    0x207b38  0x40403067  P RW US A D   maps the 4K page at GPA 0x40403000
| The data is at GPA 0x40403abc; EPT says where that is in host memory:
|   21  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|   22  EPT PDPTE    0x202008    0x209107  R W X A       next table at HPA 0x209000
|   23  EPT PDE      0x209010    0x20a107  R W X A       next table at HPA 0x20a000
|   24  EPT PTE      0x20a018    0x208337  R W X WB A D  maps the 4K page at HPA 0x208000
|
| The access succeeds.
|   HPA          0x208abc (found by the walk)
|   GPA          0x40403abc
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 24 references before the data access: 4 guest entries, 20 EPT entries
# Without EPT, in each paging mode.
$ eptsim walk --mode native --paging 5level --guest-page 2m 0xff00001234567890
| GVA 0xff00001234567890: a read of 8 bytes by the user (CPL 3)
|   guest paging  5-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x1020, EFER = 0xd00; on: WP, NXE
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46
|   caches        empty
|
|   #  entry        at HPA       value  flags set       what it decides
| Without EPT a guest-physical address is the host-physical one:
|    1  guest PML5E  0x1800      0x2027  P RW US A       next table at GPA 0x2000
|    2  guest PML4E  0x2000      0x3027  P RW US A       next table at GPA 0x3000
|    3  guest PDPTE  0x3240      0x4027  P RW US A       next table at GPA 0x4000
|    4  guest PDE    0x4d10  0x404000e7  P RW US A D PS  maps the 2M page at GPA 0x40400000
|
| The access succeeds.
|   HPA          0x40567890 (found by the walk)
|   memory type  WB
|   page         2M
| 4 references before the data access: 4 guest entries
$ eptsim walk --mode native --paging pae --access write 0xc0001234
| GVA 0xc0001234: a write of 8 bytes by the user (CPL 3)
|   guest paging     PAE paging, CR3 = 0x1000
|   registers        CR0 = 0x80010011, CR4 = 0x20, EFER = 0x800; on: WP, NXE
|   PDPTE registers  0x0, 0x0, 0x0, 0x2001
|   EPT              none: guest-physical addresses are host-physical ones
|   processor        MAXPHYADDR 46
|   caches           empty
|
|   #  entry      at HPA       value  flags set    what it decides
| Without EPT a guest-physical address is the host-physical one:
|    1  guest PDE  0x2000      0x3027  P RW US A    next table at GPA 0x3000
|    2  guest PTE  0x3008  0x40403067  P RW US A D  maps the 4K page at GPA 0x40403000
|
| The access succeeds.
|   HPA          0x40403234 (found by the walk)
|   memory type  WB
|   page         4K
| 2 references before the data access: 2 guest entries
$ eptsim walk --mode native --paging 32bit --guest-page 4m --size 4 0x12345678
| GVA 0x12345678: a read of 4 bytes by the user (CPL 3)
|   guest paging  32-bit paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x10, EFER = 0x800; on: WP, NXE, PSE
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46
|   caches        empty
|
|   #  entry      at HPA       value  flags set       what it decides
| Without EPT a guest-physical address is the host-physical one:
|    1  guest PDE  0x1120  0x404000e7  P RW US A D PS  maps the 4M page at GPA 0x40400000
|
| The access succeeds.
|   HPA          0x40745678 (found by the walk)
|   memory type  WB
|   page         4M
| 1 reference before the data access: 1 guest entry
$ eptsim walk --mode native --paging none 0x1234
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  paging is off, CR3 = 0x0
|   registers     CR0 = 0x10011, CR4 = 0x0, EFER = 0x800; on: WP, NXE
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46
|   caches        empty
|
| No paging structure is read.
|
| The access succeeds.
|   HPA          0x1234 (neither paging nor EPT is on)
|   memory type  WB
| 0 references before the data access
# A page size of each dimension; paging off needs EPT alone.
$ eptsim walk --guest-page 1g --ept-page 2m --ept-levels 5 0x12345678 | tail -n 22
|    2  EPT PML4E    0x201000    0x202107  R W X A          next table at HPA 0x202000
|    3  EPT PDPTE    0x202000    0x203107  R W X A          next table at HPA 0x203000
|    4  EPT PDE      0x203000    0x4003b7  R W X WB PS A D  maps the 2M page at HPA 0x400000
|    5  guest PML4E  0x401000      0x2027  P RW US A        next table at GPA 0x2000
| The guest PDPTE is at GPA 0x2000; EPT says where that is in host memory:
|    6  EPT PML5E    0x200000    0x201107  R W X A          next table at HPA 0x201000
|    7  EPT PML4E    0x201000    0x202107  R W X A          next table at HPA 0x202000
|    8  EPT PDPTE    0x202000    0x203107  R W X A          next table at HPA 0x203000
|    9  EPT PDE      0x203000    0x4003b7  R W X WB PS A D  maps the 2M page at HPA 0x400000
|   10  guest PDPTE  0x402000  0x400000e7  P RW US A D PS   maps the 1G page at GPA 0x40000000
| The data is at GPA 0x52345678; EPT says where that is in host memory:
|   11  EPT PML5E    0x200000    0x201107  R W X A          next table at HPA 0x201000
|   12  EPT PML4E    0x201000    0x202107  R W X A          next table at HPA 0x202000
|   13  EPT PDPTE    0x202008    0x204107  R W X A          next table at HPA 0x204000
|   14  EPT PDE      0x204488    0x6003b7  R W X WB PS A D  maps the 2M page at HPA 0x600000
|
| The access succeeds.
|   HPA          0x745678 (found by the walk)
|   GPA          0x52345678
|   memory type  WB
|   page         2M (the smaller of the guest's and the EPT's page)
| 14 references before the data access: 2 guest entries, 12 EPT entries
$ eptsim walk --paging none --ept-page 1g 0x1234
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  paging is off, CR3 = 0x0
|   registers     CR0 = 0x10011, CR4 = 0x0, EFER = 0x800; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   processor     MAXPHYADDR 46
|   caches        empty
|
|   #  entry        at HPA       value  flags set        what it decides
| The data is at GPA 0x1234; EPT says where that is in host memory:
|    1  EPT PML4E  0x200000    0x201107  R W X A          next table at HPA 0x201000
|    2  EPT PDPTE  0x201000  0x400003b7  R W X WB PS A D  maps the 1G page at HPA 0x40000000
|
| The access succeeds.
|   HPA          0x40001234 (found by the walk)
|   GPA          0x1234
|   memory type  WB
|   page         1G
| 2 references before the data access: 2 EPT entries
$ for g in 4k 2m 1g; do for e in 4k 2m 1g; do eptsim walk --guest-page $g --ept-page $e 0x1234 | tail -n 1; done; done
| 24 references before the data access: 4 guest entries, 20 EPT entries
| 19 references before the data access: 4 guest entries, 15 EPT entries
| 14 references before the data access: 4 guest entries, 10 EPT entries
| 19 references before the data access: 3 guest entries, 16 EPT entries
| 15 references before the data access: 3 guest entries, 12 EPT entries
| 11 references before the data access: 3 guest entries, 8 EPT entries
| 14 references before the data access: 2 guest entries, 12 EPT entries
| 11 references before the data access: 2 guest entries, 9 EPT entries
| 8 references before the data access: 2 guest entries, 6 EPT entries
# First use: flags are set, the log is written; two pages.
$ eptsim walk --fresh --with pml --access write --guest-page 2m --ept-page 2m --ept-table-page 1g 0x1ffffc
| GVA 0x1ffffc: a write of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   controls      page-modification logging
|   processor     MAXPHYADDR 46
|   caches        empty
|
|   #  entry                  at HPA       value  flags set        what it decides
| The guest PML4E is at GPA 0x1000; EPT says where that is in host memory:
|    1  EPT PML4E            0x200000    0x201007  R W X            next table at HPA 0x201000
|    2  EPT PDPTE            0x201000  0x400000b7  R W X WB PS      maps the 1G page at HPA 0x40000000
| +     EPT PML4E            0x200000    0x201107                   a locked write sets A
| +     EPT PDPTE            0x201000  0x400003b7                   a locked write sets A and D
| +     PML entry            0x203ff8      0x1000                   the page-modification log gets this GPA
|    3  guest PML4E        0x40001000      0x2007  P RW US          next table at GPA 0x2000
| The guest PDPTE is at GPA 0x2000; EPT says where that is in host memory:
|    4  EPT PML4E            0x200000    0x201107  R W X A          next table at HPA 0x201000
|    5  EPT PDPTE            0x201000  0x400003b7  R W X WB PS A D  maps the 1G page at HPA 0x40000000
|    6  guest PDPTE        0x40002000      0x3007  P RW US          next table at GPA 0x3000
| The guest PDE is at GPA 0x3000; EPT says where that is in host memory:
|    7  EPT PML4E            0x200000    0x201107  R W X A          next table at HPA 0x201000
|    8  EPT PDPTE            0x201000  0x400003b7  R W X WB PS A D  maps the 1G page at HPA 0x40000000
|    9  guest PDE          0x40003000  0x40400087  P RW US PS       maps the 2M page at GPA 0x40400000
| The guest entries get their accessed and dirty flags:
| +     guest PML4E        0x40001000      0x2027                   a locked write sets A
| +     guest PDPTE        0x40002000      0x3027                   a locked write sets A
| +     guest PDE          0x40003000  0x404000e7                   a locked write sets A and D
| The data is at GPA 0x405ffffc; EPT says where that is in host memory:
|   10  EPT PML4E            0x200000    0x201107  R W X A          next table at HPA 0x201000
|   11  EPT PDPTE            0x201008    0x202007  R W X            next table at HPA 0x202000
|   12  EPT PDE              0x202010    0x4000b7  R W X WB PS      maps the 2M page at HPA 0x400000
| +     EPT PDPTE            0x201008    0x202107                   a locked write sets A
| +     EPT PDE              0x202010    0x4003b7                   a locked write sets A and D
| +     PML entry            0x203ff0  0x405ff000                   the page-modification log gets this GPA
|
| The second page, from GVA 0x200000 on:
| The first guest entries need not be read:
| -     guest PDPTE cache  0x40003000                               the paging-structure cache knows the table of the guest PDE: GPA 0x3000 at this HPA
|   13  guest PDE          0x40003008  0x40600087  P RW US PS       maps the 2M page at GPA 0x40600000
| +     guest PDE          0x40003008  0x406000e7                   a locked write sets A and D
| The data is at GPA 0x40600000; EPT says where that is in host memory:
| -     EPT PDPTE cache      0x202000                               the paging-structure cache knows the table of the EPT PDE: 2 reads are saved
|   14  EPT PDE              0x202018    0x6000b7  R W X WB PS      maps the 2M page at HPA 0x600000
| +     EPT PDE              0x202018    0x6003b7                   a locked write sets A and D
| +     PML entry            0x203fe8  0x40600000                   the page-modification log gets this GPA
|
| The access succeeds.
|   HPA          0x5ffffc (found by the walk)
|   GPA          0x405ffffc
|   memory type  WB
|   page         2M (the smaller of the guest's and the EPT's page)
|   second page  0x600000 (found by the walk)
|   GPA          0x40600000
|   memory type  WB
|   page         2M (the smaller of the guest's and the EPT's page)
| 14 references before the data access: 4 guest entries, 10 EPT entries; besides 9 flag writes, 3 stores; 2 cache hits saved others
# What caches leave.
$ eptsim walk --warm 1 0x7f1234567abc
| GVA 0x7f1234567abc: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   processor     MAXPHYADDR 46
|   caches        as 1 access before left them
|
| No paging structure is read.
|
| The access succeeds.
|   HPA          0x208abc (from the TLB)
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 0 references before the data access
$ eptsim walk --warm 1 --caches psc 0x7f1234567abc | sed -n '/#/,$p'
|   #  entry              at HPA       value  flags set     what it decides
| The first guest entries need not be read:
| -     guest PDE cache  0x207000                            the paging-structure cache knows the table of the guest PTE: GPA 0x4000 at this HPA
|    1  guest PTE        0x207b38  0x40403067  P RW US A D   maps the 4K page at GPA 0x40403000
| The data is at GPA 0x40403abc; EPT says where that is in host memory:
|    2  EPT PML4E        0x200000    0x202107  R W X A       next table at HPA 0x202000
|    3  EPT PDPTE        0x202008    0x209107  R W X A       next table at HPA 0x209000
|    4  EPT PDE          0x209010    0x20a107  R W X A       next table at HPA 0x20a000
|    5  EPT PTE          0x20a018    0x208337  R W X WB A D  maps the 4K page at HPA 0x208000
|
| The access succeeds.
|   HPA          0x208abc (found by the walk)
|   GPA          0x40403abc
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 5 references before the data access: 1 guest entry, 4 EPT entries; 1 cache hit saved others
$ eptsim walk --warm 3 --caches nested 0x7f1234567abc | sed -n '/#/,$p'
|   #  entry          at HPA       value  flags set    what it decides
| The guest PML4E is at GPA 0x17f0; EPT says where that is in host memory:
| -     nested TLB   0x2017f0                           knows where GPA 0x17f0 is: an EPT walk of 4 reads is saved
|    1  guest PML4E  0x2017f0      0x2027  P RW US A    next table at GPA 0x2000
| The guest PDPTE is at GPA 0x2240; EPT says where that is in host memory:
| -     nested TLB   0x205240                           knows where GPA 0x2240 is: an EPT walk of 4 reads is saved
|    2  guest PDPTE  0x205240      0x3027  P RW US A    next table at GPA 0x3000
| The guest PDE is at GPA 0x3d10; EPT says where that is in host memory:
| -     nested TLB   0x206d10                           knows where GPA 0x3d10 is: an EPT walk of 4 reads is saved
|    3  guest PDE    0x206d10      0x4027  P RW US A    next table at GPA 0x4000
| The guest PTE is at GPA 0x4b38; EPT says where that is in host memory:
| -     nested TLB   0x207b38                           knows where GPA 0x4b38 is: an EPT walk of 4 reads is saved
|    4  guest PTE    0x207b38  0x40403067  P RW US A D  maps the 4K page at GPA 0x40403000
| The data is at GPA 0x40403abc; EPT says where that is in host memory:
| -     nested TLB   0x208abc                           knows where GPA 0x40403abc is: an EPT walk of 4 reads is saved
|
| The access succeeds.
|   HPA          0x208abc (found by the walk)
|   GPA          0x40403abc
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 4 references before the data access: 4 guest entries; 5 cache hits saved others
$ eptsim walk --warm 1 --caches psc,ept-psc 0x7f1234567abc | sed -n '/#/,$p'
|   #  entry              at HPA       value  flags set     what it decides
| The first guest entries need not be read:
| -     guest PDE cache  0x207000                            the paging-structure cache knows the table of the guest PTE: GPA 0x4000 at this HPA
|    1  guest PTE        0x207b38  0x40403067  P RW US A D   maps the 4K page at GPA 0x40403000
| The data is at GPA 0x40403abc; EPT says where that is in host memory:
| -     EPT PDE cache    0x20a000                            the paging-structure cache knows the table of the EPT PTE: 3 reads are saved
|    2  EPT PTE          0x20a018    0x208337  R W X WB A D  maps the 4K page at HPA 0x208000
|
| The access succeeds.
|   HPA          0x208abc (found by the walk)
|   GPA          0x40403abc
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 2 references before the data access: 1 guest entry, 1 EPT entry; 2 cache hits saved others
# A peek changes nothing, and says what would change.
$ eptsim walk --peek --fresh --paging none --with pml 0x1234
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  paging is off, CR3 = 0x0
|   registers     CR0 = 0x10011, CR4 = 0x0, EFER = 0x800; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   controls      page-modification logging
|   processor     MAXPHYADDR 46; this is a peek: nothing is changed
|   caches        empty
|
|   #  entry        at HPA     value  flags set  what it decides
| The data is at GPA 0x1234; EPT says where that is in host memory:
|    1  EPT PML4E  0x200000  0x202007  R W X     next table at HPA 0x202000
|    2  EPT PDPTE  0x202000  0x203007  R W X     next table at HPA 0x203000
|    3  EPT PDE    0x203000  0x204007  R W X     next table at HPA 0x204000
|    4  EPT PTE    0x204008  0x201037  R W X WB  maps the 4K page at HPA 0x201000
| +     EPT PML4E  0x200000  0x202107            a locked write would set A
| +     EPT PDPTE  0x202000  0x203107            a locked write would set A
| +     EPT PDE    0x203000  0x204107            a locked write would set A
| +     EPT PTE    0x204008  0x201137            a locked write would set A
|
| The access succeeds.
|   HPA          0x201234 (found by the walk)
|   GPA          0x1234
|   memory type  WB
|   page         4K
| 4 references before the data access: 4 EPT entries; not done: 4 flag writes
# Every control that has references of its own.
$ eptsim walk --with hlat --set-bits guest3:0x800 0x1234 | sed -n '/#/,$p' | grep -v 'EPT P'
|   #  entry          at HPA       value  flags set          what it decides
| The HLAT PML4E is at GPA 0x1000; EPT says where that is in host memory:
|    5  HLAT PML4E   0x201000      0x2027  P RW US A          next table at GPA 0x2000
| The HLAT PDPTE is at GPA 0x2000; EPT says where that is in host memory:
|   10  HLAT PDPTE   0x205000      0x3827  P RW US A RESTART  bit 11 (restart): ordinary paging translates, from CR3
| The guest PML4E is at GPA 0x1000; EPT says where that is in host memory:
|   15  guest PML4E  0x201000      0x2027  P RW US A          next table at GPA 0x2000
| The guest PDPTE is at GPA 0x2000; EPT says where that is in host memory:
|   20  guest PDPTE  0x205000      0x3827  P RW US A          next table at GPA 0x3000
| The guest PDE is at GPA 0x3000; EPT says where that is in host memory:
|   25  guest PDE    0x206000      0x4027  P RW US A          next table at GPA 0x4000
| The guest PTE is at GPA 0x4008; EPT says where that is in host memory:
|   30  guest PTE    0x207008  0x40403067  P RW US A D        maps the 4K page at GPA 0x40403000
| The data is at GPA 0x40403234; EPT says where that is in host memory:
|
| The access succeeds.
|   HPA          0x208234 (found by the walk)
|   GPA          0x40403234
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 34 references before the data access: 6 guest entries, 28 EPT entries
$ eptsim walk --with spp --access write --ept-perm r-x 0x1234 | tail -n 12
|   24  EPT PTE      0x20a018  0x2000000000208335  R X WB A D SPP  maps the 4K page at HPA 0x208000; not writable, so sub-page permissions decide
|   25  SPPT L4E     0x20b000            0x20c001  V               next table at HPA 0x20c000
|   26  SPPT L3E     0x20c008            0x20d001  V               next table at HPA 0x20d000
|   27  SPPT L2E     0x20d010            0x20e001  V               next table at HPA 0x20e000
|   28  SPPT L1E     0x20e018          0x55555555  -               bit 8 is 1: the write right of 128-byte region 4
|
| The access succeeds.
|   HPA          0x208234 (found by the walk)
|   GPA          0x40403234
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 28 references before the data access: 4 guest entries, 20 EPT entries, 4 SPPT entries
$ eptsim walk --with ve --access write --ept-perm r-x 0x1234 | sed -n '/data is/,$p'
| The data is at GPA 0x40403234; EPT says where that is in host memory:
|   21  EPT PML4E    0x200000            0x202107  R W X A       next table at HPA 0x202000
|   22  EPT PDPTE    0x202008            0x209107  R W X A       next table at HPA 0x209000
|   23  EPT PDE      0x209010            0x20a107  R W X A       next table at HPA 0x20a000
| ! 24  EPT PTE      0x20a018            0x208335  R X WB A D    maps the 4K page at HPA 0x208000, but: a write, and bit 1 is 0 in an EPT entry used
| +     #VE area     0x20b000  0xffffffff00000030                the area gets the exit reason and the busy flag
| +     #VE area     0x20b008               0x7aa                the area gets the exit qualification
| +     #VE area     0x20b010              0x1234                the area gets the guest linear address
| +     #VE area     0x20b018          0x40403234                the area gets the guest-physical address
| +     #VE area     0x20b020                 0x0                the area gets the EPTP index
|
| Virtualization exception (#VE).
|   because      a write, and bit 1 is 0 in an EPT entry used
|   exception    #VE, vector 20
|   entry        EPT PTE = 0x208335 at HPA 0x20a018, on the way to the data
|   withheld by  EPT PTE (reference 24)
|   GPA          0x40403234
|   GLA          0x1234
|   exit qualification 0x7aa
|        1  write            1  the access was a write
|        3  readable         1  all EPT entries used allow reads (bit 0)
|        4  writable         0  an EPT entry used does not allow writes, or is not present
|        5  executable       1  all EPT entries used allow fetches (bit 2)
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
| 24 references before the fault: 4 guest entries, 20 EPT entries; besides 5 stores
# JSON is one object; its text stands nowhere else.
$ eptsim walk --json - --ept-page 1g --paging 32bit 0x1234 | python3 -c 'import json,sys; t = json.load(sys.stdin)["translations"][0]; print(t["counts"], t["outcome"], t["pages"])'
| {'references': 8, 'guest': 2, 'ept': 6, 'sppt': 0, 'flag_writes': 0, 'stores': 0, 'saved': 0} ok [{'hpa': '0x80403234', 'gpa': '0x40403234', 'memory_type': 'WB', 'page_bytes': 4096, 'source': 'walk'}]
$ eptsim walk --json out.json 0x1234 && python3 -m json.tool out.json >/dev/null && ls
| out.json
