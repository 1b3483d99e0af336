"""`--waivers` in a whole run: what is accepted is xfailed with owner and end, in every output, and nothing else is."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from hyperv_audit.audit import Audit as Process
from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.evidence import write_evidence, write_index
from hyperv_audit.inventory.policies import Policies
from hyperv_audit.inventory.waivers import Given, Waiver
from hyperv_audit.judge.statements import Judgement, Statement
from hyperv_audit.report.results import Verdict
from hyperv_audit.run import Plan
from hyperv_audit.store import SubjectId
from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import Ran, run
from tests_tool.changes import World
from tests_tool.checks.good import good
from tests_tool.judging import NOW, evidence

FILE = """
waivers:
  - {id: HOST-01a, hosts: hv-mid, reason: a backup agent with windows, owner: Backup team, expires: 2999-12-31}
  - {id: HOST-06, hosts: hv-core, reason: new disks, owner: Storage team, expires: 2999-12-31}
  - {id: HOST-06, hosts: hv-mid, reason: old disks, owner: Storage team, expires: 2001-01-01}
  - {id: HOST-05, hosts: hv-retired, reason: gone, owner: Storage team, expires: 2999-12-31}
"""


@pytest.fixture(scope="module")
def waived(demo: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Judged in two worker processes, which get the waivers from the first."""
    folder = tmp_path_factory.mktemp("waivers")
    (folder / "accepted.yaml").write_text(FILE, encoding="utf-8")
    return run(
        folder / "run",
        f"--evidence={demo.evidence}",
        f"--waivers={folder / 'accepted.yaml'}",
        *("tests_host", "-k", "HOST-01a or HOST-05 or HOST-06", "-n", "2"),
    )


def test_what_is_accepted_is_waived_and_nothing_else(demo: Ran, waived: Ran) -> None:
    changed = {key: verdict for key, verdict in waived.verdicts.items() if demo.verdicts[key] != verdict}
    assert demo.verdicts["hv-mid", "", "HOST-01a"] == "fail"
    assert changed == {("hv-mid", "", "HOST-01a"): "waived"}


def test_it_is_xfailed_with_owner_and_end(waived: Ran) -> None:
    (case,) = [case for case in waived.cases if case.properties["verdict"] == "waived"]
    message, _ = case.ends["skipped"]
    assert "until 2999-12-31 by Backup team: a backup agent with windows (accepted.yaml:3)" in message


def test_the_terminal_counts_it_and_one_that_is_not_needed(waived: Ran) -> None:
    assert waived.counted["xfailed"] == 1
    assert waived.counted["xpassed"] == 1


def test_the_run_says_which_waivers_somebody_has_to_look_at(waived: Ran) -> None:
    said = waived.output.partition(" waivers -")[2]
    assert "accepted.yaml:4: HOST-06, hosts hv-core: no longer needed" in said
    assert "accepted.yaml:5: HOST-06, hosts hv-mid: expired" in said
    assert "accepted.yaml:6: HOST-05, hosts hv-retired: matches nothing" in said
    assert "accepted.yaml:3" not in said
    assert [waiver.state for waiver in waived.header.waivers] == [
        "in use",
        "no longer needed",
        "expired",
        "matches nothing",
    ]


def test_an_expired_one_is_named_where_it_would_have_counted(waived: Ran) -> None:
    (result,) = [r for r in waived.results if r.subject.host == "hv-mid" and r.recommendation == "HOST-06"]
    assert result.verdict is Verdict.FAIL
    assert any("until 2001-01-01 by Storage team" in note and "no longer counts" in note for note in result.notes)


def test_a_finding_that_is_waived_does_not_end_the_run_with_1(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    (tmp_path / "accepted.yaml").write_text(FILE, encoding="utf-8")
    ran = audit(
        f"--evidence={demo.evidence}",
        f"--waivers={tmp_path / 'accepted.yaml'}",
        *("tests_host", "--hosts=hv-mid", "-k", "HOST-01a"),
    )
    assert ran.code == 0, ran.output


def test_a_mistake_in_the_file_ends_the_run_before_anything_is_written(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "accepted.yaml").write_text(FILE.replace("HOST-05", "HOST-55"), encoding="utf-8")
    ran = audit("--hosts=demo", f"--waivers={tmp_path / 'accepted.yaml'}")
    assert ran.code == 4
    assert "accepted.yaml:6: waivers.3.id: no recommendation is called 'HOST-55'" in ran.output
    assert ran.folders == []


def test_every_process_judges_as_of_the_day_on_which_the_run_started(tmp_path: Path) -> None:
    """By the clock the waiver expired long ago, as it would for the last items of a run that passes midnight."""
    write_index(tmp_path, NOW, [write_evidence(tmp_path, evidence("hv01", World(good()).topics()))], {})
    accepted = {"id": "HOST-06", "reason": "old disks", "owner": "Storage team", "expires": date(2001, 1, 1)}
    given = Given(Waiver.model_validate(accepted), frozenset({"hv01"}), "accepted.yaml:2")
    plan = Plan(datetime(2001, 1, 1, 23, 59, tzinfo=UTC), Policies(), saved=tmp_path, waivers=(given,), names=["hv01"])
    controller, worker = (Process(SimpleNamespace(stash=pytest.Stash())) for _ in range(2))  # type: ignore[arg-type] # all that it needs of pytest
    controller.follow(plan)
    controller.open_saved()
    worker.open_in_worker(controller.for_worker())
    for process in (controller, worker):
        judgement = Judgement(statements=[Statement("fail", "why", "off", "on")])
        process.waive(catalogue()["HOST-06"], SubjectId("hv01"), judgement)
        assert [statement.verdict for statement in judgement.statements] == ["waived"]
