"""Memory that knows when it was freed, as KASAN does."""

from __future__ import annotations

from driver.errors import Site, UseAfterFree


class Memory:
    """An object of the heap: who allocated it, what happened to it since, and whether it is freed."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.freed = False
        self.history: tuple[tuple[str, Site], ...] = ()

    def note(self, verb: str, site: Site) -> None:
        """Remember what was done to the object last: one entry per verb, for the report."""
        self.history = (*(entry for entry in self.history if entry[0] != verb), (verb, site))

    def allocate(self, site: Site) -> None:
        self.note("allocated", site)

    def free(self, site: Site) -> None:
        self.touch(site)
        self.note("freed", site)
        self.freed = True

    def touch(self, site: Site) -> None:
        """Read or write the object; raises UseAfterFree if it is freed."""
        if self.freed:
            raise UseAfterFree(self.what, site, self.history)
