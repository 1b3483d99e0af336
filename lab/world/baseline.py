"""The policies of a host: as it was installed, then as the baseline of an edition wants it, then what its world says.

A world names settings by the ids of the tables in `baselines/`, and says only where its host departs from them:

    baseline:
      edition: "2022"
      meets: true       # or false: as installed
      except: {WSB-ACC-MinimumPasswordLength: 8, WSB-REG-...: null}   # null: the value is not there

The tables are read here for themselves, not by the loader that the audit judges with: each shows the other's slip.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.world.problem import WorldError, only

FOLDER = Path(__file__).parents[2] / "baselines"
_HIVE = "HKLM\\"
_FLAGS = {"Success": 1, "Failure": 2, "Success and Failure": 3}
_WORDS = {  # what auditpol says beside the number, in the language of the host
    "en-US": ("No Auditing", "Success", "Failure", "Success and Failure"),
    "de-DE": ("Keine Überwachung", "Erfolg", "Fehler", "Erfolg und Fehler"),
}
_AUDIT_HEAD = (
    "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value"
)
# What stands below the subcategories of a backup.
_AUDIT_TAIL = (
    ",,Option:CrashOnAuditFail,,Disabled,,0",
    ",,Option:FullPrivilegeAuditing,,Disabled,,0",
    ",,Option:AuditBaseObjects,,Disabled,,0",
    ",,Option:AuditBaseDirectories,,Disabled,,0",
    ",,FileGlobalSacl,,,,",
    ",,RegistryGlobalSacl,,,,",
)

Values = dict[str, dict[str, Any]]


@dataclass
class Policies:
    """What the registry, secedit and auditpol show of them."""

    registry: Values
    access: dict[str, Any]
    rights: dict[str, list[str]]
    audit: dict[str, tuple[str, int]]

    def put(self, row: Mapping[str, str], value: Any) -> None:
        """Gives a setting of a table its value; None takes it away."""
        key, name = row["key"], row["value_name"]
        if key.startswith(_HIVE):
            _put(self.registry.setdefault(_known(self.registry, key), {}), name, value)
        elif row["kind"] == "user_right":
            _put(self.rights, key, value)
        elif row["kind"] == "audit_policy":
            part = name[5:9]
            self.audit[part] = (self.audit.get(part, (key.partition(" {")[0], 0))[0], value or 0)
        else:
            _put(self.access, key, value)

    def security(self, names: Mapping[str, str]) -> list[str]:
        """The file that secedit exports; accounts of this host stand in it by their `names`."""
        return [
            "[Unicode]",
            "Unicode=yes",
            "[System Access]",
            *(f"{name} = {value}" for name, value in self.access.items()),
            "[Privilege Rights]",
            *(
                f"{right} = {','.join(names.get(sid, f'*{sid}') for sid in sids)}"
                for right, sids in self.rights.items()
            ),
            "[Version]",
            'signature="$CHICAGO$"',
            "Revision=1",
        ]

    def auditing(self, machine: str, culture: str) -> list[str]:
        """The file that auditpol writes as its backup."""
        words = _WORDS.get(culture, _WORDS["en-US"])
        rows = (
            f"{machine},System,{name},{{0CCE{part}-69AE-11D9-BED3-505054503030}},{words[value]},,{value}"
            for part, (name, value) in self.audit.items()
        )
        return [_AUDIT_HEAD, *rows, *_AUDIT_TAIL]


def policies(given: Mapping[str, Any]) -> Policies:
    """The policies of a host whose world says this of them. Raises WorldError for an id that its edition has not."""
    only(given, {"edition", "meets", "except"}, "baseline")
    rows = table(given["edition"])
    held = as_installed()
    if given.get("meets", True):
        for row in rows.values():
            held.put(row, wanted(row))
    departures = given.get("except", {})
    only(departures, rows, f"baseline: the table of {given['edition']}")
    for setting, value in departures.items():
        held.put(rows[setting], value)
    return held


@cache
def table(edition: str) -> dict[str, dict[str, str]]:
    """Microsoft's table of an edition, by the ids of its rows."""
    path = FOLDER / f"windows_server_{edition}_member.csv"
    if not path.is_file():
        raise WorldError(f"baseline: there is no table of {edition!r}")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def as_installed() -> Policies:
    """A server that no policy has reached yet."""
    fresh = yaml.safe_load((Path(__file__).parent / "fresh.yaml").read_text(encoding="utf-8"))
    audit = {part: (name, value) for part, (name, value) in fresh["audit"].items()}
    return Policies(fresh["registry"], fresh["system_access"], fresh["rights"], audit)


def wanted(row: Mapping[str, str]) -> Any:
    """What Microsoft sets: the literal value where the table accepts others too; None for a value that must not be."""
    notes = dict(part.partition("=")[::2] for part in row["note"].partition(" | ")[0].split(";"))
    if row["operator"] == "absent":
        return None
    if row["kind"] == "user_right":
        needed = [notes["also_ok"]] if notes.get("hyperv") == "required" else []
        return [*row["expected"].split(";"), *needed]
    if row["kind"] == "audit_policy":
        return _FLAGS[row["expected"]]
    literal = notes.get("baseline") or _literal(row)
    return literal if row["value_type"] == "REG_SZ" else int(literal)


def _literal(row: Mapping[str, str]) -> str:
    match row["operator"]:
        case "in":
            return row["expected"].partition("..")[0]
        case "one_of":
            return row["expected"].partition(";")[0]
        case "contains":
            return row["expected"].replace(";", ",")
    return row["expected"]


def merged(values: Values, own: Values) -> Values:
    """Keys and values of both, as Windows names them: without regard to case. What a world says itself comes first."""
    both: Values = {_drive(key): dict(held) for key, held in own.items()}
    for key, held in values.items():
        at = both.setdefault(_known(both, _drive(key)), {})
        for name, value in held.items():
            if _known(at, name) not in at:
                at[name] = value
    return both


def _drive(key: str) -> str:
    return re.sub(r"^HKLM\\", lambda _: "HKLM:\\", key)


def _known(held: Mapping[str, Any], name: str) -> str:
    """A name as it is spelled already."""
    return next(_spellings(held, name), name)


def _spellings(held: Mapping[str, Any], name: str) -> Iterator[str]:
    return (known for known in held if known.casefold() == name.casefold())


def _put(held: dict[str, Any], name: str, value: Any) -> None:
    at = _known(held, name)
    if value is None:
        held.pop(at, None)
    else:
        held[at] = value
