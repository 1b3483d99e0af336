"""Judging evidence with the real checks: hosts that can share a policy are one folder, and one process judges them all.

pytest runs in a process of its own, because these tests are run by pytest too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.collect.evidence import Evidence, Reached, read_topics, write_evidence, write_index
from hyperv_audit.report.results import Result, read_results
from tests_tool.host_checks_a.good import POLICY, Change, World

ROOT = Path(__file__).parents[2]
FILES = [
    str(path) for number in ("01", "04", "08", "09", "10", "11") for path in ROOT.glob(f"tests_host/test_{number}_*")
]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """The good host, one change, one verdict, and a part of what the reader is told."""

    check: str
    name: str
    verdict: str
    says: str
    changes: tuple[Change, ...] = ()
    policy: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.check} {self.name}"

    @property
    def topics(self) -> dict[str, Any]:
        """The host's evidence."""
        world = World()
        for change in self.changes:
            change(world)
        return world.topics()


def case(check: str, name: str, verdict: str, says: str, *changes: Change, **policy: Mapping[str, Any]) -> Case:
    """A row of a table: `case("HOST-10", "an ISO image", "review", "what for", change, nested={...})`."""
    return Case(check, name, verdict, says, changes, policy)


@dataclass
class Folder:
    """Hosts that are judged by one policy, each with its topics."""

    policy: dict[str, Any]
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)


def pack(cases: Sequence[Case]) -> tuple[list[Folder], dict[str, tuple[int, str]]]:
    """As few folders as will do, and the folder and host of each case, by its words.

    Two cases share a folder unless they need different answers in a section of the policy that their checks ask for.
    """
    asked = {
        case.check: {section for other in cases if other.check == case.check for section in other.policy}
        for case in cases
    }
    folders: list[Folder] = []
    places: dict[str, tuple[int, str]] = {}
    for case in cases:
        wanted = {section: answers(section, case.policy) for section in asked[case.check]}
        for folder in folders:
            if all(folder.policy.get(section, answer) == answer for section, answer in wanted.items()):
                break
        else:
            folder = Folder({})
            folders.append(folder)
        folder.policy.update(wanted)
        name = f"hv{len(folder.hosts):03}"
        folder.hosts[name] = case.topics
        places[str(case)] = (folders.index(folder), name)
    for folder in folders:
        folder.policy = {**POLICY, **folder.policy}
    return folders, places


def answers(section: str, changed: Mapping[str, Any]) -> dict[str, Any]:
    """A section of the good policy with a case's answers; None takes a key away."""
    merged = {**POLICY.get(section, {}), **changed.get(section, {})}
    return {key: value for key, value in merged.items() if value is not None}


def judge(folders: Sequence[Folder], work: Path) -> list[dict[tuple[str, str], Result]]:
    """What the checks say, folder by folder: host and recommendation -> result."""
    for number, folder in enumerate(folders):
        place = work / f"{number:03}"
        entries = [write_evidence(place / "evidence", evidence(name, it)) for name, it in folder.hosts.items()]
        write_index(place / "evidence", NOW, entries, dict(folder.policy))
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests_tool.host_checks_a.judging", str(work)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return [results(work / f"{number:03}") for number in range(len(folders))]


def evidence(name: str, topics: Mapping[str, Any]) -> Evidence:
    """Topics as a file of evidence; they pass through JSON, as a host's answer does."""
    return Evidence(
        target=name,
        reached=Reached(endpoint="https://host.lab.example:5986/wsman", account="LAB\\auditor"),
        collectors={},
        script="",
        started=NOW,
        finished=NOW,
        topics=read_topics(json.loads(json.dumps(topics))),
    )


def results(place: Path) -> dict[tuple[str, str], Result]:
    """The results of a run."""
    (stream,) = place.glob("reports/[0-9]*/results.jsonl")  # beside it stands the link `latest`
    _, lines = read_results(stream)
    return {(line.subject.host, line.recommendation): line for line in lines if line.subject.vm is None}


def said(result: Result) -> str:
    """Everything that a result tells its reader."""
    findings = [f"found {f.found}; expected {f.expected} ({f.why})" for f in result.findings]
    return "\n".join([result.reason, *findings, *result.notes])


def run(work: Path) -> int:
    """In the process of its own: one run of pytest for each folder."""
    for place in sorted(work.iterdir()):
        options = ["-q", "-q", "-p", "no:html", f"--evidence={place / 'evidence'}", f"--reports={place / 'reports'}"]
        code = pytest.main([*options, "--report-only", *FILES])
        if code != pytest.ExitCode.OK:
            return int(code)
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
