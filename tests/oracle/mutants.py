#!/usr/bin/env python3
"""Would the generated scenarios notice? Breaks the oracle one rule at a time and runs the broken one as the checker.

    mutants.py [--count N] [--seed S]

A mutant that passes everything means that a mistake of that kind in the simulator would pass too. Each row is one exact
piece of oracle.py and what stands in its place; a piece that is no longer found once is an error. Ends with
`N caught, N survived`."""

import argparse
import json
import os
import sys

import generate

MUTANTS = (
    # section 2
    ("bit 63 of the offset lost in the hole test", "top == 0 or top == (1 << (65 - width)) - 1", "top == 0 or top & 1"),
    ("only the first byte is tested for canonical", "self.canonical(gva, self.width) and self.canonical(last, self.width)",
     "self.canonical(gva, self.width)"),
    ("#SS for shadow-stack accesses", 'if access["stack"] and not access["shadow"]:', 'if access["stack"] or access["shadow"]:'),
    ("CR3 beyond N enters", "        if self.cr3 & beyond:\n", "        if self.cr3 & beyond & 1:\n"),
    ("PDPTE loads set D", 'request = Request("load", gpa, None)\n                    request.read = True',
     'request = Request("load", gpa, None)\n                    request.read = request.write = True'),
    # section 3
    ("PAT bit of a large PDE reserved", "mask |= bits(20, 13)", "mask |= bits(20, 12)"),
    ("PSE-36 for 36 bits always", "min(self.n, 40) - 19", "36 - 19"),
    ("PAE keeps 62:52", "mask |= bits(62, 52)", "mask |= 0"),
    ("XD reserved only in PAE", "        if not self.nxe:\n            mask |= XD", "        if not self.nxe and not self.long:\n            mask |= XD"),
    ("reserved before present", "            if not entry & P:\n                raise PageFault(self.error_code(access, PF_HLAT if hlat else 0))\n", ""),
    # section 4
    ("SMAP ignores implicit", 'not (self.ac and not access["implicit"])', "not self.ac"),
    ("SMEP off", "bool(x) and not (u and self.cr4 & CR4_SMEP)", "bool(x)"),
    ("WP off", 'if access["write"] and self.cr0 & CR0_WP:', 'if access["write"]:'),
    ("WD counts for every supervisor", "wd_counts = self.is_user_access(access) or bool(self.cr0 & CR0_WP)", "wd_counts = True"),
    ("shadow stack without D", "w_upper and not leaf_rw and d and u == user", "w_upper and not leaf_rw and u == user"),
    ("shadow stack without the upper W", "w_upper and not leaf_rw and d and u == user", "not leaf_rw and d and u == user"),
    ("WRUSS as a supervisor", '(self.cpl == 3 and not access["implicit"]) or access["user"]', 'self.cpl == 3 and not access["implicit"]'),
    # section 5
    ("I/D without SMEP or NXE", 'access["fetch"] and (self.cr4 & CR4_SMEP or self.nxe)', 'access["fetch"]'),
    ("PK hides behind other rights", "PF_P | (PF_PK if forbidden else 0)",
     "PF_P | (PF_PK if forbidden and self.rights_allow(access, u, w, x, w_upper, bool(leaf & RW), bool(leaf & D)) else 0)"),
    ("no HLAT bit", "PF_P | PF_RSVD | (PF_HLAT if hlat else 0)", "PF_P | PF_RSVD"),
    # sections 6 and 7
    ("EPTP bit 11 free", "bits(11, 8) | bits(63, self.n)", "bits(10, 8) | bits(63, self.n)"),
    ("bit 7 of an EPT PML4E free", "return bits(7, 3) | self.high", "return bits(6, 3) | self.high"),
    ("execute-only by bit 2 alone", "if entry & EPT_X or (self.mbe and entry & EPT_XU):", "if entry & EPT_X:"),
    ("presence by bits 2:0 alone", "or (self.mbe and bool(entry & EPT_XU))", "or False"),
    ("memory type 7 legal", "in (2, 3, 7)", "in (2, 3)"),
    ("paging-write without R legal", "bool(leaf and self.pw and entry & EPT_PWA and not entry & EPT_R)", "False"),
    # section 8
    ("rights from the leaf alone", "            w &= entry >> 1 & 1\n", "            w = entry >> 1 & 1\n"),
    ("bit 8 for structures", 'if request.purpose == "final":\n            q |= 1 << 8', 'if True:\n            q |= 1 << 8'),
    ("no bit 11", "request.u << 9 | request.w << 10 | request.nx << 11", "request.u << 9 | request.w << 10"),
    ("bits 9-11 without the capability", "            if self.cap & CAP_ADVANCED:\n", "            if True:\n"),
    ("bit 6 without MBE", "        if self.mbe:\n            q |= xu << 6", "        if True:\n            q |= xu << 6"),
    ("structure reads are reads", "request.write = bool(self.eptp & EPTP_AD)\n        m", "request.write = False\n        m"),
    ("flag update never refused", "if self.ept and not self.eptp & EPTP_AD and not self.ept_allows_write", "if False and not self.ept_allows_write"),
    ("GPA 51:48 walked", "if walk_levels == 4 and gpa >> 48:", "if False:"),
    ("MBE by the access's privilege", "if self.mbe and request.u:", "if self.mbe and self.cpl == 3:"),
    # section 9
    ("D logged though already set", "        if sets_d:\n            self.write64(leaf_address",
     "        if request.write:\n            self.write64(leaf_address"),
    ("index checked for D only", "        if self.pml and not 0 <= self.pml_index <= 511:",
     "        if sets_d and self.pml and not 0 <= self.pml_index <= 511:"),
    ("index wraps to 511", "(self.pml_index - 1) & 0xffff", "(self.pml_index - 1) & 511"),
    ("full GPA logged", "self.pml_append(request.gpa & ~0xfff)", "self.pml_append(request.gpa)"),
    # section 10
    ("busy area ignored", "and self.ve_area_busy() == 0", ""),
    ("suppress-#VE ignored", "request.gpa, request.gla, not m.leaf & EPT_SVE)", "request.gpa, request.gla, True)"),
    ("#VE in real mode", "and bool(self.cr0 & CR0_PE) and", "and"),
    ("#VE while delivering", "and not self.event_delivery)", ")"),
    ("SPP for 2M pages", "and m.shift == 12 and", "and"),
    ("SPP looks at the first region", "for region in range(first >> 7, (last >> 7) + 1):", "for region in (first >> 7,):"),
    ("SPP odd bits free", "vector & 0xaaaaaaaaaaaaaaaa", "vector & 0"),
    ("SSS without the leaf bit", "bool(m.r and m.w_upper and m.leaf & EPT_SSS)", "bool(m.r and m.w_upper)"),
    ("SSS with the leaf's W", "bool(m.r and m.w_upper and m.leaf & EPT_SSS)", "bool(m.r and m.w and m.leaf & EPT_SSS)"),
    ("paging-write for any entry", 'return purpose == "structure" and self.pw and bool(m.w_upper) and', 'return purpose == "structure" and self.pw and'),
    ("verification off", "if self.pw and self.vgp and request.purpose", "if False and request.purpose"),
    ("verification without paging-write", "if self.pw and self.vgp and request.purpose", "if self.vgp and request.purpose"),
    ("HLAT restart ignores leaves", "if hlat and entry & RESTART:", "if hlat and entry & RESTART and not leaf:"),
    ("HLAT restart sets no A", "for each in steps: ", "for each in []: "),
    ("HLAT prefix ignored", "(self.hlat_prefix == 0 or bool(gva >> 63))", "True"),
    ("VMFUNC keeps the index", "self.eptp_index = ecx & 0xffff", "pass"),
    # section 11
    ("PAT bit of large pages at 7", "(leaf >> (7 if shift == 12 else 12) & 1) << 2", "(leaf >> 7 & 1) << 2"),
    ("IPAT ignored", "        if m.leaf & EPT_IPAT:\n", "        if False:\n"),
    ("CD ignored", "return UC if self.cr0 & CR0_CD else kind", "return kind"),
    # section 12 and the contract of the caches
    ("INVLPG leaves globals",
     'vpid == mine and pcid in (current, "G") and gva >> shift == page)', "vpid == mine and pcid == current and gva >> shift == page)"),
    ("INVLPG leaves the PSC", "        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid == current)\n", ""),
    ("MOV CR3 drops globals", "self.drop_pcid(cr3 & 0xfff if pcide else 0, False)", "self.drop_pcid(cr3 & 0xfff if pcide else 0, True)"),
    ("MOV CR3 always flushes", "        if not value & CR3_NOFLUSH:\n            self.drop_pcid", "        if True:\n            self.drop_pcid"),
    ("MOV CR3 flushes nothing", "        if not value & CR3_NOFLUSH:\n            self.drop_pcid", "        if False:\n            self.drop_pcid"),
    ("INVPCID 1 drops globals", "            self.drop_pcid(target, False)\n        elif kind == 2",
     "            self.drop_pcid(target, True)\n        elif kind == 2"),
    ("INVPCID 3 drops globals", 'self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid != "G")',
     "self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == mine)"),
    ("INVVPID 3 drops globals", 'vpid == target and pcid != "G")', "vpid == target)"),
    ("INVVPID 0 keeps the PSC", "            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == target and gva >> shift == page)\n", ""),
    ("INVVPID drops the guest-physical mappings",
     '        if kind == 0:\n            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == target and gva',
     '        self.nested.clear()\n        if kind == 0:\n'
     '            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == target and gva'),
    ("INVEPT keeps combined mappings", "        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: condemned(ep4ta))\n", ""),
    ("INVEPT keeps guest PSC", "        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: condemned(ep4ta))\n", ""),
    ("INVEPT keeps the nested TLB", "            del self.nested[key]\n        for key in [k for k in self.ept_psc if condemned(k[0])]:",
     "            pass\n        for key in [k for k in self.ept_psc if condemned(k[0])]:"),
    ("INVEPT keeps the EPT PSC", "for key in [k for k in self.ept_psc if condemned(k[0])]:", "for key in []:"),
    ("INVEPT 1 drops all", "(kind == 2 or ep4ta == target)", "True"),
    ("PGE change drops nothing", "if changed & CR4_PGE or (old & CR4_PCIDE", "if (old & CR4_PCIDE"),
    ("SMEP 0 -> 1 drops nothing", "elif changed & CR4_PAE or (value & CR4_SMEP and not old & CR4_SMEP):", "elif changed & CR4_PAE:"),
    ("SMAP drops all", "        if changed & CR4_PGE or (old", "        if changed & (CR4_PGE | CR4_SMAP) or (old"),
    ("WP drops all", "        if old & CR0_PG and not value & CR0_PG:\n", "        if changed & (CR0_PG | CR0_WP):\n"),
    ("PG 1 -> 0 drops nothing", "        if old & CR0_PG and not value & CR0_PG:\n", "        if False:\n"),
    ("#PF drops nothing", "            self.drop_by_fault(part)\n", ""),
    ("EPT violation keeps the combined mappings",
     "                self.drop_by_fault(event.gla)\n", "                pass\n"),
    ("EPT violation keeps the guest-physical mappings", "            self.drop_guest_physical(event.gpa)\n", ""),
    ("VM exits keep VPID 0",
     "        if self.vpid == 0:                                # a VM exit, and the VM entry after it\n", "        if False:\n"),
    ("VMFUNC keeps VPID 0",
     "        self.eptp_index = ecx & 0xffff\n        if self.vpid == 0:", "        self.eptp_index = ecx & 0xffff\n        if False:"),
    ("TLB untagged by EP4TA", "return self.eptp & bits(51, 12) if self.ept else None", "return 0 if self.ept else None"),
    ("TLB untagged by PCID", "return self.cr3 & 0xfff if self.cr4 & CR4_PCIDE else 0", "return 0"),
    ("no globals", "is_global = bool(leaf & G) and bool(self.cr4 & CR4_PGE)", "is_global = False"),
    ("globals without PGE", "is_global = bool(leaf & G) and bool(self.cr4 & CR4_PGE)", "is_global = bool(leaf & G)"),
    ("TLB page of the guest's size", "page = min(shift, m.shift, limit)", "page = shift"),
    ("HLAT restart does not limit the page", "page = min(shift, m.shift, limit)", "page = min(shift, m.shift)"),
    ("TLB writes with D = 0", 'if not access["write"] or entry.d:', "if True:"),
    ("TLB refusals stand in the way of nothing", "            if not self.tlb_allows(access, gva, entry):\n", "            if False:\n"),
    ("a refusal by the TLB walks with caches", "                del self.tlb[key]\n                return self.full_attempt(body)",
     "                del self.tlb[key]\n                return self.attempt(body)"),
    ("a failed ordinary walk is believed", "            if not self.used:\n                raise\n            return self.full_attempt(body)",
     "            raise"),
    ("failed translations fill", "        except Event:\n            if not self.used:",
     "        except Event:\n            self.fill()\n            if not self.used:"),
    ("no guest PSC", "found = self.psc_lookup(gva) if self.cached else None", "found = None"),
    ("no nested TLB", "            m = self.nested_lookup(gpa)\n", "            m = None\n"),
    ("no EPT PSC", "found = self.ept_psc_lookup(gpa, walk_levels)", "found = None"),
    ("guest PSC from HLAT", "if not hlat and level != top:", "if level != top:"),
    ("nested D always", "m.d = not self.eptp & EPTP_AD or bool(entry & EPT_D) or request.write", "m.d = True"),
    ("a global fill leaves the others", '                if pcid == "G": ', '                if False: '),
    # section 14
    ("accessed_on_fault ignored", "if self.accessed_on_fault and not leaf:", "if False:"),
    ("accessed_on_fault sets the leaf's too", "if self.accessed_on_fault and not leaf:", "if self.accessed_on_fault:"),
    ("ept_accessed_on_fault ignored", "if self.ept_accessed_on_fault and self.eptp & EPTP_AD:", "if False:"),
    ("flags_before_final ignored", "        if self.flags_before_final:\n", "        if True:\n"),
    ("rmw_sets_read ignored", '(access["type"] == "rmw" and self.rmw_sets_read)', "False"),
    ("gbpages ignored", "mask |= bits(29, 13) if self.gbpages else PS", "mask |= bits(29, 13)"),
)


def load_mutant(source, old, new):
    if source.count(old) != 1:
        return None
    space = {"__name__": "mutant"}
    exec(compile(source.replace(old, new), "mutant", "exec"), space)
    return space


def caught_at(mutant, scenarios):
    """The number of the first scenario that shows the difference, or None."""
    for index, scenario in enumerate(scenarios):
        try:
            if mutant["check_scenario"](scenario):
                return index
        except (mutant["BadInput"], AttributeError, KeyError, RecursionError, RuntimeError, TypeError, ValueError):
            return index
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", action="store_true", help="use the sample scenarios instead: what would they alone notice?")
    arguments = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "oracle.py")) as stream:
        source = stream.read()
    if arguments.samples:
        with open(os.path.join(here, "..", "data", "scenarios.jsonl")) as stream:
            scenarios = [json.loads(line) for line in stream]
    else:
        scenarios = [scenario for scenario, _ in generate.generate(arguments.seed, arguments.count)]
    caught = survived = stale = 0
    for name, old, new in MUTANTS:
        mutant = load_mutant(source, old, new)
        if mutant is None:
            print("cannot be made (the piece is not there once): %s" % name)
            stale += 1
            continue
        index = caught_at(mutant, scenarios)
        if index is None:
            survived += 1
            print("survived: %s" % name)
        else:
            caught += 1
    print("%d caught, %d survived" % (caught, survived))
    return 1 if survived or stale else 0


if __name__ == "__main__":
    sys.exit(main())
