"""What could not be read, or is not in the form it has to have, is neither missing nor met; the key is named."""

from collections.abc import Callable
from typing import Any

import pytest

from hyperv_audit.collect.evidence import Failure
from hyperv_audit.judge.setting import Outcome
from tests_tool.baseline.machine import Machine, good, refused

Lines = Callable[[list[Any]], list[Any]]

LSA = r"HKLM\System\CurrentControlSet\Control\Lsa"
NO_HASH = "WSB-SEC-Lsa.NoLMHash"
HISTORY = "WSB-ACC-PasswordHistorySize"
DEBUG = "WSB-URA-SeDebugPrivilege"
LOGON = "WSB-AUD-Logon"
LOGON_GUID = "{0CCE9215-69AE-11D9-BED3-505054503030}"
FIREWALL = "WSB-REG-WindowsFirewall.PublicProfile.EnableFirewall"

REGISTRY, POLICY, AUDIT = "baseline.registry", "baseline.security_policy", "baseline.audit_policy"


@pytest.fixture(scope="module")
def machine() -> Machine:
    return good("2022")


def edit(name: str, **fields: Any) -> Lines:
    return lambda rows: [{**row, **fields} if row["Name"] == name else row for row in rows]


def without(text: str) -> Lines:
    return lambda lines: [line for line in lines if text not in str(line)]


def replaced(old: str, new: str) -> Lines:
    return lambda lines: [line.replace(old, new) for line in lines]


def also(*more: Any) -> Lines:
    return lambda lines: [*lines, *more]


CASES: list[tuple[str, str, Lines, str]] = [
    (NO_HASH, REGISTRY, without("NoLMHash"), "0 rows of baseline.registry"),
    (NO_HASH, REGISTRY, lambda _: [], "0 rows"),
    (NO_HASH, REGISTRY, lambda rows: [*rows, *rows], "2 rows"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Present=None), "Present"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Present="False"), "Present"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Value=None), "the host did not say which"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Present=False), "said to be absent"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Present=False, Value=None), "the host did not say which"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Value=1.5), "Value"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Value=True), "Value"),
    (NO_HASH, REGISTRY, edit("NoLMHash", Kind=4), "Kind"),
    (HISTORY, POLICY, lambda _: [], "no section [System Access]"),
    (HISTORY, POLICY, replaced("[System Access]", "[Systemzugriff]"), "no section [System Access]"),
    (HISTORY, POLICY, replaced("PasswordHistorySize = 24", "PasswordHistorySize = many"), "'many', and no number"),
    (HISTORY, POLICY, also("[System Access]", "PasswordHistorySize = 0"), "stands there twice"),
    (HISTORY, POLICY, lambda _: [1, 2], "no text"),
    (HISTORY, POLICY, lambda lines: ["\0".join(line) for line in lines], "no section"),
    (DEBUG, POLICY, replaced("[Privilege Rights]", "[Rechte]"), "no section [Privilege Rights]"),
    (DEBUG, POLICY, without("Se"), "nobody holds any right"),
    (LOGON, AUDIT, without(LOGON_GUID), f"says nothing of the subcategory {LOGON_GUID}"),
    (LOGON, AUDIT, lambda _: [], "says nothing"),
    (LOGON, AUDIT, lambda lines: [*lines, *lines], "says '3', '3'"),
    (LOGON, AUDIT, replaced(",,3", ",,Erfolg"), "says 'Erfolg'"),
    (LOGON, AUDIT, replaced(",,3", ",,"), "says ''"),
    (LOGON, AUDIT, replaced(",,3", ",,7"), "says '7'"),
    (LOGON, AUDIT, replaced(",,3", ",3"), "says nothing"),
    (LOGON, AUDIT, replaced(",System,", ",S-1-5-21-1-2-3-1001,"), "says nothing"),
    (LOGON, AUDIT, lambda _: [None], "no text"),
]


@pytest.mark.parametrize(
    ("setting", "probe", "change", "says"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)]
)
def test_what_is_not_in_its_form_is_unreadable(
    machine: Machine, setting: str, probe: str, change: Lines, says: str
) -> None:
    judged = machine.changed(lines={probe: change}).judged(only=setting)[setting]
    assert judged.outcome is Outcome.UNREADABLE
    assert says in judged.why


@pytest.mark.parametrize(
    ("setting", "topic", "error", "says"),
    [
        (NO_HASH, "baseline", refused("registry", target=LSA.upper()), "Control\\Lsa: PermissionDenied,Test"),
        (NO_HASH, "baseline", refused("registry", target="something else"), "baseline.registry: PermissionDenied"),
        (NO_HASH, "baseline", refused("registry"), "baseline.registry: PermissionDenied"),
        (NO_HASH, "baseline", refused(""), "PermissionDenied"),
        (HISTORY, "baseline", refused("security_policy"), "PermissionDenied"),
        (DEBUG, "baseline", refused("security_policy"), "PermissionDenied"),
        (LOGON, "baseline", refused("audit_policy"), "PermissionDenied"),
        (FIREWALL, "ipsec", refused("firewall_profiles"), "firewall_profiles"),
    ],
)  # fmt: skip
def test_what_met_an_error_is_unreadable(machine: Machine, setting: str, topic: str, error: Failure, says: str) -> None:
    judged = machine.changed(errors={topic: [error]}).judged(only=setting)[setting]
    assert judged.outcome is Outcome.UNREADABLE
    assert says in judged.why


def test_an_unreadable_key_costs_its_own_values_only(machine: Machine) -> None:
    denied = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"
    judged = machine.changed(
        errors={"baseline": [refused("registry", target=denied)]},
        lines={REGISTRY: lambda rows: [row for row in rows if row["Key"].lower() != denied.lower()]},
    ).judged()
    unread = {id_ for id_, each in judged.items() if each.outcome is Outcome.UNREADABLE}
    assert unread == {row["id"] for row in machine.rows if row["key"].lower() == denied.lower()}
    assert len(unread) > 1
    assert all(each.outcome is Outcome.MEETS for id_, each in judged.items() if id_ not in unread)


def test_evidence_without_the_topic_meets_nothing(machine: Machine) -> None:
    empty = machine.changed(
        lines={f"baseline.{probe}": lambda _: [] for probe in ("registry", "security_policy", "audit_policy")}
    )
    assert {each.outcome for each in empty.judged().values()} == {Outcome.UNREADABLE}


def test_names_compare_without_case(machine: Machine) -> None:
    shouted = {
        REGISTRY: lambda rows: [{**row, "Key": row["Key"].upper(), "Name": row["Name"].upper()} for row in rows],
        POLICY: lambda lines: [line.upper() for line in lines],
        AUDIT: lambda lines: [line.lower() for line in lines],
    }
    assert {each.outcome for each in machine.changed(lines=shouted).judged().values()} == {Outcome.MEETS}


def test_a_users_own_audit_policy_is_not_the_systems(machine: Machine) -> None:
    row = f"HV01,S-1-5-21-1-2-3-1001,Anmelden,{LOGON_GUID},Erfolg,,1"
    judged = machine.changed(lines={AUDIT: also(row)}).judged(only=LOGON)[LOGON]
    assert judged.outcome is Outcome.MEETS


def test_a_translated_audit_file_is_read_by_position(machine: Machine) -> None:
    german = machine.changed(
        lines={AUDIT: lambda lines: ["Computername,Ziel,...", *replaced(",System,", ",SYSTEM,")(lines[1:])]}
    )
    assert german.judged(only=LOGON)[LOGON].outcome is Outcome.MEETS
