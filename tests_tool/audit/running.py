"""The audit as its users start it, in a process of its own, and readers of what it leaves behind."""

import os
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hyperv_audit.report.results import Header, Result, read_results

ROOT = Path(__file__).parents[2]
PASSWORD = "HYPERV_AUDIT_LAB_PASSWORD"
CANARY = "Canary7Xq2Vw9Zp4LkTr"  # letters and digits: no output escapes them, so that a search finds them
OUTPUTS = {"report.html", "pytest.html", "junit.xml", "results.jsonl", "baseline.csv", "evidence"}

VISITED = (  # machines that the demo looks into: host and id; the last one refuses its account
    ("hv-core", "3f6d2c10-5b7e-4c58-9a37-0c2f51d1a001"),
    ("hv-mid", "19b8a7c6-d5e4-4f32-8a1b-0c9d8e7f6007"),
    ("hv-mid", "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0007"),
    ("hv-mid", "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0006"),
)

_GUARD = 120  # seconds after which a run that hangs is ended; no run comes near it
_FOREIGN = ("PYTEST", "PYTHON", "HYPERV_AUDIT")  # what these tests run with is none of the user's

Key = tuple[str, str, str]  # host, id of the VM or nothing, recommendation and the area of the baseline if there is one


@dataclass(frozen=True)
class Case:
    """A test case of junit.xml."""

    name: str
    properties: dict[str, str]
    ends: dict[str, tuple[str, str]]  # failure, error or skipped: message and text

    @property
    def key(self) -> Key:
        """What it is about."""
        check = f"{self.properties['recommendation']} {self.properties.get('area', '')}".rstrip()
        return self.properties["host"], self.properties.get("vm", ""), check


@dataclass(frozen=True)
class Ran:
    """One run that has ended."""

    code: int
    output: str
    reports: Path

    @cached_property
    def folders(self) -> list[Path]:
        """Every run folder below the reports, whether or not it is whole."""
        if not self.reports.exists():
            return []
        return sorted(path for path in self.reports.iterdir() if path.is_dir() and not path.is_symlink())

    @property
    def folder(self) -> Path:
        """The folder of this run."""
        assert len(self.folders) == 1, self.output
        return self.folders[0]

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def made(self) -> set[str]:
        """What lies in the run folder."""
        return {path.name for path in self.folder.iterdir()}

    @cached_property
    def header(self) -> Header:
        return read_results(self.folder / "results.jsonl")[0]

    @cached_property
    def results(self) -> list[Result]:
        return list(read_results(self.folder / "results.jsonl")[1])

    @property
    def verdicts(self) -> dict[Key, str]:
        """The verdict on each recommendation and subject."""
        return {key_of(result): result.verdict.value for result in self.results}

    @cached_property
    def junit(self) -> ET.Element:
        return ET.parse(self.folder / "junit.xml").getroot()  # noqa: S314 - pytest wrote it a moment ago

    @cached_property
    def cases(self) -> list[Case]:
        return [_case(element) for element in self.junit.iter("testcase")]

    @cached_property
    def counted(self) -> dict[str, int]:
        """The numbers of pytest's last line."""
        *_, last = re.findall(r"^=* ?(\d[^\n]*) in [\d.]+s", self.output, re.MULTILINE)
        return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z ]+?)(?:,|$)", last)}

    def tiles(self) -> dict[str, int]:
        """The numbers at the top of report.html."""
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        tiles = re.findall(r'class="tile".*?<b>([\d,]+)</b> <span>(.*?)</span>', page)
        return {word.lower(): int(number.replace(",", "")) for number, word in tiles}


def key_of(result: Result) -> Key:
    """What a result is about."""
    subject = result.subject
    return subject.host, subject.vm.id if subject.vm else "", f"{result.recommendation} {subject.area or ''}".rstrip()


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a user's shell would have, with `given`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**own, "PYTHONIOENCODING": "utf-8", **(given or {})}


PYTEST = Path(sysconfig.get_path("scripts")) / "pytest"  # as a user types it, found without a path


def command(reports: Path, arguments: Iterable[str]) -> list[str]:
    """The command line that a user would type."""
    return [sys.executable, "-m", "pytest", f"--reports={reports}", *arguments]


def run(reports: Path, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Ran:
    """Run the audit to its end."""
    ended = subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
        command(reports, arguments),
        cwd=cwd,
        env=environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=_GUARD,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, reports)


def from_outside(results: Iterable[Result]) -> list[Result]:
    """The results but for machines that the demo looks into."""
    return [result for result in results if key_of(result)[:2] not in VISITED]


def same(results: Iterable[Result]) -> Counter[str]:
    """Results without what differs from run to run: when, and how long."""
    return Counter(result.model_dump_json(exclude={"seconds", "at"}) for result in results)


def _case(element: ET.Element) -> Case:
    properties = {each.attrib["name"]: each.attrib["value"] for each in element.iter("property")}
    ends = [each for each in element if each.tag in {"failure", "error", "skipped"}]
    name = f"{element.attrib['classname']}::{element.attrib['name']}"
    return Case(name, properties, {each.tag: (each.attrib["message"], each.text or "") for each in ends})
