# Guest paging refuses.
$ eptsim walk --clear-present guest2 0x1234 | sed -n '/guest PDE is/,$p'
| The guest PDE is at GPA 0x3000; EPT says where that is in host memory:
|   11  EPT PML4E    0x200000  0x202107  R W X A       next table at HPA 0x202000
|   12  EPT PDPTE    0x202000  0x203107  R W X A       next table at HPA 0x203000
|   13  EPT PDE      0x203000  0x204107  R W X A       next table at HPA 0x204000
|   14  EPT PTE      0x204018  0x206337  R W X WB A D  maps the 4K page at HPA 0x206000
| ! 15  guest PDE    0x206000    0x4026  -             the guest entry has P = 0
|
| Page fault (#PF).
|   because    the guest entry has P = 0
|   exception  #PF, vector 14
|   entry      guest PDE = 0x4026 at HPA 0x206000
|   CR2        0x1234
|   error code 0x4
|        0  P    0  an entry was not present
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
| 15 references before the fault: 3 guest entries, 12 EPT entries
$ eptsim walk --guest-perm r-x --access write 0x1234 | tail -n 11
| Page fault (#PF).
|   because      a write, and R/W = 0 in an entry used
|   exception    #PF, vector 14
|   entry        guest PTE = 0x40403065 at HPA 0x207008
|   withheld by  guest PTE (reference 20)
|   CR2          0x1234
|   error code 0x7
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  1  the access was a write
|        2  U/S  1  a user access
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --guest-perm rwxs 0x1234 | tail -n 11
| Page fault (#PF).
|   because      a user access to a supervisor-mode address
|   exception    #PF, vector 14
|   entry        guest PTE = 0x40403063 at HPA 0x207008
|   withheld by  guest PTE (reference 20)
|   CR2          0x1234
|   error code 0x5
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --guest-perm rw- --access fetch 0x1234 | tail -n 11
|   because      a fetch, and XD = 1 in an entry used
|   exception    #PF, vector 14
|   entry        guest PTE = 0x8000000040403067 at HPA 0x207008
|   withheld by  guest PTE (reference 20)
|   CR2          0x1234
|   error code 0x15
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
|        4  I/D  1  the access was an instruction fetch
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --set-bits guest4:0x80 0x1234 | tail -n 10
|   exception      #PF, vector 14
|   entry          guest PML4E = 0x20a7 at HPA 0x201000
|   reserved bits  0x80
|   CR2            0x1234
|   error code 0xd
|        0  P     1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R   0  the access was a read or a fetch
|        2  U/S   1  a user access
|        3  RSVD  1  an entry has a reserved bit set
| 5 references before the fault: 1 guest entry, 4 EPT entries
$ eptsim walk --with smap --cpl 0 0x1234 | tail -n 8
|   exception  #PF, vector 14
|   entry      guest PTE = 0x40403067 at HPA 0x207008
|   CR2        0x1234
|   error code 0x1
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  0  a supervisor access
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --with smep --cpl 0 --access fetch 0x1234 | tail -n 8
|   entry      guest PTE = 0x40403067 at HPA 0x207008
|   CR2        0x1234
|   error code 0x11
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  0  a supervisor access
|        4  I/D  1  the access was an instruction fetch
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --with pke --pkru 2 --access write 0x1234 | tail -n 10
|   because    the page's protection key forbids the access
|   exception  #PF, vector 14
|   entry      guest PTE = 0x40403067 at HPA 0x207008
|   CR2        0x1234
|   error code 0x27
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  1  the access was a write
|        2  U/S  1  a user access
|        5  PK   1  the page's protection key forbids the access
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --with cet --access read,shadow-stack 0x1234 | tail -n 10
|   because    a shadow-stack access, and the page is no shadow-stack page of this privilege
|   exception  #PF, vector 14
|   entry      guest PTE = 0x40403067 at HPA 0x207008
|   CR2        0x1234
|   error code 0x45
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
|        6  SS   1  the access was a shadow-stack access
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --paging pae --clear-present guest3 0x1234
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging     PAE paging, CR3 = 0x1000
|   registers        CR0 = 0x80010011, CR4 = 0x20, EFER = 0x800; on: WP, NXE
|   PDPTE registers  0x2000, 0x0, 0x0, 0x0
|   EPT              4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   processor        MAXPHYADDR 46
|   caches           empty
|
| No paging structure is read.
|
| Page fault (#PF).
|   because    the guest entry has P = 0
|   exception  #PF, vector 14
|   entry      PDPTE register = 0x2000
|   CR2        0x1234
|   error code 0x4
|        0  P    0  an entry was not present
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
| 0 references before the fault
= 1
# The address itself is refused: no walk.
$ eptsim walk 0x8000000000001234
| GVA 0x8000000000001234: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x20005e, accessed and dirty flags on
|   processor     MAXPHYADDR 46
|   caches        empty
|
| No paging structure is read.
|
| General-protection exception (#GP).
|   because     the linear address is not canonical
|   exception   #GP, vector 13
|   error code  0
| 0 references before the fault
= 1
$ eptsim walk --access write,stack 0x8000000000001234 | tail -n 6
|
| Stack-fault exception (#SS).
|   because     the linear address is not canonical
|   exception   #SS, vector 12
|   error code  0
| 0 references before the fault
# EPT refuses: violations ...
$ eptsim walk --access write --ept-perm r-x 0x1234 | sed -n '/data is/,$p'
| The data is at GPA 0x40403234; EPT says where that is in host memory:
|   21  EPT PML4E    0x200000    0x202107  R W X A       next table at HPA 0x202000
|   22  EPT PDPTE    0x202008    0x209107  R W X A       next table at HPA 0x209000
|   23  EPT PDE      0x209010    0x20a107  R W X A       next table at HPA 0x20a000
| ! 24  EPT PTE      0x20a018    0x208335  R X WB A D    maps the 4K page at HPA 0x208000, but: a write, and bit 1 is 0 in an EPT entry used
|
| VM exit: EPT violation.
|   because      a write, and bit 1 is 0 in an EPT entry used
|   exit reason  48
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
| 24 references before the fault: 4 guest entries, 20 EPT entries
$ eptsim walk --ept-table-perm r-x 0x1234 | sed -n '/#/,$p'
|   #  entry        at HPA     value  flags set   what it decides
| The guest PML4E is at GPA 0x1000; EPT says where that is in host memory:
|    1  EPT PML4E  0x200000  0x202107  R W X A     next table at HPA 0x202000
|    2  EPT PDPTE  0x202000  0x203107  R W X A     next table at HPA 0x203000
|    3  EPT PDE    0x203000  0x204107  R W X A     next table at HPA 0x204000
| !  4  EPT PTE    0x204008  0x201335  R X WB A D  maps the 4K page at HPA 0x201000, but: a write, and bit 1 is 0 in an EPT entry used
|
| VM exit: EPT violation.
|   because      a write, and bit 1 is 0 in an EPT entry used
|   exit reason  48
|   entry        EPT PTE = 0x201335 at HPA 0x204008, on the way to the guest PML4E
|   withheld by  EPT PTE (reference 4)
|   GPA          0x1000
|   GLA          0x1234
|   exit qualification 0xab
|        0  read          1  the access was a read
|        1  write         1  the access was a write
|        3  readable      1  all EPT entries used allow reads (bit 0)
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    1  all EPT entries used allow fetches (bit 2)
|        7  GLA valid     1  the guest linear address field is valid
|        8  final access  0  an access to a guest paging structure on the way
| 4 references before the fault: 4 EPT entries
$ eptsim walk --ept-ad off --ept-table-perm r-- --clear-bits guest1:0x20 0x1234 | tail -n 16
| VM exit: EPT violation.
|   because      a write, and bit 1 is 0 in an EPT entry used
|   exit reason  48
|   at           the write that sets a flag in the guest PTE
|   withheld by  EPT PTE (reference 19)
|   GPA          0x4008
|   GLA          0x1234
|   exit qualification 0x8b
|        0  read          1  the access was a read
|        1  write         1  the access was a write
|        3  readable      1  all EPT entries used allow reads (bit 0)
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid     1  the guest linear address field is valid
|        8  final access  0  an access to a guest paging structure on the way
| 20 references before the fault: 4 guest entries, 16 EPT entries
$ eptsim walk --clear-present ept3@2 0x1234 | tail -n 16
|
| VM exit: EPT violation.
|   because      the EPT entry is not present
|   exit reason  48
|   entry        EPT PDPTE = 0x203100 at HPA 0x202000, on the way to the guest PML4E
|   GPA          0x1000
|   GLA          0x1234
|   exit qualification 0x83
|        0  read          1  the access was a read
|        1  write         1  the access was a write
|        3  readable      0  an EPT entry used does not allow reads, or is not present
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid     1  the guest linear address field is valid
|        8  final access  0  an access to a guest paging structure on the way
| 2 references before the fault: 2 EPT entries
$ eptsim walk --access fetch --ept-perm rw- 0x1234 | tail -n 15
|   exit reason  48
|   entry        EPT PTE = 0x208333 at HPA 0x20a018, on the way to the data
|   withheld by  EPT PTE (reference 24)
|   GPA          0x40403234
|   GLA          0x1234
|   exit qualification 0x79c
|        2  fetch            1  the access was an instruction fetch
|        3  readable         1  all EPT entries used allow reads (bit 0)
|        4  writable         1  all EPT entries used allow writes (bit 1)
|        5  executable       0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
| 24 references before the fault: 4 guest entries, 20 EPT entries
$ eptsim walk --with mbe --access fetch --ept-perm rwx 0x1234 | tail -n 16
|   because      a fetch from a user-mode address, and bit 10 is 0 in an EPT entry used
|   exit reason  48
|   entry        EPT PTE = 0x208337 at HPA 0x20a018, on the way to the data
|   withheld by  EPT PTE (reference 24)
|   GPA          0x40403234
|   GLA          0x1234
|   exit qualification 0x7bc
|        2  fetch            1  the access was an instruction fetch
|        3  readable         1  all EPT entries used allow reads (bit 0)
|        4  writable         1  all EPT entries used allow writes (bit 1)
|        5  executable       1  all EPT entries used allow fetches (bit 2)
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
| 24 references before the fault: 4 guest entries, 20 EPT entries
$ eptsim walk --with pw,vgp --set-bits ept1:0x200000000000000 0x1234 | tail -n 16
|   because      guest-paging verification: a guest paging-structure entry lies in a page without paging-write
|   exit reason  48
|   entry        EPT PTE = 0x200000000208337 at HPA 0x20a018, on the way to the data
|   GPA          0x40403234
|   GLA          0x1234
|   exit qualification 0x87b9
|        0  read             1  the access was a read
|        3  readable         1  all EPT entries used allow reads (bit 0)
|        4  writable         1  all EPT entries used allow writes (bit 1)
|        5  executable       1  all EPT entries used allow fetches (bit 2)
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
|       15  verification     1  guest-paging verification is the cause
| 24 references before the fault: 4 guest entries, 20 EPT entries
$ eptsim walk --maxphyaddr 52 --set-bits guest1:0x2000000000000 0x1234 | tail -n 14
|   because      the guest-physical address is wider than this EPT translates
|   exit reason  48
|   GPA          0x2000040403234
|   GLA          0x1234
|   exit qualification 0x781
|        0  read             1  the access was a read
|        3  readable         0  an EPT entry used does not allow reads, or is not present
|        4  writable         0  an EPT entry used does not allow writes, or is not present
|        5  executable       0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
| 20 references before the fault: 4 guest entries, 16 EPT entries
# ... misconfigurations ...
$ eptsim walk --clear-bits ept1:1 0x1234 | tail -n 8
|
| VM exit: EPT misconfiguration.
|   because        the EPT entry has bit 1 (write) without bit 0 (read)
|   exit reason    49
|   entry          EPT PTE = 0x208336 at HPA 0x20a018, on the way to the data
|   GPA            0x40403234
|   qualification  undefined for an EPT misconfiguration
| 24 references before the fault: 4 guest entries, 20 EPT entries
$ eptsim walk --set-bits ept2:0x40 0x1234 | tail -n 8
| VM exit: EPT misconfiguration.
|   because        the EPT entry has a reserved bit set
|   exit reason    49
|   entry          EPT PDE = 0x20a147 at HPA 0x209010, on the way to the data
|   reserved bits  0x40
|   GPA            0x40403234
|   qualification  undefined for an EPT misconfiguration
| 23 references before the fault: 4 guest entries, 19 EPT entries
$ eptsim walk --set-bits ept1@3:0x38 0x1234 | tail -n 8
|
| VM exit: EPT misconfiguration.
|   because        the EPT leaf has memory type 2, 3 or 7
|   exit reason    49
|   entry          EPT PTE = 0x20533f at HPA 0x204010, on the way to the guest PDPTE
|   GPA            0x2000
|   qualification  undefined for an EPT misconfiguration
| 9 references before the fault: 1 guest entry, 8 EPT entries
# ... and the page-modification log is full only after 512 pages, so this one is not.
$ eptsim walk --with pml --fresh --warm 600 --access write 0x1234 | tail -n 6
|
| The access succeeds.
|   HPA          0x208234 (from the TLB)
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 0 references before the data access
# The status says how it ended.
$ eptsim walk --clear-present ept1 0x1234 >/dev/null
= 1
# VM entry refuses the state.
$ eptsim walk --with hlat --mode native 0x1234
| The state cannot be loaded, so nothing is translated (GVA 0x1234: a read of 8 bytes by the user (CPL 3))
|   guest paging  4-level paging, CR3 = 0x1000
|   registers     CR0 = 0x80010011, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           none: guest-physical addresses are host-physical ones
|   processor     MAXPHYADDR 46
|
| No paging structure is read.
|
| VM-entry failure.
|   because  a VM-execution control is on that needs EPT
| 0 references before the fault
= 1
# An access that crosses into a page that is refused.
$ eptsim walk --paging none --size 8 --access write --ept-perm r-- 0x1ffc | tail -n 12
|   GPA          0x1ffc
|   GLA          0x1ffc
|   exit qualification 0x78a
|        1  write            1  the access was a write
|        3  readable         1  all EPT entries used allow reads (bit 0)
|        4  writable         0  an EPT entry used does not allow writes, or is not present
|        5  executable       0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid        1  the guest linear address field is valid
|        8  final access     1  the access itself: what the linear address translates to
|        9  user page        1  the linear address is a user-mode address
|       10  read/write page  1  guest paging allows writes to it
| 4 references before the fault: 4 EPT entries
