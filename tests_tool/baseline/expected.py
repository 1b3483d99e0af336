"""Expected verdicts as `expected_verdicts.yaml` has them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests_tool.baseline.machine import rows_of


def each_check(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each check of a subject and its verdict; of the security baseline each area, named behind its check."""
    for check, verdict in told.items():
        if isinstance(verdict, dict) and "edition" in verdict:
            yield from ((f"{check} {area}", word) for area, word in _areas(verdict))
        elif check != "name":
            yield check, word_of(verdict)


def word_of(told: Any) -> str:
    """A verdict stands alone, or with its reason."""
    return str(told["verdict"] if isinstance(told, dict) else told)


def _areas(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Areas are listed by their verdict; those that are not are `others`."""
    words = {area: word for word, areas in told.items() if isinstance(areas, list) for area in areas}
    areas = dict.fromkeys(row["area"] for row in rows_of(told["edition"]))
    assert words.keys() <= areas.keys()
    yield from ((area, words.get(area, told["others"])) for area in areas)
