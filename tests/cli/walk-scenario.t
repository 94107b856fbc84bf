# The first scenario of a file, and one by its id.
$ eptsim walk --scenario $ROOT/tests/data/scenarios.jsonl
| Scenario b27-ia32e4-0, step 1 of 1: access
| GVA 0xffffe5118878bc30: an instruction fetch of 1 byte by the supervisor (CPL 0, RFLAGS.AC = 1)
|   guest paging  4-level paging, CR3 = 0x2f248018
|   registers     CR0 = 0x80000031, CR4 = 0x2020a0, EFER = 0x500; on: PGE, SMAP
|   EPT           4 levels, EPTP = 0x1cc018, accessed and dirty flags off
|   processor     MAXPHYADDR 40
|
|   #  entry          at HPA               value  flags set           what it decides
| The guest PML4E is at GPA 0x2f248e50; EPT says where that is in host memory:
|    1  EPT PML4E    0x1cc000  0x9320000000002507  R W X               next table at HPA 0x2000
|    2  EPT PDPTE      0x2000            0x15f907  R W X               next table at HPA 0x15f000
|    3  EPT PDE      0x15fbc8             0xecd07  R W X               next table at HPA 0xec000
|    4  EPT PTE       0xec240  0x97b000000007b237  R W X WB            maps the 4K page at HPA 0x7b000
|    5  guest PML4E   0x7be50  0x280000002b07913f  P RW US PWT PCD A   next table at GPA 0x2b079000
| The guest PDPTE is at GPA 0x2b079230; EPT says where that is in host memory:
|    6  EPT PML4E    0x1cc000  0x9320000000002507  R W X               next table at HPA 0x2000
|    7  EPT PDPTE      0x2000            0x15f907  R W X               next table at HPA 0x15f000
|    8  EPT PDE      0x15fac0               0x1f7  R W X WB IPAT PS    maps the 2M page at HPA 0x0
|    9  guest PDPTE   0x79230   0x800005d77982125  P US A              next table at GPA 0x5d77982000
| The guest PDE is at GPA 0x5d77982218; EPT says where that is in host memory:
|   10  EPT PML4E    0x1cc000  0x9320000000002507  R W X               next table at HPA 0x2000
|   11  EPT PDPTE      0x2ba8             0x41107  R W X               next table at HPA 0x41000
|   12  EPT PDE       0x41de0             0x52107  R W X               next table at HPA 0x52000
|   13  EPT PTE       0x52c10            0x138c77  R W X WB IPAT       maps the 4K page at HPA 0x138000
|   14  guest PDE    0x138218   0x650000007611073  P RW PCD A          next table at GPA 0x7611000
| The guest PTE is at GPA 0x7611c58; EPT says where that is in host memory:
|   15  EPT PML4E    0x1cc000  0x9320000000002507  R W X               next table at HPA 0x2000
|   16  EPT PDPTE      0x2000            0x15f907  R W X               next table at HPA 0x15f000
|   17  EPT PDE      0x15f1d8  0x1b30000000000007  R W X               next table at HPA 0x0
|   18  EPT PTE          0x88             0xf43f7  R W X WB IPAT       maps the 4K page at HPA 0xf4000
|   19  guest PTE     0xf4c58  0x3e1000006b1dc1f3  P RW PCD A D PAT G  maps the 4K page at GPA 0x6b1dc000
| The data is at GPA 0x6b1dcc30; EPT says where that is in host memory:
|   20  EPT PML4E    0x1cc000  0x9320000000002507  R W X               next table at HPA 0x2000
|   21  EPT PDPTE      0x2008  0x32800000001a0007  R W X               next table at HPA 0x1a0000
|   22  EPT PDE      0x1a0ac0             0x9c907  R W X               next table at HPA 0x9c000
|   23  EPT PTE       0x9cee0            0xa5cbf7  R W X WB IPAT       maps the 4K page at HPA 0xa5c000
|
| The access succeeds.
|   HPA          0xa5cc30 (found by the walk)
|   GPA          0x6b1dcc30
|   memory type  WB
|   page         4K (the smaller of the guest's and the EPT's page)
| 23 references before the data access: 4 guest entries, 19 EPT entries
$ grep -h '"mode":"pae"' $ROOT/tests/data/scenarios.jsonl | head -n 1 | eptsim walk --scenario - | head -n 30
| Scenario b27-pae-0, step 1 of 1: access
| GVA 0x500c7180: an instruction fetch of 1 byte by the supervisor (CPL 0, RFLAGS.AC = 1)
|   guest paging     PAE paging, CR3 = 0xc01341c0
|   registers        CR0 = 0x80000031, CR4 = 0x102030, EFER = 0x0; on: PSE, SMEP
|   PDPTE registers  0x0, 0xdd80272001, 0x0, 0x0
|   EPT              4 levels, EPTP = 0x36058, accessed and dirty flags on
|   processor        MAXPHYADDR 40
|
|   #  entry        at HPA               value  flags set                what it decides
| The guest PDE is, by PDPTE register 1, at GPA 0xdd80272400; EPT says where that is in host memory:
|    1  EPT PML4E   0x36008  0x4a70000000062907  R W X A                  next table at HPA 0x62000
|    2  EPT PDPTE   0x62bb0  0xc0300000000d7507  R W X A                  next table at HPA 0xd7000
|    3  EPT PDE     0xd7008             0x7a807  R W X                    next table at HPA 0x7a000
|    4  EPT PTE     0x7a390             0xe4037  R W X WB                 maps the 4K page at HPA 0xe4000
| +     EPT PDE     0xd7008             0x7a907                           a locked write sets A
| +     EPT PTE     0x7a390             0xe4337                           a locked write sets A and D
|    5  guest PDE   0xe4400        0xdd80215363  P RW A                   next table at GPA 0xdd80215000
| The guest PTE is at GPA 0xdd80215638; EPT says where that is in host memory:
|    6  EPT PML4E   0x36008  0x4a70000000062907  R W X A                  next table at HPA 0x62000
|    7  EPT PDPTE   0x62bb0  0xc0300000000d7507  R W X A                  next table at HPA 0xd7000
|    8  EPT PDE     0xd7008             0x7a907  R W X A                  next table at HPA 0x7a000
|    9  EPT PTE     0x7a0a8  0x1a500000001b0137  R W X WB A               maps the 4K page at HPA 0x1b0000
| +     EPT PTE     0x7a0a8  0x1a500000001b0337                           a locked write sets D
|   10  guest PTE  0x1b0638        0xdda7dd50ff  P RW US PWT PCD A D PAT  maps the 4K page at GPA 0xdda7dd5000
| The data is at GPA 0xdda7dd5180; EPT says where that is in host memory:
|   11  EPT PML4E   0x36008  0x4a70000000062907  R W X A                  next table at HPA 0x62000
|   12  EPT PDPTE   0x62bb0  0xc0300000000d7507  R W X A                  next table at HPA 0xd7000
|   13  EPT PDE     0xd79f0            0x8002b7  R W X WB PS D            maps the 2M page at HPA 0x800000
| +     EPT PDE     0xd79f0            0x8003b7                           a locked write sets A
|
# Each step: caches are kept from one to the next.
$ cat >steps.jsonl <<'END'
+ {"id":"stale","mode":"ia32e4","cr0":"0x80010033","cr3":"0x2000","cr4":"0x20","efer":"0xd00","cpl":3,"eptp":"0x1e","ept_vpid_cap":"0xf0106334141","maxphyaddr":40,"controls":{},"vpid":1,"mem":{"0x0":"0x1007","0x1000":"0xb7","0x2000":"0x3027","0x3000":"0xe7"},"steps":[{"type":"read","gva":"0x1234","size":8},{"store":{"0x1000":"0x400000b7"}},{"type":"read","gva":"0x1234","size":8},{"invept":[1,"0x1e"]},{"type":"read","gva":"0x1234","size":8}]}
+ END
$ eptsim walk --scenario steps.jsonl --id stale
| Scenario stale, step 1 of 5: access
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x2000
|   registers     CR0 = 0x80010033, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x1e, accessed and dirty flags off
|   processor     MAXPHYADDR 40
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
| The data is at GPA 0x1234; EPT says where that is in host memory:
|    7  EPT PML4E       0x0  0x1007  R W X           next table at HPA 0x1000
|    8  EPT PDPTE    0x1000    0xb7  R W X WB PS     maps the 1G page at HPA 0x0
|
| The access succeeds.
|   HPA          0x1234 (found by the walk)
|   GPA          0x1234
|   memory type  WB
|   page         1G (the smaller of the guest's and the EPT's page)
| 8 references before the data access: 2 guest entries, 6 EPT entries
|
| Scenario stale, step 2 of 5: store: done
|
| Scenario stale, step 3 of 5: access
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x2000
|   registers     CR0 = 0x80010033, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x1e, accessed and dirty flags off
|   processor     MAXPHYADDR 40
|
| No paging structure is read.
|
| The access succeeds.
|   HPA          0x1234 (from the TLB)
|   memory type  WB
|   page         1G (the smaller of the guest's and the EPT's page)
| 0 references before the data access
|
| Scenario stale, step 4 of 5: invept: done
|
| Scenario stale, step 5 of 5: access
| GVA 0x1234: a read of 8 bytes by the user (CPL 3)
|   guest paging  4-level paging, CR3 = 0x2000
|   registers     CR0 = 0x80010033, CR4 = 0x20, EFER = 0xd00; on: WP, NXE
|   EPT           4 levels, EPTP = 0x1e, accessed and dirty flags off
|   processor     MAXPHYADDR 40
|
|   #  entry            at HPA       value  flags set    what it decides
| The guest PML4E is at GPA 0x2000; EPT says where that is in host memory:
|    1  EPT PML4E           0x0      0x1007  R W X        next table at HPA 0x1000
|    2  EPT PDPTE        0x1000  0x400000b7  R W X WB PS  maps the 1G page at HPA 0x40000000
| !  3  guest PML4E  0x40002000         0x0  -            the guest entry has P = 0
|
| Page fault (#PF).
|   because    the guest entry has P = 0
|   exception  #PF, vector 14
|   entry      guest PML4E = 0x0 at HPA 0x40002000
|   CR2        0x1234
|   error code 0x4
|        0  P    0  an entry was not present
|        1  W/R  0  the access was a read or a fetch
|        2  U/S  1  a user access
| 3 references before the fault: 1 guest entry, 2 EPT entries
= 1
$ eptsim walk --scenario steps.jsonl --json - | python3 -c 'import json,sys; print([t.get("pages") for t in json.load(sys.stdin)["translations"]])'
| [[{'hpa': '0x1234', 'gpa': '0x1234', 'memory_type': 'WB', 'page_bytes': 1073741824, 'source': 'walk'}], None, [{'hpa': '0x1234', 'memory_type': 'WB', 'page_bytes': 1073741824, 'source': 'tlb'}], None, []]
# Bad input.
$ eptsim walk --scenario steps.jsonl --id fresh
! eptsim walk: steps.jsonl: no scenario has the id 'fresh'
= 2
$ eptsim walk --scenario missing.jsonl
! eptsim walk: missing.jsonl: cannot be read: No such file or directory
= 2
$ eptsim walk --scenario .
! eptsim walk: .: cannot be read: Is a directory
= 2
$ : >empty; eptsim walk --scenario empty
! eptsim walk: empty: there is no scenario
= 2
$ printf '\377\000\001random' >noise; eptsim walk --scenario noise
! eptsim walk: noise:1: expected JSON, found a NUL byte at column 2
= 2
$ eptsim walk --scenario steps.jsonl 0x1234
! eptsim walk: --scenario: the addresses are in the scenario, none is given
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --scenario steps.jsonl --warm 1
! eptsim walk: --warm does not go with --scenario, which says it all
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --scenario steps.jsonl --fresh
! eptsim walk: --fresh does not go with --scenario, which says it all
! Try `eptsim walk --help' or `eptsim walk --usage' for more information.
= 2
$ eptsim walk --scenario noise --json out.json; ls out.json
! eptsim walk: noise:1: expected JSON, found a NUL byte at column 2
! ls: cannot access 'out.json': No such file or directory
= 2
# The loads of PDPTE registers are references too, before any walk.
$ cat >pae.jsonl <<'END'
+ {"id":"bad-pdpte","mode":"pae","cr0":"0x80010033","cr3":"0x20","cr4":"0x20","efer":"0x0","cpl":3,"eptp":"0x105e","ept_vpid_cap":"0xf0106334141","maxphyaddr":40,"controls":{},"mem":{"0x1000":"0x2007","0x2000":"0x800000b7","0x80000020":"0x3001","0x80000028":"0x3003"},"access":{"type":"read","gva":"0x1234","size":8}}
+ END
$ eptsim walk --scenario pae.jsonl
| Scenario bad-pdpte, step 1 of 1: access
| The state cannot be loaded, so nothing is translated (GVA 0x1234: a read of 8 bytes by the user (CPL 3))
|   guest paging  PAE paging, CR3 = 0x20
|   registers     CR0 = 0x80010033, CR4 = 0x20, EFER = 0x0; on: WP
|   EPT           4 levels, EPTP = 0x105e, accessed and dirty flags on
|   processor     MAXPHYADDR 40
|
|   #  entry           at HPA       value  flags set      what it decides
| PAE paging loads its four PDPTE registers from GPA 0x20:
|    1  EPT PML4E       0x1000      0x2007  R W X          next table at HPA 0x2000
|    2  EPT PDPTE       0x2000  0x800000b7  R W X WB PS    maps the 1G page at HPA 0x80000000
| +     EPT PML4E       0x1000      0x2107                 a locked write sets A
| +     EPT PDPTE       0x2000  0x800001b7                 a locked write sets A
|       PDPTE load  0x80000020      0x3001                 good
|    3  EPT PML4E       0x1000      0x2107  R W X A        next table at HPA 0x2000
|    4  EPT PDPTE       0x2000  0x800001b7  R W X WB PS A  maps the 1G page at HPA 0x80000000
| !     PDPTE load  0x80000028      0x3003                 a present PDPTE register has a reserved bit set
|    5  EPT PML4E       0x1000      0x2107  R W X A        next table at HPA 0x2000
|    6  EPT PDPTE       0x2000  0x800001b7  R W X WB PS A  maps the 1G page at HPA 0x80000000
|       PDPTE load  0x80000030         0x0                 not present
|    7  EPT PML4E       0x1000      0x2107  R W X A        next table at HPA 0x2000
|    8  EPT PDPTE       0x2000  0x800001b7  R W X WB PS A  maps the 1G page at HPA 0x80000000
|       PDPTE load  0x80000038         0x0                 not present
|
| General-protection exception (#GP).
|   because        a present PDPTE register has a reserved bit set
|   exception      #GP, vector 13
|   entry          PDPTE register = 0x3003
|   reserved bits  0x2
|   error code     0
| 8 references before the fault: 8 EPT entries; besides 2 flag writes
= 1
