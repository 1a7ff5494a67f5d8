"""The adapter: names, what is observed, and what an error is about."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from driver.errors import DriverError
from driver.future import Run
from driver.kernel import Step
from driver.revisions import REVISIONS, machine
from driver.steps import SINGLE

from specgen.testgen.harness import Refused

from .story import DEAD, LIVE, QUIESCED, RECOVERED, step

FILE = Path(__file__).parents[2] / "generated_tests" / "pytest" / "adapters" / "driver.py"


@pytest.fixture(scope="module")
def adapter() -> ModuleType:
    spec = spec_from_file_location("adapter_of_the_driver", FILE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(system, *texts: str) -> None:
    for text in texts:
        for line in filter(str.strip, text.splitlines()):
            taken = step(line)
            getattr(system, taken.name.replace(".", "_"))(**dict(taken.arguments))


def test_what_is_seen_at_the_start(adapter):
    assert adapter.System("v6.1", {}).observe() == {
        "device_state": "added",
        "opened_by": "old",
        "quiesced": False,
        "thread(old, 0)": "alive",
        "thread(new, 0)": "absent",
        "daemon(0)": None,
        "slot(0, 0)": "idle",
        "command(old, 0, 0)": "unsent",
        "command(new, 0, 0)": "unsent",
        "queued(old, 0, 0)": "none",
        "queued(new, 0, 0)": "none",
        "request(0, 0)": "free",
    }


def test_what_is_seen_of_a_recovery(adapter):
    system = adapter.System("v6.1", {"N": "1", "REISSUE": "true"})
    play(system, LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0")
    assert system.observe()["queued(old, 0, 0)"] == "task_list"
    play(system, "deliver old 0 0")
    seen = system.observe()
    assert (seen["slot(0, 0)"], seen["command(old, 0, 0)"], seen["request(0, 0)"]) == ("owned", "cached", "started")
    play(system, DEAD, QUIESCED)
    seen = system.observe()
    assert (seen["device_state"], seen["quiesced"], seen["opened_by"]) == ("quiesced", True, None)
    assert (seen["thread(old, 0)"], seen["request(0, 0)"], seen["daemon(0)"]) == ("closed", "parked", "old")
    play(system, "reap old 0 0", RECOVERED)
    seen = system.observe()
    assert (seen["daemon(0)"], seen["command(old, 0, 0)"], seen["request(0, 0)"]) == ("new", "freed", "free")


def test_a_refusal_is_the_harness_s(adapter):
    system = adapter.System("v6.1", {})
    before = system.observe()
    with pytest.raises(Refused, match="no new server starts now"):
        system.open()
    with pytest.raises(Refused, match="this revision has no timeout"):
        system.timeout(0)
    with pytest.raises(Refused, match="this revision has no ch_release"):
        system.ch_release_abort("old")
    with pytest.raises(Refused, match="this revision has no cancel_fn"):
        system.cancel_fn_quiesce("old", 0, 0)
    assert system.observe() == before


@pytest.mark.parametrize(
    ("revision", "texts", "last", "name"),
    [
        (
            "v6.0-rc",
            [
                LIVE,
                "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0 \n deliver old 0 0",
                DEAD,
                "monitor.look \n monitor.abort \n reap old 0 0 \n queue_rq.start 0 0 \n queue_rq.dying_test 0 0 false",
            ],
            "queue_rq.hand_over 0 0",
            "no_uaf.handover",
        ),
        (
            "start-completes",
            [
                LIVE,
                "exit old 0 \n queue_rq.start 0 0 \n queue_rq.hand_over 0 0 \n start_recovery.reset",
                "start_recovery.recover \n reap old 0 0",
            ],
            "run_task_list.callback old 0 0",
            "no_uaf.task_list",
        ),
        (
            "start-completes",
            [
                LIVE,
                DEAD,
                "queue_rq.start 0 0 \n queue_rq.hand_over 0 0 \n start_recovery.reset",
                "start_recovery.recover \n reap old 0 0",
            ],
            "run_fallback.callback old 0 0",
            "no_uaf.fallback",
        ),
        (
            "rfc-v1-task-work",
            [LIVE, "queue_rq.start 0 0 \n queue_rq.hand_over 0 0"],
            "deliver old 0 0",
            "completed_once",
        ),
        ("v6.1", [LIVE, DEAD, QUIESCED, "start_recovery.reset"], "start_recovery.reset", "start_has_daemons"),
        ("v4", [LIVE, DEAD, re.sub(r".*stop_monitor", "", QUIESCED)], "monitor.look", "monitor_has_daemon"),
        (
            "v4",
            [
                LIVE,
                "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0 \n deliver old 0 0",
                DEAD,
                "monitor.look \n monitor.abort \n monitor.look",
                re.sub(r".*monitor.*", "", QUIESCED),
            ],
            "monitor.abort",
            "ended_once",
        ),
    ],
)
def test_what_an_error_is_about(adapter, revision, texts, last, name):
    system = adapter.System(revision, {})
    play(system, *texts)
    system.judge(name)
    with pytest.raises(DriverError) as raised:
        play(system, last)
    assert system.recognises(raised.value, name)
    others = adapter.ERRORS - {name}
    assert not any(system.recognises(raised.value, other) for other in others)
    assert not system.recognises(ValueError(), name)


def test_a_warning_and_a_state_are_judged(adapter):
    system = adapter.System("rfc-v1-task-work", {})
    play(system, LIVE, "queue_rq.start 0 0")
    for name in (*adapter.STATES, *adapter.FUTURES, *adapter.ERRORS, *adapter.WARNINGS.values()):
        system.judge(name)
    play(system, "queue_rq.hand_over 0 0")
    with pytest.raises(DriverError, match="is on a list"):
        system.judge("queued_is_held")
    with pytest.raises(NotImplementedError):
        system.judge("no_such_property")


def test_the_warnings_are_those_of_the_last_step(adapter):
    again = "monitor.look \n monitor.abort \n quiesce_work.begin \n monitor.look \n monitor.abort"
    rest = QUIESCED.partition("quiesce_work.begin")[2]
    system = adapter.System("v6.1", {})
    play(system, LIVE, DEAD, again, rest, RECOVERED)
    play(system, "\n".join(QUIESCED.splitlines()[3:7]))
    assert system.warnings() == {"spares_new_server"}
    with pytest.raises(DriverError):
        system.judge("spares_new_server")
    with pytest.raises(Refused):
        system.open()
    assert system.warnings() == {"spares_new_server"}
    play(system, "quiesce_work.quiesce_dev.stop_monitor")
    assert not system.warnings()


@pytest.mark.parametrize("revision", REVISIONS)
def test_there_is_a_method_for_every_step(adapter, revision):
    names = set(SINGLE)
    run = Run(lambda: machine(revision, {}))
    names |= {found.name for found in run.kernel.possible()}
    assert all(hasattr(adapter.System, name.replace(".", "_")) for name in names)
    with pytest.raises(KeyError):
        machine("no such revision", {})
    assert Step("reap").arguments == ()
