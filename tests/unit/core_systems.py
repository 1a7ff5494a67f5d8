"""Core systems built by hand, so that the engines are tested without the language."""

from __future__ import annotations

from specgen.core.system import Action, Domain, Guard, Obligation, Property, State, System, Variable
from specgen.core.terms import Term, Terms
from specgen.language.source import Source, Span

SPAN = Span(Source("hand.yaml", ""), 1, 1, 1, 1)
BOOL = Domain("bool", 0, 2)


def integer(low: int, high: int) -> Domain:
    return Domain("int", low, high - low + 1)


def enum(*labels: str) -> Domain:
    return Domain("enum", 0, len(labels), labels)


class Builder:
    """Collects the parts of a system. Terms are made with ``b.t``; a variable is named once and read by ``b[name]``."""

    def __init__(self, name: str = "base") -> None:
        self.name = name
        self.t = Terms()
        self.variables: list[Variable] = []
        self.start: list[int | None] = []
        self.cells: dict[str, Term] = {}
        self.actions: list[Action] = []
        self.properties: list[Property] = []
        self.init = self.t.true
        self.terminal = self.t.false
        self.shown: str | None = None

    def var(self, name: str, domain: Domain, start: int | str | None = 0) -> Term:
        index = len(self.variables)
        self.variables.append(Variable(index, name, domain))
        self.start.append(self.code(domain, start))
        sort = "bool" if domain.kind == "bool" else "int"
        self.cells[name] = self.t.var(index, sort, domain.low, domain.low + domain.size - 1)
        return self.cells[name]

    def code(self, domain: Domain, value: int | str | None) -> int | None:
        if isinstance(value, str):
            assert domain.labels is not None
            return domain.labels.index(value)
        return value

    def __getitem__(self, name: str) -> Term:
        return self.cells[name]

    def const(self, name: str, value: int | str) -> Term:
        """A constant of the domain of a variable."""
        domain = self.variables[self.cells[name].value].domain
        code = self.code(domain, value)
        assert code is not None
        return self.t.boolean(bool(code)) if domain.kind == "bool" else self.t.const(code)

    def is_(self, name: str, *values: int | str) -> Term:
        return self.t.or_(*(self.t.eq(self[name], self.const(name, v)) for v in values))

    def isnt(self, name: str, *values: int | str) -> Term:
        return self.t.not_(self.is_(name, *values))

    def action(
        self,
        name: str,
        guards: list[Term] | tuple[Term, ...] = (),
        effect: dict[str, Term | int | str] | None = None,
        *,
        params: tuple[tuple[str, str], ...] = (),
        actor: str = "someone",
        cites: tuple[tuple[str, str], ...] = (),
        asserts: dict[str, Term] | None = None,
        checks: dict[str, Term] | None = None,
        in_range: tuple[Term, ...] = (),
        defined: tuple[Term, ...] = (),
        one_effect: tuple[Term, ...] = (),
    ) -> None:
        updates = tuple(
            (self.cells[n].value, v if isinstance(v, Term) else self.const(n, v)) for n, v in (effect or {}).items()
        )
        obligations = [Obligation("in_range", "in_range", t, SPAN, "", True, True) for t in defined]
        obligations += [Obligation("in_range", "in_range", t, SPAN, "", True) for t in in_range]
        obligations += [Obligation("one_effect", "one_effect", t, SPAN, "", True) for t in one_effect]
        obligations += [Obligation("assert", n, t, SPAN, "", True) for n, t in (asserts or {}).items()]
        obligations += [Obligation("check", n, t, SPAN, "", False) for n, t in (checks or {}).items()]
        self.actions.append(
            Action(
                len(self.actions),
                name,
                params,
                actor,
                (),
                cites,
                SPAN,
                tuple(Guard(f"g{i}", t, SPAN) for i, t in enumerate(guards)),
                tuple(obligations),
                updates,
            )
        )

    def property(self, kind: str, name: str, term: Term) -> None:
        self.properties.append(Property(kind, name, term, SPAN, ""))

    def build(self) -> System:
        obligations = [o for a in self.actions for o in a.obligations]
        names = dict.fromkeys(
            (o.kind, o.name, SPAN) for kind in ("assert", "check") for o in obligations if o.kind == kind
        )
        return System(
            name=self.name,
            constants=(),
            variables=tuple(self.variables),
            shapes=(),
            start=tuple(self.start),
            init=self.init,
            actions=tuple(self.actions),
            properties=tuple(self.properties),
            terminal=self.terminal,
            property_names=tuple(names),
            action_names=tuple(dict.fromkeys((a.name, SPAN) for a in self.actions)),
            cited={},
            shown_citations=self.shown,
        )


def state(system: System, **values: int) -> State:
    """The start state with some values changed; a name's ``[0]`` is written ``_0``."""
    cells = [s or 0 for s in system.start]
    for name, value in values.items():
        cells[next(v.index for v in system.variables if v.name == name)] = value
    return tuple(cells)


def ublk(n: int, r: int = 2, revision: str = "fixed", bad: str = "both") -> System:
    """The benchmark model; see :func:`ublk_parts`."""
    return ublk_parts(n, r, revision, bad).build()


def ublk_parts(n: int, r: int, revision: str, bad: str = "both") -> Builder:
    """The benchmark model: one queue, ``n`` tags, ``r`` recoveries, one revision.

    Args:
        revision: ``naive`` cancels any live command, ``fixed`` only when nothing is pending, ``late`` is fixed in
            the first recovery and naive in later ones.
        bad: ``both`` counts a pending command that is not live or whose context is freed, ``ctx`` only the latter.
    """
    b = Builder(revision)
    for t in range(n):
        b.var(f"io[{t}]", enum("idle", "active", "srv"))
        b.var(f"rq[{t}]", enum("none", "started", "requeued", "ended"))
        b.var(f"cmd[{t}]", enum("none", "live", "freed"))
        b.var(f"fb[{t}]", BOOL)
        b.var(f"tw[{t}]", BOOL)
    b.var("dm", enum("alive", "exiting", "dead"))
    b.var("dv", enum("dead", "live", "quiesced"))
    b.var("cx", enum("open", "exiting", "freed"))
    b.var("rc", enum("idle", "started", "done"))
    b.var("nr", integer(0, r))
    for t in range(n):
        _tag_actions(b, t, r, revision)
    _global_actions(b, n, r)
    safe = []
    for t in range(n):
        good = b.isnt("cx", "freed")
        if bad == "both":
            good = b.t.and_(good, b.is_(f"cmd[{t}]", "live"))
        safe.append(b.t.implies(b[f"fb[{t}]"], good))
    b.property("invariant", "safe", b.t.and_(*safe))
    return b


def _tag_actions(b: Builder, t: int, r: int, revision: str) -> None:
    io, rq, cmd, fb, tw = (f"{name}[{t}]" for name in ("io", "rq", "cmd", "fb", "tw"))
    free = [b.isnt(rq, "started"), b.is_(fb, 0), b.is_(tw, 0)]
    cancel = {
        "naive": b.t.true,
        "fixed": b.t.and_(*free),
        "late": b.t.or_(b.t.le(b.t.const(1), b["nr"]), b.t.and_(*free)),
    }[revision]
    alive, srv = b.is_("dm", "alive"), b.is_(io, "srv")

    def add(name: str, guards: list[Term], effect: dict[str, Term | int | str], actor: str) -> None:
        b.action(name, guards, effect, params=(("t", str(t)),), actor=actor)

    add("fetch", [alive, b.is_("cx", "open"), b.is_(io, "idle"), b.is_(cmd, "none")],
        {io: "active", cmd: "live"}, "server")  # fmt: skip
    add("queue_rq", [b.is_("dv", "live"), b.is_(io, "active"), *free],
        {rq: "started", tw: b.t.ite(alive, b.t.true, b[tw]), fb: b.t.ite(alive, b[fb], b.t.true)}, "blk-mq")  # fmt: skip
    add("task_work_run", [alive, b[tw]], {tw: 0, io: "srv", cmd: "none"}, "server")
    add("commit", [alive, srv, b.is_(rq, "started")], {rq: "ended", io: "active", cmd: "live"}, "server")
    add("move_to_fallback", [b.is_("dm", "exiting"), b[tw]], {tw: 0, fb: 1}, "dying task")
    add("fallback_run", [b[fb], b.is_(cmd, "live"), b.isnt("cx", "freed")], {fb: 0, rq: "requeued"}, "worker")
    add("requeue_srv", [b.t.not_(alive), b.is_("dv", "quiesced"), srv], {rq: "requeued", io: "idle"}, "monitor")
    add("cancel_cmd", [b.is_("dm", "dead"), b.is_("rc", "started"), b.is_(cmd, "live"), cancel],
        {cmd: "freed", io: "idle"}, "control")  # fmt: skip


def _global_actions(b: Builder, n: int, r: int) -> None:
    def each(name: str, *values: int | str) -> Term:
        return b.t.and_(*(b.is_(f"{name}[{t}]", *values) for t in range(n)))

    below = b.t.lt(b["nr"], b.t.const(r))
    alive, dead = b.is_("dm", "alive"), b.is_("dm", "dead")
    b.action("start_dev", [b.is_("dv", "dead"), alive, each("io", "active", "srv")], {"dv": "live"}, actor="control")
    b.action("daemon_exit", [alive, b.isnt("dv", "dead"), below], {"dm": "exiting"}, actor="dying task")
    b.action(
        "daemon_dead", [b.is_("dm", "exiting"), each("tw", 0)], {"dm": "dead", "cx": "exiting"}, actor="dying task"
    )
    b.action("quiesce", [b.t.not_(alive), b.is_("dv", "live")], {"dv": "quiesced"}, actor="monitor")
    b.action(
        "start_recovery", [dead, b.is_("dv", "quiesced"), b.isnt("rc", "started")], {"rc": "started"}, actor="control"
    )
    b.action("ctx_exit", [b.is_("cx", "exiting"), each("cmd", "none", "freed")], {"cx": "freed"}, actor="worker")
    reset: dict[str, Term | int | str] = {"dm": "alive", "cx": "open", "nr": b.t.add(b["nr"], b.t.const(1))}
    for t in range(n):
        reset[f"cmd[{t}]"] = "none"
        reset[f"io[{t}]"] = "idle"
    b.action("attach", [b.is_("rc", "started"), dead, b.is_("cx", "freed"), below,
                        each("rq", "none", "requeued", "ended")], reset, actor="server")  # fmt: skip
    b.action("end_recovery", [b.is_("rc", "started"), alive, each("io", "active")],
             {"rc": "done", "dv": "live"}, actor="control")  # fmt: skip
