"""Saved evidence: judged again it gives the same, altered it is refused, and what it lacks is never a pass."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.evidence import Evidence, read_evidence, read_index, write_evidence, write_index
from hyperv_audit.report.results import Verdict
from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import OUTPUTS, Ran, run, same

Topics = dict[str, Any]
Change = Callable[[Topics], None]
VM_CHECKS = {id_ for id_ in catalogue() if id_.startswith("VM")}


def saved(demo: Ran, folder: Path, host: str, change: Change) -> Path:
    """The demo's evidence of one host in a world that differs in one thing."""
    index = read_index(demo.evidence)
    entry = next(entry for entry in index.hosts if entry.name == host)
    document = read_evidence(demo.evidence, entry).model_dump(by_alias=True)
    change(document["topics"])
    write_index(folder, index.collected, [write_evidence(folder, Evidence.model_validate(document))], index.policy)
    return folder


OVERRIDE = """
os: {allowed_installation_types: [Server Core]}
overrides:
  - hosts: neglected
    os: {allowed_installation_types: [Server Core, Server]}
"""


def test_a_host_is_judged_by_its_own_policy_now_and_when_it_is_judged_again(demo: Ran, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(OVERRIDE, encoding="utf-8")
    first = run(tmp_path / "first", f"--evidence={demo.evidence}", f"--policy={file}", "-k", "HOST-01a", "-n", "2")
    again = run(tmp_path / "again", f"--evidence={first.evidence}", "-k", "HOST-01a")
    verdicts = {r.subject.host: r.verdict for r in first.results if r.recommendation == "HOST-01a"}
    usual = {r.subject.host: r.verdict for r in demo.results if r.recommendation == "HOST-01a"}
    assert usual["hv-desk"] is Verdict.FAIL
    assert verdicts == {**usual, "hv-desk": Verdict.PASS}
    assert same(again.results) == same(first.results)


def no_vms(topics: Topics) -> None:
    for rows in topics["vms"]["data"].values():
        rows.clear()
    topics["vms"]["errors"].clear()


def no_vms_for_a_filtered_token(topics: Topics) -> None:
    no_vms(topics)
    topics["session"]["data"]["token"].remove("S-1-16-12288")


def unreadable_vms(topics: Topics) -> None:
    no_vms(topics)
    failure = {"probe": "vm", "id": "AccessDenied", "category": "PermissionDenied", "target": "", "hresult": None}
    topics["vms"]["errors"].append({**failure, "message": "no right to see any"})


def hostile_adapter(topics: Topics) -> None:
    for row in topics["vms"]["data"]["adapters"]:
        row["Name"] = "\x1b]0;owned\x07\x1b[2Jup\nPASSED all\r\u202e"


def test_the_same_evidence_gives_the_same_results_with_no_lab(demo: Ran, judged_again: Ran) -> None:
    assert judged_again.code == 1
    assert same(judged_again.results) == same(demo.results)
    assert "gathered" not in judged_again.output


def test_a_run_on_saved_evidence_is_as_whole_as_the_first(demo: Ran, judged_again: Ran) -> None:
    assert judged_again.made == OUTPUTS
    for path in demo.evidence.glob("hv-*.json"):
        assert (judged_again.evidence / path.name).read_bytes() == path.read_bytes()


def test_hosts_choose_from_saved_evidence_in_worker_processes_too(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--hosts=demo,!hv-desk,!hv-m*,!hv-limited", "-n", "2")
    assert ran.code == 1
    assert same(ran.results) == same(r for r in demo.results if r.subject.host in {"hv-core", "hv-gone"})


def test_an_unreachable_host_stays_its_error(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--hosts=hv-gone")
    assert ran.code == 6
    assert ran.verdicts == {("hv-gone", "", "EVIDENCE"): "error"}
    assert "Connection refused" in ran.output or "unreachable at connect" in ran.output


def test_a_host_that_the_evidence_has_not_is_refused(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    folder = saved(demo, tmp_path / "evidence", "hv-core", lambda topics: None)
    for hosts in ("demo", "hv-core,winrm://auditor@hv-desk"):
        ran = audit(f"--evidence={folder}", f"--hosts={hosts}")
        assert ran.code == 4, ran.output
        assert ran.folders == []


def test_altered_evidence_is_refused_and_leaves_nothing(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    folder = shutil.copytree(demo.evidence, tmp_path / "evidence")
    file = folder / "hv-desk.json"
    file.write_bytes(file.read_bytes().replace(b'"MacAddressSpoofing": 0', b'"MacAddressSpoofing": 1', 1) + b" ")
    ran = audit(f"--evidence={folder}")
    assert ran.code == 4, ran.output
    assert f"{file} is not the file that the index describes" in ran.output
    assert "Traceback" not in ran.output
    assert ran.folders == []


def test_a_damaged_index_is_refused(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"schema": 1}', encoding="utf-8")
    ran = audit(f"--evidence={tmp_path}")
    assert ran.code == 4, ran.output
    assert "index.json is no evidence of schema 1" in ran.output
    assert ran.folders == []


@pytest.mark.parametrize("name", ["../../escaped", "<img src=x>"])
def test_a_host_of_foreign_evidence_has_a_name_that_an_inventory_could_have(
    audit: Audit, demo: Ran, tmp_path: Path, name: str
) -> None:
    index = read_index(demo.evidence)
    gone = next(entry for entry in index.hosts if entry.failure)
    write_index(tmp_path / "evidence", index.collected, [gone.model_copy(update={"name": name})], {})
    ran = audit(f"--evidence={tmp_path / 'evidence'}")
    assert ran.code == 4, ran.output
    assert ran.folders == []


def test_what_a_host_said_instead_of_evidence_does_not_steer_the_terminal(
    audit: Audit, demo: Ran, tmp_path: Path
) -> None:
    index = read_index(demo.evidence)
    gone = next(entry for entry in index.hosts if entry.failure)
    assert gone.failure
    failure = gone.failure.model_copy(update={"message": "cut\x1b[31mRED\x1b]0;title\x07 \u202eevil\nmore"})
    write_index(tmp_path / "evidence", index.collected, [gone.model_copy(update={"failure": failure})], {})
    ran = audit(f"--evidence={tmp_path / 'evidence'}")
    assert ran.code == 6
    assert r"cut\u001b[31mRED\u001b]0;title\u0007 \u202eevil\nmore" in ran.output
    assert not set("\x1b\x07\u202e") & set(ran.output)


def test_another_policy_changes_what_is_said_of_the_same_evidence(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("os:\n  allowed_installation_types: [Server, Server Core]\n", encoding="utf-8")
    ran = audit(f"--evidence={demo.evidence}", "--hosts=hv-desk", "tests_host", "-k", "HOST-01a", f"--policy={policy}")
    assert demo.verdicts["hv-desk", "", "HOST-01a"] == "fail"
    assert ran.verdicts["hv-desk", "", "HOST-01a"] == "pass"
    assert ran.code == 0


def test_a_host_without_virtual_machines_says_so_under_each_of_their_checks(
    audit: Audit, demo: Ran, tmp_path: Path
) -> None:
    ran = audit(f"--evidence={saved(demo, tmp_path / 'evidence', 'hv-core', no_vms)}")
    found = {result.recommendation: result for result in ran.results if result.recommendation in VM_CHECKS}
    assert found.keys() == VM_CHECKS
    assert {result.verdict for result in found.values()} == {Verdict.NOT_APPLICABLE}
    assert {result.reason for result in found.values()} == {"this host has no virtual machines"}
    skipped = [case.ends["skipped"][0] for case in ran.cases if case.properties["recommendation"] in VM_CHECKS]
    assert skipped == ["not applicable: this host has no virtual machines"] * len(VM_CHECKS)


@pytest.mark.parametrize("change", [unreadable_vms, no_vms_for_a_filtered_token])
def test_a_list_of_virtual_machines_that_cannot_be_read_is_an_error_under_each_of_their_checks(
    audit: Audit, demo: Ran, tmp_path: Path, change: Change
) -> None:
    evidence = saved(demo, tmp_path / "evidence", "hv-core", change)
    ran = audit(f"--evidence={evidence}", "-k", "not HOST-07")  # the one check that finds something on this host
    found = {result.recommendation: result.verdict for result in ran.results if result.recommendation in VM_CHECKS}
    assert found == dict.fromkeys(VM_CHECKS, Verdict.ERROR)
    assert ran.code == 6, ran.output
    assert Verdict.FAIL not in {result.verdict for result in ran.results}
    errors = [result for result in ran.results if result.verdict is Verdict.ERROR]
    assert ran.counted["error" if len(errors) == 1 else "errors"] == len(errors)
    assert {case.key for case in ran.cases if "error" in case.ends} == {
        (result.subject.host, "", result.recommendation) for result in errors
    }


def test_a_hostile_name_in_a_finding_stays_on_its_line_of_the_terminal(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    folder = saved(demo, tmp_path / "evidence", "hv-desk", hostile_adapter)
    ran = audit(f"--evidence={folder}", "-k", "VM-06", "--color=no")
    section = ran.output.partition("= FAILURES =")[2].partition("generated xml file")[0].splitlines()[1:-1]
    failed = [result for result in ran.results if result.verdict is Verdict.FAIL]
    assert len(section) == len(failed) > 0
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(ran.output)
