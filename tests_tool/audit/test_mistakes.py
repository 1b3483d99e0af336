"""The user's mistakes: exit code 4, what is wrong and where, and nothing left behind."""

from pathlib import Path

import pytest

from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import CANARY, Ran


def assert_refused(ran: Ran, *said: str) -> None:
    assert ran.code == 4, ran.output
    assert all(text in ran.output for text in said), ran.output
    assert "Traceback" not in ran.output
    assert not ran.reports.exists()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "written.yaml"


def test_no_hosts_gets_the_two_commands_to_try(audit: Audit) -> None:
    assert_refused(audit(), "no hosts were named", "pytest --hosts=demo", "pytest --hosts=hv01 --inventory=FILE")


def test_an_unknown_host_gets_a_suggestion(audit: Audit) -> None:
    assert_refused(audit("--hosts=hv-croe"), "nothing is called 'hv-croe'", "did you mean 'hv-core'?")


def test_a_misspelt_exclusion_does_not_let_the_host_be_audited(audit: Audit) -> None:
    assert_refused(audit("--hosts=demo,!hv-dsek"), "hv-dsek", "did you mean 'hv-desk'?")


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_misspelt_marker_is_told_before_any_host_is_asked(audit: Audit, workers: tuple[str, ...]) -> None:
    ran = audit("--hosts=demo", "-m", "basline and not shielded_vm", *workers)
    assert_refused(ran, "no marker is called 'basline'", "did you mean 'baseline'?")


def test_a_mistake_in_the_inventory_has_file_and_line(audit: Audit, written: Path) -> None:
    written.write_text("hosts:\n  hv01:\n    adress: hv01.corp.example\n", encoding="utf-8")
    assert_refused(audit("--hosts=all", f"--inventory={written}"), f"{written}:3: ", "did you mean 'address'?")


def test_a_mistake_in_the_policy_has_file_and_line(audit: Audit, written: Path) -> None:
    written.write_text("smb:\n  accept_signing_onyl: true\n", encoding="utf-8")
    assert_refused(audit("--hosts=demo", f"--policy={written}"), f"{written}:2: ", "accept_signing_only")


def test_a_guest_that_no_list_knows_is_a_mistake_in_the_policy(audit: Audit, written: Path) -> None:
    written.write_text("vm:\n  guest_os:\n    'web-*': windows-server-2199\n", encoding="utf-8")
    assert_refused(audit("--hosts=demo", f"--policy={written}"), str(written), "windows-server-2199")


@pytest.mark.parametrize("option", ["inventory", "policy"])
def test_a_file_that_is_not_there_is_named(audit: Audit, written: Path, option: str) -> None:
    assert_refused(audit("--hosts=demo", f"--{option}={written}"), str(written))


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_password_in_a_url_is_refused_and_not_repeated(audit: Audit, workers: tuple[str, ...]) -> None:
    ran = audit(f"--hosts=winrm://auditor:{CANARY}@hv01.corp.example", *workers)
    assert_refused(ran, "a password in a URL")
    assert CANARY not in ran.output


def test_a_variable_without_a_password_is_named(audit: Audit, written: Path) -> None:
    reference = "{username: auditor, password_env: A_VARIABLE_THAT_IS_NOT_SET}"
    written.write_text(f"hosts:\n  hv01: {{credential: {reference}}}\n", encoding="utf-8")
    assert_refused(audit("--hosts=hv01", f"--inventory={written}"), "A_VARIABLE_THAT_IS_NOT_SET")


def test_a_folder_without_evidence_is_named(audit: Audit, tmp_path: Path) -> None:
    assert_refused(
        audit(f"--evidence={tmp_path}"), f"{tmp_path} holds no evidence", "--evidence=reports/latest/evidence"
    )
