"""What a waiver does to a judgement: findings that it reaches no longer decide, and they say who accepted them.

A waiver of a whole recommendation reaches what fails. One of a single setting also reaches what waits for a person: the
person has decided. None reaches what could not be read.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from hyperv_audit.inventory.policy import matches
from hyperv_audit.inventory.waivers import Given
from hyperv_audit.judge.setting import Outcome
from hyperv_audit.judge.statements import Judgement, Statement

State = Literal["in use", "not used", "expired", "matches nothing", "no longer needed"]

_MET = (Outcome.MEETS, Outcome.NOT_APPLICABLE)


def reaching(waivers: Iterable[Given], check: str, host: str, vm: tuple[str, str] | None) -> tuple[Given, ...]:
    """The waivers that speak of this check on this host, or on this virtual machine, by its id and name."""
    return tuple(
        given
        for given in waivers
        if given.waiver.id == check
        and host in given.hosts
        and (given.waiver.vm is None or (vm is not None and matches([given.waiver.vm], *vm)))
    )


def waive(judgement: Judgement, waivers: Sequence[Given], today: dt.date) -> None:
    """Mark each statement that a waiver covers; of an expired one, note that it would have."""
    counting = [given for given in waivers if given.waiver.expires >= today]
    for given in waivers:
        if given not in counting and any(_covers(given, statement) for statement in judgement.statements):
            judgement.notes.append(f"the waiver {given} expired and no longer counts")
    judgement.statements[:] = [_waived(statement, counting) for statement in judgement.statements]
    judgement.unneeded += [given.where for given in counting if _is_unneeded(given, judgement)]


def _waived(statement: Statement, waivers: Sequence[Given]) -> Statement:
    covering = next((given for given in waivers if _covers(given, statement)), None)
    return replace(statement, verdict="waived", waiver=str(covering)) if covering else statement


def _covers(given: Given, statement: Statement) -> bool:
    if given.waiver.setting is None:
        return statement.verdict == "fail"
    return statement.setting == given.waiver.setting and statement.verdict != "waived"


def _is_unneeded(given: Given, judgement: Judgement) -> bool:
    """Whether what a waiver names alone is as it should be. One of many machines or areas may be needed elsewhere."""
    if given.waiver.setting is not None:
        return any(
            judged.setting.id == given.waiver.setting and judged.outcome in _MET for judged in judgement.settings
        )
    of_many = given.waiver.id.startswith("VM") and given.waiver.vm is None
    return not (of_many or judgement.settings or judgement.statements)


@dataclass
class _Seen:
    """What one waiver met."""

    complies: list[bool] = field(default_factory=list)
    used: bool = False
    unneeded: bool = False


class Ledger:
    """What became of each waiver in a run."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, _Seen] = defaultdict(_Seen)

    def saw(self, given: Given, *, complies: bool, used: bool, unneeded: bool) -> None:
        """One result that a waiver reaches."""
        seen = self._seen[given.where]
        seen.complies.append(complies)
        seen.used |= used
        seen.unneeded |= unneeded

    def state(self, given: Given, judged: Collection[tuple[str, str]], today: dt.date) -> State:
        """In one word; `judged` are the checks that came to a result, with their hosts."""
        seen = self._seen.get(given.where, _Seen())
        if given.waiver.expires < today:
            return "expired"
        if not given.hosts or (not seen.complies and any((given.waiver.id, host) in judged for host in given.hosts)):
            return "matches nothing"
        if seen.used:
            return "in use"
        everything_complies = given.waiver.setting is None and bool(seen.complies) and all(seen.complies)
        return "no longer needed" if seen.unneeded or everything_complies else "not used"
