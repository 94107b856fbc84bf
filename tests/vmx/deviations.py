# SPDX-License-Identifier: BSD-2-Clause
"""Where bochs 2.7 deviates from the SDM, as a model: the oracle with single rules replaced.

A difference between bochs and the simulator is excused only if the oracle agrees with the simulator in every field,
and the oracle with some of these rules agrees with bochs in every field. So whatever a deviation does not touch is
still compared. docs/vmx-deviations.md gives for each one the sentence of the SDM that decides."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../oracle"))

import oracle
from oracle import CR0_WP, CR4_PKE, EPT_SPP, EPT_SSS, EPTP_AD, EPTP_SSS, PmlFull, SppEvent, bits

# name, what bochs does
DEVIATIONS = {
    "structure-bit-0": "a guest paging-structure access that violates EPT reports bit 1 alone, with EPT A/D on",
    "flag-write": "with EPT A/D off, the write that sets a guest A or D flag is not judged by EPT",
    "leaf-bit-12": "bit 12 of an EPT entry that maps a 2M or 1G page is not reserved",
    "keys": "PKRU is applied to supervisor-mode addresses, and its AD bits not to supervisor accesses",
    "smap-implicit": "RFLAGS.AC lets implicit supervisor accesses through SMAP",
    "pml-full": "the log is looked at whenever EPT translates with A/D on, though no flag must change",
    "pml-gpa": "the logged guest-physical address keeps its low 12 bits",  # compare.py: align_log()
    "spp-read": "a write to a page without EPT read access is eligible for sub-page permissions",
    "spp-reserved": "the odd bits of a sub-page vector are not reserved",
    "spp-first": "of a write that spans two regions the first alone decides",
    "sss-rights": "a supervisor shadow-stack access is judged by EPT as an ordinary one, with EPTP bit 7 on",
    "sss-bit-14": "qualification bit 14 is bit 60 of the last EPT entry read, though it maps no page",
    "second-page": "the second page of an access is translated without what the first one's translation could have cached",
    "ve-index": "the EPTP index in the #VE area is not the VMCS field's",
}


class Deviating(oracle.Machine):
    deviations = frozenset(DEVIATIONS)

    def does(self, name):
        return name in self.deviations

    def qualification(self, request, rights, leaf):
        q = super().qualification(request, rights, leaf)
        if self.does("structure-bit-0") and request.purpose == "structure" and self.eptp & EPTP_AD:
            q &= ~1
        if self.does("sss-bit-14") and self.eptp & EPTP_SSS and not leaf and self.last_entry & EPT_SSS:
            q |= 1 << 14
        return q

    last_entry = 0

    def ept_present(self, entry):
        self.last_entry = entry
        return super().ept_present(entry)

    def set_guest_flags(self, step, flags, gla):
        if not self.does("flag-write"):
            super().set_guest_flags(step, flags, gla)
            return
        ept, self.ept = self.ept, False                   # nothing but the write
        try:
            super().set_guest_flags(step, flags, gla)
        finally:
            self.ept = ept

    def ept_reserved(self, level, leaf):
        mask = super().ept_reserved(level, leaf)
        if self.does("leaf-bit-12") and leaf and level in (2, 3):
            mask &= ~(1 << 12)
        return mask

    def key_forbids(self, access, u, key):
        if not self.does("keys") or access["fetch"] or not self.long or not self.cr4 & CR4_PKE:
            return super().key_forbids(access, u, key)
        user = self.is_user_access(access)
        ad, wd = self.pkru >> (2 * key) & 1, self.pkru >> (2 * key + 1) & 1
        return bool((user and ad) or (access["write"] and wd and (user or self.cr0 & CR0_WP)))

    def rights_allow(self, access, u, w, x, w_upper, leaf_rw, d):
        if self.does("smap-implicit") and access["implicit"] and self.ac:
            access = dict(access, implicit=False)
            cpl, self.cpl = self.cpl, 0                   # supervisor all the same
            try:
                return super().rights_allow(access, u, w, x, w_upper, leaf_rw, d)
            finally:
                self.cpl = cpl
        return super().rights_allow(access, u, w, x, w_upper, leaf_rw, d)

    def access(self, raw):
        if self.does("pml-full") and self.ept and self.pml and self.eptp & EPTP_AD and self.full_before(raw):
            return {"outcome": "pml_full"}
        return super().access(raw)

    def reload_pdptes(self, cr3):
        if self.does("pml-full") and self.ept and self.pml and self.eptp & EPTP_AD and self.pml_index > 511:
            return {"outcome": "pml_full"}                # the fetch of MOV CR3
        return super().reload_pdptes(cr3)

    def full_before(self, raw):
        """The instruction that makes the access is fetched through EPT as well, by the same top-level table: is the log
        full already there?"""
        gva = oracle.number(raw["gva"])
        if raw["type"] == "fetch" and not (self.long and not self.canonical(gva, self.width)):
            return False                                  # there is no other instruction
        if self.mode == "legacy32" or (self.long and self.canonical(gva, self.width)):
            table = self.cr3 & bits(31 if self.mode == "legacy32" else self.n - 1, 12)
            try:
                self.structure_access(table, gva)
            except PmlFull:
                return True
            except oracle.Event:                          # the table is out of reach, for the access as well
                return False
        return self.pml_index > 511

    def translate(self, access, gva, size):
        if self.does("second-page"):
            self.tlb, self.psc, self.nested, self.ept_psc = {}, {}, {}, {}
        return super().translate(access, gva, size)

    def ept_set_flags(self, request, entries):
        if self.does("pml-full") and self.pml and self.eptp & EPTP_AD and self.pml_index > 511:
            raise PmlFull()
        super().ept_set_flags(request, entries)

    def spp_eligible(self, request, m):
        if not self.does("spp-read"):
            return super().spp_eligible(request, m)
        return (self.spp and request.purpose == "final" and request.write and not request.sss and not m.w and m.shift == 12
                and bool(m.leaf & EPT_SPP))

    def spp_allows(self, request):
        size = request.size
        if self.does("spp-first"):
            request.size = 1
        try:
            return self.spp_walk(request)
        finally:
            request.size = size

    def spp_walk(self, request):
        if not self.does("spp-reserved"):
            return super().spp_allows(request)
        table, gpa = self.spptp, request.gpa
        for shift in (39, 30, 21):
            entry = self.read64(table + 8 * ((gpa >> shift) & 511))
            if not entry & 1:
                raise SppEvent("spp_miss", 1 << 11, gpa, request.gla)
            if entry & (bits(11, 1) | bits(63, self.n)):
                raise SppEvent("spp_misconfig", 0, gpa, request.gla)
            table = entry & bits(self.n - 1, 12)
        vector = self.read64(table + 8 * ((gpa >> 12) & 511))
        first, last = gpa & 0xfff, (gpa & 0xfff) + request.size - 1
        return all(vector >> (2 * region) & 1 for region in range(first >> 7, (last >> 7) + 1))

    def ept_allows(self, request, m):
        if not self.does("sss-rights") or not request.sss:
            return super().ept_allows(request, m)
        return bool(m.r or not request.read) and bool(m.w or not request.write)

    def deliver_ve(self, violation):
        index = self.eptp_index
        if self.does("ve-index"):
            self.eptp_index = 0
        try:
            return super().deliver_ve(violation)
        finally:
            self.eptp_index = index


def evaluate(scenario, deviations):
    """(outcome, cells) of the access, or of each step, as oracle.evaluate() gives them. The steps of a sequence find
    nothing cached: a processor need not remember."""
    machine = Deviating(scenario)
    if "steps" in scenario:
        deviations = frozenset(deviations) | {"second-page"}
    machine.deviations = deviations
    return list(machine.run(scenario["steps"] if "steps" in scenario else [scenario["access"]]))
