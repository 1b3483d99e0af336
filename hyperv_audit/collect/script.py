"""The one script a host is sent: prelude, topics, postlude; and the small bootstrap that receives it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hyperv_audit.collect import allowed

# In the order in which they run. The session comes first: it says what the rest is worth.
TOPICS = (
    "session",
    "os",
    "updates",
    "hardware",
    "software",
    "security",
    "network",
    "migration",
    "ipsec",
    "smb",
    "cluster",
    "storage",
    "bitlocker",
    "groups",
    "defender",
    "mounted",
    "tpm",
    "hgs",
    "hyperv",
    "vms",
    "vm_files",
)

SEPARATOR = "#~#INPUT#~#"
POWERSHELL = "powershell.exe"
_SWITCHES = ("-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand")


@dataclass(frozen=True)
class Script:
    """A PowerShell text as it is sent, and what the host can recognise it by."""

    text: str

    @property
    def sha256(self) -> str:
        """Upper-case SHA-256 of the text as the bootstrap computes it."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest().upper()

    def arguments(self) -> tuple[str, ...]:
        """Arguments for powershell.exe: its switches and the bootstrap. Well below cmd's 8,191 characters."""
        source = _read("bootstrap.ps1").strip().replace("@LEN@", str(len(self.text))).replace("@SHA@", self.sha256)
        return (*_SWITCHES, base64.b64encode(source.encode("utf-16-le")).decode("ascii"))

    def stdin(self, data: Mapping[str, Any] | None = None) -> bytes:
        """What the bootstrap reads: the script, a separator line, and its input as ASCII JSON."""
        return f"{self.text}\n{SEPARATOR}\n{json.dumps(dict(data or {}))}\n".encode("ascii")


@cache
def collector() -> Script:
    """The whole audit of one host as one script."""
    topics = (f"Topic {name} {{\n{topic_source(name).strip()}\n}}" for name in TOPICS)
    return Script("\n".join([_read("prelude.ps1").strip(), *topics, _read("postlude.ps1").strip()]))


@cache
def topic_source(name: str) -> str:
    """One topic's file, without what surrounds it."""
    return _read(f"topics/{name}.ps1")


def topic_hash(name: str) -> str:
    """SHA-256 of a topic's file: which version of a collector made some evidence."""
    return hashlib.sha256(topic_source(name).encode("ascii")).hexdigest()


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="ascii").replace("\r\n", "\n")


@cache
def commands(probe: str | None = None) -> str:
    """The commands by which a probe, named `topic.probe`, asks Windows; without a name all that can run, one a line."""
    if probe is None:
        return "\n".join(allowed.everything())
    topic, _, name = probe.partition(".")
    return ", ".join(allowed.asked(topic, name))
