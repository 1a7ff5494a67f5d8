"""A kernel that is a script of a shell, with a harness of ours in place of the kernel's."""

from __future__ import annotations

from pathlib import Path

from specgen.kernel.cache import Identity, Kernel, seal

# Enough of a harness for the options that specgen adds to one that has none; it has no text of the kernel's.
HARNESS = r"""
#ifndef FAKE_HARNESS_H
#define FAKE_HARNESS_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define KSFT_FAIL 1
#define KSFT_SKIP 4
struct __test_metadata { const char *name; void (*fn)(void); struct __test_metadata *prev, *next; };
struct __fixture_variant_metadata { const char *name; struct __fixture_variant_metadata *prev, *next; };
struct __fixture_metadata {
	const char *name;
	struct __test_metadata *tests;
	struct __fixture_variant_metadata *variant;
	struct __fixture_metadata *prev, *next;
};
static struct __fixture_metadata *__fixture_list;
static int test_harness_run(int argc, char **argv)
{
	struct __fixture_variant_metadata none = { .name = "" }, *variant;
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;
	int count = 0;

	(void)argc; (void)argv;
	for (fixture = __fixture_list; fixture; fixture = fixture->next)
		for (variant = fixture->variant ? fixture->variant : &none; variant; variant = variant->next)
			for (test = fixture->tests; test; test = test->next)
				printf("ok %d %s%s%s.%s\n", ++count, fixture->name, *variant->name ? "." : "",
					variant->name, test->name);
	printf("1..%d\n", count);
	return 0;
}
#define TEST_HARNESS_MAIN int main(int argc, char **argv) { return test_harness_run(argc, argv); }
#endif
"""

PROGRAM = r"""
#include "../kselftest_harness.h"
#include <linux/fake.h>
#include "parts.h"

static struct __test_metadata b = { .name = "b" }, a = { .name = "a", .next = &b };
static struct __fixture_variant_metadata two = { .name = "two" }, one = { .name = "one", .next = &two };
static struct __fixture_metadata second = { .name = "second", .tests = &b },
	first = { .name = "first", .tests = &a, .variant = &one, .next = &second };

__attribute__((constructor)) static void enter(void)
{
	__fixture_list = part() == FAKE ? &first : NULL;
}

TEST_HARNESS_MAIN
"""

# A machine that tells what a program of two tests would. In `case` stands what each test does.
LINUX = """\
for word in "$@"; do
  case "$word" in SPECGEN_*) export "${{word?}}" ;; esac
done
begin() {{ echo "specgen-init: begin kasan={kasan} rcu=yes release=6.12.1 cpus=1 program=$SPECGEN_PROGRAM"; }}
end() {{ echo "specgen-init: end exit=$1 signal=0"; exit 0; }}
one() {{
  echo "#  RUN           $1 ..."
  case "$1" in
  {tests}
  esac
}}
pass() {{ echo "ok $1 $2"; }}
begin
case "$SPECGEN_ARGS" in
-l)
  printf '%-20s %-25s %s\\n' '# FIXTURE' VARIANT TEST fix '' a '' '' b
  end 4 ;;
-r,*)
  echo 1..1
  one "${{SPECGEN_ARGS#-r,}}" 1
  end 0 ;;
*)
  echo 1..2
  one fix.a 1
  one fix.b 2
  end 0 ;;
esac
"""


def linux(a='pass "$2" "$1"', b='pass "$2" "$1"', kasan="yes"):
    """The text of a machine whose tests, ``fix.a`` and ``fix.b``, do as they are told."""
    return LINUX.format(kasan=kasan, tests=f"fix.a) {a} ;;\n  fix.b) {b} ;;")


def kernel(directory: Path, script: str = "", machine: str = "uml", harness: str = HARNESS) -> Kernel:
    """Makes a kernel of a script, checked as any other."""
    identity = Identity("debian:6.12.1-1", "6.12.1", machine, "c" * 64, "gcc 1.0", 1)
    directory.mkdir(parents=True)
    image = directory / {"uml": "linux", "qemu": "bzImage"}[machine]
    image.write_text("#!/bin/sh\n" + (script or linux()))
    image.chmod(0o755)
    (directory / "config").write_text("CONFIG_A=y\n")
    headers = directory / "headers" / "usr" / "include" / "linux"
    headers.mkdir(parents=True)
    (headers / "fake.h").write_text("#define FAKE 7\n")
    (directory / "kselftest").mkdir()
    (directory / "kselftest" / "kselftest_harness.h").write_text(harness)
    seal(directory, {"key": identity.key, **identity.json()})
    return Kernel.read(directory)


def sources(directory: Path) -> Path:
    """A directory with a program, ``demo``, and a part that it needs."""
    directory.mkdir()
    (directory / "demo.c").write_text(PROGRAM)
    (directory / "parts.c").write_text("int part(void);\nint part(void) { return 7; }\n")
    (directory / "parts.h").write_text("int part(void);\n")
    return directory
