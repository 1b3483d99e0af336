"""Rows of a table: the good host, one change, one verdict."""

from collections.abc import Mapping
from typing import Any

from tests_tool.changes import Change, World, together
from tests_tool.host_checks_a.good import LAB, POLICY, good
from tests_tool.judging import Case, Document


def case(check: str, name: str, verdict: str, says: str, *changes: Change, **policy: Mapping[str, Any]) -> Case:
    """A row of a table: `case("HOST-10", "an ISO image", "review", "what for", change, nested={...})`."""

    def document() -> Document:
        world = World(good(), LAB)
        together(*changes)(world)
        return world.topics()

    return Case(check, name, verdict, says, document, {**POLICY, **{name: answers(name, policy) for name in policy}})


def answers(section: str, changed: Mapping[str, Any]) -> dict[str, Any]:
    """A section of the good policy with a case's answers; None takes a key away."""
    merged = {**POLICY.get(section, {}), **changed[section]}
    return {key: value for key, value in merged.items() if value is not None}
