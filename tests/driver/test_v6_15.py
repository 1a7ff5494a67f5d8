"""6.15: the last close does the aborting; a claim outlives its server, and what that leads to."""

import pytest
from driver.block import RequestState
from driver.device import DeviceState
from driver.errors import BrokenState, DoubleCompletion, NullDereference, UseAfterFree
from driver.future import rings_go, stop_returns

from driver import judge

from .story import DEAD, LIVE, Story
from .test_all_states import everything_wrong

QUEUED = "queue_rq.start 0 0 \n queue_rq.canceling_test 0 0 \n queue_rq.hand_over 0 0"
CANCELLED = "cancel_fn.abort_requests old 0 0 \n cancel_fn.cancel_cmd old 0 0"
CLOSED = "ch_release.abort old \n ch_release.mark old \n ch_release.reset old"
OPEN = "start_recovery.reset \n open"
FETCHED = "fetch.fetch new 0 0 \n fetch.mark_ready new 0 0"
STOPPED = "stop.begin \n stop.quiesce_dev.quiesce \n stop.unquiesce \n stop.del_gendisk \n stop.pass"
CLAIM = "stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0"
FETCHED2 = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
BOTH = ["v6.15", "v6.15-fixed"]


@pytest.mark.parametrize("revision", BOTH)
def test_a_recovery(revision):
    story = Story(revision).goes(LIVE, QUEUED, "deliver old 0 0 \n commit old 0 0")
    story.goes("queue_rq.start 0 0 \n queue_rq.canceling_test 0 0", DEAD, "queue_rq.hand_over 0 0")
    story.goes("run_fallback.callback old 0 0", CANCELLED, "reap old 0 0", CLOSED)
    story.goes("queue_rq.start 0 0 \n queue_rq.canceling_test 0 0")
    assert story.kernel.blk.rq(0, 0).state is RequestState.PARKED
    story.goes(OPEN, FETCHED).refuses("queue_rq.start 0 0").goes("end_recovery", QUEUED, "deliver new 0 0")
    assert story.kernel.ub.state is DeviceState.LIVE and story.kernel.ub.queues[0].ios[0].owned
    for rule in (judge.queued_is_held, judge.held_is_active, judge.live_is_served, judge.quiesce_is_balanced):
        rule(story.kernel)
    judge.nothing_waits(story.kernel)
    stop_returns(story.run)
    rings_go(story.run)


class TestIo:
    def test_every_request_has_its_own_callback(self):
        story = Story("v6.15", N=2).goes(FETCHED2, "start_dev", QUEUED, QUEUED.replace("0 0", "0 1"))
        story.goes("deliver old 0 1 \n commit old 0 1 \n deliver old 0 0")
        assert [io.owned for io in story.kernel.ub.ios()] == [True, False]

    def test_the_mark_waits_for_queue_rq(self):
        story = Story("v6.15").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.canceling_test 0 0", DEAD)
        story.refuses("cancel_fn.abort_requests old 0 0").goes("queue_rq.hand_over 0 0", CANCELLED)
        assert story.kernel.command("old", 0, 0).held  # its request is started
        story.refuses("cancel_fn.abort_requests old 0 0").goes("run_fallback.callback old 0 0")
        story.goes("cancel_fn.abort_requests old 0 0", CLOSED)

    def test_the_exit_work_leaves_requests_alone(self):
        story = Story("v6.15", N=2).goes(FETCHED2, "start_dev", QUEUED, "deliver old 0 0", DEAD)
        story.goes("cancel_fn.abort_requests old 0 1 \n cancel_fn.cancel_cmd old 0 1")
        assert story.kernel.blk.rq(0, 0).started
        story.goes("ch_release.abort old")
        assert not story.kernel.blk.rq(0, 0).started

    def test_one_mark_for_all_queues(self):
        fetched = "".join(f"fetch.fetch old {q} 0 \n fetch.mark_ready old {q} 0 \n" for q in (0, 1))
        story = Story("v6.15", Q=2).goes(fetched, "start_dev \n exit old 0", CANCELLED)
        story.goes("queue_rq.start 1 0 \n queue_rq.canceling_test 1 0").refuses("queue_rq.hand_over 1 0")

    def test_no_work_and_no_timeout(self):
        story = Story("v6.15").goes(LIVE, QUEUED, "deliver old 0 0", DEAD)
        story.refuses("timeout 0", "quiesce_work.begin", "monitor.look", "release old").goes("ch_release.abort old")


class TestTheLastClose:
    SATURATED = LIVE + QUEUED + "\n deliver old 0 0" + DEAD

    def test_it_waits_for_pending_commands(self):
        story = Story("v6.15").goes(LIVE).refuses("ch_release.abort old").goes("exit old 0")
        story.refuses("ch_release.abort old").goes(CANCELLED, CLOSED).refuses("ch_release.abort old")
        story = Story("v6.15", FIXED_FILE=True).goes(LIVE, "exit old 0", CANCELLED).refuses("ch_release.abort old")
        story.goes("reap old 0 0", CLOSED)

    def test_a_server_that_had_all_is_noticed_here(self):
        """Nothing was cancelled, so the mark is set here."""
        story = Story("v6.15").goes(self.SATURATED, "ch_release.abort old")
        assert story.kernel.blk.rq(0, 0).state is RequestState.FREE and story.kernel.ub.queues[0].canceling
        story = Story("v6.15", REISSUE=True).goes(self.SATURATED, "ch_release.abort old")
        story.goes("queue_rq.start 0 0 \n queue_rq.canceling_test 0 0")
        assert story.kernel.blk.rq(0, 0).state is RequestState.PARKED

    def test_stop_that_holds_the_mutex_is_helped(self):
        story = Story("v6.15").goes(self.SATURATED, "stop.begin \n stop.quiesce_dev.quiesce")
        story.refuses("stop.quiesce_dev.wait_idle").goes("ch_release.abort old").refuses("ch_release.mark old")
        story.goes("stop.quiesce_dev.wait_idle \n stop.unquiesce \n stop.del_gendisk \n ch_release.mark old")
        assert story.kernel.ub.state is DeviceState.DEAD
        story.goes("ch_release.reset old \n stop.pass \n stop.cancel_dev.test 0 0").refuses("stop.stop_works")
        judge.dead_is_quiet(story.kernel)

    def test_the_state_moves_while_the_queue_is_quiesced(self):
        story = Story("v6.15").goes(self.SATURATED, "ch_release.abort old \n queue_rq.start 0 0")
        story.refuses("ch_release.mark old").goes("queue_rq.canceling_test 0 0 \n ch_release.mark old")
        judge.quiesce_is_balanced(story.kernel)

    def test_without_a_disk_it_only_forgets(self):
        story = Story("v6.15").goes(LIVE, "stop.begin \n stop.quiesce_dev.quiesce \n stop.quiesce_dev.wait_idle")
        story.goes("stop.unquiesce \n stop.del_gendisk \n exit old 0 \n cancel_fn.abort_requests old 0 0")
        story.goes("ch_release.abort old").refuses("ch_release.mark old").goes("ch_release.reset old")
        assert story.kernel.ub.state is DeviceState.DEAD and story.kernel.ub.opened_by is None

    def test_what_it_forgets_and_what_it_keeps(self):
        story = Story("v6.15").goes(LIVE, DEAD, CANCELLED, CLOSED)
        ubq = story.kernel.ub.queues[0]
        io = ubq.ios[0]
        assert (io.active, io.cmd, ubq.ubq_daemon, ubq.nr_io_ready) == (False, None, None, 0)
        assert io.canceled and ubq.canceling
        story.goes(OPEN, "fetch.fetch new 0 0")
        assert io.canceled and ubq.canceling
        story.goes("fetch.mark_ready new 0 0")
        assert not io.canceled and not ubq.canceling


class TestEnd:
    def test_it_comes_from_who_has_the_device_open(self):
        story = Story("v6.15").goes(LIVE, DEAD, CANCELLED, CLOSED, OPEN).refuses("end_recovery").goes(FETCHED)
        story.goes("exit new 0", CANCELLED.replace("old", "new"), CLOSED.replace("old", "new")).refuses("end_recovery")
        story.goes("start_recovery.reset").refuses("open")

    def test_it_may_come_while_the_new_server_is_forgotten(self):
        """Between the two last steps of a close: the device goes live without a server. STOP_DEV helps."""
        story = Story("v6.15").goes(LIVE, DEAD, CANCELLED, CLOSED, OPEN, FETCHED, "exit new 0")
        story.goes(CANCELLED.replace("old", "new"), "ch_release.abort new \n ch_release.mark new \n end_recovery")
        judge.live_is_served(story.kernel)
        story.goes("ch_release.reset new").refuses("start_recovery.reset")
        with pytest.raises(BrokenState):
            judge.live_is_served(story.kernel)
        stop_returns(story.run)


class TestClaims:
    """STOP_DEV between two FETCH_REQ, or the halves of one: the last takes the claims away."""

    #: The old server's slot was with it, so that it was not claimed; the pass has claimed the new one's.
    CLAIMED = (LIVE, QUEUED, "deliver old 0 0", DEAD, CLOSED, OPEN, "fetch.fetch new 0 0", STOPPED, CLAIM)

    def test_another_stop_completes_it_again(self):
        story = Story("v6.15").goes(*self.CLAIMED, "stop.cancel_dev.complete 0 0 \n fetch.mark_ready new 0 0")
        story.goes("stop.begin \n stop.pass \n stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0")
        with pytest.raises(DoubleCompletion):
            story.goes("stop.cancel_dev.complete 0 0")

    def test_the_exit_work_completes_it_first(self):
        dead = "fetch.mark_ready new 0 0 \n exit new 0 \n cancel_fn.abort_requests new 0 0"
        closed = "ch_release.abort new \n ch_release.reset new"
        for then, error in (("", DoubleCompletion), ("reap new 0 0", UseAfterFree), (closed, NullDereference)):
            story = Story("v6.15").goes(*self.CLAIMED, dead, then)
            with pytest.raises(error):
                story.goes("stop.cancel_dev.complete 0 0")

    def test_fixed_a_claim_takes_the_command(self):
        story = Story("v6.15-fixed").goes(*self.CLAIMED)
        io = story.kernel.ub.queues[0].ios[0]
        assert io.cmd is None and io.canceled and not story.kernel.command("new", 0, 0).held
        story.refuses("stop.cancel_dev.complete 0 0").goes("fetch.mark_ready new 0 0 \n stop.begin \n stop.pass")
        story.goes("stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0")
        assert not io.canceled  # a slot without a command is left alone
        story.goes("exit new 0").refuses("cancel_fn.abort_requests new 0 0").goes("ch_release.abort new")

    def test_fixed_the_exit_work_takes_it_as_well(self):
        story = Story("v6.15-fixed").goes(LIVE, DEAD, CANCELLED)
        assert story.kernel.ub.queues[0].ios[0].cmd is None

    def test_a_half_fetched_queue_keeps_the_claims_of_the_last_server(self):
        """CVE-2026-53124."""
        story = Story("v6.15-partial-fetch").goes(FETCHED2, "start_dev", DEAD, CANCELLED)
        story.goes("cancel_fn.abort_requests old 0 1", CLOSED, OPEN, FETCHED, "exit new 0")
        story.refuses("cancel_fn.abort_requests new 0 0").goes(STOPPED)
        story.goes("stop.cancel_dev.test 0 0 \n stop.cancel_dev.claim 0 0 \n stop.cancel_dev.test 0 1")
        assert story.kernel.command("new", 0, 0).held
        story.refuses("cancel_fn.abort_requests new 0 0", "ch_release.abort new", "queue_rq.start 0 0")

    def test_a_slot_that_was_not_claimed_is_cancelled(self):
        """Its last command had gone to the old server with a request."""
        story = Story("v6.15-fixed", N=2).goes(FETCHED2, "start_dev", QUEUED, "deliver old 0 0", DEAD)
        story.goes("cancel_fn.abort_requests old 0 1 \n cancel_fn.cancel_cmd old 0 1", CLOSED, OPEN, FETCHED)
        story.goes("exit new 0 \n cancel_fn.abort_requests new 0 0 \n ch_release.abort new")


def test_nothing_is_wrong():
    assert everything_wrong("v6.15-fixed") == set()
