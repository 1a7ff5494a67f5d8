"""What goes well: a recovery, a stop, and what waits for what, in 6.1.0."""

from driver.block import RequestState
from driver.device import DeviceState
from driver.future import Run, can_reach, rings_go, stop_returns
from driver.revisions import machine

from driver import judge

from .story import DEAD, LIVE, QUIESCED, RECOVERED, Story

SERVED = "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0 \n deliver {g} 0 0 \n commit {g} 0 0"


def test_a_recovery():
    story = Story("v6.1").goes(LIVE, SERVED.format(g="old"), DEAD, QUIESCED, RECOVERED, SERVED.format(g="new"))
    assert story.kernel.ub.state is DeviceState.LIVE
    story.goes("reap old 0 0")
    assert story.kernel.ring("old", 0, 0).drained
    for rule in (judge.queued_is_held, judge.held_is_active, judge.live_is_served, judge.quiesce_is_balanced):
        rule(story.kernel)
    stop_returns(story.run)
    rings_go(story.run)


def test_what_was_with_the_server_fails_or_is_issued_again():
    lost = LIVE + SERVED.format(g="old").rpartition("\n")[0] + DEAD + "monitor.look \n monitor.abort"
    assert Story("v6.1").goes(lost).kernel.blk.rq(0, 0).state is RequestState.FREE
    story = Story("v6.1", REISSUE=True).goes(lost)
    assert story.kernel.blk.rq(0, 0).state is RequestState.PARKED
    rest = QUIESCED.partition("monitor.abort")[2]
    story.goes(rest).refuses("queue_rq.start 0 0")
    assert story.goes(RECOVERED).kernel.blk.rq(0, 0).state is RequestState.FREE


def test_who_waits_for_whom():
    begun = QUIESCED.partition("quiesce_work.quiesce_dev.quiesce")[0]
    story = Story("v6.1").goes(LIVE, "queue_rq.start 0 0", DEAD, begun)
    story.refuses("quiesce_work.quiesce_dev.quiesce", "stop.begin", "start_recovery.reset", "quiesce_work.begin")
    story.goes("queue_rq.dying_test 0 0 \n quiesce_work.quiesce_dev.quiesce").refuses("queue_rq.start 0 0")
    story.goes("quiesce_work.quiesce_dev.wait_idle \n quiesce_work.quiesce_dev.mark \n monitor.look")
    story.refuses("quiesce_work.quiesce_dev.stop_monitor").goes("monitor.abort")
    story.goes("quiesce_work.quiesce_dev.stop_monitor").refuses("monitor.look", "stop.begin")
    story.goes("quiesce_work.unlock").refuses("start_recovery.reset")  # EBUSY: still open
    story.goes("release old \n start_recovery.reset")


def test_stop_of_a_live_device():
    story = Story("v6.1").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0")
    story.goes("stop.begin \n stop.quiesce_dev.quiesce").refuses("stop.quiesce_dev.wait_idle", "stop.begin")
    story.goes("deliver old 0 0 \n commit old 0 0 \n stop.quiesce_dev.wait_idle \n stop.quiesce_dev.mark")
    story.goes("stop.quiesce_dev.stop_monitor \n stop.unquiesce").refuses("queue_rq.start 0 0")
    story.goes("stop.del_gendisk \n stop.stop_works \n stop.begin \n stop.stop_works")
    judge.dead_is_quiet(story.kernel)
    assert not story.kernel.command("old", 0, 0).held


def test_stop_between_start_and_end():
    story = Story("v6.1").goes(LIVE, DEAD, QUIESCED, RECOVERED.rpartition("end_recovery")[0])
    story.goes("stop.begin \n stop.unquiesce \n stop.del_gendisk").refuses("end_recovery")
    assert not story.kernel.command("new", 0, 0).held
    story.goes("stop.stop_works")


def test_servers_fetch_in_order_and_once():
    story = Story("v6.1", N=2).refuses("fetch.fetch old 0 1", "start_dev", "exit old 0", "open", "fetch.fetch new 0 0")
    story.goes("fetch.fetch old 0 0").refuses("fetch.fetch old 0 1", "fetch.fetch old 0 0")
    story.goes("fetch.mark_ready old 0 0").refuses("start_dev")
    story.goes("fetch.fetch old 0 1 \n fetch.mark_ready old 0 1").refuses("queue_rq.start 0 0", "stop.begin")
    story.goes("start_dev").refuses("start_dev")


def test_a_thread_in_the_kernel_does_not_die():
    story = Story("v6.1").goes(LIVE, DEAD, QUIESCED, "start_recovery.reset \n open \n fetch.fetch new 0 0")
    story.refuses("exit new 0").goes("fetch.mark_ready new 0 0 \n exit new 0")
    Story("v6.1", CRASHES=0).goes(LIVE, DEAD, QUIESCED, "start_recovery.reset \n open").refuses("exit new 0")


def test_a_registered_file_keeps_the_device_open_as_long_as_its_ring():
    rest = QUIESCED.replace("release old", "")
    story = Story("v6.1", FIXED_FILE=True).goes(LIVE, DEAD, rest).refuses("release old")
    story.goes("reap old 0 0 \n release old")


def test_the_server_without_end():
    """One END for each START."""
    Story("v6.1").goes(LIVE, DEAD, QUIESCED, RECOVERED).refuses("end_recovery")


def test_every_queue_has_its_own_daemon():
    fetched = "".join(f"fetch.fetch old {q} 0 \n fetch.mark_ready old {q} 0 \n" for q in (0, 1))
    story = Story("v6.1", Q=2).goes(fetched, "start_dev \n exit old 1")
    story.goes("queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n queue_rq.hand_over 0 0 \n deliver old 0 0")
    story.goes("monitor.look \n monitor.abort").refuses("commit old 1 0")
    assert story.kernel.blk.rq(0, 0).started  # the monitor aborts dying queues only
    story.goes("commit old 0 0")


def test_the_search_for_a_way_leaves_the_run_alone():
    story = Story("v6.1").goes(LIVE, DEAD)
    before, taken = story.kernel.key(), list(story.run.taken)
    assert can_reach(story.run, lambda kernel: kernel.ub.opened_by == "new")
    assert not can_reach(Run(lambda: machine("v6.0", {})), lambda kernel: kernel.ub.opened_by == "new")
    assert story.kernel.key() == before and story.run.taken == taken
