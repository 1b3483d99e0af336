"""PowerShell as its own parser sees it: the trees of engine.ps1, as nodes of tree.py."""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab import record
from tests_tool.powershell.tree import Node

_SCRIPT = Path(__file__).with_name("engine.ps1")


def parse(texts: Iterable[str]) -> list[Node]:
    """The trees of some scripts, by one PowerShell."""
    executable = record.powershell()
    assert executable is not None
    with tempfile.TemporaryDirectory(prefix="trees-") as folder:
        paths = []
        for number, text in enumerate(texts):
            paths.append(Path(folder) / f"{number:04}.txt")
            paths[-1].write_bytes(text.encode("utf-8"))
        listed = Path(folder) / "list.txt"
        listed.write_text("\n".join(map(str, paths)), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - the PowerShell that the developer has on PATH
            [executable, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(_SCRIPT), str(listed)],
            capture_output=True,
            timeout=record.TIMEOUT,
            check=False,
        )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    return [_node(document) for document in json.loads(done.stdout)]


def _node(given: dict[str, Any]) -> Node:
    return Node(given["kind"], given["line"], given["value"], tuple(_node(part) for part in given["parts"]))
