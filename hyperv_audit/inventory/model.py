"""Who is audited: targets, how they are reached, and where a secret comes from (never the secret itself)."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Scheme(StrEnum):
    """How the WinRM listener is spoken to."""

    HTTP = "http"
    HTTPS = "https"


class SecretSource(StrEnum):
    """Where a password is read from at run time."""

    ENVIRONMENT = "environment"
    PROMPT = "prompt"
    KEYRING = "keyring"
    KERBEROS = "kerberos"  # the ticket of the person who runs the audit: no password at all
    SSH_KEY = "ssh-key"  # a key in a file, or one that the person's agent holds


@dataclass(frozen=True)
class CredentialReference:
    """An account, and a reference to its password.

    `name` is the environment variable, or the keyring's service name; empty for a prompt, a ticket and a key.
    """

    username: str
    source: SecretSource
    name: str = ""


@dataclass(frozen=True)
class Limits:
    """Time limits of one target, in seconds."""

    connect: float = 5.0
    operation: int = 20  # one WS-Management operation; servers cut more than 60 (MS-WSMV 2.2.4.10, MaxTimeoutms)
    slow: float = 180.0  # what may take long, such as a search for updates, counted from when all else has come
    deadline: float = 600.0  # everything that is asked of this host in one run


@dataclass(frozen=True)
class Target:
    """One machine to connect to."""

    name: str
    address: str
    port: int
    scheme: Scheme
    credential: CredentialReference
    ca_file: Path | None = None
    limits: Limits = field(default_factory=Limits)
    groups: tuple[str, ...] = ()
    world: str | None = None  # a simulated host of the lab; the lab then supplies address, port and ca_file

    @property
    def endpoint(self) -> str:
        """The WS-Management URL; an IPv6 address is put in brackets."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}/wsman"


class Via(StrEnum):
    """How one looks inside a virtual machine."""

    POWERSHELL_DIRECT = "powershell-direct"  # through its host
    WINRM = "winrm"
    SSH = "ssh"


@dataclass(frozen=True)
class GuestAccess:
    """A way into the virtual machines that a pattern means; of several in the file, the first counts.

    An address comes from the inventory only: what a guest says of itself would let it send the audit to another one.
    """

    vm: str  # an id, or a name with wildcards
    hosts: tuple[str, ...]
    via: Via
    credential: CredentialReference
    line: int = 0  # of the file, for messages
    address: str = ""  # for WinRM and SSH; `{name}` and `{id}` are those of the virtual machine on its host
    port: int = 0
    scheme: Scheme = Scheme.HTTPS
    ca_file: Path | None = None
    identity_file: Path | None = None
    known_hosts: Path | None = None  # SSH never speaks to a machine whose key does not stand there
    limits: Limits = field(default_factory=Limits)
    world: str | None = None  # a simulated guest of the lab; the lab then supplies address, port and ca_file


@dataclass(frozen=True)
class Inventory:
    """All targets in the order of the file, and the groups with their targets, those of nested groups included.

    `path` is None if there is no file and the targets come from URLs.
    """

    path: Path | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: Path | None = None
    guests: tuple[GuestAccess, ...] = ()
    waivers: Path | None = None


def keep_target(target: Target) -> dict[str, Any]:
    """A target as plain values, for a worker process; it never holds a secret."""
    plain = dataclasses.asdict(target)
    return {**plain, "ca_file": str(target.ca_file) if target.ca_file else None}


def restore_target(plain: Mapping[str, Any]) -> Target:
    """A target from what `keep_target` made of it."""
    credential = plain["credential"]
    return Target(
        **{
            **plain,
            "scheme": Scheme(plain["scheme"]),
            "credential": CredentialReference(
                credential["username"], SecretSource(credential["source"]), credential["name"]
            ),
            "limits": Limits(**plain["limits"]),
            "ca_file": Path(plain["ca_file"]) if plain["ca_file"] else None,
            "groups": tuple(plain["groups"]),
        }
    )
