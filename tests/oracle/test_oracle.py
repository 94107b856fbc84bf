#!/usr/bin/env python3
"""Checks of the oracle against what others say: tables of the SDM, worked by hand, and the sample scenarios.

Ends with `N passed, N failed`."""

import itertools
import json
import os
import sys

import exhaust
import oracle
from oracle import EPT_A, EPT_D, EPT_R, EPT_W, EPT_X, EPTP_AD, UC, WB, WC, WP, WT

RESULTS = {True: 0, False: 0}


def expect(name, wanted, got):
    RESULTS[wanted == got] += 1
    if wanted != got:
        print("%s: expected %r, got %r" % (name, wanted, got))


def samples():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "scenarios.jsonl")
    with open(path) as stream:
        for line in stream:
            scenario = json.loads(line)
            expect(scenario["id"], None, oracle.check_scenario(scenario))


def memory_types():
    """SDM 3A, "Effective Page-Level Memory Types for Pentium III and More Recent Processor Families", the row being
    the EPT type (in the place of the MTRR type); columns UC, UC-, WC, WT, WP, WB."""
    table = {UC: (UC, UC, WC, UC, UC, UC), WC: (UC, WC, WC, UC, UC, WC), WT: (UC, UC, WC, WT, WP, WT),
             WP: (UC, WC, WC, WT, WP, WP), WB: (UC, UC, WC, WT, WP, WB)}
    for row, types in table.items():
        for column, wanted in zip((0, 7, 1, 4, 5, 6), types):
            expect("memory type %d x %d" % (row, column), wanted, oracle.MEMORY_TYPE[row][column])


def one(scenario):
    (result, after), = oracle.evaluate(scenario)
    return result, after


def qualification_of_missing_rights():
    """SDM 3C, "Exit Qualification for EPT Violations": access in 2:0, rights in 5:3, linear address valid and final in 8:7."""
    regs = exhaust.registers("ia32e4")
    for rights, (kind, bit) in itertools.product((0, EPT_R, EPT_X, EPT_R | EPT_W, EPT_R | EPT_X),
                                                 (("read", 0), ("write", 1), ("fetch", 2))):
        if rights >> bit & 1:
            continue
        mem, eptp, path, _ = exhaust.two_dimensional(4, 1)
        cell = path[-1][1]
        mem[cell] = mem[cell] & ~exhaust.RWX | rights
        cap = exhaust.CAP_ALL & ~oracle.CAP_ADVANCED
        scenario = exhaust.scenario("ia32e4", mem, exhaust.access_to("ia32e4", kind), **exhaust.with_eptp(eptp, cap), **regs)
        result, after = one(scenario)
        expect("violation of a %s, rights %d" % (kind, rights), ("ept_violation", 0x180 | 1 << bit | rights << 3),
               (result["outcome"], result.get("qualification")))


def ept_flags_of_a_write():
    """SDM 3C, "Accessed and Dirty Flags for EPT": A in every entry used, D in leaves; tables count as written."""
    mem, eptp, path, chain = exhaust.two_dimensional(4, 1, ad=1)
    scenario = exhaust.scenario("ia32e4", mem, exhaust.access_to("ia32e4", "write"), **exhaust.with_eptp(eptp), **exhaust.registers("ia32e4"))
    _, after = one(scenario)
    for index, (_, cell) in enumerate(path):
        expect("EPT flags at %#x" % cell, EPT_A | (EPT_D if index == 3 else 0), after.get(cell, mem[cell]) & (EPT_A | EPT_D))
    scenario["eptp"] = hex(eptp & ~EPTP_AD)
    _, after = one(scenario)
    expect("no EPT flags with A/D off", {}, {a: v for a, v in after.items() if a >= exhaust.EPT_TABLES})


def page_fault_codes():
    """SDM 3A, "Page-Fault Exceptions", figure "Page-Fault Error Code": P, W/R, U/S, RSVD, I/D."""
    mode = "ia32e4"
    chain = exhaust.guest_chain(mode, 1)
    level, _, value = chain[-1]
    rows = ((value & ~oracle.P, "read", 0, 0x00), (value & ~oracle.P, "write", 3, 0x06), (value & ~oracle.RW, "write", 0, 0x03),
            (value & ~oracle.US, "read", 3, 0x05), (value | oracle.XD, "fetch", 3, 0x15), (value | 1 << 51, "read", 0, 0x09),
            (value | 1 << 51, "write", 3, 0x0f))
    for entry, kind, cpl, code in rows:
        mem = exhaust.guest_mem(mode, chain, {level: entry})
        result, _ = one(exhaust.scenario(mode, mem, exhaust.access_to(mode, kind), cpl, **exhaust.registers(mode)))
        expect("#PF of a %s at CPL %d, entry %#x" % (kind, cpl, entry), ("pf", code, exhaust.GVA[mode]),
               (result["outcome"], result.get("error_code"), result.get("cr2")))


def main():
    for check in (samples, memory_types, qualification_of_missing_rights, ept_flags_of_a_write, page_fault_codes):
        check()
    print("%d passed, %d failed" % (RESULTS[True], RESULTS[False]))
    return 1 if RESULTS[False] else 0


if __name__ == "__main__":
    sys.exit(main())
