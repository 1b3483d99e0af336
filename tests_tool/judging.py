"""Judging evidence with the real checks: each host is one document in a folder, one run of pytest judges many.

pytest runs in processes of its own, because these tests are run by pytest too; in a few for all folders, because
starting one is what costs.
"""

import gc
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.evidence import (
    Evidence,
    IndexEntry,
    NoEvidence,
    Reached,
    read_topics,
    write_evidence,
    write_index,
)
from hyperv_audit.report.results import Result, read_results

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BY_ITSELF = "HOST-07"
"""It judges some 300 rows of a table: `tests_tool/baseline` changes each of them, and no other walk has to."""
ALL = tuple(id_ for id_ in catalogue() if id_ != BY_ITSELF)
PROCESSES = 1 if "PYTEST_XDIST_WORKER" in os.environ else 3  # with -n each processor has its tests already
UNUSED = tuple(f"-pno:{name}" for name in ("html", "junitxml", "logging", "cacheprovider", "unraisableexception"))
STRICT = ("-W", "error", "-W", "ignore:Module already imported")  # by the run before it, in the same process

Document = dict[str, Any]
"""What a host's collectors printed."""


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One host, one policy, and what one check says then, of a machine on it (`vm`) or of an area of the baseline.

    `inside` is what that machine shows from inside, or why nobody looked there; None where no way in is configured.
    """

    check: str
    name: str
    verdict: str
    says: str
    document: Callable[[], Document]
    policy: Mapping[str, Any]
    vm: str = ""
    inside: Callable[[], Document | NoEvidence] | None = None
    area: str = ""

    def __str__(self) -> str:
        return f"{self.check} {self.name}"


@dataclass
class Folder:
    """Hosts that are judged together: by one policy, and by some checks or by all."""

    policy: Mapping[str, Any]
    checks: Sequence[str] = ALL
    hosts: dict[str, Document] = field(default_factory=dict)
    guests: dict[tuple[str, str], Document | NoEvidence] = field(default_factory=dict)
    """By host and id of the virtual machine."""
    policies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of hosts that have one of their own."""
    seen: datetime = NOW
    """When its evidence was gathered."""


Judged = dict[str, list[Result]]
"""The results of each host."""


def judge(folders: Sequence[Folder], work: Path) -> list[Judged]:
    """What the checks say of every host, folder by folder."""
    places = [work / f"{number:03}" for number in range(len(folders))]
    for place, folder in zip(places, folders, strict=True):
        entries = [
            write_evidence(place / "evidence", evidence(name, seen, at=folder.seen)).model_copy(
                update={"policy": folder.policies.get(name)}
            )
            for name, seen in folder.hosts.items()
        ]
        guests = [guest(place / "evidence", *whose, seen, folder.seen) for whose, seen in folder.guests.items()]
        write_index(place / "evidence", folder.seen, entries, dict(folder.policy), guests)
        (place / "checks").write_text(" ".join(folder.checks), encoding="utf-8")
    by_size = [place for _, place in sorted(zip(map(weight, folders), places, strict=True), reverse=True)]
    runs = [start(by_size[first::PROCESSES]) for first in range(min(PROCESSES, len(places)))]
    outputs = [process.communicate()[0] for process in runs]
    assert {process.returncode for process in runs} <= {0}, "\n".join(outputs)[-8000:]
    return [results(place) for place in places]


def weight(folder: Folder) -> int:
    """About how much there is to judge."""
    return len(folder.hosts) * len(folder.checks)


def start(places: Sequence[Path]) -> subprocess.Popen[str]:
    """A process that judges some folders."""
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__, *map(str, places)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": ""},  # to compile costs as much as to start
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def judge_cases(cases: Sequence[Case], work: Path) -> dict[str, Result]:
    """The result of each case, by its words. Those of one check are hosts of one folder."""
    assert len({str(case) for case in cases}) == len(cases), "each case has words of its own"
    folders: dict[str, Folder] = {}
    for case in cases:
        folder = folders.setdefault(case.check, Folder({}, (case.check,)))
        folder.hosts[host_of(case)] = case.document()
        folder.policies[host_of(case)] = case.policy
        if case.inside is not None:
            folder.guests[host_of(case), case.vm] = case.inside()
    judged: Judged = {}
    for found in judge(list(folders.values()), work):
        judged |= found
    return {str(case): result_of(case, judged[host_of(case)]) for case in cases}


def host_of(case: Case) -> str:
    """The host that a case is; its name is no part of any rule."""
    return "h" + hashlib.sha256(str(case).encode()).hexdigest()[:12]


def result_of(case: Case, found: Sequence[Result]) -> Result:
    """The one result that a case asks for."""
    about = [result for result in found if result.subject.vm is None or result.subject.vm.id == case.vm]
    about = [result for result in about if (result.subject.area or "") == case.area]
    (result,) = [result for result in about if result.recommendation == case.check]
    return result


def guest(folder: Path, host: str, vm: str, seen: Document | NoEvidence, at: datetime = NOW) -> IndexEntry:
    """What a virtual machine shows from inside, kept beside its host's evidence; or why it shows nothing."""
    if isinstance(seen, NoEvidence):
        return IndexEntry(name=host, vm=vm, failure=seen)
    return write_evidence(folder, evidence(host, seen, vm, at))


def evidence(name: str, seen: Mapping[str, Any], vm: str | None = None, at: datetime = NOW) -> Evidence:
    """A document as a file of evidence; what it holds has passed through JSON, as the host's answer has."""
    ssh = Reached(transport="ssh", authentication="publickey", endpoint="ssh://guest.lab.example:22", account="auditor")
    winrm = Reached(endpoint="https://host.lab.example:5986/wsman", account="LAB\\auditor")
    return Evidence(
        target=name,
        vm=vm,
        reached=ssh if "linux" in seen else winrm,
        collectors={},
        script="",
        started=at,
        finished=at,
        topics=read_topics(json.loads(json.dumps(seen))),
    )


def results(place: Path) -> Judged:
    """The results that a run left behind, by host."""
    _, lines = read_results(place / "reports" / "latest" / "results.jsonl")
    judged: Judged = {}
    for result in lines:
        judged.setdefault(result.subject.host, []).append(result)
    return judged


def said(result: Result) -> str:
    """Everything that a result tells its reader."""
    findings = [f"found {f.found}; expected {f.expected} ({f.why})" for f in result.findings]
    return "\n".join([result.reason, *findings, *result.notes])


def selection(checks: Sequence[str]) -> list[str]:
    """What selects these checks: the files that have them, and their ids."""
    if len(checks) == len(ALL):
        return [f"--deselect={Path(file_of(BY_ITSELF)).relative_to(ROOT).as_posix()}"]
    return [*dict.fromkeys(file_of(check) for check in checks), "-k", " or ".join(checks)]


@cache
def file_of(check: str) -> str:
    """Where the checklist has a check."""
    files = [path for folder in ("tests_host", "tests_vm") for path in (ROOT / folder).glob("test_*.py")]
    (file,) = [path for path in files if f'@recommendation("{check}")' in path.read_text(encoding="utf-8")]
    return str(file)


def run(places: Sequence[Path]) -> int:
    """In a process of its own: one run of pytest for each folder."""
    gc.set_threshold(200_000)  # most of what it would look through is needed until the end, which is near
    plain = ["-q", "-q", "-s", *UNUSED, *STRICT, "--report-only"]
    for place in places:
        selected = selection((place / "checks").read_text(encoding="utf-8").split())
        where = [f"--evidence={place / 'evidence'}", f"--reports={place / 'reports'}"]
        with mock.patch("hyperv_audit.audit.write_html"):  # it has tests of its own, and costs more than judging
            code = pytest.main([*plain, *where, *selected])
        if code != pytest.ExitCode.OK:
            return int(code)
    return 0


if __name__ == "__main__":
    sys.exit(run([Path(place) for place in sys.argv[1:]]))
