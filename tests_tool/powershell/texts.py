"""Every script that the package can send, as it is sent, and from which file each line of it comes."""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

from hyperv_audit.collect import script
from tests_tool.powershell import tree
from tests_tool.powershell.commands import read
from tests_tool.powershell.reading import Finding, Reading

_FOLDER = "hyperv_audit/collect"
_NOT_PLAIN = re.compile(r"[^\t\r\x20-\x7e]")


@dataclass(frozen=True)
class Text:
    """A script as it goes over the wire."""

    name: str
    text: str
    lines: tuple[str, ...]  # for each of its lines: file:line

    def place(self, line: int) -> str:
        """Where a line of it is written."""
        return self.lines[min(max(line, 1), len(self.lines)) - 1]


def sources() -> dict[str, str]:
    """Every .ps1 of the package, by its path in the collect folder."""
    folder = Path(str(files("hyperv_audit.collect")))
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.ps1"))
    }


def sent(changed: Mapping[str, str] | None = None) -> list[Text]:
    """Every script that the package can send; with other contents of some files, what it would send then."""
    parts = {**sources(), **(changed or {})}
    with _reading(parts):
        collectors = {
            "collector": script.collector(),
            "guest": script.guest_collector(),
            "direct": script.direct_collector(),
        }
        bootstrap = base64.b64decode(collectors["collector"].arguments()[-1]).decode("utf-16-le")
    return [
        *(Text(name, each.text, tuple(_places(each.text, parts))) for name, each in collectors.items()),
        Text(
            "bootstrap", bootstrap, tuple(f"{_FOLDER}/bootstrap.ps1:{n + 1}" for n in range(bootstrap.count("\n") + 1))
        ),
    ]


@contextmanager
def _reading(parts: Mapping[str, str]) -> Iterator[None]:
    """Lets script.py assemble other contents, and forget them."""
    cached = (script.collector, script.guest_collector, script.direct_collector, script.topic_source)
    for function in cached:
        function.cache_clear()
    with patch.object(script, "_read", parts.__getitem__):
        yield
    for function in cached:
        function.cache_clear()


def _places(assembled: str, parts: Mapping[str, str]) -> Iterator[str]:
    """For each line of the assembled script, the file and line it is from; lines between files are script.py's own."""
    where: dict[int, str] = {}
    for name, text in parts.items():
        start = -1
        while (start := assembled.find(text.strip(), start + 1)) >= 0:
            first = assembled.count("\n", 0, start) + 1
            skipped = text[: len(text) - len(text.lstrip())].count("\n")
            for number in range(text.strip().count("\n") + 1):
                where[first + number] = f"{_FOLDER}/{name}:{number + skipped + 1}"
    for line in range(1, assembled.count("\n") + 2):
        yield where.get(line, f"{_FOLDER}/script.py:{line}")


def not_ascii(parts: Mapping[str, str]) -> list[Finding]:
    """Where a file holds what cannot be sent as it is."""
    return [
        Finding(
            "ascii",
            f"{_FOLDER}/{name}:{number}",
            f"{character!r} is not ASCII: write it as [char]0x{ord(character):04x}, or in ASCII",
        )
        for name, text in parts.items()
        for number, line in enumerate(text.split("\n"), start=1)
        for character in _NOT_PLAIN.findall(line)
    ]


def readings(changed: Mapping[str, str] | None = None) -> dict[str, Reading]:
    """What every script that is sent does; with other contents of some files, what it would do then."""
    return {text.name: _reading_of(text) for text in sent(changed)}


@lru_cache(maxsize=8)  # most changes leave most scripts as they are
def _reading_of(text: Text) -> Reading:
    return read(tree.parse(text.text), text.place)


def findings(changed: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything that is wrong with the scripts, or would be with other contents of some files."""
    if found := not_ascii({**sources(), **(changed or {})}):
        return found
    return [finding for reading in readings(changed).values() for finding in reading.findings]
