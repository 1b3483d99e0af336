"""Judging worlds with the real checks: each world is one host in a folder of evidence, one run of pytest judges many.

pytest runs in processes of its own, because these tests are run by pytest too; in a few for all folders, because
starting one is what costs.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hyperv_audit.collect.evidence import Evidence, Reached, read_topics, write_evidence, write_index
from hyperv_audit.report.results import Result, read_results
from tests_tool.checks.good import PAY, POLICY, WEB, Change, World, changed, policy

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALL = ""
PROCESSES = 3

Document = dict[str, Any]
"""What a host's collectors printed."""


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """The good world, one change, one verdict."""

    check: str
    name: str
    verdict: str
    says: str
    changes: tuple[Change, ...] = ()
    policy: Mapping[str, Any] = field(default_factory=lambda: POLICY)

    def __str__(self) -> str:
        return f"{self.check} {self.name}"

    @property
    def vm(self) -> str:
        """The machine that the case is about: shielding is asked of one that is shielded."""
        return PAY if self.check == "VM-12" else WEB

    def world(self) -> World:
        """What is judged."""
        return changed(self.changes, self.vm)


def cases(check: str) -> Callable[..., Case]:
    """Rows of a table: `row("name", "verdict", "part of what is said", change, ..., section={"policy": ...})`."""

    def row(name: str, verdict: str, says: str, *changes: Change, **sections: Mapping[str, Any]) -> Case:
        return Case(check, name, verdict, says, changes, policy(**sections) if sections else POLICY)

    return row


@dataclass
class Folder:
    """Hosts that are judged together: by one policy, and by one check, or by all."""

    policy: Mapping[str, Any]
    check: str = ALL
    worlds: dict[str, World | Document] = field(default_factory=dict)


Judged = dict[str, list[Result]]
"""The results of each host."""


def judge(folders: Sequence[Folder], work: Path) -> list[Judged]:
    """What the checks say of every host, folder by folder."""
    places = [work / f"{number:03}" for number in range(len(folders))]
    for place, folder in zip(places, folders, strict=True):
        entries = [write_evidence(place / "evidence", evidence(name, world)) for name, world in folder.worlds.items()]
        write_index(place / "evidence", NOW, entries, dict(folder.policy))
        (place / "check").write_text(folder.check, encoding="utf-8")
    by_size = [place for _, place in sorted(zip(map(weight, folders), places, strict=True), reverse=True)]
    runs = [start(by_size[first::PROCESSES]) for first in range(min(PROCESSES, len(places)))]
    for process in runs:
        output, _ = process.communicate()
        assert process.returncode == 0, output[-8000:]
    return [results(place) for place in places]


def weight(folder: Folder) -> int:
    """About how much there is to judge."""
    return len(folder.worlds) * (8 if folder.check == ALL else 1)


def start(places: Sequence[Path]) -> subprocess.Popen[str]:
    """A process that judges some folders."""
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests_tool.checks.judging", *map(str, places)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def judge_cases(chosen: Sequence[Case], work: Path) -> Judged:
    """The results of many cases: those with one policy and one check are hosts of one folder."""
    folders: dict[str, Folder] = {}
    for case in chosen:
        key = json.dumps([case.check, case.policy], sort_keys=True)
        folders.setdefault(key, Folder(case.policy, case.check)).worlds[host_of(case)] = case.world()
    judged: Judged = {}
    for folder in judge(list(folders.values()), work):
        judged |= folder
    return judged


def host_of(case: Case) -> str:
    """The host that a case is; its name is no part of any rule."""
    return "h" + hashlib.sha256(str(case).encode()).hexdigest()[:12]


def result_of(case: Case, judged: Judged) -> Result:
    """The one result that a case asks for."""
    of_check = [result for result in judged[host_of(case)] if result.recommendation == case.check]
    about = [result for result in of_check if result.subject.vm is None or result.subject.vm.id == case.vm]
    assert len(about) == 1, f"{case}: {len(about)} results"
    return about[0]


def evidence(name: str, world: World | Document) -> Evidence:
    """A world as a file of evidence; what it holds has passed through JSON, as the host's answer has."""
    return Evidence(
        target=name,
        reached=Reached(endpoint="https://host.lab.example:5986/wsman", account="LAB\\auditor"),
        collectors={},
        script="",
        started=NOW,
        finished=NOW,
        topics=read_topics(json.loads(json.dumps(world if isinstance(world, dict) else world.topics()))),
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


def run(places: Sequence[Path]) -> int:
    """In a process of its own: one run of pytest for each folder."""
    plain = ["-q", "-q", "-p", "no:html", "-p", "no:unraisableexception", "--report-only"]
    for place in places:
        check = (place / "check").read_text(encoding="utf-8")
        selected = ["-k", check] if check else []
        where = [f"--evidence={place / 'evidence'}", f"--reports={place / 'reports'}"]
        with mock.patch("hyperv_audit.audit.write_html"):  # it has tests of its own, and costs more than judging
            code = pytest.main([*plain, *where, *selected])
        if code != pytest.ExitCode.OK:
            return int(code)
    return 0


if __name__ == "__main__":
    sys.exit(run([Path(place) for place in sys.argv[1:]]))
