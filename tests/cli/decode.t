$ eptsim decode
| Kinds of values, each with an example:
|   a guest paging-structure entry
|       eptsim decode guest-entry --level 2 0x402000e7
|   an EPT paging-structure entry
|       eptsim decode ept-entry --level pte 0x9077
|   an extended-page-table pointer
|       eptsim decode eptp 0x20005e
|   the exit qualification of an EPT violation
|       eptsim decode qualification 0x182
|   the exit qualification of an SPP-related event
|       eptsim decode spp-qualification 0x800
|   the error code of a page fault (#PF)
|       eptsim decode error-code 0x7
|   the capability MSR IA32_VMX_EPT_VPID_CAP
|       eptsim decode cap 0xf0106334141
|   control register CR0
|       eptsim decode cr0 0x80010033
|   control register CR3
|       eptsim decode cr3 0x1000
|   control register CR4
|       eptsim decode cr4 0x3006a0
|   the MSR IA32_EFER
|       eptsim decode efer 0xd01
|   the protection-key rights of user-mode addresses
|       eptsim decode pkru 0x55555554
|   the protection-key rights of supervisor-mode addresses
|       eptsim decode pkrs 0x8
|   the page attribute table IA32_PAT
|       eptsim decode pat 0x7040600070406
|   the virtualization-exception information area, 8 bytes a value
|       eptsim decode ve-area 0xffffffff00000030 0x182 0x7000 0x40403000 0
# Every example of that list.
$ eptsim decode | sed -n 's/^ *\(eptsim decode .*\)/\1/p' | bash
| 0x402000e7: guest PDE of 4-level paging, maps a page
|        0  P (present)                 1  the entry is present
|        1  R/W                         1  writes are allowed
|        2  U/S                         1  user accesses are allowed
|        3  PWT                         0  bit 0 of the PAT index is 0
|        4  PCD                         0  bit 1 of the PAT index is 0
|        5  A (accessed)                1  was used by a translation
|        6  D (dirty)                   1  the page was written
|        7  PS (page size)              1  the entry maps a large page
|        8  G (global)                  0  not global
|       12  PAT                         0  bit 2 of the PAT index is 0
|    51:13  address               0x20100  page at GPA 0x40200000
|    62:59  protection key            0x0  0
|       63  XD (execute-disable)        0  instruction fetches are allowed
| = maps the 2M page at GPA 0x40200000
| 0x9077: EPT PTE, maps a page
|        0  R (read)                      1  reads are allowed
|        1  W (write)                     1  writes are allowed
|        2  X (execute)                   1  instruction fetches are allowed
|      5:3  memory type                 0x6  WB (6)
|        6  IPAT (ignore PAT)             1  the guest's PAT type is ignored
|        8  A (accessed)                  0  not used yet
|        9  D (dirty)                     0  the page was not written yet
|    51:12  address                     0x9  page at HPA 0x9000
|       61  SPP (sub-page permissions)    0  the page is judged as a whole
|       63  SVE (suppress #VE)            0  an EPT violation here can become #VE
| = maps the 4K page at HPA 0x9000
| 0x20005e: an extended-page-table pointer
|      2:0  memory type        0x6  WB (6)
|      5:3  walk length - 1    0x3  3: a walk length of 4
|        6  A/D                  1  accessed and dirty flags are on
|        7  SSS                  0  supervisor shadow-stack control is off
|    51:12  address          0x200  HPA 0x200000 of the top EPT table
| = a 4-level EPT with its top table at HPA 0x200000
| 0x182: the exit qualification of an EPT violation
|        1  write         1  the access was a write
|        3  readable      0  an EPT entry used does not allow reads, or is not present
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid     1  the guest linear address field is valid
|        8  final access  1  the access itself: what the linear address translates to
| 0x800: the exit qualification of an SPP-related event
|       11  miss  1  SPP miss: a table entry is not valid
| 0x7: the error code of a page fault (#PF)
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  1  the access was a write
|        2  U/S  1  a user access
| 0xf0106334141: the capability MSR IA32_VMX_EPT_VPID_CAP
|        0  execute-only            1  EPT entries may be execute-only
|        6  walk length 4           1  EPT of 4 levels
|        7  walk length 5           0  no EPT of 5 levels
|        8  UC                      1  EPT structures may be uncacheable
|       14  WB                      1  EPT structures may be write-back
|       16  2M pages                1  EPT can map 2M pages
|       17  1G pages                1  EPT can map 1G pages
|       20  INVEPT                  1  INVEPT exists
|       21  A/D                     1  EPT can have accessed and dirty flags
|       22  advanced information    0  EPT violations do not report the guest page's rights
|       23  SSS                     0  no supervisor shadow-stack control
|       25  INVEPT single           1  INVEPT of one EPTP (type 1)
|       26  INVEPT all              1  INVEPT of all EPTPs (type 2)
|       32  INVVPID                 1  INVVPID exists
|       40  INVVPID address         1  INVVPID of one address (type 0)
|       41  INVVPID single          1  INVVPID of one VPID (type 1)
|       42  INVVPID all             1  INVVPID of all VPIDs (type 2)
|       43  INVVPID keep globals    1  INVVPID of one VPID but its globals (type 3)
|    53:48  HLAT prefix           0x0  0 (maximum HLAT prefix size)
| 0x80010033: control register CR0
|        0  PE  1  protected mode
|        1  MP  1  monitor coprocessor
|        4  ET  1  extension type: always 1
|        5  NE  1  native floating-point errors
|       16  WP  1  a supervisor cannot write read-only pages
|       31  PG  1  paging is on
| 0x1000: control register CR3
|    51:12  address  0x1  GPA 0x1000 of the top table
| 0x3006a0: control register CR4
|        4  PSE         0  32-bit paging has 4K pages only
|        5  PAE         1  8-byte entries: PAE, 4-level or 5-level paging
|        7  PGE         1  global pages
|        9  OSFXSR      1  the system uses FXSAVE
|       10  OSXMMEXCPT  1  the system handles #XM
|       12  LA57        0  in IA-32e mode: 4-level paging
|       20  SMEP        1  a supervisor cannot fetch from user-mode addresses
|       21  SMAP        1  a supervisor cannot access user-mode addresses (unless RFLAGS.AC = 1)
| 0xd01: the MSR IA32_EFER
|        0  SCE  1  SYSCALL is enabled
|        8  LME  1  IA-32e mode is enabled
|       10  LMA  1  IA-32e mode is active
|       11  NXE  1  XD flags count
| 0x55555554: the protection-key rights of user-mode addresses
|      1:0  key 0   0x0  AD = 0, WD = 0: reads and writes
|      3:2  key 1   0x1  AD = 1, WD = 0: no data access
|      5:4  key 2   0x1  AD = 1, WD = 0: no data access
|      7:6  key 3   0x1  AD = 1, WD = 0: no data access
|      9:8  key 4   0x1  AD = 1, WD = 0: no data access
|    11:10  key 5   0x1  AD = 1, WD = 0: no data access
|    13:12  key 6   0x1  AD = 1, WD = 0: no data access
|    15:14  key 7   0x1  AD = 1, WD = 0: no data access
|    17:16  key 8   0x1  AD = 1, WD = 0: no data access
|    19:18  key 9   0x1  AD = 1, WD = 0: no data access
|    21:20  key 10  0x1  AD = 1, WD = 0: no data access
|    23:22  key 11  0x1  AD = 1, WD = 0: no data access
|    25:24  key 12  0x1  AD = 1, WD = 0: no data access
|    27:26  key 13  0x1  AD = 1, WD = 0: no data access
|    29:28  key 14  0x1  AD = 1, WD = 0: no data access
|    31:30  key 15  0x1  AD = 1, WD = 0: no data access
| 0x8: the protection-key rights of supervisor-mode addresses
|      1:0  key 0   0x0  AD = 0, WD = 0: reads and writes
|      3:2  key 1   0x2  AD = 0, WD = 1: reads only
|      5:4  key 2   0x0  AD = 0, WD = 0: reads and writes
|      7:6  key 3   0x0  AD = 0, WD = 0: reads and writes
|      9:8  key 4   0x0  AD = 0, WD = 0: reads and writes
|    11:10  key 5   0x0  AD = 0, WD = 0: reads and writes
|    13:12  key 6   0x0  AD = 0, WD = 0: reads and writes
|    15:14  key 7   0x0  AD = 0, WD = 0: reads and writes
|    17:16  key 8   0x0  AD = 0, WD = 0: reads and writes
|    19:18  key 9   0x0  AD = 0, WD = 0: reads and writes
|    21:20  key 10  0x0  AD = 0, WD = 0: reads and writes
|    23:22  key 11  0x0  AD = 0, WD = 0: reads and writes
|    25:24  key 12  0x0  AD = 0, WD = 0: reads and writes
|    27:26  key 13  0x0  AD = 0, WD = 0: reads and writes
|    29:28  key 14  0x0  AD = 0, WD = 0: reads and writes
|    31:30  key 15  0x0  AD = 0, WD = 0: reads and writes
| 0x7040600070406: the page attribute table IA32_PAT
|      7:0  PA0  0x6  WB (6)
|     15:8  PA1  0x4  WT (4)
|    23:16  PA2  0x7  UC- (7)
|    31:24  PA3  0x0  UC (0)
|    39:32  PA4  0x6  WB (6)
|    47:40  PA5  0x4  WT (4)
|    55:48  PA6  0x7  UC- (7)
|    63:56  PA7  0x0  UC (0)
| 0xffffffff00000030: #VE area, offset 0: exit reason and busy flag
|     31:0  exit reason        0x30  48: EPT violation
|    63:32  busy         0xffffffff  4294967295 (not 0: no further #VE until software clears it)
| 0x182: #VE area, offset 8: exit qualification
|        1  write         1  the access was a write
|        3  readable      0  an EPT entry used does not allow reads, or is not present
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid     1  the guest linear address field is valid
|        8  final access  1  the access itself: what the linear address translates to
| 0x7000: #VE area, offset 16: guest linear address
|     63:0  guest linear address  0x7000  GVA 0x7000
| 0x40403000: #VE area, offset 24: guest-physical address
|     63:0  guest-physical address  0x40403000  GPA 0x40403000
| 0x0: #VE area, offset 32: EPTP index
|     15:0  EPTP index  0x0  0
# All bits set, and none: every row of every table.
$ for k in guest-entry ept-entry; do for l in 1 2 3 4 5; do eptsim decode $k --mode 5level --level $l 0xffffffffffffffff; done; done
| 0xffffffffffffffff: guest PTE of 5-level paging, maps a page
|        0  P (present)                      1  the entry is present
|        1  R/W                              1  writes are allowed
|        2  U/S                              1  user accesses are allowed
|        3  PWT                              1  bit 0 of the PAT index is 1
|        4  PCD                              1  bit 1 of the PAT index is 1
|        5  A (accessed)                     1  was used by a translation
|        6  D (dirty)                        1  the page was written
|        7  PAT                              1  bit 2 of the PAT index is 1
|        8  G (global)                       1  the translation is the same under every PCID
|     10:9  -                              0x3  ignored
|       11  R (restart)                      1  ignored: only HLAT paging knows it
| !  51:12  address               0xffffffffff  page at GPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    58:52  -                             0x7f  ignored
|    62:59  protection key                 0xf  15
|       63  XD (execute-disable)             1  instruction fetches are not allowed
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
| 0xffffffffffffffff: guest PDE of 5-level paging, maps a page
|        0  P (present)                      1  the entry is present
|        1  R/W                              1  writes are allowed
|        2  U/S                              1  user accesses are allowed
|        3  PWT                              1  bit 0 of the PAT index is 1
|        4  PCD                              1  bit 1 of the PAT index is 1
|        5  A (accessed)                     1  was used by a translation
|        6  D (dirty)                        1  the page was written
|        7  PS (page size)                   1  the entry maps a large page
|        8  G (global)                       1  the translation is the same under every PCID
|     10:9  -                              0x3  ignored
|       11  R (restart)                      1  ignored: only HLAT paging knows it
|       12  PAT                              1  bit 2 of the PAT index is 1
| !  51:13  address               0x7fffffffff  page at GPA 0x3fffffe00000; bits 0xfc000001fe000 are reserved: must be 0
|    58:52  -                             0x7f  ignored
|    62:59  protection key                 0xf  15
|       63  XD (execute-disable)             1  instruction fetches are not allowed
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
| 0xffffffffffffffff: guest PDPTE of 5-level paging, maps a page
|        0  P (present)                      1  the entry is present
|        1  R/W                              1  writes are allowed
|        2  U/S                              1  user accesses are allowed
|        3  PWT                              1  bit 0 of the PAT index is 1
|        4  PCD                              1  bit 1 of the PAT index is 1
|        5  A (accessed)                     1  was used by a translation
|        6  D (dirty)                        1  the page was written
|        7  PS (page size)                   1  the entry maps a large page
|        8  G (global)                       1  the translation is the same under every PCID
|     10:9  -                              0x3  ignored
|       11  R (restart)                      1  ignored: only HLAT paging knows it
|       12  PAT                              1  bit 2 of the PAT index is 1
| !  51:13  address               0x7fffffffff  page at GPA 0x3fffc0000000; bits 0xfc0003fffe000 are reserved: must be 0
|    58:52  -                             0x7f  ignored
|    62:59  protection key                 0xf  15
|       63  XD (execute-disable)             1  instruction fetches are not allowed
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
| 0xffffffffffffffff: guest PML4E of 5-level paging, references a table
|        0  P (present)                      1  the entry is present
|        1  R/W                              1  writes are allowed
|        2  U/S                              1  user accesses are allowed
|        3  PWT                              1  bit 0 of the PAT index is 1
|        4  PCD                              1  bit 1 of the PAT index is 1
|        5  A (accessed)                     1  was used by a translation
|        6  -                                1  ignored
| !      7  reserved                         1  reserved: must be 0
|     10:8  -                              0x7  ignored
|       11  R (restart)                      1  ignored: only HLAT paging knows it
| !  51:12  address               0xffffffffff  next table at GPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    62:52  -                            0x7ff  ignored
|       63  XD (execute-disable)             1  instruction fetches are not allowed
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
| 0xffffffffffffffff: guest PML5E of 5-level paging, references a table
|        0  P (present)                      1  the entry is present
|        1  R/W                              1  writes are allowed
|        2  U/S                              1  user accesses are allowed
|        3  PWT                              1  bit 0 of the PAT index is 1
|        4  PCD                              1  bit 1 of the PAT index is 1
|        5  A (accessed)                     1  was used by a translation
|        6  -                                1  ignored
| !      7  reserved                         1  reserved: must be 0
|     10:8  -                              0x7  ignored
|       11  R (restart)                      1  ignored: only HLAT paging knows it
| !  51:12  address               0xffffffffff  next table at GPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    62:52  -                            0x7ff  ignored
|       63  XD (execute-disable)             1  instruction fetches are not allowed
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
| 0xffffffffffffffff: EPT PTE, maps a page
|        0  R (read)                                  1  reads are allowed
|        1  W (write)                                 1  writes are allowed
|        2  X (execute)                               1  instruction fetches are allowed
| !    5:3  memory type                             0x7  reserved (7)
|        6  IPAT (ignore PAT)                         1  the guest's PAT type is ignored
|        7  -                                         1  ignored
|        8  A (accessed)                              1  was used by a translation
|        9  D (dirty)                                 1  the page was written
|       10  XU (user execute)                         1  ignored: mode-based execute control is off
|       11  -                                         1  ignored
| !  51:12  address                        0xffffffffff  page at HPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    56:52  -                                      0x1f  ignored
|       57  VGP (verify guest paging)                 1  ignored: guest-paging verification is off
|       58  PWA (paging-write access)                 1  ignored: the paging-write control is off
|       59  -                                         1  ignored
|       60  SSS (supervisor shadow stack)             1  ignored: EPTP bit 7 is 0
|       61  SPP (sub-page permissions)                1  a write that lacks W is judged for its 128-byte region
|       62  -                                         1  ignored
|       63  SVE (suppress #VE)                        1  an EPT violation here is a VM exit
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
| 0xffffffffffffffff: EPT PDE, maps a page
|        0  R (read)                                  1  reads are allowed
|        1  W (write)                                 1  writes are allowed
|        2  X (execute)                               1  instruction fetches are allowed
| !    5:3  memory type                             0x7  reserved (7)
|        6  IPAT (ignore PAT)                         1  the guest's PAT type is ignored
|        7  page                                      1  the entry maps a large page
|        8  A (accessed)                              1  was used by a translation
|        9  D (dirty)                                 1  the page was written
|       10  XU (user execute)                         1  ignored: mode-based execute control is off
|       11  -                                         1  ignored
| !  51:12  address                        0xffffffffff  page at HPA 0x3fffffe00000; bits 0xfc000001ff000 are reserved: must be 0
|    56:52  -                                      0x1f  ignored
|       57  VGP (verify guest paging)                 1  ignored: guest-paging verification is off
|       58  PWA (paging-write access)                 1  ignored: the paging-write control is off
|       59  -                                         1  ignored
|       60  SSS (supervisor shadow stack)             1  ignored: EPTP bit 7 is 0
|    62:61  -                                       0x3  ignored
|       63  SVE (suppress #VE)                        1  an EPT violation here is a VM exit
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
| 0xffffffffffffffff: EPT PDPTE, maps a page
|        0  R (read)                                  1  reads are allowed
|        1  W (write)                                 1  writes are allowed
|        2  X (execute)                               1  instruction fetches are allowed
| !    5:3  memory type                             0x7  reserved (7)
|        6  IPAT (ignore PAT)                         1  the guest's PAT type is ignored
|        7  page                                      1  the entry maps a large page
|        8  A (accessed)                              1  was used by a translation
|        9  D (dirty)                                 1  the page was written
|       10  XU (user execute)                         1  ignored: mode-based execute control is off
|       11  -                                         1  ignored
| !  51:12  address                        0xffffffffff  page at HPA 0x3fffc0000000; bits 0xfc0003ffff000 are reserved: must be 0
|    56:52  -                                      0x1f  ignored
|       57  VGP (verify guest paging)                 1  ignored: guest-paging verification is off
|       58  PWA (paging-write access)                 1  ignored: the paging-write control is off
|       59  -                                         1  ignored
|       60  SSS (supervisor shadow stack)             1  ignored: EPTP bit 7 is 0
|    62:61  -                                       0x3  ignored
|       63  SVE (suppress #VE)                        1  an EPT violation here is a VM exit
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
| 0xffffffffffffffff: EPT PML4E, references a table
|        0  R (read)                      1  reads are allowed
|        1  W (write)                     1  writes are allowed
|        2  X (execute)                   1  instruction fetches are allowed
| !    7:3  reserved                   0x1f  reserved: must be 0
|        8  A (accessed)                  1  was used by a translation
|        9  -                             1  ignored
|       10  XU (user execute)             1  ignored: mode-based execute control is off
|       11  -                             1  ignored
| !  51:12  address            0xffffffffff  next table at HPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    63:52  -                         0xfff  ignored
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
| 0xffffffffffffffff: EPT PML5E, references a table
|        0  R (read)                      1  reads are allowed
|        1  W (write)                     1  writes are allowed
|        2  X (execute)                   1  instruction fetches are allowed
| !    7:3  reserved                   0x1f  reserved: must be 0
|        8  A (accessed)                  1  was used by a translation
|        9  -                             1  ignored
|       10  XU (user execute)             1  ignored: mode-based execute control is off
|       11  -                             1  ignored
| !  51:12  address            0xffffffffff  next table at HPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    63:52  -                         0xfff  ignored
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
$ eptsim decode guest-entry --level 1 --with hlat,pks 0x800000000000847 0
| 0x800000000000847: guest PTE of 4-level paging, maps a page
|        0  P (present)             1  the entry is present
|        1  R/W                     1  writes are allowed
|        2  U/S                     1  user accesses are allowed
|        3  PWT                     0  bit 0 of the PAT index is 0
|        4  PCD                     0  bit 1 of the PAT index is 0
|        5  A (accessed)            0  not used yet
|        6  D (dirty)               1  the page was written
|        7  PAT                     0  bit 2 of the PAT index is 0
|        8  G (global)              0  not global
|       11  R (restart)             1  HLAT paging hands this translation to ordinary paging
|    51:12  address               0x0  page at GPA 0x0
|    62:59  protection key        0x1  1
|       63  XD (execute-disable)    0  instruction fetches are allowed
| = maps the 4K page at GPA 0x0
| 0x0: guest PTE of 4-level paging, not present
|        0  P (present)  0  the entry is not present
| = the guest entry has P = 0: a walk that reaches it ends in #PF with P = 0
$ eptsim decode ept-entry --level pte --with mbe,pw,vgp,sss --without spp 0xffffffffffffffff 0x9037
| 0xffffffffffffffff: EPT PTE, maps a page
|        0  R (read)                                  1  reads are allowed
|        1  W (write)                                 1  writes are allowed
|        2  XS (supervisor execute)                   1  fetches from supervisor-mode addresses are allowed
| !    5:3  memory type                             0x7  reserved (7)
|        6  IPAT (ignore PAT)                         1  the guest's PAT type is ignored
|        7  -                                         1  ignored
|        8  A (accessed)                              1  was used by a translation
|        9  D (dirty)                                 1  the page was written
|       10  XU (user execute)                         1  fetches from user-mode addresses are allowed
|       11  -                                         1  ignored
| !  51:12  address                        0xffffffffff  page at HPA 0x3ffffffff000; bits 0xfc00000000000 are reserved: must be 0
|    56:52  -                                      0x1f  ignored
|       57  VGP (verify guest paging)                 1  guest tables must be read through paging-write pages
|       58  PWA (paging-write access)                 1  paging writes are allowed even if W = 0
|       59  -                                         1  ignored
|       60  SSS (supervisor shadow stack)             1  supervisor shadow-stack accesses are allowed
|       61  SPP (sub-page permissions)                1  ignored: sub-page write permissions are off
|       62  -                                         1  ignored
|       63  SVE (suppress #VE)                        1  an EPT violation here is a VM exit
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
| 0x9037: EPT PTE, maps a page
|        0  R (read)                         1  reads are allowed
|        1  W (write)                        1  writes are allowed
|        2  XS (supervisor execute)          1  fetches from supervisor-mode addresses are allowed
|      5:3  memory type                    0x6  WB (6)
|        6  IPAT (ignore PAT)                0  the memory type combines with the guest's PAT type
|        8  A (accessed)                     0  not used yet
|        9  D (dirty)                        0  the page was not written yet
|       10  XU (user execute)                0  fetches from user-mode addresses are not allowed
|    51:12  address                        0x9  page at HPA 0x9000
|       57  VGP (verify guest paging)        0  guest paging is not verified
|       58  PWA (paging-write access)        0  paging writes need W
|       60  SSS (supervisor shadow stack)    0  no supervisor shadow-stack page
|       63  SVE (suppress #VE)               0  an EPT violation here can become #VE
| = maps the 4K page at HPA 0x9000
$ for k in eptp qualification spp-qualification cap cr0 cr3 cr4 efer pkru pkrs pat; do eptsim decode $k 0xffffffffffffffff 0; done
| 0xffffffffffffffff: an extended-page-table pointer
| !    2:0  memory type               0x7  reserved (7)
|      5:3  walk length - 1           0x7  7: a walk length of 8
|        6  A/D                         1  accessed and dirty flags are on
|        7  SSS                         1  supervisor shadow-stack control is on
| !   11:8  reserved                  0xf  reserved: must be 0
| !  51:12  address          0xffffffffff  HPA 0xffffffffff000 of the top EPT table; bits 0xfc00000000000 are reserved: must be 0
| !  63:52  reserved                0xfff  reserved: must be 0
| ! VM entry fails: EPTP bits 2:0 (memory type) are not a supported UC (0) or WB (6)
| 0x0: an extended-page-table pointer
|      2:0  memory type      0x0  UC (0)
| !    5:3  walk length - 1  0x0  0: a walk length of 1
|        6  A/D                0  accessed and dirty flags are off
|        7  SSS                0  supervisor shadow-stack control is off
|    51:12  address          0x0  HPA 0x0 of the top EPT table
| ! VM entry fails: EPTP bits 5:3 (walk length - 1) name a length the processor does not support
| 0xffffffffffffffff: the exit qualification of an EPT violation
|        0  read                               1  the access was a read
|        1  write                              1  the access was a write
|        2  fetch                              1  the access was an instruction fetch
|        3  readable                           1  all EPT entries used allow reads (bit 0)
|        4  writable                           1  all EPT entries used allow writes (bit 1)
|        5  executable                         1  all EPT entries used allow fetches (bit 2)
|        6  user-executable                    1  all EPT entries used allow fetches from user-mode addresses (bit 10)
|        7  GLA valid                          1  the guest linear address field is valid
|        8  final access                       1  the access itself: what the linear address translates to
|        9  user page                          1  the linear address is a user-mode address
|       10  read/write page                    1  guest paging allows writes to it
|       11  execute-disable page               1  guest paging does not allow fetches from it
|       12  NMI unblocking                     1  an IRET had unblocked NMIs
|       13  shadow stack                       1  the access was a shadow-stack access
|       14  shadow-stack page                  1  the EPT leaf has bit 60 (supervisor shadow stack) set
|       15  verification                       1  guest-paging verification is the cause
|       16  asynchronous                       1  not caused by the instruction at hand (trace, PEBS, user interrupt)
|    63:17  -                     0x7fffffffffff  undefined: no meaning
| 0x0: the exit qualification of an EPT violation
|        3  readable      0  an EPT entry used does not allow reads, or is not present
|        4  writable      0  an EPT entry used does not allow writes, or is not present
|        5  executable    0  an EPT entry used does not allow fetches, or is not present
|        7  GLA valid     0  no linear address was translated (a load of PDPTE registers)
|        8  final access  0  an access to a guest paging structure on the way
| 0xffffffffffffffff: the exit qualification of an SPP-related event
|     10:0  -                         0x7ff  undefined: no meaning
|       11  miss                          1  SPP miss: a table entry is not valid
|       12  NMI unblocking                1  an IRET had unblocked NMIs
|    63:13  -               0x7ffffffffffff  undefined: no meaning
| 0x0: the exit qualification of an SPP-related event
|       11  miss  0  SPP misconfiguration: a table entry has a reserved bit set
| 0xffffffffffffffff: the capability MSR IA32_VMX_EPT_VPID_CAP
|        0  execute-only              1  EPT entries may be execute-only
|      5:1  -                      0x1f  not modelled
|        6  walk length 4             1  EPT of 4 levels
|        7  walk length 5             1  EPT of 5 levels
|        8  UC                        1  EPT structures may be uncacheable
|     13:9  -                      0x1f  not modelled
|       14  WB                        1  EPT structures may be write-back
|       15  -                         1  not modelled
|       16  2M pages                  1  EPT can map 2M pages
|       17  1G pages                  1  EPT can map 1G pages
|    19:18  -                       0x3  not modelled
|       20  INVEPT                    1  INVEPT exists
|       21  A/D                       1  EPT can have accessed and dirty flags
|       22  advanced information      1  EPT violations report the guest page's rights (bits 11:9)
|       23  SSS                       1  supervisor shadow-stack control
|       24  -                         1  not modelled
|       25  INVEPT single             1  INVEPT of one EPTP (type 1)
|       26  INVEPT all                1  INVEPT of all EPTPs (type 2)
|    31:27  -                      0x1f  not modelled
|       32  INVVPID                   1  INVVPID exists
|    39:33  -                      0x7f  not modelled
|       40  INVVPID address           1  INVVPID of one address (type 0)
|       41  INVVPID single            1  INVVPID of one VPID (type 1)
|       42  INVVPID all               1  INVVPID of all VPIDs (type 2)
|       43  INVVPID keep globals      1  INVVPID of one VPID but its globals (type 3)
|    47:44  -                       0xf  not modelled
|    53:48  HLAT prefix            0x3f  63 (maximum HLAT prefix size)
|    63:54  -                     0x3ff  not modelled
| 0x0: the capability MSR IA32_VMX_EPT_VPID_CAP
|        0  execute-only            0  no execute-only EPT entries
|        6  walk length 4           0  no EPT of 4 levels
|        7  walk length 5           0  no EPT of 5 levels
|        8  UC                      0  EPT structures may not be uncacheable
|       14  WB                      0  EPT structures may not be write-back
|       16  2M pages                0  EPT cannot map 2M pages
|       17  1G pages                0  EPT cannot map 1G pages
|       20  INVEPT                  0  no INVEPT
|       21  A/D                     0  EPT has no accessed and dirty flags
|       22  advanced information    0  EPT violations do not report the guest page's rights
|       23  SSS                     0  no supervisor shadow-stack control
|       25  INVEPT single           0  no INVEPT of one EPTP
|       26  INVEPT all              0  no INVEPT of all EPTPs
|       32  INVVPID                 0  no INVVPID
|       40  INVVPID address         0  no INVVPID of one address
|       41  INVVPID single          0  no INVVPID of one VPID
|       42  INVVPID all             0  no INVVPID of all VPIDs
|       43  INVVPID keep globals    0  no INVVPID that keeps globals
|    53:48  HLAT prefix           0x0  0 (maximum HLAT prefix size)
| 0xffffffffffffffff: control register CR0
|        0  PE                 1  protected mode
|        1  MP                 1  monitor coprocessor
|        2  EM                 1  emulate the coprocessor
|        3  TS                 1  task switched
|        4  ET                 1  extension type: always 1
|        5  NE                 1  native floating-point errors
|     15:6  -              0x3ff  no meaning here
|       16  WP                 1  a supervisor cannot write read-only pages
|       17  -                  1  no meaning here
|       18  AM                 1  alignment mask
|    28:19  -              0x3ff  no meaning here
|       29  NW                 1  not write-through
|       30  CD                 1  caches are disabled: memory is uncacheable
|       31  PG                 1  paging is on
| !  63:32  reserved  0xffffffff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: control register CR0
|        0  PE  0  real-address mode
|       16  WP  0  a supervisor can write read-only pages
|       31  PG  0  paging is off
| 0xffffffffffffffff: control register CR3
|      2:0  -                  0x7  no meaning here
|        3  PWT                  1  bit 0 of the PAT index of the top table
|        4  PCD                  1  bit 1 of the PAT index of the top table
|     11:5  -                 0x7f  no meaning here
| !  51:12  address   0xffffffffff  GPA 0xffffffffff000 of the top table; bits 0xfc00000000000 are reserved: must be 0
| !  63:52  reserved         0xfff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: control register CR3
|    51:12  address  0x0  GPA 0x0 of the top table
| 0xffffffffffffffff: control register CR4
|        0  VME                  1  virtual-8086 extensions
|        1  PVI                  1  protected-mode virtual interrupts
|        2  TSD                  1  RDTSC for the supervisor only
|        3  DE                   1  debugging extensions
|        4  PSE                  1  32-bit paging has 4M pages
|        5  PAE                  1  8-byte entries: PAE, 4-level or 5-level paging
|        6  MCE                  1  machine-check exceptions
|        7  PGE                  1  global pages
|        8  PCE                  1  RDPMC for users
|        9  OSFXSR               1  the system uses FXSAVE
|       10  OSXMMEXCPT           1  the system handles #XM
|       11  UMIP                 1  SGDT and its like for the supervisor only
|       12  LA57                 1  in IA-32e mode: 5-level paging
|       13  VMXE                 1  VMX is enabled
|       14  SMXE                 1  safer mode extensions
| !     15  reserved             1  reserved: must be 0
|       16  FSGSBASE             1  RDFSBASE and its like
|       17  PCIDE                1  process-context identifiers
|       18  OSXSAVE              1  the system uses XSAVE
|       19  KL                   1  key locker
|       20  SMEP                 1  a supervisor cannot fetch from user-mode addresses
|       21  SMAP                 1  a supervisor cannot access user-mode addresses (unless RFLAGS.AC = 1)
|       22  PKE                  1  protection keys of user-mode addresses (PKRU)
|       23  CET                  1  control-flow enforcement: shadow stacks
|       24  PKS                  1  protection keys of supervisor-mode addresses (IA32_PKRS)
|       25  UINTR                1  user interrupts
| !     26  reserved             1  reserved: must be 0
|       27  LASS                 1  linear-address space separation (not modelled)
|       28  LAM_SUP              1  supervisor linear-address masking (not modelled)
| !  31:29  reserved           0x7  reserved: must be 0
|       32  FRED                 1  flexible return and event delivery
| !  63:33  reserved    0x7fffffff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: control register CR4
|        4  PSE   0  32-bit paging has 4K pages only
|        5  PAE   0  4-byte entries: 32-bit paging
|        7  PGE   0  G flags are ignored
|       12  LA57  0  in IA-32e mode: 4-level paging
| 0xffffffffffffffff: the MSR IA32_EFER
|        0  SCE                     1  SYSCALL is enabled
| !    7:1  reserved             0x7f  reserved: must be 0
|        8  LME                     1  IA-32e mode is enabled
| !      9  reserved                1  reserved: must be 0
|       10  LMA                     1  IA-32e mode is active
|       11  NXE                     1  XD flags count
| !  63:12  reserved  0xfffffffffffff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: the MSR IA32_EFER
|        8  LME  0  IA-32e mode is not enabled
|       10  LMA  0  IA-32e mode is not active
|       11  NXE  0  XD flags are reserved
| 0xffffffffffffffff: the protection-key rights of user-mode addresses
|      1:0  key 0            0x3  AD = 1, WD = 1: no data access
|      3:2  key 1            0x3  AD = 1, WD = 1: no data access
|      5:4  key 2            0x3  AD = 1, WD = 1: no data access
|      7:6  key 3            0x3  AD = 1, WD = 1: no data access
|      9:8  key 4            0x3  AD = 1, WD = 1: no data access
|    11:10  key 5            0x3  AD = 1, WD = 1: no data access
|    13:12  key 6            0x3  AD = 1, WD = 1: no data access
|    15:14  key 7            0x3  AD = 1, WD = 1: no data access
|    17:16  key 8            0x3  AD = 1, WD = 1: no data access
|    19:18  key 9            0x3  AD = 1, WD = 1: no data access
|    21:20  key 10           0x3  AD = 1, WD = 1: no data access
|    23:22  key 11           0x3  AD = 1, WD = 1: no data access
|    25:24  key 12           0x3  AD = 1, WD = 1: no data access
|    27:26  key 13           0x3  AD = 1, WD = 1: no data access
|    29:28  key 14           0x3  AD = 1, WD = 1: no data access
|    31:30  key 15           0x3  AD = 1, WD = 1: no data access
| !  63:32  reserved  0xffffffff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: the protection-key rights of user-mode addresses
|      1:0  key 0   0x0  AD = 0, WD = 0: reads and writes
|      3:2  key 1   0x0  AD = 0, WD = 0: reads and writes
|      5:4  key 2   0x0  AD = 0, WD = 0: reads and writes
|      7:6  key 3   0x0  AD = 0, WD = 0: reads and writes
|      9:8  key 4   0x0  AD = 0, WD = 0: reads and writes
|    11:10  key 5   0x0  AD = 0, WD = 0: reads and writes
|    13:12  key 6   0x0  AD = 0, WD = 0: reads and writes
|    15:14  key 7   0x0  AD = 0, WD = 0: reads and writes
|    17:16  key 8   0x0  AD = 0, WD = 0: reads and writes
|    19:18  key 9   0x0  AD = 0, WD = 0: reads and writes
|    21:20  key 10  0x0  AD = 0, WD = 0: reads and writes
|    23:22  key 11  0x0  AD = 0, WD = 0: reads and writes
|    25:24  key 12  0x0  AD = 0, WD = 0: reads and writes
|    27:26  key 13  0x0  AD = 0, WD = 0: reads and writes
|    29:28  key 14  0x0  AD = 0, WD = 0: reads and writes
|    31:30  key 15  0x0  AD = 0, WD = 0: reads and writes
| 0xffffffffffffffff: the protection-key rights of supervisor-mode addresses
|      1:0  key 0            0x3  AD = 1, WD = 1: no data access
|      3:2  key 1            0x3  AD = 1, WD = 1: no data access
|      5:4  key 2            0x3  AD = 1, WD = 1: no data access
|      7:6  key 3            0x3  AD = 1, WD = 1: no data access
|      9:8  key 4            0x3  AD = 1, WD = 1: no data access
|    11:10  key 5            0x3  AD = 1, WD = 1: no data access
|    13:12  key 6            0x3  AD = 1, WD = 1: no data access
|    15:14  key 7            0x3  AD = 1, WD = 1: no data access
|    17:16  key 8            0x3  AD = 1, WD = 1: no data access
|    19:18  key 9            0x3  AD = 1, WD = 1: no data access
|    21:20  key 10           0x3  AD = 1, WD = 1: no data access
|    23:22  key 11           0x3  AD = 1, WD = 1: no data access
|    25:24  key 12           0x3  AD = 1, WD = 1: no data access
|    27:26  key 13           0x3  AD = 1, WD = 1: no data access
|    29:28  key 14           0x3  AD = 1, WD = 1: no data access
|    31:30  key 15           0x3  AD = 1, WD = 1: no data access
| !  63:32  reserved  0xffffffff  reserved: must be 0
| ! the register takes no such value: a reserved bit is set
| 0x0: the protection-key rights of supervisor-mode addresses
|      1:0  key 0   0x0  AD = 0, WD = 0: reads and writes
|      3:2  key 1   0x0  AD = 0, WD = 0: reads and writes
|      5:4  key 2   0x0  AD = 0, WD = 0: reads and writes
|      7:6  key 3   0x0  AD = 0, WD = 0: reads and writes
|      9:8  key 4   0x0  AD = 0, WD = 0: reads and writes
|    11:10  key 5   0x0  AD = 0, WD = 0: reads and writes
|    13:12  key 6   0x0  AD = 0, WD = 0: reads and writes
|    15:14  key 7   0x0  AD = 0, WD = 0: reads and writes
|    17:16  key 8   0x0  AD = 0, WD = 0: reads and writes
|    19:18  key 9   0x0  AD = 0, WD = 0: reads and writes
|    21:20  key 10  0x0  AD = 0, WD = 0: reads and writes
|    23:22  key 11  0x0  AD = 0, WD = 0: reads and writes
|    25:24  key 12  0x0  AD = 0, WD = 0: reads and writes
|    27:26  key 13  0x0  AD = 0, WD = 0: reads and writes
|    29:28  key 14  0x0  AD = 0, WD = 0: reads and writes
|    31:30  key 15  0x0  AD = 0, WD = 0: reads and writes
| 0xffffffffffffffff: the page attribute table IA32_PAT
| !    7:0  PA0  0xff  reserved (255)
| !   15:8  PA1  0xff  reserved (255)
| !  23:16  PA2  0xff  reserved (255)
| !  31:24  PA3  0xff  reserved (255)
| !  39:32  PA4  0xff  reserved (255)
| !  47:40  PA5  0xff  reserved (255)
| !  55:48  PA6  0xff  reserved (255)
| !  63:56  PA7  0xff  reserved (255)
| ! the register takes no such value: a memory type is reserved
| 0x0: the page attribute table IA32_PAT
|      7:0  PA0  0x0  UC (0)
|     15:8  PA1  0x0  UC (0)
|    23:16  PA2  0x0  UC (0)
|    31:24  PA3  0x0  UC (0)
|    39:32  PA4  0x0  UC (0)
|    47:40  PA5  0x0  UC (0)
|    55:48  PA6  0x0  UC (0)
|    63:56  PA7  0x0  UC (0)
$ eptsim decode error-code 0xffffffff 0
| 0xffffffff: the error code of a page fault (#PF)
|        0  P          1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R        1  the access was a write
|        2  U/S        1  a user access
|        3  RSVD       1  an entry has a reserved bit set
|        4  I/D        1  the access was an instruction fetch
|        5  PK         1  the page's protection key forbids the access
|        6  SS         1  the access was a shadow-stack access
|        7  HLAT       1  met during HLAT paging
|     14:8  -       0x7f  undefined: no meaning
|       15  SGX        1  a rule of SGX is the cause, not paging
|    31:16  -     0xffff  undefined: no meaning
| 0x0: the error code of a page fault (#PF)
|        0  P    0  an entry was not present
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  0  a supervisor access
$ eptsim decode cr3 --with cet 0x1fff
| 0x1fff: control register CR3
|      2:0  -         0x7  no meaning here
|        3  PWT         1  bit 0 of the PAT index of the top table
|        4  PCD         1  bit 1 of the PAT index of the top table
|     11:5  -        0x7f  no meaning here
|    51:12  address   0x1  GPA 0x1000 of the top table
$ eptsim decode guest-entry --mode 32bit --level pde 0x4020a7 0xffffffff
| 0x4020a7: guest PDE of 32-bit paging, maps a page
|        0  P (present)       1  the entry is present
|        1  R/W               1  writes are allowed
|        2  U/S               1  user accesses are allowed
|        3  PWT               0  bit 0 of the PAT index is 0
|        4  PCD               0  bit 1 of the PAT index is 0
|        5  A (accessed)      1  was used by a translation
|        6  D (dirty)         0  the page was not written yet
|        7  PS (page size)    1  the entry maps a large page
|        8  G (global)        0  not global
|       12  PAT               0  bit 2 of the PAT index is 0
|    20:13  address 39:32   0x1  0x1
|    31:22  address         0x1  page at GPA 0x100400000
| = maps the 4M page at GPA 0x100400000
| 0xffffffff: guest PDE of 32-bit paging, maps a page
|        0  P (present)         1  the entry is present
|        1  R/W                 1  writes are allowed
|        2  U/S                 1  user accesses are allowed
|        3  PWT                 1  bit 0 of the PAT index is 1
|        4  PCD                 1  bit 1 of the PAT index is 1
|        5  A (accessed)        1  was used by a translation
|        6  D (dirty)           1  the page was written
|        7  PS (page size)      1  the entry maps a large page
|        8  G (global)          1  the translation is the same under every PCID
|     11:9  -                 0x7  ignored
|       12  PAT                 1  bit 2 of the PAT index is 1
|    20:13  address 39:32    0xff  0xff
| !     21  reserved            1  reserved: must be 0
|    31:22  address         0x3ff  page at GPA 0xffffc00000
| ! the guest entry has a reserved bit set: a walk that reaches it ends in #PF with RSVD = 1
$ eptsim decode guest-entry --mode pae --level pdpte 0x1007 0x2001
| 0x1007: guest PDPTE of PAE paging, references a table
|        0  P (present)    1  the entry is present
| !    2:1  reserved     0x3  reserved: must be 0
|        3  PWT            0  bit 0 of the PAT index is 0
|        4  PCD            0  bit 1 of the PAT index is 0
|    51:12  address      0x1  next table at GPA 0x1000
| ! a present PDPTE register has a reserved bit set: loading the PDPTE registers ends in #GP
| 0x2001: guest PDPTE of PAE paging, references a table
|        0  P (present)    1  the entry is present
|        3  PWT            0  bit 0 of the PAT index is 0
|        4  PCD            0  bit 1 of the PAT index is 0
|    51:12  address      0x2  next table at GPA 0x2000
| = next table at GPA 0x2000
$ eptsim decode ept-entry --level 2 --cap 0x4040 --ept-ad off 0x2000b7 0x2000303
| 0x2000b7: EPT PDE, references a table
|        0  R (read)         1  reads are allowed
|        1  W (write)        1  writes are allowed
|        2  X (execute)      1  instruction fetches are allowed
| !    5:4  reserved       0x3  reserved: must be 0
| !      7  page             1  reserved here: must be 0
|    51:12  address      0x200  next table at HPA 0x200000
| ! the EPT entry has bit 7 set where no page of that size is supported: a walk that reaches it ends in an EPT misconfiguration
| 0x2000303: EPT PDE, references a table
|        0  R (read)           1  reads are allowed
|        1  W (write)          1  writes are allowed
|        2  X (execute)        0  instruction fetches are not allowed
|        8  A (accessed)       1  ignored: EPTP bit 6 is 0: accessed and dirty flags are off
|        9  -                  1  ignored
|    51:12  address       0x2000  next table at HPA 0x2000000
| = next table at HPA 0x2000000
$ eptsim decode ept-entry --level 1 --maxphyaddr 36 0x1000000037
| 0x1000000037: EPT PTE, maps a page
|        0  R (read)                            1  reads are allowed
|        1  W (write)                           1  writes are allowed
|        2  X (execute)                         1  instruction fetches are allowed
|      5:3  memory type                       0x6  WB (6)
|        6  IPAT (ignore PAT)                   0  the memory type combines with the guest's PAT type
|        8  A (accessed)                        0  not used yet
|        9  D (dirty)                           0  the page was not written yet
| !  51:12  address                     0x1000000  page at HPA 0x0; bits 0x1000000000 are reserved: must be 0
|       61  SPP (sub-page permissions)          0  the page is judged as a whole
|       63  SVE (suppress #VE)                  0  an EPT violation here can become #VE
| ! the EPT entry has an address bit above MAXPHYADDR: a walk that reaches it ends in an EPT misconfiguration
# Decimal is as good; JSON says the same.
$ eptsim decode error-code 7
| 0x7: the error code of a page fault (#PF)
|        0  P    1  the page is mapped: rights or a reserved bit are the cause
|        1  W/R  1  the access was a write
|        2  U/S  1  a user access
$ eptsim decode eptp 0x15e --json - | python3 -c 'import json,sys; v = json.load(sys.stdin)["values"][0]; print(v["bad"], v["rule"], [f["name"] for f in v["fields"] if f["state"] == "broken"])'
| True eptp-reserved ['reserved']
# Bad usage.
$ eptsim decode frob 1
! eptsim decode: there is no kind 'frob'; 'eptsim decode' lists them
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode eptp
! eptsim decode: eptp: a value is needed, say 0x20005e
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode eptp x
! eptsim decode: expected a number (decimal, or hexadecimal after 0x), found 'x'
= 2
$ eptsim decode eptp 0x10000000000000000
! eptsim decode: expected a number (decimal, or hexadecimal after 0x), found '0x10000000000000000'
= 2
$ eptsim decode ept-entry 1
! eptsim decode: ept-entry: which level? --level 1..5, or pte, pde, pdpte, pml4e, pml5e
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode ept-entry --level 6 1
! eptsim decode: --level: expected 1..5, pte, pde, pdpte, pml4e or pml5e, found '6'
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode guest-entry --level 5 1
! eptsim decode: this paging mode has no PML5E
= 2
$ eptsim decode guest-entry --mode 32bit --level 1 0x100000000
! eptsim decode: 0x100000000 has more than 32 bits
= 2
$ eptsim decode error-code 0x100000000
! eptsim decode: 0x100000000 has more than 32 bits
= 2
$ eptsim decode ve-area 1 2 3 4 5 6
! eptsim decode: ve-area: the area has 5 values of 8 bytes, found 6
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode guest-entry --mode 3level --level 1 1
! eptsim decode: --mode: expected 4level, 5level, pae or 32bit, found '3level'
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
$ eptsim decode eptp --maxphyaddr 35 1
! eptsim decode: --maxphyaddr: 35 is not in 36..52
! Try `eptsim decode --help' or `eptsim decode --usage' for more information.
= 2
