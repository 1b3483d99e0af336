"""No evidence, no pass: whatever one probe inside a guest does not tell, no check that rests on it passes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.facts.reading import INSIDE
from hyperv_audit.report.results import Result, Verdict
from tests_tool.changes import Change, denied, empty, error, filtered_token, missing, together
from tests_tool.checks.good import WEB, changed
from tests_tool.guest_checks.good import document, lacks, linux, prints, windows
from tests_tool.judging import Folder, judge

CHECKS = ("VM-03", "VM-04", "VM-05", "VM-09")
BLOWS: dict[str, Callable[[str], Change]] = {
    "denied": denied,
    "missing": missing,
    "rows and an error": error,
    "empty, filtered token": lambda probe: together(empty(probe), filtered_token),
}
LINUX_BLOWS: dict[str, Callable[[str], Change]] = {
    "failed": lambda probe: prints(probe, "no", status=1),
    "silent": lambda probe: prints(probe, ""),
    "out of time": lambda probe: prints(probe, "", status=124),
    "not there": lacks,
}
# What may be silent without costing a check its pass, and why.
SECOND_WITNESSES = (("VM-03", "os.system"), ("VM-05", "os.system"), ("VM-03", "updates.restart_required"))
MAY_BE_SILENT: dict[tuple[str, str], str] = {
    **{
        (check, f"{probe} {blow}"): "the registry says it, too"
        for check, probe in SECOND_WITNESSES
        for blow in ("denied", "missing", "rows and an error")
    },
    ("VM-05", "os.system empty, filtered token"): "as above; nothing else that this check reads is empty",
    ("VM-03", "linux.apt_upgrade silent"): "nothing that would be installed is nothing that waits",
    ("VM-03", "linux.apt_periodic not there"): "the lists tell their age, too",
    ("VM-03", "linux.apt_lists not there"): "the stamp of the last fetch tells its age, too",
    ("VM-03", "linux.apt_periodic silent"): "the lists tell their age, too",
    ("VM-03", "linux.apt_lists silent"): "the stamp of the last fetch tells its age, too",
    ("VM-03", "linux.kernels silent"): "no image is newer than the one that runs",
    ("VM-04", "linux.os_release silent"): "its daemons run, whatever it is",
    ("VM-09", "linux.timers silent"): "another guard is known",
}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Result]]:
    """The good guests, and each probe of them hit by each blow: results by check."""
    worlds: dict[str, Any] = {"windows": document(windows, ()), "linux": document(linux, ())}
    for probe in PROBES:
        for blow, hit in BLOWS.items():
            worlds[f"{probe} {blow}"] = document(windows, (hit(probe),))
    for probe in LINUX_PROBES:
        for blow, hit in LINUX_BLOWS.items():
            worlds[f"linux.{probe} {blow}"] = document(linux, (hit(probe),))
    return judged(worlds, tmp_path_factory.mktemp("inside"))


PROBES = [f"{topic}.{probe}" for topic, probes in windows().items() for probe in probes]
LINUX_PROBES = list(linux()["linux"])


def judged(worlds: dict[str, Any], work: Path) -> dict[str, dict[str, Result]]:
    names = {f"h{number:03}": name for number, name in enumerate(worlds)}
    host = changed([], WEB).topics()
    folder = Folder({}, CHECKS, dict.fromkeys(names, host), {(key, WEB): worlds[name] for key, name in names.items()})
    (found,) = judge([folder], work)
    return {
        names[key]: {each.recommendation: each for each in results if each.subject.vm and each.subject.vm.id == WEB}
        for key, results in found.items()
    }


def rest_on(result: Result, probe: str) -> bool:
    return f"{INSIDE}{probe}" in [evidence.probe for evidence in result.evidence]


@pytest.mark.parametrize(
    ("check", "kind"),
    [(check, kind) for check in CHECKS for kind in ("windows", "linux") if (check, kind) != ("VM-05", "linux")],
)
def test_good_guests_pass(check: str, kind: str, results: dict[str, dict[str, Result]]) -> None:
    assert results[kind][check].verdict is Verdict.PASS


HITS = [(probe, blow, "windows") for probe in PROBES for blow in BLOWS]
HITS += [(f"linux.{probe}", blow, "linux") for probe in LINUX_PROBES for blow in LINUX_BLOWS]


def test_no_check_passes_without_its_probe(results: dict[str, dict[str, Result]]) -> None:
    """The list of what may be silent is exact."""
    passing = {
        (check, f"{probe} {blow}")
        for probe, blow, kind in HITS
        for check, result in results[f"{probe} {blow}"].items()
        if result.verdict is Verdict.PASS and rest_on(results[kind][check], probe)
    }
    assert sorted(passing ^ set(MAY_BE_SILENT)) == []


@pytest.mark.parametrize(("probe", "blow"), [(probe, blow) for probe, blow, _ in HITS])
def test_what_a_guest_does_not_show_is_no_error_of_the_run(
    probe: str, blow: str, results: dict[str, dict[str, Result]]
) -> None:
    assert Verdict.ERROR not in {result.verdict for result in results[f"{probe} {blow}"].values()}
