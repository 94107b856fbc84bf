#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The chase of `eptsim bench` against the curve measured on hardware.

Every point up to 65536 lines must lie within 15 percent of the measured one, or
(4K guest pages) within what was measured from run to run. --table prints all
points, those beyond too, as docs/performance.md has them.
"""
import csv
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEASURED = os.path.join(ROOT, "tests/data/chase-xeon.csv")
LINES_MAX = 65536  # beyond, the last-level cache was shared with strangers
TOLERANCE = 0.15
TSC_OVER_CORE = 2.3 / 2.98  # the file counts TSC cycles

# column, distance of lines, page of the guest
COLUMNS = [("guest_4k", 4096, "4k"), ("guest_2m", 4096, "2m"), ("packed", 64, "4k")]


def measured():
    with open(MEASURED, encoding="ascii") as f:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(l for l in f if l[0] != "#")]


def simulated(eptsim, rows, stride, page, extra):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.csv")
        footprints = ",".join(str(int(r["lines"]) * stride) for r in rows)
        subprocess.run([eptsim, "bench", "--quiet", "--pattern", "chase", "--cpu", "spr", "--mode", "ept",
                        "--ept-page", "4k", "--guest-page", page, "--stride", str(stride), "--accesses", "100000",
                        "--footprint", footprints, "--csv", out, *extra], check=True)
        with open(out, encoding="ascii") as f:
            return [float(r["cycles_per_access"]) * TSC_OVER_CORE for r in csv.DictReader(f)]


def good(row, column, value):
    if abs(value / row[column] - 1) <= TOLERANCE:
        return True
    return column == "guest_4k" and row["guest_4k_min"] <= value <= row["guest_4k_max"]


def main():
    arguments = sys.argv[1:]
    table = "--table" in arguments
    if table:
        arguments.remove("--table")
    eptsim, extra = arguments[0], arguments[1:]
    rows = [r for r in measured() if table or r["lines"] <= LINES_MAX]
    results = {c: simulated(eptsim, rows, stride, page, extra) for c, stride, page in COLUMNS}
    passed = failed = 0

    if table:
        print("| lines | 4K pages: measured (from, to) | simulated | | 2M pages: measured | simulated | | packed: measured | simulated | |")
        print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for i, row in enumerate(rows):
        cells = []
        for column, _, _ in COLUMNS:
            value = results[column][i]
            ok = good(row, column, value)
            passed, failed = passed + ok, failed + (not ok)
            spread = f" ({row['guest_4k_min']:.2f}, {row['guest_4k_max']:.2f})" if column == "guest_4k" else ""
            cells.append(f"{row[column]:.2f}{spread} | {value:.2f} | {100 * (value / row[column] - 1):+.1f} %")
            if not ok and not table:
                print(f"{int(row['lines'])} lines, {column}: measured {row[column]:.2f}{spread}, simulated {value:.2f}")
        if table:
            print(f"| {int(row['lines'])} | " + " | ".join(cells) + " |")
    if not table:
        print(f"{passed} passed, {failed} failed")
    return 0 if table or not failed else 1


sys.exit(main())
