"""blk-mq as far as ublk needs it: tags, requests, the requeue list, quiesce and freeze."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from driver.errors import DoubleEnd, Site


class RequestState(enum.Enum):
    """Where a tag's request is; UNLISTED is between the two halves of blk_mq_requeue_request()."""

    FREE = "free"
    STARTED = "started"
    UNLISTED = "unlisted"
    PARKED = "parked"


class Request:
    """The `struct request` of a tag."""

    def __init__(self, q: int, t: int) -> None:
        self.q = q
        self.t = t
        self.state = RequestState.FREE
        #: tags->rqs[tag] is set when the tag is first used, and never cleared.
        self.seen = False

    def __str__(self) -> str:
        return f"request of tag {self.t} of queue {self.q}"

    @property
    def started(self) -> bool:
        return self.state is RequestState.STARTED


class RequestQueue:
    """The request queue of the disk, with all its hardware queues.

    With an I/O scheduler a requeued request gives its tag back; it is then only a number on the list.
    """

    def __init__(self, queues: int, depth: int, *, elevator: bool) -> None:
        self.requests = {(q, t): Request(q, t) for q in range(queues) for t in range(depth)}
        self.elevator = elevator
        self.quiesce_depth = 0
        self.parked_without_tag = 0
        self.unlisted_without_tag = 0

    @property
    def quiesced(self) -> bool:
        return self.quiesce_depth > 0

    def rq(self, q: int, t: int) -> Request:
        return self.requests[q, t]

    def all(self) -> Iterable[Request]:
        return self.requests.values()

    def blk_mq_start_request(self, rq: Request) -> None:
        rq.state = RequestState.STARTED
        rq.seen = True

    def blk_mq_end_request(self, rq: Request, site: Site) -> None:
        """The request is over, with or without an error, and its tag is free."""
        if not rq.started:
            raise DoubleEnd(str(rq), rq.state.value, site)
        rq.state = RequestState.FREE

    def requeue_idle(self, rq: Request, site: Site) -> None:
        """First half of blk_mq_requeue_request(): the request is no longer started."""
        if not rq.started:
            raise DoubleEnd(str(rq), rq.state.value, site)
        if self.elevator:
            rq.state = RequestState.FREE
            self.unlisted_without_tag += 1
        else:
            rq.state = RequestState.UNLISTED

    def requeue_list(self, rq: Request) -> None:
        """Second half: the request is added to the requeue list, which is not kicked."""
        if self.elevator:
            self.unlisted_without_tag -= 1
            self.parked_without_tag += 1
        else:
            rq.state = RequestState.PARKED

    def blk_mq_requeue_request(self, rq: Request, site: Site) -> None:
        self.requeue_idle(rq, site)
        self.requeue_list(rq)

    def requeue_unstarted(self, rq: Request) -> None:
        """blk_mq_requeue_request() of a request that queue_rq() has not started: it is parked all the same."""
        if self.elevator:
            self.parked_without_tag += 1
        else:
            rq.state = RequestState.PARKED

    def blk_mq_kick_requeue_list(self) -> None:
        """What is on the list is dispatched again, some time, as any new request."""
        self.parked_without_tag = 0
        for rq in self.all():
            if rq.state is RequestState.PARKED:
                rq.state = RequestState.FREE

    def quiesce(self) -> None:
        """The caller has waited until no queue_rq() is running."""
        self.quiesce_depth += 1

    def unquiesce(self) -> bool:
        """Returns false if the queue was not quiesced."""
        if not self.quiesced:
            return False
        self.quiesce_depth -= 1
        return True

    def idle(self) -> bool:
        """Whether no request is started."""
        return not any(rq.started for rq in self.all())

    def ended(self) -> bool:
        """Whether the usage counter is zero: what a freeze waits for. Parked requests count as well."""
        without_tag = self.parked_without_tag + self.unlisted_without_tag
        return without_tag == 0 and all(rq.state is RequestState.FREE for rq in self.all())
