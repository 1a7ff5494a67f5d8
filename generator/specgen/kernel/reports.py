"""What a kernel says of itself when something is wrong: KASAN, BUG, WARN, lockdep, oops, panic, tasks that hang.

The texts of User-Mode Linux and of x86 are known. A log may be cut anywhere; a report that is cut is a report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

KASAN = "kasan"
BUG = "bug"
OOPS = "oops"
PANIC = "panic"
LOCKUP = "lockup"
HUNG_TASK = "hung task"
WARNING = "warning"
LOCKDEP = "lockdep"

FATAL = frozenset({KASAN, BUG, OOPS, PANIC, LOCKUP})
_LONGEST = 300  # lines of a report
_DEEPEST = 40  # frames of a stack
_NEAR = 10  # lines between two that tell one event
_WIDEST = 200  # characters of a title

_STAMP = re.compile(r"^(?:<\d>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")

_LOCKING = (
    r"possible (?:circular|recursive|irq lock).*|inconsistent lock state|suspicious RCU usage|bad unlock balance.*|"
    r"held lock freed.*|Nested lock .*|lock held when returning to user space.*|HARDIRQ-.*|SOFTIRQ-.*"
)
_WILD = r"(?:maybe wild-memory-access|null-ptr-deref|probably user-memory-access) .*"

# The first that fits says what a line begins, with its title.
_HEADS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (KASAN, re.compile(r"BUG: (?P<title>KASAN: .*)")),
    (KASAN, re.compile(rf"(?P<title>KASAN: {_WILD})")),
    (LOCKUP, re.compile(r"(?:watchdog: )?BUG: (?P<title>(?:soft|hard) lockup.*|workqueue lockup.*)")),
    (LOCKUP, re.compile(r"rcu: (?P<title>INFO: rcu_\w+ .*stall.*)")),
    (OOPS, re.compile(r"BUG: (?P<title>(?:kernel NULL pointer dereference|unable to handle .*).*)")),
    (OOPS, re.compile(r"(?P<title>(?:general protection fault|divide error|stack segment|double fault)\b.*)")),
    (OOPS, re.compile(r"Kernel panic - not syncing: (?P<title>Segfault with no mm.*|Kernel mode fault at addr .*)")),
    (OOPS, re.compile(r"(?P<title>Oops: .*)")),
    (BUG, re.compile(r"kernel (?P<title>BUG at \S+)!?")),
    (BUG, re.compile(r"BUG: (?P<title>failure at \S+)!")),
    (BUG, re.compile(r"(?P<title>BUG \S+ \((?:Not tainted|Tainted.*)\): .*)")),
    (PANIC, re.compile(r"Kernel panic - not syncing: (?P<title>.*)")),
    (LOCKDEP, re.compile(rf"(?P<title>WARNING: (?:{_LOCKING}))")),
    (LOCKDEP, re.compile(r"BUG: (?P<title>held lock freed.*|MAX_LOCK.* too low.*)")),
    (HUNG_TASK, re.compile(r"INFO: (?P<title>task \S+ blocked for more than \d+ seconds.*)")),
    (WARNING, re.compile(r"WARNING: (?:CPU: \d+ PID: \d+ )?(?P<title>at .*)")),
    (WARNING, re.compile(r"BUG: (?P<title>.+)")),
    (WARNING, re.compile(r"(?P<title>UBSAN: .*)")),
)
_WORDS = ("BUG", "WARNING", "panic", "INFO", "fault", "Oops", "KASAN", "UBSAN", "error")  # one is in every head

_CLOSING = re.compile(r"={30,}|---\[ end (?:trace|Kernel panic)|specgen-init: |(?:not )?ok \d+\b|#\s+(?:RUN|OK|FAIL)\b")
_CONSEQUENCE = re.compile(
    r"kasan\.fault|panic_on_warn|BUG!|Fatal exception|Fatal hardware|Oops|Attempted to kill|Aiee|Segfault with no mm"
)
_IN = re.compile(r"\bin ([\w.]+)(?:\+0x[0-9a-f]+|$)")
_AT = re.compile(r"\bat \S+? ?([\w.]+)\+0x[0-9a-f]+/")
_PLACE = re.compile(r"at \S+:\d+/([\w.]+)\(\)")
_ADDRESS = re.compile(r"\bRIP: (?:[0-9a-f]{4}:)?(?:\[<[^>]*>\] )?([\w.]+)\+0x")
_ACCESS = re.compile(r"((?:Read|Write) of size \d+|Free of addr)\b.*? by task (.+)/(\d+)")
_COMM = re.compile(r"\bPID: (\d+)\b.*?\bComm: (.+?) (?:Not tainted|Tainted|Kdump)")
_PID = re.compile(r"Pid: (\d+), comm: (.+?) (?:Not tainted|Tainted)")
_TASK = re.compile(r"task (.+):(\d+) blocked for more than")
_CACHE = re.compile(r"which belongs to the cache (\S+) of size (\d+)")
_SECTION = re.compile(r"(Call Trace|(?:Allocated|Freed) by task \d+|Last potentially related work creation)\b.*:$")
_FRAME = re.compile(r"\s*(?:\[<[^>]*>\] )?(\? )?([A-Za-z_][\w.]*\+0x[0-9a-f]+/0x[0-9a-f]+)(?: \[\w+\])?$")
_OWNER = re.compile(r"(Allocated|Freed) by task (\d+)")
# What makes a report, and stands above the code that it is about.
_MACHINERY = re.compile(
    r"(?:dump_trace|show_stack|dump_stack|print_address|print_report|print_modules|_printk|_?_?kasan_|__asan_|__kasan|"
    r"kasan|check_memory_region|save_stack|stack_trace_save|__warn|warn_slowpath|report_bug|handle_bug|exc_|asm_|"
    r"set_track|check_slab_allocation)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One report.

    Args:
        kind: kasan, bug, oops, panic, lockup, hung task, warning or lockdep.
        title: the kernel's own words, in one line.
        function: where; empty if it does not say.
        access: as ``Read of size 8``; empty for what is no access.
        process: who did it, as ``kworker/0:1``.
        allocated_by: who had the memory, as a task's number.
        freed_by: who freed it.
        cache: the kind of object, as ``io_kiocb of size 216``.
        stacks: functions, innermost first, of ``access``, ``allocated``, ``freed``, ``queued``.
        line: of the log, from 1.
    """

    kind: str
    title: str
    function: str = ""
    access: str = ""
    process: str = ""
    allocated_by: str = ""
    freed_by: str = ""
    cache: str = ""
    stacks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    line: int = 0

    @property
    def fatal(self) -> bool:
        """Whether the kernel cannot be relied on any more."""
        return self.kind in FATAL

    @property
    def headline(self) -> str:
        """Equal for reports that say the same of different runs: no addresses, numbers of tasks or offsets."""
        text = re.sub(r"\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?", "", self.title)
        text = re.sub(r"\b0x[0-9a-f]+\b|\b[0-9a-f]{16}\b", "ADDRESS", text)
        text = re.sub(r", ip ADDRESS", "", text)
        if self.function and self.function not in text:
            text += f" in {self.function}"
        return text


def unstamped(line: str) -> str:
    """A line without the time that the kernel may print before it."""
    return _STAMP.sub("", line)


def findings(lines: Sequence[str]) -> tuple[Finding, ...]:
    """All reports of a log. What only follows from the one before, as a panic from a use-after-free, is none."""
    plain = [unstamped(line) for line in lines]
    heads = _heads(plain)
    found = []
    for index, head in enumerate(heads):
        end = heads[index + 1].line if index + 1 < len(heads) else len(plain)
        end = min(end, head.line + _LONGEST)
        closed = next((n for n in range(head.line + 1, end) if _CLOSING.match(plain[n])), end)
        found.append(_read(plain[head.line : closed], head, plain[: head.line]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a report begins; lines are counted from 0."""

    line: int
    kind: str
    title: str


def _heads(lines: Sequence[str]) -> list[_Head]:
    found: list[_Head] = []
    for number, line in enumerate(lines):
        named = _head(line)
        if named is None:
            continue
        head = _Head(number, *named)
        if not (found and _follows(head, found[-1], lines[found[-1].line : number])):
            found.append(head)
    return found


def _head(line: str) -> tuple[str, str] | None:
    if not any(word in line for word in _WORDS):
        return None
    # what a program printed without ending its line may stand before it
    text = line if line.startswith(("#", "specgen-init")) else _from_head(line)
    for kind, pattern in _HEADS:
        if match := pattern.match(text):
            return kind, match["title"].strip()[:_WIDEST]
    return None


_START = re.compile(r"BUG: KASAN|BUG: |WARNING: |Kernel panic - |kernel BUG at |KASAN: |UBSAN: ")


def _from_head(line: str) -> str:
    match = _START.search(line)
    return line[match.start() :] if match else line


def _follows(head: _Head, before: _Head, between: Sequence[str]) -> bool:
    """Whether a report is only the end of the one before."""
    if any(line.startswith("specgen-init: end") for line in between):
        return False
    if head.kind == PANIC:
        return before.kind in FATAL or bool(_CONSEQUENCE.match(head.title))
    if head.kind == OOPS and before.kind in (OOPS, KASAN):
        # "Oops: 0002" and "general protection fault" tell one event in several lines
        return not any(line.startswith("---[ end trace") for line in between)
    # a failing BUG() of x86 is an invalid opcode to the processor
    return head.kind in (KASAN, OOPS) and before.kind in (OOPS, BUG) and head.line - before.line < _NEAR


def _read(lines: Sequence[str], head: _Head, before: Sequence[str]) -> Finding:
    kind, title, line = head.kind, head.title, head.line + 1
    process, access, cache = "", "", ""
    owners = {"Allocated": "", "Freed": ""}
    for text in lines:
        if match := _ACCESS.search(text):
            access, process = match[1].removesuffix(" of addr"), match[2]
        elif match := (_COMM.search(text) or _PID.search(text)):
            process = process or match[2]
        elif match := _TASK.search(text):
            process = match[1]
        if match := _CACHE.search(text):
            cache = f"{match[1]} of size {match[2]}"
        if (match := _OWNER.match(text)) and not owners[match[1]]:
            owners[match[1]] = f"task {match[2]}"
    stacks = _stacks(lines)
    registers = [*lines, *(_registers(before) if kind == OOPS else [])]
    process = process or next((match[2] for text in registers if (match := _PID.search(text))), "")
    made = Finding(
        kind,
        _titled(kind, title, lines),
        _function(title, registers, stacks),
        access,
        process,
        owners["Allocated"],
        owners["Freed"],
        cache,
        stacks,
        line,
    )
    return replace(made, title=made.title[:_WIDEST])


def _registers(before: Sequence[str]) -> Sequence[str]:
    """User-Mode Linux prints them before it says why."""
    start = next((n for n in range(len(before) - 1, max(-1, len(before) - 20), -1) if _PID.match(before[n])), None)
    return before[start:] if start is not None else []


def _titled(kind: str, title: str, lines: Sequence[str]) -> str:
    """A warning says what it is about in its second line, if at all."""
    more = lines[1].strip() if len(lines) > 1 else ""
    if kind == WARNING and title.startswith("at ") and more and not more.startswith(("Modules linked", "CPU: ")):
        return f"{more} ({title})"
    return title


def _function(title: str, lines: Sequence[str], stacks: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    for pattern in (_IN, _AT, _PLACE):
        if match := pattern.search(title):
            return match[1]
    for line in lines:
        if match := _ADDRESS.search(line):
            return match[1]
    frames = next((frames for name, frames in stacks if name == "access"), ())
    return frames[0] if frames else ""


_STACK = {"Call": "access", "Allocated": "allocated", "Freed": "freed", "Last": "queued"}


def _stacks(lines: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[tuple[bool, str]]] = {}
    frames: list[tuple[bool, str]] | None = None
    for line in lines:
        if match := _SECTION.match(line.strip()):
            name = _STACK[match[1].split(" ", maxsplit=1)[0]]
            frames = None if name in found else found.setdefault(name, [])
        elif frames is not None and (match := _FRAME.match(line)):
            frames.append((match[1] is None, match[2].partition("+")[0]))
        elif not line.strip():
            frames = None
    return tuple((name, stack) for name, each in found.items() if (stack := _told(each)))


def _told(frames: Sequence[tuple[bool, str]]) -> tuple[str, ...]:
    """The frames that are sure, or all where none is, from the code that the report is about."""
    names = [name for sure, name in frames if sure] or [name for _, name in frames]
    first = next((n for n, name in enumerate(names) if not _MACHINERY.match(name)), 0)
    return tuple(names[first : first + _DEEPEST])
