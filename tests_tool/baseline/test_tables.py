"""Microsoft's tables are whole and agree with each other; a site lays rows of its own over them, free of mistakes."""

import csv
import hashlib
import io
import json
from collections import Counter
from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import Inventory
from hyperv_audit.inventory.baseline import COLUMNS, EDITIONS, FOLDER, Kind, Source, microsoft, tables, wanted
from hyperv_audit.inventory.policies import load_policies
from hyperv_audit.inventory.policy import Antivirus, Policy

KINDS = (Kind.ACCOUNT_POLICY, Kind.SECURITY_OPTION, Kind.USER_RIGHT, Kind.AUDIT_POLICY, Kind.REGISTRY)
INTERNET_EXPLORER = "Internet Explorer 11"

GOOD = {
    "id": "CORP-Proxy",
    "kind": "registry",
    "area": "Corporate",
    "name": "Use the proxy of the house",
    "key": r"HKLM\SOFTWARE\Corp\Net",
    "value_name": "Proxy",
    "value_type": "REG_SZ",
    "operator": "eq",
    "expected": "on",
    "note": "absent=fail",
}
NUMBER = {"value_type": "REG_DWORD", "expected": "1"}
RIGHT = {
    "kind": "user_right",
    "key": "SeServiceLogonRight",
    "value_name": "",
    "value_type": "sid_list",
    "operator": "sids_subset",
    "expected": "S-1-5-83-0",
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


# Microsoft's


@pytest.mark.parametrize(
    ("edition", "counts", "with_internet_explorer"),
    [
        ("2016", (9, 41, 27, 21, 199), 133),
        ("2019", (9, 33, 23, 23, 219), 133),
        ("2022", (7, 30, 23, 23, 225), 133),
        ("2025", (8, 31, 23, 24, 268), 133),
    ],
)
def test_table_has_the_settings_of_its_edition(
    edition: str, counts: tuple[int, ...], with_internet_explorer: int
) -> None:
    """As counted when the tables were compared with Microsoft's packages record by record."""
    table = microsoft()[edition].values()
    found = Counter(setting.kind for setting in table)
    assert tuple(found[kind] for kind in KINDS) == counts
    assert sum(setting.area == INTERNET_EXPLORER for setting in table) == with_internet_explorer


def test_tables_are_those_that_the_readme_describes() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = sorted(FOLDER.glob("*.csv"))
    assert len(files) == len(EDITIONS)
    for file in files:
        assert hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest() in readme, file.name


def test_one_setting_has_one_id_in_every_edition() -> None:
    settings = [setting for table in microsoft().values() for setting in table.values()]
    assert len({(setting.id, setting.target) for setting in settings}) == len({setting.id for setting in settings})
    assert len({(setting.id, setting.target) for setting in settings}) == len({setting.target for setting in settings})


def test_what_microsoft_sets_is_accepted() -> None:
    """Where stricter values are accepted too, Microsoft's own is one of those that are."""
    for setting in (setting for table in microsoft().values() for setting in table.values()):
        if setting.literal is None or not setting.is_number:
            continue
        low, _, high = setting.expected.partition("..")
        accepted = range(int(low), int(high) + 1) if high else [int(part) for part in setting.expected.split(";")]
        assert int(setting.literal) in accepted, setting.id


# What is asked


def test_every_registry_value_of_an_edition_is_asked_for_and_no_other() -> None:
    groups = wanted(tables(), Policy())["registry"]
    for build, edition in EDITIONS.items():
        rows = [row for row in microsoft()[edition].values() if row.source is Source.REGISTRY]
        asked = [
            (key.lower(), name.lower())
            for group in groups
            for key, names in group["keys"].items()
            for name in names
            if build in group["builds"]
        ]
        assert sorted(asked) == sorted((row.key.lower(), row.value_name.lower()) for row in rows)


def test_what_is_asked_is_small() -> None:
    """It travels to each host with the script, in one message of 100,000 bytes."""
    assert len(json.dumps(wanted(tables(), Policy()))) < 25_000


def test_defender_is_not_asked_about_beside_another_antivirus() -> None:
    other = Policy(antivirus=Antivirus(product="Contoso Endpoint"))
    text = json.dumps(wanted(tables(), other))
    assert "Windows Defender" not in text
    assert "Windows Defender" in json.dumps(wanted(tables(), Policy()))


# A site's own


def test_a_row_with_microsofts_id_takes_its_place_where_the_edition_has_it(tmp_path: Path) -> None:
    (theirs,) = (row for row in rows_of("2019") if row["id"] == "WSB-ACC-MaximumPasswordAge")
    merged = tables(write(tmp_path / "site.csv", {**theirs, "expected": "1..365"}))
    assert merged["2019"]["WSB-ACC-MaximumPasswordAge"].expected == "1..365"
    assert "WSB-ACC-MaximumPasswordAge" not in merged["2022"]
    assert list(merged["2019"]) == list(microsoft()["2019"])


def test_a_row_with_its_own_id_is_added_to_every_edition(tmp_path: Path) -> None:
    merged = tables(write(tmp_path / "site.csv", GOOD, {**GOOD, **RIGHT, "id": "CORP-Right"}))
    for edition, table in merged.items():
        assert table.keys() - microsoft()[edition].keys() == {"CORP-Proxy", "CORP-Right"}
    shared = next(group for group in wanted(merged, Policy())["registry"] if group["builds"] == list(EDITIONS))
    assert shared["keys"][GOOD["key"]] == ["Proxy"]


def test_the_policy_names_the_table_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "site.csv", GOOD)
    (tmp_path / "policy.yaml").write_text("baseline: {table: site.csv}", encoding="utf-8")
    assert "CORP-Proxy" in tables(load_policies(tmp_path / "policy.yaml", Inventory()).base.baseline.path)["2016"]


def rows_of(edition: str) -> list[dict[str, str]]:
    with (FOLDER / f"windows_server_{edition}_member.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "a b"}, "the id has an unexpected form"),
        ({"kind": "registri"}, "kind is 'registri'; did you mean 'registry'"),
        ({"kind": "service"}, "kind is 'service'"),
        ({"operator": "equal"}, "operator is 'equal'"),
        ({"value_type": "REG_QWORD"}, "value_type is 'REG_QWORD'; did you mean 'REG_DWORD'"),
        ({"value_type": "sid_list"}, "value_type is 'sid_list'"),
        ({"area": ""}, "area is empty"),
        ({"name": " x"}, "name has blanks around it"),
        ({"name": "a\x1b[2J"}, "a character that cannot be printed"),
        ({"key": r"HKCU\Software\Corp"}, "the key .* is none of a registry"),
        ({"key": r"HKLM\SECURITY\Policy"}, "the key .* is none of a registry"),
        ({"value_name": ""}, "value_name is empty"),
        ({"value_name": "DefaultPassword"}, "a value whose name promises a secret is not read"),
        ({"operator": "ge"}, "the operator ge does not compare a REG_SZ"),
        ({"operator": "sids_eq"}, "the operator sids_eq does not compare a REG_SZ"),
        ({"expected": ""}, "expected is empty without the operator absent"),
        ({"operator": "absent"}, "or the other way round"),
        ({**NUMBER, "expected": "yes"}, "expected 'yes' does not fit eq and REG_DWORD"),
        ({**NUMBER, "operator": "in", "expected": "9..1"}, "expected '9..1' does not fit in"),
        ({**NUMBER, "operator": "one_of"}, "expected '1' does not fit one_of"),
        ({**RIGHT, "expected": "Administrators"}, "expected 'Administrators' does not fit sids_subset"),
        ({**RIGHT, "key": "Administrators"}, "the key 'Administrators' is none of a user_right"),
        ({**RIGHT, "note": "absent=fail;also_ok=Everyone"}, "also_ok is not of the setting's type"),
        ({**RIGHT, "note": "absent=fail;hyperv=required"}, "hyperv=required needs also_ok"),
        ({**NUMBER, "note": "absent=fail;baseline=low"}, "baseline is not of the setting's type"),
        ({**NUMBER, "note": "absent=fail;workgroup=none"}, "workgroup is not of the setting's type"),
        ({"note": ""}, "the note does not begin with tokens"),
        ({"note": "never mind"}, "the note does not begin with tokens"),
        ({"note": "absent=fail;absent=pass"}, "the note has a token twice"),
        ({"note": "scope=domain"}, "does not say how to treat a missing value"),
        ({"note": "absent=maybe"}, "does not say how to treat a missing value"),
        ({"note": "absent=fail;scop=domain"}, "unknown token 'scop' did you mean 'scope'"),
        ({"note": "absent=fail;scope=forest"}, "scope can only be domain"),
        ({"note": "absent=fail;hyperv=maybe"}, "hyperv can only be required or review"),
        ({"note": "absent=fail;gpo=ours"}, "names no group policy object that we know"),
        (
            {"key": r"HKLM\system\currentcontrolset\control\lsa", "value_name": "nolmhash"},
            "'CORP-Proxy' sets the same as WSB-SEC-Lsa.NoLMHash",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(change: dict[str, str], says: str, tmp_path: Path) -> None:
    site = write(tmp_path / "site.csv", {**GOOD, "id": "CORP-First", "value_name": "First"}, {**GOOD, **change})
    with pytest.raises(InventoryError, match=says) as caught:
        tables(site)
    assert caught.value.path == site
    assert caught.value.line == (1 if "sets the same" in says else 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the first line has other columns"),
        (b"id;kind;area\n", "the first line has other columns"),
        (",".join(COLUMNS).encode() + b'\nX,"registry"x,', "is not CSV"),
        (",".join(COLUMNS).encode() + b"\nX,registry\n", "has not the 10 fields"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x" * 1_000_001, "is larger than"),
    ],
    ids=["empty", "semicolons", "quotes", "short", "utf-16", "large"],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "site.csv").write_bytes(content)
    with pytest.raises(InventoryError, match=says):
        tables(tmp_path / "site.csv")


def test_two_rows_of_one_setting_are_refused(tmp_path: Path) -> None:
    twice = {**GOOD, "id": "CORP-Again", "value_name": "PROXY"}
    with pytest.raises(InventoryError, match=r"site.csv:3: 'CORP-Again': its setting stands already in line 2"):
        tables(write(tmp_path / "site.csv", GOOD, twice))


def test_a_missing_file_says_where_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"baseline\.table"):
        tables(tmp_path / "nowhere.csv")
