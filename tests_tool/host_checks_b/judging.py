"""Evidence judged by the checks: pytest in a process of its own, because these tests are run by pytest too."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.collect.evidence import Evidence, Reached, read_topics, write_evidence, write_index
from hyperv_audit.report.results import Result, read_results
from tests_tool.host_checks_b.world import POLICY, Change, Topics, World

ROOT = Path(__file__).parents[2]
CHECKS = sorted(str(path) for number in ("02", "03", "05") for path in ROOT.glob(f"tests_host/test_{number}_*.py"))
PROCESSES = 2
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """The good host, what is changed in it or in the policy, and what one check says then."""

    check: str
    name: str
    verdict: str
    says: str
    changes: tuple[Change, ...]
    policy: Mapping[str, Any]
    topics: Topics | None = None

    def __str__(self) -> str:
        return f"{self.check}: {self.name}"

    def document(self) -> dict[str, Any]:
        """The evidence of its host."""
        world = World(self.topics)
        for change in self.changes:
            change(world)
        return world.document()


def table(check: str, *lines: tuple[Any, ...]) -> list[Case]:
    """Cases of one check: name, verdict, words of the result, changes; a mapping among them changes the policy."""
    cases = []
    for name, verdict, says, *rest in lines:
        answers = [each for each in rest if isinstance(each, Mapping)]
        policy = {section: {**POLICY.get(section, {}), **keys} for each in answers for section, keys in each.items()}
        changes = tuple(each for each in rest if not isinstance(each, Mapping))
        cases.append(Case(check, name, verdict, says, changes, {**POLICY, **policy}))
    return cases


def judge(cases: list[Case], work: Path) -> list[Result]:
    """The result of each case. Cases with one policy are hosts of one run."""
    folders: dict[str, list[tuple[str, Case]]] = {}
    names = [f"hv{number:03}" for number, _ in zip(count(), cases, strict=False)]
    for name, case in zip(names, cases, strict=True):
        folders.setdefault(json.dumps(case.policy), []).append((name, case))
    for number, (policy, hosts) in enumerate(folders.items()):
        folder = work / f"{number:03}" / "evidence"
        entries = [write_evidence(folder, evidence(name, case.document())) for name, case in hosts]
        write_index(folder, NOW, entries, json.loads(policy))
    started = [
        subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, str(work), str(part)],
            cwd=ROOT,
            env={**os.environ, "PYTEST_ADDOPTS": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for part in range(PROCESSES)
    ]
    for process in started:
        output, _ = process.communicate()
        assert process.returncode == 0, output[-4000:]
    found = {
        (line.subject.host, line.recommendation): line
        for stream in work.glob("*/reports/*/results.jsonl")
        for line in read_results(stream)[1]
    }
    return [found[name, case.check] for name, case in zip(names, cases, strict=True)]


def evidence(name: str, document: Mapping[str, Any]) -> Evidence:
    """A document as it is kept; it passes through JSON, as a host's answer does."""
    return Evidence(
        target=name,
        reached=Reached(endpoint="https://host.lab.example:5986/wsman", account="LAB\\auditor"),
        collectors={},
        script="",
        started=NOW,
        finished=NOW,
        topics=read_topics(json.loads(json.dumps(document))),
    )


def told(result: Result) -> str:
    """Everything that a result tells."""
    return "\n".join([result.reason, *(f"{f.found} / {f.expected} / {f.why}" for f in result.findings), *result.notes])


def run(work: Path, part: int) -> int:
    """One run of the audit for each folder of this part."""
    for folder in sorted(work.iterdir())[part::PROCESSES]:
        options = ["-q", "-q", "-p", "no:html", "-W", "error", "--report-only"]
        code = pytest.main([*options, f"--evidence={folder / 'evidence'}", f"--reports={folder / 'reports'}", *CHECKS])
        if code != pytest.ExitCode.OK:
            return int(code)
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), int(sys.argv[2])))
