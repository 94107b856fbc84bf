#!/usr/bin/env python3
"""Exhaustive enumeration of permission and reserved bits, as scenario lines with the oracle's expectations.

    exhaust.py [--section NAME] [--counts]

The full product of everything is out of reach; these are the products that are taken, 146,150 lines in all (--counts counts
them again, by outcome; about ten seconds under CPython 3.11):

  guest-level     47,200  each mode and page size, each level L: P x R/W x U/S x XD of the entry at L, the others permissive,
                         x CPL 0/3 x read/write/fetch x the registers: for 4K pages all of WP x SMEP x SMAP x AC x NXE,
                         for large pages those that can matter to the kind (a read: SMAP, AC, NXE; a fetch: SMEP, NXE)
  guest-implicit   1,024  as above for implicit accesses (4K): R/W x U/S of the leaf x CPL x WP x SMAP x AC x SMEP
  guest-all        8,080  each mode, 4K: R/W x U/S at all levels at once x CPL x read/write/fetch; XD at all levels at once
  keys             6,144  AD x WD x PKE x PKS x U/S x R/W x CPL x WP x kind x keys 0, 7, 15, in both long modes
  shadow           3,072  shadow-stack accesses: leaf R/W x D x U/S x XD x (no upper level or one of them) read-only x CPL x kind
                         x SMAP, WRUSS too
  guest-bits       9,856  each single bit of each kind of entry set, N = 36, 40, 46, 52, NXE off and on, gbpages off too; the
                         PDPTE registers given and loaded
  ept-level       21,504  R x W x X x XU of the entry at each level of each page size, 4 and 5 levels x kind x A/D x
                         execute-only x MBE x U/S of the address, the other entries permissive
  ept-table       12,288  the same rights on each level of the EPT path of each guest table x A/D x guest A set or clear x
                         execute-only x paging-write off, on, on with bit 58 x read/write
  ept-all         10,240  {R, RW, RX, RWX} at all levels at once, 4 and 5 levels x kind x A/D
  ept-bits        18,864  each single bit of each kind of entry set x N x execute-only x MBE x read/write; page sizes not
                         supported; each single bit of EPTP x what is supported
  memtype          1,440  EPT type x IPAT x PAT index x CD x page sizes
  sss              1,024  leaf R x W x bit 60 x (no upper level or one) without W x kind x CPL x EPTP bit 7
  spp              2,982  W x bit 61 x offset x size x region patterns; each invalid and reserved bit of each SPPT level
  knobs            2,432  every combination of the knobs x every entry of the two-dimensional walk not present or without a
                         right x A/D x kind
"""

import argparse
import itertools
import json
import sys

import oracle
from oracle import (A, CR0_CD, CR0_PE, CR0_PG, CR0_WP, CR4_CET, CR4_LA57, CR4_PAE, CR4_PKE, CR4_PKS, CR4_PSE, CR4_SMAP, CR4_SMEP, D,
                    EFER_LMA, EFER_LME, EFER_NXE, EPTP_AD, EPTP_SSS, EPT_A, EPT_D, EPT_IPAT, EPT_PAGE, EPT_PWA, EPT_R, EPT_SPP,
                    EPT_SSS, EPT_W, EPT_X, EPT_XU, P, PS, RW, US, XD)
from generate import CAP_ALL

LEVELS = {"legacy32": 2, "pae": 2, "ia32e4": 4, "ia32e5": 5}
GVA = {"nopaging": 0x4d5e68, "legacy32": 0x9c4d5e68, "pae": 0x9c4d5e68, "ia32e4": 0x1a2b3c4d5e68, "ia32e5": 0xab1a2b3c4d5e68}
SIZES = {"legacy32": (1, 2), "pae": (1, 2), "ia32e4": (1, 2, 3), "ia32e5": (1, 2, 3)}    # level of the leaf
TABLE = 0x10000                                           # guest tables: one page a level, below 2M
PAGE_4K, PAGE_BIG = 0x300000, 0x40000000                  # the page's GPA by size
EPT_TABLES = 0x800000
RWX = EPT_R | EPT_W | EPT_X | EPT_XU
WIDTHS = (36, 40, 46, 52)
KINDS = ("read", "write", "rmw", "fetch")


def registers(mode, wp=1, smep=0, smap=0, nxe=1, extra_cr4=0, pse=1):
    cr0 = 0x30 | CR0_PE | (CR0_PG if mode != "nopaging" else 0) | (CR0_WP if wp else 0)
    cr4 = 0x2000 | extra_cr4 | (CR4_SMEP if smep else 0) | (CR4_SMAP if smap else 0)
    efer = EFER_NXE if nxe else 0
    if mode == "legacy32":
        cr4 |= CR4_PSE if pse else 0
    elif mode != "nopaging":
        cr4 |= CR4_PAE
    if mode in ("ia32e4", "ia32e5"):
        efer |= EFER_LME | EFER_LMA
    if mode == "ia32e5":
        cr4 |= CR4_LA57
    return {"cr0": hex(cr0), "cr4": hex(cr4), "efer": hex(efer)}


def put(mem, mode, address, entry):
    if mode == "legacy32":
        shift = 32 * (address >> 2 & 1)
        mem[address & ~7] = mem.get(address & ~7, 0) & ~(0xffffffff << shift) | (entry & 0xffffffff) << shift
    else:
        mem[address] = entry


def guest_chain(mode, size):
    """The entries that map GVA[mode] by a page of level `size`: [(level, address, permissive value)], top down."""
    gva, chain = GVA[mode], []
    for level in range(LEVELS[mode], size - 1, -1):
        table = TABLE + 0x1000 * level
        if mode == "legacy32":
            address = table + 4 * (gva >> (12 if level == 1 else 22) & 1023)
        else:
            address = table + 8 * (gva >> (3 + 9 * level) & 511)
        if level > size:
            value = TABLE + 0x1000 * (level - 1) | P | RW | US | A
        else:
            value = (PAGE_4K if level == 1 else PAGE_BIG | PS) | P | RW | US | A | D
        chain.append((level, address, value))
    return chain


def scenario(mode, mem, access, cpl=0, ac=0, n=46, **more):
    s = {"mode": mode, "cr3": hex(TABLE + 0x1000 * LEVELS.get(mode, 0)), "rflags_ac": ac, "cpl": cpl, "pkru": "0x0", "pkrs": "0x0",
         "ept_vpid_cap": hex(CAP_ALL), "maxphyaddr": n, "controls": {}}
    if mode == "pae":
        s["cr3"] = "0x18000"
        s["pdpte"] = [hex(TABLE + 0x2000 | P)] * 4
    s.update(more)
    s["mem"] = {hex(a): hex(v) for a, v in mem.items() if v}
    s["access"] = access
    return s


def access_to(mode, kind, size=4, **flags):
    access = {"type": kind, "gva": hex(GVA[mode]), "size": size}
    access.update(flags)
    return access


def guest_mem(mode, chain, changed=None):
    mem = {}
    for level, address, value in chain:
        put(mem, mode, address, changed.get(level, value) if changed else value)
    return mem


class Ept:
    """EPT structures with every entry at hand."""

    def __init__(self, levels=4, ad=0, sss=0):
        self.levels, self.next = levels, EPT_TABLES + 0x1000
        self.eptp = EPT_TABLES | 6 | (levels - 1) << 3 | (EPTP_AD if ad else 0) | (EPTP_SSS if sss else 0)
        self.mem = {}

    def map(self, gpa, size, hpa):
        """[(level, cell)] of the path; tables are shared with what is mapped already."""
        table, path = EPT_TABLES, []
        for level in range(self.levels, size, -1):
            cell = table + 8 * (gpa >> (3 + 9 * level) & 511)
            if cell not in self.mem:
                self.mem[cell] = self.next | RWX
                self.next += 0x1000
            path.append((level, cell))
            table = self.mem[cell] & oracle.bits(51, 12)
        cell = table + 8 * (gpa >> (3 + 9 * size) & 511)
        self.mem[cell] = hpa & ~((1 << (3 + 9 * size)) - 1) | RWX | 6 << 3 | (EPT_PAGE if size > 1 else 0)
        path.append((size, cell))
        return path


# --- Guest rights ---------------------------------------------------------------------------------------------------------

def guest_level():
    for mode in LEVELS:
        for size in SIZES[mode]:
            chain = guest_chain(mode, size)
            for level, _, value in chain:
                choices = (0, 1) if mode != "legacy32" else (0,)
                for p, rw, us, xd in itertools.product((0, 1), (0, 1), (0, 1), choices):
                    entry = value & ~(P | RW | US) | p * P | rw * RW | us * US | xd * XD
                    mem = guest_mem(mode, chain, {level: entry})
                    for kind, cpl in itertools.product(("read", "write", "fetch"), (0, 3)):
                        for regs, ac in register_product(mode, kind, size > 1):
                            yield scenario(mode, mem, access_to(mode, kind), cpl, ac, **regs)


def register_product(mode, kind, relevant_only):
    nxe_values = (0, 1) if mode != "legacy32" else (0,)
    wp = smep = smap = ac = (0, 1)
    if relevant_only:
        if kind == "fetch":
            wp, smap, ac = (1,), (0,), (0,)
        else:
            smep = (0,)
            wp = (0, 1) if kind == "write" else (1,)
    for w, e, a, c, n in itertools.product(wp, smep, smap, ac, nxe_values):
        yield registers(mode, w, e, a, n), c


def guest_implicit():
    for mode in LEVELS:
        chain = guest_chain(mode, 1)
        for rw, us, cpl, kind, wp, smap, ac, smep in itertools.product(*[(0, 1)] * 2, (0, 3), ("read", "write"), *[(0, 1)] * 4):
            level, _, value = chain[-1]
            mem = guest_mem(mode, chain, {level: value & ~(RW | US) | rw * RW | us * US})
            yield scenario(mode, mem, access_to(mode, kind, implicit=1), cpl, ac, **registers(mode, wp, smep, smap))


def guest_all():
    for mode in LEVELS:
        chain = guest_chain(mode, 1)
        count = LEVELS[mode]
        for choice in itertools.product((0, RW, US, RW | US), repeat=count):
            mem = guest_mem(mode, chain, {level: value & ~(RW | US) | c for (level, _, value), c in zip(chain, choice)})
            for kind, cpl in itertools.product(("read", "write", "fetch"), (0, 3)):
                yield scenario(mode, mem, access_to(mode, kind), cpl, **registers(mode, 1, 1, 1))
        if mode != "legacy32":
            for choice in itertools.product((0, XD), repeat=count):
                mem = guest_mem(mode, chain, {level: value | c for (level, _, value), c in zip(chain, choice)})
                for kind, cpl in itertools.product(("read", "fetch"), (0, 3)):
                    yield scenario(mode, mem, access_to(mode, kind), cpl, **registers(mode))


def keys():
    for mode in ("ia32e4", "ia32e5"):
        chain = guest_chain(mode, 1)
        level, _, value = chain[-1]
        for ad_wd, pke, pks, us, rw, cpl, wp, kind, key in itertools.product(range(4), (0, 1), (0, 1), (0, 1), (0, 1), (0, 3), (0, 1),
                                                                             KINDS, (0, 7, 15)):
            mem = guest_mem(mode, chain, {level: value & ~(RW | US) | rw * RW | us * US | key << 59})
            rights = hex(ad_wd << 2 * key)
            regs = registers(mode, wp, extra_cr4=pke * CR4_PKE | pks * CR4_PKS)
            yield scenario(mode, mem, access_to(mode, kind), cpl, pkru=rights if us else hex(~int(rights, 16) & 0xffffffff),
                           pkrs=rights if not us else hex(~int(rights, 16) & 0xffffffff), **regs)


def shadow():
    for mode in LEVELS:
        chain = guest_chain(mode, 1)
        leaf, _, value = chain[-1]
        uppers = [None] + [level for level, _, _ in chain[:-1]]
        for rw, d, us, xd, upper, smap in itertools.product((0, 1), (0, 1), (0, 1), (0, 1) if mode != "legacy32" else (0,), uppers, (0, 1)):
            changed = {leaf: value & ~(RW | US | D) | rw * RW | us * US | d * D | xd * XD}
            if upper:
                changed[upper] = dict((level, v) for level, _, v in chain)[upper] & ~RW
            mem = guest_mem(mode, chain, changed)
            regs = registers(mode, smap=smap, extra_cr4=CR4_CET)
            for kind, cpl in itertools.product(("read", "write", "rmw"), (0, 3)):
                yield scenario(mode, mem, access_to(mode, kind, 8, shadow_stack=1), cpl, **regs)
            yield scenario(mode, mem, access_to(mode, "write", 8, shadow_stack=1, user=1), 0, **regs)
            yield scenario(mode, mem, access_to(mode, "write", 8), 0, **regs)


def guest_bits():
    for mode in LEVELS:
        for size in SIZES[mode]:
            chain = guest_chain(mode, size)
            for level, _, value in chain:
                if size != 1 and level != size:
                    continue                              # an entry that refers to a table is the same under every size
                for n, nxe, bit in itertools.product(WIDTHS, (0, 1) if mode != "legacy32" else (0,), range(64 if mode != "legacy32" else 32)):
                    mem = guest_mem(mode, chain, {level: value ^ 1 << bit})
                    yield scenario(mode, mem, access_to(mode, "write"), 0, 0, n, **registers(mode, nxe=nxe))
                    if size == 3 and nxe:
                        yield scenario(mode, mem, access_to(mode, "write"), 0, 0, n, knobs={"gbpages": "off"}, **registers(mode))
                    if mode == "legacy32" and level == 2:
                        yield scenario(mode, mem, access_to(mode, "write"), 0, 0, n, **registers(mode, pse=0))
    chain = guest_chain("pae", 1)
    for n, bit, given in itertools.product(WIDTHS, range(64), (0, 1)):
        values = [TABLE + 0x2000 | P] * 4
        values[GVA["pae"] >> 30] ^= 1 << bit
        mem = guest_mem("pae", chain)
        more = registers("pae")
        s = scenario("pae", mem, access_to("pae", "read"), 0, 0, n, **more)
        if given:
            s["pdpte"] = [hex(v) for v in values]
        else:
            del s["pdpte"]
            for i, v in enumerate(values):
                s["mem"][hex(0x18000 + 8 * i)] = hex(v)
        yield s


# --- EPT ------------------------------------------------------------------------------------------------------------------

DATA_GPA = {4: 0x8000000000, 5: 0x1008000000000}          # not below the top-level entry that maps the tables


def two_dimensional(levels, size, ad=0, sss=0, us=1, leaf_clear=0):
    """A 4-level guest whose 4K page lies in an EPT page of level `size`; tables in an EPT path of their own.

    Returns (memory, EPTP, EPT path of the page, guest chain)."""
    mode = "ia32e4"
    ept = Ept(levels, ad, sss)
    ept.map(0, 3, 0)                                      # the tables, by one 1G page
    gpa = DATA_GPA[levels] + 0x5000
    path = ept.map(gpa, size, PAGE_4K if size == 1 else PAGE_BIG)
    chain = guest_chain(mode, 1)
    level, _, value = chain[-1]
    value = (value & 0xfff | gpa) & ~leaf_clear & ~(0 if us else US)
    mem = dict(ept.mem)
    mem.update(guest_mem(mode, chain, {level: value}))
    return mem, ept.eptp, path, chain


def with_eptp(eptp, cap=CAP_ALL, **controls):
    return {"eptp": hex(eptp), "ept_vpid_cap": hex(cap), "controls": {k: v for k, v in controls.items() if v}}


def ept_level():
    mode = "ia32e4"
    regs = registers(mode)
    for levels, size, ad, us in itertools.product((4, 5), (1, 2, 3), (0, 1), (0, 1)):
        mem, eptp, path, _ = two_dimensional(levels, size, ad, us=us)
        for (level, cell), rights, kind, xo, mbe in itertools.product(path, range(16), KINDS, (0, 1), (0, 1)):
            changed = dict(mem)
            changed[cell] = mem[cell] & ~RWX | rights & 7 | (rights >> 3) << 10
            cap = CAP_ALL if xo else CAP_ALL & ~oracle.CAP_XO
            yield scenario(mode, changed, access_to(mode, kind), 0, 0, 52, **with_eptp(eptp, cap, mbe=mbe), **regs)


def ept_table():
    """Rights on the EPT path of a guest table; 4K pages, each table in an EPT path that shares only what it must."""
    mode = "ia32e4"
    regs = registers(mode)
    chain = guest_chain(mode, 1)
    for target, ad in itertools.product(range(4), (0, 1)):
        ept = Ept(4, ad)
        moved = 0x123 << 39                               # the target's table lies far away
        ept.map(PAGE_4K, 1, PAGE_4K)
        path = None
        guest = {}
        for index, (level, address, value) in enumerate(chain):
            far = moved if index == target else 0
            found = ept.map(address & ~0xfff | far, 1, address & ~0xfff)
            if index == target:
                path = found
            guest[level] = value | moved if index + 1 == target else value
        cr3 = chain[0][1] & ~0xfff | (moved if target == 0 else 0)
        target_level = chain[target][0]
        for (level, cell), rights, guest_a, xo, pw, kind in itertools.product(path, range(16), (0, 1), (0, 1), (0, 1, 2), ("read", "write")):
            mem = dict(ept.mem)
            mem[cell] = mem[cell] & ~RWX | rights & 7 | (rights >> 3) << 10 | (EPT_PWA if pw == 2 else 0)
            entries = dict(guest)
            if not guest_a:
                entries[target_level] &= ~(A | D) if target_level == 1 else ~A
            mem.update(guest_mem(mode, chain, entries))
            cap = CAP_ALL if xo else CAP_ALL & ~oracle.CAP_XO
            s = scenario(mode, mem, access_to(mode, kind), 0, 0, 52, **with_eptp(ept.eptp, cap, pw=int(pw > 0)), **regs)
            s["cr3"] = hex(cr3)
            yield s


def ept_all():
    mode = "ia32e4"
    regs = registers(mode)
    choices = (EPT_R, EPT_R | EPT_W, EPT_R | EPT_X, EPT_R | EPT_W | EPT_X)
    for levels, ad in itertools.product((4, 5), (0, 1)):
        mem, eptp, path, _ = two_dimensional(levels, 1, ad)
        for choice, kind in itertools.product(itertools.product(choices, repeat=levels), KINDS):
            changed = dict(mem)
            for (_, cell), rights in zip(path, choice):
                changed[cell] = mem[cell] & ~RWX | rights
            yield scenario(mode, changed, access_to(mode, kind), 0, 0, 52, **with_eptp(eptp), **regs)


def ept_bits():
    mode = "nopaging"
    regs = registers(mode)
    for size in (1, 2, 3):
        ept = Ept(5)
        path = ept.map(GVA[mode], size, PAGE_4K if size == 1 else PAGE_BIG)
        for (level, cell), bit, n, xo, mbe, kind in itertools.product(path, range(64), WIDTHS, (0, 1), (0, 1), ("read", "write")):
            if size != 1 and level != size:
                continue
            mem = dict(ept.mem)
            mem[cell] ^= 1 << bit
            cap = CAP_ALL if xo else CAP_ALL & ~oracle.CAP_XO
            yield scenario(mode, mem, access_to(mode, kind), 0, 0, n, **with_eptp(ept.eptp, cap, mbe=mbe), **regs)
        for no_2m, no_1g in itertools.product((0, 1), (0, 1)):
            cap = CAP_ALL & ~(no_2m * oracle.CAP_2M) & ~(no_1g * oracle.CAP_1G)
            for kind in KINDS:
                yield scenario(mode, ept.mem, access_to(mode, kind), **with_eptp(ept.eptp, cap), **regs)
        # leaves with two bits: memory types, and A with D
        for (level, cell), kind_, a, d, ad in itertools.product(path[-1:], range(8), (0, 1), (0, 1), (0, 1)):
            mem = dict(ept.mem)
            mem[cell] = mem[cell] & ~0x38 | kind_ << 3 | a * EPT_A | d * EPT_D
            for kind in KINDS:
                yield scenario(mode, mem, access_to(mode, kind), **with_eptp(ept.eptp | ad * EPTP_AD), **regs)
    for levels in (4, 5):
        ept = Ept(levels)
        ept.map(GVA[mode], 1, PAGE_4K)
        flags = (oracle.CAP_WALK4, oracle.CAP_WALK5, oracle.CAP_UC, oracle.CAP_WB, oracle.CAP_AD, oracle.CAP_SSS)
        for bit, n, missing in itertools.product(range(64), WIDTHS, (0,) + flags):
            yield scenario(mode, ept.mem, access_to(mode, "read"), 0, 0, n, **with_eptp(ept.eptp ^ 1 << bit, CAP_ALL & ~missing), **regs)
        for low in range(64):
            yield scenario(mode, ept.mem, access_to(mode, "read"), **with_eptp(ept.eptp & ~0x3f | low), **regs)


def memtype():
    mode = "ia32e4"
    for size, cd in itertools.product((1, 2, 3), (0, 1)):
        regs = registers(mode)
        if cd:
            regs["cr0"] = hex(int(regs["cr0"], 16) | CR0_CD)
        for kind, ipat, index, guest_size in itertools.product((0, 1, 4, 5, 6), (0, 1), range(8), (1, 2, 3)):
            ept = Ept(4)
            ept.map(0, 3, 0)
            gpa = DATA_GPA[4]
            path = ept.map(gpa + (GVA[mode] & (1 << (3 + 9 * guest_size)) - 1), size, PAGE_4K if size == 1 else PAGE_BIG)
            cell = path[-1][1]
            mem = dict(ept.mem)
            mem[cell] = mem[cell] & ~0x38 | kind << 3 | ipat * EPT_IPAT
            chain = guest_chain(mode, guest_size)
            level, _, value = chain[-1]
            pat_bit = 7 if guest_size == 1 else 12
            leaf = value & 0xfff | gpa | (index & 3) << 3 | (index >> 2) << pat_bit
            mem.update(guest_mem(mode, chain, {level: leaf}))
            # the default PAT twice over, then one in which every index has another type
            pat = "0x0007040600070406" if kind & 1 else "0x0107040506010004"
            yield scenario(mode, mem, access_to(mode, "read"), pat=pat, **with_eptp(ept.eptp), **regs)


def sss():
    mode = "ia32e4"
    regs = registers(mode, extra_cr4=CR4_CET)
    for eptp_sss, us in itertools.product((0, 1), (0, 1)):
        mem, eptp, path, _ = two_dimensional(4, 1, 0, eptp_sss, us, RW)
        for r, w, s, upper, kind, cpl in itertools.product((0, 1), (0, 1), (0, 1), [None] + path[:-1], ("read", "write", "rmw"), (0, 3)):
            changed = dict(mem)
            cell = path[-1][1]
            changed[cell] = mem[cell] & ~(EPT_R | EPT_W) | r * EPT_R | w * EPT_W | s * EPT_SSS
            if upper:
                changed[upper[1]] &= ~EPT_W
            yield scenario(mode, changed, access_to(mode, kind, 8, shadow_stack=1), cpl, **with_eptp(eptp), **regs)
            if kind == "write":
                yield scenario(mode, changed, access_to(mode, kind, 8), cpl, **with_eptp(eptp), **regs)


def spp():
    mode = "nopaging"
    regs = registers(mode)
    root = 0x900000
    gva = GVA[mode] & ~0xfff

    def lines(leaf_changes, tables, offset, size, kind="write", n=46):
        ept = Ept(4)
        _, cell = ept.map(gva, 1, PAGE_4K)[-1]
        mem = dict(ept.mem)
        mem[cell] = leaf_changes(mem[cell])
        mem.update(tables)
        access = {"type": kind, "gva": hex(gva + offset), "size": size}
        return scenario(mode, mem, access, 0, 0, n, spptp=hex(root), **with_eptp(ept.eptp, spp=1), **regs)

    def sppt(vector):
        cells, table = {}, root
        for shift in (39, 30, 21):
            cells[table + 8 * (gva >> shift & 511)] = table + 0x1000 | 1
            table += 0x1000
        cells[table + 8 * (gva >> 12 & 511)] = vector
        return cells
    even = 0x5555555555555555
    patterns = (even, 0, 0x1111111111111111, even & ~(1 << 62), 1, even ^ 1 << 30)
    for w, flag, kind in itertools.product((0, 1), (0, 1), KINDS):
        yield lines(lambda e: e & ~EPT_W | w * EPT_W | flag * EPT_SPP, sppt(even), 0, 8, kind)
    for pattern, offset, size in itertools.product(patterns, range(0, 4096, 60), (1, 2, 8, 64, 128, 129)):
        if offset + size <= 4096:
            yield lines(lambda e: e & ~EPT_W | EPT_SPP, sppt(pattern), offset, size)
    good = sppt(even)
    for cell in good:
        for bit, n in itertools.product(range(64), WIDTHS[:2]):
            tables = dict(good)
            tables[cell] ^= 1 << bit
            yield lines(lambda e: e & ~EPT_W | EPT_SPP, tables, 0x100, 8, "write", n)


def knobs():
    mode = "ia32e4"
    regs = registers(mode)
    names = ("accessed_on_fault", "ept_accessed_on_fault", "flags_before_final", "rmw_sets_read")
    for values in itertools.product(("off", "on"), repeat=4):
        setting = dict(zip(names, values))
        for ad, kind in itertools.product((0, 1), ("read", "write", "rmw", "fetch")):
            mem, eptp, path, chain = two_dimensional(4, 1, ad)
            for level, address, _ in chain:               # flags that must change
                mem[address] &= ~(A | D)
            tables_cell = next(c for c, v in mem.items() if v & EPT_PAGE and c >= EPT_TABLES)
            changes = [()]
            changes += [((cell, 7),) for _, cell in path] + [((cell, clear),) for _, cell in path[:1] + path[-1:] for clear in (2, 4)]
            changes += [((tables_cell, clear),) for clear in (7, 2)]
            changes += [((address, P),) for _, address, _ in chain] + [((address, clear),) for _, address, _ in chain[-2:] for clear in (US, RW)]
            for change in changes:
                changed = dict(mem)
                for cell, clear in change:
                    changed[cell] &= ~clear & ~(EPT_XU if clear == 7 else 0)
                yield scenario(mode, changed, access_to(mode, kind), 3, knobs=setting, **with_eptp(eptp), **regs)


SECTIONS = (("guest-level", guest_level), ("guest-implicit", guest_implicit), ("guest-all", guest_all), ("keys", keys), ("shadow", shadow),
            ("guest-bits", guest_bits), ("ept-level", ept_level), ("ept-table", ept_table), ("ept-all", ept_all), ("ept-bits", ept_bits),
            ("memtype", memtype), ("sss", sss), ("spp", spp), ("knobs", knobs))


def lines(section=None):
    """Every scenario of a section, or of all, with expect and mem_after."""
    for name, make in SECTIONS:
        if section in (None, name):
            for index, s in enumerate(make()):
                s["id"] = "x-%s-%d" % (name, index)
                (result, after), = oracle.evaluate(s)
                s["expect"] = oracle.for_json(result)
                s["mem_after"] = oracle.cells_for_json(after)
                yield name, s


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--section", choices=[name for name, _ in SECTIONS])
    parser.add_argument("--counts", action="store_true", help="only count the lines and their outcomes")
    arguments = parser.parse_args()
    encode = json.JSONEncoder(separators=(",", ":")).encode
    counts = {}
    for name, s in lines(arguments.section):
        if arguments.counts:
            row = counts.setdefault(name, {})
            outcome = s["expect"]["outcome"]
            row[outcome] = row.get(outcome, 0) + 1
        else:
            sys.stdout.write(encode(s) + "\n")
    for name, row in counts.items():
        print("%-15s %7d  %s" % (name, sum(row.values()), ", ".join("%s %d" % item for item in sorted(row.items()))))
    if counts:
        print("%-15s %7d" % ("all", sum(sum(row.values()) for row in counts.values())))


if __name__ == "__main__":
    main()
