"""Bugs that ublk had, or was spared, step by step."""

import pytest
from driver.block import RequestState
from driver.errors import BrokenState, DoubleCompletion, DoubleEnd, NullDereference, UseAfterFree, Warn
from driver.future import rings_go, stop_returns

from driver import judge

from .story import DEAD, LIVE, QUIESCED, RECOVERED, Story

SERVED = """
    queue_rq.start 0 0
    queue_rq.dying_test 0 0
    queue_rq.hand_over 0 0
"""


class TestReissue:
    """e6190dd0031d: a request of a slot whose request the monitor aborted."""

    STALE = f"{LIVE} {SERVED} \n deliver old 0 0 {DEAD} \n monitor.look \n monitor.abort \n reap old 0 0"
    AGAIN = "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 false"

    def test_the_stale_command_is_handed_over(self):
        story = Story("v6.0-rc").goes(self.STALE, self.AGAIN)
        with pytest.raises(UseAfterFree, match="touched by ublk_queue_cmd"):
            story.goes("queue_rq.hand_over 0 0")

    def test_the_flag_keeps_it(self):
        story = Story("v6.0").goes(self.STALE, self.AGAIN, "queue_rq.hand_over 0 0")
        assert story.kernel.blk.rq(0, 0).state is RequestState.FREE
        assert story.kernel.ub.monitor_work.pending

    def test_only_a_dying_task_can_be_missed(self):
        Story("v6.0-rc").goes(LIVE, "queue_rq.start 0 0").refuses("queue_rq.dying_test 0 0 false")

    @pytest.mark.parametrize("revision", ["v6.0-reliable", "v6.0-rc-reliable", "v6.1"])
    def test_elsewhere_it_is_never_missed(self, revision):
        story = Story(revision).goes(LIVE, "queue_rq.start 0 0", DEAD).refuses("queue_rq.dying_test 0 0 false")
        story.goes("queue_rq.dying_test 0 0").refuses("queue_rq.hand_over 0 0")

    def test_stop_ends_a_dead_server(self):
        story = Story("v6.0").goes(LIVE, DEAD, "stop.begin \n stop.del_gendisk \n stop.stop_works")
        assert not story.kernel.command("old", 0, 0).held
        story.goes("stop.begin \n stop.stop_works").refuses("stop.quiesce_dev.quiesce", "open", "end_recovery")


class TestRfcV1:
    def test_without_braces_a_command_is_completed_on_its_list(self):
        story = Story("rfc-v1-task-work").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.hand_over 0 0")
        with pytest.raises(BrokenState, match="is on a list"):
            judge.queued_is_held(story.kernel)
        with pytest.raises(DoubleCompletion, match="completed by ublk_queue_rq"):
            story.goes("deliver old 0 0")

    def test_there_is_no_way_out_when_the_new_server_dies_too(self):
        story = Story("rfc-v1").goes(
            LIVE, DEAD, "start_recovery.reset \n start_recovery.recover \n release old \n open"
        )
        stop_returns(story.run)
        story.goes("exit new 0").refuses("stop.begin", "start_recovery.reset")
        with pytest.raises(BrokenState, match="STOP_DEV never returns"):
            stop_returns(story.run)

    def test_start_takes_requests_back_and_end_runs_them(self):
        story = Story("rfc-v1").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.hand_over 0 0 \n deliver old 0 0", DEAD)
        story.refuses("monitor.look").goes("start_recovery.reset \n start_recovery.recover")
        assert story.kernel.blk.rq(0, 0).state is RequestState.FREE
        again = Story("rfc-v1", REISSUE=True)
        again.goes(
            LIVE, "queue_rq.start 0 0 \n queue_rq.hand_over 0 0 \n deliver old 0 0", DEAD
        )
        again.goes("start_recovery.reset \n start_recovery.recover")
        assert again.kernel.blk.rq(0, 0).state is RequestState.PARKED
        again.goes("release old \n open \n fetch.fetch new 0 0")
        again.goes("fetch.mark_ready new 0 0 \n end_recovery")
        assert again.kernel.blk.rq(0, 0).state is RequestState.FREE

    def test_stop_leaves_all_aborting_to_the_monitor(self):
        story = Story("rfc-v1").goes(LIVE, DEAD, "queue_rq.start 0 0 \n stop.begin \n monitor.look")
        story.refuses("monitor.abort", "stop.del_gendisk").goes("queue_rq.hand_over 0 0 \n monitor.abort")
        story.goes("stop.del_gendisk \n stop.stop_works").refuses("stop.begin", "reap old 0 0")
        story.goes("run_fallback.callback old 0 0 \n reap old 0 0")


class TestMing:
    def test_stop_of_a_live_device_may_hang(self):
        story = Story("ming").goes(LIVE, DEAD, "stop.begin \n queue_rq.start 0 0")
        stop_returns(Story("ming").goes(LIVE, DEAD).run)
        story.goes("queue_rq.dying_test 0 0").refuses("stop.del_gendisk", "quiesce_work.begin")
        with pytest.raises(BrokenState):
            stop_returns(story.run)

    @pytest.mark.parametrize("revision", ["ming-monitor-not-stopped", "v4"])
    def test_the_monitor_reads_a_daemon_that_is_gone(self, revision):
        quiesced = "\n".join(line for line in QUIESCED.splitlines() if "stop_monitor" not in line)
        story = Story(revision).goes(LIVE, DEAD, quiesced)
        if revision != "v4":
            story.goes("start_recovery.reset")
        with pytest.raises(NullDereference, match="ublk_daemon_monitor_work"):
            story.goes("monitor.look")

    def test_it_is_stopped_otherwise(self):
        Story("ming").goes(LIVE, DEAD, QUIESCED, "start_recovery.reset").refuses("monitor.look")

    def test_the_quiesce_work_leaves_living_servers_alone(self):
        again = "monitor.look \n monitor.abort \n quiesce_work.begin"
        rest = QUIESCED.partition("quiesce_work.begin")[2]
        story = Story("ming").goes(LIVE, DEAD, again, "monitor.look \n monitor.abort", rest, RECOVERED)
        assert story.kernel.ub.quiesce_work.pending
        story.goes("quiesce_work.begin").refuses("quiesce_work.quiesce_dev.quiesce")


class TestLinux61:
    def test_a_late_run_of_the_quiesce_work_completes_the_new_servers_commands(self):
        again = "monitor.look \n monitor.abort \n quiesce_work.begin \n monitor.look \n monitor.abort"
        rest = QUIESCED.partition("quiesce_work.begin")[2]
        story = Story("v6.1").goes(LIVE, DEAD, again, rest, RECOVERED, "quiesce_work.begin")
        story.goes(
            "quiesce_work.quiesce_dev.quiesce \n quiesce_work.quiesce_dev.wait_idle \n quiesce_work.quiesce_dev.mark"
        )
        assert story.kernel.warnings == {Warn.COMPLETED_NEW_SERVER}
        assert story.kernel.servers["new"].living

    def test_a_second_start_drops_a_daemon_twice(self):
        """e58f5142f883"""
        story = Story("v6.1").goes(LIVE, DEAD, QUIESCED, "start_recovery.reset")
        with pytest.raises(NullDereference, match="put_task_struct"):
            story.goes("start_recovery.reset")

    def test_end_at_any_time_makes_completed_commands_live(self):
        again = "monitor.look \n monitor.abort \n quiesce_work.begin \n monitor.look \n monitor.abort"
        rest = QUIESCED.partition("quiesce_work.begin")[2]
        late = "quiesce_work.begin" + rest.replace("release old", "end_recovery")
        for revision in ("v6.1", "v6.1-end-any-time"):
            story = Story(revision).goes(LIVE, DEAD, again, rest, RECOVERED)
            if revision == "v6.1":
                story.goes(late.replace("end_recovery", "")).refuses("end_recovery")
            else:
                story.goes(late, SERVED)
                assert Warn.HANDED_OVER_STALE in story.kernel.warnings
                with pytest.raises(DoubleCompletion):
                    story.goes("deliver new 0 0")

    def test_the_monitor_told_too_late(self):
        story = Story("v6.1-split-kick").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0", DEAD)
        story.goes("queue_rq.hand_over 0 0 \n run_fallback.callback old 0 0", QUIESCED, "run_fallback.kick old 0 0")
        story.goes("start_recovery.reset")
        with pytest.raises(NullDereference, match="ublk_daemon_monitor_work"):
            story.goes("monitor.look")

    def test_a_kick_between_the_halves_of_a_requeue_loses_the_request(self):
        story = Story("v6.1-three-steps").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0", DEAD)
        story.goes("queue_rq.hand_over 0 0 \n run_fallback.callback old 0 0", QUIESCED, RECOVERED)
        assert story.kernel.blk.rq(0, 0).state is RequestState.UNLISTED
        judge.nothing_waits(story.kernel)
        story.goes("run_fallback.list old 0 0")
        with pytest.raises(BrokenState, match="is parked on a live device"):
            judge.nothing_waits(story.kernel)

    def test_the_dying_task_stays_in_its_callback(self):
        story = Story("v6.1-split-kick").goes(LIVE, SERVED, "exit old 0 \n run_task_list.callback old 0 0")
        story.refuses("close_task_list old 0").goes("run_task_list.kick old 0 0 \n close_task_list old 0")

    def test_commands_of_a_half_fetched_queue_stay_pending(self):
        fetched = "".join(f"fetch.fetch old 0 {t} \n fetch.mark_ready old 0 {t} \n" for t in (0, 1))
        story = Story("v6.1-partial-fetch").goes(fetched, "start_dev", DEAD, QUIESCED)
        story.goes("start_recovery.reset \n open \n fetch.fetch new 0 0 \n fetch.mark_ready new 0 0 \n exit new 0")
        story.goes("stop.begin \n stop.unquiesce \n stop.del_gendisk \n stop.stop_works")
        assert story.kernel.command("new", 0, 0).held
        story.refuses("release new", "reap new 0 0", "queue_rq.start 0 0")
        with pytest.raises(BrokenState, match="never drained"):
            rings_go(story.run)

    def test_a_request_is_not_ended_twice(self):
        """6.1 does not look whether the request of a slot is started."""
        story = Story("v4").goes(LIVE, SERVED, "deliver old 0 0", DEAD, "monitor.look \n monitor.abort \n monitor.look")
        quiesced = "\n".join(line for line in QUIESCED.splitlines() if "monitor" not in line)
        story.goes(quiesced)
        with pytest.raises(DoubleEnd, match="__ublk_fail_req"):
            story.goes("monitor.abort")
