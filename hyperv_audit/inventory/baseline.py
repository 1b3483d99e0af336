"""The Windows Server security baseline: Microsoft's table of each edition, and a site's own rows laid over it.

The columns, operators and tokens are explained in `baselines/README.md`. A table is checked row by row when it is read;
what judges by it can rely on that.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.document import MAX_BYTES, Problem, is_secret, refuse, shown
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.inventory.validate import did_you_mean

FOLDER = Path(__file__).resolve().parents[2] / "baselines"

EDITIONS = {"14393": "2016", "17763": "2019", "20348": "2022", "26100": "2025"}
"""The build of each Windows Server that has a table; `CurrentBuildNumber` of the registry."""

COLUMNS = ("id", "kind", "area", "name", "key", "value_name", "value_type", "operator", "expected", "note")
AUDIT_FLAGS = ("Success", "Failure", "Success and Failure")
NOBODY = "none"
"""As a replacement in a workgroup: no SIDs."""

DEFENDER = "defender-av"
"""The group policy object whose settings are those of Microsoft Defender Antivirus."""


class Kind(StrEnum):
    """What sort of policy a setting is."""

    REGISTRY = "registry"
    SECURITY_OPTION = "security_option"
    USER_RIGHT = "user_right"
    AUDIT_POLICY = "audit_policy"
    ACCOUNT_POLICY = "account_policy"


class Source(StrEnum):
    """Where its value is found on a host."""

    REGISTRY = "registry"
    SYSTEM_ACCESS = "system_access"  # the section of secedit's export
    USER_RIGHT = "user_right"
    AUDIT = "audit"


class Operator(StrEnum):
    """How a value is compared with what is expected."""

    EQ = "eq"
    GE = "ge"
    LE = "le"
    IN = "in"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    ABSENT = "absent"
    SIDS_EQ = "sids_eq"
    SIDS_SUBSET = "sids_subset"


class Absent(StrEnum):
    """What a missing value means."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


@dataclass(frozen=True)
class Setting:
    """One row of a table."""

    id: str
    kind: Kind
    source: Source
    area: str
    name: str
    key: str
    value_name: str
    value_type: str
    operator: Operator
    expected: str
    absent: Absent
    unless_feature: str | None = None  # a missing value counts as met where this feature is not installed
    gpo: str = ""
    literal: str | None = None  # Microsoft's own value, where stricter ones are accepted too
    also_ok: str | None = None
    domain_only: bool = False
    workgroup: str | None = None  # takes the place of `expected` outside of a domain
    idle_on_core: bool = False
    hyperv: str | None = None  # "required" or "review"
    active_store: bool = False  # the effective firewall profile counts as well
    dc_only: bool = False
    not_configured: bool = False
    remark: str = ""

    @property
    def target(self) -> tuple[str, str, str]:
        """What it sets: two rows of one table may not share it. Windows knows no upper and lower case here."""
        return self.source, self.key.casefold(), self.value_name.casefold()

    @property
    def is_number(self) -> bool:
        """Whether its value is a number to Windows, and not digits in a text."""
        return self.value_type in ("REG_DWORD", "secedit_int")


Table = Mapping[str, Setting]
"""The settings of one edition by their ids, in the order of the file."""


@cache
def microsoft() -> Mapping[str, Table]:
    """Microsoft's tables by edition."""
    return {
        edition: _table(FOLDER / f"windows_server_{edition}_member.csv", _MICROSOFT) for edition in EDITIONS.values()
    }


@cache
def tables(site: Path | None = None) -> Mapping[str, Table]:
    """The tables by edition, with a site's own rows laid over them.

    A row with the id of one of Microsoft's takes its place in every edition that has it; a row with an id of its own is
    added to all of them. Raises `InventoryError` with every mistake and its line.
    """
    if site is None:
        return microsoft()
    known = frozenset(setting_id for table in microsoft().values() for setting_id in table)
    rows = _table(site, _Rules(_OWN_ID, _GPOS | {""}, known))
    return {edition: _laid_over(table, rows, known, site) for edition, table in microsoft().items()}


def wanted(tables_by_edition: Mapping[str, Table], policy: Policy) -> dict[str, Any]:
    """What the collector has to ask, as JSON: under `registry` groups of `builds` with, by `keys`, names of values.

    A value stands once, in the group of all builds whose tables have it: so that it all fits beside the script into one
    message. To Windows, and to PowerShell's reader of JSON, names that differ in case are one.
    """
    builds: dict[tuple[str, str], list[str]] = {}
    spelled: dict[str, str] = {}
    for build, edition in EDITIONS.items():
        for setting in tables_by_edition[edition].values():
            if setting.source is Source.REGISTRY and concerns(setting, policy):
                key, name = (spelled.setdefault(text.casefold(), text) for text in (setting.key, setting.value_name))
                builds.setdefault((key, name), []).append(build)
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for (key, name), having in builds.items():
        groups.setdefault(tuple(having), {}).setdefault(key, []).append(name)
    return {"registry": [{"builds": list(having), "keys": keys} for having, keys in groups.items()]}


def concerns(setting: Setting, policy: Policy) -> bool:
    """Whether a setting means anything where this policy holds; Defender's do not beside another antivirus."""
    return setting.gpo != DEFENDER or policy.antivirus.product == "defender"


def _laid_over(table: Table, rows: Table, known: frozenset[str], path: Path) -> Table:
    merged = {**table, **{id_: row for id_, row in rows.items() if id_ in table or id_ not in known}}
    owners: dict[tuple[str, str, str], str] = {}
    for setting in merged.values():
        if (owner := owners.setdefault(setting.target, setting.id)) != setting.id:
            what = f"{shown(setting.id)} sets the same as {owner}"
            refuse(path, [Problem(1, what, "give the row the id of Microsoft's, which it then replaces")])
    return merged


# Reading a file


@dataclass(frozen=True)
class _Rules:
    """In what the tables that ship with the suite and those of a site differ."""

    id: re.Pattern[str]
    gpos: frozenset[str]
    known: frozenset[str] = frozenset()  # ids that Microsoft's tables have


_GPOS = frozenset({"domain-security", "member-server", "credential-guard", DEFENDER, "internet-explorer-11"})
_MICROSOFT = _Rules(re.compile(r"WSB-(REG|SEC|URA|AUD|ACC)-[A-Za-z0-9_.-]+"), _GPOS)
_OWN_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{2,99}")


def _table(path: Path, rules: _Rules) -> Table:
    table: dict[str, Setting] = {}
    lines: dict[Any, int] = {}
    problems: list[Problem] = []
    for line, row in _rows(path):
        if found := _mistakes(row, rules):
            problems += [Problem(line, f"{shown(row['id'])}: {what}") for what in found]
            continue
        setting = _setting(row)
        for same, what in ((setting.id.casefold(), "its id"), (setting.target, "its setting")):
            if (first := lines.setdefault(same, line)) != line:
                problems.append(Problem(line, f"{shown(setting.id)}: {what} stands already in line {first}"))
        table[setting.id] = setting
    if problems:
        refuse(path, problems)
    return table


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        refuse(path, [Problem(1, "the first line has other columns", f"write {','.join(COLUMNS)}, with commas")])
    line = 2
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            refuse(path, [Problem(reader.line_num, f"is not CSV: {error}", "look at the quotes of this line")])
        if row is None:
            return
        if None in row or None in row.values():
            refuse(path, [Problem(line, f"has not the {len(COLUMNS)} fields of the first line", "quote commas")])
        yield line, row
        line = reader.line_num + 1


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InventoryError(f"cannot be read: {reason}", "check baseline.table of the policy", path=path) from error
    if len(content) > MAX_BYTES:
        raise InventoryError(f"is larger than {MAX_BYTES:,} bytes", "is this the right file?", path=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise InventoryError("is not UTF-8 text", "save it as CSV in UTF-8", path=path, line=line)


_SID = re.compile(r"S-1-\d+(-\d+)+")
_NUMBER = re.compile(r"-?\d+")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_AUDIT_KEY = re.compile(r".+ (\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\})")
_FORM_OF_KEY = {
    Source.REGISTRY: re.compile(r"HKLM\\(SOFTWARE|SYSTEM)\\[^\r\n]+[^\\]", re.IGNORECASE),
    Source.USER_RIGHT: re.compile(r"Se[A-Za-z]+(Privilege|Right)"),
    Source.AUDIT: _AUDIT_KEY,
    Source.SYSTEM_ACCESS: re.compile(r"[A-Za-z]+"),
}
_TYPES = {
    Source.REGISTRY: ("REG_DWORD", "REG_SZ"),
    Source.USER_RIGHT: ("sid_list",),
    Source.AUDIT: ("audit_flags",),
    Source.SYSTEM_ACCESS: ("secedit_int",),
}
_NUMERIC = {Operator.EQ, Operator.GE, Operator.LE, Operator.IN, Operator.ONE_OF}
_OPERATORS = {
    "REG_DWORD": _NUMERIC | {Operator.ABSENT},
    "REG_SZ": {Operator.EQ, Operator.ONE_OF, Operator.CONTAINS, Operator.ABSENT},
    "secedit_int": _NUMERIC,
    "sid_list": {Operator.CONTAINS, Operator.SIDS_EQ, Operator.SIDS_SUBSET, Operator.ABSENT},
    "audit_flags": {Operator.CONTAINS},
}
_SWITCHES = {
    "scope": ("domain", "domain_only"),
    "core": ("no-effect", "idle_on_core"),
    "effective": ("active-store", "active_store"),
    "effect": ("dc-only", "dc_only"),
    "state": ("not-configured", "not_configured"),
}
"""Tokens that have one value, and what of a setting they switch on."""
_TOKENS = {"gpo", "absent", "baseline", "also_ok", "workgroup", "hyperv", *_SWITCHES}
_ABSENT = re.compile(r"(?P<always>fail|pass)|pass-if-feature-missing:(?P<feature>[A-Za-z0-9-]+)")


def _setting(row: Mapping[str, str]) -> Setting:
    """A row without mistakes."""
    tokens, remark = _note(row["note"])
    absent = _ABSENT.fullmatch(tokens["absent"])
    assert absent
    return Setting(
        id=row["id"],
        kind=Kind(row["kind"]),
        source=_source(row),
        area=row["area"],
        name=row["name"],
        key=row["key"],
        value_name=row["value_name"],
        value_type=row["value_type"],
        operator=Operator(row["operator"]),
        expected=row["expected"],
        absent=Absent(absent["always"] or "fail"),
        unless_feature=absent["feature"],
        gpo=tokens.get("gpo", ""),
        literal=tokens.get("baseline"),
        also_ok=tokens.get("also_ok"),
        workgroup=tokens.get("workgroup"),
        hyperv=tokens.get("hyperv"),
        remark=remark,
        **{field: True for token, (_, field) in _SWITCHES.items() if token in tokens},
    )


def _note(note: str) -> tuple[dict[str, str], str]:
    head, _, remark = note.partition(" | ")
    return dict(part.split("=", 1) for part in head.split(";") if "=" in part), remark


def _mistakes(row: Mapping[str, str], rules: _Rules) -> list[str]:
    """What is wrong with a row, in words; the form first, because the rest rests on it."""
    return [*_form(row, rules)] or [*_key(row), *_expectation(row), *_tokens(row, rules)]


def _form(row: Mapping[str, str], rules: _Rules) -> Iterator[str]:
    if rules.id.fullmatch(row["id"]) is None:
        yield "the id has an unexpected form"
    for column in COLUMNS:
        if row[column] != row[column].strip() or not row[column].isprintable():
            yield f"{column} has blanks around it, or a character that cannot be printed"
    for column in ("area", "name", "key"):
        if not row[column]:
            yield f"{column} is empty"
    yield from _one_of(row, "kind", list(Kind))
    yield from _one_of(row, "operator", list(Operator))
    yield from _one_of(row, "value_type", _TYPES[_source(row)])
    parts = row["note"].partition(" | ")[0].split(";")
    names = [part.partition("=")[0] for part in parts]
    if any(not part.partition("=")[2] for part in parts):
        yield "the note does not begin with tokens such as absent=fail, with semicolons between them"
    elif len(set(names)) < len(names):
        yield "the note has a token twice"


def _one_of(row: Mapping[str, str], column: str, choices: Iterable[str]) -> Iterator[str]:
    choices = [str(choice) for choice in choices]
    if row[column] not in choices:
        meant = did_you_mean(row[column], choices) or f"expected one of {', '.join(choices)}"
        yield f"{column} is {shown(row[column])}; {meant}"


def _source(row: Mapping[str, str]) -> Source:
    match row["kind"]:
        case Kind.USER_RIGHT:
            return Source.USER_RIGHT
        case Kind.AUDIT_POLICY:
            return Source.AUDIT
        case Kind.ACCOUNT_POLICY:
            return Source.SYSTEM_ACCESS
        case Kind.SECURITY_OPTION if row["value_type"] == "secedit_int":
            return Source.SYSTEM_ACCESS
    return Source.REGISTRY


def _key(row: Mapping[str, str]) -> Iterator[str]:
    source = _source(row)
    form = _FORM_OF_KEY[source].fullmatch(row["key"])
    if form is None:
        yield f"the key {shown(row['key'])} is none of a {row['kind']}"
    if source is Source.REGISTRY and not row["value_name"]:
        yield "value_name is empty"
    if source is Source.AUDIT and form and form[1] != row["value_name"]:
        yield "value_name is not the GUID of the key"


def _expectation(row: Mapping[str, str]) -> Iterator[str]:
    operator, kind, expected = Operator(row["operator"]), row["value_type"], row["expected"]
    if operator not in _OPERATORS[kind]:
        yield f"the operator {operator} does not compare a {kind}"
    elif (expected == "") != (operator is Operator.ABSENT):
        yield "expected is empty without the operator absent, or the other way round"
    elif operator is not Operator.ABSENT and not _fits(expected, operator, kind):
        yield f"expected {shown(expected)} does not fit {operator} and {kind}"


def _fits(expected: str, operator: Operator, value_type: str) -> bool:
    parts = expected.split(";")
    if value_type == "sid_list":
        return all(map(_SID.fullmatch, parts))
    if value_type == "audit_flags":
        return expected in AUDIT_FLAGS
    if operator is Operator.IN:
        bounds = _RANGE.fullmatch(expected)
        return bounds is not None and int(bounds[1]) <= int(bounds[2])
    if operator is Operator.ONE_OF:
        return len(parts) > 1 and (value_type == "REG_SZ" or all(map(_NUMBER.fullmatch, parts)))
    return value_type == "REG_SZ" or _NUMBER.fullmatch(expected) is not None


def _tokens(row: Mapping[str, str], rules: _Rules) -> Iterator[str]:
    tokens, _ = _note(row["note"])
    for name in tokens.keys() - _TOKENS:
        yield f"unknown token {shown(name)} {did_you_mean(name, _TOKENS)}".rstrip()
    for name, (value, _) in _SWITCHES.items():
        if tokens.get(name, value) != value:
            yield f"{name} can only be {value}"
    if rules is not _MICROSOFT and is_secret(row["value_name"]) and row["id"] not in rules.known:
        yield "a value whose name promises a secret is not read"
    if tokens.get("gpo", "") not in rules.gpos:
        yield "names no group policy object that we know"
    if _ABSENT.fullmatch(tokens.get("absent", "")) is None:
        yield "does not say how to treat a missing value: absent=fail or absent=pass"
    if tokens.get("hyperv", "review") not in ("required", "review"):
        yield "hyperv can only be required or review"
    yield from _values_of_tokens(row, tokens)


def _values_of_tokens(row: Mapping[str, str], tokens: Mapping[str, str]) -> Iterator[str]:
    """Values that take the place of `expected`, or stand beside it, are of its type."""
    form = _SID if row["value_type"] == "sid_list" else _NUMBER
    numeric = row["value_type"] in ("REG_DWORD", "secedit_int", "sid_list")
    if numeric and "also_ok" in tokens and not form.fullmatch(tokens["also_ok"]):
        yield "also_ok is not of the setting's type"
    if tokens.get("hyperv") == "required" and (row["value_type"] != "sid_list" or "also_ok" not in tokens):
        yield "hyperv=required needs also_ok with the SID that the role needs"
    for name in ("baseline", "workgroup"):
        value = tokens.get(name)
        if value is None or not numeric or (name == "workgroup" and value == NOBODY and form is _SID):
            continue
        if not all(map(form.fullmatch, value.split(","))):
            yield f"{name} is not of the setting's type"
