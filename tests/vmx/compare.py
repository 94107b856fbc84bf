#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares what a processor did with what the simulator says, scenario by scenario, field by field.

    compare.py SIMULATOR MEASURED [--deviations bochs|none]

Both are scenario lines: SIMULATOR from `eptsim check --fill`, MEASURED from `eptsim vmx results`. Memory types are not
compared: no processor tells them. The last line is `N passed, N failed, N skipped`."""

import argparse
import collections
import json
import sys

import deviations
from oracle import number

NOT_MEASURED = ("memtype", "memtype2")
MAX_MESSAGES = 40


def flat(expect, mem_after):
    """Every field by name, numbers as numbers."""
    fields = {}
    for name, value in expect.items():
        if name in NOT_MEASURED:
            continue
        if name == "ve_info":
            for inner, field in value.items():
                fields["expect.ve_info." + inner] = number(field)
        elif name == "pml_log":
            for index, entry in enumerate(value):
                fields["expect.pml_log[%d]" % index] = number(entry)
        else:
            fields["expect." + name] = value if name == "outcome" else number(value)
    for address, value in (mem_after or {}).items():
        fields["mem_after[%#x]" % (int(address, 16) if isinstance(address, str) else address)] = number(value)
    return fields


def show(value):
    return "nothing" if value is None else hex(value) if isinstance(value, int) else value


def first_difference(want, got):
    for name in list(want) + [n for n in got if n not in want]:
        if want.get(name) != got.get(name):
            return "%s: simulator %s, processor %s" % (name, show(want.get(name)), show(got.get(name)))
    return None


def steps_compared(simulator, measured):
    """The steps that were executed, up to the first that ends otherwise: what comes after it depends on it."""
    chosen = []
    for index, (left, right) in enumerate(zip(simulator.get("steps", ()), measured.get("steps", ()))):
        if right.get("executed", 1):
            chosen.append(index)
        if left["expect"]["outcome"] != right["expect"]["outcome"]:
            break
    return chosen


def flat_lines(scenario, chosen):
    """The fields of the access, or of the steps chosen."""
    if "steps" not in scenario:
        return flat(scenario["expect"], scenario["mem_after"])
    return flat_steps(scenario, [(step["expect"], step["mem_after"]) for step in scenario["steps"]], chosen)


def flat_steps(scenario, results, chosen):
    fields = {}
    for index in chosen:
        expect, mem_after = results[index]
        if "type" not in scenario["steps"][index]:        # what is no access has nothing else
            expect = {"outcome": expect["outcome"]}
        for name, value in flat(expect, mem_after).items():
            fields["steps[%d].%s" % (index, name)] = value
    return fields


def align_log(scenario, fields):
    """The deviation pml-gpa: low bits of logged addresses, which are the image's own code's where that came first."""
    found = False
    log = number(scenario["pml_address"]) if scenario["controls"].get("pml") and "pml_address" in scenario else None
    for name, value in fields.items():
        logged = "expect.pml_log" in name
        if "mem_after" in name and log is not None:
            logged = log <= number(name[name.rindex("[") + 1:-1]) < log + 4096
        if logged and value & 0xfff:
            fields[name] = value & ~0xfff
            found = True
    return found


def modelled(scenario, names, chosen=()):
    results = deviations.evaluate(scenario, frozenset(names))
    return flat_steps(scenario, results, chosen) if "steps" in scenario else flat(*results[0])


def excuse(scenario, want, got, steps=()):
    """The smallest set of known deviations that explains what the processor did, or None."""
    if modelled(scenario, (), steps) != want:
        return None                                       # the simulator itself is in doubt
    # Where a good access ended is known by a mark, which lies where the simulator says; here it says nothing.
    unknown = [n for k, v in want.items() if k.endswith("expect.outcome") and v != "ok"
               for n in (k[:-7] + "hpa", k[:-7] + "hpa2")]

    def explains(names):
        return {k: v for k, v in modelled(scenario, names, steps).items() if k not in unknown} == got
    chosen = set(deviations.DEVIATIONS)
    if not explains(chosen):
        return None
    for name in list(deviations.DEVIATIONS):
        if explains(chosen - {name}):
            chosen.remove(name)
    return sorted(chosen)


class Comparison:
    def __init__(self, excusing):
        self.excusing = excusing
        self.passed = self.failed = 0
        self.skipped, self.outcomes, self.excuses = collections.Counter(), collections.Counter(), collections.Counter()
        self.sequences = self.excused = self.other_outcome = 0
        self.messages, self.failures = [], []

    def line(self, simulator, measured):
        if simulator["id"] != measured["id"]:
            sys.exit("compare.py: %s beside %s" % (simulator["id"], measured["id"]))
        if "skipped" in measured:
            self.skipped[measured["skipped"]] += 1
            return
        steps = steps_compared(simulator, measured)
        want, got = flat_lines(simulator, steps), flat_lines(measured, steps)
        outcomes = [n for n in want if n.endswith("expect.outcome")]
        self.outcomes.update((want[n], got[n]) for n in outcomes)
        self.sequences += "steps" in simulator
        if want == got:
            self.passed += 1
            return
        names = None
        if self.excusing:
            aligned = align_log(simulator, got)
            names = [] if aligned and want == got else excuse(simulator, want, got, steps)
            if names is not None and aligned:
                names.append("pml-gpa")
        if names:
            self.passed += 1
            self.excused += 1
            self.excuses.update(names)
            self.other_outcome += any(want[n] != got[n] for n in outcomes)
            return
        self.failed += 1
        if len(self.messages) < MAX_MESSAGES:
            self.failures.append((simulator, measured))
            self.messages.append("%s: %s" % (simulator["id"], first_difference(want, got)))


def print_report(c, title=""):
    for message in c.messages:
        print(message)
    total = c.passed + c.failed
    print("\n%s; %d sequences among them\n%-16s %10s %10s" % (title, c.sequences, "outcome", "simulator", "processor"))
    for name in sorted({n for pair in c.outcomes for n in pair}):
        print("%-16s %10d %10d" % (name, sum(v for (a, _), v in c.outcomes.items() if a == name),
                                   sum(v for (_, b), v in c.outcomes.items() if b == name)))
    skipped = sum(c.skipped.values())
    if skipped:
        print("\nnot expressed on this processor: %d of %d (%.1f %%)" % (skipped, total + skipped, 100 * skipped / (total + skipped)))
        for why, count in c.skipped.most_common():
            print("%8d %s" % (count, why))
    if c.excused:
        print("\nexcused by known deviations: %d, another outcome in %d (%.1f %%)"
              % (c.excused, c.other_outcome, 100 * c.other_outcome / total))
        for name, count in c.excuses.most_common():
            print("%8d %-16s %s" % (count, name, deviations.DEVIATIONS[name]))
    print("\n%d passed, %d failed, %d skipped" % (c.passed, c.failed, skipped))


def compare_files(simulator, measured, comparison):
    with open(simulator) as a, open(measured) as b:
        for left, right in zip(a, b):
            comparison.line(json.loads(left), json.loads(right))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("simulator")
    parser.add_argument("measured")
    parser.add_argument("--deviations", choices=("bochs", "none"), default="bochs")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.deviations == "bochs")
    compare_files(arguments.simulator, arguments.measured, comparison)
    print_report(comparison)
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
