"""Virtual disks and images that are mounted on the host itself."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.enums import ImageAccess, ImageType
from hyperv_audit.facts.reading import Readings, Row, Unreadable


class _Image(Row):
    path: str = Field(alias="Path", min_length=1)
    type: ImageType = Field(alias="Type")
    access: ImageAccess = Field(alias="Access")


@dataclass(frozen=True)
class Image:
    """A file that somebody mounted. `access` is None where only a disk of Windows shows it."""

    path: str
    type: ImageType
    access: ImageAccess | None

    def __str__(self) -> str:
        how = self.access.name.replace("_", "-").lower() if self.access else "access not shown"
        return f"{self.path} ({how})"


class _FileDisk(Row):
    """The class page says that no path is shown for a VHD; public scripts read one."""

    number: int = Field(alias="Number")
    path: str | None = Field(alias="Path")


@dataclass(frozen=True)
class Mounted:
    """Two witnesses: Hyper-V's image service, and disks of Windows that are backed by a file."""

    readings: Readings

    @property
    def images(self) -> tuple[Image, ...]:
        """Every mounted file, once; of one that only the second witness knows, the access is not shown."""
        named = self.readings.rows("mounted.images", _Image)
        if not named and self.readings.values("session.canary") != (1,):
            raise Unreadable(
                "mounted.images is empty, and the account cannot see Hyper-V (or its service does not run)"
            )
        known = {image.path.lower() for image in named}
        files = {disk.path.lower(): disk.path for disk in self._file_disks if disk.path}
        unnamed = [path for key, path in files.items() if key not in known]
        return (
            *(Image(image.path, image.type, image.access) for image in named),
            *(Image(path, ImageType.VHD, None) for path in unnamed),
        )

    @property
    def nameless(self) -> tuple[int, ...]:
        """Numbers of disks that are backed by a file which nothing names: more than the image service has files for."""
        shown = {disk.path.lower() for disk in self._file_disks if disk.path}
        images = [image for image in self.readings.rows("mounted.images", _Image) if image.type is not ImageType.ISO]
        named = [image for image in images if image.path.lower() not in shown]
        return tuple(disk.number for disk in self._file_disks if not disk.path)[len(named) :]

    @property
    def _file_disks(self) -> tuple[_FileDisk, ...]:
        return self.readings.rows("mounted.file_disks", _FileDisk)
