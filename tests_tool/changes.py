"""A world of evidence, and the changes that a case makes to it: one good world, one change, one verdict.

Each folder of tables has a good world of its own. Places are written `topic.probe`, as the collectors name them.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

Rows = list[Any]
Topics = dict[str, dict[str, Rows]]
"""Topics, their probes and rows."""


class World:
    """What one host or guest shows, open to changes. `vm` is the machine that changes of `vms.*` are about."""

    def __init__(self, data: Topics, vm: str = "") -> None:
        self.vm = vm
        self.data = data
        self.errors: dict[str, list[dict[str, Any]]] = {topic: [] for topic in data}

    def rows(self, probe: str) -> Rows:
        """Every row of a probe."""
        topic, name = probe.split(".")
        return self.data[topic][name]

    def row(self, probe: str) -> dict[str, Any]:
        """The first row of a probe; of `vms.*`, the first of the machine."""
        return next(row for row in self.rows(probe) if not probe.startswith("vms.") or owner(row) == self.vm)

    def fail(self, probe: str, error: str, *, category: str = "NotSpecified", target: str = "") -> None:
        """Let a probe meet an error; an empty probe name means its topic, outside of any probe."""
        topic, name = probe.split(".")
        self.errors[topic].append(
            {"probe": name, "id": error, "category": category, "target": target, "hresult": None, "message": "no"}
        )

    def topics(self) -> dict[str, dict[str, Any]]:
        """The document as `read_topics` takes it."""
        return {topic: {"data": self.data[topic], "errors": self.errors[topic], "seconds": 0.1} for topic in self.data}


def owner(row: Mapping[str, Any]) -> str:
    """Whose row it is."""
    return str(row.get("VMId") or row.get("Id")).lower()


Change = Callable[[World], None]


def together(*changes: Change) -> Change:
    """Several changes that are one thing."""

    def change(world: World) -> None:
        for part in changes:
            part(world)

    return change


# Values and rows


def put(path: str, value: Any) -> Change:
    """`topic.probe.Property[.Property]` has this value, in the first row."""

    def change(world: World) -> None:
        topic, probe, *inner, last = path.split(".")
        row = world.row(f"{topic}.{probe}")
        for name in inner:
            row = row[name]
        assert last in row, f"{path} is nothing that the collectors print"
        row[last] = copy.deepcopy(value)

    return change


def edit(probe: str, index: int, **values: Any) -> Change:
    """One row of the probe has other values."""

    def change(world: World) -> None:
        row = world.rows(probe)[index]
        assert set(values) <= set(row), f"{probe} has no {sorted(set(values) - set(row))}"
        row.update(copy.deepcopy(values))

    return change


def add(probe: str, *more: Any) -> Change:
    """The probe has more rows."""
    return lambda world: world.rows(probe).extend(copy.deepcopy(more))


def rows(probe: str, *new: Any) -> Change:
    """The probe has these rows and no others."""

    def change(world: World) -> None:
        world.rows(probe)[:] = copy.deepcopy(new)

    return change


def empty(probe: str) -> Change:
    """The probe returned nothing, and no error."""
    return rows(probe)


def drop(probe: str, index: int) -> Change:
    """The probe has one row less."""

    def change(world: World) -> None:
        del world.rows(probe)[index]

    return change


def lost(probe: str) -> Change:
    """The machine has no row, and nothing says why; other machines keep theirs."""

    def change(world: World) -> None:
        world.rows(probe).remove(world.row(probe))

    return change


def missing(probe: str) -> Change:
    """The evidence has no such probe: a collector of another version."""

    def change(world: World) -> None:
        topic, name = probe.split(".")
        del world.data[topic][name]

    return change


# Errors and rights


def error(probe: str, id_: str = "AccessDenied", *, category: str = "NotSpecified", target: str = "") -> Change:
    """The probe met an error, and may have rows beside it."""
    return lambda world: world.fail(probe, id_, category=category, target=target)


def denied(probe: str) -> Change:
    """The probe met nothing but "access denied"."""
    return together(empty(probe), error(probe, "AccessDenied,Somebody", category="PermissionDenied"))


def failed(probe: str) -> Change:
    """The probe could not read this one machine, and says so with its id."""

    def change(world: World) -> None:
        lost(probe)(world)
        world.fail(probe, "OperationFailed,Somebody", target=world.vm.upper())

    return change


def filtered_token(world: World) -> None:
    """The account is an administrator whose token UAC has filtered: integrity is medium."""
    token = world.rows("session.token")
    token[:] = ["S-1-16-8192" if sid == "S-1-16-12288" else sid for sid in token]


def plain_user(world: World) -> None:
    """The account is no administrator."""
    token = world.rows("session.token")
    token[:] = [sid for sid in token if sid != "S-1-5-32-544"]


def canary(count: int) -> Change:
    """How many management services of Hyper-V the account can see."""
    return rows("session.canary", count)


# What a guest says of itself


def guest(**items: str) -> Change:
    """What the machine says over data exchange."""
    return put("vms.guest.Items", [item(name, value) for name, value in items.items()])


def windows(version: str, product_type: int = 3, *, architecture: int = 9) -> Change:
    """The guest says it is a Windows."""
    return guest(
        OSName="Windows", OSVersion=version, ProductType=str(product_type), ProcessorArchitecture=str(architecture)
    )


def linux(name: str, version: str) -> Change:
    """The guest says it is a Linux."""
    return guest(OSName=name, OSMajorVersion=version, OSVersion="6.8.0", ProcessorArchitecture="x86_64")


def freebsd(release: str) -> Change:
    """The guest says it is a FreeBSD."""
    return guest(OSName="FreeBSD", OSBuildNumber=release)


# Rows that every world has


def item(name: str, value: str) -> str:
    """One pair as data exchange has it; an empty value has no VALUE element."""
    data = f"<VALUE>{escape(value)}</VALUE>" if value else ""
    return (
        '<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem">'
        f'<PROPERTY NAME="Data" TYPE="string">{data}</PROPERTY>'
        f'<PROPERTY NAME="Name" TYPE="string"><VALUE>{escape(name)}</VALUE></PROPERTY>'
        '<PROPERTY NAME="Source" TYPE="uint16"><VALUE>2</VALUE></PROPERTY></INSTANCE>'
    )


def machine(vm: str, name: str, folder: str) -> dict[str, Any]:
    """A row of Get-VM."""
    return {
        "Id": vm,
        "Name": name,
        "State": 2,
        "Generation": 2,
        "Version": "10.0",
        "VirtualMachineType": 3,
        "ReplicationMode": 0,
        "Path": folder,
        "ConfigurationLocation": folder,
        "SnapshotFileLocation": folder,
        "SmartPagingFilePath": folder,
        "SmartPagingFileInUse": False,
        "CreationTime": "2024-02-03T10:20:30.0000000Z",
    }
