# A submission that makes one mistake: what students read.
$ sed 's/return table | RWX;/return table | RWX | 48;/' $ROOT/tests/submissions/recursive.c >wrong.c; eptsim grade --only table.map wrong.c
| wrong.c, seed 1
|
| FAIL     0/5    table.map                  a page that is mapped can be read, written and executed
|         wrong: an entry that references a table has a memory type or IPAT [table-memory-type, mistake 16]
|           called:    lab_map(gpa 0x123456789000, hpa 0x2468ac000, rwx, WB) -> LAB_OK
|           expected:  that gpa 0x123456789000 leads to hpa 0x2468ac000 (rwx, WB, 4K page)
|           processor: gpa 0x123456789000: VM exit: EPT misconfiguration; level 4 entry at hpa 0x24005a64d120 is 0x24005a6ca037: the EPT entry has a reserved bit set (ept-reserved)
|           advice:    Bits 6:3 are reserved except in the entry that maps the page.
|
| 0 of 5 points (interface 0 of 5, hardware-legal 0 of 0), 1 failed, 0 warnings
= 1

# Warnings cost nothing.
$ sed 's/eptp |= LAB_WB;/eptp |= 0;/' $ROOT/tests/submissions/recursive.c >slow.c; eptsim grade --only legal.eptp slow.c
| slow.c, seed 1
|
| warn     5/5    legal.eptp                 a VM entry accepts the EPT pointer
|         warning: the EPT pointer's memory type is 0 (uncacheable) [eptp-uncached, mistake 3]
|           called:    a 4-level EPT, A/D flags not wanted; lab_eptp() -> 0x24005a64d018
|           expected:  0x24005a64d01e
|           processor: it accepts this and reads each entry from memory
|           advice:    It is legal, but each walk then goes to memory: put 6 (write-back) into bits 2:0 of the EPTP.
|
| 5 of 5 points (interface 0 of 0, hardware-legal 5 of 5), 0 failed, 1 warning

# A shortest sequence that fails.
$ sed 's/if (result == LAB_OK \&\& empty(lab, below)) {/if (result == LAB_OK) {/' $ROOT/tests/submissions/recursive.c >eager.c; eptsim grade --only random eager.c
| eager.c, seed 1
|
| FAIL     0/8    random.operations          10,000 random calls agree with a model
|         wrong: a frame was freed that is not allocated, or still linked [bad-free]
|           called:    map(0x87b0001000, r--), map(0x87b0006000, -w-), unmap(0x87b0006000), lab_map(gpa 0x87f000b000, hpa 0xe9a6c000, -wx, WB) -> LAB_OK (shortest sequence found: 4 calls; it failed first at call 17 of 10000)
|           expected:  6 frames allocated, the root included; there are 4
|           advice:    Free each frame once, after the entry that references it is cleared; never the root.
|
| 0 of 8 points (interface 0 of 8, hardware-legal 0 of 0), 1 failed, 0 warnings
= 1

# It does not compile.
$ echo 'int lab_map(' >broken.c; eptsim grade broken.c
| broken.c, seed 1
|
| The submission cannot be graded:
| submission.c:1:1: error: expected declaration specifiers or '...' at end of input
|     1 | int lab_map(
|       | ^~~
|
|
| 0 of 0 points (interface 0 of 0, hardware-legal 0 of 0), 0 failed, 0 warnings
= 2

# An image in scenario lines, and what it must map.
$ cat >image.jsonl <<'END'
+ {"id":"mapped","mode":"nopaging","cr0":"0x11","cr3":"0x0","cr4":"0x0","efer":"0x0","cpl":0,"maxphyaddr":46,"eptp":"0x101e","ept_vpid_cap":"0xf0106734141","mem":{"0x1000":"0x2007","0x2000":"0x3007","0x3000":"0x4007","0x4008":"0x50037"},"access":{"type":"write","gva":"0x1008","size":8},"expect":{"outcome":"ok","hpa":"0x50008"}}
+ {"id":"guest-bits","mode":"nopaging","cr0":"0x11","cr3":"0x0","cr4":"0x0","efer":"0x0","cpl":0,"maxphyaddr":46,"eptp":"0x101e","ept_vpid_cap":"0xf0106734141","mem":{"0x1000":"0x2067"},"access":{"type":"read","gva":"0x1008","size":8},"expect":{"outcome":"ok"}}
+ END
+ printf '%s\n' '0x1000 0x50000 4k rwx wb' '0x2000 none' '0x1000 0x50000 2m r-x uc # wrong' >mappings
+ eptsim grade --expect mappings image.jsonl
| image.jsonl, seed 1
|
| ok       1/1    image.eptp                 a VM entry accepts the EPT pointer
| ok       1/1    image.entries              every entry is well-formed
| ok       1/1    image.0x1000               this page is mapped as expected
| ok       1/1    image.0x2000               nothing is mapped here
| FAIL     0/1    image.0x1000               this page is mapped as expected
|         wrong: the memory image is not as expected [image]
|           called:    a walk of gpa 0x1000
|           expected:  hpa 0x50000, 2M page, r-x, UC
|           processor: hpa 0x50000, 4K page, rwx, WB; level 1 entry at hpa 0x4008 is 0x50037
|           advice:    Compare the entries shown here.
| ok       1/1    scenario.mapped            it comes out as expected
| FAIL     0/1    scenario.guest-bits        it comes out as expected
|         wrong: the memory image is not as expected [image]
|           called:    scenario guest-bits, line 2
|           expected:  guest-bits: expect.outcome: expected ok, got ept_misconfig
|           advice:    Compare the entries shown here.
|
| 5 of 7 points (interface 0 of 0, hardware-legal 5 of 7), 2 failed, 0 warnings
= 1

# A raw dump, graded with its EPT pointer; bits 5 and 6 are a guest's.
$ python3 -c 'import struct,sys; d=bytearray(16384); struct.pack_into("<Q",d,0,0x2067); struct.pack_into("<Q",d,8,0x3007); sys.stdout.buffer.write(d)' >dump
+ eptsim grade --eptp 0x101e --base 0x1000 dump
| dump, seed 1
|
| ok       1/1    image.eptp                 a VM entry accepts the EPT pointer
| FAIL     0/1    image.entries              every entry is well-formed
|         wrong: bits of a guest's page table were used in an EPT entry [guest-bits, mistake 15]
|           called:    the memory image
|           expected:  that every present entry is well-formed
|           processor: level 4 entry at hpa 0x1000 is 0x2067: EPT misconfiguration: the EPT entry has a reserved bit set (ept-reserved)
|           advice:    EPT entries have a format of their own: R, W, X in bits 2:0, A and D in bits 8 and 9, no user bit and no XD.
|
| 1 of 2 points (interface 0 of 0, hardware-legal 1 of 2), 1 failed, 0 warnings
= 1

# An EPT pointer that no VM entry takes.
$ eptsim grade --eptp 0x1019 --base 0x1000 dump
| dump, seed 1
|
| FAIL     0/1    image.eptp                 a VM entry accepts the EPT pointer
|         wrong: the EPT pointer's memory type is not 0 or 6 [eptp-memory-type, mistake 2]
|           called:    EPTP 0x1019
|           expected:  an EPT pointer that a VM entry accepts
|           processor: VM-entry failure: EPTP bits 2:0 (memory type) are not a supported UC (0) or WB (6) (eptp-memory-type)
|           advice:    Bits 2:0 of the EPTP are 6 (write-back), or 0 where the processor lacks LAB_CAP_WB.
| FAIL     0/1    image.entries              every entry is well-formed
|         wrong: the EPT pointer's memory type is not 0 or 6 [eptp-memory-type, mistake 2]
|           called:    EPTP 0x1019
|           expected:  an EPT pointer that leads to entries
|           advice:    Bits 2:0 of the EPTP are 6 (write-back), or 0 where the processor lacks LAB_CAP_WB.
|
| 0 of 2 points (interface 0 of 0, hardware-legal 0 of 2), 2 failed, 0 warnings
= 1

# The order of stores: rights in two steps, no INVEPT, a size that changes at once.
$ cat >order.stores <<'END'
+ eptp 0x101e
+ mem 0x1000 0x2007   # PML4
+ mem 0x2000 0x3007
+ mem 0x3000 0x4007
+ mem 0x3008 0x2000b7 # a 2M page at 2M
+ mem 0x4008 0x50037
+ access 0 w 0x1000
+ access 1 w 0x1000
+ store 0x4008 0x50032
+ store 0x4008 0x50031
+ invept 0 1 0x101e
+ invept 1 3 0x101e
+ access 0 w 0x1000
+ store 0x3008 0x7007
+ END
+ eptsim grade order.stores
| order.stores, seed 1
|
| FAIL     0/1    trace.entries              no walk meets a malformed entry
|         wrong: an entry in use is changed in several stores [several-stores, mistake 41]
|           called:    line 9: store 0x4008 0x50032
|           expected:  a well-formed entry after every store
|           processor: a walk that meets this level 1 entry: VM exit: EPT misconfiguration: the EPT entry has bit 1 (write) without bit 0 (read) (ept-write-without-read)
|           advice:    A processor may walk in between: compute the whole entry, then store it once.
| FAIL     0/1    trace.sizes                page sizes change by break-before-make
|         wrong: the page size changes in one step [break-before-make, mistake 42]
|           called:    line 14: store 0x3008 0x7007
|           expected:  a not-present entry and INVEPT on both processors in between
|           processor: level 2 entry 0x2000b7 becomes 0x7007 while it may be cached
|           advice:    Store a not-present entry, execute INVEPT on each processor, and only then store the new one.
| FAIL     0/1    trace.stale                no access uses a stale translation
|         wrong: processors still use the old translation [no-invept, mistake 36]
|           called:    line 8, on processor 1
|           expected:  that the access to gpa 0x1000 uses the entries as they are
|           processor: it goes to hpa 0x50000 by a cached translation; the entries say: VM exit: EPT violation
|           advice:    After taking rights away or unmapping, execute INVEPT: call lab->invept on each processor.
| FAIL     0/1    trace.operands             invalidations succeed
|         wrong: INVEPT fails for its type or descriptor [invept-operand, mistake 37]
|           called:    line 12, on processor 1
|           expected:  operands that the instruction takes
|           processor: the VMX instruction fails (VMfail)
|           advice:    Type 1 takes the EPTP in force, type 2 none; others end in VMfail and drop nothing.
|
| 0 of 4 points (interface 0 of 0, hardware-legal 0 of 4), 4 failed, 0 warnings
= 1

# The same without mistakes.
$ cat >good.stores <<'END'
+ eptp 0x101e
+ mem 0x1000 0x2007
+ mem 0x2000 0x3007
+ mem 0x3008 0x2000b7
+ access 0 w 0x200000
+ access 1 w 0x200000
+ store 0x3008 0
+ invept 0 1 0x101e
+ invept 1 1 0x101e
+ store 0x3008 0x7007
+ END
+ eptsim grade good.stores
| good.stores, seed 1
|
| ok       1/1    trace.entries              no walk meets a malformed entry
| ok       1/1    trace.sizes                page sizes change by break-before-make
| ok       1/1    trace.stale                no access uses a stale translation
| ok       1/1    trace.operands             invalidations succeed
|
| 4 of 4 points (interface 0 of 0, hardware-legal 4 of 4), 0 failed, 0 warnings

$ echo 'stroe 1 2' >bad.stores; eptsim grade bad.stores
! eptsim grade: bad.stores:1: expected eptp V, capabilities V, maxphyaddr N or mem HPA VALUE, then store HPA VALUE, invept CPU TYPE EPTP, invvpid CPU TYPE VPID GVA or access CPU r|w|x GPA
= 2
$ echo '0x1000 0x2000 3k rwx wb' >mappings; eptsim grade --expect mappings image.jsonl
! eptsim grade: mappings:1: expected '0xGPA none' or '0xGPA 0xHPA 4k|2m|1g rwx uc|wc|wt|wp|wb'
= 2
$ eptsim grade
! eptsim grade: expected a submission: FILE.c, FILE.so, an image or a store trace
! Try `eptsim grade --help' or `eptsim grade --usage' for more information.
= 2
$ eptsim grade nothing.txt
! eptsim grade: nothing.txt: expected a name that ends in .c, .so, .jsonl or .stores, or --eptp for a dump
= 2
$ eptsim grade --format xml wrong.c
! eptsim grade: --format: there is no 'xml'
! Try `eptsim grade --help' or `eptsim grade --usage' for more information.
= 2
