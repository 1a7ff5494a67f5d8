"""The revisions by name."""

from __future__ import annotations

from collections.abc import Mapping

from driver.kernel import Kernel, constants
from driver.ming import (
    AlwaysComplete,
    FlushBeforeQuiesce,
    FlushFirst,
    FlushListOpen,
    Ming,
    MingMonitorNotStopped,
    Strawman,
)
from driver.rfc_v1 import RfcV1, RfcV1TaskWork, StartCompletes
from driver.v4 import PatchV4
from driver.v6_0 import Linux60, Linux60Rc, Linux60RcReliable, Linux60Reliable
from driver.v6_1 import Linux61
from driver.v6_1_192 import Linux61192, Linux61192TwoQueues
from driver.v6_1_variants import EndAnyTime, PartialFetch, SplitKick, ThreeSteps
from driver.v6_7 import (
    Cancel,
    Canceling,
    CancelingTwoRings,
    LateCancel,
    Linux67,
    Linux67TwoQueues,
    Linux612113,
    Linux612117,
)
from driver.v6_15 import Linux615, Linux615Fixed, Linux615PartialFetch

REVISIONS: Mapping[str, type[Kernel]] = {
    "v6.0": Linux60,
    "v6.0-rc": Linux60Rc,
    "v6.0-reliable": Linux60Reliable,
    "v6.0-rc-reliable": Linux60RcReliable,
    "rfc-v1": RfcV1,
    "rfc-v1-task-work": RfcV1TaskWork,
    "start-completes": StartCompletes,
    "ming": Ming,
    "ming-monitor-not-stopped": MingMonitorNotStopped,
    "strawman": Strawman,
    "flush-first": FlushFirst,
    "flush-before-quiesce": FlushBeforeQuiesce,
    "flush-list-open": FlushListOpen,
    "always-complete": AlwaysComplete,
    "v4": PatchV4,
    "v6.1": Linux61,
    "v6.1-split-kick": SplitKick,
    "v6.1-three-steps": ThreeSteps,
    "v6.1-end-any-time": EndAnyTime,
    "v6.1-partial-fetch": PartialFetch,
    "v6.1.192": Linux61192,
    "v6.1.192-two-queues": Linux61192TwoQueues,
    "v6.7-fixed": Linux67,
    "v6.7-two-queues": Linux67TwoQueues,
    "v6.7-canceling": Canceling,
    "v6.7-canceling-two-rings": CancelingTwoRings,
    "v6.7-cancel": Cancel,
    "v6.7-late-cancel": LateCancel,
    "v6.12.117": Linux612117,
    "v6.12.113": Linux612113,
    "v6.15": Linux615,
    "v6.15-fixed": Linux615Fixed,
    "v6.15-partial-fetch": Linux615PartialFetch,
}


def machine(revision: str, given: Mapping[str, object]) -> Kernel:
    """A machine of a revision, with an instance's constants; raises KeyError if there is no such revision."""
    revised = REVISIONS[revision]
    return revised(constants({**revised.defaults, **given}))
