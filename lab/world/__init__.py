"""A world: one Windows host as its commands would show it, in one YAML file; here it is checked and made complete.

What is written in a world is what a reader must know of that host. Everything else comes from the recorded types:
every object gets every property of its type, and a world that names a property, enum or command which the record does
not know is an error when it is loaded. `served()` gives the JSON document that world.ps1 turns into commands.
"""

import html
import json
import re
import struct
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.world import baseline, virtualization
from lab.world.problem import WorldError, only

__all__ = ["WorldError", "files_of", "load", "names", "path_of", "served", "spelled", "text"]

FOLDER = Path(__file__).parent
WORLDS = FOLDER.parent / "worlds"
GUESTS = WORLDS / "guests"
REFUSES = "refuses-connections"  # the one world without a file: nothing listens there

_KEYS = frozenset({
    "about", "edition", "listener", "language_mode", "culture", "powershell", "account", "environment", "modules",
    "registry", "files", "written", "cim", "commands", "services", "features", "local_groups", "acls", "updates",
    "policies", "now", "host_adapters", "programs", "vms", "parents", "baseline", "denied_keys", "local_names",
    "failing",
})  # fmt: skip
# Parts of a machine that a world lists as rows of the command's type.
_PARTS = {
    "dvd_drives": "DvdDrive",
    "floppy_drives": "VMFloppyDiskDrive",
    "com_ports": "VMComPort",
    "scsi_controllers": "VMScsiController",
    "assigned_devices": "VMAssignedDevice",
    "gpu_partitions": "VMGpuPartitionAdapter",
    "fibre_channel": "VMFibreChannelHba",
    "console_access": "VMConnectAce",
    "replication": "VMReplication",
}
# Services by the last part of their ids, which is the same in every language, and whether Hyper-V turns them on.
_INTEGRATION = {
    "guest_service_interface": ("6C09BB55-D683-4DA0-8931-C9BF705F6480", False),
    "heartbeat": ("84EAAE65-2F2E-45F5-9BB5-0E857DC8EB47", True),
    "data_exchange": ("2A34B1C2-FD73-4043-8A5B-DD2159BC743F", True),
    "shutdown": ("9F8233AC-BE49-4C79-8EE3-E7E1985B2077", True),
    "time_synchronization": ("2497F4DE-E9FA-4204-80E4-4B75C46419C0", True),
    "vss": ("5CED1297-4598-4915-A5FC-AD21BB4D02A4", True),
}
_VM_KEYS = frozenset({"firmware", "security", "network_adapters", "hard_disks", "key_protector", "kvp", "failures",
                      "processor", *_PARTS, "integration", "settings", "in_force", "inside", "vanishes",
                      "checkpoints"})  # fmt: skip
_TEMPLATES = {
    "MicrosoftWindows": "1734c6e8-3154-4dda-ba5f-a874cc483422",
    "MicrosoftUEFICertificateAuthority": "272e7447-90a4-4563-a4b9-8e4ab00526ce",
    "OpenSourceShieldedVM": "4292ae2b-ee2c-42b5-a969-dd8f8689f6f3",
}
_ADMINISTRATORS, _ELEVATED = "S-1-5-32-544", "S-1-16-12288"
_IN_BOX = (
    "CimCmdlets", "Microsoft.PowerShell.Core", "Microsoft.PowerShell.LocalAccounts", "Microsoft.PowerShell.Management",
    "Microsoft.PowerShell.Security", "Microsoft.PowerShell.Utility", "NetAdapter", "NetLbfo", "NetSecurity", "NetTCPIP",
    "SecureBoot", "ServerManager", "SmbShare", "iSCSI",
)  # fmt: skip
_ENVIRONMENT = {"windir": r"C:\Windows", "ProgramData": r"C:\ProgramData"}
_ACCESS_DENIED = {"id": "HRESULT 0x80041003", "category": "PermissionDenied", "message": "Access denied "}
_PLACES = ("Path", "ConfigurationLocation", "SnapshotFileLocation", "SmartPagingFilePath")  # of a machine's files
_NUMBERS = {
    "Byte": "byte", "UInt16": "uint16", "Int32": "int", "UInt32": "uint32", "Int64": "long", "UInt64": "uint64",
}  # fmt: skip
_CASTS = {"Guid": "guid", "Version": "version", "DateTime": "datetime", "TimeSpan": "timespan"}
_NO_SERVICES = {
    "id": "System.InvalidOperationException",
    "message": "Cannot open Service Control Manager on computer '.'. This operation might require other privileges.",
    "terminating": True,
}
_NO_FIRMWARE = {
    "id": "GetFWVarFailed",
    "category": "PermissionDenied",
    "message": "Unable to set proper privileges. Access was denied.",
    "terminating": True,
}
_NO_SAM = {"id": "AccessDenied", "category": "PermissionDenied", "message": "Access is denied."}
# What the programs say to an account that is no administrator.
_REFUSED = {
    "secedit": {"exit_code": 1, "says": "You do not have sufficient permissions to perform this command."},
    "auditpol": {
        "exit_code": 1314,
        "says": "Error 0x00000522 occurred: A required privilege is not held by the client.",
    },
}
_MASKED = "N/A: Must be an administrator to view exclusions"
_PARAMETERS = r"HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters"
_VIRTUALIZATION = r"root\virtualization\v2"


class _Loader(yaml.SafeLoader):
    """YAML in which On and Off are words: they are names of an enum here, and its On is 0."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def names() -> tuple[str, ...]:
    """The worlds that have a file."""
    return tuple(sorted(path.stem for path in WORLDS.glob("*.yaml")))


def guest_names() -> tuple[str, ...]:
    """The worlds that are Windows guests: what they show from inside, and nothing of a host."""
    return tuple(sorted(path.stem for path in GUESTS.glob("*.yaml")))


def path_of(name: str) -> Path:
    """The file of a world that ships with the lab, a host's or a guest's."""
    guest = GUESTS / f"{name}.yaml"
    return guest if guest.exists() else WORLDS / f"{name}.yaml"


def insides(source: str | Path | Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the machines of a host show by PowerShell Direct: by a machine's id the world of its guest."""
    return {vm["Id"]: _known_from_outside(vm) for vm in load(source).get("vms", ()) if "inside" in vm}


def _known_from_outside(vm: Mapping[str, Any]) -> dict[str, Any]:
    """The world of a machine's guest, which data exchange has told whose it is."""
    guest = load(vm["inside"]["world"])
    return {**guest, "registry": {**guest.get("registry", {}), _PARAMETERS: {"VirtualMachineId": vm["Id"].upper()}}}


def load(source: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """A world as it is written: by name, by path, or already a mapping."""
    if isinstance(source, Mapping):
        return dict(source)
    world = _yaml(path_of(source) if isinstance(source, str) else source)
    return {**load(like), **world} if (like := world.pop("like", None)) else dict(world)


def files_of(source: str | Path) -> tuple[Path, ...]:
    """What a world is written in: its own file, and before it that of the world it is like, and of guests it shows."""
    path = path_of(source) if isinstance(source, str) else source
    written = _yaml(path)
    like = written.get("like")
    guests = sorted({vm["inside"]["world"] for vm in written.get("vms", ()) if "inside" in vm})
    return (*(file for name in guests for file in files_of(name)), *(files_of(like) if like else ()), path)


def served(world: Mapping[str, Any]) -> dict[str, Any]:
    """The complete document that world.ps1 serves. Raises WorldError where the record disagrees."""
    world = dict(world)
    only(world, _KEYS, "world")
    rows = {name: _answer(name, given) for name, given in world.get("commands", {}).items()}
    cim = {space: _classes(space, given) for space, given in world.get("cim", {}).items()}
    vms = [_vm(vm, world) for vm in world.get("vms", ())]
    if _VIRTUALIZATION in cim:
        cim[_VIRTUALIZATION] = _machine_classes(vms, world) | cim[_VIRTUALIZATION]
    drives = _drives(cim)
    policies = baseline.policies(world["baseline"]) if "baseline" in world else baseline.as_installed()
    sees_everything = _sees_everything(world["account"])
    if not sees_everything:
        rows = {name: _unprivileged(name, answer) for name, answer in rows.items()}
        cim = {space: _unprivileged_namespace(space, classes) for space, classes in cim.items()}
        vms = []
    # Seen by one question and gone by the next: CIM knows it still.
    vms = [vm for vm, given in zip(vms, world.get("vms", ()), strict=False) if not given.get("vanishes")]
    document = {
        "languageMode": world.get("language_mode", "FullLanguage"),
        "culture": world.get("culture", "en-US"),
        "messages": _types()["messages"].get(world.get("culture"), {}),
        "powershell": world["powershell"],
        "environment": _ENVIRONMENT | world.get("environment", {"PROCESSOR_ARCHITECTURE": "AMD64"}),
        "modules": sorted({*_IN_BOX, *world["modules"]}),
        "whoami": _whoami(world["account"]),
        "registry": baseline.merged(policies.registry, world.get("registry", {})),
        "deniedKeys": world.get("denied_keys", []),
        "policyFiles": _policy_files(world, policies),
        "localNames": _local_names(world),
        "files": {"drives": drives, "paths": _paths(world, vms), "days": world.get("written", {})},
        "opened": _opened(vms),
        "parents": {path: _parent(path, said) for path, said in world.get("parents", {}).items()},
        "acls": {path: _acl(path, said) for path, said in world.get("acls", {}).items()},
        "services": _services(world),
        "localGroups": _local_groups(world),
        "updates": _updates(world),
        "policies": _policies(world),
        "now": world.get("now"),
        "features": _features(world),
        "cim": cim,
        "answers": rows,
        "vms": vms,
        "hostAdapters": [_host_adapter(a, world) for a in world.get("host_adapters", ())] if sees_everything else [],
        "commands": {name: _command(name, world["edition"]) for name in _commands()},
        "types": {name: _type(name) for name in _types()["classes"]},
        "enums": _types()["enums"],
    }
    return dict(_ascii(document))


def text(world: Mapping[str, Any]) -> str:
    """The served document as ASCII JSON."""
    return json.dumps(served(world))


# --- the record -----------------------------------------------------------------------------------------------------


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with fewer booleans


@cache
def _commands() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "commands.json").read_text(encoding="utf-8"))["commands"])


@cache
def _types() -> dict[str, Any]:
    """Recorded and written types together: classes, enums, codes, defaults, outputs, implementations."""
    recorded = json.loads((FOLDER / "hyperv_types.json").read_text(encoding="utf-8"))
    written = _yaml(FOLDER / "types.yaml")
    others = {name: given["properties"] for name, given in written["types"].items()}
    return {
        **written,
        "classes": {**recorded["classes"], **others},
        "enums": {**recorded["enums"], **written["enums"]},
        "called": {name: given.get("called", _called(name)) for name, given in written["types"].items()},
    }


def _called(name: str) -> str:
    cim = name.startswith(("Win32_", "Msvm_", "MSFT_", "MSCluster_"))
    return f"Microsoft.Management.Infrastructure.CimInstance#{name}" if cim else f"Microsoft.HyperV.PowerShell.{name}"


def _command(name: str, edition: str) -> dict[str, Any]:
    """A command with the parameters of this edition; where it was not recorded, those of the nearest record."""
    editions = _commands()[name]["editions"]
    known = editions.get(edition) or editions.get("5.1.14393") or editions[min(editions)]
    return {
        "module": _commands()[name]["module"],
        "implementation": _types()["implementations"].get(name, name),
        "parameters": known,
    }


def _type(name: str) -> dict[str, Any]:
    casts = {prop: _shape(recorded)[0] for prop, recorded in _types()["classes"][name].items()}
    return {"called": _types()["called"].get(name, _called(name)), "casts": {p: c for p, c in casts.items() if c}}


@cache
def _shape(recorded: str) -> tuple[str, str, bool, bool]:
    """A recorded .NET type as (cast, kind, nullable, many): what to make of JSON, and what a world may write."""
    inner = re.sub(r"^(?:System\.Collections\.Generic\.\w+|System\.Nullable)<(.*)>$", r"\1", recorded).removesuffix(
        "[]"
    )
    nullable, many = (
        recorded.startswith("System.Nullable"),
        recorded != inner and not recorded.startswith("System.Null"),
    )
    short = inner.rsplit(".", 1)[-1]
    if short in _types()["enums"]:
        return f"enum {short}", "enum", nullable, many
    if short in _types()["codes"]:
        return "uint32", "code", nullable, many
    if short in _types()["classes"]:
        return "", "class", nullable, many
    if short in _NUMBERS:
        return _NUMBERS[short], "number", nullable, many
    if short in {"Boolean", "String", *_CASTS}:
        return _CASTS.get(short, ""), short, nullable, many
    return "", "opaque", nullable, many


# --- values and objects ---------------------------------------------------------------------------------------------


def _object(type_name: str, given: dict[str, Any], where: str) -> dict[str, Any]:
    """An object with every property of its type: what the world says, else the default, else the type's zero."""
    properties = _types()["classes"][type_name]
    only(given, properties, f"{where}: {type_name}")
    said = {**_types()["defaults"].get(type_name, {}), **given}
    return {
        "$": type_name,
        **{
            name: _value(recorded, said[name], f"{where}: {name}") if name in said else _zero(recorded)
            for name, recorded in properties.items()
        },
    }


def _value(recorded: str, given: Any, where: str) -> Any:
    _, kind, _, many = _shape(recorded)
    if given is None or (isinstance(given, Mapping) and set(given) == {"throws"}):
        return given
    if kind == "code" and isinstance(given, Mapping):
        return given["text"]  # where type data turns the number into its name
    if many:
        if not isinstance(given, list):
            raise WorldError(f"{where} takes a list")
        return [_single(recorded, kind, item, where) for item in given]
    return _single(recorded, kind, given, where)


def _single(recorded: str, kind: str, given: Any, where: str) -> Any:
    short = re.split(r"[.<]", recorded.rstrip("[]>"))[-1]
    if kind == "class":
        return _object(short, given, where)
    if kind in {"enum", "code"}:
        known = _types()["enums" if kind == "enum" else "codes"][short]
        if given not in known:
            raise WorldError(f"{where}: {short} has no {given!r}, but {', '.join(known)}")
        return known[given]
    wanted = {"number": int, "Boolean": bool}.get(kind, str)
    if kind == "opaque" or type(given) is not wanted:
        raise WorldError(f"{where} takes {recorded}, not {given!r}")
    return given


def _zero(recorded: str) -> Any:
    _, kind, nullable, many = _shape(recorded)
    if many:
        return []
    if nullable:
        return None
    zeros = {"Boolean": False, "number": 0, "enum": 0, "code": 0, "Guid": str(uuid.UUID(int=0))}
    return zeros.get(kind)


def _answer(command: str, given: Any) -> dict[str, Any]:
    """What a command hands back: rows, or an error."""
    type_name = _types()["outputs"].get(command)
    if type_name is None:
        raise WorldError(f"commands: {command} is not a command with an answer of its own")
    return _reply(type_name, given, command)


def _reply(type_name: str, given: Any, where: str) -> dict[str, Any]:
    """Rows of a type, one or a list of them; or an error."""
    if isinstance(given, Mapping) and "error" in given:
        return {"error": _error(given["error"], where)}
    rows = given if isinstance(given, list) else [given]
    if type_name not in _types()["classes"]:
        return {"rows": rows}
    return {"rows": [_object(type_name, row, where) for row in rows]}


def _error(given: dict[str, Any], where: str) -> dict[str, Any]:
    only(given, {"id", "category", "message", "terminating"}, f"{where}: error")
    return {"category": "NotSpecified", "message": "", "terminating": False, **given}


def spelled(type_name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of numbers as a world writes it: what an enum or a code stands for by its name. Unknown fields go."""
    properties = _types()["classes"][type_name]
    return {name: _spelled(properties[name], value) for name, value in row.items() if name in properties}


def codes(name: str) -> dict[str, Any]:
    """What the names of a code stand for."""
    return dict(_types()["codes"][name])


def _spelled(recorded: str, value: Any) -> Any:
    _, kind, _, _ = _shape(recorded)
    if isinstance(value, list):
        return [_spelled(recorded.removesuffix("[]"), item) for item in value]
    if isinstance(value, Mapping):
        return spelled(re.split(r"[.<]", recorded.rstrip("[]>"))[-1], value)
    if kind not in {"enum", "code"} or value is None:
        return value
    known = _types()["enums" if kind == "enum" else "codes"][re.split(r"[.<]", recorded.rstrip("[]>"))[-1]]
    return next(name for name, number in known.items() if number == value)


# --- parts of a host ------------------------------------------------------------------------------------------------


def _sees_everything(account: dict[str, Any]) -> bool:
    sids = {group["sid"] for group in account["groups"]}
    return {_ADMINISTRATORS, _ELEVATED} <= sids


def _unprivileged(command: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Hyper-V shows such an account nothing and says nothing; Defender masks its lists; the others refuse."""
    if _commands()[command]["module"] == "Hyper-V":
        return {"rows": []}
    if command == "Get-MpPreference" and "rows" in answer:
        return {"rows": [{name: _masked(name, value) for name, value in row.items()} for row in answer["rows"]]}
    if command == "Confirm-SecureBootUEFI":
        return {"error": _error(_NO_FIRMWARE, command)}
    return {"error": {"id": "Windows System Error 5", "category": "PermissionDenied", "message": "Access is denied.",
                      "terminating": False}}  # fmt: skip


def _unprivileged_namespace(space: str, classes: dict[str, Any]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"rows": []}
    return dict.fromkeys(classes, nothing if space == _VIRTUALIZATION else {"error": _error(_ACCESS_DENIED, space)})


def _masked(name: str, value: Any) -> Any:
    return [_MASKED] if name.startswith("Exclusion") else value


def _whoami(account: dict[str, Any]) -> dict[str, list[str]]:
    """The lines of whoami /user and /groups in CSV without headings."""
    groups = [[group[field] for field in ("name", "type", "sid", "attributes")] for group in account["groups"]]
    return {"user": [_csv([account["name"], account["sid"]])], "groups": [_csv(group) for group in groups]}


def _csv(fields: Iterable[str]) -> str:
    return ",".join('"{}"'.format(field.replace('"', '""')) for field in fields)


def _services(world: dict[str, Any]) -> dict[str, Any]:
    """The service control manager does not open for an account that comes over the network without rights."""
    if not _sees_everything(world["account"]):
        return {"error": _error(_NO_SERVICES, "services")}
    return {"rows": [_service(name, status) for name, status in world.get("services", {}).items()]}


def _service(name: str, status: str) -> dict[str, Any]:
    return _object(
        "ServiceController", {"Name": name, "ServiceName": name, "DisplayName": name, "Status": status}, name
    )


def _drives(cim: dict[str, Any]) -> list[str]:
    """The letters of the volumes; C at least."""
    volumes = cim.get(r"root\cimv2", {}).get("Win32_Volume", {}).get("rows", ())
    return sorted({"C", *(volume["DriveLetter"][0] for volume in volumes if volume["DriveLetter"])})


def _paths(world: dict[str, Any], vms: list[dict[str, Any]]) -> list[str]:
    """What is on the drives: files that the world names, folders that it protects, and what its machines consist of."""
    acls = world.get("acls", {})
    machines = [vm["vm"][place] for vm in vms for place in _PLACES]
    disks = [disk["Path"] for vm in vms for disk in _disks(vm)]
    parents = [said for said in world.get("parents", {}).values() if isinstance(said, str)]
    missing = tuple(path for path, said in acls.items() if not isinstance(said, str))
    tools = [r"C:\Windows\System32\CiTool.exe"] * ("policies" in world)
    named = {*world.get("files", ()), *tools, *acls, *machines, *disks, *parents}
    return sorted(path for path in named if path and not path.startswith(missing))


def _disks(vm: dict[str, Any]) -> list[dict[str, Any]]:
    """The drives of a machine, and those of its checkpoints."""
    return [*vm["disks"], *(disk for checkpoint in vm["checkpoints"] for disk in checkpoint["HardDrives"])]


def _opened(vms: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By each disk's file, the machines that Hyper-V lets open it, by the SIDs that follow from their ids."""
    opened: dict[str, list[str]] = {}
    for vm in vms:
        parts = struct.unpack("<4I", uuid.UUID(vm["vm"]["Id"]).bytes_le)
        for path in dict.fromkeys(disk["Path"] for disk in _disks(vm) if disk["Path"]):
            opened.setdefault(path, []).append("S-1-5-83-1-" + "-".join(map(str, parts)))
    return opened


def _parent(path: str, said: Any) -> dict[str, Any]:
    """What Get-VHD shows of a differencing disk: the file that it rests on, or why it cannot be opened."""
    return _reply("VirtualHardDisk", {"Path": path, "ParentPath": said} if isinstance(said, str) else said, path)


def _acl(path: str, said: Any) -> dict[str, Any]:
    """Who may open a folder and those below it, as SDDL; or why that cannot be read."""
    return {"sddl": said} if isinstance(said, str) else {"error": _error(said["error"], f"acls: {path}")}


def _local_groups(world: dict[str, Any]) -> dict[str, Any]:
    """Members by the group's SID. A group may have an error in their place, as one with an orphaned member has."""
    groups = world.get("local_groups", {})
    if not _sees_everything(world["account"]):
        groups = {sid: {"error": _NO_SAM} for sid in groups}
    return {sid: _reply("LocalPrincipal", _members(given), f"local_groups: {sid}") for sid, given in groups.items()}


def _members(given: Any) -> Any:
    if isinstance(given, Mapping):
        return given
    return [{**member, "SID": {"Value": member["SID"]}} for member in given]


def _local_names(world: dict[str, Any]) -> dict[str, Any]:
    """Accounts and groups of this host by their names, which are in its language."""
    if not _sees_everything(world["account"]):
        return {kind: {"error": _error(_NO_SAM, "local_names")} for kind in ("users", "groups")}
    named = {"users": [], "groups": []}  # type: dict[str, list[dict[str, Any]]]
    for name, sid in world.get("local_names", {}).items():
        named["groups" if sid.startswith("S-1-5-32-") else "users"].append({"Name": name, "SID": {"Value": sid}})
    return {kind: _reply("LocalPrincipal", rows, "local_names") for kind, rows in named.items()}


def _machine(world: dict[str, Any]) -> str:
    """What the host is called, where its world says it."""
    given = world.get("cim", {}).get(r"root\cimv2", {}).get("Win32_ComputerSystem", [])
    rows = given if isinstance(given, list) else [given]
    return next((row["Name"] for row in rows if "Name" in row), "HOST")


def _policy_files(world: dict[str, Any], policies: baseline.Policies) -> dict[str, Any]:
    """What secedit and auditpol write into a file; or what they say, and end with, where they fail."""
    accounts = {sid: name for name, sid in world.get("local_names", {}).items() if not sid.startswith("S-1-5-32-")}
    machine = _machine(world)
    files = {
        "secedit": {"lines": policies.security(accounts)},
        "auditpol": {"lines": policies.auditing(machine, world.get("culture", "en-US"))},
    }
    failing = {} if _sees_everything(world["account"]) else _REFUSED
    return {**files, **failing, **world.get("failing", {})}


def _host_adapter(given: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """An adapter that a switch gives the host itself."""
    switches = {switch["Name"]: switch["Id"] for switch in _said(world, "Get-VMSwitch")}
    name = given.get("SwitchName")
    if name not in switches:
        raise WorldError(f"host_adapters: no switch {name!r}")
    return _object("VMInternalNetworkAdapter", {"Name": name, "SwitchId": switches[name]} | given, "host_adapters")


def _features(world: dict[str, Any]) -> dict[str, Any]:
    if not _sees_everything(world["account"]):
        return {"error": _error(_ACCESS_DENIED, "features")}
    said = ({"Name": name, "DisplayName": name, "Installed": on} for name, on in world.get("features", {}).items())
    return {"rows": [_object("ServerManagerFeature", row, "features") for row in said]}


def _updates(world: dict[str, Any]) -> dict[str, Any]:
    """What the Windows Update Agent knows: the last search, what is missing since, whether a restart is due."""
    given = world.get("updates", {})
    only(given, {"last_search", "last_installation", "missing", "restart_required", "outcome"}, "updates")
    known = codes("UpdateCategory")
    found = [
        {
            "Title": update["Title"],
            "MsrcSeverity": update.get("MsrcSeverity"),
            "Categories": [{"CategoryID": known[category]} for category in update["categories"]],
            "LastDeploymentChangeTime": update.get("published"),
        }
        for update in given.get("missing", ())
    ]
    outcome = codes("UpdateSearchOutcome")[given.get("outcome", "Succeeded")]
    return {
        "lastSearch": given.get("last_search"),
        "lastInstallation": given.get("last_installation"),
        "restartRequired": given.get("restart_required", False),
        "found": {"ResultCode": outcome, "Updates": found} if _sees_everything(world["account"]) else None,
    }


def _policies(world: dict[str, Any]) -> list[str]:
    """What CiTool prints of code integrity policies; an account without rights is told a number."""
    if not _sees_everything(world["account"]):
        return ['{"OperationResult": -2147024891}']
    listed = {"OperationResult": 0, "Policies": world.get("policies", [])}
    return json.dumps(listed, indent=2).split("\n")


def _classes(space: str, given: dict[str, Any]) -> dict[str, Any]:
    """The classes of a namespace; an error in their place is that of every class."""
    if "error" in given:
        return {"*": {"error": _error(given["error"], space)}}
    if "Win32_LogonSession" in given:
        given = given | {"Win32_LoggedOnUser": list(_logged_on(given["Win32_LogonSession"]))}
    return {name: _reply(name, rows, f"{space}:{name}") for name, rows in given.items()}


def _logged_on(sessions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Which name belongs to which session: references, of which only the keys are there."""
    for session in sessions:
        for account in session.get("accounts", ()):
            keys = {name: account[name] for name in ("Name", "Domain")}
            yield {"Antecedent": keys, "Dependent": {"LogonId": session["LogonId"]}}


def _machine_classes(vms: list[dict[str, Any]], world: dict[str, Any]) -> dict[str, Any]:
    """The CIM classes that tell of virtual machines."""
    classes: dict[str, list[dict[str, Any]]] = {name: [] for name in virtualization.CLASSES}
    host = next((str(row["ComputerName"]) for row in _said(world, "Get-VMHost") if "ComputerName" in row), "HOST")
    for name, properties in virtualization.instances(vms, _said(world, "Get-VMSwitch"), host):
        classes[name].append(_object(name, properties, f"{_VIRTUALIZATION}:{name}"))
    return {name: {"rows": rows} for name, rows in classes.items()}


def _vm(given: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """One virtual machine: what each command would hand back for it."""
    where = f"vms: {given.get('Name')!a}"
    own = {name: value for name, value in given.items() if name not in _VM_KEYS}
    vm = _object("VirtualMachine", _host_defaults(own, world) | own, where)
    identity = {"VMId": vm["Id"], "VMName": vm["Name"]}
    status = ["Ok"] if vm["State"] == _types()["enums"]["VMState"]["Running"] else []
    processor = {"OperationalStatus": status} | given.get("processor", {})
    second_generation = given.get("Generation", 2) == 2  # noqa: PLR2004
    adapters = [_adapter(a, identity, world, f"{where}: adapter") for a in given.get("network_adapters", ())]
    return {
        "vm": vm,
        "firmware": _firmware(given.get("firmware", {}), identity, where) if second_generation else None,
        "security": _object("VMSecurity", given.get("security", {}), where),
        "processor": _object("VMProcessor", identity | processor, where),
        "adapters": adapters,
        "disks": [_disk(disk, identity, where) for disk in given.get("hard_disks", ())],
        "keyProtector": given.get("key_protector"),
        "settings": given.get("settings", {}),
        "inForce": given.get("in_force", {}),
        "integration": _integration(given.get("integration", {}), vm, identity, where),
        "kvp": _kvp(given.get("kvp")),
        **{part: _rows_of(part, given, identity, where) for part in _PARTS},
        "inside": _inside(given["inside"], where) if "inside" in given else None,
        "checkpoints": [_checkpoint(given, identity, where) for given in given.get("checkpoints", ())],
        "failures": {name: _error(error, where) for name, error in given.get("failures", {}).items()},
    }


def _rows_of(part: str, given: dict[str, Any], identity: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """Rows of one part. Every machine has serial ports and a controller, one of generation 1 a floppy disk drive."""
    usual: dict[str, list[dict[str, Any]]] = {
        "floppy_drives": [{}] if given.get("Generation", 2) == 1 else [],
        "com_ports": [{"Name": "COM 1"}, {"Name": "COM 2"}],
        "scsi_controllers": [{"ControllerNumber": 0, "Drives": [{}]}],
    }
    return [_object(_PARTS[part], identity | row, where) for row in given.get(part, usual.get(part, ()))]


def _integration(
    given: dict[str, Any], vm: dict[str, Any], identity: dict[str, Any], where: str
) -> list[dict[str, Any]]:
    """The six services. Those of a guest that runs answer, and a world says which do not, or are switched."""
    only(given, _INTEGRATION, f"{where}: integration")
    works = {"PrimaryOperationalStatus": "Ok"} if vm["State"] == _types()["enums"]["VMState"]["Running"] else {}
    return [
        _object(
            "VMIntegrationComponent",
            {"Name": name, "Id": f"Microsoft:{identity['VMId'].upper()}\\{service}", "Enabled": usual}
            | identity
            | works
            | given.get(name, {}),
            where,
        )
        for name, (service, usual) in _INTEGRATION.items()
    ]


def _inside(given: dict[str, Any], where: str) -> dict[str, Any]:
    """The account that PowerShell Direct lets into a guest. What the guest shows is a document of its own."""
    only(given, {"world", "username", "password"}, f"{where}: inside")
    return {"username": given["username"], "password": given["password"]}


def _disk(given: Any, identity: dict[str, Any], where: str) -> dict[str, Any]:
    """A drive; of most, only the file needs saying."""
    return _object("HardDiskDrive", identity | ({"Path": given} if isinstance(given, str) else given), where)


def _checkpoint(given: dict[str, Any], identity: dict[str, Any], where: str) -> dict[str, Any]:
    """A checkpoint; its id follows from its name, its drives are written as those of the machine."""
    drives = [_disk(disk, identity, where) for disk in given.get("HardDrives", ())]
    name = given.get("Name", "")
    made = _object(
        "VMSnapshot",
        identity | given | {"Id": str(uuid.uuid5(uuid.UUID(identity["VMId"]), name)), "HardDrives": []},
        where,
    )
    return made | {"HardDrives": drives}


def _host_defaults(vm: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """Folder and version that this host gives a new virtual machine."""
    host = (_said(world, "Get-VMHost") or [{}])[0]
    newest = [row["Version"] for row in _said(world, "Get-VMHostSupportedVersion") if row.get("IsDefault")]
    path = vm.get("Path", f"{host.get('VirtualMachinePath')}\\{vm['Name']}")
    generation = vm.get("Generation", 2)
    runs = vm.get("State", "Running") == "Running"
    return {
        "Heartbeat": "OkApplicationsHealthy" if runs else None,
        "Uptime": "14.03:22:10" if runs else "00:00:00",
        "Path": path,
        "ConfigurationLocation": path,
        "SnapshotFileLocation": path,
        "SmartPagingFilePath": path,
        "Version": newest[0] if newest else None,
        "VirtualMachineSubType": f"Generation{generation}" if generation else "Unknown",
    }


def _said(world: dict[str, Any], command: str) -> list[dict[str, Any]]:
    """What a world wrote as this command's rows: none where it wrote an error, or nothing."""
    given = world.get("commands", {}).get(command, [])
    rows = given if isinstance(given, list) else [given]
    return [row for row in rows if "error" not in row]


def _firmware(given: dict[str, Any], identity: dict[str, Any], where: str) -> dict[str, Any]:
    """The template's id follows from its name; a boot order is written as its types."""
    said = dict(given)
    if "BootOrder" in said:
        said["BootOrder"] = [{"BootType": kind} for kind in said["BootOrder"]]
    template = said.get("SecureBootTemplate", "MicrosoftWindows")
    return _object("VMFirmware", {"SecureBootTemplateId": _TEMPLATES.get(template)} | identity | said, where)


def _adapter(given: dict[str, Any], identity: dict[str, Any], world: dict[str, Any], where: str) -> dict[str, Any]:
    """The switch's id follows from its name; an adapter without a switch is not connected."""
    switches = {switch["Name"]: switch["Id"] for switch in _said(world, "Get-VMSwitch")}
    name = given.get("SwitchName")
    if name not in switches and name is not None and "PoolName" not in given:
        raise WorldError(f"{where}: no switch {name!r}")
    adapter_id = str(uuid.uuid5(uuid.UUID(identity["VMId"]), given["MacAddress"])).upper()
    derived = {
        "AdapterId": adapter_id,
        "Id": f"Microsoft:{identity['VMId'].upper()}\\{adapter_id}",
        "SwitchId": switches.get(name) if name else None,
        "Connected": name is not None,
    }
    return _object("VMNetworkAdapter", derived | identity | given, where)


def _kvp(given: Any) -> Any:
    """What a guest says by data exchange: a mapping becomes items in CIM-XML; a list of strings goes out as it is."""
    return [_kvp_item(*pair) for pair in given.items()] if isinstance(given, Mapping) else given


def _kvp_item(name: str, data: str | None) -> str:
    def element(of: str, kind: str, value: str | None, origin: str = "") -> str:
        inner = "" if value is None else f"<VALUE>{html.escape(value, quote=False)}</VALUE>"
        return f'<PROPERTY NAME="{of}"{origin} TYPE="{kind}">{inner}</PROPERTY>'

    inherited = ' PROPAGATED="true"'
    parts = (
        element("Caption", "string", None, inherited),
        element("Data", "string", data),
        element("Description", "string", None, inherited),
        element("ElementName", "string", None, inherited),
        element("Name", "string", name),
        element("Source", "uint16", "2"),
    )
    return f'<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem">{"".join(parts)}</INSTANCE>'


# --- JSON that every PowerShell reads alike -------------------------------------------------------------------------


def _ascii(value: Any) -> Any:
    """Text with half a surrogate pair as a list of its code units: JSON readers would put U+FFFD there."""
    if isinstance(value, dict):
        return {key: _ascii(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_ascii(inner) for inner in value]
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        units = value.encode("utf-16-le", "surrogatepass")
        return {"$units": [int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2)]}
    return value
