import pytest
from driver.block import Request, RequestQueue, RequestState
from driver.errors import DoubleCompletion, DoubleEnd, Site, UseAfterFree
from driver.io_uring import (
    CommandState,
    IoRingCtx,
    IoUringCmd,
    Queued,
    Thread,
    ThreadState,
    io_uring_cmd_complete_in_task,
    io_uring_cmd_done,
)
from driver.memory import Memory

HERE = Site("a test", "here")
THERE = Site("the ring exit work", "io_ring_exit_work")


def command() -> IoUringCmd:
    thread = Thread("old", 0)
    thread.state = ThreadState.ALIVE
    ring = IoRingCtx(thread, 0)
    made = IoUringCmd(ring, 0)
    ring.commands.append(made)
    return made


class TestMemory:
    def test_freed_memory_tells_its_history(self):
        memory = Memory("a thing")
        memory.allocate(HERE)
        memory.touch(HERE)
        memory.free(THERE)
        with pytest.raises(UseAfterFree) as raised:
            memory.touch(Site("the fallback work", "io_fallback_req_func"))
        assert str(raised.value).splitlines() == [
            "use-after-free of a thing",
            "  touched by io_fallback_req_func() in the fallback work",
            "  allocated by here() in a test",
            "  freed by io_ring_exit_work() in the ring exit work",
        ]

    def test_a_double_free_is_an_error(self):
        memory = Memory("a thing")
        memory.free(HERE)
        with pytest.raises(UseAfterFree):
            memory.free(HERE)

    def test_only_the_last_of_each_kind_is_told(self):
        memory = Memory("a thing")
        memory.note("sent", HERE)
        memory.note("sent", THERE)
        assert memory.history == (("sent", THERE),)


class TestCommand:
    def test_the_life_of_an_object(self):
        sent = command()
        sent.issue(HERE)
        assert sent.held and sent.ring.refs() == 2
        io_uring_cmd_done(sent, HERE)
        assert sent.state is CommandState.CACHED and sent.ring.refs() == 2
        sent.thread.state = ThreadState.EXITING
        assert not sent.ring.drained
        sent.ring.io_req_caches_free(THERE)
        assert sent.state is CommandState.FREED and sent.ring.drained

    def test_a_commit_uses_the_object_again(self):
        sent = command()
        sent.issue(HERE)
        io_uring_cmd_done(sent, HERE)
        sent.issue(THERE)
        assert sent.held
        assert [verb for verb, _ in sent.history] == ["allocated", "completed", "sent"]

    def test_a_second_completion_is_an_error(self):
        sent = command()
        sent.issue(HERE)
        io_uring_cmd_done(sent, HERE)
        with pytest.raises(DoubleCompletion, match="completed by here"):
            io_uring_cmd_done(sent, THERE)

    def test_the_completion_of_a_freed_command_is_a_use_after_free(self):
        sent = command()
        sent.issue(HERE)
        io_uring_cmd_done(sent, HERE)
        sent.ring.io_req_caches_free(THERE)
        with pytest.raises(UseAfterFree):
            io_uring_cmd_done(sent, HERE)

    @pytest.mark.parametrize(
        ("state", "queued"),
        [
            (ThreadState.ALIVE, Queued.TASK_LIST),
            (ThreadState.EXITING, Queued.TASK_LIST),
            (ThreadState.CLOSED, Queued.FALLBACK),
        ],
    )
    def test_which_list_depends_on_the_task(self, state, queued):
        sent = command()
        sent.issue(HERE)
        sent.thread.state = state
        io_uring_cmd_complete_in_task(sent, HERE)
        assert sent.queued is queued
        assert sent.ring.on_fallback() == (queued is Queued.FALLBACK)


class TestRequests:
    def queue(self, elevator: bool = False) -> tuple[RequestQueue, Request]:
        made = RequestQueue(1, 1, elevator=elevator)
        return made, made.rq(0, 0)

    def test_a_request_ends_once(self):
        blk, rq = self.queue()
        blk.blk_mq_start_request(rq)
        blk.blk_mq_end_request(rq, HERE)
        with pytest.raises(DoubleEnd, match="it is free"):
            blk.blk_mq_end_request(rq, HERE)

    def test_a_parked_request_keeps_its_tag_and_a_freeze_waits_for_it(self):
        blk, rq = self.queue()
        blk.blk_mq_start_request(rq)
        blk.blk_mq_requeue_request(rq, HERE)
        assert rq.state is RequestState.PARKED
        assert blk.idle() and not blk.ended()
        with pytest.raises(DoubleEnd, match="it is parked"):
            blk.blk_mq_requeue_request(rq, HERE)
        blk.blk_mq_kick_requeue_list()
        assert blk.ended()

    def test_with_an_elevator_the_tag_is_free_and_a_freeze_still_waits(self):
        blk, rq = self.queue(elevator=True)
        blk.blk_mq_start_request(rq)
        blk.requeue_idle(rq, HERE)
        assert rq.state is RequestState.FREE and not blk.ended()
        blk.requeue_list(rq)
        assert not blk.ended()
        blk.blk_mq_kick_requeue_list()
        assert blk.ended()

    def test_a_kick_misses_a_request_between_the_two_halves(self):
        blk, rq = self.queue()
        blk.blk_mq_start_request(rq)
        blk.requeue_idle(rq, HERE)
        blk.blk_mq_kick_requeue_list()
        blk.requeue_list(rq)
        assert rq.state is RequestState.PARKED

    def test_quiesce_is_counted(self):
        blk, _ = self.queue()
        assert not blk.unquiesce()
        blk.quiesce()
        blk.quiesce()
        assert blk.unquiesce() and blk.quiesced
        assert blk.unquiesce() and not blk.quiesced
