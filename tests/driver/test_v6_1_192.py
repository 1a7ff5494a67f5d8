"""6.1.192: the pass over the commands after ub->mutex was dropped, START in two stores, batched requests."""

import pytest
from driver.device import DeviceState
from driver.errors import About, DoubleCompletion, NullDereference, UseAfterFree, Warn
from driver.future import rings_go, stop_returns

from driver import judge

from .story import DEAD, LIVE, Story

QUEUED = "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0"
NOTICED = "monitor.look \n monitor.abort"
#: The quiesce work up to its pass.
QUIESCED = """
    quiesce_work.begin
    quiesce_work.quiesce_dev.quiesce
    quiesce_work.quiesce_dev.wait_idle
    quiesce_work.quiesce_dev.mark
    quiesce_work.quiesce_dev.stop_monitor
    quiesce_work.unlock
"""
PASS = "quiesce_work.cancel_dev.test 0 0 \n quiesce_work.cancel_dev.claim 0 0 \n quiesce_work.cancel_dev.complete 0 0"
START = "start_recovery.reset \n start_recovery.reset_cmds"
FETCHED = "open \n fetch.fetch new 0 0 \n fetch.mark_ready new 0 0"
STOP_DEAD = "stop.begin \n stop.unquiesce \n stop.del_gendisk \n stop.pass"


def late(*texts: str) -> Story:
    """The quiesce work is scheduled once more while it runs, and its second run looks at a quiesced device."""
    again = QUIESCED.partition("quiesce_work.quiesce_dev.stop_monitor")
    story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, again[0], NOTICED, again[1] + again[2], PASS)
    return story.goes("quiesce_work.begin \n quiesce_work.unlock", *texts)


def test_a_recovery():
    story = Story("v6.1.192").goes(LIVE, QUEUED, "deliver old 0 0 \n commit old 0 0")
    story.goes("queue_rq.start 0 0 \n queue_rq.dying_test 0 0", DEAD, "queue_rq.hand_over 0 0")
    story.goes("run_fallback.callback old 0 0", NOTICED, QUIESCED)
    assert story.kernel.command("old", 0, 0).held
    story.goes(PASS, "release old \n reap old 0 0", START, FETCHED, "end_recovery", QUEUED, "deliver new 0 0")
    assert story.kernel.ub.state is DeviceState.LIVE and not story.kernel.ub.queues[0].ios[0].canceled
    for rule in (judge.queued_is_held, judge.held_is_active, judge.live_is_served, judge.quiesce_is_balanced):
        rule(story.kernel)
    stop_returns(story.run)
    rings_go(story.run)


class TestThePass:
    def test_it_is_made_without_the_mutex(self):
        story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, QUIESCED, "quiesce_work.cancel_dev.test 0 0")
        assert not story.kernel.ub.mutex.held
        story.refuses("quiesce_work.begin", "quiesce_work.cancel_dev.complete 0 0", "start_recovery.reset")

    def test_the_first_claim_wins(self):
        story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, QUIESCED, "quiesce_work.cancel_dev.test 0 0", STOP_DEAD)
        story.goes("stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n quiesce_work.cancel_dev.claim 0 0")
        assert story.kernel.command("old", 0, 0).held
        story.refuses("quiesce_work.cancel_dev.complete 0 0").goes("stop.cancel_dev.complete 0 0 \n stop.stop_works")
        assert not story.kernel.command("old", 0, 0).held

    def test_stop_completes_nothing_before_the_disk_is_gone(self):
        story = Story("v6.1.192").goes(LIVE, "stop.begin \n stop.quiesce_dev.quiesce \n stop.quiesce_dev.wait_idle")
        story.goes("stop.quiesce_dev.mark \n stop.quiesce_dev.stop_monitor \n stop.unquiesce \n stop.del_gendisk")
        assert story.kernel.command("old", 0, 0).held and story.kernel.ub.mutex.free()
        story.goes("stop.pass \n stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n stop.cancel_dev.complete 0 0")
        assert not story.kernel.command("old", 0, 0).held
        story.goes(
            "stop.stop_works \n stop.begin \n stop.pass \n stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0"
        )
        story.goes("stop.stop_works")
        judge.dead_is_quiet(story.kernel)

    def test_slots_are_walked_in_order(self):
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        story = Story("v6.1.192", N=2).goes(fetched, "start_dev", QUEUED, "deliver old 0 0", DEAD, NOTICED, QUIESCED)
        story.refuses("quiesce_work.cancel_dev.test 0 1")
        story.goes("quiesce_work.cancel_dev.test 0 0")  # it was with the server: not ACTIVE
        story.goes(PASS.replace("0 0", "0 1")).goes("release old")

    def test_a_queue_that_is_fetched_in_part_is_not_left_out(self):
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        story = Story("v6.1.192", N=2).goes(fetched, "start_dev", DEAD, NOTICED, QUIESCED, PASS)
        story.goes(PASS.replace("0 0", "0 1"), "release old", START)
        story.goes("open \n fetch.fetch new 0 0 \n fetch.mark_ready new 0 0 \n exit new 0", STOP_DEAD)
        story.goes("stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n stop.cancel_dev.complete 0 0")
        story.goes("stop.cancel_dev.test 0 1 \n stop.stop_works \n release new")


class TestALatePass:
    def test_it_completes_the_old_command_once_more(self):
        """Between the two stores of START: CANCELED is gone, the command is still there."""
        story = late("release old \n quiesce_work.cancel_dev.test 0 0 \n start_recovery.reset")
        story.goes("quiesce_work.cancel_dev.claim 0 0")
        with pytest.raises(DoubleCompletion):
            story.goes("quiesce_work.cancel_dev.complete 0 0")

    def test_it_completes_a_freed_command(self):
        story = late("release old \n reap old 0 0 \n quiesce_work.cancel_dev.test 0 0 \n start_recovery.reset")
        story.goes("quiesce_work.cancel_dev.claim 0 0")
        with pytest.raises(UseAfterFree, match=r"ublk_cancel_queue\(\) in the quiesce work"):
            story.goes("quiesce_work.cancel_dev.complete 0 0")

    def test_it_finds_no_command(self):
        story = late("release old \n quiesce_work.cancel_dev.test 0 0", START, "quiesce_work.cancel_dev.claim 0 0")
        with pytest.raises(NullDereference) as raised:
            story.goes("quiesce_work.cancel_dev.complete 0 0")
        assert raised.value.about is About.COMMAND

    def test_it_completes_the_new_server_s(self):
        story = late("release old", START, FETCHED, "end_recovery")
        story.goes(PASS)
        assert story.kernel.warnings == {Warn.COMPLETED_NEW_SERVER}
        story.goes(QUEUED)
        assert story.kernel.warnings == {Warn.HANDED_OVER_STALE}
        with pytest.raises(DoubleCompletion):
            story.goes("deliver new 0 0")

    def test_a_dying_server_s_command_may_be_completed(self):
        story = late("release old", START, FETCHED, "exit new 0", PASS)
        assert not story.kernel.warnings

    def test_what_stop_completes_is_nobody_s(self):
        story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, QUIESCED, PASS, "release old", START, FETCHED, STOP_DEAD)
        story.goes("stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n stop.cancel_dev.complete 0 0")
        assert not story.kernel.warnings


class TestStart:
    def test_it_needs_a_queue_with_a_daemon(self):
        story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, QUIESCED, PASS, "release old", START)
        story.refuses("start_recovery.reset")

    def test_it_holds_the_mutex_between_its_stores(self):
        story = Story("v6.1.192").goes(LIVE, DEAD, NOTICED, QUIESCED, PASS, "release old \n start_recovery.reset")
        story.refuses("stop.begin", "open", "start_recovery.reset").goes("start_recovery.reset_cmds \n open")

    def test_it_drops_a_daemon_that_a_half_fetched_device_does_not_have(self):
        fetched = "".join(f"fetch.fetch old {q} 0 \n fetch.mark_ready old {q} 0 \n" for q in (0, 1))
        dead = "".join(f"exit old {q} \n close_task_list old {q} \n" for q in (0, 1))
        again = QUIESCED.partition("quiesce_work.quiesce_dev.stop_monitor")
        both = PASS + "\n" + PASS.replace("0 0", "1 0")
        story = Story("v6.1.192-two-queues").goes(fetched, "start_dev", dead, NOTICED, again[0], NOTICED)
        story.goes(again[1] + again[2], both, "reap old 0 0 \n reap old 1 0 \n release old", START, FETCHED)
        story.goes("exit new 0 \n exit new 1").refuses("release new", "start_recovery.reset")  # EBUSY for ever
        story.goes("quiesce_work.begin \n quiesce_work.unlock", PASS, "quiesce_work.cancel_dev.test 1 0 \n reap new 0 0 \n release new")
        with pytest.raises(NullDereference) as raised:
            story.goes("start_recovery.reset")
        assert raised.value.about is About.DAEMON
        story = Story("v6.1.192-two-queues").goes(fetched, "start_dev").refuses("stop.begin", "queue_rq.start 0 0")


class TestBatches:
    LIVE2 = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1)) + "start_dev"
    BOTH = "queue_rq.hand_over 0 0 \n queue_rq.hand_over 0 1"

    def begun(self) -> Story:
        started = "".join(f"queue_rq.start 0 {t} \n queue_rq.dying_test 0 {t} \n" for t in (0, 1))
        return Story("v6.1.192", N=2).goes(self.LIVE2, started)

    def test_one_callback_delivers_all(self):
        story = self.begun().goes(self.BOTH).refuses("deliver old 0 1").goes("deliver old 0 0")
        assert [io.owned for io in story.kernel.ub.ios()] == [True, True]
        story.goes("commit old 0 1 \n commit old 0 0", "queue_rq.start 0 1 \n queue_rq.dying_test 0 1")
        story.goes("queue_rq.hand_over 0 1 \n deliver old 0 1")

    def test_one_callback_aborts_all(self):
        story = self.begun().goes("exit old 0", self.BOTH).refuses("run_task_list.callback old 0 1")
        story.goes("run_task_list.callback old 0 0 \n close_task_list old 0")
        assert [rq.state.value for rq in story.kernel.blk.all()] == ["parked", "parked"]
        assert not story.kernel.ub.queues[0].io_cmds

    def test_who_joins_does_not_look_at_aborted(self):
        """Both slots were aborted before their tags were used again; a first request is turned away by that,
        one that only joins is not.
        """
        for joins in (True, False):
            story = self.begun()
            story.kernel.ub.queues[0].ios[1].aborted = True
            story.goes("queue_rq.hand_over 0 0" if joins else "", "queue_rq.hand_over 0 1")
            assert story.kernel.blk.rq(0, 1).started is joins
