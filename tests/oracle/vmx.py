# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios that a real processor can carry out: `generate.py --vmx`.

The same plans as everywhere, under the limits of the hardware: host-physical addresses in a window of RAM that the
bare-metal image keeps free, one MAXPHYADDR, one capability MSR, the controls that the processor has, accesses that an
instruction makes, and a free slot for the code in the top-level tables."""

import generate
import oracle
from oracle import CR0_PE, CR4_LA57, CR4_PKS, EPT_A

WINDOW_START, WINDOW_BITS = 0x08000000, 28                # src/vmx/worklist.h: WORK_WINDOW_START, _END
# Debian's bochs 2.7, model tigerlake: MAXPHYADDR, IA32_VMX_EPT_VPID_CAP, controls.
MAXPHYADDR = 40
CAP = 0xf0106b34141
CONTROLS = ("ve", "pml", "spp")
MODES = ("nopaging", "legacy32", "pae", "ia32e4")
PLANS = ("ok", "vary", "guest_np", "guest_rsvd", "guest_rights", "keys", "smap", "shadow", "gp", "pdpte_load", "entry_fail", "overlap",
         "ept_np", "ept_rights", "ept_misconfig", "ve", "pml_full", "spp", "flag_update", "sss")


class Limits:
    """What a Builder may choose."""

    def choose_machine(self, mode=None, native=None, plan=None):
        if mode == "nopaging":
            native = False                                # unrestricted guest needs EPT
        while True:
            super().choose_machine(mode, native, plan)
            if self.mode in MODES and self.plan in PLANS and (self.ept or self.mode != "nopaging"):
                return

    def choose_cr(self):
        self.n = MAXPHYADDR
        super().choose_cr()
        self.cr4 &= ~(CR4_LA57 | CR4_PKS)
        self.pkrs = 0
        self.knobs = {}
        self.gbpages = True

    def choose_controls(self):
        super().choose_controls()
        self.controls = {name: 1 for name in self.controls if name in CONTROLS}
        if self.ept:
            self.ept_levels = 4
            self.sss = self.sss and bool(CAP & oracle.CAP_SSS) and (not self.shadow_planned() or self.chance(30))
        self.cap = CAP
        self.mbe = False

    def shadow_planned(self):
        return self.plan in ("shadow", "sss")

    def choose_gva(self):
        """What an instruction can do, then where."""
        if self.shadow:
            if self.kind == "rmw":
                self.kind = "write"                       # no instruction does just that
            self.size = self.pick((4, 8)) if self.long else 4
        elif self.implicit and self.cr0 & CR0_PE:
            self.kind, self.write, self.size = "read", False, 8       # LAR reads a descriptor
        else:
            self.implicit = 0
            self.size = min(self.size, 15) if self.fetch else self.pick((1, 2, 4, 8) if self.kind == "rmw" else (1, 2, 4, 8, 8, 16))
        self.user = bool((self.cpl == 3 and not self.implicit) or self.wruss)
        super().choose_gva()
        if self.shadow:
            self.gva &= ~(self.size - 1)
        if not self.long and self.gva + self.size > 1 << 32:
            self.gva &= ~0xfff
        space = (1 << 64) - 1 if self.long else 0xffffffff
        first = min(self.size, 4096 - (self.gva & 0xfff))
        self.pages = [self.gva] if first == self.size else [self.gva, self.gva + first & space]

    # --- Frames: all in the window ---------------------------------------------------------------------------------------
    def frame(self):
        while True:
            f = WINDOW_START + (self.word(10 if self.rng.random() < 0.9 else WINDOW_BITS - 12) << 12)
            if f not in self.frames:
                self.frames.add(f)
                return f

    def gframe(self, limit):
        """Bits 29:0 lie in the window, so that an EPT page of any size maps it there. The upper half of the GPAs stays
        free, and of those below 4 GiB the last quarter: the code lies there."""
        if not self.ept:
            return self.frame()
        while True:
            high = self.pick((0, 1, 2)) if limit <= 32 else self.word(MAXPHYADDR - 31)
            f = high << 30 | WINDOW_START + (self.word(WINDOW_BITS - 12) << 12)
            if f not in self.gframes:
                self.gframes.add(f)
                return f

    def data_frame(self, shift):
        if shift == 12:
            return self.frame()
        return WINDOW_START + self.word(WINDOW_BITS) & ~((1 << shift) - 1)

    def page_frame(self, shift, legacy):
        if shift == 12:
            return self.gframe(32 if legacy else self.n)
        gpa = WINDOW_START + self.word(WINDOW_BITS) & ~((1 << shift) - 1)
        if self.ept:
            gpa |= self.word(MAXPHYADDR - 31) << 30
        if legacy:
            return gpa & 0xffffffff | gpa >> 32 << 13
        return gpa

    def guest_want(self):
        want = super().guest_want()
        return want if self.ept or want < 3 else 2

    def ept_map(self, root, gpa, want, hpa=None, purpose="structure"):
        if want == 3 and not WINDOW_START <= gpa & 0x3fffffff < WINDOW_START + (1 << WINDOW_BITS):
            want = 2
        return super().ept_map(root, gpa, want, hpa, purpose)

    def ept_table_bits(self, purpose):
        # Without paging the code is fetched through the same table as the access: it must leave no trace there.
        return super().ept_table_bits(purpose) | (EPT_A if self.mode == "nopaging" else 0)

    def break_guest_reserved(self):
        super().break_guest_reserved()
        self.knobs = {}

    def break_entry(self):
        super().break_entry()
        if not self.ept:
            self.controls = {name if name in CONTROLS else "pml": 1 for name in self.controls}

    # What bochs is known to do otherwise stays rare, so that little needs an excuse (docs/vmx-deviations.md).
    def break_spp(self):
        super().break_spp()
        if self.chance(85):
            for cell in self.sppt_vectors():
                self.mem[cell] &= 0x5555555555555555

    def sppt_vectors(self):
        for gpa in self.finals:
            table = self.spptp
            for shift in (39, 30, 21):
                table = self.mem.get(table + 8 * (gpa >> shift & 511), 0) & oracle.bits(self.n - 1, 12)
            if table + 8 * (gpa >> 12 & 511) in self.mem:
                yield table + 8 * (gpa >> 12 & 511)

    def break_smap(self):
        super().break_smap()
        if self.implicit and (self.gva & 0xfff) <= 4096 - 8 and len(self.pages) == 1:
            self.kind, self.write, self.size = "read", False, 8
        if self.implicit and self.chance(75):
            self.ac = 0

    def break_flag_update(self):
        if not self.ad and self.chance(70):
            return
        super().break_flag_update()

    BREAKS = dict(generate.Builder.BREAKS, guest_rsvd=break_guest_reserved, entry_fail=break_entry, spp=break_spp, smap=break_smap,
                  flag_update=break_flag_update)

    def make_state(self):
        super().make_state()
        self.event_delivery = 0
        self.cap = CAP
        self.cr4 &= ~CR4_PKS
        self.knobs = {}


class Builder(Limits, generate.Builder):
    pass


class Sequence(Limits, generate.Sequence):
    def weighted(self, table):
        while True:
            name = super().weighted(table)
            if name not in ("ia32e5", "hlat", "vgp", "pw", "caps", "mbe", "gpa48"):
                return name

    def prepare(self):
        super().prepare()
        self.load_pdpte = False
        self.cap = CAP
        self.knobs = {}


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


STEPS_PERCENT = 15                                        # of a mixed run


def generate_scenarios(seed, count, kind="mixed"):
    """Yields (scenario, results), as generate.generate() does."""
    rng = generate.RNG
    for index in range(count):
        rng.seed(seed << 32 | index)
        if kind == "steps" or (kind == "mixed" and rng.random() * 100 < STEPS_PERCENT):
            yield generate.sequence(rng, "s%d-%d" % (seed, index), make=Sequence)
        else:
            yield single(rng, "v%d-%d" % (seed, index))
