"""What is wrong with a world, and the question that most of it comes down to."""

from collections.abc import Iterable, Mapping
from typing import Any


class WorldError(ValueError):
    """A world says something that no Windows host could show, or that the record does not know."""


def only(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raises WorldError for a name that nobody knows there."""
    if unknown := [name for name in given if name not in known]:
        raise WorldError(f"{where} has no {', '.join(map(str, unknown))}")
