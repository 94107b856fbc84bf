# Without a part, or with one that does not exist.
$ eptsim trace
! eptsim trace: expected info, convert, generate or formats
! Try `eptsim trace --help' or `eptsim trace --usage' for more information.
= 2
$ eptsim trace record
! eptsim trace: no command 'record'; 'eptsim trace --help' lists them
= 2
# The formats, and which of them are written.
$ eptsim trace formats
| lackey          r w   Valgrind's --tool=lackey --trace-mem=yes
| eptrace         r w   eptrace text, the format with address-space events
| eptrace-binary  r w   eptrace binary: the same, small and fast to read
| pinatrace       r w   Pin's pinatrace: 0xPC: R|W 0xADDRESS
| din             r w   Dinero's din: label and address
| xdin            r w   Dinero IV's extended din: r|w|i|m, address, size
| champsim        r w   ChampSim's records of 64 bytes
| cloudsuite      r w   ChampSim's records of 96 bytes, for CloudSuite
| drmemtrace      r w   DynamoRIO's drmemtrace, final format
| execlog         r     QEMU's plugin execlog
| gem5            r w   gem5's packet trace as CSV (physical addresses)
| ramulator       r w   Ramulator's memory trace: 0xADDRESS R|W (physical addresses)
| perf            r     perf script -F pid,ip,addr,data_src (a sample)
# What a trace holds.
$ cd $ROOT && eptsim trace info traces/busybox-sort.lackey.xz traces/directives.eptrace
| traces/busybox-sort.lackey.xz: lackey, xz
|   records                       2619244
|   reads                          435371
|   writes                         279425
|   read-modify-writes               3913
|   fetches                       1900535
|   lines                         2619268
|   bytes, decompressed          37498634
|   bytes accessed               11818406
|   across two pages                   45
|   pages of 4 KiB                    116
|   footprint                        0.45 MiB
|   addresses              0x400040 to 0x1fff000fe9
| traces/directives.eptrace: eptrace
|   records                            28
|   reads                               2
|   writes                              3
|   read-modify-writes                  1
|   fetches                             2
|   cr3                                 1
|   invlpg                              2
|   invpcid                             4
|   invept                              2
|   invvpid                             4
|   vm                                  2
|   map                                 3
|   unmap                               1
|   protect                             1
|   lines                              30
|   bytes, decompressed               623
|   bytes accessed                     63
|   across two pages                    1
|   pages of 4 KiB                      4
|   footprint                        0.02 MiB
|   addresses              0x400000 to 0x7fffffffdfff
$ cd $ROOT && eptsim trace info traces/malformed.eptrace
| traces/malformed.eptrace: eptrace
|   records                             3
|   reads                               1
|   writes                              1
|   fetches                             1
|   lines                               6
|   bytes, decompressed               134
|   bytes accessed                     20
|   across two pages                    0
|   pages of 4 KiB                      2
|   footprint                        0.01 MiB
|   addresses              0x1000 to 0x400003
! eptsim trace info: traces/malformed.eptrace:6: expected a size in bytes, 1 to 4096, found nothing more
= 2
$ cd $ROOT && eptsim trace info --max-errors 5 traces/malformed.eptrace
| traces/malformed.eptrace: eptrace
|   records                             4
|   reads                               1
|   writes                              2
|   fetches                             1
|   lines                               7
|   bytes, decompressed               145
|   malformed records                   1 (skipped)
|   bytes accessed                     28
|   across two pages                    0
|   pages of 4 KiB                      2
|   footprint                        0.01 MiB
|   addresses              0x1000 to 0x400003
! eptsim trace info: skipped: traces/malformed.eptrace:6: expected a size in bytes, 1 to 4096, found nothing more
# Each pattern; the same seed makes the same trace, another one another.
$ eptsim trace generate sequential -n 3 --to eptrace --base 0x1000
| # eptrace 1
| r 0x1000 8
| r 0x1008 8
| r 0x1010 8
$ eptsim trace generate stride -n 3 --to eptrace --base 0x1000 --footprint 8K
| # eptrace 1
| r 0x1000 8
| r 0x2000 8
| r 0x1000 8
$ eptsim trace generate random -n 3 --to eptrace --mix r=1,w=1,x=1,m=1 --size 4
| # eptrace 1
| x 0x42cfcabc 4
| x 0x4214ed54 4
| r 0x424be25c 4
$ eptsim trace generate zipf -n 3 --to eptrace --footprint 1M --exponent 1
| # eptrace 1
| r 0x4000a850 8
| r 0x40008640 8
| r 0x400a4248 8
$ eptsim trace generate chase -n 4 --to eptrace --footprint 32
| # eptrace 1
| r 0x40000018 8
| r 0x40000010 8
| r 0x40000000 8
| r 0x40000008 8
$ eptsim trace generate random | sha256sum; eptsim trace generate random --seed 2 | sha256sum
| 9e88b43e91f048aeddc3c7e79b86bb8dd15cac24725dd14fd202a67a9a0fcbff  -
| 06ad0f9e631cf61aeaa0e88f6247f87be252c62ade2da88f2b454af96ceb81d2  -
# Requests that make no sense.
$ eptsim trace generate
! eptsim trace generate: expected sequential, stride, random, zipf or chase
! Try `eptsim trace generate --help' or `eptsim trace generate --usage' for more
! information.
= 2
$ eptsim trace generate spiral
! eptsim trace generate: expected sequential, stride, random, zipf or chase, found "spiral"
! Try `eptsim trace generate --help' or `eptsim trace generate --usage' for more
! information.
= 2
$ eptsim trace generate zipf --mix q=1
! eptsim trace generate: --mix: expected weights as r=3,w=1, found "q=1"
! Try `eptsim trace generate --help' or `eptsim trace generate --usage' for more
! information.
= 2
$ eptsim trace generate zipf --footprint 1K
! eptsim trace generate: zipf needs a footprint of a page at least
= 2
$ eptsim trace generate stride --stride 0
! eptsim trace generate: a stride has one byte at least
= 2
$ eptsim trace generate random --size 5000
! eptsim trace generate: an access has 1 to 4096 bytes
= 2
$ eptsim trace generate random --mix r=0
! eptsim trace generate: the mix has no operation
= 2
$ eptsim trace generate random --to perf
! eptsim trace generate: no format "perf" that can be written, expected one of lackey eptrace eptrace-binary pinatrace din xdin champsim cloudsuite drmemtrace gem5 ramulator
= 2
# What a format cannot hold is told; nothing is left of an output that failed.
$ printf 'm 0x1000 8\ncr3 0x1000\nr 0x2000 4 pc=0x400000 tid=1\n' >t; eptsim trace convert t --to din
| 0 1000
| 1 1000
| 0 2000
! eptsim trace convert: 1 directives left out: the format has none
! eptsim trace convert: 1 read-modify-writes became a read and a write
! eptsim trace convert: 2 accesses lost their size: the format has none
! eptsim trace convert: 1 accesses lost pc, tid, asid or cpl
$ eptsim trace convert t --to gem5
! eptsim trace convert: the trace has virtual addresses, gem5 has physical ones
= 2
$ printf 'r 0x1000 8\nr 0x1000\n' | eptsim trace convert - -o x.epb; ls x.epb
! eptsim trace convert: standard input:2: expected a size in bytes, 1 to 4096, found nothing more
! ls: cannot access 'x.epb': No such file or directory
= 2
$ eptsim trace convert --limit 1 --to eptrace t
| # eptrace 1
| m 0x1000 8
$ eptsim trace convert t >/dev/full
! eptsim trace convert: /dev/stdout: cannot be written: No space left on device
= 2
