"""What these tests share: worlds with something changed, and PowerShell run on them."""

import base64
import copy
import functools
import subprocess
from collections.abc import Mapping
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


def observe(source: str | World, script: Script, **data: Any) -> Evidence:
    """The document that a script, with some input, makes of a world; its exit code is that of the last program."""
    done = record.run_script(source, script, data)
    assert b"-----END EVIDENCE-----" in done.stdout, (done.stdout, done.stderr)
    return timeless(extract(done.stdout))


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
