"""What a shell or a CI job learns without reading anything, and where a run is found afterwards."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import OUTPUTS, ROOT, Ran, command, environment, run


@pytest.mark.audited("--hosts=hv-gone")
def test_only_an_unreachable_host_ends_with_6(ran: Ran) -> None:
    assert ran.code == 6
    assert ran.counted == {"error": 1}
    assert ran.made == OUTPUTS - {"baseline.csv"}


def test_report_only_ends_with_0_for_findings_and_for_what_could_not_be_read(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--report-only")
    assert ran.code == 0
    assert ran.verdicts == demo.verdicts
    assert run(ran.reports, f"--evidence={demo.evidence}", "--hosts=hv-gone", "--report-only").code == 0


@pytest.mark.parametrize(
    ("chosen", "code"),
    [  # of hv-desk, HOST-09 weighs medium and VM-02 high
        pytest.param(["-kHOST-09", "--fail-on=high"], 0, id="what fails weighs less"),
        pytest.param(["-kHOST-09", "--fail-on=medium"], 1, id="as much"),
        pytest.param(["-kHOST-09 or VM-02", "--fail-on=high"], 1, id="one of several weighs more"),
        pytest.param(["-kHOST-09", "--fail-on=high", "--hosts=hv-desk,hv-gone"], 6, id="something could not be read"),
        pytest.param(["-kHOST-09", "--fail-on=high", "-x"], 1, id="it ended the run, which saw no more"),
    ],
)
def test_what_fails_ends_with_1_from_a_severity_on(audit: Audit, demo: Ran, chosen: list[str], code: int) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--hosts=hv-desk", *chosen)
    assert ran.code == code, ran.output
    assert ran.counted["failed"] >= 1


def test_a_file_that_cannot_be_collected_weighs_more_than_any_finding(audit: Audit, demo: Ran, tmp_path: Path) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text("import nothing_of_this_name\n", encoding="utf-8")
    chosen = ("--hosts=hv-desk", "--fail-on=high", "--continue-on-collection-errors")
    ran = audit("tests_host/test_09_configure_antivirus.py", str(broken), f"--evidence={demo.evidence}", *chosen)
    assert ran.code == 1, ran.output


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(0, marks=pytest.mark.audited("--hosts=hv-core", "--collect-evidence")),
        pytest.param(6, marks=pytest.mark.audited("--hosts=hv-core,hv-gone", "--collect-evidence", "-n", "2")),
    ],
)
def test_gathering_alone_judges_nothing_and_says_where_the_evidence_lies(ran: Ran, code: int) -> None:
    assert ran.code == code, ran.output
    assert ran.made == {"evidence"}
    assert str(ran.evidence) in ran.output
    assert "passed" not in ran.output


def test_a_run_that_stops_at_its_first_finding_says_that_it_saw_not_everything(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--hosts=hv-desk", "-x")
    assert ran.code == 1
    assert len(ran.results) < len(demo.results)
    assert ran.header.stopped
    page = (ran.folder / "report.html").read_text("utf-8")
    assert "The run was stopped before everything was judged" in page
    assert "the whole checklist ran" not in page


def test_an_output_that_cannot_show_a_name_does_not_end_the_run(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", env={"PYTHONIOENCODING": "ascii"})
    assert ran.code == 1, ran.output
    assert ran.verdicts == demo.verdicts


def test_latest_follows_and_runs_of_one_second_do_not_collide(demo: Ran, tmp_path: Path) -> None:
    """Whenever within the next minutes the runs start, the name of that second is taken."""
    now = datetime.now(UTC)
    for second in range(240):
        (tmp_path / (now + timedelta(seconds=second)).strftime("%Y-%m-%dT%H-%M-%SZ")).mkdir()
    arguments = command(tmp_path, ["--hosts=hv-core", f"--evidence={demo.evidence}", "-q"])
    both = [
        subprocess.Popen(arguments, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)  # noqa: S603 - as `run`
        for _ in range(2)
    ]
    assert [process.wait() for process in both] == [1, 1]
    made = [path for path in tmp_path.iterdir() if not path.is_symlink() and any(path.iterdir())]
    assert len(made) == 2
    assert all({path.name for path in folder.iterdir()} == OUTPUTS for folder in made)
    assert (tmp_path / "latest").resolve() in [folder.resolve() for folder in made]
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith((".", "latest"))} == {"latest"}
