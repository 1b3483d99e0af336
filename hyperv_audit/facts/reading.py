"""From evidence to facts: the only place that decides whether something was read at all.

A probe that met an error is not read, whatever rows it returned beside it. A probe that returned nothing is empty only
when the account could have seen something: an administrator without a filtered token, and, for Hyper-V, a canary of 1.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

ADMINISTRATORS = "S-1-5-32-544"
HIGH_INTEGRITY = "S-1-16-12288"
INSIDE = "inside."
"""Before the name of a probe that looked from inside a guest."""
_HYPERV_TOPICS = ("hyperv", "vms", "vm_files")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Unreadable(Exception):
    """A fact that could not be read, and why. It ends one check as *error*; as *review* where it is one VM's alone."""

    def __init__(self, reason: str, *, vm_only: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.vm_only = vm_only


class ProbeFailure(Protocol):
    """An error as the evidence keeps it."""

    @property
    def probe(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def message(self) -> str: ...


class Row(BaseModel):
    """One row of a probe with the types it must have; a row of another shape is unreadable, not false."""

    # Most runs read some of the hundred kinds of rows: what is deferred is only how they are read.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", populate_by_name=True, defer_build=True)


class _Bulk(Row):
    machines: int = Field(alias="Machines")
    limit: int = Field(alias="CmdletsUpTo")


R = TypeVar("R", bound=Row)
T = TypeVar("T")


class Observation(Protocol):
    """One topic of evidence, as far as facts need it."""

    @property
    def data(self) -> Mapping[str, list[Any]]: ...
    @property
    def errors(self) -> Sequence[ProbeFailure]: ...


class _ByVm:
    """The rows of a probe by the VM that they belong to."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows: dict[str, list[Any]] = {}
        for row in rows:
            self._rows.setdefault(_vm_of(row), []).append(row)
        self.names_every_vm = all(_is_id(vm) for vm in self._rows)

    def of(self, vm: str) -> list[Any]:
        return self._rows.get(vm, [])


class Readings:
    """The evidence of one host, read probe by probe. A probe is named `topic.probe`.

    What was parsed and sorted once is kept: many checks of many virtual machines read the same rows.
    """

    def __init__(
        self, topics: Mapping[str, Observation], watchers: list[list[str]] | None = None, where: str = ""
    ) -> None:
        self._topics = topics
        self._watchers: list[list[str]] = [] if watchers is None else watchers
        self._where = where
        self._by_vm: dict[str, _ByVm] = {}
        self._errors: dict[str, list[ProbeFailure]] = {}
        self._found: dict[str, tuple[Any, tuple[str, ...]]] = {}
        self._parsed: dict[tuple[int, type[Row]], Row] = {}  # by identity: rows live as long as their topics

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """The names of the probes that are read inside the block, in order: what a verdict rests on."""
        seen: list[str] = []
        self._watchers.append(seen)
        try:
            yield seen
        finally:
            self._watchers.pop()  # not remove(): another one may have seen the same

    def once(self, what: str, find: Callable[[], T]) -> T:
        """What many machines ask alike, found once; what that rests on counts for each who asks."""
        if what not in self._found:
            with self.watched() as seen:
                value = find()
            self._found[what] = value, tuple(seen)
        value, rests_on = self._found[what]
        for name in rests_on:
            self._note(name)
        return value

    def rest_on(self, name: str) -> None:
        """Say that a verdict rests on a probe whose rows were sorted before."""
        self._watch(name)

    def of_guest(self, topics: Mapping[str, Observation]) -> "Readings":
        """What was read inside a virtual machine of this host; who watches the host sees it too, as `INSIDE` probes."""
        return Readings(topics, self._watchers, INSIDE)

    @cached_property
    def is_32_bit(self) -> bool:
        """Whether a 32-bit process asked on a 64-bit Windows: PROCESSOR_ARCHITEW6432 is set in no other."""
        return any(isinstance(row, dict) and row.get("ArchitectureW6432") for row in self.raw("session.process"))

    def raw_of_vm(self, name: str, vm: str) -> list[Any]:
        """The rows of one virtual machine as they came, for showing."""
        if name not in self._by_vm:
            self._by_vm[name] = _ByVm(self.raw(name))
        return self._by_vm[name].of(vm)

    def raw(self, name: str) -> list[Any]:
        """The rows as they came, for showing."""
        topic, probe = name.split(".")
        return self._topics[topic].data.get(probe, []) if topic in self._topics else []

    @cached_property
    def in_bulk(self) -> bool:
        """Whether there are so many machines that they were asked for together."""
        with suppress(Unreadable):
            return any(row.machines > row.limit for row in self.rows("vms.bulk", _Bulk))
        return False

    def errors(self, name: str) -> list[ProbeFailure]:
        """What the probe met, and what its topic met outside of any probe."""
        self._watch(name)
        if name not in self._errors:
            topic, probe = name.split(".")
            self._errors[name] = [error for error in self._observation(topic).errors if error.probe in ("", probe)]
        return self._errors[name]

    def rows(self, name: str, model: type[R]) -> tuple[R, ...]:
        """Every row, and the certainty that there are no others. Raises `Unreadable`."""
        if errors := self.errors(name):
            raise Unreadable(f"{name}: {describe(errors)}")
        return tuple(self.parse(name, model, row) for row in self._complete(name))

    def one(self, name: str, model: type[R]) -> R:
        """The one row that this probe has. Raises `Unreadable`."""
        rows = self.rows(name, model)
        if len(rows) != 1:
            raise Unreadable(f"{name}: {len(rows)} rows where one was expected")
        return rows[0]

    def values(self, name: str) -> tuple[Any, ...]:
        """As `rows`, for a probe whose rows are plain values."""
        if errors := self.errors(name):
            raise Unreadable(f"{name}: {describe(errors)}")
        return tuple(self._complete(name))

    def ids(self, name: str) -> tuple[str, ...]:
        """The virtual machines that a probe tells of, by a row or by an error of their own. Raises `Unreadable`."""
        rows = self._seen(name)
        errors = self.errors(name)
        if unattributed := [error for error in errors if not _is_id(error.target)]:
            raise Unreadable(f"{name}: {describe(unattributed)}")
        if not rows and not errors:
            self._prove_access(name)
        ids = [_vm_of(row) for row in rows]
        if not all(_is_id(id_) for id_ in ids):
            raise Unreadable(f"{name}: a row without an id")
        return tuple(dict.fromkeys([*ids, *(error.target.lower() for error in errors)]))

    def of_vm(self, name: str, vm: str, model: type[R], *, several: bool = False) -> tuple[R, ...]:
        """The rows of one virtual machine; another one's trouble is none of its own. Raises `Unreadable`.

        An error or a row without a VM's id counts for every VM without a row: any of them may be the one that is
        missing. Where a VM may have several rows, it counts for every VM; and there, that no VM has a row may be so.
        """
        seen, errors = self._seen(name), self.errors(name)
        rows = self._sorted(name).of(vm)
        own = [error for error in errors if error.target.lower() == vm]
        if own:
            raise Unreadable(f"{name}: {describe(own)}", vm_only=True)
        if not seen and errors and not (several and all(_is_id(error.target) for error in errors)):
            raise Unreadable(f"{name}: {describe(errors)}")
        if not seen:
            self._prove_access(name)
        if several or not rows:
            self._refuse_unattributed(name, "some rows" if rows else "no row")
        try:
            return tuple(self.parse(name, model, row) for row in rows)
        except Unreadable as error:
            raise Unreadable(error.reason, vm_only=True) from error

    def by_target(self, name: str, model: type[R]) -> tuple[tuple[R, ...], dict[str, str]]:
        """The rows of a probe that asks about one thing after the other, and why there is none of some, by their names.

        What is in neither was not asked about. Raises `Unreadable` where an error does not say what it is about.
        """
        rows, errors = self._seen(name), self.errors(name)
        if unattributed := [error for error in errors if not (error.probe and error.target)]:
            raise Unreadable(f"{name}: {describe(unattributed)}")
        reasons = {error.target: describe([error]) for error in errors}
        return tuple(self.parse(name, model, row) for row in rows), reasons

    def _refuse_unattributed(self, name: str, found: str) -> None:
        if errors := [error for error in self.errors(name) if not _is_id(error.target)]:
            raise Unreadable(f"{name}: {found} of this VM; {describe(errors)}", vm_only=True)
        if not self._sorted(name).names_every_vm:
            raise Unreadable(f"{name}: {found} of this VM, and one that does not say whose it is", vm_only=True)

    def _sorted(self, name: str) -> _ByVm:
        if name not in self._by_vm:
            self._by_vm[name] = _ByVm(self._seen(name))
        return self._by_vm[name]

    def _watch(self, name: str) -> None:
        self._note(f"{self._where}{name}")

    def _note(self, name: str) -> None:
        for watcher in self._watchers:
            if name not in watcher:
                watcher.append(name)

    def _seen(self, name: str) -> list[Any]:
        self._watch(name)
        topic, probe = name.split(".")
        observed = self._observation(topic)
        if probe not in observed.data:
            raise Unreadable(f"{name}: this evidence has no such probe")
        return observed.data[probe]

    def _complete(self, name: str) -> list[Any]:
        rows = self._seen(name)
        if not rows and not name.startswith("session."):
            self._prove_access(name)
        return rows

    def _prove_access(self, name: str) -> None:
        """Nothing was returned, which counts only when this account could have seen something."""
        if not is_elevated(self):
            raise Unreadable(f"{name} is empty, and the account is no administrator with a full token")
        if name.startswith(_HYPERV_TOPICS) and self.values("session.canary") != (1,):
            raise Unreadable(f"{name} is empty, and the account cannot see Hyper-V (or its service does not run)")

    def _observation(self, topic: str) -> Observation:
        if topic not in self._topics:
            raise Unreadable(f"this evidence has no topic {topic}")
        if topic != "session" and self.is_32_bit:
            raise Unreadable(f"{topic}: a 32-bit PowerShell asked, which is shown another registry and other files")
        return self._topics[topic]

    def parse(self, name: str, model: type[R], row: Any) -> R:
        """One row of a probe. Raises `Unreadable`."""
        kept = self._parsed.get((id(row), model))
        if isinstance(kept, model):
            return kept
        try:
            parsed = model.model_validate(row)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise Unreadable(f"{name}: {field or 'row'} is {first['input']!r} ({first['msg']})") from error
        self._parsed[id(row), model] = parsed
        return parsed


def is_elevated(readings: Readings) -> bool:
    """Whether the account was an administrator whose token UAC had not filtered (LocalAccountTokenFilterPolicy)."""
    return {ADMINISTRATORS, HIGH_INTEGRITY} <= set(readings.values("session.token"))


def describe(errors: list[ProbeFailure]) -> str:
    """Error ids first, because they are the same in every language; then the host's own words."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.id or first.category}: {first.message.strip()}{more}"


def _vm_of(row: Any) -> str:
    """The VM that a row belongs to; the rows of the VMs themselves carry it as their own id."""
    return str(row.get("VMId") or row.get("Id") or "").lower() if isinstance(row, dict) else ""


def _is_id(target: str) -> bool:
    return _GUID.fullmatch(target) is not None
