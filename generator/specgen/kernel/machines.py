"""How a kernel is started: as a process of this machine (User-Mode Linux), or as a PC that QEMU imitates."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from specgen.kernel.cache import Kernel
from specgen.language.source import Diagnostic, SpecError

QEMU = "qemu-system-x86_64"
_SHM = Path("/dev/shm")  # noqa: S108  # where User-Mode Linux itself looks first

# A report ends the machine: what happens after one says nothing. All messages are wanted: the registers of a crash
# are told as mere information.
_REPORTS = ("loglevel=8", "kasan.fault=panic", "oops=panic", "panic=-1")


class Machine(Protocol):
    """A way to start a kernel."""

    @property
    def told(self) -> Sequence[str]:
        """Words for the guest's first process."""

    def words(self, initramfs: Path, told: Sequence[str], memory: int) -> Sequence[str]:
        """The command. It is run in a directory of its own, which is removed afterwards."""

    def environment(self, memory: int) -> Mapping[str, str]:
        """What the command needs beside a path and a home."""


@dataclass(frozen=True, slots=True)
class UserMode:
    """User-Mode Linux: one CPU.

    Args:
        skips_time: whether waiting takes no time: where all tasks wait for a clock, it is put forward.
    """

    image: Path
    skips_time: bool = True

    @property
    def told(self) -> Sequence[str]:
        return ()

    def words(self, initramfs: Path, told: Sequence[str], memory: int) -> Sequence[str]:
        console = ["con=null", "con0=null,fd:1", "ssl=null", *_REPORTS]
        # names relative to the working directory: the kernel splits its command line at spaces
        place = ["uml_dir=./", "umid=guest"]
        time = ["time-travel"] if self.skips_time else []
        return [str(self.image), f"mem={memory}M", f"initrd={initramfs}", *place, *console, *time, *told]

    def environment(self, memory: int) -> Mapping[str, str]:
        """Where the guest's memory is: shared memory if there is enough of it, else beside its other files."""
        try:
            room = os.statvfs(_SHM)
        except OSError:
            return {"TMPDIR": "."}
        executable = not room.f_flag & os.ST_NOEXEC
        enough = room.f_bavail * room.f_frsize > memory << 20
        return {} if executable and enough and os.access(_SHM, os.W_OK) else {"TMPDIR": "."}


@dataclass(frozen=True, slots=True)
class Emulated:
    """A PC with two CPUs, without the help of the processor's virtualization."""

    image: Path

    @property
    def told(self) -> Sequence[str]:
        return ("SPECGEN_OFF=restart",)  # which -no-reboot makes an end, with ACPI or without

    def words(self, initramfs: Path, told: Sequence[str], memory: int) -> Sequence[str]:
        line = " ".join(["console=ttyS0", "no_timer_check", *_REPORTS, *told])
        return [
            *(QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-machine", "pc", "-cpu", "qemu64", "-accel", "tcg,thread=multi", "-smp", "2"),
            *("-m", f"{max(memory, 512)}M", "-kernel", str(self.image), "-initrd", str(initramfs), "-append", line),
            *("-chardev", "stdio,id=c0,signal=off", "-serial", "chardev:c0"),
        ]

    def environment(self, memory: int) -> Mapping[str, str]:  # noqa: ARG002  # as the protocol has it
        return {}


def machine_of(kernel: Kernel) -> Machine:
    """The machine that a kernel was built for.

    Raises:
        SpecError: it cannot be had here.
    """
    if kernel.machine == "uml":
        return UserMode(kernel.image.absolute())
    if shutil.which(QEMU) is None:
        message = f"{QEMU} is needed to boot {kernel.title}, and not installed"
        advice = "on Debian: apt-get install qemu-system-x86"
        raise SpecError((Diagnostic("SG1041", message, None, advice),))
    return Emulated(kernel.image.absolute())
