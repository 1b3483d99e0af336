"""A virtual machine from inside: the same facts as of a host, from the same topics; or why there are none.

Everything here was said by the guest itself, through a channel that proved who answers. Whoever owns the guest may lie.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from hyperv_audit.facts import guest_os
from hyperv_audit.facts.baseline import Baseline
from hyperv_audit.facts.defender import Defender
from hyperv_audit.facts.linux import Linux
from hyperv_audit.facts.linux_output import SecureBoot
from hyperv_audit.facts.operating_system import OperatingSystem
from hyperv_audit.facts.platform import Platform
from hyperv_audit.facts.reading import Readings, Unreadable, is_elevated
from hyperv_audit.facts.security import Security
from hyperv_audit.facts.software import Software
from hyperv_audit.facts.windows_guest import WindowsGuest

T = TypeVar("T")
# VMware Workstation and VirtualBox.
_HYPERVISORS = ("VMAuthdService", "VBoxSDS")


class Channel(StrEnum):
    """How a guest is reached."""

    POWERSHELL_DIRECT = "powershell-direct"
    WINRM = "winrm"
    SSH = "ssh"


class Absence(StrEnum):
    """Why nobody looked inside."""

    NOT_CONFIGURED = "guest-access-not-configured"
    NOT_RUNNING = "not-running"
    REPLICA = "assessed-on-primary"
    SHIELDED = "shielded"  # PowerShell Direct is blocked there: WinRM and SSH are not
    CHANNEL_FAILED = "guest-channel-failed"


@dataclass(frozen=True)
class NoGuest:
    """A virtual machine that was not seen from inside. `error` is the channel's own id of what went wrong."""

    absence: Absence
    error: str = ""
    message: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        return ": ".join(filter(None, [self.absence.value, self.error, self.message]))


def not_asked(_vm: str) -> NoGuest:
    """Of any virtual machine where the inventory names no way into guests."""
    return NoGuest(Absence.NOT_CONFIGURED)


def why_none(kind: str, message: str, next_step: str) -> NoGuest:
    """From a failure as the index keeps it: an absence by its name, or the id of a channel's error."""
    if kind in (Absence.SHIELDED, Absence.NOT_CONFIGURED):
        return NoGuest(Absence(kind), message=message, next_step=next_step)
    return NoGuest(Absence.CHANNEL_FAILED, kind, message, next_step)


class Guest:
    """What was observed inside one virtual machine. What could not be read there is *its* trouble, a review (0001)."""

    def __init__(self, readings: Readings, channel: Channel) -> None:
        self.readings = readings
        self.channel = channel
        self.os = own(OperatingSystem(readings))
        self.platform = own(Platform(readings))
        self.security = own(Security(readings))
        self.software = own(Software(readings))
        self.defender = own(Defender(readings))
        self.baseline = own(Baseline(readings))
        self.windows = own(WindowsGuest(readings))
        self.linux = own(Linux(readings))

    @property
    def is_linux(self) -> bool:
        """Whether it was asked as Linux and FreeBSD are. What only the other kind has is unreadable here."""
        return self.channel is Channel.SSH

    @property
    def system(self) -> guest_os.GuestOs:
        """Which operating system runs inside, as it says itself."""
        if self.is_linux:
            return self.linux.os
        return guest_os.from_build(self.os.version.build, client=self.os.is_client)

    def running(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some services that run, whatever their case; on Linux also timers, by which some guards run."""
        known = self.linux.services | self.linux.timers if self.is_linux else self.windows.services
        return tuple(name for name in names if name.lower() in {service.lower() for service in known})

    @property
    def secure_boot(self) -> SecureBoot:
        """What the guest says of Secure Boot. Shim may have stopped to check what it boots."""
        if self.is_linux:
            return self.linux.secure_boot
        return SecureBoot.ON if self.platform.secure_boot else SecureBoot.OFF

    @property
    def other_hypervisors(self) -> tuple[str, ...]:
        """Hypervisors that are not Hyper-V: modules of the Linux kernel, services on Windows."""
        return self.linux.hypervisors if self.is_linux else self.running(_HYPERVISORS)

    @property
    def endpoint_detection(self) -> tuple[str, ...]:
        """Microsoft Defender for Endpoint, where it runs and reports to its service."""
        if self.is_linux:
            return self.running(["mdatp"])
        return self.running(["Sense"]) if self.windows.is_onboarded else ()

    @property
    def is_elevated(self) -> bool:
        """Whether the account was an administrator with a full token: only then does an empty list count."""
        try:
            return is_elevated(self.readings)
        except Unreadable as error:
            raise Unreadable(error.reason, vm_only=True) from error


def own(facts: T) -> T:
    """The same facts, of which each that cannot be read is the trouble of one virtual machine alone."""
    return cast(T, _Own(facts))


class _Own:
    def __init__(self, facts: object) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        found = _asked(getattr, self._facts, name)
        return wraps(found)(lambda *args, **kwargs: _asked(found, *args, **kwargs)) if callable(found) else found


def _asked(ask: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    try:
        return ask(*args, **kwargs)
    except Unreadable as error:
        raise Unreadable(error.reason, vm_only=True) from error
