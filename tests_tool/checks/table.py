"""Rows of a table: the good world, one change, one verdict."""

from collections.abc import Callable, Mapping
from typing import Any

from tests_tool.changes import Change
from tests_tool.checks.good import PAY, POLICY, WEB, changed, policy
from tests_tool.judging import Case


def cases(check: str) -> Callable[..., Case]:
    """Rows of a table: `row("name", "verdict", "part of what is said", change, ..., section={"policy": ...})`."""
    vm = PAY if check == "VM-12" else WEB  # shielding is asked of a machine that is shielded

    def row(name: str, verdict: str, says: str, *changes: Change, **sections: Mapping[str, Any]) -> Case:
        answers = policy(**sections) if sections else POLICY
        return Case(check, name, verdict, says, lambda: changed(changes, vm).topics(), answers, vm)

    return row
