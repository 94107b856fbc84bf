#!/usr/bin/env python3
"""An independent model of x86 address translation under EPT: one scenario in, its outcome out.

Written from docs: the translation rules ("section N" below is section N of the translation specification), the
scenario format, and the contract of the caches ("caching N" is section N of docs/caching.md). It shares nothing
with the simulator, so that a mistake in one of them shows as a difference. It is meant to be read next to the
text, rule by rule; it is not meant to be clever or fast. Standard library only; runs on CPython and PyPy.

    python3 tests/oracle/oracle.py FILE     compare FILE's expectations with the model ("-": standard input)
"""

import json
import sys

# --- Control registers (SDM 3A, "Control Registers", "Extended Feature Enable Register") ---------------------------
CR0_PE, CR0_WP, CR0_NW, CR0_CD, CR0_PG = 1 << 0, 1 << 16, 1 << 29, 1 << 30, 1 << 31
CR4_PSE, CR4_PAE, CR4_PGE, CR4_LA57, CR4_PCIDE = 1 << 4, 1 << 5, 1 << 7, 1 << 12, 1 << 17
CR4_SMEP, CR4_SMAP, CR4_PKE, CR4_CET, CR4_PKS = 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24
CR4_LASS, CR4_LAM_SUP = 1 << 27, 1 << 28
CR3_NOFLUSH, CR3_LAM = 1 << 63, 3 << 61
EFER_LME, EFER_LMA, EFER_NXE = 1 << 8, 1 << 10, 1 << 11

# --- Guest paging-structure entries (SDM 3A, "Paging-Structure Entries") -------------------------------------------
P, RW, US, PWT, PCD, A, D, PS, G, RESTART, XD = 1, 2, 4, 8, 16, 32, 64, 128, 256, 1 << 11, 1 << 63

# --- EPT entries (SDM 3C, "Format of an EPT Page-Table Entry") ------------------------------------------------------
EPT_R, EPT_W, EPT_X, EPT_IPAT, EPT_PAGE, EPT_A, EPT_D, EPT_XU = 1, 2, 4, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10
EPT_VGP, EPT_PWA, EPT_SSS, EPT_SPP, EPT_SVE = 1 << 57, 1 << 58, 1 << 60, 1 << 61, 1 << 63

# --- IA32_VMX_EPT_VPID_CAP (SDM 3D, "VPID and EPT Capabilities") ----------------------------------------------------
CAP_XO, CAP_WALK4, CAP_WALK5, CAP_UC, CAP_WB, CAP_2M, CAP_1G = 1, 1 << 6, 1 << 7, 1 << 8, 1 << 14, 1 << 16, 1 << 17
CAP_INVEPT, CAP_AD, CAP_ADVANCED, CAP_SSS, CAP_INVEPT1, CAP_INVEPT2 = 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 25, 1 << 26
CAP_INVVPID, CAP_INVVPID_TYPE0 = 1 << 32, 1 << 40
CAP_DEFAULT = 0xf0106734141

EPTP_AD, EPTP_SSS = 1 << 6, 1 << 7

# --- #PF error code (section 5) -------------------------------------------------------------------------------------
PF_P, PF_W, PF_U, PF_RSVD, PF_I, PF_PK, PF_SS, PF_HLAT = 1, 2, 4, 8, 16, 32, 64, 128

PAT_DEFAULT = 0x0007040600070406
MASK64 = (1 << 64) - 1
UC, WC, WT, WP, WB = 0, 1, 4, 5, 6                        # memory types as the SDM encodes them; 7 is UC- (PAT only)
# Section 11: rows EPT type, columns PAT type.
MEMORY_TYPE = {
    #    PAT: UC      WC      WT      WP      WB      UC-
    UC: {0: UC, 1: WC, 4: UC, 5: UC, 6: UC, 7: UC},
    WC: {0: UC, 1: WC, 4: UC, 5: UC, 6: WC, 7: WC},
    WT: {0: UC, 1: WC, 4: WT, 5: WP, 6: WT, 7: UC},
    WP: {0: UC, 1: WC, 4: WT, 5: WP, 6: WP, 7: WC},
    WB: {0: UC, 1: WC, 4: WT, 5: WP, 6: WB, 7: UC},
}


class BadInput(Exception):
    """The scenario contradicts itself or asks for what is not modelled (exit status 2 of the simulator)."""


# --- The ways a translation can end otherwise than well --------------------------------------------------------------

class Event(Exception):
    """A fault or VM exit."""


class PageFault(Event):
    def __init__(self, error_code):
        self.error_code = error_code


class GeneralProtection(Event):
    pass


class Violation(Event):
    def __init__(self, qualification, gpa, gla, convertible):
        self.qualification, self.gpa, self.gla, self.convertible = qualification, gpa, gla, convertible


class Misconfiguration(Event):
    def __init__(self, gpa):
        self.gpa = gpa


class PmlFull(Event):
    pass


class SppEvent(Event):
    def __init__(self, outcome, qualification, gpa, gla):
        self.outcome, self.qualification, self.gpa, self.gla = outcome, qualification, gpa, gla


class Restart(Exception):
    """HLAT: an entry with bit 11 sends the translation back to CR3 (section 10)."""

    def __init__(self, level):
        self.level = level


class Request:
    """One access to a guest-physical address, as the EPT walk sees it."""
    __slots__ = ("purpose", "gpa", "gla", "read", "write", "fetch", "shadow", "sss", "size", "u", "w", "nx", "all_pwa")

    def __init__(self, purpose, gpa, gla):
        self.purpose, self.gpa, self.gla = purpose, gpa, gla    # purpose: "load" (PDPTE), "structure", "final"
        self.read = self.write = self.fetch = self.shadow = self.sss = False
        self.size = 8
        self.u = self.w = True
        self.nx = False
        self.all_pwa = True


class EptMap:
    """What an EPT walk found for one GPA; also what the nested TLB keeps of it."""
    __slots__ = ("shift", "base", "r", "w", "x", "xu", "w_upper", "leaf", "d")


class Native:
    """Stands for the EPT mapping where there is none."""
    shift, r, w, x, xu, w_upper, leaf, d = 52, 1, 1, 1, 1, 1, WB << 3, True


NATIVE = Native()


class TlbEntry:
    __slots__ = ("base", "u", "w", "x", "w_upper", "leaf_rw", "d", "guest_d", "key",
                 "ept_r", "ept_w", "ept_x", "ept_xu", "ept_w_upper", "ept_leaf_sss", "memtype")


class PscEntry:
    """A guest paging-structure-cache entry: the next table, and the rights gathered above it."""
    __slots__ = ("level", "table", "map", "u", "w", "x", "all_pwa")


def number(value):
    return int(value, 0) if isinstance(value, str) else int(value)


# Tabulated, since every entry of every walk is masked.
MASKS = [[((1 << (high + 1)) - 1) & ~((1 << low) - 1) if high >= low else 0 for low in range(65)] for high in range(64)]


def bits(high, low):
    """The mask of bits high:low; empty if high < low."""
    return MASKS[high][low]


class Machine:
    # =====================================================================================================================
    # State
    # =====================================================================================================================
    def __init__(self, scenario):
        get = scenario.get
        self.cr0, self.cr3 = number(get("cr0", 0)), number(get("cr3", 0))
        self.cr4, self.efer = number(get("cr4", 0)), number(get("efer", 0))
        self.ac, self.cpl = number(get("rflags_ac", 0)), number(get("cpl", 0))
        self.pkru, self.pkrs = number(get("pkru", 0)), number(get("pkrs", 0))
        self.n = number(get("maxphyaddr", 46))
        self.pat = number(get("pat", PAT_DEFAULT))
        self.vpid = number(get("vpid", 0))
        self.ept = get("eptp") is not None
        self.eptp = number(scenario["eptp"]) if self.ept else 0
        self.eptp_index = number(get("eptp_index", 0))
        self.cap = number(get("ept_vpid_cap", CAP_DEFAULT))
        controls = get("controls") or {}
        self.mbe, self.ve, self.pml = bool(controls.get("mbe")), bool(controls.get("ve")), bool(controls.get("pml"))
        self.spp, self.pw = bool(controls.get("spp")), bool(controls.get("pw"))
        self.vgp, self.hlat = bool(controls.get("vgp")), bool(controls.get("hlat"))
        knobs = get("knobs") or {}
        self.accessed_on_fault = knobs.get("accessed_on_fault", "off") == "on"
        self.ept_accessed_on_fault = knobs.get("ept_accessed_on_fault", "off") == "on"
        self.flags_before_final = knobs.get("flags_before_final", "on") == "on"
        self.rmw_sets_read = knobs.get("rmw_sets_read", "off") == "on"
        self.gbpages = knobs.get("gbpages", "on") == "on"
        self.spptp = number(get("spptp", 0))
        self.pml_index = number(get("pml_index", 511))
        self.pml_address = number(scenario["pml_address"]) if get("pml_address") is not None else None
        self.ve_address = number(scenario["ve_address"]) if get("ve_address") is not None else None
        self.ve_busy = number(get("ve_busy", 0))
        self.event_delivery = number(get("event_delivery", 0))
        self.hlatp, self.hlat_prefix = number(get("hlatp", 0)), number(get("hlat_prefix", 0))
        self.given_pdpte = get("pdpte") is not None
        self.pdpte = [number(v) for v in scenario["pdpte"]] if self.given_pdpte else [0, 0, 0, 0]
        self.mem = {int(a, 16): number(v) for a, v in (get("mem") or {}).items()}
        self.before = {}                                  # cell -> its value before the step, for mem_after
        self.log = []                                     # page-modification log entries of this step
        self.high = bits(51, self.n)                      # the physical-address bits that do not exist
        # The caches (caching 1). Keys carry the tags, so that what section 12 drops can be read off them.
        self.tlb = {}                                     # (vpid, pcid or "G", ep4ta, page shift, gva >> shift)
        self.psc = {}                                     # (vpid, pcid, ep4ta, shift of the entry, gva >> shift)
        self.nested = {}                                  # (ep4ta, page shift, gpa >> shift)
        self.ept_psc = {}                                 # (ep4ta, level, gpa >> shift)
        self.fills = []                                   # what the translation under way will fill if it succeeds
        self.cached = False                               # may the walk under way use the caches?
        self.used = False                                 # has it used one?
        self.set_mode()
        if self.mode != get("mode", self.mode):
            raise BadInput("mode %s contradicts the registers, which mean %s" % (get("mode"), self.mode))

    def set_mode(self):
        """Section 2: the paging mode is a function of CR0.PG, CR4.PAE, EFER.LMA, CR4.LA57."""
        if self.cr4 & (CR4_LASS | CR4_LAM_SUP) or self.cr3 & CR3_LAM:
            raise BadInput("LAM and LASS are not modelled")
        if not self.cr0 & CR0_PG:
            self.mode, self.levels, self.width = "nopaging", 0, 32
        elif not self.cr4 & CR4_PAE:
            self.mode, self.levels, self.width = "legacy32", 2, 32
        elif not self.efer & EFER_LMA:
            self.mode, self.levels, self.width = "pae", 2, 32
        elif not self.cr4 & CR4_LA57:
            self.mode, self.levels, self.width = "ia32e4", 4, 48
        else:
            self.mode, self.levels, self.width = "ia32e5", 5, 57
        self.long = self.levels >= 4
        self.nxe = bool(self.efer & EFER_NXE) and bool(self.cr4 & CR4_PAE)

    def cold_copy(self):
        """The same machine with nothing cached: what it would do differently is what a stale entry decides."""
        other = Machine.__new__(Machine)
        other.__dict__.update(self.__dict__)
        other.mem, other.pdpte = dict(self.mem), list(self.pdpte)
        other.before, other.log, other.fills = {}, [], []
        other.tlb, other.psc, other.nested, other.ept_psc = {}, {}, {}, {}
        return other

    def warm_copy(self):
        """The same machine with the same entries cached, to be driven on by itself."""
        other = self.cold_copy()
        other.tlb, other.psc = dict(self.tlb), dict(self.psc)
        other.nested, other.ept_psc = dict(self.nested), dict(self.ept_psc)
        return other

    # --- Memory: aligned 8-byte cells; absent ones are 0 ---------------------------------------------------------------
    def read64(self, hpa):
        return self.mem.get(hpa, 0)

    def write64(self, hpa, value):
        old = self.mem.get(hpa, 0)
        if hpa not in self.before:
            self.before[hpa] = old
        self.mem[hpa] = value

    def read32(self, hpa):
        return (self.read64(hpa & ~7) >> (8 * (hpa & 4))) & 0xffffffff

    def write_part(self, hpa, size, value):
        """Write size bytes inside one cell."""
        shift = 8 * (hpa & 7)
        mask = ((1 << (8 * size)) - 1) << shift
        cell = hpa & ~7
        self.write64(cell, (self.read64(cell) & ~mask) | ((value << shift) & mask))

    def read_entry(self, hpa):
        return self.read32(hpa) if self.mode == "legacy32" else self.read64(hpa)

    # --- Tags (section 12, caching 1) ----------------------------------------------------------------------------------
    def pcid(self):
        return self.cr3 & 0xfff if self.cr4 & CR4_PCIDE else 0

    def ep4ta(self):
        return self.eptp & bits(51, 12) if self.ept else None

    # =====================================================================================================================
    # VM entry
    # =====================================================================================================================
    def eptp_valid(self, eptp):
        """Section 6: SDM 3C, "Checks on VMX Controls", the EPTP."""
        memtype, length = eptp & 7, (eptp >> 3) & 7
        if memtype == UC:
            if not self.cap & CAP_UC:
                return False
        elif memtype == WB:
            if not self.cap & CAP_WB:
                return False
        else:
            return False
        if length == 3:
            if not self.cap & CAP_WALK4:
                return False
        elif length == 4:
            if not self.cap & CAP_WALK5:
                return False
        else:
            return False
        if eptp & EPTP_AD and not self.cap & CAP_AD:
            return False
        if eptp & EPTP_SSS and not self.cap & CAP_SSS:
            return False
        return not eptp & (bits(11, 8) | bits(63, self.n))

    def entry_fails(self):
        """Sections 2, 6, 10: what VM entry refuses. SDM 3C, "Checks on VMX Controls", "Checks on the Guest State Area"."""
        beyond = bits(63, self.n)
        if self.cr3 & beyond:
            return True
        if self.cr0 & CR0_PG and not self.cr0 & CR0_PE:
            return True
        if self.cr4 & CR4_PCIDE and not self.efer & EFER_LMA:
            return True
        if self.cr4 & CR4_CET and not self.cr0 & CR0_WP:
            return True
        if self.ept:
            if not self.eptp_valid(self.eptp):
                return True
        elif self.mbe or self.pml or self.spp or self.hlat or self.pw or self.vgp:
            return True
        if self.spp and self.spptp & (0xfff | beyond):
            return True
        if self.pml and self.pml_address is not None and self.pml_address & (0xfff | beyond):
            return True
        if self.ve and self.ve_address is not None and self.ve_address & (0xfff | beyond):
            return True
        if self.hlat and self.hlatp & (bits(2, 0) | bits(11, 5) | beyond):
            return True
        if self.mode == "pae" and self.given_pdpte:
            for value in self.pdpte:
                if value & P and value & self.pdpte_register_reserved():
                    return True
        return False

    def pdpte_register_reserved(self):
        """Section 3: the PAE PDPTE registers."""
        return bits(2, 1) | bits(8, 5) | bits(63, self.n)

    # =====================================================================================================================
    # EPT
    # =====================================================================================================================
    def ept_present(self, entry):
        """Section 6."""
        return bool(entry & (EPT_R | EPT_W | EPT_X)) or (self.mbe and bool(entry & EPT_XU))

    def ept_is_leaf(self, level, entry):
        return level == 1 or (level <= 3 and bool(entry & EPT_PAGE))

    def ept_reserved(self, level, leaf):
        """Section 6, the table of reserved bits."""
        if level >= 4:
            return bits(7, 3) | self.high
        if level == 3:
            if leaf:
                return bits(29, 12) | self.high | (0 if self.cap & CAP_1G else EPT_PAGE)
            return bits(6, 3) | self.high
        if level == 2:
            if leaf:
                return bits(20, 12) | self.high | (0 if self.cap & CAP_2M else EPT_PAGE)
            return bits(6, 3) | self.high
        return self.high

    def ept_misconfigured(self, level, entry):
        """Section 7, for a present entry."""
        if entry & EPT_W and not entry & EPT_R:
            return True
        if not self.cap & CAP_XO and not entry & EPT_R:
            if entry & EPT_X or (self.mbe and entry & EPT_XU):
                return True
        leaf = self.ept_is_leaf(level, entry)
        if entry & self.ept_reserved(level, leaf):
            return True
        if leaf and (entry >> 3) & 7 in (2, 3, 7):
            return True
        return bool(leaf and self.pw and entry & EPT_PWA and not entry & EPT_R)

    def qualification(self, request, rights, leaf):
        """Section 8, the table. rights: (r, w, x, xu) ANDed over the entries used; leaf: the leaf, 0 if not reached."""
        r, w, x, xu = rights
        q = request.read | request.write << 1 | request.fetch << 2
        q |= r << 3 | w << 4 | x << 5
        if self.mbe:
            q |= xu << 6
        if request.gla is not None:
            q |= 1 << 7
        if request.purpose == "final":
            q |= 1 << 8
            if self.cap & CAP_ADVANCED:
                q |= request.u << 9 | request.w << 10 | request.nx << 11
            if request.shadow:
                q |= 1 << 13
        if self.eptp & EPTP_SSS and leaf & EPT_SSS:
            q |= 1 << 14
        return q

    def ept_allows(self, request, m):
        """Sections 8 and 10: do the rights of the whole EPT walk allow this access (SPP apart)?"""
        if request.sss:
            return bool(m.r and m.w_upper and m.leaf & EPT_SSS)
        if request.read and not m.r:
            return False
        if request.write and not self.ept_allows_write(request.purpose, m):
            return False
        if request.fetch:
            if self.mbe and request.u:
                return bool(m.xu)
            return bool(m.x)
        return True

    def ept_allows_write(self, purpose, m):
        """Section 10, EPT paging-write: bit 58 of the leaf stands in for its W, for writes to paging structures."""
        if m.w:
            return True
        return purpose == "structure" and self.pw and bool(m.w_upper) and bool(m.leaf & EPT_PWA)

    def ept_translate(self, request):
        """Section 8: one GPA to its EptMap, with every check, flag and log entry of an access that is made."""
        gpa = request.gpa
        walk_levels = ((self.eptp >> 3) & 7) + 1
        if walk_levels == 4 and gpa >> 48:
            raise Violation(self.qualification(request, (0, 0, 0, 0), 0), gpa, request.gla, False)
        skip_caches = not self.cached
        if not skip_caches:
            m = self.nested_lookup(gpa)
            if m is not None:
                if self.ept_allows(request, m) and (m.d or not request.write):
                    self.used = True
                    self.check_guest_paging(request, m)
                    return m
                skip_caches = True                        # caching 3.2: from the root for this GPA
        level, table, r, w, x, xu = walk_levels, self.eptp & bits(self.n - 1, 12), 1, 1, 1, 1
        if not skip_caches:
            found = self.ept_psc_lookup(gpa, walk_levels)
            if found is not None:
                level, table, r, w, x, xu = found
                self.used = True
        entries = []                                      # (address, value) of the entries used, top down
        w_upper = 1
        while True:
            shift = 12 + 9 * (level - 1)
            address = table + 8 * ((gpa >> shift) & 511)
            entry = self.read64(address)
            if not self.ept_present(entry):
                self.ept_flags_of_failing_walk(entries)
                raise Violation(self.qualification(request, (0, 0, 0, 0), 0), gpa, request.gla, not entry & EPT_SVE)
            if self.ept_misconfigured(level, entry):
                raise Misconfiguration(gpa)
            entries.append((address, entry))
            w_upper = w
            r &= entry & 1
            w &= entry >> 1 & 1
            x &= entry >> 2 & 1
            xu &= entry >> 10 & 1
            if self.ept_is_leaf(level, entry):
                break
            table = entry & bits(self.n - 1, 12)
            self.fills.append((self.ept_psc, (self.ep4ta(), level, gpa >> shift), (level - 1, table, r, w, x, xu)))
            level -= 1
        m = EptMap()
        m.shift, m.base = shift, entry & bits(self.n - 1, shift)
        m.r, m.w, m.x, m.xu, m.w_upper, m.leaf = r, w, x, xu, w_upper, entry
        if not self.ept_allows(request, m):
            if not self.spp_eligible(request, m):
                self.refuse(request, m, entries, 0)
            if not self.spp_allows(request):
                self.refuse(request, m, entries, 0)
        try:
            self.check_guest_paging(request, m)
        except Violation:
            self.ept_flags_of_failing_walk(entries)
            raise
        self.ept_set_flags(request, entries)
        m.d = not self.eptp & EPTP_AD or bool(entry & EPT_D) or request.write
        self.fills.append((self.nested, (self.ep4ta(), shift, gpa >> shift), m))
        return m

    def refuse(self, request, m, entries, extra):
        self.ept_flags_of_failing_walk(entries)
        raise Violation(self.qualification(request, (m.r, m.w, m.x, m.xu), m.leaf) | extra,
                        request.gpa, request.gla, not m.leaf & EPT_SVE)

    def check_guest_paging(self, request, m):
        """Section 10, guest-paging verification: the page wants every guest table to have been paging-writable."""
        if self.pw and self.vgp and request.purpose == "final" and m.leaf & EPT_VGP and not request.all_pwa:
            self.refuse(request, m, [], 1 << 15)

    def ept_flags_of_failing_walk(self, entries):
        """Section 14, ept_accessed_on_fault: A, never D, without a look at the page-modification log.

        Not where a cached entry was used: that failure is not reported (caching 3.3)."""
        if self.ept_accessed_on_fault and self.eptp & EPTP_AD and not self.used:
            for address, _ in entries:
                self.write64(address, self.read64(address) | EPT_A)

    def ept_set_flags(self, request, entries):
        """Section 9: accessed and dirty flags, and the page-modification log."""
        if not self.eptp & EPTP_AD:
            return
        leaf_address, leaf = entries[-1]
        sets_d = request.write and not leaf & EPT_D
        must_change = sets_d
        for _, entry in entries:
            if not entry & EPT_A:
                must_change = True
        if not must_change:
            return
        if self.pml and not 0 <= self.pml_index <= 511:
            raise PmlFull()
        for address, _ in entries:
            self.write64(address, self.read64(address) | EPT_A)
        if sets_d:
            self.write64(leaf_address, self.read64(leaf_address) | EPT_D)
            if self.pml:
                self.pml_append(request.gpa & ~0xfff)

    def pml_append(self, gpa):
        """Section 9: the index counts down; from 0 it goes to FFFFh."""
        self.log.append(gpa)
        if self.pml_address is not None:
            self.write64(self.pml_address + 8 * self.pml_index, gpa)
        self.pml_index = (self.pml_index - 1) & 0xffff

    # --- Sub-page write permissions (section 10) ------------------------------------------------------------------------
    def spp_eligible(self, request, m):
        return (self.spp and request.purpose == "final" and request.write and not request.sss
                and m.r and not m.w and m.shift == 12 and bool(m.leaf & EPT_SPP))

    def spp_allows(self, request):
        """The SPPT walk: L4 to L1 by GPA 47:12. False: a region refuses."""
        table, gpa = self.spptp, request.gpa
        for shift in (39, 30, 21):
            entry = self.read64(table + 8 * ((gpa >> shift) & 511))
            if not entry & 1:
                raise SppEvent("spp_miss", 1 << 11, gpa, request.gla)
            if entry & (bits(11, 1) | bits(63, self.n)):
                raise SppEvent("spp_misconfig", 0, gpa, request.gla)
            table = entry & bits(self.n - 1, 12)
        vector = self.read64(table + 8 * ((gpa >> 12) & 511))
        if vector & 0xaaaaaaaaaaaaaaaa:
            raise SppEvent("spp_misconfig", 0, gpa, request.gla)
        first, last = gpa & 0xfff, (gpa & 0xfff) + request.size - 1
        for region in range(first >> 7, (last >> 7) + 1):
            if not vector >> (2 * region) & 1:
                return False
        return True

    # =====================================================================================================================
    # Guest paging
    # =====================================================================================================================
    def guest_shift(self, level):
        """The lowest address bit that an entry of this level decides."""
        if self.mode == "legacy32":
            return 12 if level == 1 else 22
        return 12 + 9 * (level - 1)

    def guest_is_leaf(self, level, entry):
        if level == 1:
            return True
        if self.mode == "legacy32":
            return bool(self.cr4 & CR4_PSE and entry & PS)
        return level <= 3 and bool(entry & PS)            # PML4E.PS, PML5E.PS and 1G without gbpages are reserved

    def guest_reserved(self, level, entry):
        """Section 3, for a present entry."""
        if self.mode == "legacy32":
            if level == 2 and self.guest_is_leaf(level, entry):
                return bits(21, min(self.n, 40) - 19)
            return 0
        mask = self.high
        if not self.nxe:
            mask |= XD
        if self.mode == "pae":
            mask |= bits(62, 52)
        if level >= 4:
            mask |= PS
        elif level == 3 and entry & PS:
            mask |= bits(29, 13) if self.gbpages else PS
        elif level == 2 and entry & PS:
            mask |= bits(20, 13)
        return mask

    def guest_page_base(self, level, entry, shift):
        """The GPA of the page that a leaf maps."""
        if self.mode == "legacy32":
            if level == 2:                                # PSE-36: bits 20:13 hold address bits 39:32
                return (entry & bits(31, 22)) | (entry & bits(20, 13)) << 19
            return entry & bits(31, 12)
        return entry & bits(self.n - 1, shift)

    def guest_next_table(self, entry):
        return entry & (bits(31, 12) if self.mode == "legacy32" else bits(self.n - 1, 12))

    def is_user_access(self, access):
        """Section 4."""
        return bool((self.cpl == 3 and not access["implicit"]) or access["user"])

    def key_forbids(self, access, u, key):
        """Section 4, protection keys; 4/5-level paging only, never for fetches."""
        if access["fetch"] or not self.long:
            return False
        if u:
            if not self.cr4 & CR4_PKE:
                return False
            register = self.pkru
            wd_counts = self.is_user_access(access) or bool(self.cr0 & CR0_WP)
        else:
            if not self.cr4 & CR4_PKS:
                return False
            register = self.pkrs
            wd_counts = bool(self.cr0 & CR0_WP)
        ad, wd = register >> (2 * key) & 1, register >> (2 * key + 1) & 1
        return bool(ad or (wd and access["write"] and wd_counts))

    def rights_allow(self, access, u, w, x, w_upper, leaf_rw, d):
        """Section 4 without the keys."""
        user = self.is_user_access(access)
        if access["shadow"]:
            return bool(w_upper and not leaf_rw and d and u == user)
        if user:
            if not u:
                return False
            if access["write"]:
                return bool(w)
            if access["fetch"]:
                return bool(x)
            return True
        if access["fetch"]:
            return bool(x) and not (u and self.cr4 & CR4_SMEP)
        if u and self.cr4 & CR4_SMAP and not (self.ac and not access["implicit"]):
            return False
        if access["write"] and self.cr0 & CR0_WP:
            return bool(w)
        return True

    def error_code(self, access, extra):
        """Section 5, the bits that the access alone decides; extra has the others."""
        code = extra
        if access["write"]:
            code |= PF_W
        if self.is_user_access(access):
            code |= PF_U
        if access["fetch"] and (self.cr4 & CR4_SMEP or self.nxe):
            code |= PF_I
        if access["shadow"]:
            code |= PF_SS
        return code

    def structure_access(self, gpa, gla):
        """Section 8: reading a guest paging-structure entry."""
        if not self.ept:
            return NATIVE, gpa
        request = Request("structure", gpa, gla)
        request.read = True
        request.write = bool(self.eptp & EPTP_AD)
        m = self.ept_translate(request)
        return m, m.base | gpa & ((1 << m.shift) - 1)

    def set_guest_flags(self, step, flags, gla):
        """Sections 8 and 13: the flag is written only if it must change; with EPT A/D off that write is judged by itself."""
        _, gpa, hpa, _, m = step
        entry = self.read_entry(hpa)
        if entry & flags == flags:
            return
        if self.ept and not self.eptp & EPTP_AD and not self.ept_allows_write("structure", m):
            request = Request("structure", gpa, gla)
            request.read = request.write = True
            self.refuse(request, m, [], 0)
        if self.mode == "legacy32":
            self.write_part(hpa, 4, entry | flags)
        else:
            self.write64(hpa, entry | flags)

    def hlat_applies(self, gva):
        """Section 10, HLAT."""
        return self.hlat and self.ept and self.long and (self.hlat_prefix == 0 or bool(gva >> 63))

    def guest_walk(self, access, gva, hlat):
        """Sections 3 and 13: down the guest's tables. Returns what was found; rights are judged by the caller.

        Result: (steps, page shift, page base, u, w, x, w_upper, all_pwa), a step being
        (level, gpa, hpa, entry as read, EptMap), top down."""
        level, table, m, u, w, x, all_pwa = self.levels, None, None, True, True, True, True
        top = None
        if hlat:
            table = self.hlatp & bits(self.n - 1, 12)
        else:
            found = self.psc_lookup(gva) if self.cached else None
            if found is not None:                         # the entry has the table's HPA: no EPT walk for its first use
                level, table, m, u, w, x, all_pwa = (found.level, found.table, found.map, found.u, found.w, found.x,
                                                     found.all_pwa)
                self.used = True
            elif self.mode == "pae":
                register = self.pdpte[gva >> 30 & 3]
                if not register & P:
                    raise PageFault(self.error_code(access, 0))
                table, top = register & bits(self.n - 1, 12), 2
            elif self.mode == "legacy32":
                table, top = self.cr3 & bits(31, 12), 2
            else:
                table, top = self.cr3 & bits(self.n - 1, 12), self.levels
        steps = []
        w_upper = w
        parent = None                                     # (shift, gva prefix) of the entry that led to this table
        while True:
            shift = self.guest_shift(level)
            if self.mode == "legacy32":
                gpa = table + 4 * (gva >> shift & 1023)
            else:
                gpa = table + 8 * (gva >> shift & 511)
            if m is None:
                m, hpa = self.structure_access(gpa, gva)
            elif m is NATIVE:
                hpa = gpa
            else:
                hpa = m.base | gpa & ((1 << m.shift) - 1)
            entry = self.read_entry(hpa)
            if not hlat and level != top:
                # caching 2: a cache entry for each guest table read below the top one (a refill if it came from there)
                psc = PscEntry()
                psc.level, psc.table, psc.map, psc.u, psc.w, psc.x, psc.all_pwa = level, table, m, u, w, x, all_pwa
                up = self.guest_shift(level + 1)
                self.fills.append((self.psc, (self.vpid, self.pcid(), self.ep4ta(), up, gva >> up), psc))
            if not entry & P:
                raise PageFault(self.error_code(access, PF_HLAT if hlat else 0))
            if entry & self.guest_reserved(level, entry):
                raise PageFault(self.error_code(access, PF_P | PF_RSVD | (PF_HLAT if hlat else 0)))
            step = (level, gpa, hpa, entry, m)
            steps.append(step)
            all_pwa = all_pwa and bool(m.leaf & EPT_PWA)
            leaf = self.guest_is_leaf(level, entry)
            if hlat and entry & RESTART:
                for each in steps:                        # the HLAT entries used get A, never D
                    self.set_guest_flags(each, A, gva)
                raise Restart(level)
            if self.accessed_on_fault and not leaf:
                self.set_guest_flags(step, A, gva)
            w_upper = w
            u = u and bool(entry & US)
            w = w and bool(entry & RW)
            x = x and not (self.nxe and entry & XD)
            if leaf:
                break
            table, m = self.guest_next_table(entry), None
            level -= 1
        return steps, shift, self.guest_page_base(level, entry, shift), u, w, x, w_upper, all_pwa

    def walk(self, access, gva, size):
        """Section 13: one two-dimensional walk. Returns (hpa, memory type)."""
        if self.mode == "nopaging":
            m, hpa = self.final_access(access, gva, gva, size, True, True, True, True)
            return hpa, self.memory_type(self.type_of(m, WB))
        limit = 63
        hlat = self.hlat_applies(gva)
        try:
            found = self.guest_walk(access, gva, hlat)
        except Restart as restart:
            limit = self.guest_shift(restart.level)
            found = self.guest_walk(access, gva, False)
        steps, shift, base, u, w, x, w_upper, all_pwa = found
        leaf = steps[-1][3]
        key = leaf >> 59 & 15
        forbidden = self.key_forbids(access, u, key)
        if forbidden or not self.rights_allow(access, u, w, x, w_upper, bool(leaf & RW), bool(leaf & D)):
            raise PageFault(self.error_code(access, PF_P | (PF_PK if forbidden else 0)))
        gpa = base | gva & ((1 << shift) - 1)
        if self.flags_before_final:
            self.guest_flags(access, steps, gva)
            m, hpa = self.final_access(access, gva, gpa, size, u, w, x, all_pwa)
        else:
            m, hpa = self.final_access(access, gva, gpa, size, u, w, x, all_pwa)
            self.guest_flags(access, steps, gva)
        pat_index = (leaf >> 3 & 3) | (leaf >> (7 if shift == 12 else 12) & 1) << 2
        kind = self.type_of(m, self.pat >> (8 * pat_index) & 7)
        # The combined entry (caching 1 and 2): its page is the smaller of the guest's and the EPT's.
        page = min(shift, m.shift, limit)
        entry = TlbEntry()
        entry.base = hpa & ~((1 << page) - 1)
        entry.u, entry.w, entry.x, entry.w_upper, entry.leaf_rw, entry.key = u, w, x, w_upper, bool(leaf & RW), key
        entry.d = (access["write"] or bool(leaf & D)) and (not self.ept or not self.eptp & EPTP_AD or m.d)
        entry.guest_d = access["write"] or bool(leaf & D)
        entry.ept_r, entry.ept_w, entry.ept_x, entry.ept_xu = m.r, m.w, m.x, m.xu
        entry.ept_w_upper, entry.ept_leaf_sss, entry.memtype = m.w_upper, m.leaf & EPT_SSS, kind
        is_global = bool(leaf & G) and bool(self.cr4 & CR4_PGE)
        key = (self.vpid, "G" if is_global else self.pcid(), self.ep4ta(), page, gva >> page)
        self.fills.append((self.tlb, key, entry))
        return hpa, self.memory_type(kind)

    def guest_flags(self, access, steps, gva):
        """Section 13: A in every entry, top down, and D in the leaf for a write; one write for the leaf's two."""
        for step in steps[:-1]:
            self.set_guest_flags(step, A, gva)
        self.set_guest_flags(steps[-1], A | D if access["write"] else A, gva)

    def final_access(self, access, gva, gpa, size, u, w, x, all_pwa):
        """The data access itself through EPT. Returns (EptMap, hpa)."""
        if not self.ept:
            return NATIVE, gpa
        request = Request("final", gpa, gva)
        request.size, request.u, request.w, request.nx, request.all_pwa = size, u, w, not x, all_pwa
        self.final_kind(request, access)
        m = self.ept_translate(request)
        return m, m.base | gpa & ((1 << m.shift) - 1)

    def final_kind(self, request, access):
        request.read = access["type"] == "read" or (access["type"] == "rmw" and self.rmw_sets_read)
        request.write, request.fetch = access["write"], access["fetch"]
        request.shadow = access["shadow"]
        request.sss = access["shadow"] and bool(self.eptp & EPTP_SSS) and not self.is_user_access(access)

    # --- Memory type (section 11) ---------------------------------------------------------------------------------------
    def type_of(self, m, pat_type):
        """Without the part of CR0.CD, which counts at the moment of use."""
        if m.leaf & EPT_IPAT:
            return m.leaf >> 3 & 7
        return MEMORY_TYPE[m.leaf >> 3 & 7][pat_type]

    def memory_type(self, kind):
        return UC if self.cr0 & CR0_CD else kind

    # =====================================================================================================================
    # Caches: looking up and filling (docs/caching.md sections 2 and 3)
    # =====================================================================================================================
    def nested_lookup(self, gpa):
        for shift in (12, 21, 30):
            m = self.nested.get((self.ep4ta(), shift, gpa >> shift))
            if m is not None:
                return m
        return None

    def ept_psc_lookup(self, gpa, walk_levels):
        for level in range(2, walk_levels + 1):           # the deepest level first
            found = self.ept_psc.get((self.ep4ta(), level, gpa >> (12 + 9 * (level - 1))))
            if found is not None:
                return found
        return None

    def psc_lookup(self, gva):
        for level in range(2, self.levels + 1):           # the deepest level first
            shift = self.guest_shift(level)
            found = self.psc.get((self.vpid, self.pcid(), self.ep4ta(), shift, gva >> shift))
            if found is not None:
                return found
        return None

    def tlb_lookup(self, gva):
        """The key of the match, smallest page first."""
        for shift in (12, 21, 22, 30):
            for pcid in (self.pcid(), "G"):
                key = (self.vpid, pcid, self.ep4ta(), shift, gva >> shift)
                if key in self.tlb:
                    return key
        return None

    def tlb_allows(self, access, gva, e):
        """caching 3.1: the rights kept in the entry, judged with the registers of the moment."""
        if self.key_forbids(access, e.u, e.key):
            return False
        if not self.rights_allow(access, e.u, e.w, e.x, e.w_upper, e.leaf_rw, e.guest_d):
            return False
        if not self.ept:
            return True
        request = Request("tlb", 0, gva)
        request.u = e.u
        self.final_kind(request, access)
        m = EptMap()
        m.r, m.w, m.x, m.xu, m.w_upper, m.leaf = e.ept_r, e.ept_w, e.ept_x, e.ept_xu, e.ept_w_upper, e.ept_leaf_sss
        return self.ept_allows(request, m)

    def fill(self):
        """caching 2: only after success; an entry of equal tags and page is replaced."""
        for cache, key, value in self.fills:
            if cache is self.tlb:
                vpid, pcid, ep4ta, shift, page = key
                if pcid == "G":                           # a global entry drops the page's other ones
                    for other in list(self.tlb):
                        if other[0] == vpid and other[2:] == (ep4ta, shift, page):
                            del self.tlb[other]
            cache[key] = value
        self.fills = []

    def attempt(self, body):
        """caching 3.2 and 3.3: an ordinary walk; if it failed with the help of a cached entry, a full one decides."""
        self.fills, self.cached, self.used = [], True, False
        try:
            result = body()
        except Event:
            if not self.used:
                raise
            return self.full_attempt(body)
        self.fill()
        return result

    def full_attempt(self, body):
        self.fills, self.cached, self.used = [], False, False
        result = body()
        self.fill()
        return result

    def translate(self, access, gva, size):
        """caching 3: TLB, then the ordinary walk, then the full one. Returns (hpa, memory type)."""
        def body():
            return self.walk(access, gva, size)
        if self.mode == "nopaging":
            return self.attempt(body)
        key = self.tlb_lookup(gva)
        if key is not None:
            entry = self.tlb[key]
            if not self.tlb_allows(access, gva, entry):
                del self.tlb[key]
                return self.full_attempt(body)
            if not access["write"] or entry.d:
                self.used = True
                return entry.base | gva & ((1 << key[3]) - 1), self.memory_type(entry.memtype)
            del self.tlb[key]
        return self.attempt(body)

    # =====================================================================================================================
    # Caches: dropping (section 12, docs/caching.md section 4)
    # =====================================================================================================================
    def drop_tlb(self, condemned):
        for key in [k for k in self.tlb if condemned(*k)]:
            del self.tlb[key]

    def drop_psc(self, condemned):
        for key in [k for k in self.psc if condemned(*k)]:
            del self.psc[key]

    def drop_vpid0(self):
        """A VM entry or exit without VPID."""
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == 0)
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == 0)

    def drop_by_fault(self, gva):
        """#PF; the combined part of an EPT violation: what a lookup of the address in this context would match."""
        tags = (self.vpid, self.pcid(), self.ep4ta())
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page:
                      (vpid, ep4ta) == (tags[0], tags[2]) and pcid in (tags[1], "G") and gva >> shift == page)
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: (vpid, pcid, ep4ta) == tags and gva >> shift == page)

    def drop_guest_physical(self, gpa):
        """An EPT violation: the guest-physical mappings of its GPA, current EP4TA."""
        mine = self.ep4ta()
        for key in [k for k in self.nested if k[0] == mine and gpa >> k[1] == k[2]]:
            del self.nested[key]
        for key in [k for k in self.ept_psc if k[0] == mine and gpa >> (12 + 9 * (k[1] - 1)) == k[2]]:
            del self.ept_psc[key]

    def drop_all_of_vpid(self):
        mine = self.vpid
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == mine)
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine)

    def drop_pcid(self, target, globals_too):
        mine = self.vpid
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page:
                      vpid == mine and (pcid == target or (globals_too and pcid == "G")))
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid == target)

    # =====================================================================================================================
    # One access
    # =====================================================================================================================
    def canonical(self, gva, width):
        top = gva >> (width - 1)
        return top == 0 or top == (1 << (65 - width)) - 1

    def normal_access(self, raw):
        kind = raw["type"]
        if kind not in ("read", "write", "rmw", "fetch"):
            raise BadInput("access type %r" % kind)
        write = kind in ("write", "rmw")
        return {"type": kind, "gva": number(raw["gva"]), "size": number(raw.get("size", 1)),
                "write": write, "fetch": kind == "fetch",
                "implicit": bool(raw.get("implicit")), "stack": bool(raw.get("stack")),
                "shadow": bool(raw.get("shadow_stack")), "user": bool(raw.get("user"))}

    def access(self, raw):
        """Section 2: the access as a whole, one translation a page. Returns the outcome's fields."""
        access = self.normal_access(raw)
        gva, size = access["gva"], access["size"]
        space = MASK64 if self.long else 0xffffffff
        gva &= space
        last = gva + size - 1 & space
        if self.long and not (self.canonical(gva, self.width) and self.canonical(last, self.width)):
            if access["stack"] and not access["shadow"]:
                return {"outcome": "ss", "error_code": 0}
            return {"outcome": "gp", "error_code": 0}
        first_size = min(size, 0x1000 - (gva & 0xfff))
        parts = [(gva, first_size)]
        if first_size < size:
            parts.append((gva + first_size & space, size - first_size))
        result = {"outcome": "ok"}
        part = gva
        try:
            for index, (part, part_size) in enumerate(parts):
                hpa, memtype = self.translate(access, part, part_size)
                suffix = "2" if index else ""
                result["hpa" + suffix] = hpa
                result["memtype" + suffix] = memtype
        except PageFault as fault:
            self.drop_by_fault(part)
            return {"outcome": "pf", "error_code": fault.error_code, "cr2": part}
        except Event as event:
            return self.vm_exit_outcome(event)
        return result

    def vm_exit_outcome(self, event):
        """The outcome of an EPT event, what it drops, and #VE in its place."""
        if isinstance(event, Violation):
            self.drop_guest_physical(event.gpa)
            if event.gla is not None:
                self.drop_by_fault(event.gla)
            if self.ve_delivered(event):
                return self.deliver_ve(event)
            result = {"outcome": "ept_violation", "qualification": event.qualification, "gpa": event.gpa}
            if event.gla is not None:
                result["gla"] = event.gla
        elif isinstance(event, Misconfiguration):
            result = {"outcome": "ept_misconfig", "gpa": event.gpa}
        elif isinstance(event, PmlFull):
            result = {"outcome": "pml_full"}
        else:
            result = {"outcome": event.outcome, "qualification": event.qualification, "gpa": event.gpa, "gla": event.gla}
        if self.vpid == 0:                                # a VM exit, and the VM entry after it
            self.drop_vpid0()
        return result

    # --- Virtualization exceptions (section 10; SDM 3C, "Convertible EPT Violations") ----------------------------------
    def ve_area_busy(self):
        if self.ve_address is None:
            return self.ve_busy
        return self.read32(self.ve_address + 4)

    def ve_delivered(self, violation):
        return (self.ve and violation.convertible and self.ve_area_busy() == 0
                and bool(self.cr0 & CR0_PE) and not self.event_delivery)

    def deliver_ve(self, violation):
        info = {"reason": 48, "busy": 0xffffffff, "qualification": violation.qualification,
                "gla": violation.gla or 0, "gpa": violation.gpa, "eptp_index": self.eptp_index}
        self.ve_busy = 0xffffffff
        if self.ve_address is not None:
            self.write_part(self.ve_address, 4, 48)
            self.write_part(self.ve_address + 4, 4, 0xffffffff)
            self.write64(self.ve_address + 8, info["qualification"])
            self.write64(self.ve_address + 16, info["gla"])
            self.write64(self.ve_address + 24, info["gpa"])
            self.write_part(self.ve_address + 32, 2, self.eptp_index)
        return {"outcome": "ve", "ve_info": info}

    # =====================================================================================================================
    # Steps that are not accesses (section 12, docs/caching.md section 4)
    # =====================================================================================================================
    def load_pdptes(self, cr3):
        """Section 2: the four PDPTE registers, plain data reads of EPT. All or none. Raises Event."""
        def body():
            base = cr3 & bits(31, 5)
            values = []
            for index in range(4):
                hpa = gpa = base + 8 * index
                if self.ept:
                    request = Request("load", gpa, None)
                    request.read = True
                    m = self.ept_translate(request)
                    hpa = m.base | gpa & ((1 << m.shift) - 1)
                values.append(self.read64(hpa))
            for value in values:
                if value & P and value & self.pdpte_register_reserved():
                    raise GeneralProtection()
            return values
        return self.attempt(body)

    def reload_pdptes(self, cr3):
        """None, or the outcome of a load that failed."""
        try:
            self.pdpte = self.load_pdptes(cr3)
        except GeneralProtection:
            return {"outcome": "gp", "error_code": 0}
        except Event as event:
            return self.vm_exit_outcome(event)
        return None

    def mov_cr3(self, value):
        """SDM 2B, "MOV - Move to/from Control Registers"."""
        pcide = bool(self.cr4 & CR4_PCIDE)
        if self.long:
            if value & CR3_NOFLUSH and not pcide:
                return {"outcome": "gp"}
            if value & bits(62, self.n):
                return {"outcome": "gp"}
        else:
            value &= 0xffffffff
        cr3 = value & ~CR3_NOFLUSH
        if self.mode == "pae":
            failed = self.reload_pdptes(cr3)
            if failed:
                return failed
        self.cr3 = cr3
        if not value & CR3_NOFLUSH:
            self.drop_pcid(cr3 & 0xfff if pcide else 0, False)
        return {"outcome": "ok"}

    def paging_would_be_pae(self, cr0, cr4):
        return bool(cr0 & CR0_PG) and bool(cr4 & CR4_PAE) and not self.efer & EFER_LMA

    def mov_cr0(self, value):
        old = self.cr0
        changed = old ^ value
        if value >> 32 or (value & CR0_PG and not value & CR0_PE) or (value & CR0_NW and not value & CR0_CD):
            return {"outcome": "gp"}
        if not value & CR0_PG and (self.long or self.cr4 & CR4_PCIDE):
            return {"outcome": "gp"}
        if self.cr4 & CR4_CET and not value & CR0_WP:
            return {"outcome": "gp"}
        if self.paging_would_be_pae(value, self.cr4) and changed & (CR0_CD | CR0_NW | CR0_PG):
            failed = self.reload_pdptes(self.cr3)
            if failed:
                return failed
        self.cr0 = value
        self.set_mode()
        if old & CR0_PG and not value & CR0_PG:
            self.drop_all_of_vpid()
        return {"outcome": "ok"}

    def mov_cr4(self, value):
        old = self.cr4
        changed = old ^ value
        if self.long and (not value & CR4_PAE or changed & CR4_LA57):
            return {"outcome": "gp"}
        if value & CR4_PCIDE and not old & CR4_PCIDE and (not self.efer & EFER_LMA or self.cr3 & 0xfff):
            return {"outcome": "gp"}
        if value & CR4_CET and not self.cr0 & CR0_WP:
            return {"outcome": "gp"}
        if self.paging_would_be_pae(self.cr0, value) and changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP):
            failed = self.reload_pdptes(self.cr3)
            if failed:
                return failed
        pcid = self.pcid()
        self.cr4 = value
        self.set_mode()
        if changed & CR4_PGE or (old & CR4_PCIDE and not value & CR4_PCIDE):
            self.drop_all_of_vpid()
        elif changed & CR4_PAE or (value & CR4_SMEP and not old & CR4_SMEP):
            self.drop_pcid(pcid, True)
        return {"outcome": "ok"}

    def invlpg(self, gva):
        """A non-canonical address makes it a no-operation (SDM 2A, "INVLPG")."""
        if self.long and not self.canonical(gva, self.width):
            return {"outcome": "ok"}
        if not self.long:
            gva &= 0xffffffff
        mine, current = self.vpid, self.pcid()
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page:
                      vpid == mine and pcid in (current, "G") and gva >> shift == page)
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid == current)
        return {"outcome": "ok"}

    def invpcid(self, kind, target, gva):
        pcide = bool(self.cr4 & CR4_PCIDE)
        if kind > 3 or target >> 12:
            return {"outcome": "gp"}
        if kind in (0, 1) and target and not pcide:
            return {"outcome": "gp"}
        if kind == 0 and self.long and not self.canonical(gva, self.width):
            return {"outcome": "gp"}
        mine = self.vpid
        if kind == 0:
            if not self.long:
                gva &= 0xffffffff
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid == target and gva >> shift == page)
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid == target and gva >> shift == page)
        elif kind == 1:
            self.drop_pcid(target, False)
        elif kind == 2:
            self.drop_all_of_vpid()
        else:
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == mine and pcid != "G")
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == mine)
        return {"outcome": "ok"}

    def invvpid(self, kind, target, gva):
        """SDM 3C, "INVVPID"."""
        if kind > 3 or not self.cap & CAP_INVVPID or not self.cap & CAP_INVVPID_TYPE0 << kind or target >> 16:
            return {"outcome": "vmfail"}
        if kind in (0, 1, 3) and target == 0:
            return {"outcome": "vmfail"}
        if kind == 0 and not self.canonical(gva, 57 if self.mode == "ia32e5" else 48):
            return {"outcome": "vmfail"}
        if kind == 0:
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == target and gva >> shift == page)
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == target and gva >> shift == page)
        elif kind == 1:
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == target)
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == target)
        elif kind == 2:
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid != 0)
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid != 0)
        else:
            self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: vpid == target and pcid != "G")
            self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: vpid == target)
        return {"outcome": "ok"}

    def invept(self, kind, eptp):
        """SDM 3C, "INVEPT"."""
        supported = {1: CAP_INVEPT1, 2: CAP_INVEPT2}.get(kind, 0)
        if not self.cap & CAP_INVEPT or not self.cap & supported:
            return {"outcome": "vmfail"}
        if kind == 1 and not self.eptp_valid(eptp):
            return {"outcome": "vmfail"}
        target = eptp & bits(51, 12)

        def condemned(ep4ta):
            return ep4ta is not None and (kind == 2 or ep4ta == target)
        for key in [k for k in self.nested if condemned(k[0])]:
            del self.nested[key]
        for key in [k for k in self.ept_psc if condemned(k[0])]:
            del self.ept_psc[key]
        self.drop_tlb(lambda vpid, pcid, ep4ta, shift, page: condemned(ep4ta))
        self.drop_psc(lambda vpid, pcid, ep4ta, shift, page: condemned(ep4ta))
        return {"outcome": "ok"}

    def vmfunc(self, ecx, eptp_list):
        """Section 10, EPTP switching."""
        new = number(eptp_list[ecx]) if ecx < min(512, len(eptp_list)) else 0
        if ecx >= 512 or not self.eptp_valid(new) or (new ^ self.eptp) & bits(5, 3):
            if self.vpid == 0:
                self.drop_vpid0()
            return {"outcome": "vmfunc_exit"}
        self.eptp = new
        self.eptp_index = ecx & 0xffff
        if self.vpid == 0:
            self.drop_vpid0()
        return {"outcome": "ok"}

    def step(self, raw):
        """One step; returns the outcome's fields."""
        if "type" in raw or "access" in raw:
            return self.access(raw["access"] if "access" in raw else raw)
        if "store" in raw:
            for address, value in raw["store"].items():
                self.write64(int(address, 16), number(value))
            return {"outcome": "ok"}
        for name in ("mov_cr0", "mov_cr3", "mov_cr4", "invlpg"):
            if name in raw:
                return getattr(self, name)(number(raw[name]))
        for name in ("invpcid", "invvpid", "invept"):
            if name in raw:
                return getattr(self, name)(*[number(v) for v in raw[name]])
        if "vmfunc" in raw:
            return self.vmfunc(number(raw["vmfunc"]), raw.get("eptp_list") or [])
        if "vm_entry" in raw:
            argument = raw["vm_entry"]
            if isinstance(argument, dict) and "vpid" in argument:
                self.vpid = number(argument["vpid"])
            if self.vpid == 0:
                self.drop_vpid0()
            return {"outcome": "ok"}
        if "vm_exit" in raw:
            if self.vpid == 0:
                self.drop_vpid0()
            return {"outcome": "ok"}
        raise BadInput("unknown step %r" % sorted(raw))

    # =====================================================================================================================
    # A scenario
    # =====================================================================================================================
    def finish_step(self, result):
        """Add what every outcome has, and collect the cells that changed."""
        if self.pml and result["outcome"] not in ("entry_fail", "vmfail", "vmfunc_exit"):
            result["pml_index"], result["pml_log"] = self.pml_index, self.log
        after = {a: self.mem[a] for a, old in self.before.items() if self.mem[a] != old}
        self.before, self.log = {}, []
        return result, after

    def run(self, steps):
        """Yields (outcome, mem_after) for each step."""
        if self.entry_fails():
            for _ in steps:
                yield {"outcome": "entry_fail"}, {}
            return
        failed = None
        if self.mode == "pae" and not self.given_pdpte:
            failed = self.reload_pdptes(self.cr3)
        for raw in steps:
            result = failed if failed else self.step(raw)
            yield self.finish_step(result)


def evaluate(scenario):
    """The list of (outcome, mem_after), one for the access or one for each step, with integers throughout."""
    machine = Machine(scenario)
    steps = scenario["steps"] if "steps" in scenario else [scenario["access"]]
    return list(machine.run(steps))


# --- Scenario lines -----------------------------------------------------------------------------------------------------

HEX_FIELDS = ("hpa", "hpa2", "cr2", "qualification", "gpa", "gla", "busy")


def for_json(result):
    """An outcome as formats.md writes it."""
    out = {}
    for name, value in result.items():
        if name == "ve_info":
            out[name] = for_json(value)
        elif name == "pml_log":
            out[name] = [hex(v) for v in value]
        elif name in HEX_FIELDS:
            out[name] = hex(value)
        else:
            out[name] = value
    return out


def cells_for_json(cells):
    return {hex(a): hex(v) for a, v in cells.items()}


def difference(where, expect, mem_after, result, after):
    """The first field that differs, as (name, expected, got), or None. Only fields that are given are compared."""
    for name, wanted in (expect or {}).items():
        got = result.get(name)
        if name == "ve_info" and got is not None:
            inner = difference("", wanted, None, got, {})
            if inner:
                return where + "ve_info." + inner[0], inner[1], inner[2]
            continue
        if name == "pml_log":
            wanted = [number(v) for v in wanted]
        elif name != "outcome":
            wanted = number(wanted)
        if wanted != got:
            return where + name, wanted, got
    if mem_after is not None:
        wanted = {int(a, 16): number(v) for a, v in mem_after.items()}
        for address in sorted(set(wanted) | set(after)):
            if wanted.get(address) != after.get(address):
                return "%smem_after[%#x]" % (where, address), wanted.get(address), after.get(address)
    return None


def check_scenario(scenario):
    results = evaluate(scenario)
    if "steps" not in scenario:
        return difference("", scenario.get("expect"), scenario.get("mem_after"), *results[0])
    for index, (step, (result, after)) in enumerate(zip(scenario["steps"], results)):
        found = difference("steps[%d]." % index, step.get("expect"), step.get("mem_after"), result, after)
        if found:
            return found
    return None


def show(value):
    return hex(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def main(arguments):
    if arguments[:1] == ["check"]:                        # so that the oracle can stand where the simulator does
        arguments = arguments[1:]
    if len(arguments) != 1:
        sys.stderr.write(__doc__)
        return 2
    stream = sys.stdin if arguments[0] == "-" else open(arguments[0])
    passed = failed = 0
    for line_number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            scenario = json.loads(line)
            found = check_scenario(scenario)
        except (BadInput, ValueError, KeyError, TypeError) as error:
            sys.stderr.write("%s:%d: %s: %s\n" % (arguments[0], line_number, type(error).__name__, error))
            return 2
        if found:
            failed += 1
            print("%s: %s: expected %s, got %s" % (scenario.get("id", line_number), found[0], show(found[1]), show(found[2])))
        else:
            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
