"""What the collectors may ask of a host, and what each probe asks: the lists that `tests_tool/powershell` proves.

A script that did anything else would not pass `make test`; a list that said more than the scripts do would not either.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may be without libyaml, and reads the same more slowly


@cache
def table(name: str) -> dict[str, Any]:
    """One of the tables in `record/`."""
    text = files(__package__).joinpath("record", f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=_LOADER))  # noqa: S506 - one of the two safe ones


def asked(topic: str, probe: str, *, bulk: bool = False) -> tuple[str, ...]:
    """The commands by which a probe asks Windows, with their CIM class or method, in order; or a Linux guest.

    `bulk`: those that ask for many machines at once, too.
    """
    if topic == "linux":
        return (str(table("linux")["probes"][probe]["asks"]),)
    entry = table("probes").get(topic, {}).get(probe, {})
    return (*(entry.get("bulk", ()) if bulk else ()), *entry.get("asks", ()))


@cache
def everything() -> tuple[str, ...]:
    """Every command, CIM method and .NET member that can run on a host or in a guest because of us."""
    return tuple(_everything())


def _everything() -> Iterator[str]:
    probes, allowed = table("probes"), table("allowed")
    yield from sorted(
        {ask for topic, names in probes.items() for name in names for ask in asked(topic, name, bulk=True)}
    )
    yield from sorted(set(allowed["shapes"]) - {"New-Object"})
    yield from sorted(allowed["folder"])
    yield from sorted(f"New-Object {type_}" for type_ in allowed["new"])
    yield from sorted(f"[{type_}]::{member}" for type_, member in map(_split, allowed["statics"]))
    yield from sorted(f"[{type_}]::{member}" for type_, member in map(_split, allowed["bootstrap"]["statics"]))
    yield from sorted(f"[{type_}]::{member} = ..." for type_, member in map(_split, allowed["bootstrap"]["sets"]))
    yield from sorted(f"{type_}.{member}()" for type_, member in map(_split, allowed["methods"]))
    yield from sorted(f"{type_}.{member} = ..." for type_, member in map(_split, allowed["sets"]))
    yield from sorted(f"Linux guests: {probe['asks']}" for probe in table("linux")["probes"].values())


def _split(member: str) -> tuple[str, str]:
    type_, _, name = member.rpartition(".")
    return type_, name
