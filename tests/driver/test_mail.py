"""The nine steps of the mail of 29 Aug 2022, and what each proposal makes of them."""

import pytest
from driver.errors import UseAfterFree
from driver.io_uring import Queued

from .story import DEAD, LIVE, Story

# (1) one tag, one queue; (2) the slot is ACTIVE; (3) a request comes, and the daemon is seen alive;
# (4) the server crashes; (5) its command goes to the fallback list.
ONE_TO_FIVE = f"""
    {LIVE}
    queue_rq.start 0 0
    queue_rq.dying_test 0 0
    {DEAD}
    queue_rq.hand_over 0 0
"""

# (7) the abort work completes the command; (8) the ring's exit work frees it.
QUIESCE = """
    monitor.look
    quiesce_work.begin
    quiesce_work.quiesce_dev.quiesce
"""
SEVEN_AND_EIGHT = f"""
    {QUIESCE}
    quiesce_work.quiesce_dev.mark
    reap old 0 0
"""


def test_the_nine_steps_end_in_a_use_after_free():
    story = Story("strawman").goes(ONE_TO_FIVE)
    assert story.kernel.command("old", 0, 0).queued is Queued.FALLBACK
    story.goes(SEVEN_AND_EIGHT)
    with pytest.raises(UseAfterFree) as raised:  # (9) the fallback work runs
        story.goes("run_fallback.callback old 0 0")
    assert str(raised.value).splitlines() == [
        "use-after-free of the command of tag 0 of queue 0 of the old server (io_kiocb)",
        "  touched by io_fallback_req_func() in the fallback work",
        "  allocated by ublk_ch_uring_cmd() in the server old/0",
        "  sent by ublk_ch_uring_cmd() in the server old/0",
        "  queued by ublk_queue_cmd() in blk-mq",
        "  completed by ublk_cancel_queue() in the quiesce work",
        "  freed by io_ring_exit_work() in the ring exit work",
    ]


def test_the_dying_task_itself_may_run_into_it():
    story = Story("strawman").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n exit old 0")
    story.goes("queue_rq.hand_over 0 0", SEVEN_AND_EIGHT)
    with pytest.raises(UseAfterFree, match="touched by tctx_task_work"):
        story.goes("run_task_list.callback old 0 0")


def test_start_runs_into_it_if_it_completes_every_command():
    story = Story("start-completes").goes(LIVE, "queue_rq.start 0 0", DEAD, "queue_rq.hand_over 0 0")
    story.goes("start_recovery.reset \n start_recovery.recover \n reap old 0 0")
    with pytest.raises(UseAfterFree, match="completed by ublk_queue_reinit"):
        story.goes("run_fallback.callback old 0 0")


@pytest.mark.parametrize("revision", ["ming", "v6.1", "v4"])
def test_the_wait_is_for_the_callback(revision):
    story = Story(revision).goes(ONE_TO_FIVE, QUIESCE)
    story.refuses("quiesce_work.quiesce_dev.wait_idle", "quiesce_work.quiesce_dev.mark", "reap old 0 0")
    story.goes("run_fallback.callback old 0 0 \n quiesce_work.quiesce_dev.wait_idle \n quiesce_work.quiesce_dev.mark")
    story.goes("reap old 0 0")


def test_a_flush_does_as_well_after_the_quiesce():
    story = Story("flush-first").goes(ONE_TO_FIVE, QUIESCE).refuses("quiesce_work.quiesce_dev.flush")
    story.goes("run_fallback.callback old 0 0 \n quiesce_work.quiesce_dev.flush \n quiesce_work.quiesce_dev.mark")


def test_a_flush_waits_for_the_dying_tasks_own_list():
    story = Story("flush-first").goes(LIVE, "exit old 0", QUIESCE).refuses("quiesce_work.quiesce_dev.flush")
    story.goes("close_task_list old 0 \n quiesce_work.quiesce_dev.flush")


def test_a_flush_before_the_quiesce_is_too_early():
    story = Story("flush-before-quiesce").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0", DEAD)
    story.goes("monitor.look \n quiesce_work.begin \n quiesce_work.quiesce_dev.flush \n queue_rq.hand_over 0 0")
    story.goes("quiesce_work.quiesce_dev.quiesce \n quiesce_work.quiesce_dev.mark \n reap old 0 0")
    with pytest.raises(UseAfterFree, match="touched by io_fallback_req_func"):
        story.goes("run_fallback.callback old 0 0")


def test_a_flush_of_the_fallback_work_alone_forgets_the_tasks_list():
    story = Story("flush-list-open").goes(LIVE, "queue_rq.start 0 0 \n queue_rq.dying_test 0 0 \n exit old 0")
    story.goes("queue_rq.hand_over 0 0", QUIESCE, "quiesce_work.quiesce_dev.flush \n quiesce_work.quiesce_dev.mark")
    story.goes("reap old 0 0")
    with pytest.raises(UseAfterFree, match="touched by tctx_task_work"):
        story.goes("run_task_list.callback old 0 0")


def test_the_callback_may_complete_its_command_itself():
    story = Story("always-complete").goes(ONE_TO_FIVE, QUIESCE, "quiesce_work.quiesce_dev.mark")
    assert story.kernel.command("old", 0, 0).held
    story.refuses("reap old 0 0", "release old").goes("run_fallback.callback old 0 0 \n reap old 0 0 \n release old")


def test_start_leaves_what_is_on_a_list_to_its_callback():
    story = Story("rfc-v1").goes(LIVE, "queue_rq.start 0 0", DEAD, "queue_rq.hand_over 0 0")
    story.goes("start_recovery.reset \n start_recovery.recover").refuses("reap old 0 0", "release old")
    story.goes("run_fallback.callback old 0 0 \n reap old 0 0 \n release old \n open")
