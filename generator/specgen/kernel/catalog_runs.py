"""Long texts for what is wrong with what is to be run on a kernel: SG104x.

The examples are commands. ``tests`` is a directory as :data:`SOURCE` has it in ``demo.c``, with a Makefile of one rule
that compiles it statically.
"""

from __future__ import annotations

SOURCE = """\
#include "../kselftest_harness.h"

TEST(passes)
{
\tASSERT_EQ(1, 1);
}

TEST_HARNESS_MAIN
"""

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG1041",
        "machine that is not installed",
        (
            "A kernel that was built for a PC is booted by QEMU, which imitates one. It takes some seconds a boot and "
            "has two CPUs; User-Mode Linux needs nothing, takes less than one, and has one."
        ),
        "specgen kernel run debian:6.1.192@qemu tests",
        "apt-get install qemu-system-x86; specgen kernel run debian:6.1.192@qemu tests",
    ),
    (
        "SG1042",
        "no test program",
        (
            "What is run is a program: a file of C with TEST_HARNESS_MAIN or main(), a directory with such files, in "
            "which all other files of C are part of each program, or a static binary. Its name may have letters, "
            "digits, dots, hyphens and underscores."
        ),
        "specgen kernel run debian:6.1.192 tests/Makefile",
        "specgen kernel run debian:6.1.192 tests/demo.c",
    ),
    (
        "SG1043",
        "programs of one name",
        (
            "Results are told by the name of the program, without the directory. Two of one name could not be told "
            "apart."
        ),
        "specgen kernel run debian:6.1.192 tests tests/demo.c",
        "specgen kernel run debian:6.1.192 tests",
    ),
    (
        "SG1044",
        "program that a guest cannot run",
        (
            "A guest has nothing but the program: no shared libraries, and no way to imitate another machine. It must "
            "be a static binary for x86-64."
        ),
        "specgen kernel run debian:6.1.192 /bin/true",
        "gcc -static -o true true.c; specgen kernel run debian:6.1.192 true",
    ),
    (
        "SG1045",
        "program that is too large",
        "All files of a guest are in its memory, twice while they are unpacked. A test program takes about a megabyte.",
        "specgen kernel run debian:6.1.192 a-program-of-100-megabytes",
        "strip a-program-of-100-megabytes; specgen kernel run debian:6.1.192 a-program-of-100-megabytes",
    ),
    (
        "SG1046",
        "test program that cannot be compiled",
        (
            "Tests are compiled for the kernel that they run on, with its own headers and its own "
            "kselftest_harness.h, as static binaries with -Wall -Wextra -Werror. A name that the kernel does not know "
            "is best asked for with #ifdef, and the test skipped."
        ),
        "echo 'int main(void) { return UBLK_OF_TOMORROW; }' >tests/demo.c; specgen kernel run debian:6.1.192 tests",
        "echo 'int main(void) { return 0; }' >tests/demo.c; specgen kernel run debian:6.1.192 tests",
    ),
    (
        "SG1047",
        "no room for guests",
        (
            "What a guest is started with, and its memory where shared memory is short, are files in the directory for "
            "passing files (TMPDIR, else /tmp). They are gone when the run ends, however it ends."
        ),
        "TMPDIR=/a/full/disk specgen kernel run debian:6.1.192 tests",
        "TMPDIR=/a/disk/with/room specgen kernel run debian:6.1.192 tests",
    ),
)
