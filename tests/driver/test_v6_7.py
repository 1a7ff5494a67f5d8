"""6.7 to 6.14: the exit work cancels. The three races, each with its trace, and what the fixed one does then."""

import pytest
from driver.block import RequestState
from driver.device import DeviceState
from driver.errors import About, DoubleCompletion, NullDereference, UseAfterFree, Warn
from driver.future import rings_go, stop_returns

from driver import judge

from .story import DEAD, LIVE, Story
from .test_all_states import everything_wrong

QUEUED = "queue_rq.canceling_test 0 0 \n queue_rq.start 0 0 \n queue_rq.hand_over 0 0"
CANCELLED = "cancel_fn.abort_requests old 0 0 \n cancel_fn.cancel_cmd old 0 0"
#: A request whose command is on the fallback list: queue_rq() began before the server died.
FELL_BACK = f"queue_rq.canceling_test 0 0 {DEAD} queue_rq.start 0 0 \n queue_rq.hand_over 0 0"
QUIESCED = """
    quiesce_work.begin
    quiesce_work.quiesce_dev.quiesce
    quiesce_work.quiesce_dev.wait_idle
    quiesce_work.quiesce_dev.mark
    quiesce_work.unlock
"""
START = "start_recovery.reset \n start_recovery.reset_cmds"
FETCHED = "open \n fetch.fetch new 0 0 \n fetch.mark_ready new 0 0"
PASS = "quiesce_work.cancel_dev.test 0 0 \n quiesce_work.cancel_dev.claim 0 0 \n quiesce_work.cancel_dev.complete 0 0"

MERGED = ["v6.7-fixed", "v6.7-canceling", "v6.7-cancel", "v6.7-late-cancel", "v6.12.117", "v6.12.113"]
LATE = ["v6.7-late-cancel", "v6.12.117", "v6.12.113"]


@pytest.mark.parametrize("revision", MERGED)
def test_a_recovery(revision):
    marked = (
        "cancel_fn.quiesce old 0 0 \n cancel_fn.cancel_cmd" if revision == "v6.7-canceling" else "cancel_fn.cancel_cmd"
    )
    story = Story(revision).goes(LIVE, QUEUED, "deliver old 0 0 \n commit old 0 0", DEAD)
    story.goes(CANCELLED.replace("cancel_fn.cancel_cmd", marked), "queue_rq.canceling_test 0 0")
    assert story.kernel.blk.rq(0, 0).state is RequestState.PARKED
    story.goes(QUIESCED)
    if revision in LATE:
        story.goes("quiesce_work.cancel_dev.test 0 0 \n quiesce_work.cancel_dev.claim 0 0")
    story.goes("reap old 0 0 \n release old", START, FETCHED, "end_recovery", QUEUED, "deliver new 0 0")
    assert story.kernel.ub.state is DeviceState.LIVE and story.kernel.ub.queues[0].ios[0].owned
    for rule in (judge.queued_is_held, judge.held_is_active, judge.live_is_served, judge.quiesce_is_balanced):
        rule(story.kernel)
    judge.nothing_waits(story.kernel)
    stop_returns(story.run)
    rings_go(story.run)


class TestTheExitWork:
    def test_a_started_request_s_command_is_left_to_its_callback(self):
        story = Story("v6.7-fixed").goes(LIVE, FELL_BACK, CANCELLED)
        assert story.kernel.command("old", 0, 0).held
        story.refuses("cancel_fn.abort_requests old 0 0", "reap old 0 0").goes("run_fallback.callback old 0 0")
        story.goes("cancel_fn.abort_requests old 0 0").refuses("cancel_fn.cancel_cmd old 0 0").goes("reap old 0 0")
        assert story.kernel.command("old", 0, 0).freed

    def test_the_mark_waits_for_queue_rq(self):
        story = Story("v6.7-fixed").goes(LIVE, "queue_rq.canceling_test 0 0", "exit old 0")
        story.refuses("cancel_fn.abort_requests old 0 0").goes("queue_rq.start 0 0 \n queue_rq.hand_over 0 0")
        story.goes(CANCELLED, "run_task_list.callback old 0 0 \n cancel_fn.abort_requests old 0 0")

    def test_uring_lock_keeps_others_out(self):
        """One call at a time for each ring, no callback of the fallback work, no reaping."""
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        story = Story("v6.7-fixed", N=2).goes(fetched, "start_dev", FELL_BACK, "cancel_fn.abort_requests old 0 1")
        story.refuses("run_fallback.callback old 0 0", "cancel_fn.abort_requests old 0 0")
        story.goes("cancel_fn.cancel_cmd old 0 1").refuses("reap old 0 0").goes("run_fallback.callback old 0 0")
        story.goes("cancel_fn.abort_requests old 0 0 \n reap old 0 0")

    def test_what_was_with_the_server_is_disposed_of_by_the_first_call(self):
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        for reissue, state in ((False, RequestState.FREE), (True, RequestState.PARKED)):
            story = Story("v6.7-fixed", N=2, REISSUE=reissue).goes(fetched, "start_dev", QUEUED, "deliver old 0 0")
            story.goes(DEAD, "cancel_fn.abort_requests old 0 1")
            assert story.kernel.blk.rq(0, 0).state is state

    def test_a_half_fetched_queue_has_no_daemon(self):
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        story = Story("v6.7-fixed", N=2).goes(fetched, "start_dev", DEAD, CANCELLED, "cancel_fn.abort_requests old 0 1")
        story.goes(QUIESCED, "release old", START, FETCHED, "exit new 0")
        story.refuses("cancel_fn.abort_requests new 0 0", "release new", "start_recovery.reset")
        assert story.kernel.command("new", 0, 0).held

    def test_a_living_ring_is_not_cancelled(self):
        Story("v6.7-fixed").goes(LIVE).refuses("cancel_fn.abort_requests old 0 0", "cancel_fn.quiesce old 0 0")

    def test_a_dead_device_has_nothing_to_mark(self):
        story = Story("v6.7-fixed").goes(LIVE, "stop.begin \n stop.quiesce_dev.quiesce \n stop.quiesce_dev.wait_idle")
        story.goes("stop.quiesce_dev.mark \n stop.unquiesce \n stop.del_gendisk \n exit old 0")
        story.goes("cancel_fn.abort_requests old 0 0 \n reap old 0 0").refuses("cancel_fn.cancel_cmd old 0 0")
        story.goes("stop.pass \n stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n stop.stop_works")
        assert not story.kernel.ub.queues[0].canceling


class TestTheTimeout:
    SATURATED = LIVE + QUEUED + "\n deliver old 0 0"

    def test_it_finds_a_server_that_has_all(self):
        story = Story("v6.7-fixed").goes(self.SATURATED).refuses("timeout 0")
        story.goes(DEAD).refuses("cancel_fn.abort_requests old 0 0").goes("timeout 0").refuses("timeout 0")
        assert story.kernel.blk.rq(0, 0).state is RequestState.FREE
        story.goes("queue_rq.canceling_test 0 0", QUIESCED, "release old", START, FETCHED, "end_recovery", QUEUED)

    def test_it_leaves_active_slots_to_the_exit_work(self):
        Story("v6.7-fixed").goes(LIVE, FELL_BACK).refuses("timeout 0").goes(CANCELLED)

    def test_it_waits_for_queue_rq(self):
        fetched = "".join(f"fetch.fetch old {q} 0 \n fetch.mark_ready old {q} 0 \n" for q in (0, 1))
        story = Story("v6.7-fixed", Q=2).goes(fetched, "start_dev", QUEUED, "deliver old 0 0 \n exit old 0")
        story.goes("queue_rq.canceling_test 1 0").refuses("timeout 0", "timeout 1")
        story.goes("queue_rq.start 1 0 \n queue_rq.hand_over 1 0 \n timeout 0")


class TestStart:
    def test_it_takes_the_mark_and_the_claims_back(self):
        story = Story("v6.7-fixed").goes(LIVE, DEAD, CANCELLED, QUIESCED, "release old \n start_recovery.reset")
        ubq = story.kernel.ub.queues[0]
        assert not ubq.canceling and not ubq.ios[0].canceled and ubq.ios[0].cmd is not None
        assert story.goes("start_recovery.reset_cmds").kernel.ub.queues[0].ios[0].cmd is None
        story.refuses("start_recovery.reset")

    def test_it_drops_a_daemon_that_a_half_fetched_device_does_not_have(self):
        """As seen on a 6.12.117 with two CPUs."""
        fetched = "".join(f"fetch.fetch old {q} 0 \n fetch.mark_ready old {q} 0 \n" for q in (0, 1))
        dead = "".join(f"exit old {q} \n close_task_list old {q} \n" for q in (0, 1))
        story = Story("v6.7-two-queues").goes(fetched, "start_dev", dead, CANCELLED, CANCELLED.replace("0 0", "1 0"))
        story.goes(QUIESCED, "reap old 0 0 \n reap old 1 0 \n release old", START, FETCHED, "exit new 0 \n exit new 1")
        story.goes(CANCELLED.replace("old", "new"), "reap new 0 0 \n release new")
        with pytest.raises(NullDereference) as raised:
            story.goes("start_recovery.reset")
        assert raised.value.about is About.DAEMON


class TestCanceling:
    """CVE-2025-22068."""

    FETCHED2 = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))

    def test_a_second_ring_does_not_wait(self):
        story = Story("v6.7-canceling-two-rings").goes(self.FETCHED2, "start_dev \n queue_rq.canceling_test 0 0")
        story.goes(DEAD, "cancel_fn.abort_requests old 0 1").refuses("cancel_fn.quiesce old 0 1")
        story.goes("cancel_fn.abort_requests old 0 0 \n queue_rq.start 0 0 \n reap old 0 0")
        with pytest.raises(UseAfterFree, match=r"touched by ublk_queue_cmd\(\) in blk-mq(?s:.*)freed by io_ring_exit"):
            story.goes("queue_rq.hand_over 0 0")

    def test_the_command_is_on_a_list_and_completed(self):
        story = Story("v6.7-canceling-two-rings").goes(self.FETCHED2, "start_dev \n queue_rq.canceling_test 0 0")
        story.goes("exit old 0 \n cancel_fn.abort_requests old 0 1 \n cancel_fn.abort_requests old 0 0")
        story.goes("queue_rq.start 0 0 \n queue_rq.hand_over 0 0")
        assert story.kernel.warnings == {Warn.HANDED_OVER_STALE}

    def test_fixed_the_first_call_waits_before_it_marks(self):
        story = Story("v6.7-fixed", N=2, RINGS=2).goes(self.FETCHED2, "start_dev \n queue_rq.canceling_test 0 0")
        story.goes(DEAD).refuses("cancel_fn.abort_requests old 0 1", "cancel_fn.abort_requests old 0 0")

    def test_it_marks_without_a_disk(self):
        story = Story("v6.7-canceling").goes(LIVE, "stop.begin \n stop.quiesce_dev.quiesce")
        story.goes("stop.quiesce_dev.wait_idle \n stop.quiesce_dev.mark \n stop.unquiesce \n stop.del_gendisk")
        story.goes("exit old 0 \n cancel_fn.abort_requests old 0 0").refuses("cancel_fn.quiesce old 0 0")
        assert story.kernel.ub.queues[0].canceling and not story.kernel.command("old", 0, 0).held

    def test_the_timeout_marks_in_one_go(self):
        story = Story("v6.7-canceling").goes(LIVE, QUEUED, "deliver old 0 0", DEAD, "timeout 0")
        assert story.kernel.blk.rq(0, 0).state is RequestState.FREE


@pytest.mark.parametrize("revision", ["v6.7-cancel", "v6.12.113"])
def test_a_command_on_the_task_s_list_is_completed_and_freed(revision):
    """CVE-2025-37906, the mail's bug again."""
    story = Story(revision).goes(LIVE, QUEUED, "exit old 0", CANCELLED, "reap old 0 0")
    with pytest.raises(UseAfterFree, match="tctx_task_work") as raised:
        story.goes("run_task_list.callback old 0 0")
    assert "completed by ublk_cancel_cmd < ublk_uring_cmd_cancel_fn() in the ring exit work" in str(raised.value)


def test_the_fallback_list_keeps_a_ring_from_freeing():
    story = Story("v6.7-cancel").goes(LIVE, FELL_BACK, CANCELLED)
    assert not story.kernel.command("old", 0, 0).held
    story.refuses("reap old 0 0").goes("run_fallback.callback old 0 0 \n reap old 0 0")


class TestLatePass:
    """SPDK issue 3384."""

    def late(self, revision: str) -> Story:
        story = Story(revision).goes(LIVE, DEAD, CANCELLED, QUIESCED, "release old \n quiesce_work.cancel_dev.test 0 0")
        return story.goes("start_recovery.reset")

    @pytest.mark.parametrize("revision", LATE)
    def test_it_completes_nothing(self, revision):
        story = self.late(revision).goes("start_recovery.reset_cmds \n quiesce_work.cancel_dev.claim 0 0")
        with pytest.raises(NullDereference, match=r"io->cmd(?s:.*)ublk_cancel_queue"):
            story.goes("quiesce_work.cancel_dev.complete 0 0")

    @pytest.mark.parametrize("revision", LATE)
    def test_it_completes_the_old_command_once_more(self, revision):
        with pytest.raises(DoubleCompletion):
            self.late(revision).goes("quiesce_work.cancel_dev.claim 0 0 \n quiesce_work.cancel_dev.complete 0 0")

    @pytest.mark.parametrize("revision", LATE)
    def test_it_completes_the_new_server_s(self, revision):
        story = self.late(revision).goes("start_recovery.reset_cmds", FETCHED, "quiesce_work.cancel_dev.claim 0 0")
        story.goes("quiesce_work.cancel_dev.complete 0 0")
        assert story.kernel.warnings == {Warn.COMPLETED_NEW_SERVER}

    def test_fixed_there_is_none(self):
        story = Story("v6.7-fixed").goes(LIVE, DEAD, CANCELLED, QUIESCED)
        story.refuses("quiesce_work.cancel_dev.test 0 0").goes("release old", START)

    def test_its_test_leaves_a_started_request_alone(self):
        """A pass so late that the new server has I/O: f40139fde527 is in its test."""
        story = Story("v6.12.117").goes(LIVE, DEAD, CANCELLED, QUIESCED, "release old", START, FETCHED, "end_recovery")
        story.goes(QUEUED, "quiesce_work.cancel_dev.test 0 0").refuses("quiesce_work.cancel_dev.claim 0 0")
        story = Story("v6.12.113").goes(LIVE, DEAD, CANCELLED, QUIESCED, "release old", START, FETCHED, "end_recovery")
        story.goes(QUEUED, PASS)
        with pytest.raises(DoubleCompletion):
            story.goes("deliver new 0 0")


def test_nothing_is_wrong():
    assert everything_wrong("v6.7-fixed") == set()
