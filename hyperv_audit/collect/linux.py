"""What a Linux or FreeBSD guest is asked: one shell script over standard input, and its answer as a topic.

The answer is not believed: it is as long as it may be at most, and what does not end with the mark was cut.
"""

import hashlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hyperv_audit.collect.evidence import Topic
from hyperv_audit.errors import EvidenceError

TOPIC = "linux"
MAX_PROBE = 60_000  # bytes of one answer; the script itself stops there
MAX_ANSWER = 4_000_000  # bytes of all answers; the script's own limits stay below
_PROBE = re.compile(r"^(?:.* (?:&&|\|\|) )?probe (?P<name>\w+) (?P<command>.+)$", re.MULTILINE)
_ANSWER = re.compile(r"(?P<name>[a-z0-9_]{1,40}) (?P<status>\d{1,3})")


@cache
def script() -> str:
    """The script as it is sent."""
    return files(__package__).joinpath("linux.sh").read_text(encoding="ascii").replace("\r\n", "\n")


@cache
def sha256() -> str:
    """Which version of the script made some evidence."""
    return hashlib.sha256(script().encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Probe:
    """One question of the script: its name, and the words of its command."""

    name: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """As a person would type it."""
        return shlex.join(self.words)


@cache
def probes() -> tuple[Probe, ...]:
    """Every question that the script may ask, in its order."""
    return tuple(Probe(found["name"], tuple(shlex.split(found["command"]))) for found in _PROBE.finditer(script()))


def read(stdout: bytes, mark: str, seconds: float) -> Topic:
    """The answers to the probes of one guest: exit status, lines, and whether some were cut off.

    A probe that was not asked, because the guest has no such tool, is not there. Raises `EvidenceError`.
    """
    if len(stdout) > MAX_ANSWER:
        raise EvidenceError(f"the guest answers with more than {MAX_ANSWER:,} bytes")
    known = {probe.name for probe in probes()}
    data: dict[str, list[Any]] = {}
    for name, status, lines in _answers(stdout.decode("utf-8", "backslashreplace"), mark):
        if name not in known:
            raise EvidenceError(f"the guest answers a question that was not asked: {name!r}")
        cut = sum(len(line.encode()) + 1 for line in lines) >= MAX_PROBE
        data.setdefault(name, []).append({"Status": status, "Lines": lines, "Cut": cut})
    return Topic(data=data, errors=[], seconds=seconds)


# The pool of what the host tells: keys and values, each in a field of fixed length. A shell drops what fills them up.
_MACHINE = re.compile(r"VirtualMachineId\W{0,4}([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")


def machine_id(line: str) -> str | None:
    """The id of the virtual machine, where data exchange has told the guest."""
    found = _MACHINE.search(line)
    return found[1].lower() if found else None


def _answers(text: str, mark: str) -> Iterator[tuple[str, int, list[str]]]:
    """Name, exit status and lines of each answer. What a log-on prints before the first mark is no answer."""
    _, *parts = re.split(rf"^{re.escape(mark)} ", text, flags=re.MULTILINE)
    if not parts or parts[-1].strip() != "end":
        raise EvidenceError("the guest's answer was cut: its last mark is missing" if parts else "no answer came")
    for part in parts[:-1]:
        head, _, body = part.partition("\n")
        found = _ANSWER.fullmatch(head.strip())
        if found is None:
            raise EvidenceError(f"the guest's answer has another shape: {head[:80]!r}")
        yield found["name"], int(found["status"]), body.strip("\n").splitlines()
