"""A kernel tree that is built in no time, and the programs that the build asks for, as far as it needs them."""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
import tarfile
from pathlib import Path

# Real make runs this. `slow.o` holds the moment when it was compiled.
MAKEFILE = """\
# a kernel for tests
VERSION = 6
PATCHLEVEL = 1
SUBLEVEL = 8
EXTRAVERSION =

allnoconfig:
	@echo "  CONF"
	@grep -v -x -F -f broken.config $(KCONFIG_ALLCONFIG) > $(O)/.config
linux: $(O)/driver.o $(O)/slow.o
	@echo "  LINK linux"
	@cat $^ > $(O)/linux
bzImage: $(O)/driver.o $(O)/slow.o
	@mkdir -p $(O)/arch/x86/boot
	@cat $^ > $(O)/arch/x86/boot/bzImage
$(O)/driver.o: drivers/block/ublk_drv.c
	@echo "  CC drivers/block/ublk_drv.o"
	@if grep -q ';;)' $<; then echo "$(CURDIR)/$<:1:4: error: expected a name"; exit 1; fi
	@if grep -q 'wait_for_ever' $<; then while :; do sleep 0.1; done; fi
	@if grep -q 'fill_the_disk' $<; then echo "as: write error: No space left on device"; exit 1; fi
	@cp $< $@
$(O)/slow.o: kernel/slow.c include/linux/slow.h
	@echo "  CC kernel/slow.o"
	@cat $< include/linux/slow.h > $@
	@date +%N >> $@
mrproper:
	@rm -f .config
headers:
	@mkdir -p $(O)/usr/include/linux
	@cp include/uapi/linux/ublk_cmd.h $(O)/usr/include/linux/
"""

FILES = {
    "Makefile": MAKEFILE,
    "Kconfig": "",
    "broken.config": "CONFIG_NOTHING=y\n",
    "drivers/block/ublk_drv.c": "int ublk(void)\n{\n\tstart();\n\treturn 0;\n}\n",
    "drivers/gpu/Makefile": "",
    "drivers/gpu/gpu.c": "int gpu;\n",
    "kernel/slow.c": "int slow;\n",
    "include/linux/slow.h": "extern int slow;\n",
    "include/uapi/linux/ublk_cmd.h": "#define UBLK 1\n",
    "tools/testing/selftests/lib.mk": "all:\n",
    "tools/testing/selftests/kselftest.h": "",
    "tools/testing/selftests/kselftest_harness.h": '#include "kselftest.h"\n',
    "tools/testing/selftests/net/net.c": "",
}

GCC = """\
case "$1" in
--version) echo "gcc (test) 1.0" ;;
-print-file-name=*) echo "/lib/${1#*=}" ;;
esac
"""

APT_CACHE = """\
case "$1 $2" in
"madison linux-source-6.1")
  echo " linux-source-6.1 | 6.1.9-1 | file:/archive main/amd64 Packages"
  echo " linux-source-6.1 | 6.1.8-2 | file:/archive main/amd64 Packages"
  echo " linux-source-6.1 | 6.1.8-1 | file:/archive main/amd64 Packages"
  echo " linux-source-6.1 | 6.1.7-1 | file:/archive main/amd64 Packages" ;;
"pkgnames linux-source-") echo linux-source-6.1 ;;
esac
"""

APT_GET = """\
case "$3" in
*=6.1.9-1 | *=6.1.8-2) echo package > "${3%=*}_all.deb" ;;
*=6.1.7-1) echo broken > "${3%=*}_all.deb" ;;
*) echo "E: Failed to fetch file:/archive/x.deb  404  Not Found"; exit 100 ;;
esac
"""

DPKG_DEB = """\
mkdir -p "$3/usr/src"
cp "$ARCHIVE" "$3/usr/src/linux-source-6.1.tar.xz"
if grep -q broken "$2"; then head -c 100 "$ARCHIVE" > "$3/usr/src/linux-source-6.1.tar.xz"; fi
"""

XZ = """\
import lzma, sys
sys.stdout.buffer.write(lzma.open(sys.argv[-1]).read())
"""

# A disk that is full, for what is below a directory called `small`.
CP = """\
case "$*" in
*/small/*) echo "cp: error writing: No space left on device"; exit 1 ;;
esac
exec REAL "$@"
"""

QUIET = ("flex", "bison", "bc", "ld")


def tree(at: Path, **changed: str) -> Path:
    """The tree, below a directory; ``changed`` has texts in place of its own, by file name."""
    for name, text in FILES.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, text), encoding="utf-8")
    return at


def archive(at: Path) -> Path:
    """The tree as Debian packs it."""
    with tarfile.open(at, "w:xz") as made:
        for name, text in FILES.items():
            member = tarfile.TarInfo(f"linux-source-6.1/{name}")
            member.size = len(text)
            made.addfile(member, io.BytesIO(text.encode()))
    return at


def programs(at: Path, *, without: str = "") -> Path:
    """A directory with all programs that are called, most of them as good as empty."""
    at.mkdir()
    scripts = {"gcc": GCC, "apt-cache": APT_CACHE, "apt-get": APT_GET, "dpkg-deb": DPKG_DEB}
    scripts |= {name: f'echo "{name} 1.0"\n' for name in QUIET} | {"dpkg-query": "exit 1\n"}
    for name, text in scripts.items():
        _script(at / name, f"#!/bin/sh\n{text}")
    _script(at / "xz", f"#!{sys.executable}\n{XZ}")
    _script(at / "cp", f"#!/bin/sh\n{CP.replace('REAL', str(shutil.which('cp')))}")
    for name in ("make", "nice", "sh", "cat", "date", "grep", "head", "mkdir", "rm", "setpriv", "sleep", "touch"):
        found = shutil.which(name)
        if found is not None:
            (at / name).symlink_to(found)
    if without:
        (at / without).unlink()
    return at


def _script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def snapshot(directory: Path) -> dict[str, tuple[int, bytes]]:
    """All that is in a directory: to see that nothing has changed."""
    found = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[os.path.relpath(path, directory)] = (status.st_mtime_ns, content)
    return found
