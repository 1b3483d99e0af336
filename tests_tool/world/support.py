"""What these tests share: worlds with something changed, and PowerShell run on them."""

import atexit
import base64
import copy
import functools
import itertools
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import Script, compose, topic_source
from lab import record, world

World = dict[str, Any]
Evidence = dict[str, Any]

needs_pwsh = [
    pytest.mark.pwsh,
    pytest.mark.skipif(record.powershell() is None, reason="no pwsh on PATH, and none named in PWSH"),
]
CONSTRAIN = "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'\n"


def changed(name: str, **top: Any) -> World:
    """A world of the lab with other top-level keys; a copy, to be changed further."""
    return copy.deepcopy({**world.load(name), **top})


def only(source: World, *names: str) -> World:
    """A world with these of its machines."""
    return {**source, "vms": [vm for vm in source["vms"] if vm["Name"] in names]}


def collecting(*topics: str, **sources: str) -> Script:
    """A collector of some topics, or of sources that the test brings."""
    return compose({name: topic_source(name) for name in topics} | sources)


class PowerShell:
    """One process for one command after the other, each with a world of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the PowerShell that the developer has on PATH
            [record.powershell() or "", "-NoProfile", "-File", str(Path(__file__).with_name("several.ps1"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self.end)

    def run(self, source: str | World, script: Script, data: Mapping[str, Any]) -> bytes:
        """What a script prints, sent as the wire would."""
        assert self._process.stdin
        assert self._process.stdout
        too_long = threading.Timer(record.TIMEOUT, self._process.kill)
        too_long.start()
        with tempfile.TemporaryDirectory(prefix="world-") as folder:
            command = record.after_world(Path(folder), source, script.arguments()[-1])
            (Path(folder) / "command.ps1").write_text(command, encoding="ascii")
            (Path(folder) / "stdin.txt").write_bytes(script.stdin(data))
            self._process.stdin.write(f"{folder}\n".encode())
            self._process.stdin.flush()
            printed = list(itertools.takewhile(lambda line: line.rstrip() != b"#### end", self._process.stdout))
        too_long.cancel()
        return b"".join(printed)

    def end(self) -> None:
        """It ends with its input."""
        if self._process.poll() is None:
            self._process.communicate()


_RUNNING: dict[frozenset[tuple[str, str]], PowerShell] = {}


def powershell() -> PowerShell:
    """The process that has our environment of now; one with another is ended."""
    environment = frozenset((name, value) for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST")
    if environment not in _RUNNING:
        while _RUNNING:
            _RUNNING.popitem()[1].end()
        _RUNNING[environment] = PowerShell()
    return _RUNNING[environment]


def observe(source: str | World, script: Script, **data: Any) -> Evidence:
    """The document that a script, with some input, makes of a world."""
    printed = powershell().run(source, script, data)
    assert b"-----END EVIDENCE-----" in printed, printed
    return timeless(extract(printed))


def timeless(document: Mapping[str, Any]) -> Evidence:
    """A document without the seconds that its topics took."""
    return {name: {"data": topic["data"], "errors": topic["errors"]} for name, topic in document.items()}


def answers(source: str | World, **questions: str) -> Evidence:
    """What a world answers to pieces of PowerShell, by their names; errors stand under `errors`."""
    script = collecting(asked="\n".join(f"Probe {name} {{ {text} }}" for name, text in questions.items()))
    topic = observe(source, script)["asked"]
    return {**topic["data"], "errors": {error["probe"]: error for error in topic["errors"]}}


def run_bootstrap(script: Script, stdin: bytes, *, constrained: bool = False) -> record.Run:
    """The bootstrap alone: no world, only what a session is at its start."""
    *switches, encoded = script.arguments()
    command = (CONSTRAIN if constrained else "") + base64.b64decode(encoded).decode("utf-16-le")
    executable = record.powershell()
    assert executable is not None
    done = subprocess.run(  # noqa: S603 - the PowerShell that the developer has on PATH
        [executable, *switches, base64.b64encode(command.encode("utf-16-le")).decode("ascii")],
        input=stdin,
        capture_output=True,
        timeout=record.TIMEOUT,
        check=False,
    )
    return record.Run(done.stdout, done.stderr, done.returncode)


@functools.cache
def recorded(name: str) -> Evidence:
    """The document in a recording."""
    return timeless(extract(record.read(name).stdout_bytes))
