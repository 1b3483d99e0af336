"""How much a deviation weighs. No part of a verdict: an organisation decides from which severity on it acts."""

from typing import Literal

Severity = Literal["high", "medium", "low"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
"""The gravest first."""


def from_on(least: Severity) -> tuple[Severity, ...]:
    """A severity and all that are graver."""
    return SEVERITIES[: SEVERITIES.index(least) + 1]
