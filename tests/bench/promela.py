"""The benchmark model (spec/examples/ublk_bench.yaml, revision fixed) in Promela, for Spin.

One process, one d_step per action: Spin then counts the same states as specgen does.
"""

from __future__ import annotations

HEAD = """\
/* {tags} tags, {restarts} restarts */
byte daemon, device, context, recovery, restarts;   /* 0 alive, dead, open, idle */
typedef Tag {{ byte io; byte rq; byte cmd; bit fallback; bit work }};   /* cmd: 0 none, 1 live, 2 freed */
Tag g[{tags}];
active proctype ublk() {{
  do
"""
PER_TAG = """\
  :: d_step {{ daemon==0 && context==0 && g[{t}].io==0 && g[{t}].cmd==0 -> g[{t}].io=1; g[{t}].cmd=1 }}
  :: d_step {{ device==1 && g[{t}].io==1 && g[{t}].rq!=1 && !g[{t}].fallback && !g[{t}].work && daemon==0
       -> g[{t}].rq=1; g[{t}].work=1 }}
  :: d_step {{ device==1 && g[{t}].io==1 && g[{t}].rq!=1 && !g[{t}].fallback && !g[{t}].work && daemon!=0
       -> g[{t}].rq=1; g[{t}].fallback=1 }}
  :: d_step {{ daemon==0 && g[{t}].work -> g[{t}].work=0; g[{t}].io=2; g[{t}].cmd=0 }}
  :: d_step {{ daemon==0 && g[{t}].io==2 && g[{t}].rq==1 -> g[{t}].rq=3; g[{t}].io=1; g[{t}].cmd=1 }}
  :: d_step {{ daemon==1 && g[{t}].work -> g[{t}].work=0; g[{t}].fallback=1 }}
  :: d_step {{ g[{t}].fallback && context!=2 && g[{t}].cmd==1 -> g[{t}].fallback=0; g[{t}].rq=2 }}
  :: d_step {{ daemon!=0 && device==2 && g[{t}].io==2 -> g[{t}].rq=2; g[{t}].io=0 }}
  :: d_step {{ daemon==2 && recovery==1 && g[{t}].cmd==1 && !g[{t}].fallback && !g[{t}].work && g[{t}].rq!=1
       -> g[{t}].cmd=2; g[{t}].io=0 }}
"""
TAIL = """\
  :: d_step {{ device==0 && daemon==0 && {none_idle} -> device=1 }}
  :: d_step {{ daemon==0 && device!=0 && restarts<{restarts} -> daemon=1 }}
  :: d_step {{ daemon==1 && {no_work} -> daemon=2; context=1 }}
  :: d_step {{ daemon!=0 && device==1 -> device=2 }}
  :: d_step {{ daemon==2 && device==2 && recovery!=1 -> recovery=1 }}
  :: d_step {{ context==1 && {none_live} -> context=2 }}
  :: d_step {{ recovery==1 && daemon==2 && context==2 && restarts<{restarts} && {none_started}
       -> daemon=0; context=0; restarts++; {reset} }}
  :: d_step {{ recovery==1 && daemon==0 && {all_active} -> recovery=2; device=1 }}
  od
}}
"""


def model(tags: int, restarts: int) -> str:
    """The Promela text for an instance."""

    def every(condition: str) -> str:
        return " && ".join(condition.format(t=t) for t in range(tags))

    return (
        HEAD.format(tags=tags, restarts=restarts)
        + "".join(PER_TAG.format(t=t) for t in range(tags))
        + TAIL.format(
            restarts=restarts,
            none_idle=every("g[{t}].io!=0"),
            no_work=every("!g[{t}].work"),
            none_live=every("g[{t}].cmd!=1"),
            none_started=every("g[{t}].rq!=1"),
            all_active=every("g[{t}].io==1"),
            reset="; ".join(f"g[{t}].cmd=0; g[{t}].io=0" for t in range(tags)),
        )
    )
