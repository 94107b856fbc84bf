#!/usr/bin/env python3
"""A seeded generator of scenarios with the oracle's expectations.

    generate.py --seed S --count N [--kind single|steps|mixed] [--vmx]

Every scenario begins as a translation that works (guest tables, the EPT mappings of the tables and of the page); then a
*plan* breaks or varies one or two things. The plans' weights, not luck, decide how often each outcome occurs, so that
every outcome is reached in every mode. Same seed, same lines."""

import argparse
import json
import random
import sys

import oracle
from oracle import (A, CR0_CD, CR0_NW, CR0_PE, CR0_PG, CR0_WP, CR4_CET, CR4_LA57, CR4_PAE, CR4_PCIDE, CR4_PGE, CR4_PKE, CR4_PKS,
                    CR4_PSE, CR4_SMAP, CR4_SMEP, D, EFER_LMA, EFER_LME, EFER_NXE, EPTP_AD, EPTP_SSS, EPT_A, EPT_D, EPT_IPAT,
                    EPT_PAGE, EPT_PWA, EPT_R, EPT_SPP, EPT_SSS, EPT_SVE, EPT_VGP, EPT_W, EPT_X, EPT_XU, G, P, PS, RESTART, RW,
                    US, XD, bits)

MODES = ("nopaging", "legacy32", "pae", "ia32e4", "ia32e5")
WIDTHS = (36, 36, 39, 39, 40, 40, 46, 46, 46, 46, 52, 52)          # the widths that real parts have come up more often

# Capability MSR: everything on; the plans and the dice take away.
CAP_ALL = (oracle.CAP_XO | oracle.CAP_WALK4 | oracle.CAP_WALK5 | oracle.CAP_UC | oracle.CAP_WB | oracle.CAP_2M | oracle.CAP_1G
           | oracle.CAP_INVEPT | oracle.CAP_AD | oracle.CAP_ADVANCED | oracle.CAP_SSS | oracle.CAP_INVEPT1 | oracle.CAP_INVEPT2
           | oracle.CAP_INVVPID | 0xf << 40)

PLANS_NATIVE = (("ok", 8), ("vary", 3), ("guest_np", 3), ("guest_rsvd", 3), ("guest_rights", 6), ("keys", 3), ("smap", 2), ("shadow", 3),
                ("gp", 9), ("pdpte_load", 5), ("entry_fail", 2), ("overlap", 1))
PLANS_EPT = (("ok", 20), ("vary", 8), ("guest_np", 6), ("guest_rsvd", 8), ("guest_rights", 14), ("keys", 7), ("smap", 6), ("shadow", 7),
             ("gp", 9), ("pdpte_load", 11), ("entry_fail", 6), ("overlap", 3), ("ept_np", 3), ("ept_rights", 5), ("ept_misconfig", 6),
             ("ve", 8), ("pml_full", 5), ("spp", 20), ("vgp", 4), ("pw", 3), ("gpa48", 1), ("flag_update", 2), ("hlat", 7), ("sss", 4),
             ("caps", 2), ("mbe", 3))
# Plans whose outcome is rare else: more controls are on, so that each control meets each outcome.
RARE_PLANS = ("gp", "spp", "entry_fail", "pml_full", "ve", "ept_misconfig")
LONG_ONLY = ("keys", "gp", "hlat")
# Plans without a page table to break: what is left to nopaging must fill its own row of the table.
PLANS_NOPAGING = (("ok", 4), ("vary", 1), ("ept_np", 1), ("ept_rights", 3), ("ept_misconfig", 3), ("ve", 6), ("pml_full", 4), ("spp", 12),
                  ("entry_fail", 3), ("mbe", 2), ("overlap", 1))


def cumulative(table):
    names, sums, total = [], [], 0
    for name, weight in table:
        total += weight
        names.append(name)
        sums.append(total)
    return names, sums, total


def for_mode(table, mode):
    return cumulative([(n, w) for n, w in table if not (
        (n in LONG_ONLY and not mode.startswith("ia32e")) or (n == "pdpte_load" and mode != "pae"))])


PLAN_TABLES = {(mode, True): for_mode(PLANS_EPT, mode) for mode in MODES}
PLAN_TABLES.update({(mode, False): for_mode(PLANS_NATIVE, mode) for mode in MODES})
PLAN_TABLES[("nopaging", True)] = cumulative(PLANS_NOPAGING)
PLAN_TABLES[("nopaging", False)] = cumulative((("ok", 1), ("entry_fail", 1)))


class Builder:
    """One scenario under construction."""

    def __init__(self, rng):
        self.rng = rng
        self.mem = {}
        self.frames = set()                               # HPA frames taken
        self.gframes = set()                              # GPA frames taken
        self.ept_paths = {}                               # (root, gpa frame) -> [(level, cell)], top down
        self.guest_paths = {}                             # (root, gva page) -> [(level, hpa, gpa)], top down
        self.finals = []                                  # GPAs of data pages
        self.large = 0                                    # added to the dice of page sizes
        self.page_gpas = {}                               # (root, gva page) -> GPA of the page

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def pick(self, seq):
        return seq[int(self.rng.random() * len(seq))]

    def weighted(self, table):
        names, sums, total = table
        roll = self.rng.random() * total
        for name, limit in zip(names, sums):
            if roll < limit:
                return name
        return names[-1]

    def word(self, count):
        return self.rng.getrandbits(count)

    # --- Registers ------------------------------------------------------------------------------------------------------
    def choose_machine(self, mode=None, native=None, plan=None):
        chance = self.chance
        self.mode = mode or self.weighted(self.MODE_TABLE)
        self.ept = not chance(10) if native is None else not native
        self.plan = plan or self.weighted(PLAN_TABLES[self.mode, self.ept])
        plan = self.plan
        self.long = self.mode in ("ia32e4", "ia32e5")
        self.n = self.pick(WIDTHS) if chance(85) else self.rng.randint(36, 52)
        if plan == "gpa48":
            self.n = self.rng.randint(49, 52)
        self.choose_cr()
        self.choose_controls()
        self.choose_access()

    MODE_TABLE = cumulative((("nopaging", 10), ("legacy32", 18), ("pae", 20), ("ia32e4", 32), ("ia32e5", 20)))

    def choose_cr(self):
        chance, mode = self.chance, self.mode
        self.cr0 = 0x30 | CR0_PE
        if chance(60):
            self.cr0 |= CR0_WP
        if chance(7):
            self.cr0 |= CR0_CD | (CR0_NW if chance(30) else 0)
        self.cr4 = 0x2000 if chance(90) else 0
        for flag, percent in ((CR4_PGE, 50), (CR4_SMEP, 40), (CR4_SMAP, 30), (CR4_PKE, 25), (CR4_PKS, 20), (CR4_PSE, 50)):
            if chance(percent):
                self.cr4 |= flag
        self.efer = 0
        self.nxe = chance(65)
        if self.nxe:
            self.efer |= EFER_NXE
        if mode == "nopaging":
            if chance(25):
                self.cr0 &= ~CR0_PE
            if chance(50):
                self.cr4 |= CR4_PAE
        else:
            self.cr0 |= CR0_PG
        if mode == "legacy32" and chance(60):
            self.cr4 |= CR4_PSE
        if mode in ("pae", "ia32e4", "ia32e5"):
            self.cr4 |= CR4_PAE
        if self.long:
            self.efer |= EFER_LME | EFER_LMA
            if chance(30):
                self.cr4 |= CR4_PCIDE
        if mode == "ia32e5" or (not self.long and chance(5)):
            self.cr4 |= CR4_LA57
        self.nxe = self.nxe and bool(self.cr4 & CR4_PAE)
        self.cpl = self.pick((0, 0, 0, 3, 3, 3, 3, 1, 2)) if self.cr0 & CR0_PE else 0
        self.ac = int(chance(50))
        self.pkru = self.word(32) & self.word(32) if chance(30) else 0
        self.pkrs = self.word(32) & self.word(32) if chance(30) else 0
        self.knobs = {}
        for name, other in (("accessed_on_fault", "on"), ("ept_accessed_on_fault", "on"), ("flags_before_final", "off"),
                            ("rmw_sets_read", "on"), ("gbpages", "off")):
            if chance(18):
                self.knobs[name] = other
        self.gbpages = self.knobs.get("gbpages") != "off"

    def choose_controls(self):
        chance, plan = self.chance, self.plan
        self.controls = {}
        self.cap = CAP_ALL
        self.eptp = None
        self.ept_levels = 0
        if not self.ept:
            return
        for name, percent in (("mbe", 25), ("ve", 20), ("pml", 25), ("spp", 20), ("pw", 25), ("vgp", 20), ("hlat", 15)):
            if chance(45 if plan in RARE_PLANS else percent) or name == plan:
                self.controls[name] = 1
        if plan == "pml_full":
            self.controls["pml"] = 1
        if plan == "vgp":
            self.controls["pw"] = 1
        self.ept_levels = 5 if chance(40) else 4
        if plan == "gpa48":
            self.ept_levels = 4
        self.eptp_low = 6 if chance(75) else 0
        self.ad = chance(60)
        if plan == "pml_full":
            self.ad = True
        elif plan == "flag_update":
            self.ad = False
        self.sss = chance(45 if plan in RARE_PLANS else 22) or plan == "sss"
        for flag, percent in ((oracle.CAP_XO, 30), (oracle.CAP_ADVANCED, 35), (oracle.CAP_UC, 15), (oracle.CAP_WB, 10), (oracle.CAP_AD, 15),
                              (oracle.CAP_WALK5, 20), (oracle.CAP_WALK4, 5), (oracle.CAP_SSS, 20), (oracle.CAP_2M, 12), (oracle.CAP_1G, 12)):
            if chance(percent):
                self.cap &= ~flag
        # The base state is legal: what the chosen pointer needs is there.
        self.cap |= oracle.CAP_WB if self.eptp_low == 6 else oracle.CAP_UC
        self.cap |= oracle.CAP_WALK4 if self.ept_levels == 4 else oracle.CAP_WALK5
        self.cap |= (oracle.CAP_AD if self.ad else 0) | (oracle.CAP_SSS if self.sss else 0)
        self.mbe = bool(self.controls.get("mbe"))

    def choose_access(self):
        chance, plan = self.chance, self.plan
        kind = self.pick(("read", "read", "write", "write", "rmw", "fetch", "fetch"))
        if plan in ("spp", "pml_full") and chance(92):
            kind = self.pick(("write", "write", "rmw"))
        elif plan in ("keys", "smap", "flag_update") and kind == "fetch":
            kind = self.pick(("read", "write", "rmw"))
        self.shadow = self.stack = self.implicit = self.wruss = 0
        if plan in ("shadow", "sss") and (plan != "sss" or chance(85)):
            self.shadow = 1
            kind = self.pick(("read", "read", "write", "rmw"))
            self.cr4 |= CR4_CET
            self.cr0 |= CR0_WP
            if plan == "sss":
                self.cpl = self.pick((0, 0, 1, 2, 3))
            if self.cpl == 0 and chance(20):
                kind, self.wruss = "write", 1
        elif kind != "fetch":
            if chance(8):
                self.implicit = 1
            elif chance(18) or (plan == "gp" and chance(60)):
                self.stack = 1
        if self.cr0 & CR0_WP and chance(5):
            self.cr4 |= CR4_CET
        self.kind = kind
        self.write = kind in ("write", "rmw")
        self.fetch = kind == "fetch"
        self.user = bool((self.cpl == 3 and not self.implicit) or self.wruss)
        self.size = self.pick((1, 2, 4, 4, 8, 8, 8, 16, 32, 64)) if chance(94) else self.rng.randint(1, 4096)
        if self.fetch and self.size > 16:
            self.size = self.rng.randint(1, 15)
        self.choose_gva()

    def choose_gva(self):
        chance = self.chance
        crossing = chance(14)
        if self.size == 1 and crossing:
            self.size = 8
        if self.long:
            width = 48 if self.mode == "ia32e4" else 57
            gva = self.word(width - 1)
            if chance(50):
                gva |= ((1 << 64) - 1) ^ ((1 << (width - 1)) - 1)
        else:
            gva = self.word(32)
        if crossing:
            gva |= 0xfff
            roll = self.rng.random()
            if roll < 0.35:                               # across a boundary of a higher table
                gva |= (1 << self.pick((21, 22, 30, 39) if self.long else (21, 22, 30))) - 1
            elif roll < 0.45:                             # the top of the address space, to 0
                gva = (1 << 64) - 1 if self.long else 0xffffffff
            elif roll < 0.52 and self.long:               # into the hole, or out of it
                gva = (1 << (width - 1)) - 1 if chance(50) else (1 << 64) - (1 << (width - 1)) - 1
            gva -= self.rng.randint(0, self.size - 2) if self.size > 1 else 0
        elif (gva & 0xfff) + self.size > 4096 and self.size < 4096:
            gva &= ~0xfff
            gva |= self.rng.randint(0, 4096 - self.size)
        elif self.size == 4096:
            gva &= ~0xfff
        if self.plan == "gp" and self.long:
            gva ^= 1 << self.rng.randint(width - 1, 63)
        self.gva = gva
        space = (1 << 64) - 1 if self.long else 0xffffffff
        first = min(self.size, 4096 - (gva & 0xfff))
        self.pages = [gva]
        if first < self.size:
            self.pages.append(gva + first & space)

    # --- Frames ---------------------------------------------------------------------------------------------------------
    def frame(self):
        """A host frame for a table: mostly low, for short lines; sometimes anywhere below 2^N."""
        while True:
            f = (1 + self.word(10)) << 12 if self.rng.random() < 0.9 else self.word(self.n) & ~0xfff
            if f not in self.frames:
                self.frames.add(f)
                return f

    def gframe(self, limit):
        """A guest frame below 2^limit."""
        if self.ept and self.ept_levels == 4:
            limit = min(limit, 48)
        if not self.ept:
            while True:
                f = self.frame()
                if f >> limit == 0:
                    return f
        while True:
            f = self.word(min(limit, self.n)) & ~0xfff
            if f not in self.gframes:
                self.gframes.add(f)
                return f

    # --- EPT ------------------------------------------------------------------------------------------------------------
    def ept_map(self, root, gpa, want, hpa=None, purpose="structure"):
        """Map gpa (to hpa, or anywhere) by a page of level `want` at most; returns where it lies."""
        mem, rng = self.mem, self.rng
        table, level, path = root, self.ept_levels, []
        address_mask = bits(self.n - 1, 12)
        while True:
            shift = 3 + 9 * level
            cell = table + 8 * ((gpa >> shift) & 511)
            path.append((level, cell))
            entry = mem.get(cell)
            if entry is None:
                if level <= want:
                    base = hpa & ~((1 << shift) - 1) if hpa is not None else self.data_frame(shift)
                    entry = base | self.ept_leaf_bits(level, purpose)
                    mem[cell] = entry
                    break
                entry = self.frame() | self.ept_table_bits(purpose)
                mem[cell] = entry
            if level == 1 or (level <= 3 and entry & EPT_PAGE):
                break
            table = entry & address_mask
            level -= 1
        self.ept_paths[root, gpa >> 12] = path
        mask = (1 << shift) - 1
        return entry & address_mask & ~mask | gpa & mask

    def data_frame(self, shift):
        if shift == 12:
            return self.frame()
        return self.word(self.n) & ~((1 << shift) - 1)

    def ept_table_bits(self, purpose):
        value = EPT_R | EPT_W | EPT_X | EPT_XU
        roll = self.rng.random()
        if roll < 0.35:
            value |= EPT_A
        if roll < 0.25 or roll > 0.9:
            value |= self.word(12) << 52 | (self.word(1) << 11)
        if purpose == "structure" and roll > 0.6 and not self.controls.get("mbe"):
            value &= ~EPT_XU
        return value

    def ept_leaf_bits(self, level, purpose):
        rng, chance = self.rng, self.chance
        value = EPT_R | EPT_W | EPT_X | EPT_XU
        roll = rng.random()
        value |= (6 if roll < 0.6 else self.pick((0, 1, 4, 5, 6))) << 3
        if level > 1:
            value |= EPT_PAGE
        noise = self.word(24)
        if noise & 1:
            value |= EPT_A
            if noise & 2:
                value |= EPT_D
        if noise & 0x1c == 0:
            value |= EPT_IPAT
        if noise & 0x60 == 0:
            value |= 1 << 11 | (self.word(12) << 52) & ~(EPT_VGP | EPT_SPP)
            if level == 1:
                value |= EPT_PAGE                         # ignored in a PTE
        if noise & 0x180:
            value |= EPT_SSS
        if noise & 0x200:
            value |= EPT_SVE
        if noise & 0x3000:
            value |= EPT_PWA
        if noise & 0x1c000 == 0:
            value |= EPT_VGP
        if purpose == "final":
            if self.shadow and not self.user and self.sss:
                value |= EPT_SSS
                if noise & 0x20000:
                    value &= ~EPT_W
            elif noise & 0x20000:
                # rights that this access does not need
                if not self.write:
                    value &= ~EPT_W
                if not self.fetch:
                    value &= ~EPT_X if noise & 0x40000 else ~EPT_XU
                elif noise & 0x80000 and self.cap & oracle.CAP_XO and not self.controls.get("pw"):
                    value &= ~(EPT_R | EPT_W)
        elif noise & 0xe0000 == 0:
            value &= ~EPT_X
        return value

    def ept_want(self):
        roll = self.rng.random() + self.large
        if roll < 0.72:
            return 1
        if roll < 0.9:
            return 2 if self.cap & oracle.CAP_2M else 1
        return 3 if self.cap & oracle.CAP_1G else 1

    def host(self, gpa, purpose="structure", want=None, hpa=None):
        if not self.ept:
            return gpa
        if self.ept_levels == 4 and gpa >> 48:
            return 0
        return self.ept_map(self.ept_root, gpa, want or self.ept_want(), hpa, purpose)

    # --- Guest ----------------------------------------------------------------------------------------------------------
    def choose_roots(self):
        mode = self.mode
        if self.ept:
            self.ept_root = self.frame()
            self.eptp = (self.ept_root | self.eptp_low | (self.ept_levels - 1) << 3 | (EPTP_AD if self.ad else 0)
                         | (EPTP_SSS if self.sss else 0))
        self.pdpte = None
        if mode == "nopaging":
            self.cr3 = self.gframe(32)
            return
        self.cr3 = self.new_root()
        self.hlatp = None
        if self.controls.get("hlat"):
            self.hlatp = self.gframe(self.n) | self.pick((0, 8, 16, 24))
            self.hlat_prefix = self.pick((0, 0, 1, 1, 5, 16))

    def new_root(self, pcid=None):
        mode = self.mode
        if mode == "legacy32":
            return self.gframe(32) | self.pick((0, 0, 8, 16, 0x18)) | (self.word(12) & ~0x18 if self.chance(10) else 0)
        if mode == "pae":
            cr3 = self.gframe(32) | self.word(7) << 5
            if self.pdpte is None:
                # The four registers; one array whether given or loaded, so that both forms meet the same tables.
                self.pdpte = [0, 0, 0, 0]
                for i in range(4):
                    self.pdpte[i] = self.gframe(self.n) | P | self.pdpte_noise() if self.chance(60) else self.word(40) << 1
                self.load_pdpte = self.chance(30) or self.plan == "pdpte_load"
                for page in self.pages:
                    i = page >> 30 & 3
                    if not self.pdpte[i] & P:
                        self.pdpte[i] = self.gframe(self.n) | P | self.pdpte_noise()
                self.put_pdptes(cr3, self.pdpte)
            return cr3 | (self.pick((0, 8, 16, 24)))
        low = self.word(12) if self.cr4 & CR4_PCIDE else self.pick((0, 0, 8, 16, 24, self.word(12)))
        if pcid is not None and self.cr4 & CR4_PCIDE:
            low = pcid
        return self.gframe(self.n) | low

    def pdpte_noise(self):
        return self.pick((0, 8, 16, 24)) | self.word(3) << 9

    def put_pdptes(self, cr3, values):
        """Write the four at CR3 (needed if they are to be loaded; harmless else)."""
        if not self.load_pdpte and not self.chance(10):
            return
        for i, value in enumerate(values):
            self.mem[self.host((cr3 & ~0x1f) + 8 * i)] = value

    def guest_want(self):
        roll = self.rng.random() + self.large
        if roll < 0.6:
            return 1
        if self.mode == "legacy32":
            return 2 if self.cr4 & CR4_PSE else 1
        if roll < 0.85 or not self.long or not self.gbpages:
            return 2
        return 3

    def guest_root_table(self, cr3):
        if self.mode == "legacy32":
            return cr3 & bits(31, 12), 2
        if self.mode == "pae":
            return None, 2
        return cr3 & bits(self.n - 1, 12), 4 if self.mode == "ia32e4" else 5

    def map_page(self, cr3, gva, want=None, hlat=False, pdpte=None):
        """Guest tables for the page of gva, the EPT mappings of the tables and of the page."""
        table, level = self.guest_root_table(cr3)
        if table is None:
            table = (pdpte or self.pdpte)[gva >> 30 & 3] & bits(self.n - 1, 12)
        want = want or self.guest_want()
        legacy = self.mode == "legacy32"
        path = []
        restart_at = 0
        if hlat and self.chance(80 if self.large else 45):
            restart_at = self.rng.randint(1, level)
            if self.large:
                restart_at = want = 1
        while True:
            if legacy:
                shift = 12 if level == 1 else 22
                gpa = table + 4 * (gva >> shift & 1023)
            else:
                shift = 3 + 9 * level
                gpa = table + 8 * (gva >> shift & 511)
            hpa = self.host(gpa)
            path.append((level, hpa, gpa))
            cell = self.mem.get(hpa & ~7, 0)
            entry = cell >> 32 * (hpa >> 2 & 1) & 0xffffffff if legacy else cell
            if not entry & P:
                if level <= want:
                    base = self.page_frame(shift, legacy)
                    entry = base | self.leaf_bits(level)
                else:
                    entry = self.gframe(32 if legacy else self.n) | self.table_bits(level)
                if hlat:
                    entry = entry | RESTART if level == restart_at else entry & ~RESTART
                self.put(hpa, entry)
            leaf = level == 1 or (entry & PS and (self.cr4 & CR4_PSE if legacy else level <= 3))
            if leaf or (hlat and entry & RESTART):
                break
            table = entry & (bits(31, 12) if legacy else bits(self.n - 1, 12))
            level -= 1
        self.guest_paths[cr3 if not hlat else "hlat", gva >> 12] = path
        if not leaf:
            return
        if legacy and level == 2:
            base = entry & bits(31, 22) | (entry & bits(20, 13)) << 19
        else:
            base = entry & (bits(31, 12) if legacy else bits(self.n - 1, shift))
        gpa = base | gva & ((1 << shift) - 1)
        self.finals.append(gpa)
        if not hlat:
            self.page_gpas[cr3, gva >> 12] = gpa
        self.host(gpa, "final")

    def page_frame(self, shift, legacy):
        limit = self.n
        if self.ept and self.ept_levels == 4:
            limit = min(limit, 48)
        if legacy and shift == 22:
            gpa = self.word(min(limit, 40)) & ~0x3fffff
            return gpa & 0xffffffff | gpa >> 32 << 13
        if shift == 12:
            return self.gframe(32 if legacy else limit)
        return self.word(limit) & ~((1 << shift) - 1)

    def put(self, hpa, entry):
        if self.mode == "legacy32":
            cell, shift = hpa & ~7, 32 * (hpa >> 2 & 1)
            old = self.mem.get(cell, 0)
            self.mem[cell] = old & ~(0xffffffff << shift) | (entry & 0xffffffff) << shift
        else:
            self.mem[hpa] = entry

    def entry_at(self, hpa):
        cell = self.mem.get(hpa & ~7, 0)
        return cell >> 32 * (hpa >> 2 & 1) & 0xffffffff if self.mode == "legacy32" else cell

    def table_bits(self, level):
        noise = self.word(20)
        value = P | RW
        if self.user or noise & 1:
            value |= US
        if noise & 6 == 0:
            value |= A
        value |= (noise >> 3 & 3) << 3 | (noise >> 5 & 7) << 9
        if noise & 0x300 == 0:
            value |= D | (G if self.mode != "legacy32" or noise & 0x400 else 0)       # ignored here
        if not self.write and not self.shadow and noise & 0x3800 == 0:
            value &= ~RW
        if self.mode != "legacy32":
            if self.long and noise & 0xc000 == 0:
                value |= self.word(11) << 52
            if self.nxe and not self.fetch and noise & 0x30000 == 0:
                value |= XD
        elif noise & 0xc000 == 0 and not self.cr4 & CR4_PSE:
            value |= PS
        return value

    def leaf_bits(self, level):
        noise = self.word(24)
        value = P | RW
        if self.shadow:
            value = P | D
            if self.user:
                value |= US
        elif self.user:
            value |= US
        elif self.fetch:
            value |= 0 if self.cr4 & CR4_SMEP or noise & 1 else US
        elif self.cr4 & CR4_SMAP and (self.implicit or not self.ac):
            value |= 0
        else:
            value |= US if noise & 1 else 0
        if noise & 6:
            value |= A
        if noise & 8:
            value |= D
        if noise & 0x10:
            value |= G
        value |= (noise >> 5 & 3) << 3 | (noise >> 7 & 7) << 9
        if noise & 0xc00 == 0:
            value |= 1 << (7 if level == 1 else 12)       # PAT
        if level > 1:
            value |= PS
        if not self.shadow and not self.write and noise & 0x3000 == 0:
            value &= ~RW
        if self.mode != "legacy32":
            if self.long and noise & 0xc000:
                value |= self.word(7) << 52 | self.word(4) << 59
            if self.nxe and not self.fetch and noise & 0x30000 == 0:
                value |= XD
        return value

    def build(self):
        """The working translation of every page that the access touches."""
        self.choose_roots()
        if self.mode == "nopaging":
            for page in self.pages:
                self.finals.append(page)
                self.host(page, "final")
            return
        if self.hlatp is not None and self.long:
            for page in self.pages:
                if self.hlat_prefix == 0 or page >> 63:
                    self.map_page(self.hlatp, page, hlat=True)
        for page in self.pages:
            self.map_page(self.cr3, page)

    # =====================================================================================================================
    # Breaking it
    # =====================================================================================================================
    def some_ept_path(self, final=None):
        """The EPT path of a GPA in use: of the page (final), of a table, or of either."""
        if final is None:
            final = self.chance(40)
        if final and self.finals:
            path = self.ept_paths.get((self.ept_root, self.pick(self.finals) >> 12))
            if path:
                return path
        return self.pick(list(self.ept_paths.values())) if self.ept_paths else None

    def some_guest_step(self, leaf=None):
        paths = list(self.guest_paths.values())
        if not paths:
            return None
        path = self.pick(paths)
        return path[-1] if leaf else self.pick(path)

    def break_ept_not_present(self, final=None):
        path = self.some_ept_path(final)
        if path:
            _, cell = self.pick(path)
            value = self.mem[cell] & ~(EPT_R | EPT_W | EPT_X | EPT_XU)
            if self.chance(30):
                value |= EPT_XU                           # present only with mode-based execute control
            if self.chance(30):
                value = self.word(64) & ~7
            self.mem[cell] = value & ~EPT_SVE if self.chance(55) else value | EPT_SVE

    def break_ept_rights(self, final=None):
        path = self.some_ept_path(final)
        if path:
            _, cell = path[-1] if self.chance(55) else self.pick(path)
            value = self.mem[cell]
            choices = [EPT_W, EPT_X, EPT_XU, EPT_X | EPT_XU, EPT_W | EPT_X, EPT_W]
            if self.cap & oracle.CAP_XO:
                choices += [EPT_R | EPT_W, EPT_R | EPT_W, EPT_R | EPT_W | EPT_XU, EPT_R | EPT_W | EPT_X]
            if self.write:
                choices += [EPT_W] * 3
            if self.fetch:
                choices += [EPT_X, EPT_X | EPT_XU] * 2
            value &= ~self.pick(choices)
            if self.controls.get("ve") and self.chance(60):
                value &= ~EPT_SVE
            if self.chance(30):
                value |= EPT_A
            self.mem[cell] = value

    def break_ept_misconfig(self):
        path = self.some_ept_path()
        if not path:
            return
        level, cell = self.pick(path)
        value = self.mem[cell]
        leaf = level == 1 or (level <= 3 and value & EPT_PAGE)
        roll = self.rng.random()
        if roll < 0.2:
            value = value & ~EPT_R | EPT_W                # write without read
        elif roll < 0.35:
            value = value & ~(EPT_R | EPT_W) | self.pick((EPT_X, EPT_XU, EPT_X | EPT_XU))
            self.cap &= ~oracle.CAP_XO
        elif roll < 0.45 and leaf and self.controls.get("pw"):
            value = value & ~(EPT_R | EPT_W) | EPT_X | EPT_PWA
            self.cap |= oracle.CAP_XO
        elif roll < 0.6 and leaf:
            value = value & ~0x38 | self.pick((2, 3, 7)) << 3
        else:
            reserved = []
            mask = bits(51, self.n)
            if level >= 4:
                mask |= bits(7, 3)
            elif leaf and level > 1:
                mask |= bits(11 + 9 * (level - 1), 12)
            elif not leaf:
                mask |= bits(6, 3)
            reserved = [b for b in range(64) if mask >> b & 1]
            if reserved:
                value |= 1 << self.pick(reserved)
            else:
                value = value & ~EPT_R | EPT_W
        self.mem[cell] = value

    def break_guest_not_present(self):
        step = self.some_guest_step()
        if self.mode == "pae" and self.chance(15):
            self.pdpte[self.gva >> 30 & 3] &= ~P
            return
        if step:
            value = self.entry_at(step[1]) & ~P if self.chance(70) else self.word(64) & ~P
            self.put(step[1], value)

    def break_guest_reserved(self):
        step = self.some_guest_step()
        if not step:
            return
        level, hpa, _ = step
        value = self.entry_at(hpa)
        if self.mode == "legacy32":
            if level == 2 and self.chance(80):
                self.cr4 |= CR4_PSE
                value |= PS | 1 << self.rng.randint(13, 21)
            self.put(hpa, value)
            return
        mask = bits(51, self.n)
        if self.mode == "pae":
            mask |= bits(62, 52)
        if not self.nxe:
            mask |= XD
        if level >= 4:
            mask |= PS
        elif level > 1 and value & PS:
            mask |= bits(11 + 9 * (level - 1), 13)
        if level == 3 and self.chance(30):
            # a well-formed 1G page, where there are none
            self.put(hpa, value & ~bits(29, 13) | PS)
            self.knobs["gbpages"] = "off"
            return
        choices = [b for b in range(64) if mask >> b & 1]
        if choices:
            value |= 1 << self.pick(choices)
        elif level in (2, 3):
            value |= PS | 1 << 13
        self.put(hpa, value)

    def break_guest_rights(self):
        step = self.some_guest_step(leaf=self.chance(50))
        if not step:
            return
        value = self.entry_at(step[1])
        roll = self.rng.random()
        if self.fetch and self.nxe and self.mode != "legacy32" and roll < 0.5:
            value |= XD
        elif self.fetch and not self.user and roll < 0.7:
            self.cr4 |= CR4_SMEP
            for path in self.guest_paths.values():
                for _, hpa, _ in path:
                    self.put(hpa, self.entry_at(hpa) | US)
            return
        elif self.write and roll < 0.5:
            value &= ~RW
            if not self.user and self.chance(75):
                self.cr0 |= CR0_WP
        elif self.user:
            value &= ~US
        else:
            value ^= self.pick((US, RW, D, A, G, XD if self.nxe and self.mode != "legacy32" else US))
        self.put(step[1], value)

    def break_keys(self):
        """Make a key refuse, or nearly."""
        self.cr4 |= CR4_PKE | CR4_PKS if self.chance(70) else self.pick((CR4_PKE, CR4_PKS))
        if self.chance(60):
            self.pkru = self.word(32) | (0x55555555 if self.chance(30) else 0xaaaaaaaa if self.chance(40) else 0)
            self.pkrs = self.word(32) | (0x55555555 if self.chance(30) else 0xaaaaaaaa if self.chance(40) else 0)
        else:
            self.pkru, self.pkrs = self.word(32), self.word(32)
        if self.chance(20):
            # the write of a supervisor that CR0.WP = 0 excuses, or not
            self.cpl, self.user, self.kind, self.write, self.fetch = 0, False, "write", True, False
            self.pkru = self.pkrs = 0xaaaaaaaa & ~(self.word(32) & 0xaaaaaaaa if self.chance(20) else 0)
            self.cr0 = self.cr0 & ~CR0_WP if self.chance(60) else self.cr0 | CR0_WP
            self.cr4 &= ~(CR4_SMAP | CR4_CET)
        elif self.chance(40):
            self.break_guest_rights()

    def break_smap(self):
        """Supervisor data access to a user page."""
        self.cr4 |= CR4_SMAP
        if not self.implicit and self.cpl == 3:
            if self.kind == "fetch" or self.chance(50):
                self.cpl = self.pick((0, 1, 2))
            else:
                self.implicit, self.stack = 1, 0
        self.user = False
        self.ac = int(self.chance(40))
        for path in self.guest_paths.values():
            for _, hpa, _ in path:
                self.put(hpa, self.entry_at(hpa) | US)

    def break_shadow(self):
        """Some translations of a shadow stack stay good."""
        if self.chance(35):
            return
        step = self.some_guest_step(leaf=self.chance(60))
        if step:
            self.put(step[1], self.entry_at(step[1]) ^ self.pick((RW, D, US, RW, A)))

    def break_sss(self):
        for gpa in self.finals:
            path = self.ept_paths.get((self.ept_root, gpa >> 12))
            if path:
                _, cell = path[-1]
                roll = self.rng.random()
                if roll < 0.3:
                    self.mem[cell] &= ~EPT_SSS
                elif roll < 0.6:
                    self.mem[cell] = self.mem[cell] & ~EPT_W | EPT_SSS
                elif roll < 0.75:
                    self.mem[self.pick(path)[1]] &= ~EPT_W

    def break_ve(self):
        self.controls["ve"] = 1
        if self.chance(60):
            self.break_ept_rights()
        else:
            self.break_ept_not_present()
        if self.chance(70):
            for path in self.ept_paths.values():
                for _, cell in path:
                    self.mem[cell] &= ~EPT_SVE
        roll = self.rng.random()
        if roll < 0.1:
            self.ve_busy = self.pick((1, 0xffffffff, 0x80000000))
        elif roll < 0.2:
            self.event_delivery = 1

    def break_pml(self):
        self.pml_index = self.pick((512, 0xffff, 513, 0x8000, 0, 0, 1)) if self.chance(85) else self.word(16)
        for path in self.ept_paths.values():
            if self.chance(60):
                _, cell = path[-1]
                self.mem[cell] &= ~(EPT_D | EPT_A) if self.chance(50) else ~EPT_D

    def break_spp(self):
        """Give the page's EPT leaf W = 0 and SPP = 1, and a table of regions that may be broken."""
        self.controls["spp"] = 1
        self.spptp = self.frame()
        for gpa in self.finals:
            path = self.ept_paths.get((self.ept_root, gpa >> 12))
            if not path:
                continue
            level, cell = path[-1]
            self.mem[cell] = self.mem[cell] & ~EPT_W | EPT_SPP if level == 1 or self.chance(50) else self.mem[cell]
            table = self.spptp
            roll = self.rng.random()
            broken = self.pick((39, 30, 21, 12)) if roll < 0.72 else 0
            for shift in (39, 30, 21):
                entry_cell = table + 8 * (gpa >> shift & 511)
                if entry_cell not in self.mem:
                    self.mem[entry_cell] = self.frame() | 1 
                table = self.mem[entry_cell] & bits(self.n - 1, 12)
                if shift == broken:
                    if roll < 0.43:
                        self.mem[entry_cell] = self.mem[entry_cell] & ~1 if self.chance(60) else self.word(64) & ~1
                    else:
                        reserved = list(range(1, 12)) + list(range(self.n, 64))
                        self.mem[entry_cell] |= 1 << self.pick(reserved)
            regions = self.word(32) | self.word(32) if self.chance(60) else 0xffffffff
            vector = 0
            for i in range(32):
                vector |= (regions >> i & 1) << 2 * i
            if broken == 12:
                vector |= 2 << 2 * self.rng.randint(0, 31)
            self.mem[table + 8 * (gpa >> 12 & 511)] = vector

    def break_vgp(self):
        for gpa in self.finals:
            path = self.ept_paths.get((self.ept_root, gpa >> 12))
            if path:
                self.mem[path[-1][1]] |= EPT_VGP
        cells = [path[-1][1] for path in self.ept_paths.values()]
        keep = self.chance(50)
        for cell in cells:
            self.mem[cell] |= EPT_PWA
        if not keep:
            self.mem[self.pick(cells)] &= ~EPT_PWA

    def break_pw(self):
        """Tables that only a paging write may change."""
        for path in self.ept_paths.values():
            if self.chance(50):
                _, cell = path[-1]
                self.mem[cell] &= ~EPT_W
                if self.chance(80):
                    self.mem[cell] |= EPT_PWA
        if self.chance(20):
            self.mem[self.some_ept_path()[0][1]] &= ~EPT_W

    def break_gpa48(self):
        high = 1 << self.rng.randint(48, self.n - 1)
        step = self.some_guest_step()
        if self.chance(15) and self.long:
            self.cr3 |= high
        elif step and self.mode != "legacy32":
            self.put(step[1], self.entry_at(step[1]) | high)

    def break_flag_update(self):
        for path in self.guest_paths.values():
            for _, hpa, gpa in path:
                if self.chance(50):
                    self.put(hpa, self.entry_at(hpa) & ~(A | (D if not self.shadow else 0)))
                if self.chance(25):
                    ept_path = self.ept_paths.get((self.ept_root, gpa >> 12))
                    if ept_path:
                        self.mem[ept_path[-1][1]] &= ~EPT_W

    def break_hlat(self):
        if "hlat" in [k for k, _ in self.guest_paths]:
            path = self.pick([p for (k, _), p in self.guest_paths.items() if k == "hlat"])
            _, hpa, _ = self.pick(path)
            roll = self.rng.random()
            value = self.entry_at(hpa)
            if roll < 0.3:
                value ^= RESTART
            elif roll < 0.5:
                value &= ~P
            elif roll < 0.7:
                value |= 1 << self.pick([b for b in list(range(self.n, 52)) + [51, 7]])
            elif roll < 0.8:
                value ^= self.pick((RW, US))
            self.put(hpa, value)

    def break_overlap(self):
        """Structures that are each other: a self-map, a loop, a guest table that is an EPT table, EPT leaf over a table."""
        rng = self.rng
        roll = rng.random()
        if self.ept and roll < 0.35 and self.guest_paths:
            # the EPT leaf of a guest table points to a frame that an EPT table lives in
            step = self.some_guest_step()
            path = self.ept_paths.get((self.ept_root, step[2] >> 12))
            other = self.some_ept_path()
            if path and other:
                level, cell = path[-1]
                shift = 3 + 9 * level
                target = self.pick(other)[1] & bits(self.n - 1, shift)
                self.mem[cell] = self.mem[cell] & ~bits(self.n - 1, shift) | target
        elif self.ept and roll < 0.6:
            # an EPT entry points back up
            path = self.some_ept_path()
            if path:
                level, cell = self.pick(path)
                target = self.pick(path)[1] & bits(self.n - 1, 12)
                self.mem[cell] = self.mem[cell] & ~bits(self.n - 1, 12) | target
        elif roll < 0.8 and self.guest_paths:
            # a guest entry points to a table above it: self-map
            path = self.pick(list(self.guest_paths.values()))
            _, hpa, _ = self.pick(path)
            gpa = self.pick(path)[2]
            mask = bits(31 if self.mode == "legacy32" else self.n - 1, 12)
            self.put(hpa, self.entry_at(hpa) & ~mask | gpa & mask)
        elif self.guest_paths:
            # the page is one of its own tables
            path = self.pick(list(self.guest_paths.values()))
            _, hpa, _ = path[-1]
            gpa = self.pick(path)[2]
            mask = bits(31 if self.mode == "legacy32" else self.n - 1, 12)
            value = self.entry_at(hpa)
            if not value & PS:
                self.put(hpa, value & ~mask | gpa & mask)

    def break_pdpte_load(self):
        """PAE: the load of the four registers."""
        if self.mode != "pae" or not self.load_pdpte:
            return
        base = self.cr3 & ~0x1f
        roll = self.rng.random()
        if roll < 0.65:
            i = self.rng.randint(0, 3)
            hpa = self.host(base + 8 * i)
            self.mem[hpa] = self.mem.get(hpa, 0) | P | 1 << self.pick([1, 2, 5, 6, 7, 8] + list(range(self.n, 64)))
        elif roll < 0.9 and self.ept:
            path = self.ept_paths.get((self.ept_root, base >> 12))
            if path:
                _, cell = self.pick(path)
                value = self.mem[cell]
                choice = self.rng.random()
                if choice < 0.4:
                    value &= ~7
                elif choice < 0.7 and self.cap & oracle.CAP_XO:
                    value &= ~3
                elif choice < 0.85:
                    value &= ~EPT_W
                else:
                    value &= ~EPT_R
                self.mem[cell] = value | EPT_SVE

    def break_caps(self):
        for flag in (oracle.CAP_XO, oracle.CAP_2M, oracle.CAP_1G, oracle.CAP_ADVANCED):
            if self.chance(50):
                self.cap &= ~flag
        if self.chance(50):
            self.break_ept_rights()

    def break_mbe(self):
        path = self.some_ept_path(final=self.chance(70))
        if path:
            _, cell = self.pick(path)
            roll = self.rng.random()
            if roll < 0.4:
                self.mem[cell] &= ~self.pick((EPT_X, EPT_XU))
            elif roll < 0.7:
                self.mem[cell] = self.mem[cell] & ~(EPT_R | EPT_W | EPT_X) | EPT_XU
            else:
                self.mem[cell] &= ~(EPT_X | EPT_XU)

    def break_entry(self):
        """Something that VM entry refuses."""
        self.entry_break = None
        high = 1 << self.rng.randint(self.n, 60)
        choices = ["cr3"]
        if self.mode == "pae" and not self.load_pdpte:
            choices += ["pdpte"] * 2
        if self.ept:
            choices += ["eptp_type", "eptp_walk", "eptp_reserved", "eptp_high", "eptp_ad", "eptp_sss", "eptp_cap_type", "eptp_cap_walk"]
            choices += ["spptp"] * ("spp" in self.controls) * 2 + ["pml"] * ("pml" in self.controls) * 2
            choices += ["hlatp"] * ("hlat" in self.controls and self.long) * 2
        else:
            choices += ["control"] * 6
        choice = self.pick(choices)
        if choice == "cr3":
            self.cr3 |= high
        elif choice == "pdpte":
            i = self.rng.randint(0, 3)
            self.pdpte[i] |= P | 1 << self.pick([1, 2, 5, 6, 7, 8] + list(range(self.n, 64)))
        elif choice == "control":
            self.controls = {self.pick(("mbe", "pml", "spp", "pw", "vgp", "hlat")): 1}
        elif choice == "eptp_type":
            self.eptp = self.eptp & ~7 | self.pick((1, 2, 3, 4, 5, 7))
        elif choice == "eptp_walk":
            self.eptp = self.eptp & ~0x38 | self.pick((0, 1, 2, 5, 6, 7)) << 3
        elif choice == "eptp_reserved":
            self.eptp |= 1 << self.rng.randint(8, 11)
        elif choice == "eptp_high":
            self.eptp |= 1 << self.rng.randint(self.n, 63)
        elif choice == "eptp_ad":
            self.eptp |= EPTP_AD
            self.cap &= ~oracle.CAP_AD
        elif choice == "eptp_sss":
            self.eptp |= EPTP_SSS
            self.cap &= ~oracle.CAP_SSS
        elif choice == "eptp_cap_type":
            self.cap &= ~(oracle.CAP_WB if self.eptp_low == 6 else oracle.CAP_UC)
        elif choice == "eptp_cap_walk":
            self.cap &= ~(oracle.CAP_WALK4 if self.ept_levels == 4 else oracle.CAP_WALK5)
        elif choice == "spptp":
            self.spptp = self.frame() | self.pick((1 << self.rng.randint(0, 11), 1 << self.rng.randint(self.n, 63)))
        elif choice == "pml":
            self.pml_address = self.frame() | self.pick((1 << self.rng.randint(0, 11), 1 << self.rng.randint(self.n, 63)))
        elif choice == "hlatp":
            self.hlatp |= 1 << self.pick([0, 1, 2] + list(range(5, 12)) + list(range(self.n, 64)))

    def vary(self):
        """Anything."""
        names = ["break_guest_rights", "break_guest_reserved", "break_guest_not_present", "break_keys", "break_smap"]
        if self.ept:
            names += ["break_ept_rights", "break_ept_not_present", "break_ept_misconfig", "break_flag_update", "break_pw",
                      "break_pml", "break_spp", "break_overlap"]
        if self.mode == "nopaging":
            names = [n for n in names if n in ("break_ept_rights", "break_ept_not_present", "break_ept_misconfig", "break_pml",
                                               "break_spp")] or ["break_caps"]
        for _ in range(self.pick((1, 1, 2))):
            getattr(self, self.pick(names))()

    BREAKS = {"vary": vary, "guest_np": break_guest_not_present, "guest_rsvd": break_guest_reserved,
              "guest_rights": break_guest_rights, "keys": break_keys, "smap": break_smap, "shadow": break_shadow,
              "pdpte_load": break_pdpte_load, "entry_fail": break_entry, "overlap": break_overlap,
              "ept_np": break_ept_not_present, "ept_rights": break_ept_rights, "ept_misconfig": break_ept_misconfig, "ve": break_ve,
              "pml_full": break_pml, "spp": break_spp, "vgp": break_vgp, "pw": break_pw, "gpa48": break_gpa48,
              "flag_update": break_flag_update, "hlat": break_hlat, "sss": break_sss, "caps": break_caps, "mbe": break_mbe}

    def choose_areas(self):
        """The page-modification log, the #VE area and the rest that goes with a control."""
        chance = self.chance
        self.spptp = 0
        self.pml_index = 511 if chance(50) else self.pick((0, 1, 2, 3, 510, 511, self.word(9)))
        if self.controls.get("pml") and chance(4):
            self.pml_index = self.pick((512, 0xffff))
        self.pml_address = self.frame() if chance(30) else None
        self.ve_address = self.frame() if chance(30) else None
        self.ve_busy = 0
        self.event_delivery = int(chance(5))
        self.hlatp = None
        self.hlat_prefix = 0

    def make_state(self):
        self.choose_areas()
        self.build()
        action = self.BREAKS.get(self.plan)
        if action:
            action(self)
        if "spp" in self.controls and not self.spptp:
            self.spptp = self.frame()

    # --- The line -------------------------------------------------------------------------------------------------------
    def scenario(self, identity):
        s = {"id": identity, "mode": self.mode, "cr0": hex(self.cr0), "cr3": hex(self.cr3), "cr4": hex(self.cr4),
             "efer": hex(self.efer), "rflags_ac": self.ac, "cpl": self.cpl, "pkru": hex(self.pkru), "pkrs": hex(self.pkrs)}
        if self.mode == "pae" and not self.load_pdpte:
            s["pdpte"] = [hex(v) for v in self.pdpte]
        if self.ept:
            s["eptp"] = hex(self.eptp)
        elif self.chance(20):
            s["eptp"] = None
        s["ept_vpid_cap"] = hex(self.cap)
        s["maxphyaddr"] = self.n
        s["controls"] = self.controls
        if self.knobs:
            s["knobs"] = self.knobs
        if self.chance(25):
            s["pat"] = hex(sum(self.pick((0, 1, 4, 5, 6, 7)) << 8 * i for i in range(8)))
        if self.controls.get("pml"):
            s["pml_index"] = self.pml_index
            if self.pml_address is not None:
                s["pml_address"] = hex(self.pml_address)
        if self.controls.get("spp"):
            s["spptp"] = hex(self.spptp)
        if self.controls.get("ve"):
            if self.ve_address is not None:
                s["ve_address"] = hex(self.ve_address)
                if self.ve_busy:
                    self.mem[self.ve_address] = self.ve_busy << 32 | self.word(32)
            else:
                s["ve_busy"] = self.ve_busy
            if self.event_delivery:
                s["event_delivery"] = 1
            if self.chance(50):
                s["eptp_index"] = self.word(9)
        if self.controls.get("hlat") and self.hlatp is not None:
            s["hlatp"] = hex(self.hlatp)
            s["hlat_prefix"] = self.hlat_prefix
        s["mem"] = {hex(a): hex(v) for a, v in self.mem.items() if v}
        return s

    def access_object(self, gva=None):
        access = {"type": self.kind, "gva": hex(self.gva if gva is None else gva), "size": self.size}
        for name, value in (("implicit", self.implicit), ("stack", self.stack), ("shadow_stack", self.shadow), ("user", self.wruss)):
            if value:
                access[name] = 1
        return access


def single(rng, identity):
    b = Builder(rng)
    b.choose_machine()
    b.make_state()
    s = b.scenario(identity)
    s["access"] = b.access_object()
    results = oracle.evaluate(s)
    s["expect"] = oracle.for_json(results[0][0])
    s["mem_after"] = oracle.cells_for_json(results[0][1])
    return s, results


# =========================================================================================================================
# Sequences: one machine, its caches kept between the steps
# =========================================================================================================================

STEP_MODES = cumulative((("nopaging", 4), ("legacy32", 18), ("pae", 18), ("ia32e4", 40), ("ia32e5", 20)))
STEP_PLANS = cumulative((("ok", 69), ("hlat", 9), ("shadow", 6), ("vgp", 3), ("pw", 3), ("spp", 8), ("sss", 2)))
STEP_KINDS = cumulative((("access", 30), ("store", 26), ("invlpg", 8), ("invpcid", 9), ("invept", 8), ("invvpid", 9), ("mov_cr3", 9),
                         ("mov_cr0", 5), ("mov_cr4", 8), ("vmfunc", 7), ("vm_entry", 5), ("vm_exit", 3)))


class Sequence(Builder):
    """A scenario of several steps. The oracle's machine runs along, so that each step is chosen in the state it meets."""

    def prepare(self):
        chance = self.chance
        mode = self.weighted(STEP_MODES)
        plan = self.weighted(STEP_PLANS)
        native = chance(18)
        if (plan == "hlat" and not mode.startswith("ia32e")) or (plan in ("shadow", "sss") and mode == "nopaging"):
            plan = "ok"
        if native and plan not in ("ok", "shadow"):
            native = False
        self.choose_machine(mode, native, plan)
        for bit in (oracle.CAP_INVEPT1, oracle.CAP_INVEPT2) + tuple(oracle.CAP_INVVPID_TYPE0 << i for i in range(4)):
            if chance(6):
                self.cap &= ~bit
        self.vpid = self.pick((0, 1, 1, 2, 3))
        self.choose_areas()
        self.event_delivery = 0
        self.choose_roots()
        if plan == "hlat" and chance(55):
            # a restart from the last level, then a large page: the TLB entry must be small all the same
            self.large = 0.6
        if mode == "pae" and (self.ept and self.ad or chance(70)):
            self.load_pdpte = False                       # a load at the start would set flags that belong to no step
        self.roots = [self.cr3]
        if mode != "nopaging":
            if plan == "hlat":
                for page in self.pages:
                    if self.hlat_prefix == 0 or page >> 63:
                        self.map_page(self.hlatp, page, hlat=True)
            pages = list(self.pages)
            if chance(50):
                # a neighbour: another page of the same tables, or of other ones
                other = self.pages[0] ^ 1 << self.pick((12, 13) if self.large else (12, 13, 21, 30) if self.long else (12, 13, 21, 22))
                pages.append(other & ~0xfff)
            self.all_pages = pages
            self.second_root()
            for page in pages:
                self.map_page(self.cr3, page)
                if len(self.roots) > 1:
                    self.map_page(self.roots[1], page, pdpte=self.pdpte2)
            if mode in ("legacy32", "pae") and chance(60):
                for page in pages:                        # with paging off the address is its own GPA
                    self.host(page, "final")
        else:
            self.all_pages = list(self.pages)
            for page in self.pages:
                self.finals.append(page)
                self.host(page, "final")
        action = {"vgp": Builder.break_vgp, "pw": Builder.break_pw, "spp": Builder.break_spp, "sss": Builder.break_sss}.get(plan)
        if action:
            action(self)
        if "spp" in self.controls and not self.spptp:
            self.spptp = self.frame()
        self.eptps = [self.eptp] if self.ept else []
        if self.ept and chance(60):
            self.second_eptp()

    def second_root(self):
        """Other tables for the same addresses: what MOV CR3 switches to, and what a store may redirect an entry to."""
        self.pdpte2 = None
        if self.mode == "pae":
            base = self.gframe(32) | self.word(7) << 5
            self.pdpte2 = [self.gframe(self.n) | P for _ in range(4)]
            for cr3, values in ((self.cr3 & ~0x1f, self.pdpte), (base, self.pdpte2)):
                for i, value in enumerate(values):        # in memory, whatever the start: MOV CR3 loads them
                    self.mem[self.host(cr3 + 8 * i)] = value
            self.roots.append(base)
        else:
            self.roots.append(self.new_root(pcid=self.pick((0, 1, 2, self.cr3 & 0xfff))))

    def second_eptp(self):
        """Another EPT hierarchy: the same tables at the same places, most pages elsewhere."""
        first, self.ept_root = self.ept_root, self.frame()
        self.eptp2_root = self.ept_root
        finals = set(g >> 12 for g in self.finals)
        for root, gframe in list(self.ept_paths):
            if root != first:
                continue
            level, cell = self.ept_paths[root, gframe][-1]
            entry, shift = self.mem[cell], 3 + 9 * level
            gpa = gframe << 12
            hpa = entry & bits(self.n - 1, shift) | gpa & ((1 << shift) - 1)
            if gframe in finals and self.chance(75):
                self.ept_map(self.ept_root, gpa, 1, None, "final")
            else:
                self.ept_map(self.ept_root, gpa, level if self.chance(70) else 1, hpa, "structure")
        low = self.eptp & 0xfff
        if self.chance(15):
            low ^= EPTP_AD if self.cap & oracle.CAP_AD else 0
        self.eptps.append(self.ept_root | low)
        self.ept_root = first

    # --- Stores ---------------------------------------------------------------------------------------------------------
    def store(self):
        cells = {}
        for _ in range(self.pick((1, 1, 1, 1, 2))):
            if self.ept and (self.chance(45) or not self.guest_paths):
                self.store_ept(cells)
            else:
                self.store_guest(cells)
        return {"store": {hex(a): hex(v) for a, v in cells.items()}}

    def store_guest(self, cells, upper=False):
        if not self.guest_paths:
            return
        key = self.pick(list(self.guest_paths))
        if self.chance(75):                               # the tables in force, the page used last
            key = next((k for k in self.guest_paths if k[0] != "hlat" and (k[0] ^ self.machine.cr3) >> 12 == 0
                        and k[1] == self.last_page >> 12), key)
        path = self.guest_paths[key]
        index = len(path) - 1 if self.chance(65) else int(self.rng.random() * len(path))
        if upper:
            index = int(self.rng.random() * max(1, len(path) - 1))
        level, hpa, _ = path[index]
        cell = hpa & ~7
        legacy = self.mode == "legacy32"
        value = self.machine.mem.get(cell, 0)
        half = 32 * (hpa >> 2 & 1) if legacy else 0
        entry = value >> half & 0xffffffff if legacy else value
        others = [p[index][1] for k, p in self.guest_paths.items() if k != key and k[1] == key[1] and len(p) > index
                  and p[index][0] == level]
        roll = self.rng.random()
        if roll < (0.8 if upper else 0.45) and others:
            other = self.pick(others)
            entry = self.machine.mem.get(other & ~7, 0)
            entry = entry >> 32 * (other >> 2 & 1) & 0xffffffff if legacy else entry
        elif roll < 0.52:
            entry &= ~P
        elif roll < 0.62:
            entry &= ~RW
        elif roll < 0.70:
            entry ^= self.pick((US, RW, RW, XD if not legacy and self.nxe else US))
        elif roll < 0.76:
            entry &= ~self.pick((A, D, A | D))
        elif roll < 0.80:
            entry ^= self.pick((G, 8, 16))
        elif roll < 0.84 and not legacy:
            entry |= 1 << self.pick(list(range(self.n, 52)) + [62 if self.mode == "pae" else 51])
        else:
            start = self.mem.get(cell, 0)                 # back to what it was at the start
            entry = start >> half & 0xffffffff if legacy else start
        if legacy:
            value = cells.get(cell, value)
            entry = value & ~(0xffffffff << half) | (entry & 0xffffffff) << half
        cells[cell] = entry

    def store_ept(self, cells):
        keys = list(self.ept_paths)
        if self.chance(75):
            keys = [k for k in keys if (k[0] ^ self.machine.eptp) >> 12 == 0] or keys
        if self.chance(70) and self.last_gpa is not None:
            keys = [k for k in keys if k[1] == self.last_gpa >> 12] or keys
        key = self.pick(keys)
        path = self.ept_paths[key]
        index = len(path) - 1 if self.chance(65) else int(self.rng.random() * len(path))
        level, cell = path[index]
        entry = self.machine.mem.get(cell, 0)
        leaf = index == len(path) - 1
        others = [p[index][1] for k, p in self.ept_paths.items() if k != key and k[1] == key[1] and len(p) > index]
        roll = self.rng.random()
        if roll < 0.22 and others:
            entry = self.machine.mem.get(self.pick(others), 0)
        elif roll < 0.40 and leaf:
            shift = 3 + 9 * level
            entry = entry & ~bits(self.n - 1, shift) | self.data_frame(shift)
        elif roll < 0.50:
            entry &= ~(EPT_R | EPT_W | EPT_X | EPT_XU)
        elif roll < 0.60:
            entry &= ~EPT_W
        elif roll < 0.66:
            entry &= ~self.pick((EPT_X, EPT_XU, EPT_R, EPT_R | EPT_W))
        elif roll < 0.73:
            entry &= ~self.pick((EPT_A, EPT_D, EPT_A | EPT_D))
        elif roll < 0.79 and leaf:
            entry ^= self.pick((EPT_PWA, EPT_VGP, EPT_SSS, EPT_SPP, EPT_SVE, EPT_IPAT, 0x30))
        elif roll < 0.91:
            entry = entry & ~EPT_R | EPT_W if self.n == 52 or self.chance(30) else entry | 1 << self.pick((self.n, 51))
        else:
            entry = self.mem.get(cell, 0)
        cells[cell] = entry

    # --- The other steps -------------------------------------------------------------------------------------------------
    def address(self):
        """An address in use, sometimes another one of its page, seldom one that is not canonical."""
        gva = self.pick(self.all_pages)
        if self.chance(40):
            gva ^= self.word(12)
        if self.long and self.chance(6):
            gva ^= 1 << 62
        return gva

    def step_mov_cr3(self):
        m = self.machine
        if self.mode == "nopaging":
            return {"mov_cr3": hex(self.cr3)}
        value = self.pick(self.roots)
        if self.chance(45):
            if m.cr4 & CR4_PCIDE:
                value = value & ~0xfff | self.pick((0, 1, 2, self.cr3 & 0xfff))
        if m.long:
            if m.cr4 & CR4_PCIDE and self.chance(40) or self.chance(3):
                value |= oracle.CR3_NOFLUSH
            if self.chance(9):
                value |= 1 << self.rng.randint(self.n, 60)
        elif m.mode == "pae" and self.chance(8):
            # the registers as memory has them, spoilt: the load is refused as a whole
            value = self.pick(self.roots)
            hpa = self.pdpte_cell(value)
            if hpa is not None:
                self.queue.append({"mov_cr3": hex(value)})
                return {"store": {hex(hpa): hex(m.mem.get(hpa, 0) | P | 1 << self.pick((1, 2, 5, 8, self.n)))}}
        return {"mov_cr3": hex(value)}

    def pdpte_cell(self, cr3):
        gpa = (cr3 & ~0x1f) + 8 * self.rng.randint(0, 3)
        if not self.ept:
            return gpa
        path = self.ept_paths.get((self.ept_root, gpa >> 12))
        if not path:
            return None
        level, cell = path[-1]
        shift = 3 + 9 * level
        return self.mem[cell] & bits(self.n - 1, shift) | gpa & ((1 << shift) - 1)

    def step_mov_cr0(self):
        value = self.machine.cr0
        roll = self.rng.random()
        if roll < 0.5:
            value ^= CR0_WP
        elif roll < 0.65:
            value ^= CR0_CD
            value &= ~CR0_NW
        elif roll < 0.8:
            if self.mode == "nopaging" or self.shadow:
                value ^= CR0_WP                           # no tables to turn on; no shadow stacks without paging
            else:
                value ^= CR0_PG
        elif roll < 0.88:
            value = value & ~CR0_CD | CR0_NW
        elif roll < 0.94:
            value = value & ~CR0_PE | (value | CR0_PG if self.mode != "nopaging" else 0) & CR0_PG
        elif self.machine.long:                           # the operand has 32 bits elsewhere
            value |= 1 << self.rng.randint(32, 63)
        return {"mov_cr0": hex(value)}

    def step_mov_cr4(self):
        m = self.machine
        value = m.cr4
        choices = [CR4_PGE, CR4_PGE, CR4_SMEP, CR4_SMEP, CR4_SMAP, CR4_PKE, CR4_PKS, CR4_PSE]
        if not self.shadow:
            choices.append(CR4_CET)
        if m.long:
            choices += [CR4_PCIDE] * 3
        elif self.mode != "nopaging":
            choices += [CR4_PAE if self.chance(40) else CR4_PSE]
        value ^= self.pick(choices)
        if self.chance(10):
            value ^= CR4_PAE if m.long and self.chance(50) else CR4_LA57 if m.long else CR4_PCIDE
        return {"mov_cr4": hex(value)}

    def step_invlpg(self):
        return {"invlpg": hex(self.address())}

    def step_invpcid(self):
        kind = self.pick((0, 0, 0, 1, 1, 2, 3, 3)) if self.chance(95) else self.pick((4, 5, 0xffff))
        pcid = self.machine.pcid() if self.chance(60) else self.pick((0, 1, 2))
        if self.chance(5):
            pcid |= 1 << self.rng.randint(12, 31)
        return {"invpcid": [kind, pcid, hex(self.address())]}

    def step_invept(self):
        kind = self.pick((1, 1, 1, 2, 2)) if self.chance(92) else self.pick((0, 3, 4))
        eptp = self.pick(self.eptps) if self.eptps and self.chance(85) else self.frame() | 0x1e
        if self.chance(8):
            eptp ^= 1 << self.pick((0, 1, 3, 5, 8, 11, self.n))
        return {"invept": [kind, hex(eptp)]}

    def step_invvpid(self):
        kind = self.pick((0, 0, 0, 1, 1, 2, 3, 3)) if self.chance(95) else self.pick((4, 7))
        vpid = self.machine.vpid if self.chance(65) else self.pick((0, 1, 2, 3))
        if self.chance(5):
            vpid |= 1 << self.rng.randint(16, 31)
        return {"invvpid": [kind, vpid, hex(self.address())]}

    def step_vmfunc(self):
        if not self.ept:
            return None
        eptp_list = list(self.eptps)
        if self.chance(30):
            eptp_list.append(self.eptp ^ 1 << self.pick((0, 1, 3, 4, 6, 8, 10)))
        ecx = int(self.rng.random() * len(eptp_list)) if self.chance(88) else self.pick((len(eptp_list), 511, 512, 1 << 31))
        return {"vmfunc": ecx, "eptp_list": [hex(v) for v in eptp_list]}

    def step_vm_entry(self):
        return {"vm_entry": {"vpid": self.pick((0, 1, 2, 3, self.vpid))}}

    def step_vm_exit(self):
        return {"vm_exit": 1}

    def step_store(self):
        return self.store()

    def step_access(self):
        """The same access again, or a near one."""
        roll = self.rng.random()
        if roll < 0.5:
            return self.access_object()
        kind, size, stack = self.kind, self.size, self.stack
        if not self.shadow and roll < 0.8:
            self.kind = self.pick(("read", "write", "write", "rmw", "fetch"))
            if self.kind == "fetch":
                self.stack = 0
        gva = self.gva
        if self.chance(50):
            gva = self.pick(self.all_pages) & ~0xfff | self.word(12)
            self.size = self.pick((1, 1, 4, 8))
            if self.chance(90):
                gva &= ~(self.size - 1)
        if self.long and self.chance(14):
            gva ^= 1 << 62
            self.stack = int(self.chance(70) and self.kind != "fetch" and not self.shadow)
        implicit, self.implicit = self.implicit, 0 if self.kind == "fetch" else self.implicit
        step = self.access_object(gva)
        self.kind, self.size, self.stack, self.implicit = kind, size, stack, implicit
        return step

    def choose_step(self, index, previous):
        if self.queue:
            step = self.queue.pop(0)
            return step() if callable(step) else step
        if index == 0 and self.chance(92):
            return self.access_object()
        if index == 1 and self.chance(18):
            self.queue = list(self.scripted())
            if self.queue:
                return self.choose_step(index + 1, previous)
        if previous == "store":
            # the same access again shows the stale entry; after an invalidation it shows what that removed
            again = self.repeat_access
            self.queue = list(self.pick(([again], [again], [again, self.invalidation, again], [self.invalidation, again], [])))
            if self.queue:
                return self.queue.pop(0)()
        if previous != "access" and self.chance(45):
            return self.step_access()
        return getattr(self, "step_" + self.weighted(STEP_KINDS))()

    def scripted(self):
        """Orders of steps that chance would seldom make: what each ends with depends on one line of the contract."""
        m, again = self.machine, self.repeat_access
        root = m.cr3 & ~0xfff
        no_flush = oracle.CR3_NOFLUSH
        scripts = []
        if m.mode in ("legacy32", "pae") and not self.shadow:
            off, on = {"mov_cr0": hex(m.cr0 & ~CR0_PG)}, {"mov_cr0": hex(m.cr0)}
            scripts += [[self.store, off, on, again], [off, on, self.store, again], [off, again, self.store, on, again]] * 2
        if m.long and m.cr4 & CR4_PCIDE and len(self.roots) > 1:
            one, two = (hex(root | pcid | no_flush) for pcid in (1, 2))
            # the page becomes global while another PCID still has its own entry of it
            scripts += [[{"mov_cr3": one}, again, self.store_global, {"mov_cr3": two}, again, {"mov_cr3": one}, again]] * 3
            scripts += [[{"mov_cr3": one}, again, self.store, {"mov_cr3": two}, again, {"mov_cr3": one}, again]]
        if self.vpid == 0 and self.ept and len(self.all_pages) > len(self.pages):
            scripts += [[self.store, self.exit_elsewhere, self.access_elsewhere, again]] * 6
        if self.large and len(self.all_pages) > len(self.pages):
            scripts += [[again, self.access_elsewhere, self.store, again]] * 8
        if self.controls.get("ve") and len(self.eptps) > 1:
            switch = {"vmfunc": 1, "eptp_list": [hex(v) for v in self.eptps]}
            scripts += [[switch, self.unmap_everywhere, again]] * 8       # a #VE that tells the EPTP index
        if self.ept:
            scripts += [[self.misconfigure_page, {"invept": [2, "0x0"]}, again, self.restore_page, again]] * 2
        if self.ept and self.mode != "nopaging" and not self.shadow:
            # the violation takes the paging-structure-cache entries of its address with it
            write = {"type": "write", "gva": hex(self.gva), "size": 1}
            scripts += [[self.unmap_page, write, self.store_upper, self.restore_page, again]] * 3
        if self.mode != "nopaging":
            aim = [{"invlpg": hex(self.last_page)}, {"invpcid": [0, m.pcid(), hex(self.last_page)]},
                   {"invvpid": [0, m.vpid, hex(self.last_page)]}, {"invvpid": [1, m.vpid, "0x0"]}, {"invvpid": [3, m.vpid, "0x0"]},
                   {"invpcid": [1, m.pcid(), "0x0"]}, {"invpcid": [3, 0, "0x0"]}]
            # an upper entry is redirected: the TLB entry goes with the page, the paging-structure caches as each kind says
            scripts += [[self.store_upper, self.pick(aim), again, again]] * 4
        return self.pick(scripts) if scripts else []

    def ept_leaf_of(self, gva):
        """The cell of the EPT leaf that maps the page of gva, or None."""
        gpa = gva if self.mode == "nopaging" else self.page_gpas.get((self.cr3, gva >> 12))
        path = self.ept_paths.get((self.ept_root, gpa >> 12)) if gpa is not None else None
        return path[-1][1] if path else None

    def unmap(self, cell):
        return {"store": {hex(cell): hex(self.machine.mem.get(cell, 0) & ~(EPT_R | EPT_W | EPT_X | EPT_XU))}}

    def unmap_page(self):
        cell = self.ept_leaf_of(self.gva)
        return self.unmap(cell) if cell is not None else self.store()

    def unmap_everywhere(self):
        """The page goes in every EPT hierarchy, and #VE is not suppressed."""
        gpa = self.page_gpas.get((self.cr3, self.gva >> 12), self.gva)
        cells = [path[-1][1] for key, path in self.ept_paths.items() if key[1] == gpa >> 12]
        clear = ~(EPT_R | EPT_W | EPT_X | EPT_XU | EPT_SVE)
        return {"store": {hex(c): hex(self.machine.mem.get(c, 0) & clear) for c in cells}} if cells else self.store()

    def misconfigure_page(self):
        cell = self.ept_leaf_of(self.gva)
        return {"store": {hex(cell): hex(self.machine.mem.get(cell, 0) & ~0x38 | EPT_R | self.pick((2, 3, 7)) << 3)}} if cell else self.store()

    def restore_page(self):
        cell = self.ept_leaf_of(self.gva)
        return {"store": {hex(cell): hex(self.mem[cell])}} if cell is not None else self.store()

    def exit_elsewhere(self):
        """Break the EPT entry of the other page, for an access that ends in a VM exit without touching the first page's entries."""
        cell = self.ept_leaf_of(self.all_pages[-1])
        return self.unmap(cell) if cell is not None else {"vm_exit": 1}

    def access_elsewhere(self):
        return {"type": "read", "gva": hex(self.all_pages[-1]), "size": 1}

    def store_upper(self):
        cells = {}
        self.store_guest(cells, upper=True)
        return {"store": {hex(a): hex(v) for a, v in cells.items()}}

    def store_global(self):
        """G in the leaf, and another frame, so that old and new can be told apart."""
        path = self.guest_paths.get((self.cr3, self.last_page >> 12))
        if not path:
            return self.store()
        _, hpa, _ = path[-1]
        value = self.machine.mem.get(hpa, 0) | G
        other = self.guest_paths.get((self.roots[1], self.last_page >> 12))
        if other and other[-1][0] == path[-1][0]:
            value = self.machine.mem.get(other[-1][1], 0) | G
        return {"store": {hex(hpa): hex(value)}}

    def repeat_access(self):
        return {k: v for k, v in self.last_access.items() if k not in ("expect", "mem_after")} if self.last_access else self.access_object()

    def invalidation(self):
        return getattr(self, "step_" + self.pick(("invlpg", "invpcid", "invept", "invept", "invvpid", "mov_cr3", "vm_exit", "mov_cr4")))()

    def remember(self, step):
        """The page used last: what a store should aim at, if a stale entry is to be seen."""
        self.last_access = step
        self.last_page = int(step["gva"], 16)
        m = self.machine
        self.last_gpa = self.last_page if m.mode == "nopaging" else None
        for key, gpa in self.page_gpas.items():
            if (key[0] ^ m.cr3) >> 12 == 0 and key[1] == self.last_page >> 12:
                self.last_gpa = gpa


def step_kind(step):
    if "type" in step:
        return "access"
    for name in ("store", "mov_cr0", "mov_cr3", "mov_cr4", "invlpg", "invpcid", "invept", "invvpid", "vmfunc", "vm_entry", "vm_exit"):
        if name in step:
            return name
    return None


def sequence(rng, identity, statistics=None, make=Sequence):
    """A scenario with steps. statistics, if given, counts accesses and the ones that a stale entry decided."""
    while True:
        b = make(rng)
        b.prepare()
        s = b.scenario(identity)
        s["vpid"] = b.vpid
        machine = b.machine = oracle.Machine(s)
        if not machine.entry_fails():
            break
    if machine.mode == "pae" and not machine.given_pdpte and machine.reload_pdptes(machine.cr3):
        return single(rng, identity)
    steps, results = [], []
    # What is remembered is never the access elsewhere, so that "again" is the page that the sequence is about.
    b.queue, b.last_access, b.last_page, b.last_gpa = [], None, b.gva, None
    previous = warm = None
    total = rng.randint(2, 12)
    while len(steps) < total or (b.queue and len(steps) < 12):
        step = b.choose_step(len(steps), previous)
        if step is None:
            continue
        previous = step_kind(step)
        if previous == "store" and not step["store"]:
            continue
        cold = machine.cold_copy() if statistics is not None and previous == "access" else None
        if statistics is not None and previous in PURE_INVALIDATIONS:
            warm = previous, machine.warm_copy()
        result, after = machine.finish_step(machine.step(step))
        if cold is not None:
            if warm:
                statistics["steps: accesses right after an invalidation"] += 1
                other, _ = warm[1].finish_step(warm[1].step(step))
                if other != result:
                    statistics["steps: accesses that the invalidation before them decided"] += 1
                    statistics["decided by %s" % warm[0]] += 1
                warm = None
            statistics["steps: accesses"] += 1
            other, _ = cold.finish_step(cold.step(step))
            if other != result:
                statistics["steps: accesses that a stale entry decided"] += 1
                statistics["stale use seen as: %s instead of %s" % (result["outcome"], other["outcome"])] += 1
        if previous == "access" and not (len(b.all_pages) > len(b.pages) and step["gva"] == hex(b.all_pages[-1])):
            b.remember(step)
        elif previous not in PURE_INVALIDATIONS:
            warm = None
        step["expect"] = oracle.for_json(result)
        if previous != "store":
            step["mem_after"] = oracle.cells_for_json(after)
        steps.append(step)
        results.append((result, after))
    s["steps"] = steps
    return s, results


PURE_INVALIDATIONS = ("invlpg", "invpcid", "invept", "invvpid", "vm_exit")
STEPS_PERCENT = 22                                        # of a mixed run


def generate(seed, count, kind="mixed", statistics=None):
    """Yields (scenario, results); results as oracle.evaluate gives them. Scenario i depends on seed and i alone."""
    for index in range(count):
        yield one(seed, index, kind, statistics)


RNG = random.Random()


def one(seed, index, kind="mixed", statistics=None):
    RNG.seed(seed << 32 | index)
    if kind == "steps" or (kind == "mixed" and RNG.random() * 100 < STEPS_PERCENT):
        return sequence(RNG, "s%d-%d" % (seed, index), statistics)
    return single(RNG, "g%d-%d" % (seed, index))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--kind", choices=("single", "steps", "mixed"), default="mixed")
    parser.add_argument("--vmx", action="store_true", help="scenarios that the bare-metal VMX image can carry out")
    arguments = parser.parse_args()
    dumps = json.JSONEncoder(separators=(",", ":")).encode
    write = sys.stdout.write
    if arguments.vmx:
        import vmx
        scenarios = vmx.generate_scenarios(arguments.seed, arguments.count, arguments.kind)
    else:
        scenarios = generate(arguments.seed, arguments.count, arguments.kind)
    for scenario, _ in scenarios:
        write(dumps(scenario) + "\n")


if __name__ == "__main__":
    main()
