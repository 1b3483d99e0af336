"""A machine that meets the table of its edition, as evidence, and what a change of one row makes of it.

The tables are read here a second time and in another way, as plain CSV: what a good and a bad value of a row is, is
thought out anew from `baselines/README.md`, not taken from the code that judges.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperv_audit.collect.evidence import Failure, Topic
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings
from hyperv_audit.inventory.baseline import FOLDER, tables
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.baseline import judge, variant_of
from hyperv_audit.judge.setting import Judged

EDITIONS = {"2016": "14393", "2019": "17763", "2022": "20348", "2025": "26100"}
MEMBER, STANDALONE = 3, 2
USERS, GUESTS = "S-1-5-32-545", "S-1-5-32-546"
VIRTUAL_MACHINES = "S-1-5-83-0"
FLAGS = {"": 0, "Success": 1, "Failure": 2, "Success and Failure": 3}
PROFILES = ("Domain", "Private", "Public")
ABSENT = object()
AUDIT_HEADER = (
    "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value"
)

GOOD_PROFILE: dict[str, int] = {
    "Enabled": 1,
    "DefaultInboundAction": 4,
    "DefaultOutboundAction": 2,
    "NotifyOnListen": 0,
    "LogAllowed": 1,
    "LogBlocked": 1,
}


CsvRow = Mapping[str, str]


def rows_of(edition: str) -> list[dict[str, str]]:
    with Path(FOLDER / f"windows_server_{edition}_member.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tokens(row: CsvRow) -> dict[str, str]:
    return dict(part.split("=", 1) for part in row["note"].split(" | ")[0].split(";"))


def refused(probe: str, target: str = "") -> Failure:
    """What Windows answers to somebody who may not look."""
    message = "Requested registry access is not allowed."
    said = {"id": "PermissionDenied,Test", "category": "PermissionDenied", "message": message}
    return Failure(probe=probe, target=target, hresult=None, **said)


@dataclass
class Machine:
    """What a host shows. `values` are by id of the row: a registry value, a number, a list of SIDs, or ABSENT."""

    edition: str
    values: dict[str, Any]
    rows: Sequence[CsvRow]
    build: str = ""
    installation: str = "Server"
    role: int = MEMBER
    features: list[str] = field(default_factory=lambda: ["Hyper-V", "FileAndStorage-Services", "Windows-Defender"])
    profiles: dict[str, dict[str, int]] = field(default_factory=lambda: {name: dict(GOOD_PROFILE) for name in PROFILES})
    errors: dict[str, list[Failure]] = field(default_factory=dict)
    lines: dict[str, Callable[[list[Any]], list[Any]]] = field(default_factory=dict)

    def topics(self) -> dict[str, dict[str, list[Any]]]:
        """The evidence, as its collectors would have printed it."""
        seen: dict[str, dict[str, list[Any]]] = {
            "session": {"token": ["S-1-5-32-544", "S-1-16-12288"], "canary": [1]},
            "os": {
                "version": [
                    {
                        "InstallationType": self.installation,
                        "EditionID": "ServerDatacenter",
                        "ProductName": f"Windows Server {self.edition} Datacenter",
                        "CurrentBuildNumber": self.build or EDITIONS[self.edition],
                        "UBR": 1,
                    }
                ],
                "system": [{"ProductType": 3}],
                "computer": [{"DomainRole": self.role, "Manufacturer": "Contoso", "Model": "CS-1"}],
            },
            "software": {"features": list(self.features)},
            "ipsec": {"firewall_profiles": [{"Name": name, **said} for name, said in self.profiles.items()]},
            "baseline": {
                "registry": list(self._registry()),
                "security_policy": list(self._security_policy()),
                "audit_policy": list(self._audit_policy()),
                "local_accounts": [{"Name": "Guest", "Sid": "S-1-5-21-1-2-3-501"}],
            },
        }
        for probe, change in self.lines.items():
            topic, name = probe.split(".")
            seen[topic][name] = change(seen[topic][name])
        return seen

    def facts(self) -> HostFacts:
        observed = {
            name: Topic(data=data, errors=list(self.errors.get(name, [])), seconds=0)
            for name, data in self.topics().items()
        }
        return HostFacts("hv01", Readings(observed), dt.datetime(2026, 1, 2, tzinfo=dt.UTC))

    def judged(self, policy: Policy | None = None, only: str = "") -> dict[str, Judged]:
        """What is said of each setting, or of one, by its id."""
        facts, policy = self.facts(), policy or Policy()
        variant = variant_of(facts, policy)
        table = tables(policy.baseline.path)[variant.edition]
        settings = [table[only]] if only else table.values()
        return {judged.setting.id: judged for judged in judge(settings, facts, variant)}

    def put(self, id_: str, value: Any) -> "Machine":
        """The same machine, but for one setting."""
        return self.changed(values={**self.values, id_: value})

    def changed(self, **fields: Any) -> "Machine":
        return Machine(**{**{name: getattr(self, name) for name in self.__dataclass_fields__}, **fields})

    def _registry(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            if row["key"].startswith("HKLM"):
                value = self.values[row["id"]]
                kind = "DWord" if isinstance(value, int) else "String"
                held = {"Present": True, "Kind": kind, "Value": value}
                if value is ABSENT:
                    held = {"Present": False, "Kind": None, "Value": None}
                yield {"Key": row["key"], "Name": row["value_name"], **held}

    def _security_policy(self) -> Iterator[str]:
        yield from ("[Unicode]", "Unicode=yes", "[System Access]")
        for row in self._of("secedit_int"):
            if self.values[row["id"]] is not ABSENT:
                yield f"{row['key']} = {self.values[row['id']]}"
        yield from ('NewAdministratorName = "Administrator"', "[Event Audit]", "AuditSystemEvents = 0")
        yield from ("[Registry Values]", r"MACHINE\System\CurrentControlSet\Control\Lsa\NoLMHash=4,1")
        yield from ("[Privilege Rights]", "SeChangeNotifyPrivilege = *S-1-1-0,*S-1-5-32-544")
        for row in self._of("sid_list"):
            holders = [sid if not sid.startswith("S-1-") else f"*{sid}" for sid in self.values[row["id"]]]
            if holders:
                yield f"{row['key']} = {','.join(holders)}"
        yield from ("[Version]", 'signature="$CHICAGO$"', "Revision=1")

    def _audit_policy(self) -> Iterator[str]:
        yield AUDIT_HEADER
        for row in self._of("audit_flags"):
            flags = self.values[row["id"]]
            yield f'HV01,System,"{row["name"]}, in words",{row["value_name"]},whatever,,{flags}'
        yield "HV01,,Option:CrashOnAuditFail,,Disabled,,0"
        yield "HV01,,RegistryGlobalSacl,,,,"

    def _of(self, value_type: str) -> Iterator[CsvRow]:
        return (row for row in self.rows if row["value_type"] == value_type)


def good(edition: str) -> Machine:
    """A Hyper-V host with a desktop, member of a domain, that meets every row."""
    rows = rows_of(edition)
    return Machine(edition, {row["id"]: good_value(row) for row in rows}, rows)


def good_value(row: CsvRow) -> Any:
    operator, expected = row["operator"], row["expected"]
    match row["value_type"]:
        case "sid_list":
            needed = [VIRTUAL_MACHINES] if tokens(row).get("hyperv") == "required" else []
            return [*filter(None, expected.split(";")), *needed]
        case "audit_flags":
            return FLAGS[expected]
    if operator == "absent":
        return ABSENT
    if operator == "contains":
        return ", ".join(expected.split(";"))
    first = expected.split("..")[0].split(";")[0] if operator in ("in", "one_of") else expected
    return first if row["value_type"] == "REG_SZ" else int(first)


def bad_values(row: CsvRow) -> list[Any]:
    """Values that do not meet a row, each in a way of its own."""
    match row["value_type"]:
        case "sid_list":
            return _bad_holders(row)
        case "audit_flags":
            return [0, {"Success": 2, "Failure": 1}.get(row["expected"], 1)]
    missing = [ABSENT] if tokens(row)["absent"] == "fail" else []
    return [*_bad_texts(row), *missing] if row["value_type"] == "REG_SZ" else [*_bad_numbers(row), *missing]


def _bad_holders(row: CsvRow) -> list[list[str]]:
    held = list(good_value(row))
    others: list[list[str]] = [[*held, USERS], [*held, "FABRIKAM\\somebody"]]
    fewer: list[list[str]] = [held[1:]] if held else []
    if tokens(row).get("hyperv") == "required":
        fewer = [held[:-1]]
    return {"contains": fewer, "sids_eq": [*others, *fewer], "absent": others}.get(
        row["operator"], [*others, *(fewer if tokens(row).get("hyperv") == "required" else [])]
    )


def _bad_texts(row: CsvRow) -> list[str]:
    match row["operator"]:
        case "absent":
            return ["", "0"]
        case "contains":
            return [row["expected"].split(";")[0], row["expected"].replace("=1", "=0").replace(";", ",")]
    return ["", row["expected"] + "0"]


def _bad_numbers(row: CsvRow) -> list[int]:
    numbers = [int(part) for part in row["expected"].replace("..", ";").split(";") if part]
    match row["operator"]:
        case "ge":
            return [numbers[0] - 1]
        case "le":
            return [numbers[0] + 1]
        case "in":
            return [numbers[0] - 1, numbers[1] + 1]
        case "absent":
            return [0, 1]
    return [max(numbers) + 1]
