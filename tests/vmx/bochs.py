#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the bare-metal image under Debian's bochs, without a display, and collects what it writes.

    bochs.py IMAGE [WORKLIST] [--cpu MODEL] [--output FILE] [--timeout SECONDS]

GRUB (Multiboot) loads the image and the work list from a small ISO. The image writes to port E9h, which bochs
copies to its terminal. Nothing is left behind but the output."""

import argparse
import glob
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CPU = "tigerlake"
NEEDED = ("bochs", "grub-mkimage", "xorriso")

CONFIG = """\
config_interface: textconfig
display_library: term
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, serial=1
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={cpu}, count=1, ips=20000000, reset_on_triple_fault=0
memory: guest=512, host=512
clock: sync=none
ata0-master: type=cdrom, path={folder}/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={folder}/serial
port_e9_hack: enabled=1
log: {folder}/log
logprefix: %t%e%d
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
"""

GRUB = """\
multiboot /eptsim-vmx.elf
{module}
boot
"""


def missing(image=None):
    """What is not there, as words; empty if a run is possible."""
    words = [p for p in NEEDED if not shutil.which(p)]
    if not os.path.isdir("/usr/lib/grub/i386-pc"):
        words.append("grub-pc-bin")
    if not glob.glob("/usr/lib/*/bochs/plugins/libbx_term_gui.so*"):
        words.append("bochs-term")
    if image and not os.path.exists(image):
        words.append(image)
    return words


def quiet(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError("%s: %s" % (command[0], done.stdout.decode(errors="replace").strip()))


def make_iso(folder, image, worklist):
    root = folder + "/iso"
    os.makedirs(root)
    shutil.copy(image, root + "/eptsim-vmx.elf")
    if worklist:
        os.symlink(os.path.abspath(worklist), root + "/worklist")
    with open(folder + "/grub.cfg", "w") as f:
        f.write(GRUB.format(module="module /worklist" if worklist else ""))
    quiet(["grub-mkimage", "-O", "i386-pc-eltorito", "-o", root + "/core.img", "-c", folder + "/grub.cfg", "-p", "/",
           "biosdisk", "iso9660", "multiboot"])
    quiet(["xorriso", "-as", "mkisofs", "-quiet", "-follow-links", "-R", "-b", "core.img", "-no-emul-boot", "-boot-load-size", "4",
           "-boot-info-table", "-o", folder + "/boot.iso", root])


def read_all(master, process, deadline):
    """What the terminal gets until bochs ends."""
    chunks = []
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.5)[0]:
            try:
                data = os.read(master, 1 << 16)
            except OSError:                               # the other end is closed
                data = b""
            if not data:
                break
            chunks.append(data)
        elif process.poll() is not None:
            break
    else:
        chunks.append(b"\neptsim-vmx: no end within the time limit\n")
    return b"".join(chunks)


def run(image, worklist=None, cpu=CPU, timeout=600):
    """The lines that the image wrote, without the terminal's own noise, and the end of bochs's log."""
    folder = tempfile.mkdtemp(prefix="eptsim-vmx-")
    master = process = None
    try:
        make_iso(folder, image, worklist)
        with open(folder + "/bochsrc", "w") as f:
            f.write(CONFIG.format(cpu=cpu, folder=folder))
        with open(folder + "/rc", "w") as f:
            f.write("c\n")                                # Debian's bochs waits in its debugger
        master, slave = pty.openpty()
        environment = dict(os.environ, TERM="vt100", LINES="50", COLUMNS="132")
        process = subprocess.Popen(["bochs", "-q", "-f", folder + "/bochsrc", "-rc", folder + "/rc"], stdin=slave, stdout=slave,
                                   stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        raw = read_all(master, process, time.monotonic() + timeout)
        log = ""
        if os.path.exists(folder + "/log"):
            with open(folder + "/log", errors="replace") as f:
                log = "".join(f.readlines()[-40:])
    finally:
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if master is not None:
            os.close(master)
        shutil.rmtree(folder)
    lines = []
    for line in raw.decode("latin-1").replace("\r", "\n").split("\n"):
        for mark in ("@", "eptsim-vmx:", "self-test:"):
            at = line.find(mark)
            if at >= 0:
                lines.append(line[at:])
                break
    return lines, log


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image")
    parser.add_argument("worklist", nargs="?")
    parser.add_argument("--cpu", default=CPU)
    parser.add_argument("--output", default="-")
    parser.add_argument("--timeout", type=float, default=600)
    arguments = parser.parse_args()
    absent = missing()
    if absent:
        sys.exit("bochs.py: not installed: " + " ".join(absent))
    lines, log = run(arguments.image, arguments.worklist, arguments.cpu, arguments.timeout)
    out = sys.stdout if arguments.output == "-" else open(arguments.output, "w")
    out.write("".join(line + "\n" for line in lines))
    if not lines:
        sys.stderr.write(log)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
