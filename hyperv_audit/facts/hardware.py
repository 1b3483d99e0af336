"""Firmware and drivers of the machine. What is the latest, only their makers know."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from hyperv_audit.facts.moments import Moment, read_day
from hyperv_audit.facts.reading import Readings, Row, Unreadable

# Inbox drivers all show the same day, so that their age says nothing.
INBOX = "Microsoft"
NETWORK_AND_STORAGE = ("NET", "SCSIADAPTER", "HDC")
_NUMBER = re.compile(r"\d+")
_NUMBERS = re.compile(r"\d+(\.\d+)*")


def is_comparable(version: str, other: str) -> bool:
    """Whether both versions are built alike: `U46` and `P70` are of two families, `2.19.1` and `2.6` are of one."""
    shapes = {_NUMBERS.sub("#", text.strip().casefold()) for text in (version, other)}
    return len(shapes) == 1 and "#" in shapes.pop()


def is_older(version: str, other: str) -> bool:
    """Whether a version is below another that it can be compared with, number by number."""
    mine, theirs = ([int(number) for number in _NUMBER.findall(text)] for text in (version, other))
    return is_comparable(version, other) and mine < theirs


def is_at_least(version: str, other: str) -> bool:
    """Whether a version is known to be as high as another."""
    return is_comparable(version, other) and not is_older(version, other)


class Bios(Row):
    """Win32_BIOS."""

    version: str = Field(alias="SMBIOSBIOSVersion", min_length=1)
    released: Moment = Field(alias="ReleaseDate")

    def __str__(self) -> str:
        return f"{self.version} of {self.released.date() if self.released else 'a day that is not shown'}"

    def age(self, today: dt.date) -> int | None:
        """In days; None where its day is not shown."""
        return (today - self.released.date()).days if self.released else None


class Driver(Row):
    """Win32_PnPSignedDriver."""

    device: str = Field(alias="DeviceName", min_length=1)
    device_class: str | None = Field(alias="DeviceClass")
    provider: str | None = Field(alias="DriverProviderName")
    version: str | None = Field(alias="DriverVersion")
    released: Annotated[dt.date | None, BeforeValidator(read_day)] = Field(alias="DriverDate")
    is_signed: bool | None = Field(alias="IsSigned")

    def __str__(self) -> str:
        return (
            f"{self.device} ({self.provider or 'nobody'}, {self.version or 'no version'}, {self.released or 'no day'})"
        )

    @property
    def is_watched(self) -> bool:
        """A driver of network or storage that did not come with Windows."""
        return (self.device_class or "").upper() in NETWORK_AND_STORAGE and self.provider != INBOX

    def is_older_than(self, days: int, today: dt.date) -> bool:
        """Whether its day is further back; one that shows none may be of any day."""
        return self.released is None or (today - self.released).days > days


@dataclass(frozen=True)
class Hardware:
    """What the machine runs on."""

    readings: Readings

    @property
    def bios(self) -> Bios:
        """The firmware of the machine."""
        return self.readings.one("hardware.bios", Bios)

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Drivers of network and storage, and all that are not signed, each once. Raises `Unreadable` for none."""
        drivers = tuple(dict.fromkeys(self.readings.rows("drivers.installed", Driver)))
        if not drivers:
            raise Unreadable("drivers.installed is empty, and no host is without network and storage")
        return drivers
