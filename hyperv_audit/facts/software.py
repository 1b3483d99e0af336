"""What is installed on a host, and who sits at it."""

import re
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.enums import LogonType
from hyperv_audit.facts.reading import Readings, Row, Unreadable

_OF_WINDOWS = re.compile(r"\\(DWM|UMFD)-\d+$", re.IGNORECASE)


class Program(Row):
    """An entry under the registry's Uninstall keys, 64-bit or 32-bit."""

    name: str = Field(alias="DisplayName")
    version: str | None = Field(alias="DisplayVersion")

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


class Session(Row):
    """An interactive session; one that is over may stay listed for a while."""

    type: LogonType = Field(alias="LogonType")
    sid: str | None = Field(alias="Sid")
    account: str = Field(alias="Account")

    @property
    def is_of_windows(self) -> bool:
        """The window manager or the font driver host, where Windows cannot look them up; a person can be."""
        return self.sid is None and _OF_WINDOWS.search(self.account) is not None

    def __str__(self) -> str:
        return f"{self.account or 'somebody'} ({self.type.name.replace('_', ' ').lower()})"


@dataclass(frozen=True)
class Software:
    """Roles, features, programs and sessions."""

    readings: Readings

    @property
    def features(self) -> tuple[str, ...]:
        """Names of installed roles and features, in every language the same. Raises `Unreadable` for none at all."""
        names = self.readings.values("software.features")
        if odd := [name for name in names if not isinstance(name, str) or not name]:
            raise Unreadable(f"software.features: {odd[0]!r} is no name")
        if not names:
            raise Unreadable("software.features is empty, and not even Hyper-V is in it")
        return names

    @property
    def programs(self) -> tuple[Program, ...]:
        """Installed programs, each once; a Server Core often has none."""
        return tuple(dict.fromkeys(self.readings.rows("software.uninstall", Program)))

    @property
    def sessions(self) -> tuple[Session, ...]:
        """People who are logged on at the host itself."""
        return tuple(s for s in self.readings.rows("software.sessions", Session) if not s.is_of_windows)
