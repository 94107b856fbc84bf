# A chase inside the first TLB and cache costs the cache's latency; beyond the TLB, the second TLB's more.
$ eptsim bench --pattern chase --cpu spr --footprint 64K,1M --accesses 20000
|  footprint   accesses    cycles/        ns/ STLB hits/     walks/ references    cycles/ translation
|                           access     access     access     access      /walk       walk           %
|        64K      20000       5.00       1.68     0.0000     0.0000       0.00       0.00        0.00
|         1M      20224      12.00       4.03     1.0000     0.0000       0.00       0.00       58.33
# One pass over memory that no cache holds (there is no prefetcher): a walk for each page of 512 accesses.
$ eptsim bench --pattern seq --cpu skx --mode native --footprint 4M --accesses 1 --csv - --quiet
| footprint,accesses,cycles_per_access,ns_per_access,stlb_hits_per_access,walks_per_access,references_per_walk,cycles_per_walk,translation_percent
| 4M,524288,30.89,10.30,0.0020,0.0000,0.00,0.00,0.06
# Every reference a cycle: 24 of a cold walk and that of the data, and the instruction.
$ eptsim bench --pattern random --cpu ideal --footprint 4M --accesses 1000 --csv o.csv -q; cut -d, -f 1-3,6-9 o.csv
| footprint,accesses,cycles_per_access,walks_per_access,references_per_walk,cycles_per_walk,translation_percent
| 4M,1000,26.00,1.0000,24.00,24.00,92.31
$ eptsim bench --pattern zipf --cpu zen4 --footprint 1M --accesses 1000 --json z.json -q && python3 -c 'import json; o = json.load(open("z.json")); p = o["points"][0]; print(o["schema"], p["pattern"], p["footprint"], p["stats"]["timed_accesses"], sorted(p["grid"][0][0]))'
| eptsim-bench/1 zipf 1048576 1000 ['aborted', 'cycles', 'l1d', 'l2', 'llc', 'made', 'memory', 'saved_ept_psc', 'saved_guest_psc', 'saved_nested_tlb']
# The same options give the same bytes; another seed other accesses.
$ for s in 1 1 2; do eptsim bench --pattern random --footprint 64M --accesses 5000 --seed $s -q --json - | grep -v '"seed"' | cksum; done | uniq | wc -l
| 2
$ eptsim bench
! eptsim bench: expected --pattern seq, stride, random, zipf or chase
! Try `eptsim bench --help' or `eptsim bench --usage' for more information.
= 2
$ eptsim bench --pattern waltz
! eptsim bench: --pattern: expected seq, stride, random, zipf or chase, found "waltz"
= 2
$ eptsim bench --pattern seq --footprint 1K,frob
! eptsim bench: --footprint: expected a size from 64 to 16T, found "frob"
= 2
$ eptsim bench --pattern chase --stride 100
! eptsim bench: --stride: a chase needs a multiple of 64, found 100
= 2
$ eptsim bench --pattern stride --footprint 100K --stride 64K
! eptsim bench: --footprint: expected a multiple of 65536, found 102400
= 2
$ eptsim bench --pattern seq --accesses 0
! eptsim bench: --accesses: expected 1 to 2^40, found "0"
= 2
$ eptsim bench --pattern seq --footprint 1G --memory 256M
! eptsim bench: the hypervisor finds no free frame of 4K in its memory of 256M; --memory gives more
= 2
$ eptsim bench --pattern seq --cpu 486
! eptsim bench: --cpu: expected one of skx, icx, spr, adl-p, zen2, zen3, zen4, ideal, champsim, found "486"
= 2
