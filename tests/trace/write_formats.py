#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a trace in every format that is read, from the layout that its
documentation gives, and says which accesses it holds. Shares no code with the
readers. `write_formats.py DIRECTORY` leaves the files there for a look.

An access is (op, address, size, fields), fields a string such as
"pc=0x401000 tid=1"; that is what a line of eptrace text says.
"""
import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import zipfile

MASK = (1 << 64) - 1


def access(op, address, size=1, fields=""):
    return f"{op} {address:#x} {size}" + (" " + fields if fields else "")


# One small program run: (pc, length, loads, stores), each with size.
PROGRAM = [
    (0x401000, 4, [], []),
    (0x401004, 3, [(0x7FFFFFFFDFF8, 8)], []),
    (0x401007, 7, [(0x601040, 4), (0x601FFE, 4)], []),
    (0x40100E, 2, [], [(0x7FFFFFFFDFF0, 8)]),
    (0x401010, 15, [(0x10, 1)], [(0x602000, 16), (0x602040, 32)]),
    (0xFFFFFFFFFF600000, 1, [(0xFFFFFFFFFFFFFFF8, 8)], [(0xFFFF800000000000, 64)]),
    (0x401000, 4, [], []),
]


def lackey():
    lines, expect = ["==123== Lackey, an example Valgrind tool", "==123== "], []
    for pc, length, loads, stores in PROGRAM:
        lines.append(f"I  {pc:08x},{length}")
        expect.append(access("x", pc, length))
        for a, s in loads:
            lines.append(f" L {a:08x},{s}")
            expect.append(access("r", a, s))
        for a, s in stores:
            lines.append(f" S {a:08x},{s}")
            expect.append(access("w", a, s))
    lines += [" M 0421c7cc,4", "==123== "]
    return "\n".join(lines) + "\n", expect + [access("m", 0x421C7CC, 4)]


def pinatrace():
    lines, expect = [], []
    for pc, _, loads, stores in PROGRAM:
        for op, letter, list_ in (("r", "R", loads), ("w", "W", stores)):
            for a, _ in list_:
                lines.append(f"{pc:#x}: {letter} {a:#x}")
                expect.append(access(op, a, 1, f"pc={pc:#x}"))
    lines.append("0x401000: R (nil)")
    expect.append(access("r", 0, 1, "pc=0x401000"))
    return "\n".join(lines) + "\n#eof\n", expect


def din():
    text = "2 401000\n0 7fffffffdff8 a comment\n1 0x601040\n3 10\n4 0\n2 ffffffffff600000\n"
    return text, [access("x", 0x401000), access("r", 0x7FFFFFFFDFF8), access("w", 0x601040),
                  access("x", 0xFFFFFFFFFF600000)]


def xdin():
    text = "i 401000 4\nr 7fffffffdff8 8 a comment\nW 0X601040 10\nm 601ffe 0x4\nc 601000 40\nv 601000 0\n"
    return text, [access("x", 0x401000, 4), access("r", 0x7FFFFFFFDFF8, 8), access("w", 0x601040, 16),
                  access("r", 0x601FFE, 4)]


def instructions(asid=None):
    expect = []
    who = f" asid={asid}" if asid is not None else ""
    for pc, _, loads, stores in PROGRAM:
        expect.append(access("x", pc, 1, who.strip()))
        expect += [access("r", a, 1, f"pc={pc:#x}{who}") for a, _ in loads]
        expect += [access("w", a, 1, f"pc={pc:#x}{who}") for a, _ in stores]
    return expect


def slots(list_, count):
    return [a for a, _ in list_] + [0] * (count - len(list_))


def champsim():
    out = b""
    for i, (pc, _, loads, stores) in enumerate(PROGRAM):
        out += struct.pack("<QBB2B4B2Q4Q", pc, i % 2, i % 2, 6, 26, 6, 25, 0, 0,
                           *slots(stores, 2), *slots(loads, 4))
    return out, instructions()


def cloudsuite():
    out = b""
    for i, (pc, _, loads, stores) in enumerate(PROGRAM):
        out += struct.pack("<QBB4B4B6x4Q4Q2B6x", pc, i % 2, 0, 6, 26, 0, 0, 6, 25, 0, 0,
                           *slots(stores, 4), *slots(loads, 4), 3, 1)
    return out, instructions(asid=0x103)


def entry(type_, size, value):
    return struct.pack("<HHQ", type_, size, value)


def drmemtrace_chunks():
    """The bytes in two parts, as raw2trace's chunks, and the accesses."""
    out = entry(25, 0, 5) + entry(28, 9, 0xE40) + entry(22, 4, 77) + entry(24, 4, 1234)
    out += entry(28, 2, 13300000000000000) + entry(28, 3, 2)
    who = "tid=77 asid=1234"
    kinds = [10, 11, 12, 14, 15, 48, 16]
    expect, cut = [], 0
    for i, (pc, length, loads, stores) in enumerate(PROGRAM):
        if i == 4:
            cut = len(out)
        out += entry(47, min(length, 8), 0x9090909090909090) + entry(kinds[i], length, pc)
        expect.append(access("x", pc, length, who))
        for op, type_, list_ in (("r", 0, loads), ("w", 1, stores)):
            for a, s in list_:
                out += entry(type_, s, a)
                expect.append(access(op, a, s, f"pc={pc:#x} {who}"))
    # A prefetch, another iteration of a rep instruction with its load, a bundle
    # of two instructions, sysenter.
    out += entry(2, 64, 0x601000) + entry(29, 2, 0x401020) + entry(0, 8, 0x603000)
    expect.append(access("r", 0x603000, 8, f"pc=0x401020 {who}"))
    out += entry(17, 2, 0x0503) + entry(31, 2, 0x401030) + entry(49, 2, 0x401032) + entry(13, 6, 0x401034)
    expect += [access("x", 0x401022, 3, who), access("x", 0x401025, 5, who), access("x", 0x401030, 2, who),
               access("x", 0x401032, 2, who), access("x", 0x401034, 6, who)]
    out += entry(23, 0, 77) + entry(26, 0, 0)
    return out[:cut], out[cut:], expect


def drmemtrace():
    first, second, expect = drmemtrace_chunks()
    return first + second, expect


def drmemtrace_zip():
    first, second, expect = drmemtrace_chunks()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("chunk.0000", first)
        z.writestr("chunk.0001", second)
    return out.getvalue(), expect


def execlog():
    lines, expect = [], []
    for i, (pc, _, loads, stores) in enumerate(PROGRAM):
        line = f'{i % 2}, {pc:#x}, 0x{i:x}f801, "movl %eax, 8(%rsp), %{i}"'
        expect.append(access("x", pc, 1, f"tid={i % 2}"))
        for op, word, list_ in (("r", "load", loads), ("w", "store", stores)):
            for a, _ in list_:
                line += f", {word}, 0x{a:08x}" + (", RAM" if i == 1 else "")
                expect.append(access(op, a, 1, f"pc={pc:#x} tid={i % 2}"))
        if i == 3:
            line += ", rax -> 0x0000000000000001"
        lines.append(line)
    # More accesses in a line than a block of records may have room for.
    lines.append('0, 0x401100, 0xaec0f, "xsave \\"(%rdi)"' + "".join(f", store, 0x{0x700000 + 8 * i:08x}" for i in range(3000)))
    expect.append(access("x", 0x401100, 1, "tid=0"))
    expect += [access("w", 0x700000 + 8 * i, 1, "pc=0x401100 tid=0") for i in range(3000)]
    return "\n".join(lines) + "\n", expect


def gem5():
    text = "5,r,4198400,4,256,1000\n6,w,6295616,8,0,1500,4198404\nr,6295620,8,2000\nu,64,64,0,2100\nw,0,4096,32,2200\n"
    return text, [access("x", 4198400, 4), access("w", 6295616, 8, "pc=0x401004".replace("0x401004", hex(4198404))),
                  access("r", 6295620, 8), access("w", 0, 4096)]


def ramulator():
    return "0x12345680 R\n0x4cbd56c0 W\n0x0 R\n", [access("r", 0x12345680), access("w", 0x4CBD56C0), access("r", 0)]


def perf():
    source = "|OP {}|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK  N/A"
    lines = ["# captured on: some day",
             f"32612     7ffca2d18b09        68100142 {source.format('LOAD')}     55d0c8a1b3f0",
             f"32612/32615     7ffca2d18b00        68100144 {source.format('STORE')} ffffffff817554ea",
             f"    7     5603b08705c0      1e05080021 {source.format('N/A')}     5603b08705c0",
             f"    7                0      1e05080021 {source.format('N/A')}     5603b08705c0",
             f"    7     5603b0870000        68100148 {source.format('PFETCH')}     5603b08705c0",
             f"    7     7ffca2d18b18        68100142 {source.format('LOAD')}"]
    return "\n".join(lines) + "\n", [
        access("r", 0x7FFCA2D18B09, 1, "pc=0x55d0c8a1b3f0 asid=32612"),
        access("w", 0x7FFCA2D18B00, 1, "pc=0xffffffff817554ea tid=32615 asid=32612"),
        access("r", 0x5603B08705C0, 1, "pc=0x5603b08705c0 asid=7"),
        access("r", 0x7FFCA2D18B18, 1, "asid=7")]


# ---- eptrace binary, from docs/formats/eptrace-binary.md


def xxh64(data):
    """XXH64 with seed 0, from its specification."""
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                          0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

    def rotate(x, n):
        return ((x << n) | (x >> (64 - n))) & MASK

    def turn(a, lane):
        return rotate((a + lane * p2) & MASK, 31) * p1 & MASK

    at = 0
    if len(data) >= 32:
        v = [(p1 + p2) & MASK, p2, 0, -p1 & MASK]
        while at + 32 <= len(data):
            v = [turn(a, lane) for a, lane in zip(v, struct.unpack_from("<4Q", data, at))]
            at += 32
        h = sum(rotate(a, n) for a, n in zip(v, (1, 7, 12, 18))) & MASK
        for a in v:
            h = ((h ^ turn(0, a)) * p1 + p4) & MASK
    else:
        h = p5
    h = (h + len(data)) & MASK
    while at + 8 <= len(data):
        h = (rotate(h ^ turn(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & MASK
        at += 8
    if at + 4 <= len(data):
        h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * p1 & MASK, 23) * p2 + p3) & MASK
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * p5 & MASK, 11) * p1 & MASK
    h = (h ^ h >> 33) * p2 & MASK
    h = (h ^ h >> 29) * p3 & MASK
    return h ^ h >> 32


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def zigzag(difference):
    difference &= MASK
    return (difference << 1 & MASK) ^ (MASK if difference >> 63 else 0)


def binary_block(tags, deltas, extras, first):
    head = struct.pack("<4sIIIQQ", b"EPTB", len(tags), len(deltas), len(extras), first,
                       xxh64(tags + deltas + extras))
    return head + struct.pack("<Q", xxh64(head)) + tags + deltas + extras


def binary_file(blocks, counts, version=1, flags=0):
    out = b"\x89EPT\r\n\x1a\n" + struct.pack("<II", version, flags)
    index, first = b"", 0
    for block, count in zip(blocks, counts):
        index += struct.pack("<QQ", len(out), first)
        out += block
        first += count
    at = len(out)
    head = struct.pack("<4sIQQ", b"EPTI", len(blocks), 0, xxh64(index))
    out += head + struct.pack("<Q", xxh64(head)) + index
    head = struct.pack("<4sIQQ", b"EPTE", 0, first, at)
    return out + head + struct.pack("<Q", xxh64(head))


def eptrace_binary():
    # Block 0: a fetch of 4 bytes at 0x401000, the next one, a jump back by 8 with
    # 15 bytes (extended), a read of 8 bytes.
    tags = bytes([3 | 3 << 2 | 4 << 5, 3 | 3 << 2 | 0 << 5, 3 | 7 << 2 | 1 << 5, 0 | 3 << 2 | 3 << 5])
    deltas = struct.pack("<I", zigzag(0x401000)) + bytes([zigzag(-8)]) + zigzag(0x601040).to_bytes(3, "little")
    extras = bytes([2]) + varint(15)
    expect = [access("x", 0x401000, 4), access("x", 0x401004, 4), access("x", 0x401000, 15),
              access("r", 0x601040, 8)]
    # Block 1 knows nothing of block 0: a write with every field, the same again a
    # step further three times (the third without a difference), a directive.
    tags2 = bytes([1 | 7 << 2 | 2 << 5, 1 | 0 << 2 | 2 << 5, 1 | 0 << 2 | 0 << 5, 0 | 7 << 2])
    # with pc: expected from the pc before it
    extras2 = (bytes([2 | 4 | 8 | 16 | 32]) + varint(1) + bytes([15]) + varint(7) + varint(9) + bytes([0])
               + varint(zigzag(0x401000)) + varint(0) + varint(0)
               + bytes([1, 10, 2]) + varint(5) + bytes([7]) + varint(0) + varint(0x400000) + varint(0x2000))
    deltas2 = struct.pack("<HH", zigzag(0x1000), zigzag(0x1000))
    fields = "pc=0x401000 tid=7 asid=9 cpl=0"
    expect += [access("w", 0x1000, 1, fields), access("w", 0x2000, 1, fields), access("w", 0x3000, 1, fields),
               "map 0x400000 8192 rwx tid=5"]
    blocks = [binary_block(tags, deltas, extras, 0), binary_block(tags2, deltas2, extras2, 4)]
    return binary_file(blocks, [4, 4]), expect


FORMATS = {
    "lackey": lackey, "pinatrace": pinatrace, "din": din, "xdin": xdin, "champsim": champsim,
    "cloudsuite": cloudsuite, "drmemtrace": drmemtrace, "execlog": execlog, "gem5": gem5,
    "ramulator": ramulator, "perf": perf, "eptrace-binary": eptrace_binary,
}

COMPRESS = {
    "gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress,
}


def content(name):
    data, expect = FORMATS[name]()
    return data if isinstance(data, bytes) else data.encode(), expect


def main():
    for name in FORMATS:
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(content(name)[0])


if __name__ == "__main__":
    main()
