"""Accepted deviations: what, where, why, who answers for it, and until when."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.document import Problem, read_document, refuse, shown
from hyperv_audit.inventory.model import Inventory
from hyperv_audit.inventory.patterns import select
from hyperv_audit.inventory.schema import EVERYTHING
from hyperv_audit.inventory.validate import Strict, did_you_mean, refusal, validated

Text = Annotated[str, Field(min_length=1)]


class Waiver(Strict):
    """One accepted deviation."""

    id: Text = Field(description="the recommendation")
    hosts: Text = Field(EVERYTHING, description="names, groups and patterns, as --hosts has them")
    vm: Text | None = Field(None, description="only these virtual machines: an id, a name or a pattern")
    setting: Text | None = Field(None, description="only this setting of the security baseline, by its id")
    reason: Text = Field(description="Why it is accepted")
    owner: Text = Field(description="who answers for it")
    expires: dt.date = Field(description="the last day on which it counts")

    @model_validator(mode="after")
    def speaks_of_one_thing(self) -> "Waiver":
        """A host has no machine's findings, and a machine's findings are not its host's."""
        if self.vm is not None and self.id.startswith("HOST"):
            raise refusal(f"{self.id} is about hosts, and names virtual machines", "leave out vm")
        return self


class WaiverFile(Strict):
    """The file."""

    waivers: list[Waiver] = Field(description="Each accepted deviation")


@dataclass(frozen=True)
class Given:
    """A waiver, the hosts that it means, and where it stands."""

    waiver: Waiver
    hosts: frozenset[str]
    where: str

    def __str__(self) -> str:
        """As a verdict names it."""
        return f"until {self.waiver.expires} by {self.waiver.owner}: {self.waiver.reason} ({self.where})"


def load_waivers(
    path: Path, inventory: Inventory, checks: Collection[str], settings: Mapping[str, Collection[str]]
) -> tuple[Given, ...]:
    """The waivers of a file. Raises `InventoryError` with every mistake and its line.

    `settings` are the ids that a waiver may name, by the recommendations that have some. A pattern that matches no host
    is no mistake: a host may go before its waivers do. Such a waiver means nothing, and the run says so.
    """
    document = read_document(path)
    file = validated(document, WaiverFile)
    problems = []
    for number, waiver in enumerate(file.waivers):
        for key, what, advice in _mistakes(waiver, checks, settings):
            problems.append(Problem(document.line(("waivers", number, key)), f"waivers.{number}.{key}: {what}", advice))
    if problems:
        refuse(path, problems)
    lines = (document.line(("waivers", number)) for number in range(len(file.waivers)))
    nameless = replace(inventory, path=None)
    return tuple(
        Given(waiver, _hosts(waiver.hosts, nameless), f"{path.name}:{line}")
        for waiver, line in zip(file.waivers, lines, strict=True)
    )


def keep_waivers(waivers: Iterable[Given]) -> list[dict[str, Any]]:
    """What `restore_waivers` reads: for a worker process."""
    return [
        {
            "waiver": given.waiver.model_dump(mode="json", exclude_none=True),
            "hosts": sorted(given.hosts),
            "where": given.where,
        }
        for given in waivers
    ]


def restore_waivers(kept: Iterable[Mapping[str, Any]]) -> tuple[Given, ...]:
    """The waivers of the controller process."""
    return tuple(
        Given(Waiver.model_validate(each["waiver"], strict=False), frozenset(each["hosts"]), each["where"])
        for each in kept
    )


def _mistakes(
    waiver: Waiver, checks: Collection[str], settings: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    if waiver.id not in checks:
        yield "id", f"no recommendation is called {shown(waiver.id)}", did_you_mean(waiver.id, checks)
    elif waiver.setting is not None and waiver.setting not in settings.get(waiver.id, ()):
        if waiver.id not in settings:
            yield "setting", f"{waiver.id} has no settings", f"leave it out, or name {' or '.join(settings)}"
        else:
            what = f"no setting of {waiver.id} is called {shown(waiver.setting)}"
            yield "setting", what, did_you_mean(waiver.setting, settings[waiver.id])


def _hosts(expression: str, inventory: Inventory) -> frozenset[str]:
    try:
        return frozenset(target.name for target in select(inventory, expression))
    except InventoryError:
        return frozenset()
