"""The one script a host is sent: its topics with what surrounds them; and the small bootstrap that receives it."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from hyperv_audit.collect import allowed
from hyperv_audit.inventory import Secret

# In the order in which they run. The session comes first: it says what the rest is worth.
QUICK_TOPICS = (
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
    "baseline",
    "mounted",
    "tpm",
    "hgs",
    "hyperv",
    "vms",
)

# What may take minutes, or never end where an update server does not answer. Each is printed when it is done, after
# all that is quick has been; the likeliest to hang comes last, and so costs nobody else.
SLOW_TOPICS = ("ipsec_filters", "vm_files", "drivers", "update_search")

TOPICS = QUICK_TOPICS + SLOW_TOPICS

# What a Windows guest is asked, from inside: topics of a host that mean the same there, and one of its own.
GUEST_TOPICS = ("session", "os", "updates", "software", "security", "defender", "baseline", "tpm", "ipsec", "guest")
GUEST_SLOW_TOPICS = ("update_search",)

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

    def stdin(self, data: Mapping[str, Any] | None = None, secrets: Iterable[Secret] = ()) -> bytes:
        """What the bootstrap reads: the script, its input as ASCII JSON, and passwords, which no cmdlet gets to see."""
        words = [base64.b64encode(secret.reveal().encode("utf-8")).decode("ascii") for secret in secrets]
        parts = [self.text, json.dumps(dict(data or {})), *([" ".join(words)] if words else [])]
        return (f"\n{SEPARATOR}\n".join(parts) + "\n").encode("ascii")


@cache
def collector() -> Script:
    """The whole audit of one host as one script."""
    return compose(_sources(QUICK_TOPICS), _sources(SLOW_TOPICS))


@cache
def guest_collector() -> Script:
    """The whole audit of a Windows guest as one script, for its own WinRM listener."""
    return compose(_sources(GUEST_TOPICS), _sources(GUEST_SLOW_TOPICS))


@cache
def direct_collector() -> Script:
    """The same for many guests, as a block that their host hands to each by PowerShell Direct."""
    block = f"$HvaGuest = {{\n{guest_collector().text}\n}}"
    parts = [_read("prelude.ps1"), block, _topic("guests", topic_source("guests")), _publish(["guests"])]
    return Script("\n".join(part.strip() for part in parts))


def compose(quick: Mapping[str, str], slow: Mapping[str, str] = MappingProxyType({})) -> Script:
    """One script of topics by name: the quick ones are printed together, each slow one when it is done."""
    parts = [_read("prelude.ps1"), *map(_topic, quick, quick.values()), _publish(quick)]
    for name, source in slow.items():
        parts += [_topic(name, source), _publish([name])]
    return Script("\n".join(part.strip() for part in parts))


def _sources(topics: Iterable[str]) -> dict[str, str]:
    return {name: topic_source(name) for name in topics}


def _topic(name: str, source: str) -> str:
    return f"Topic {name} {{\n{source.strip()}\n}}"


def _publish(names: Iterable[str]) -> str:
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"Publish @({quoted})"


@cache
def topic_source(name: str) -> str:
    """One topic's file, without what surrounds it; that of machines has a first part, which asks for many at once."""
    first = _read(f"topics/{name}_bulk.ps1").strip() + "\n" if name == "vms" else ""
    return first + _read(f"topics/{name}.ps1")


def topic_hash(name: str) -> str:
    """SHA-256 of a topic's file: which version of a collector made some evidence."""
    return hashlib.sha256(topic_source(name).encode("ascii")).hexdigest()


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="ascii").replace("\r\n", "\n")


@cache
def commands(probe: str | None = None, *, bulk: bool = False) -> str:
    """The commands by which a probe, `topic.probe`, asks Windows; without a name all that can run, one a line.

    `bulk`: on a host of so many machines that they were asked for together.
    """
    if probe is None:
        return "\n".join(allowed.everything())
    topic, _, name = probe.partition(".")
    return ", ".join(allowed.asked(topic, name, bulk=bulk))
