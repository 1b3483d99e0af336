"""The baseline's collector: what is absent is not what is unread, and of the files it had written nothing stays."""

from pathlib import Path
from typing import Any

import pytest

from tests_tool.world.support import Evidence, changed, collecting, needs_pwsh, observe

pytestmark = needs_pwsh

FULL, EMPTY, NONE, SHUT = (f"HKLM\\SOFTWARE\\Corp\\{name}" for name in ("Full", "Empty", "None", "Shut"))
NAMES = ["Number", "Text", "\\\\*\\SYSVOL", "Missing"]
GUEST = "S-1-5-21-1-2-3-501"


def collected(build: str, temporary: Path, monkeypatch: pytest.MonkeyPatch, **top: Any) -> Evidence:
    """What is seen of a host, whose temporary folder is `temporary`, when these keys are asked for."""
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("TMP", str(temporary))
    host = changed("core-2022", vms=[], **top)
    host["registry"] |= {
        FULL.replace("HKLM\\", "HKLM:\\"): {"number": 7, "Text": "on", "\\\\*\\SYSVOL": "RequireIntegrity=1"},
        EMPTY.replace("HKLM\\", "HKLM:\\"): {},
    }
    groups = [
        {"builds": ["20348"], "keys": {FULL: NAMES[:2], NONE: ["Number"]}},
        {"builds": ["17763", "20348"], "keys": {FULL: NAMES[2:], EMPTY: ["Number"], SHUT: ["Number"]}},
        {"builds": ["17763"], "keys": {FULL: ["Other"]}},
    ]
    host["registry"]["HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"]["CurrentBuildNumber"] = build
    return dict(observe(host, collecting("baseline"), baseline={"registry": groups})["baseline"])


def test_values_of_the_own_build_are_read_and_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = collected(
        "20348",
        tmp_path,
        monkeypatch,
        denied_keys=[SHUT.replace("HKLM\\", "HKLM:\\")],
        local_names={"Gäst": GUEST, "Administratörer": "S-1-5-32-544"},
        baseline={"edition": "2022", "except": {"WSB-URA-SeDenyNetworkLogonRight": ["S-1-5-114", GUEST]}},
    )
    assert seen["data"]["edition"] == [{"Build": "20348", "Keys": 4}]
    rows = {(row["Key"], row["Name"]): (row["Present"], row["Kind"], row["Value"]) for row in seen["data"]["registry"]}
    assert rows == {
        (FULL, "Number"): (True, "DWord", 7),
        (FULL, "Text"): (True, "String", "on"),
        (FULL, "\\\\*\\SYSVOL"): (True, "String", "RequireIntegrity=1"),
        (FULL, "Missing"): (False, None, None),
        (EMPTY, "Number"): (False, None, None),
        (NONE, "Number"): (False, None, None),
    }
    assert [(error["probe"], error["target"], error["category"]) for error in seen["errors"]] == [
        ("registry", SHUT, "PermissionDenied")
    ]
    policy = seen["data"]["security_policy"]
    assert policy[:3] == ["[Unicode]", "Unicode=yes", "[System Access]"]
    assert "SeDenyNetworkLogonRight = *S-1-5-114,Gäst" in policy
    assert {"Name": "Gäst", "Sid": GUEST} in seen["data"]["local_accounts"]
    assert seen["data"]["audit_policy"][0].startswith("Machine Name,Policy Target,")
    assert list(tmp_path.glob("hva-*")) == []


def test_another_build_is_asked_nothing_and_what_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {name: {"exit_code": code, "says": "Nein."} for name, code in (("secedit", 3), ("auditpol", 1314))}
    seen = collected("20349", tmp_path, monkeypatch, failing=failing)
    assert seen["data"]["edition"] == [{"Build": "20349", "Keys": 0}]
    assert [seen["data"][probe] for probe in ("registry", "security_policy", "audit_policy")] == [[], [], []]
    assert {(error["probe"], error["id"]) for error in seen["errors"]} == {
        ("security_policy", "secedit ended with 3"),
        ("audit_policy", "auditpol ended with 1314"),
    }
    assert list(tmp_path.glob("hva-*")) == []
