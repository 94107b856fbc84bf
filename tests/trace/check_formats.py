#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Traces of every format through the command line: what write_formats.py wrote
is read as it says, malformed records are named with their place, truncated
streams are used to their last byte, conversions replay the same, and a long
stream needs no memory. `check_formats.py EPTSIM [GIGABYTES]`"""
import bz2
import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile
import zlib

import write_formats as w
from write_formats import binary_block, binary_file, content, entry, varint

EPTSIM = os.path.abspath(sys.argv[1])
GIGABYTES = float(sys.argv[2]) if len(sys.argv) > 2 else 1
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSTRUMENTED = bool(os.environ.get("INSTRUMENT"))
passed = failed = 0


def check(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"FAILED: {what}"[:2000])
    return good


def run(*arguments, data=b""):
    done = subprocess.run([EPTSIM, *arguments], input=data, capture_output=True, timeout=600)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def accesses(path, *options):
    """The records of a trace as lines of eptrace text, and the error."""
    data = path if isinstance(path, bytes) else b""
    status, out, err = run("trace", "convert", "-q", "--to", "eptrace", *options,
                           "-" if data else path, data=data)
    return out.decode().splitlines()[1:], err.strip(), status


# ---- what write_formats.py wrote


def formats_are_read():
    for name in w.FORMATS:
        data, expect = content(name)
        physical = name in ("gem5", "ramulator")
        to = "eptrace-binary" if physical else "eptrace"
        for how in ("recognised", "named"):
            options = ["--format", name] if how == "named" else []
            if physical:  # eptrace text has no physical addresses: see that it is refused
                status, _, err = run("trace", "convert", "--to", "eptrace", "-", *options, data=data)
                check(status == 2 and "physical" in err, f"{name} to eptrace: {err}")
                status, out, err = run("trace", "convert", "--to", to, "-", *options, data=data)
                seen = decode_physical(out)
                error = err.strip()
            else:
                seen, error, status = accesses(data, *options)
            check(status == 0 and not error and seen == expect,
                  f"{name}, {how}: {error}\n  first difference: " +
                  str(next(((a, b) for a, b in zip(seen + [None], expect + [None]) if a != b), None)))
        status, out, err = run("trace", "info", "-", data=data)
        check(status == 0 and out.decode().startswith(f"standard input: {name}"), f"info {name}: {out} {err}")


def decode_physical(data):
    """Accesses of a binary trace whose addresses are physical: its flag is cleared."""
    head = bytearray(data)
    if not head[12] & 2:
        return ["not marked physical"]
    head[12] &= ~2
    return accesses(bytes(head))[0]


def compressed_are_read(directory):
    data, expect = content("champsim")
    for name, compress in w.COMPRESS.items():
        seen, error, _ = accesses(compress(data))
        check(seen == expect, f"champsim, {name}: {error}")
    data, expect = content("drmemtrace")
    seen, error, _ = accesses(w.COMPRESS["gzip"](data))
    check(seen == expect, f"drmemtrace .gz: {error}")
    seen, error, _ = accesses(w.drmemtrace_zip()[0])
    check(seen == expect, f"drmemtrace .zip: {error}")
    for tool in ("lz4", "zstd"):
        path = os.path.join(directory, "t." + tool)
        with open(path, "wb") as f:
            subprocess.run([tool, "-q", "-c"], input=data, stdout=f, check=True)
        seen, error, _ = accesses(path)
        check(seen == expect, f"drmemtrace {tool}: {error}")


# ---- malformed records

GOOD_ENTRIES = entry(25, 0, 5) + entry(10, 4, 0x401000)
CHAMPSIM = content("champsim")[0]


def spoiled(data, at, value):
    return data[:at] + bytes([value]) + data[at + 1:]


def malformed_binary():
    good = content("eptrace-binary")[0]
    block = binary_block(bytes([3 | 3 << 2]), b"", b"", 0)
    directive = bytes([7 << 2])

    def file_of(tags, deltas, extras):
        return binary_file([binary_block(tags, deltas, extras, 0)], [len(tags)])

    return [
        ("eptrace-binary", binary_file([block], [1], version=2), "byte 0: expected version 1"),
        ("eptrace-binary", spoiled(good, 16, 0), "byte 16: expected a block, an index or the end"),
        ("eptrace-binary", spoiled(good, 20, 9), "byte 16: expected the header of a block"),
        ("eptrace-binary", spoiled(good, 60, 9), "byte 16: expected a block with the checksum"),
        ("eptrace-binary", good[:-5], f"byte {len(good) - 5}: expected the rest of an eptrace binary file"),
        ("eptrace-binary", spoiled(good, len(good) - 20, 9), f"byte {len(good) - 32}: expected the end"),
        ("eptrace-binary", binary_file([block], [2]), "expected 2 records in all, found 1"),
        ("eptrace-binary", binary_file([block, block], [1, 1]), "byte 57: expected the block that continues"),
        ("eptrace-binary", file_of(bytes([3 << 5]), b"", b""), "byte 16: expected a block whose tags fit"),
        ("eptrace-binary", file_of(bytes([0]), b"", b"\0"), "byte 16: expected a block whose records use all"),
        ("eptrace-binary", file_of(bytes([7 << 2]), b"", b"\2\0"), "byte 16: expected a block of well-formed"),
        ("eptrace-binary", file_of(directive, b"", bytes([1, 99])), "byte 16: expected a block of well-formed"),
        ("eptrace-binary", file_of(directive, b"", bytes([1, 10, 0, 7, 0]) + varint(1) + varint(4096)),
         "byte 16: expected a block of well-formed"),
    ]


MALFORMED = [
    # format, content, what the message has behind the file's name
    ("lackey", "I  04001090,3\nI  04001090,0\n", ":2: expected a size in bytes, 1 to 4096"),
    ("lackey", "I  04001090,3\n S 12345678901234567,8\n", ":2: expected an address of at most 64 bits"),
    ("lackey", "I  04001090,3\n L 04001090\n", ":2: expected ',' and a size"),
    ("pinatrace", "0x401000: R 0x1\n0x401000 R 0x1\n", ":2: expected the address of an instruction and ':'"),
    ("pinatrace", "0x401000: R 0x1\n0x401000: X 0x1\n", ":2: expected R or W, found \"X\""),
    ("pinatrace", "0x401000: R 0x1\n0x401000: W\n", ":2: expected an address (0x and hexadecimal digits, at most 64 bits), found nothing more"),
    ("pinatrace", "0x401000: R 0x10000000000000000\n", ":1: expected an address"),
    ("pinatrace", "0x401000: R 0x1 8\n", ":1: expected the end of the line, found \"8\""),
    ("pinatrace", "0x401000: R 0x1\n#eof\n0x401000: R 0x1\n", ":3: expected the end of the trace after \"#eof\""),
    ("din", "2 401000\n5 401000\n", ":2: expected a label, 0 to 4"),
    ("din", "2 401000\n2 40100g\n", ":2: expected an address (hexadecimal digits, at most 64 bits), found \"40100g\""),
    ("din", "2 401000\n2\n", ":2: expected an address"),
    ("din", "2 401000\n12 401000\n", ":2: expected a label"),
    ("xdin", "r 401000 4\nq 401000 4\n", ":2: expected r, w, i, m, c or v"),
    ("xdin", "r 401000 4\nr 401000\n", ":2: expected a size in bytes (hexadecimal digits), 1 to 1000, found nothing more"),
    ("xdin", "r 401000 4\nr 401000 1001\n", ":2: expected a size"),
    ("xdin", "r 401000 4\n\n\nr 401000 0\n", ":4: expected a size"),
    ("champsim", CHAMPSIM + CHAMPSIM[:63], f": byte {len(CHAMPSIM)}: expected a record of 64 bytes, found the end of the trace after 63"),
    ("champsim", CHAMPSIM * 2 + spoiled(CHAMPSIM, 8, 2), f": byte {len(CHAMPSIM) * 2 + 8}: expected 0 or 1 in is_branch, found 2"),
    ("champsim", CHAMPSIM * 2 + spoiled(CHAMPSIM, 73, 255), f": byte {len(CHAMPSIM) * 2 + 73}: expected 0 or 1 in branch_taken"),
    ("cloudsuite", content("cloudsuite")[0] + b"\0", f": byte {7 * 96}: expected a record of 96 bytes"),
    ("drmemtrace", GOOD_ENTRIES + entry(10, 4, 1)[:5], ": byte 24: expected a footer entry (type 26) at the end, found the end of the trace after 5"),
    ("drmemtrace", GOOD_ENTRIES, ": byte 24: expected a footer entry"),
    ("drmemtrace", GOOD_ENTRIES + entry(50, 0, 0), ": byte 24: expected an entry type that a final trace has, found type 50"),
    ("drmemtrace", GOOD_ENTRIES + entry(30, 4, 0), ": byte 24: expected an entry type"),
    ("drmemtrace", GOOD_ENTRIES + entry(0, 0, 0x1000), ": byte 24: expected a size in bytes, 1 to 4096, found size 0"),
    ("drmemtrace", GOOD_ENTRIES + entry(1, 4097, 0x1000), ": byte 24: expected a size"),
    ("drmemtrace", GOOD_ENTRIES + entry(17, 9, 0x1000), ": byte 24: expected 1 to 8 lengths"),
    ("drmemtrace", GOOD_ENTRIES + entry(26, 0, 0) + entry(0, 8, 0), ": byte 36: expected the end of the trace after the footer"),
    ("drmemtrace --format", entry(0, 8, 0x1000), ": byte 0: expected a header entry"),
    ("execlog", '0, 0x1, 0x90, "nop"\nx, 0x1, 0x90, "nop"\n', ":2: expected a processor's number"),
    ("execlog", '0, 0x1, 0x90, "nop"\n0, 1, 0x90, "nop"\n', ":2: expected the address of an instruction"),
    ("execlog", '0, 0x1, 0x90, "nop"\n0, 0x1, nop\n', ":2: expected an instruction"),
    ("execlog", '0, 0x1, 0x90, "nop"\n0, 0x1, 0x90, "nop\n', ":2: expected a disassembly in quotes"),
    ("execlog", '0, 0x1, 0x90, "nop", move, 0x2\n', ":1: expected load, store, or the end of the line, found \"move\""),
    ("execlog", '0, 0x1, 0x90, "nop", load, 2\n', ":1: expected an address"),
    ("execlog", '0, 0x1, 0x90, "nop", load\n', ":1: expected an address (0x and hexadecimal digits, at most 64 bits), found nothing more"),
    ("gem5", "r,4096,4,0,1\nx,4096,4,0,1\n", ":2: expected r, w or u"),
    ("gem5", "r,4096,4,0,1\nr,0x1000,4,0,1\n", ":2: expected an address (decimal, at most 64 bits)"),
    ("gem5", "r,4096,4,0,1\nr,4096,5000,0,1\n", ":2: expected a size in bytes (decimal)"),
    ("gem5", "r,4096,4,0,1\nr,4096,4\n", ":2: expected the tick"),
    ("gem5", "r,4096,4,0,1\nr,4096,4,1,2,3,4\n", ":2: expected the tick, behind flags or not, before a pc or not (decimal), found \"4\""),
    ("gem5", "r,4096,4,0,1\n7,8,r,4096,4,0,1\n", ":2: expected r, w or u"),
    ("ramulator", "0x1000 R\n1000 R\n", ":2: expected an address (\"0xADDRESS R\""),
    ("ramulator", "0x1000 R\n0x1000 X\n", ":2: expected R or W"),
    ("ramulator", "0x1000 R\n0x1000 R 5\n", ":2: expected the end of the line"),
    ("perf", "7 1000 68100142 |OP LOAD|LVL| 5\nls 1000 68100142 |OP LOAD| 5\n", ":2: expected a process number"),
    ("perf", "7 1000 68100142 |OP LOAD|LVL| 5\n7 xyz 68100142 |OP LOAD| 5\n", ":2: expected an address"),
    ("perf", "7 1000 68100142 |OP LOAD|LVL| 5\n7 1000 5\n", ":2: expected data_src"),
    ("eptrace", "r 0x1000 8\nr 1000 8\n", ":2: expected an address"),
    ("eptrace", "r 0x1000 8\nz 0x1000 8\n", ":2: expected r, w, x, m"),
    ("eptrace", "r 0x1000 8\nmap 0x1001 4096\n", ":2: expected an address"),
] + [(name, data, (": " if m.startswith("byte") else "") + m) for name, data, m in malformed_binary()]


def malformed_are_named(directory):
    path = os.path.join(directory, "bad")
    for name, data, message in MALFORMED:
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        named = name.endswith("--format")
        name = name.split()[0]
        options = ["--format", name] if named else []
        status, out, err = run("trace", "info", path, *options)
        check(status == 2 and path in err and message in err and out.decode().startswith(f"{path}: {name}"),
              f"{name}: {data[:80]!r}\n  expected {message}\n  found {err} {out[:80]}")
        status, out, err = run("trace", "info", "--max-errors", "9", path, *options)
        framing = status == 2 and name == "eptrace-binary"
        check((status == 0 and b"malformed records" in out and "skipped:" in err) or framing,
              f"{name}, tolerated: {data[:80]!r}: {err}")
    check(len(MALFORMED) >= 50, f"the table has {len(MALFORMED)} rows")


# ---- truncated streams


def truncated_are_used():
    text = "".join(f" {'SL'[i % 2]} {(i * 2654435761) % 2**32:08x},{1 + i % 8}\n" for i in range(30000)).encode()
    codecs = {
        "gzip": (w.COMPRESS["gzip"], lambda d: zlib.decompressobj(31).decompress(d)),
        "xz": (w.COMPRESS["xz"], lambda d: lzma.LZMADecompressor().decompress(d)),
        "bzip2": (lambda d: bz2.compress(d, 1), lambda d: bz2.BZ2Decompressor().decompress(d)),
    }
    for name, (compress, decompress) in codecs.items():
        data = compress(text)
        for part in (3, 5, 7, 9):
            cut = len(data) * part // 10
            there = decompress(data[:cut])
            status, out, err = run("trace", "info", "-", data=data[:cut])
            if not there:
                check(status == 2, f"{name}, nothing")
                continue
            counts = {line[2:24].strip(): line[24:].split() for line in out.decode().splitlines()[1:]}
            whole = there[:there.rfind(b"\n") + 1].count(b"\n")
            check(status == 2 and "ends too early" in err and str(len(there)) in err and
                  counts["records"] == [str(whole)],
                  f"{name} cut to {cut} of {len(data)}: {len(there)} bytes, {whole} lines, {counts} {err}")


def hostile_dictionary():
    """An xz block header that asks for 1 GiB."""
    data = lzma.compress(b"I  04001090,3\n", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}])
    status, _, err = run("trace", "info", "-", data=data)
    check(status == 2 and "256 MiB" in err, f"1 GiB dictionary: {err}")


# ---- round trips


def statistics(path):
    status, _, err = run("replay", "-q", "--memory", "2G", "--json", path + ".json", path)
    if not check(status == 0, f"replay {path}: {err}"):
        return {}
    with open(path + ".json", encoding="utf-8") as f:
        stats = json.load(f)["stats"]
    return {k: v for k, v in stats.items() if not k.startswith("input.")}


def round_trips(directory):
    """Generated, converted, replayed: the same statistics where the format holds all."""
    source = os.path.join(directory, "source")
    # Accesses of one byte behind fetches, so that formats without sizes hold them.
    plans = [
        ("zipf", ["--mix", "r=3,w=1,m=1,x=2", "--size", "8"], ["eptrace", "eptrace-binary", "lackey"]),
        ("random", ["--mix", "r=3,w=1,x=2"], ["xdin", "drmemtrace"]),
        ("chase", ["--size", "1", "--mix", "r=3,w=2"], ["din", "pinatrace", "xdin", "drmemtrace"]),
    ]
    for pattern, options, formats in plans:
        status, _, err = run("trace", "generate", pattern, "-n", "30000", "--footprint", "16M", *options,
                             "-o", source)
        check(status == 0, err)
        expected = statistics(source)
        for name in formats:
            path = os.path.join(directory, "converted")
            status, _, err = run("trace", "convert", "--to", name, source, "-o", path)
            check(status == 0 and statistics(path) == expected, f"{pattern} through {name}: {err}")
    # ChampSim has instructions only: a trace of it, converted and back.
    for name in ("champsim", "cloudsuite"):
        path, text, back = (os.path.join(directory, n) for n in (name, name + ".eptrace", name + ".back"))
        with open(path, "wb") as f:
            f.write(content(name)[0])
        run("trace", "convert", path, "--to", "eptrace", "-o", text)
        run("trace", "convert", text, "--to", name, "-o", back)
        check(accesses(path)[0] == accesses(back)[0], f"{name} and back")
        # Registers and branches are not kept; accesses are.
    for name in ("gem5", "ramulator"):
        binary, back = (os.path.join(directory, name + n) for n in (".binary", ".back"))
        path = os.path.join(directory, name)
        with open(path, "wb") as f:
            f.write(content(name)[0])
        run("trace", "convert", path, "-o", binary)
        run("trace", "convert", binary, "--to", name, "-o", back)
        one, two = (run("trace", "convert", p)[1] for p in (path, back))
        check(one == two and len(one) > 16, f"{name} and back")


def compact(directory):
    path = os.path.join(directory, "busybox")
    status, _, err = run("trace", "convert", os.path.join(ROOT, "traces/busybox-sort.lackey.xz"), "-o", path)
    size = os.path.getsize(path) / 2619244
    check(status == 0 and size < 1.5, f"{size} bytes a record {err}")


# ---- a stream longer than memory


def limit_memory():
    if not INSTRUMENTED:  # the sanitizers reserve terabytes
        resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))


def long_stream(gigabytes):
    """So much eptrace binary through a pipe, in 400 MiB of address space."""
    records = int(gigabytes * 1e9 / 4.77)
    generate = subprocess.Popen([EPTSIM, "trace", "generate", "random", "-n", str(records)],
                                stdout=subprocess.PIPE, preexec_fn=limit_memory)
    convert = subprocess.Popen([EPTSIM, "trace", "info", "-"], stdin=generate.stdout,
                               stdout=subprocess.PIPE, preexec_fn=limit_memory)
    generate.stdout.close()
    out = convert.communicate()[0].decode()
    check(generate.wait() == 0 and convert.returncode == 0 and str(records) in out, f"{gigabytes} GB: {out}")
    print(next((line for line in out.splitlines() if "decompressed" in line), ""))


def main():
    with tempfile.TemporaryDirectory() as directory:
        formats_are_read()
        compressed_are_read(directory)
        malformed_are_named(directory)
        truncated_are_used()
        hostile_dictionary()
        round_trips(directory)
        compact(directory)
        long_stream(GIGABYTES if not INSTRUMENTED else 0.05)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
