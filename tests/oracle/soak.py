#!/usr/bin/env python3
"""Soak: generated scenarios through the simulator's check, in parallel, with a table of what was covered.

    soak.py --check "build/eptsim" --count 50000 --seed 1 [--jobs J] [--min 200] [--kind single|steps|mixed] [--save FILE]

Each batch runs in a process of its own: it generates with the seed printed, pipes the lines to `CMD check -`, and counts.
Nothing is kept but counts and at most 100 failing lines, so --count may be a million. Without --check only the table is made.
The last line is `N passed, N failed`; the exit status is 0, 1 (a scenario failed, or a cell of the table is below --min),
2 (the checker did not run to its end).

Workers run under pypy3 only if --python says so: CPython 3.11 was measured at 6300 scenarios/s a core (2500/s of steps),
PyPy 7.3 at 2000/s, because 64-bit entries with bit 63 set are big integers to its compiler."""

import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import threading

import generate

BATCH = 10000
MAX_SAVED = 100
CONTROLS = ("mbe", "ve", "pml", "spp", "pw", "vgp", "hlat", "sss")
OUTCOMES = ("ok", "pf", "gp", "ss", "ept_violation", "ept_misconfig", "entry_fail", "ve", "pml_full", "spp_miss", "spp_misconfig")
QUALIFICATION_BITS = {0: "read", 1: "write", 2: "fetch", 3: "entries: R", 4: "entries: W", 5: "entries: X", 6: "entries: XU",
                      7: "linear address valid", 8: "final access", 9: "user-mode address", 10: "writable", 11: "execute-disable",
                      12: "NMI unblocking", 13: "shadow stack", 14: "supervisor shadow-stack page", 15: "guest-paging verification",
                      16: "asynchronous"}
ERROR_CODE_BITS = {0: "P", 1: "W/R", 2: "U/S", 3: "RSVD", 4: "I/D", 5: "PK", 6: "SS", 7: "HLAT", 15: "SGX"}
STEP_OUTCOMES = {"store": ("ok",), "mov_cr0": ("ok", "gp"), "mov_cr3": ("ok", "gp"), "mov_cr4": ("ok", "gp"), "invlpg": ("ok",),
                 "invpcid": ("ok", "gp"), "invept": ("ok", "vmfail"), "invvpid": ("ok", "vmfail"), "vmfunc": ("ok", "vmfunc_exit"),
                 "vm_entry": ("ok",), "vm_exit": ("ok",)}

# Cells that no scenario can fill, with the reason.
UNREACHABLE = {
    ("mode", "nopaging", "pf"): "no paging, no page faults",
    ("mode", "nopaging", "gp"): "32-bit addresses are all canonical",
    ("mode", "nopaging", "ss"): "32-bit addresses are all canonical",
    ("mode", "legacy32", "gp"): "32-bit addresses are all canonical",
    ("mode", "legacy32", "ss"): "32-bit addresses are all canonical",
    ("mode", "pae", "ss"): "32-bit addresses are all canonical (its #GP are refused loads of the PDPTE registers)",
    ("qualification", 12, "NMI unblocking"): "no scenario executes IRET",
    ("qualification", 16, "asynchronous"): "no scenario has an asynchronous access",
    ("error code", 15, "SGX"): "SGX is not modelled",
}


def expected_cells():
    """Every cell of the table, reachable or not."""
    for mode in generate.MODES:
        for outcome in OUTCOMES:
            yield "mode", mode, outcome
    for outcome in ("ok", "pf", "gp", "ss", "entry_fail"):
        yield "native", "no EPT", outcome
    for control in CONTROLS:
        for outcome in OUTCOMES:
            yield "control", control, outcome
    for bit, name in QUALIFICATION_BITS.items():
        yield "qualification", bit, name
    for bit, name in ERROR_CODE_BITS.items():
        yield "error code", bit, name
    for outcome in OUTCOMES:
        if outcome != "entry_fail":                       # no machine, no sequence
            yield "step", "access", outcome
    for kind, outcomes in STEP_OUTCOMES.items():
        for outcome in outcomes:
            yield "step", kind, outcome


def count_outcome(counts, scenario, controls, result):
    outcome = result["outcome"]
    counts["mode", scenario["mode"], outcome] += 1
    if scenario.get("eptp") is None:
        counts["native", "no EPT", outcome] += 1
    for control in controls:
        counts["control", control, outcome] += 1
    if outcome == "ept_violation":
        qualification = result["qualification"]
    elif outcome == "ve":
        qualification = result["ve_info"]["qualification"]
    else:
        qualification = 0
    for bit, name in QUALIFICATION_BITS.items():
        if qualification >> bit & 1:
            counts["qualification", bit, name] += 1
    if outcome == "pf":
        for bit, name in ERROR_CODE_BITS.items():
            if result["error_code"] >> bit & 1:
                counts["error code", bit, name] += 1


def count(counts, scenario, results):
    controls = [c for c in CONTROLS if scenario["controls"].get(c)]
    if scenario.get("eptp") is not None and int(scenario["eptp"], 16) & generate.EPTP_SSS:
        controls.append("sss")
    if "steps" not in scenario:
        counts["total", "scenarios", "single"] += 1
        count_outcome(counts, scenario, controls, results[0][0])
        return
    counts["total", "scenarios", "steps"] += 1
    for step, (result, _) in zip(scenario["steps"], results):
        kind = generate.step_kind(step)
        counts["step", kind, result["outcome"]] += 1
        if kind == "access":
            count_outcome(counts, scenario, controls, result)


# --- One batch, in a process of its own ---------------------------------------------------------------------------------

class Checker:
    """`CMD check -` with a reader for its output, so that neither pipe can fill up while the other is waited for."""

    def __init__(self, command):
        self.process = subprocess.Popen(shlex.split(command) + ["check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        universal_newlines=True)
        self.failed_ids, self.messages, self.summary, self.broken = [], [], None, False
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            total = re.match(r"(\d+) passed, (\d+) failed\s*$", line)
            if total:
                self.summary = int(total.group(1)), int(total.group(2))
                continue
            named = re.search(r"\b[gs]\d+-(\d+)\b", line)
            if named and len(self.messages) < MAX_SAVED:
                self.failed_ids.append(int(named.group(1)))
                self.messages.append(line.rstrip("\n")[:400])

    def send(self, text):
        if not self.broken:
            try:
                self.process.stdin.write(text)
            except (BrokenPipeError, OSError):
                self.broken = True                        # it ended early: its status says why

    def finish(self):
        try:
            self.process.stdin.close()
        except (BrokenPipeError, OSError):
            pass
        self.reader.join()
        return self.process.wait()


def worker(arguments):
    counts, statistics = collections.Counter(), collections.Counter()
    checker = Checker(arguments.check) if arguments.check else None
    encode = json.JSONEncoder(separators=(",", ":")).encode
    for scenario, results in generate.generate(arguments.seed, arguments.count, arguments.kind, statistics):
        count(counts, scenario, results)
        if checker:
            checker.send(encode(scenario) + "\n")
    report = {"passed": arguments.count, "failed": 0, "status": 0, "messages": [], "saved": []}
    if checker:
        status = checker.finish()
        passed, failed = checker.summary or (0, 0)
        report["status"] = status if status in (0, 1) and passed + failed == arguments.count else 2
        report["passed"], report["failed"] = passed, arguments.count - passed
        report["messages"] = checker.messages
        for index in dict.fromkeys(checker.failed_ids):
            report["saved"].append(encode(generate.one(arguments.seed, index, arguments.kind)[0]))
    report["counts"] = [[list(k), v] for k, v in counts.items()]
    report["statistics"] = dict(statistics)
    json.dump(report, sys.stdout)


# --- The driver -----------------------------------------------------------------------------------------------------------

def run_batches(arguments):
    """Yields (seed, report) of each batch, at most --jobs at a time."""
    size = min(BATCH, max(1, -(-arguments.count // arguments.jobs)))
    batches, left, index = [], arguments.count, 0
    while left > 0:
        batches.append((arguments.seed * 100000 + index, min(size, left)))
        left -= size
        index += 1
    lock = threading.Lock()
    done = collections.deque()
    ready = threading.Semaphore(0)

    def serve():
        while True:
            with lock:
                if not batches:
                    return
                seed, count_ = batches.pop(0)
            command = [arguments.python, os.path.abspath(__file__), "--worker", "--seed", str(seed), "--count", str(count_),
                       "--kind", arguments.kind]
            if arguments.check:
                command += ["--check", arguments.check]
            process = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True)
            done.append((seed, count_, process.returncode, process.stdout))
            ready.release()
    total = len(batches)
    for _ in range(arguments.jobs):
        threading.Thread(target=serve, daemon=True).start()
    for _ in range(total):
        ready.acquire()
        seed, count_, status, text = done.popleft()
        if status:
            report = {"passed": 0, "failed": count_, "status": 2, "messages": ["worker ended with status %d" % status], "saved": [],
                      "counts": [], "statistics": {}}
        else:
            report = json.loads(text)
        yield seed, count_, report


def print_table(counts):
    print("\n%-14s" % "mode" + "".join("%15s" % o for o in OUTCOMES))
    for mode in generate.MODES:
        print("%-14s" % mode + "".join("%15s" % cell(counts, "mode", mode, o) for o in OUTCOMES))
    print("%-14s" % "no EPT" + "".join("%15s" % (counts["native", "no EPT", o] or "-") for o in OUTCOMES))
    print("\n%-14s" % "control" + "".join("%15s" % o for o in OUTCOMES))
    for control in CONTROLS:
        print("%-14s" % control + "".join("%15s" % cell(counts, "control", control, o) for o in OUTCOMES))
    for title, names in (("qualification", QUALIFICATION_BITS), ("error code", ERROR_CODE_BITS)):
        print("\n%s bits set" % title)
        for bit, name in names.items():
            print("  %2d %-30s %10s" % (bit, name, cell(counts, title, bit, name)))
    print("\nsteps")
    for kind in ("access",) + tuple(STEP_OUTCOMES):
        row = sorted(((k[2], v) for k, v in counts.items() if k[0] == "step" and k[1] == kind), key=lambda item: -item[1])
        print("  %-10s %s" % (kind, ", ".join("%s %d" % item for item in row)))


def cell(counts, *key):
    return str(counts[key]) if counts[key] or key not in UNREACHABLE else "-"


def print_unreachable():
    print("\ncells that cannot occur:")
    for key, reason in UNREACHABLE.items():
        print("  %s %s %s: %s" % (key + (reason,)))


def drive(arguments):
    counts, statistics = collections.Counter(), collections.Counter()
    passed = failed = saved = 0
    status = 0
    output = open(arguments.save, "w") if arguments.check else None
    for seed, count_, report in run_batches(arguments):
        passed += report["passed"]
        failed += report["failed"]
        status = max(status, report["status"])
        print("seed %d: %d passed, %d failed" % (seed, report["passed"], report["failed"]))
        for message in report["messages"][:max(0, MAX_SAVED - saved)]:
            print("  " + message)
        for line in report["saved"]:
            if saved < MAX_SAVED:
                output.write(line + "\n")
                saved += 1
        for key, value in report["counts"]:
            counts[tuple(key)] += value
        statistics.update(report["statistics"])
        sys.stdout.flush()
    if output:
        output.close()
    print_table(counts)
    print_unreachable()
    print("\nstale entries")
    for name, value in sorted(statistics.items(), key=lambda item: -item[1]):
        print("  %8d %s" % (value, name))
    low = [(counts[k], k) for k in expected_cells() if k not in UNREACHABLE and counts[k] < arguments.min]
    for value, key in low:
        print("below the minimum of %d: %s: %d" % (arguments.min, " / ".join(str(k) for k in key), value))
    surprising = [k for k in UNREACHABLE if counts[k]]
    for key in surprising:
        print("declared unreachable, yet met: %s" % (key,))
    if saved:
        print("failing lines: %s" % arguments.save)
    if status == 2:
        print("the checker did not run to its end")
    print("%d passed, %d failed" % (passed, failed))
    if status == 2:
        return 2
    return 1 if failed or low or surprising else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", default="", help="the simulator's command; `check -` is added to it")
    parser.add_argument("--count", type=int, default=50000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--min", type=int, default=0, help="fail if a reachable cell of the table has fewer")
    parser.add_argument("--kind", choices=("single", "steps", "mixed"), default="mixed")
    parser.add_argument("--save", default="soak-failures.jsonl", help="where failing lines go")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the workers")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments)
        return 0
    return drive(arguments)


if __name__ == "__main__":
    sys.exit(main())
