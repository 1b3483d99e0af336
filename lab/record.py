"""Runs the real collectors on every world and keeps what they printed: python -m lab.record.

Three kinds: a host's collector, a guest's where it has a listener of its own, and that which asks the guests of a host
by PowerShell Direct, for all machines of the host that run.

Exactly what goes over the wire is run: the arguments and the standard input of a Script. Only one thing is added: the
world is loaded before the decoded bootstrap. What came back is kept byte for byte; the lab replays it.
"""

import argparse
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import Script, collector, direct_collector, guest_collector
from hyperv_audit.errors import EvidenceError
from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.baseline import tables, wanted
from hyperv_audit.inventory.policy import Policy
from lab import world
from lab.world.baseline import FOLDER

RECORDINGS = Path(__file__).parent / "recordings"
TIMEOUT = 300
_PARTS = frozenset({".py", ".ps1", ".psm1", ".psd1", ".json", ".yaml"})


class RecordError(RuntimeError):
    """A run that is not worth keeping."""


@dataclass(frozen=True)
class Run:
    """What a PowerShell process left behind."""

    stdout: bytes
    stderr: bytes
    exit_code: int


def powershell() -> str | None:
    """The PowerShell to run: the one named in PWSH, else the one on PATH."""
    return os.environ.get("PWSH") or shutil.which("pwsh")


def run(
    source: str | Path | Mapping[str, Any],
    arguments: Iterable[str],
    stdin: bytes,
) -> Run:
    """Runs powershell.exe's arguments, of which the last is an encoded command, where a world is what Windows shows."""
    executable = powershell()
    if executable is None:
        raise RecordError("no PowerShell: put pwsh on PATH, or its path in PWSH")
    *switches, encoded = arguments
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        command = base64.b64encode(after_world(Path(folder), source, encoded).encode("utf-16-le")).decode("ascii")
        done = subprocess.run(  # noqa: S603 - the PowerShell that the developer has on PATH
            [executable, *switches, command],
            input=stdin,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    return Run(done.stdout, done.stderr, done.returncode)


def after_world(folder: Path, source: str | Path | Mapping[str, Any], encoded: str) -> str:
    """An encoded command, as text, behind what lets it see a world, which is put into a folder."""
    served = folder / "served.json"
    served.write_text(world.text(world.load(source)), encoding="ascii")
    for vm, guest in world.insides(source).items():
        (folder / f"{vm}.json").write_text(world.text(guest), encoding="ascii")
    command = base64.b64decode(encoded, validate=True).decode("utf-16-le")
    quoted = [str(path).replace("'", "''") for path in (world.FOLDER / "world.ps1", served)]
    return f". '{quoted[0]}' '{quoted[1]}'\n{command}"


def run_script(
    source: str | Path | Mapping[str, Any],
    script: Script,
    data: Mapping[str, Any] | None = None,
    secrets: Iterable[Secret] = (),
) -> Run:
    """Runs one script on a world as the wire would."""
    return run(source, script.arguments(), script.stdin(data, secrets))


@dataclass(frozen=True)
class Asked:
    """What a recording is of: the file's name, the script, and the input that it was given."""

    name: str
    script: Script
    data: Mapping[str, Any] | None = None
    secrets: tuple[Secret, ...] = ()


def asked_of(name: str) -> list[Asked]:
    """Everything that is recorded of a world."""
    if name in world.guest_names():
        return [Asked(name, guest_collector(), asked())]
    return [Asked(name, collector(), asked()), *_direct(name)]


def _direct(name: str) -> list[Asked]:
    """By one account, which the world names for all guests that it shows; the other machines refuse it."""
    machines = world.load(name).get("vms", ())
    accounts = {(vm["inside"]["username"], vm["inside"]["password"]) for vm in machines if "inside" in vm}
    if not accounts:
        return []
    ((username, password),) = accounts
    running = [vm["Id"].lower() for vm in machines if vm.get("State", "Running") == "Running"]
    batch = {"Secret": 0, "UserName": username, "Machines": [{"Id": id_} for id_ in running]}
    data = {"Batches": [batch], "Patience": 60, "Inside": json.dumps({**asked(), "Pipeline": True})}
    return [Asked(f"{name}.direct", direct_collector(), data, (Secret(password),))]


def asked() -> dict[str, Any]:
    """What the script is given as its input: what an audit with the default policy asks for."""
    return {"baseline": wanted(tables(), Policy())}


def fingerprint(source: str | Path | Mapping[str, Any], script: Script) -> dict[str, str]:
    """What a recording depends on: the script, its input, the world as it is written, and what serves it."""
    module = hashlib.sha256()
    for path in sorted(p for p in world.FOLDER.rglob("*") if p.suffix in _PARTS):
        module.update(path.relative_to(world.FOLDER).as_posix().encode() + b"\0" + _normal(path) + b"\0")
    for path in sorted(FOLDER.glob("*.csv")):
        module.update(path.name.encode() + b"\0" + _normal(path) + b"\0")
    return {
        "script_sha256": script.sha256,
        "input_sha256": hashlib.sha256(json.dumps(asked()).encode()).hexdigest().upper(),
        "world_sha256": hashlib.sha256(_written(source)).hexdigest().upper(),
        "module_sha256": module.hexdigest().upper(),
    }


def _written(source: str | Path | Mapping[str, Any]) -> bytes:
    if isinstance(source, Mapping):
        return json.dumps(source, sort_keys=True).encode("ascii")
    return b"".join(_normal(path) for path in world.files_of(source))


def _normal(path: Path) -> bytes:
    """A text file whatever line ends the checkout gave it."""
    return path.read_bytes().replace(b"\r\n", b"\n")


@dataclass(frozen=True)
class Recording:
    """What the collector printed on one world."""

    world: str
    script_sha256: str
    input_sha256: str
    world_sha256: str
    module_sha256: str
    exit_code: int
    stdout: str
    stderr: str

    @property
    def stdout_bytes(self) -> bytes:
        """Standard output byte for byte."""
        return base64.b64decode(self.stdout, validate=True)

    @property
    def stderr_bytes(self) -> bytes:
        """Standard error byte for byte."""
        return base64.b64decode(self.stderr, validate=True)


def record(name: str, source: Path | Mapping[str, Any] | None = None, what: Asked | None = None) -> Recording:
    """Runs a collector on a world: the lab's own of that name, or another that is to be called so.

    Raises RecordError where it printed no evidence.
    """
    what = what or Asked(name, collector(), asked())
    done = run_script(source or name, what.script, what.data, what.secrets)
    try:
        extract(done.stdout)
    except EvidenceError as problem:
        tail = (done.stdout[-2000:] + done.stderr[-2000:]).decode("utf-8", "replace")
        raise RecordError(f"{what.name}: {problem}, exit code {done.exit_code}:\n{tail}") from problem
    return Recording(
        world=what.name,
        exit_code=done.exit_code,
        stdout=base64.b64encode(done.stdout).decode("ascii"),
        stderr=base64.b64encode(done.stderr).decode("ascii"),
        **fingerprint(source or name, what.script),
    )


def has(name: str) -> bool:
    """Whether the lab has such a recording."""
    return (RECORDINGS / f"{name}.json").exists()


def read(name: str) -> Recording:
    """The recording that ships with the lab."""
    return Recording(**json.loads((RECORDINGS / f"{name}.json").read_text(encoding="ascii")))


def write(recording: Recording) -> Path:
    """Keeps a recording."""
    path = RECORDINGS / f"{recording.world}.json"
    path.write_text(json.dumps(asdict(recording), indent=1) + "\n", encoding="ascii")
    return path


def main(arguments: list[str] | None = None) -> int:
    """Records the named worlds, or all."""
    parser = argparse.ArgumentParser(prog="python -m lab.record")
    parser.add_argument("worlds", nargs="*", default=(*world.names(), *world.guest_names()))
    for name in parser.parse_args(arguments).worlds:
        try:
            paths = [write(record(name, what=what)) for what in asked_of(name)]
        except (RecordError, world.WorldError) as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        for path in paths:
            sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
