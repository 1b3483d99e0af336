"""Rows of a table: the good host, one change, one verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests_tool.changes import Change, World, together
from tests_tool.host_checks_b.good import APP, POLICY, good
from tests_tool.judging import Case, Document


def table(check: str, *lines: tuple[Any, ...]) -> list[Case]:
    """Cases of one check: name, verdict, words of the result, changes; a mapping among them changes the policy."""
    return [case(check, *line) for line in lines]


def case(check: str, name: str, verdict: str, says: str, *rest: Change | Mapping[str, Any]) -> Case:
    """One line of a table."""
    answers = [each for each in rest if isinstance(each, Mapping)]
    policy = {section: {**POLICY.get(section, {}), **keys} for each in answers for section, keys in each.items()}
    changes = [each for each in rest if not isinstance(each, Mapping)]
    return Case(check, name, verdict, says, lambda: good_but(changes), {**POLICY, **policy})


def good_but(changes: Sequence[Change]) -> Document:
    """The good host with these changes."""
    world = World(good(), APP)
    together(*changes)(world)
    return world.topics()
