"""`pytest --hosts=demo`: the verdicts, and that every output tells the same ones."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from hyperv_audit.catalogue import catalogue
from hyperv_audit.report.results import Verdict
from hyperv_audit.text import one_line, visible
from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import OUTPUTS, ROOT, VISITED, Key, Ran, key_of, same
from tests_tool.baseline.expected import each_check, word_of

WORLDS = {
    "hv-core": "core-2022",
    "hv-desk": "desktop-2016",
    "hv-mid": "middling-2019",
    "hv-limited": "unprivileged-2022",
    "hv-gone": "refuses-connections",
}
READ = ["hv-core", "hv-desk", "hv-mid", "hv-limited"]  # in the order of the inventory
IN_TERMINAL = {
    Verdict.FAIL: "failed",
    Verdict.ERROR: "errors",
    Verdict.REVIEW: "review",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.PASS: "passed",
}
IN_JUNIT = {
    Verdict.FAIL: {"failure"},
    Verdict.ERROR: {"error"},
    Verdict.REVIEW: {"skipped"},
    Verdict.NOT_APPLICABLE: {"skipped"},
    Verdict.PASS: set[str](),
}

each_way = pytest.mark.parametrize("way", ["demo", "parallel"])


def expected() -> dict[Key, str]:
    """What the rules demand of each host and virtual machine, written before the code that judges."""
    worlds = yaml.safe_load((Path(__file__).parent.parent / "expected_verdicts.yaml").read_text(encoding="utf-8"))
    verdicts: dict[Key, str] = {}
    for host, world in WORLDS.items():
        demanded = worlds[world]
        # A host that shows no machines has one item for each of their checks: under an empty id, as the host's own.
        subjects: list[tuple[str, dict[str, Any]]] = [("", demanded["host"]), *demanded["vms"].items()]
        for vm, checks in subjects:
            verdicts |= {(host, vm, check): word for check, word in each_check(checks)}
        for of_the_run in ("evidence", "coverage"):
            if of_the_run in demanded:
                verdicts[host, "", of_the_run.upper()] = word_of(demanded[of_the_run])
    return verdicts


@pytest.fixture
def ran(way: str, request: pytest.FixtureRequest) -> Ran:
    ran: Ran = request.getfixturevalue(way)
    return ran


def test_the_demo_has_findings_and_says_so_with_its_exit_code(demo: Ran) -> None:
    assert demo.code == 1, demo.output


def test_every_verdict_is_the_one_that_the_rules_demand(demo: Ran) -> None:
    found, wanted = demo.verdicts, expected()
    differences = [
        f"{' '.join(filter(None, key))}: {found.get(key, 'missing')}, and {wanted.get(key, 'nothing')} was demanded"
        for key in sorted(found.keys() | wanted.keys())
        if found.get(key) != wanted.get(key)
    ]
    assert not differences, "\n".join(differences)


def test_nothing_has_two_verdicts(demo: Ran) -> None:
    assert len(demo.verdicts) == len(demo.results)


def test_two_workers_find_the_same_as_none(demo: Ran, parallel: Ran) -> None:
    assert parallel.code == demo.code
    assert same(parallel.results) == same(demo.results)


@each_way
def test_every_output_is_there(ran: Ran) -> None:
    assert ran.made == OUTPUTS
    assert {path.stem for path in ran.evidence.iterdir()} == {
        "index",
        *READ,
        *(f"{host}~{vm}" for host, vm in VISITED[:-1]),
    }


@each_way
def test_terminal_junit_and_report_count_what_the_stream_has(ran: Ran) -> None:
    counts = Counter(result.verdict for result in ran.results)
    assert ran.counted == Counter(
        IN_TERMINAL[result.verdict] if result.is_assessed else "not assessed" for result in ran.results
    )
    assert ran.tiles() == {verdict.value: counts[verdict] for verdict in Verdict}
    suite = ran.junit.find("testsuite")
    assert suite is not None
    assert {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": counts.total(),
        "failures": counts[Verdict.FAIL],
        "errors": counts[Verdict.ERROR],
        "skipped": counts[Verdict.REVIEW] + counts[Verdict.NOT_APPLICABLE],
    }


@each_way
def test_junit_tells_of_each_subject_what_the_stream_tells(ran: Ran) -> None:
    found = {case.key: case for case in ran.cases}
    assert {key: case.properties["verdict"] for key, case in found.items()} == ran.verdicts
    assert {key: set(case.ends) for key, case in found.items()} == {
        key: IN_JUNIT[Verdict(verdict)] for key, verdict in ran.verdicts.items()
    }


@each_way
def test_what_junit_skips_it_skips_for_a_reason(ran: Ran) -> None:
    skipped = [case for case in ran.cases if "skipped" in case.ends]
    assert all(case.ends["skipped"][0].startswith(f"{case.properties['verdict']}: ") for case in skipped)


@each_way
def test_a_failure_in_junit_has_every_finding(ran: Ran) -> None:
    texts = {case.key: case.ends["failure"][1] for case in ran.cases if "failure" in case.ends}
    for result in (result for result in ran.results if result.verdict is Verdict.FAIL):
        for finding in (finding for finding in result.findings if finding.verdict == "fail"):
            shown = one_line(visible(finding.found))  # names of guests steer no terminal
            assert f"found {shown}; expected {finding.expected}" in texts[key_of(result)]


@each_way
def test_a_failure_is_one_line_of_the_terminal_and_never_a_traceback(ran: Ran) -> None:
    failed = [result for result in ran.results if result.verdict is Verdict.FAIL]
    section = ran.output.partition("= FAILURES =")[2].partition("generated xml file")[0]
    lines = section.splitlines()[1:-1]
    subjects = sorted(
        f"{r.recommendation} {r.subject.host}"
        + (f"/{r.subject.vm.slug}" if r.subject.vm else f" ({r.subject.area})" if r.subject.area else "")
        for r in failed
    )
    named = [line for line, subject in zip(sorted(lines), subjects, strict=True) if line.startswith(f"{subject}: ")]
    assert len(named) == len(failed)
    assert all(re.search(r": found .+; expected .+", line) for line in lines)
    assert "Traceback" not in ran.output
    assert "AssertionError" not in ran.output


def test_the_progress_is_a_line_for_each_file_and_host_and_not_for_each_machine(demo: Ran) -> None:
    lines = re.findall(r"^tests_\w+/(\S+) [.FER?-]+ +\[", demo.output, re.MULTILINE)
    files = {
        path for id_ in catalogue() for path in ROOT.glob("tests_*/test_*.py") if f'"{id_}"' in path.read_text("utf-8")
    }
    silent_hosts, hosts_of_unaudited_machines = 1, 1
    assert len(lines) == len(READ) * len(files) + silent_hosts + hosts_of_unaudited_machines


def test_the_terminal_says_which_host_is_silent_and_where_the_report_is(demo: Ran) -> None:
    assert "no evidence: hv-gone" in demo.output
    assert "unreachable at connect" in demo.output
    assert str(demo.folder / "report.html") in demo.output


def test_the_stream_names_the_host_without_evidence_with_its_next_step(demo: Ran) -> None:
    silent = [host for host in demo.header.hosts if host.failure]
    assert [host.name for host in silent] == ["hv-gone"]
    assert "unreachable at connect" in (silent[0].failure or "")
    assert silent[0].next_step


def test_each_host_links_to_evidence_that_is_there(demo: Ran) -> None:
    read = [host for host in demo.header.hosts if host.evidence]
    assert [host.name for host in read] == READ
    assert all((demo.folder / (host.evidence or "")).is_file() for host in read)


def test_each_guest_that_was_asked_is_told_with_its_evidence_or_why_there_is_none(demo: Ran) -> None:
    visits = [visit for host in demo.header.hosts for visit in host.visits]
    seen, failed = [each for each in visits if each.evidence], [each for each in visits if each.failure]
    assert seen
    assert failed
    assert all((demo.folder / str(each.evidence)).is_file() and each.sha256 for each in seen)
    page = (demo.folder / "report.html").read_text("utf-8")
    assert all(str(each.evidence) in page for each in seen)
    assert all(each.next_step in page for each in failed)


@pytest.mark.parametrize("loud", [(), ("-q",)], ids=["", "-q"])
def test_the_terminal_ends_with_why_nobody_looked_inside_a_machine(
    audit: Audit, demo: Ran, loud: tuple[str, ...]
) -> None:
    """Also where a folder of evidence is judged again, and nothing was said while it was gathered."""
    ran = audit(f"--evidence={demo.evidence}", "-kVM-03", *loud)
    _, _, end = ran.output.partition("no way into a guest: hv-mid/legacy-app-2019")
    assert "PSSessionStateBroken at powershell-direct: " in end
    assert "Next step: Check account and password in the guest" in end
    told = [f.why for r in ran.results for f in r.findings if r.subject.vm and r.subject.vm.name == "legacy-app-2019"]
    assert any("next step: Check account and password in the guest" in why for why in told)


def test_latest_is_this_run(demo: Ran) -> None:
    assert (demo.reports / "latest").resolve() == demo.folder.resolve()
