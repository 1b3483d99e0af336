"""The user's mistakes: exit code 4, what is wrong and where, and nothing left behind."""

from pathlib import Path

import pytest

from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import CANARY, Ran

audited = pytest.mark.audited


def assert_refused(ran: Ran, *said: str) -> None:
    assert ran.code == 4, ran.output
    assert all(text in ran.output for text in said), ran.output
    assert "Traceback" not in ran.output
    assert ran.folders == []


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "written.yaml"


@audited()
def test_no_hosts_gets_the_two_commands_to_try(ran: Ran) -> None:
    assert_refused(ran, "no hosts were named", "pytest --hosts=demo", "pytest --hosts=hv01 --inventory=FILE")


@audited("--hosts=hv-croe")
def test_an_unknown_host_gets_a_suggestion(ran: Ran) -> None:
    assert_refused(ran, "nothing is called 'hv-croe'", "did you mean 'hv-core'?")


@audited("--hosts=demo", "--fail-on=grave")
def test_a_severity_that_there_is_not_names_those_that_there_are(ran: Ran) -> None:
    assert_refused(ran, "--fail-on", "grave", "high", "medium", "low")


@audited("--hosts=demo,!hv-dsek")
def test_a_misspelt_exclusion_does_not_let_the_host_be_audited(ran: Ran) -> None:
    assert_refused(ran, "hv-dsek", "did you mean 'hv-desk'?")


@audited("--hosts=demo", "-m", "basline and not shielded_vm", "-n", "2")
def test_a_misspelt_marker_is_told_before_any_host_is_asked(ran: Ran) -> None:
    assert_refused(ran, "no marker is called 'basline'", "did you mean 'baseline'?")


@audited("--hosts=demo", "-m", "vm")
def test_a_marker_that_is_like_none_gets_those_that_there_are(ran: Ran) -> None:
    assert_refused(ran, "no marker is called 'vm'. There are baseline, enhanced, guarded_fabric, shielded_vm")


@audited("--hosts=hv01")
def test_a_host_of_ones_own_without_an_inventory_of_ones_own(ran: Ran) -> None:
    assert_refused(ran, "nothing is called 'hv01'", "This is the demo's inventory", "--inventory=FILE")


@audited(f"--hosts=winrm://auditor:{CANARY}@hv01.corp.example")
def test_a_password_in_a_url_is_refused_and_not_repeated(ran: Ran) -> None:
    assert_refused(ran, "a password in a URL")
    assert CANARY not in ran.output


@audited("--hosts=hv-core", "-k", "and and")
def test_an_expression_that_pytest_cannot_read_leaves_the_evidence_and_no_report(ran: Ran) -> None:
    assert ran.code == 4
    assert (ran.evidence / "hv-core.json").is_file()
    assert not {"report.html", "results.jsonl"} & ran.made


@audited("--hosts=demo", "--fixtures")
def test_asking_for_the_fixtures_is_no_run(ran: Ran) -> None:
    assert ran.code == 0
    assert "The virtual machine that an item is about" in ran.output
    assert ran.folders == []


@audited("tests_vm", "tests_nosuch", "--hosts=demo")
def test_a_path_that_is_not_there_is_told_before_any_host_is_asked(ran: Ran) -> None:
    assert_refused(ran, "tests_nosuch")


@audited("--hosts=demo", "--policy=nowhere/policy.yaml")
def test_a_policy_that_is_not_there_is_named(ran: Ran) -> None:
    assert_refused(ran, "policy.yaml")


@audited("--evidence=tests_vm")
def test_a_folder_without_evidence_is_named(ran: Ran) -> None:
    assert_refused(ran, "tests_vm holds no evidence", "--evidence=reports/latest/evidence")


@audited("--hosts=demo", "--reports=pytest.ini")
def test_a_folder_that_cannot_be_written_is_named(ran: Ran) -> None:
    assert_refused(ran, "cannot be made", "--reports=DIR")


def test_a_mistake_in_the_inventory_has_file_and_line(audit: Audit, written: Path) -> None:
    written.write_text("hosts:\n  hv01:\n    adress: hv01.corp.example\n", encoding="utf-8")
    assert_refused(audit("--hosts=all", f"--inventory={written}"), f"{written}:3: ", "did you mean 'address'?")


@audited("--hosts=winrm://auditor@hv01.corp.example?ca_file=nowhere/ca.pem")
def test_an_authority_of_a_url_that_is_not_there_is_named(ran: Ran) -> None:
    assert_refused(ran, "hv01.corp.example: there is no file nowhere/ca.pem")


@pytest.mark.parametrize("key", ["policy", "waivers"])
def test_a_file_of_the_inventory_that_is_not_there_is_named_with_the_line_that_wants_it(
    audit: Audit, written: Path, key: str
) -> None:
    written.write_text(f"hosts: {{hv01: {{world: core-2022}}}}\n{key}: {key}.yaml\n", encoding="utf-8")
    ran = audit("--hosts=hv01", f"--inventory={written}")
    missing = written.with_name(f"{key}.yaml")
    assert_refused(ran, f"{written}:2: {key}: there is no file {missing}", "or delete this line")


def test_an_authority_that_is_not_there_is_named_before_any_host_is_asked(audit: Audit, written: Path) -> None:
    account = "credential: {username: auditor, prompt: true}"
    written.write_text(f"hosts: {{hv01: {{ca_file: corp-ca.pem, {account}}}}}\n", encoding="utf-8")
    missing = written.with_name("corp-ca.pem")
    assert_refused(audit("--hosts=hv01", f"--inventory={written}"), f"{written}: hv01: there is no file {missing}")


def test_a_world_that_the_lab_has_not_is_named(audit: Audit, written: Path) -> None:
    written.write_text("hosts:\n  hv1: {world: core2022}\n", encoding="utf-8")
    ran = audit("--hosts=all", f"--inventory={written}")
    assert_refused(ran, str(written), "hv1: the lab has no world 'core2022'", "did you mean 'core-2022'?")


def test_a_mistake_in_the_policy_has_file_and_line(audit: Audit, written: Path) -> None:
    written.write_text("smb:\n  accept_signing_onyl: true\n", encoding="utf-8")
    assert_refused(audit("--hosts=demo", f"--policy={written}"), f"{written}:2: ", "accept_signing_only")


def test_a_guest_that_no_list_knows_is_a_mistake_in_the_policy(audit: Audit, written: Path) -> None:
    written.write_text("vm:\n  guest_os:\n    'web-*': windows-server-2199\n", encoding="utf-8")
    assert_refused(audit("--hosts=demo", f"--policy={written}"), str(written), "windows-server-2199")


def test_an_exception_from_no_recommendation_is_a_mistake_in_the_policy(audit: Audit, written: Path) -> None:
    exception = "{vm: web, check: VM-2, reason: r, owner: o, expires: 2099-01-01}"
    written.write_text(f"vm:\n  exceptions: [{exception}]\n", encoding="utf-8")
    assert_refused(
        audit("--hosts=demo", f"--policy={written}"), "no recommendation is called 'VM-2'", "did you mean 'VM-"
    )


def test_a_variable_without_a_password_is_named(audit: Audit, written: Path) -> None:
    reference = "{username: auditor, password_env: A_VARIABLE_THAT_IS_NOT_SET}"
    written.write_text(f"hosts:\n  hv01: {{credential: {reference}}}\n", encoding="utf-8")
    assert_refused(audit("--hosts=hv01", f"--inventory={written}"), "A_VARIABLE_THAT_IS_NOT_SET")
