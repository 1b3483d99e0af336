r"""What root\virtualization\v2 shows of the machines of a world: the same as the cmdlets, as instances of CIM classes.

As on Windows, all settings lie side by side: those of the machines, of their checkpoints, of machines that are being
planned, and definitions that belong to none. Each id begins with whose it is.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

Instance = tuple[str, dict[str, Any]]
"""A class and the properties of one instance."""

CLASSES = (
    "Msvm_ComputerSystem", "Msvm_VirtualSystemSettingData", "Msvm_BootSourceSettingData", "Msvm_SecuritySettingData",
    "Msvm_SyntheticEthernetPortSettingData", "Msvm_EmulatedEthernetPortSettingData",
    "Msvm_EthernetPortAllocationSettingData", "Msvm_VirtualEthernetSwitch",
    "Msvm_EthernetSwitchPortSecuritySettingData", "Msvm_EthernetSwitchPortVlanSettingData",
    "Msvm_EthernetSwitchPortIsolationSettingData", "Msvm_EthernetSwitchPortBandwidthSettingData",
    "Msvm_EthernetSwitchPortOffloadSettingData", "Msvm_EthernetSwitchPortAclSettingData",
    "Msvm_EthernetSwitchPortExtendedAclSettingData",
    "Msvm_GuestNetworkAdapterConfiguration", "Msvm_StorageAllocationSettingData", "Msvm_ResourceAllocationSettingData",
    "Msvm_ProcessorSettingData", "Msvm_MemorySettingData", "Msvm_SecurityElement",
    "Msvm_SerialPortSettingData", "Msvm_PciExpressSettingData", "Msvm_GpuPartitionSettingData",
    "Msvm_SyntheticFcPortSettingData", "Msvm_Processor",
    "Msvm_GuestServiceInterfaceComponentSettingData", "Msvm_GuestServiceInterfaceComponent",
    "Msvm_HeartbeatComponentSettingData", "Msvm_HeartbeatComponent",
    "Msvm_KvpExchangeComponentSettingData", "Msvm_KvpExchangeComponent",
    "Msvm_ShutdownComponentSettingData", "Msvm_ShutdownComponent",
    "Msvm_TimeSyncComponentSettingData", "Msvm_TimeSyncComponent",
    "Msvm_VssComponentSettingData", "Msvm_VssComponent",
)  # fmt: skip
_ENCRYPTS = "EncryptStateAndVmMigrationTraffic"
_REALISED = "Microsoft:Hyper-V:System:Realized"
_BESIDE = ("Microsoft:Hyper-V:Snapshot:Realized", "Microsoft:Hyper-V:System:Planned")
_CALM = 11  # states below have the same number here and in the module, from which those of trouble differ
_CRITICAL = {"EnabledState": 3, "HealthState": 25, "OperationalStatus": [3]}
# Features of a port; each setting's id ends in what it is a setting of.
_GUARD = "776E0BA7-94A1-41C8-8F28-951F524251B5"
_VLAN = "952C5004-4465-451C-8CB8-FA9AB382B773"
_ISOLATION = "83AF2CCB-72C9-4479-A285-94E58A98CAA6"
_BANDWIDTH = "24AD3CE1-69BD-4978-B2AC-DAAD389D699C"
_OFFLOAD = "C885BFD1-ABB7-418F-8163-9F379C9F7166"
_ACL = "998BEF4A-5D55-492A-9C43-8B2F5EAE9F2B"
_EXTENDED_ACL = "CD168FF0-A16D-4514-B7B5-8BBBA791A928"
_PROCESSOR = "B637F346-6A0E-4DEC-AF52-BD70CB80A21D"
_MEMORY = "4764334D-E001-4176-82EE-5594EC9B530E"
_SERIAL = "8E3A359F-559A-4B6A-98A9-1690A6100ED7"
# What few machines have, by the part of a machine: the command that shows it, and the class.
_RARE = {
    "assigned_devices": ("Get-VMAssignableDevice", "Msvm_PciExpressSettingData"),
    "gpu_partitions": ("Get-VMGpuPartitionAdapter", "Msvm_GpuPartitionSettingData"),
    "fibre_channel": ("Get-VMFibreChannelHba", "Msvm_SyntheticFcPortSettingData"),
}
# The services of integration by their ids, as their classes are called.
_SERVICES = {
    "6C09BB55-D683-4DA0-8931-C9BF705F6480": "GuestServiceInterface",
    "84EAAE65-2F2E-45F5-9BB5-0E857DC8EB47": "Heartbeat",
    "2A34B1C2-FD73-4043-8A5B-DD2159BC743F": "KvpExchange",
    "9F8233AC-BE49-4C79-8EE3-E7E1985B2077": "Shutdown",
    "2497F4DE-E9FA-4204-80E4-4B75C46419C0": "TimeSync",
    "5CED1297-4598-4915-A5FC-AD21BB4D02A4": "Vss",
}
_RUNNING = 2
# Drives that may be empty, by the part of a machine: the command that shows them, the drive, and what can be in it.
_REMOVABLE = {
    "dvd_drives": ("Get-VMDvdDrive", "Synthetic DVD Drive", "Virtual CD/DVD Disk"),
    "floppy_drives": ("Get-VMFloppyDiskDrive", "Synthetic Diskette Drive", "Virtual Floppy Disk"),
}
_CONTROLLER = "F8B3781A-1E82-4818-A1C3-63D806EC15BB"


def instances(machines: list[dict[str, Any]], switches: list[dict[str, Any]], host: str) -> Iterator[Instance]:
    """Every instance: of these machines, each as its commands show it, and of what else lies beside them."""
    yield "Msvm_ComputerSystem", {"Name": host, "ElementName": host}
    for switch in switches:
        yield "Msvm_VirtualEthernetSwitch", {"Name": switch["Id"].upper(), "ElementName": switch["Name"]}
    for machine in machines:
        yield from _machine(machine, host)
    for machine in machines[:1]:
        yield from _beside(machine, host)
    yield from _definitions()


def _machine(machine: dict[str, Any], host: str) -> Iterator[Instance]:
    """A machine that can be read; what its commands refuse, or throw at who reads it, is missing or null here too."""
    vm, failures = machine["vm"], machine["failures"]
    id_ = vm["Id"].upper()
    state = {"EnabledState": vm["State"]} if vm["State"] < _CALM else _CRITICAL
    replication = {"ReplicationMode": _known(vm["ReplicationMode"])}
    yield "Msvm_ComputerSystem", {"Name": id_, "ElementName": vm["Name"]} | state | replication
    yield from _settings(machine, id_, host)
    if "Get-VMSecurity" not in failures:
        yield "Msvm_SecuritySettingData", _security(machine["security"], id_) | _flag(machine)
        yield "Msvm_SecurityElement", _in_force(machine, id_)
    if "Get-VMProcessor" not in failures:
        exposes = _known(machine["processor"]["ExposeVirtualizationExtensions"])
        processor = {"InstanceID": f"Microsoft:{id_}\\{_PROCESSOR}\\0", "ExposeVirtualizationExtensions": exposes}
        yield "Msvm_ProcessorSettingData", processor
        status = _known(machine["processor"]["OperationalStatus"])
        for _ in range(2 if status else 0):
            yield "Msvm_Processor", {"SystemName": id_, "OperationalStatus": status}
    if "Get-VMNetworkAdapter" not in failures:
        for adapter in machine["adapters"]:
            yield from _adapter(adapter, host)
    if "Get-VMHardDiskDrive" not in failures:
        for number, disk in enumerate(machine["disks"]):
            yield from _disk(disk, f"Microsoft:{id_}\\{_CONTROLLER}\\0\\{number}", host)
    yield from _devices(machine, id_)
    yield from _removable(machine, id_)
    yield from _integration(machine, id_)


def _devices(machine: dict[str, Any], id_: str) -> Iterator[Instance]:
    """Serial ports, and what few machines have; only there if its command can show it."""
    if "Get-VMComPort" not in machine["failures"]:
        for number, port in enumerate(machine["com_ports"]):
            said = {"Connection": [_known(port["Path"])], "DebuggerMode": _known(port["DebuggerMode"]) == 0}
            yield "Msvm_SerialPortSettingData", {"InstanceID": f"Microsoft:{id_}\\{_SERIAL}\\{number}"} | said
    for part, (command, class_) in _RARE.items():
        there = [None] if command in machine["failures"] else machine[part]
        for number, _ in enumerate(there):
            yield class_, {"InstanceID": f"Microsoft:{id_}\\{uuid.uuid5(uuid.UUID(id_), f'{part} {number}')}"}


def _removable(machine: dict[str, Any], id_: str) -> Iterator[Instance]:
    """Drives that may be empty, and what is in them."""
    for part, (command, drive, medium) in _REMOVABLE.items():
        for number, given in enumerate(() if command in machine["failures"] else machine[part]):
            slot = f"Microsoft:{id_}\\{uuid.uuid5(uuid.UUID(id_), part)}\\0\\{number}"
            kind = {"ResourceSubType": f"Microsoft:Hyper-V:{drive}"}
            yield "Msvm_ResourceAllocationSettingData", {"InstanceID": f"{slot}\\D", **kind}
            if given["Path"]:
                inside = {"ResourceSubType": f"Microsoft:Hyper-V:{medium}", "HostResource": [_known(given["Path"])]}
                yield "Msvm_StorageAllocationSettingData", {"InstanceID": f"{slot}\\L", **inside}


def _integration(machine: dict[str, Any], id_: str) -> Iterator[Instance]:
    """What is set of each service, and the service while the machine runs; data exchange says what the guest said."""
    for row in machine["integration"]:
        service = row["Id"].rpartition("\\")[2].upper()
        name = _SERVICES[service]
        said = {"GuestIntrinsicExchangeItems": machine["kvp"]} if name == "KvpExchange" else {}
        component = {"SystemName": id_, "DeviceID": f"Microsoft:{id_}\\{service}"}
        if "Get-VMIntegrationService" not in machine["failures"]:
            setting = {"InstanceID": row["Id"], "EnabledState": 2 if row["Enabled"] else 3}
            yield f"Msvm_{name}ComponentSettingData", setting
            status = [row["PrimaryOperationalStatus"], row["SecondaryOperationalStatus"]]
            said |= {"OperationalStatus": [code for code in status if code is not None]}
        if said and (machine["vm"]["State"] == _RUNNING or said.get("GuestIntrinsicExchangeItems")):
            yield f"Msvm_{name}Component", component | said


def _settings(machine: dict[str, Any], id_: str, host: str) -> Iterator[Instance]:
    vm, firmware = machine["vm"], machine["firmware"] or {}
    sources = [f"{id_}\\BootSource-{number}" for number in range(len(firmware.get("BootOrder", ())))]
    secure = _known(firmware.get("SecureBoot", 1))
    yield (
        "Msvm_VirtualSystemSettingData",
        {
            "InstanceID": f"Microsoft:{id_}",
            "VirtualSystemIdentifier": id_,
            "ElementName": vm["Name"],
            "VirtualSystemType": _REALISED,
            "VirtualSystemSubType": f"Microsoft:Hyper-V:SubType:{vm['Generation']}" if vm["Generation"] else None,
            "Version": vm["Version"],
            "ConfigurationDataRoot": vm["Path"],
            "GuestStateDataRoot": vm["Path"],
            "GuestStateFile": f"{id_}.vmgs",
            "SuspendDataRoot": vm["Path"],
            "SnapshotDataRoot": vm["SnapshotFileLocation"],
            "SwapFileDataRoot": vm["SmartPagingFilePath"],
            "CreationTime": vm["CreationTime"],
            "SecureBootEnabled": None if secure is None else secure == 0,
            "SecureBootTemplateId": _known(firmware.get("SecureBootTemplateId")),
            "BootSourceOrder": [_path("Msvm_BootSourceSettingData", host, f"Microsoft:{path}") for path in sources],
            "ConsoleMode": _known(firmware.get("ConsoleMode", 0)),
            **{name: value for name, value in machine["settings"].items() if name != _ENCRYPTS},
        },
    )
    memory = {"InstanceID": f"Microsoft:{id_}\\{_MEMORY}", "SwapFilesInUse": _known(vm["SmartPagingFileInUse"])}
    yield "Msvm_MemorySettingData", memory
    for checkpoint in machine["checkpoints"]:
        made = {"InstanceID": f"Microsoft:{checkpoint['Id'].upper()}", "VirtualSystemIdentifier": id_}
        yield "Msvm_VirtualSystemSettingData", made | {"VirtualSystemType": "Microsoft:Hyper-V:Snapshot:Realized"}
    for source, entry in zip(sources, firmware.get("BootOrder", ()), strict=True):
        yield "Msvm_BootSourceSettingData", {"InstanceID": f"Microsoft:{source}", "BootSourceType": entry["BootType"]}


def _security(security: dict[str, Any], id_: str) -> dict[str, Any]:
    """What was asked for. The module shows some of it only where there is a place for keys."""
    return {
        "InstanceID": f"Microsoft:{id_}\\{uuid.uuid5(uuid.UUID(id_), 'security')}",
        "TpmEnabled": _known(security["TpmEnabled"]),
        "KsdEnabled": _known(security["KsdEnabled"]),
        "ShieldingRequested": _known(security["Shielded"]),
        _ENCRYPTS: _known(security[_ENCRYPTS]),
        "VirtualizationBasedSecurityOptOut": _known(security["VirtualizationBasedSecurityOptOut"]),
    }


def _flag(machine: dict[str, Any]) -> dict[str, Any]:
    """Encryption as it was asked for, also where there is no place for a key and the module shows none."""
    return {name: value for name, value in machine["settings"].items() if name == _ENCRYPTS}


def _in_force(machine: dict[str, Any], id_: str) -> dict[str, Any]:
    """How a machine is protected now: as is set, but where a world says otherwise."""
    security = machine["security"]
    now = {"Shielded": _known(security["Shielded"]), f"{_ENCRYPTS}Enabled": _known(security[_ENCRYPTS])}
    return {"SystemName": id_, **now, **machine["inForce"]}


def _adapter(adapter: dict[str, Any], host: str) -> Iterator[Instance]:
    port, connection = adapter["Id"], f"{adapter['Id']}\\C"
    kind = "Emulated" if adapter["IsLegacy"] else "Synthetic"
    yield (
        f"Msvm_{kind}EthernetPortSettingData",
        {
            "InstanceID": port,
            "ElementName": adapter["Name"],
            "Address": adapter["MacAddress"],
            "StaticMacAddress": not adapter["DynamicMacAddressEnabled"],
        },
    )
    switch = adapter["SwitchId"]
    name = f'CreationClassName="Msvm_VirtualEthernetSwitch",Name="{(switch or "").upper()}"'
    yield (
        "Msvm_EthernetPortAllocationSettingData",
        {
            "InstanceID": connection,
            "EnabledState": 2 if adapter["Connected"] else 3,
            "HostResource": [f"{_space(host)}:Msvm_VirtualEthernetSwitch.{name}"] if switch else [],
            "PoolID": adapter["PoolName"],
            "TestReplicaSwitchName": adapter["TestReplicaSwitchName"],
        },
    )
    if adapter["IPAddresses"]:
        guest = port.replace("Microsoft:", "Microsoft:GuestNetwork\\", 1)
        yield "Msvm_GuestNetworkAdapterConfiguration", {"InstanceID": guest, "IPAddresses": adapter["IPAddresses"]}
    yield from _features(adapter, connection)


def _features(adapter: dict[str, Any], connection: str) -> Iterator[Instance]:
    """The settings of a port; one that was never given any of a kind has none of that kind."""
    guard = {
        "AllowMacSpoofing": adapter["MacAddressSpoofing"] == 0,
        "EnableDhcpGuard": adapter["DhcpGuard"] == 0,
        "EnableRouterGuard": adapter["RouterGuard"] == 0,
        "AllowIeeePriorityTag": adapter["IeeePriorityTag"] == 0,
        "AllowTeaming": adapter["AllowTeaming"] == 0,
        "MonitorMode": adapter["PortMirroringMode"],
        "VirtualSubnetId": adapter["VirtualSubnetId"],
        "StormLimit": adapter["StormLimit"],
        "DynamicIPAddressLimit": adapter["DynamicIPAddressLimit"],
    }
    vlan, isolation, bandwidth = adapter["VlanSetting"], adapter["IsolationSetting"], adapter["BandwidthSetting"]
    if any(guard.values()):
        yield "Msvm_EthernetSwitchPortSecuritySettingData", {"InstanceID": f"{connection}\\{_GUARD}", **guard}
    if vlan and vlan["OperationMode"]:
        names = ("OperationMode", "AccessVlanId", "NativeVlanId", "PrimaryVlanId", "SecondaryVlanId")
        mode = {name: vlan[name] for name in names} | {"PvlanMode": vlan["PrivateVlanMode"]}
        yield "Msvm_EthernetSwitchPortVlanSettingData", {"InstanceID": f"{connection}\\{_VLAN}", **mode}
    if isolation and isolation["IsolationMode"]:
        mode = {"IsolationMode": isolation["IsolationMode"], "DefaultIsolationId": isolation["DefaultIsolationID"]}
        yield "Msvm_EthernetSwitchPortIsolationSettingData", {"InstanceID": f"{connection}\\{_ISOLATION}", **mode}
    if bandwidth:
        limit = {"InstanceID": f"{connection}\\{_BANDWIDTH}", "Limit": bandwidth["MaximumBandwidth"]}
        yield "Msvm_EthernetSwitchPortBandwidthSettingData", limit
    if adapter["IovWeight"]:
        weight = {"InstanceID": f"{connection}\\{_OFFLOAD}", "IOVOffloadWeight": adapter["IovWeight"]}
        yield "Msvm_EthernetSwitchPortOffloadSettingData", weight
    for number, _ in enumerate(adapter["AclList"]):
        yield "Msvm_EthernetSwitchPortAclSettingData", {"InstanceID": f"{connection}\\{_ACL}\\{number}"}
    for number, _ in enumerate(adapter["ExtendedAclList"]):
        yield (
            "Msvm_EthernetSwitchPortExtendedAclSettingData",
            {"InstanceID": f"{connection}\\{_EXTENDED_ACL}\\{number}"},
        )


def _disk(disk: dict[str, Any], slot: str, host: str) -> Iterator[Instance]:
    """A drive, and the file in it; a physical disk is a drive of its own kind."""
    kind = "Synthetic" if disk["DiskNumber"] is None else "Physical"
    resource = f'{_space(host)}:Msvm_DiskDrive.DeviceID="Microsoft:PhysicalDrive{disk["DiskNumber"]}"'
    yield (
        "Msvm_ResourceAllocationSettingData",
        {
            "InstanceID": f"{slot}\\D",
            "ResourceSubType": f"Microsoft:Hyper-V:{kind} Disk Drive",
            "HostResource": [resource] if kind == "Physical" else [],
        },
    )
    if kind == "Synthetic" and disk["Path"]:
        yield (
            "Msvm_StorageAllocationSettingData",
            {
                "InstanceID": f"{slot}\\L",
                "ResourceSubType": "Microsoft:Hyper-V:Virtual Hard Disk",
                "HostResource": [_known(disk["Path"])],
                "PersistentReservationsSupported": bool(disk["SupportPersistentReservations"]),
            },
        )


def _beside(machine: dict[str, Any], host: str) -> Iterator[Instance]:
    """A checkpoint of a machine and a planned one that is like it, but for what is true or false in it."""
    id_ = machine["vm"]["Id"].upper()
    for kind in _BESIDE:
        other = str(uuid.uuid5(uuid.UUID(id_), kind)).upper()
        for class_, properties in _machine(machine, host):
            if "InstanceID" not in properties:  # no setting, but a machine or a part of one that is at work
                continue
            changed: dict[str, Any] = {n: not v if isinstance(v, bool) else v for n, v in properties.items()}
            changed["InstanceID"] = changed["InstanceID"].replace(id_, other)
            yield class_, changed | ({"VirtualSystemType": kind} if "VirtualSystemType" in changed else {})


def _definitions() -> Iterator[Instance]:
    """What a new setting begins with: of no machine."""
    port = {"AllowMacSpoofing": True, "MonitorMode": 2}
    yield (
        "Msvm_EthernetSwitchPortSecuritySettingData",
        {"InstanceID": f"Microsoft:Definition\\{_GUARD}\\Default", **port},
    )
    security = f"Microsoft:Definition\\{uuid.uuid5(uuid.NAMESPACE_OID, 'security')}\\Default"
    yield "Msvm_SecuritySettingData", {"InstanceID": security}
    legacy = f"Microsoft:Definition\\{uuid.uuid5(uuid.NAMESPACE_OID, 'legacy adapter')}\\Default"
    yield "Msvm_EmulatedEthernetPortSettingData", {"InstanceID": legacy}
    storage = f"Microsoft:Definition\\{uuid.uuid5(uuid.NAMESPACE_OID, 'disk')}\\Maximum"
    disk = {"ResourceSubType": "Microsoft:Hyper-V:Virtual Hard Disk", "PersistentReservationsSupported": True}
    yield "Msvm_StorageAllocationSettingData", {"InstanceID": storage, **disk}
    for drive, medium in ((drive, medium) for _, drive, medium in _REMOVABLE.values()):
        template = f"Microsoft:Definition\\{uuid.uuid5(uuid.NAMESPACE_OID, drive)}\\Default"
        yield (
            "Msvm_ResourceAllocationSettingData",
            {"InstanceID": template, "ResourceSubType": f"Microsoft:Hyper-V:{drive}"},
        )
        yield (
            "Msvm_StorageAllocationSettingData",
            {"InstanceID": template, "ResourceSubType": f"Microsoft:Hyper-V:{medium}"},
        )
    partition = f"Microsoft:Definition\\{uuid.uuid5(uuid.NAMESPACE_OID, 'partition')}\\Default"
    yield "Msvm_GpuPartitionSettingData", {"InstanceID": partition}
    for which in ("Default", "Minimum", "Maximum"):
        yield "Msvm_ProcessorSettingData", {"InstanceID": f"Microsoft:Definition\\{_PROCESSOR}\\{which}"}


def _space(host: str) -> str:
    return rf"\\{host}\root\virtualization\v2"


def _path(class_: str, host: str, id_: str) -> str:
    r"""The path of an instance, in which each \ of the id is written twice."""
    return '{}:{}.InstanceID="{}"'.format(_space(host), class_, id_.replace("\\", "\\\\"))


def _known(value: Any) -> Any:
    """A value, or nothing where a command would throw."""
    return None if isinstance(value, Mapping) and "throws" in value else value
