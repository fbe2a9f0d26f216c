"""Faults that tests put in the way of calls: what goes wrong, for which calls, how many times."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from chat.sandbox.world import Refusal

Kind = Literal["403", "500", "504", "hang", "cut", "html", "refuse", "lose", "empty", "slow"]
# What the server still does before things go wrong, unless the fault says `accepts` itself.
ACCEPTING = ("cut", "lose", "empty", "slow")


@dataclass(slots=True)
class Fault:
    """`api` and `action` None: any. `accepts`: the call is done all the same. `seconds`: how slow."""

    fault: Kind
    api: str | None = None
    action: str | None = None
    userid: str | None = None
    times: int = 1
    accepts: bool = False
    seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.fault not in get_args(Kind):
            raise Refusal(f"There is no fault {self.fault!r}")
        self.accepts = self.accepts or self.fault in ACCEPTING


class Faults:
    """Those that are still to come, oldest first."""

    def __init__(self, calls: Collection[tuple[str, str]]) -> None:
        """`calls`: the api and action of each."""
        self.waiting: list[Fault] = []
        self._calls = calls

    def add(self, fault: Fault) -> None:
        """Wait for a call. Raises Refusal when there is none that the fault could meet."""
        if not any(fault.api in (None, api) and fault.action in (None, action) for api, action in self._calls):
            raise Refusal(f"There is no call {fault.api} {fault.action}")
        self.waiting.append(fault)

    def take(self, api: str, action: str, userid: str) -> Fault | None:
        """The fault that meets this call, used up by one."""
        for fault in self.waiting:
            if fault.api in (None, api) and fault.action in (None, action) and fault.userid in (None, userid):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
