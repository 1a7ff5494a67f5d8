"""Long texts for what is wrong with building kernels: SG100x and SG101x. The examples are commands."""

from __future__ import annotations

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG1001",
        "program that is not installed",
        (
            "A kernel is built with the programs that its own documents name. Those that are not there are told at "
            "once, with the Debian packages that have them. `libc.a` is for tests, which are linked statically; "
            "`gelf.h` is for kernels of --machine qemu."
        ),
        "PATH=without-flex specgen kernel build --tree linux",
        "specgen kernel build --tree linux",
    ),
    (
        "SG1002",
        "not a version of a Debian kernel",
        (
            "A release is named by its series, as 6.1, which means the newest that apt knows; by its version, as "
            "6.1.192; or exactly, as 6.1.192-2."
        ),
        "specgen kernel build --debian bookworm",
        "specgen kernel build --debian 6.1",
    ),
    (
        "SG1003",
        "release that cannot be had",
        (
            "Sources of Debian's kernels are packages called linux-source-6.1 and so on, found in the archives that "
            "apt knows. Archives for security drop old releases; one whose source is in the cache is not looked for. "
            "The exit code is 4, since nothing is wrong: a script may go on without this kernel."
        ),
        "specgen kernel build --debian 6.1.2",
        "specgen kernel build --debian 6.1",
    ),
    (
        "SG1004",
        "not a tree with the driver",
        "The directory must be the top of a kernel tree, of Linux 6.0 or later: ublk came with it.",
        "specgen kernel build --tree linux/drivers",
        "specgen kernel build --tree linux",
    ),
    (
        "SG1005",
        "tree that cannot be copied as it is",
        (
            "The files of a tree that matter are hashed and copied, and nothing is ever written to the tree. Where "
            "something was built inside it, what is source and what was made cannot be told apart; in a git tree "
            "they can, and what git ignores is left out. The files must also stay as they are while they are read."
        ),
        "touch linux/.config; specgen kernel build --tree linux",
        "make -s -C linux mrproper; specgen kernel build --tree linux",
    ),
    (
        "SG1006",
        "configuration that was not understood",
        (
            "What a test kernel must have is asked for by name, and compared with what the tree has made of it. "
            "An item that has another value was renamed, has gone, or depends on something else in this tree. "
            "Without KASAN, say, all tests would pass; so it is an error. What is known to be harmless for some "
            "versions is not told."
        ),
        "specgen kernel build --tree without-kasan",
        "specgen kernel build --tree linux",
    ),
    (
        "SG1007",
        "kernel that cannot be compiled",
        (
            "The notes are what the compiler says, with paths from the top of the tree. Whether the fault is in the "
            "tree or in the compiler is for whoever knows the tree."
        ),
        "echo 'int;;)' >> linux/drivers/block/ublk_drv.c; specgen kernel build --tree linux",
        "specgen kernel build --tree linux",
    ),
    (
        "SG1008",
        "cache that cannot be used",
        (
            "Kernels are built and kept below ~/.cache/specgen, or $XDG_CACHE_HOME/specgen, or the directory of "
            "--cache. It must be writable, and its path must have no spaces or colons, which the kernel's Makefile "
            "does not allow."
        ),
        "specgen kernel build --tree linux --cache 'my cache'",
        "specgen kernel build --tree linux --cache my-cache",
    ),
    (
        "SG1009",
        "full disk",
        (
            "A tree takes 400 MB in the cache, what its build leaves 60 MB (User-Mode Linux) or 120 MB (QEMU), and "
            "while it is built about as much again. What was begun is removed, so that nothing is lost but time."
        ),
        "specgen kernel build --tree linux --cache small",
        "specgen kernel build --tree linux --cache large",
    ),
    (
        "SG1010",
        "no such kernel",
        (
            "A kernel of the cache is named by its key or by the beginning of it; a word with a slash is the "
            "directory of one. It counts only if all its files are as they were made."
        ),
        "specgen kernel cache --remove 0123",
        "specgen kernel cache",
    ),
    (
        "SG1011",
        "time is over",
        (
            "The limit of --timeout is for the whole run. A first build of a tree takes some minutes of two "
            "processors, later ones of nearly the same tree take seconds. The exit code is 4, since nothing is known."
        ),
        "specgen kernel build --tree linux --timeout 0.001",
        "specgen kernel build --tree linux --timeout 10m",
    ),
    (
        "SG1012",
        "broken package",
        (
            "A downloaded or installed package with a kernel's source could not be unpacked: it is cut off or "
            "damaged. One that was downloaded is not kept, and is fetched again by the next run."
        ),
        "specgen kernel build --debian 6.1.7",
        "specgen kernel build --debian 6.1.8",
    ),
)
