# The memory type of each structure access: PWT (bit 3) and PCD (bit 4) of what
# points to a table select it by IA32_PAT (WB, WT, UC-, UC after reset); SDM 3A, "Memory Typing".
$ types() { eptsim walk --json - "$@" 0x1000 | python3 -c 'import json,sys; print(*[r["memory_type"] for g in json.load(sys.stdin)["translations"][0]["groups"] for r in g["references"] if "memory_type" in r])'; }; types --mode native --set-bits guest4:8 --set-bits guest3:0x10; types --mode native --set-bits guest2:0x18; types --guest-page 1g --ept-page 1g --set-bits guest4:8
| WB WT UC WB
| WB WB WB UC
| WB WB WB WB WB WT WB WB
