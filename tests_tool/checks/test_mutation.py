"""Each value that the collectors print is changed once, and once taken away: some verdict must notice.

The good world alone does not show every setting at work, so some walks start elsewhere: at a trunk, a cluster, a test
failover. What may change or vanish unnoticed stands below, with its reason; the lists are exact.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from hyperv_audit.report.results import Result
from tests_tool.changes import Change, World, add, drop, edit, linux, owner, put, together, windows
from tests_tool.checks import device_cases as devices
from tests_tool.checks.good import DATA_VOLUME, HEARTBEAT, PAY, POLICY, WEB, adapter, changed, good, policy
from tests_tool.judging import ALL, Folder, judge

Key = tuple[str, str | None]

SHOWN = "shown in the report, compared by no check"
LATER = "for a check of a later issue"

# May change, and vanish.
FREE = {
    "session.user.Name": SHOWN,
    "session.user.Sid": SHOWN,
    "session.process.Architecture": LATER,
    "session.process.ArchitectureW6432": LATER,
    "session.process.PSVersion": SHOWN,
    "session.process.LanguageMode": LATER,
    "session.process.UICulture": SHOWN,
    "os.system.ProductType": "a second witness: only 1 says something that the registry does not",
    "os.computer.Name": SHOWN,
    "updates.packages.HotFixID": SHOWN,
    "update_search.search.Updates.MsrcSeverity": "how long a guest may wait for it (VM-03)",
    "hardware.bios.Manufacturer": "the machine's maker decides, not that of its firmware",
    "drivers.installed.DeviceClass": "only old drivers of network and storage matter (HOST-01c)",
    "drivers.installed.DriverVersion": "the policy may ask for one (HOST-01c)",
    "updates.packages.InstalledOn": "a hint where it is old and the policy has no minimum (HOST-01b)",
    "os.processor.Manufacturer": "asked where a machine is nested (HOST-11b)",
    "os.computer.Domain": SHOWN,
    "software.uninstall.DisplayVersion": SHOWN,
    "software.uninstall.Publisher": SHOWN,
    "storage.disks.FriendlyName": SHOWN,
    "storage.disks.IsBoot": "partitions say what the host starts from",
    "defender.service.Name": "the probe asks for no other service",
    "smb.smb1_feature.Name": "the probe asks for no other feature",
    "bitlocker.volumes.DriveLetter": SHOWN,
    "bitlocker.mounts.BootVolume": LATER,
    "tpm.tpm.ManufacturerIdTxt": LATER,
    "tpm.tpm.ManufacturerVersion": LATER,
    "hgs.client.AttestationServerUrl": SHOWN,
    "hgs.client.KeyProtectionServerUrl": SHOWN,
    **{
        f"ipsec.firewall_profiles.{name}": LATER
        for name in ("DefaultInboundAction", "DefaultOutboundAction", "NotifyOnListen", "LogAllowed", "LogBlocked")
    },
    "hyperv.module": LATER,
    "hyperv.service.Name": LATER,
    "hyperv.service.Status": LATER,
    "vm_files.bounds.Of": "why something was not asked about; that it was not is seen without it",
    "vm_files.bounds.Found": "as above",
    "vm_files.bounds.Asked": "as above",
    "vms.checkpoints.Id": SHOWN,
    "vms.checkpoints.Name": SHOWN,
    "vms.checkpoints.IsAutomaticCheckpoint": SHOWN,
    "vms.adapters.Name": SHOWN,
    "vms.console_access.Name": SHOWN,
    "vms.settings.GuestStateFile": "named without a folder, it lies in that of the guest's state",
    "vms.adapters.SwitchName": "a switch is known by its id; this may be a localised text",
}
# May change, and must be there.
CHANGES_FREELY = {
    "drivers.installed.DeviceName": "the policy may name devices (HOST-01c)",
    "update_search.search.Updates": "nothing missing is as good as signatures",
    "update_search.search.Updates.Title": SHOWN,
    "os.version.UBR": "a higher one is as good",
    "groups.S-1-5-32-544.Name": SHOWN,
    "hgs.client.AttestationSubstatus": SHOWN,
    "groups.S-1-5-32-578.Name": SHOWN,
    "ipsec.firewall_profiles.Name": SHOWN,
    "ipsec_filters.ports.LocalPort": "matters in a rule for one protocol (HOST-02d)",
    "ipsec_filters.ports.RemotePort": "as above",
    "ipsec.rules.DisplayName": SHOWN,
    "migration.switches.InterfaceGuids": "matters where the host is on a switch (HOST-02a, HOST-02c)",
    "migration.switches.Name": "as above",
    "network.adapters.InterfaceGuid": "as above",
    "network.adapters.Name": SHOWN,
    "network.routes.DestinationPrefix": "matters where the policy names no management network (HOST-02a)",
    "network.routes.InterfaceIndex": "as above",
    "os.computer.DomainRole": "matters where Credential Guard does not run (HOST-01e)",
    "os.version.ProductName": SHOWN,
    "security.policy_file.SIPolicy": "matters where only the kernel is held to a policy (HOST-01f)",
    "smb.connections.ShareName": SHOWN,
    "smb.shares.Name": SHOWN,
    "hyperv.switches.SwitchType": "asked where the policy names no switch; one that it names is meant",
    "vms.checkpoints.Disks": "a file less to look at",
    "vms.checkpoints.State": "matters where checkpoints with memory are forbidden, and it is not encrypted (VM-07)",
    "vms.vm.SmartPagingFileInUse": "matters where nothing but the machine itself encrypts (VM-07)",
    "vms.adapters.Id": "tells adapters apart in findings",
    "vms.adapters.Vlan.SecondaryVlanId": "only whether there is one; the policy names the primary VLAN",
    "vms.adapters.Vlan.SecondaryVlanIdList": "as above",
    "vms.controllers.Number": "tells controllers apart",
    "vms.settings.ConsoleMode": SHOWN,
    "vms.protection_settings.KsdEnabled": "as good as a virtual TPM, which the machine has (VM-13)",
    "vms.key_protector.Length": "only whether it is longer than an empty one",
    "vms.key_protector.Guardians.Name": "the policy knows it by its certificate",
    "vms.key_protector.Owner": "only one name is none of an owner",
}
# May vanish: Windows has no value there.
VANISHES_FREELY = {
    **{f"vms.settings.{name}": "it lies with the configuration" for name in ("GuestStateDataRoot", "SuspendDataRoot")},
    "update_search.search.Updates.PublishedUtc": "matters in a guest (VM-03)",
    "hgs.client.AttestationSubstatus": SHOWN,
    "hgs.client.IsFallbackInUse": "before 2019 there was no fallback",
    "hardware.bios.ReleaseDate": "some firmware shows none; matters where the policy has no minimum (HOST-01c)",
    "updates.restart_required.RebootRequired": "a second witness: only true says something that the registry does not",
    "vms.adapters.PoolName": "none",
    "vms.com_ports.Path": "none",
    "vms.integration.Secondary": "none",
    "vms.adapters.TestReplicaSwitchName": "none",
    "vms.key_protector.DecodeError": "none",
    "defender.status.AMRunningMode": "older builds do not have it",
    "vms.checkpoints.Disks.DiskNumber": "a virtual disk has none",
    "vms.disks.DiskNumber": "a virtual disk has none",
}


@dataclass(frozen=True)
class Walk:
    """Where a walk starts, and which values it changes; no names mean all of them."""

    start: Change
    probes: tuple[str, ...]
    names: tuple[str, ...] = ()
    policy: dict[str, Any] = field(default_factory=lambda: POLICY)
    alone: bool = True

    def begin(self, probe: str) -> World:
        """The world that it starts from. One machine is enough to notice, and judged twice as fast as two."""
        world = changed([self.start], subject(probe))
        if self.alone:
            world.rows("vms.vm")[:] = [row for row in world.rows("vms.vm") if owner(row) == world.vm]
        return world


def vlan(mode: int, **values: Any) -> Change:
    """The VLAN setting of `web`."""
    return lambda world: world.row("vms.adapters")["Vlan"].update(OperationMode=mode, **values)


def unchanged(world: World) -> None:
    """The good world as it is."""


def share(*, encrypted: bool) -> Change:
    """A share of the folder with the machines."""
    return add("smb.shares", {"Name": "vms", "Path": "D:\\VMs", "Special": False, "EncryptData": encrypted})


def cluster(owner: str) -> Change:
    """Files on a cluster shared volume."""
    path = "C:\\ClusterStorage\\Volume1"
    return together(
        add("hyperv.shared_volumes", {"Path": path, "Owner": owner, "State": 2}),
        add("bitlocker.mounts", {"DeviceID": DATA_VOLUME, "Name": f"{path}\\", "BootVolume": False}),
        edit("vms.disks", 0, Path=f"{path}\\os.vhdx"),
    )


def twin(mac: str) -> Change:
    """A fixed address, and an adapter of another machine."""
    other_adapter = {**adapter(PAY, "00155D00FFFF"), "MacAddress": mac}
    return together(edit("vms.adapters", 0, DynamicMacAddressEnabled=False), add("vms.adapters", other_adapter))


def on_a_shared_volume(world: World) -> None:
    """The disk of `pay` lies on a cluster shared volume."""
    place = "C:\\ClusterStorage\\Volume1"
    world.rows("hyperv.shared_volumes").append({"Path": place, "Owner": "HV01", "State": 2})
    edit("vms.disks", 2, Path=f"{place}\\pay\\os.vhdx")(world)
    folder, disk = world.rows("vm_files.access")[-2:]
    add("vm_files.access", {**folder, "Path": f"{place}\\pay\\"}, {**disk, "Path": f"{place}\\pay\\os.vhdx"})(world)


def resting_on_another(world: World) -> None:
    """`pay` runs on the file of a checkpoint."""
    disk, leaf = "D:\\VMs\\pay\\os.vhdx", "D:\\VMs\\pay\\os_0F1E2D3C.avhdx"
    edit("vms.disks", 2, Path=leaf)(world)
    world.rows("vm_files.access").append({**world.rows("vm_files.access")[-1], "Path": leaf})
    world.rows("vm_files.parents").append({"Asked": leaf, "Path": leaf, "VhdType": 4, "ParentPath": disk})


def with_rules(world: World) -> None:
    """The port of `web` lets nothing in, by a rule that no other outranks; a basic one keeps it from one network."""
    row = world.row("vms.adapters")
    either = {
        "Direction": 1,
        "Local": "ANY",
        "LocalPort": "ANY",
        "RemotePort": "ANY",
        "Protocol": "ANY",
        "IsolationId": 0,
    }
    row["ExtendedAcls"] = [
        {**either, "Action": 2, "Remote": "ANY", "Weight": 5},
        {**either, "Action": 1, "Remote": "ANY", "Weight": 1},
    ]
    row["Acls"] = [{"Action": 2, "Direction": 2, "Local": "ANY", "Remote": "10.66.0.0/16"}]


def with_a_checkpoint(world: World) -> None:
    """`web` has a checkpoint, and no disk on a file server."""
    drop("vms.disks", 1)(world)
    world.rows("vms.checkpoints").append(
        {
            "VMId": WEB,
            "Id": "c0000000-0000-4000-8000-000000000001",
            "Name": "before the update",
            "SnapshotType": 0,
            "State": 3,
            "CreationTime": NOT_YET,
            "IsAutomaticCheckpoint": False,
            "Disks": [{"Path": "D:\\VMs\\web\\os.vhdx", "DiskNumber": None}],
        }
    )


CLEAR = put("smb.server.EncryptData", False)
NOT_YET = "2999-01-01T00:00:00.0000000Z"
SIGNED = together(put("smb.connections.Signed", True), put("smb.connections.Encrypted", False))
RULED = policy(
    vm={
        "required_acls": [
            {"action": "deny", "direction": "inbound"},
            {"action": "deny", "direction": "outbound", "remote": "10.66.0.0/16"},
        ]
    }
)
ANYWHERE = policy(vm={"storage_roots": ["C:\\ClusterStorage", "D:\\VMs"]})
PROBES = tuple(f"{topic}.{probe}" for topic, probes in good().items() for probe in probes)
IPSEC = tuple(probe for probe in PROBES if probe.startswith("ipsec"))
READABLE = edit("vms.security", 1, EncryptStateAndVmMigrationTraffic=False)
UNSAID = policy(os={"min_ubr": None})  # where the policy does not say what is right, the host's own word counts
WALKS = [
    Walk(unchanged, PROBES),
    Walk(unchanged, ("updates.last_search", "updates.packages", "update_search.search"), policy=UNSAID),
    Walk(READABLE, IPSEC),  # as long as each machine encrypts its own migration, no rule has to
    Walk(share(encrypted=False), ("smb.server",), ("EncryptData",)),
    Walk(together(share(encrypted=True), CLEAR), ("smb.shares",)),
    Walk(together(share(encrypted=False), CLEAR), ("smb.shares",), ("Path",)),
    Walk(SIGNED, ("smb.connections",), ("Signed",), policy(smb={"accept_signing_only": True})),
    Walk(cluster("HV01"), ("hyperv.shared_volumes", "hyperv.host")),
    Walk(cluster("HV02"), ("hyperv.shared_volumes",), ("Path",)),
    Walk(on_a_shared_volume, ("hyperv.shared_volumes",), ("State",), ANYWHERE),
    Walk(resting_on_another, ("vm_files.parents",)),
    Walk(with_a_checkpoint, ("vms.checkpoints",)),
    Walk(with_a_checkpoint, ("vms.vm",), ("SnapshotFileLocation", "SmartPagingFilePath", "SmartPagingFileInUse")),
    Walk(put("os.computer.Model", "Virtual Machine"), ("os.computer",), ("Model",)),
    Walk(windows("6.1.7601"), ("vms.guest",)),
    Walk(
        together(devices.EXPOSED, devices.LEGACY, linux("Ubuntu", "22.04")),
        ("vms.guest",),
        policy=policy(vm=devices.ALLOWED),
    ),
    Walk(unchanged, ("vms.vm",), ("Name",), policy(vm={"allowed_vlans": {"web": [20]}})),
    Walk(twin("CHANGED"), ("vms.adapters",), ("MacAddress",), alone=False),
    Walk(twin("00155D000001"), ("vms.adapters",), ("DynamicMacAddressEnabled",), alone=False),
    Walk(vlan(0), ("vms.adapters",), ("VirtualSubnetId",)),
    Walk(with_rules, ("vms.adapters",), ("ExtendedAcls", "Acls"), RULED),
    Walk(
        vlan(2, NativeVlanId=20, AllowedVlanIdList="10-12"),
        ("vms.adapters",),
        ("NativeVlanId", "AllowedVlanIdList"),
        policy(vm={"allow_trunk": {"*": "10-12"}}),
    ),
    Walk(
        vlan(3, PrivateVlanMode=1, PrimaryVlanId=20, SecondaryVlanId=200),
        ("vms.adapters",),
        ("PrivateVlanMode", "PrimaryVlanId", "SecondaryVlanId"),
    ),
    Walk(
        vlan(3, PrivateVlanMode=3, PrimaryVlanId=20, SecondaryVlanIdList="200-201"),
        ("vms.adapters",),
        ("SecondaryVlanIdList",),
    ),
    Walk(
        together(
            vlan(0), lambda world: world.row("vms.adapters")["Isolation"].update(IsolationMode=3, DefaultIsolationID=20)
        ),
        ("vms.adapters",),
        ("IsolationMode", "DefaultIsolationID"),
    ),
    Walk(put("vms.vm.Version", "7.1"), ("vms.protection_settings",), ("VirtualizationBasedSecurityOptOut",)),
    Walk(put("vms.conditions.EnhancedSession", 1), ("hyperv.host",), ("EnhancedSession",)),
    Walk(put("hyperv.host.EnhancedSession", True), ("vms.conditions",), ("EnhancedSession",)),
    Walk(
        put("vms.conditions.LockOnDisconnect", 0),
        ("vms.conditions",),
        ("LockOnDisconnect",),
        policy(vm={"require_lock_on_disconnect": True}),
    ),
    Walk(
        together(devices.OFF, put("vms.conditions.Notes", "#template")),
        ("vms.conditions",),
        ("Notes",),
        policy(vm={"templates": {"notes_markers": ["#template"]}}),
    ),
    Walk(
        together(devices.OFF, put("vms.conditions.Notes", "#template")),
        ("vm_files.written",),
        policy=policy(vm={"templates": {"notes_markers": ["#template"]}, "template_max_age_days": 0}),
    ),
    Walk(
        together(put("vms.conditions.UptimeSeconds", 120), devices.service(HEARTBEAT, Primary=12)),
        ("vms.conditions",),
        ("UptimeSeconds",),
    ),
    Walk(devices.ISO, ("vms.dvd",), policy=policy(vm=devices.ALLOWED_ISO)),
    Walk(devices.controllers(0, 0), ("vms.controllers",), ("Drives",)),
    Walk(devices.console("S-1-1-0", 1), ("vms.console_access",), ("Access",)),
    Walk(
        devices.console("S-1-5-21-1-2-3-9"),
        ("vms.console_access",),
        ("Name", "Sid"),
        policy(vm={"console_access": ["S-1-5-21-1-2-3-9"]}),
    ),
    Walk(
        devices.DEVICE,
        ("vms.conditions", "vms.assigned_devices"),
        ("AutomaticStopAction", "DynamicMemoryEnabled", "InstanceId", "LocationPath"),
        policy(vm=devices.TRUSTED),
    ),
    Walk(
        together(
            *(devices.TPM, devices.ENCRYPTS, put("vms.vm.ReplicationMode", 1)),
            add("vms.replication", {"VMId": WEB, "AuthenticationType": 2}),
        ),
        ("vms.replication",),
        policy=policy(vm=devices.HTTPS),
    ),
    Walk(
        together(put("vms.vm.ReplicationMode", 3), put("vms.vm.CreationTime", NOT_YET)),
        ("vms.vm",),
        ("ReplicationMode", "CreationTime"),
    ),
]


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value, and every list that is not empty, with its place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
        return
    if isinstance(value, list):
        if value:
            yield place, value
        for index, inner in enumerate(value):
            yield from leaves(inner, (*place, index))
        return
    yield place, value


def other(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return 9_999_999_999
        case str():
            return "changed"
        case list():
            return []
    return "something"  # where Windows had nothing to show


def places(walk: Walk) -> Iterator[tuple[str, str, tuple[str | int, ...], Any]]:
    """Name, probe and place of every value that a walk changes."""
    for probe in walk.probes:
        world = walk.begin(probe)
        for index, row in enumerate(world.rows(probe)):
            if probe.startswith("vms.") and owner(row) != world.vm:
                continue
            for place, value in leaves(row, (index,)):
                names = [part for part in place if isinstance(part, str)]
                if names[-1:] != ["VMId"] and (not walk.names or set(names) & set(walk.names)):
                    yield ".".join([probe, *names]), probe, place, value


OF_A_SHIELDED_ONE = ("vms.security", "vms.key_protector", "vms.protection_in_force")


def subject(probe: str) -> str:
    """The machine whose row says something: shielding is asked of one that is shielded."""
    return WEB if probe.startswith("vms.") and probe not in OF_A_SHIELDED_ONE else PAY


def mutated(walk: Walk, probe: str, place: tuple[str | int, ...], value: Any) -> World:
    """The walk's world with another value at one place."""
    world = walk.begin(probe)
    *way, last = place
    inner: Any = world.rows(probe)
    for part in way:
        inner = inner[part]
    inner[last] = copy.deepcopy(value)
    return world


@dataclass
class Noticed:
    """Names of values; those whose change, or absence, some verdict noticed; and the checks that noticed the change."""

    seen: set[str] = field(default_factory=set)
    by: dict[str, set[str]] = field(default_factory=dict)
    change: set[str] = field(default_factory=set)
    absence: set[str] = field(default_factory=set)


@pytest.fixture(scope="session")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> Noticed:
    """All walks, judged."""
    begun = Folder({})
    for number, walk in enumerate(WALKS):
        for machine, probe in {subject(probe): probe for probe in walk.probes}.items():
            begun.hosts[f"{number}-{machine}"] = walk.begin(probe).topics()
            begun.policies[f"{number}-{machine}"] = walk.policy
    (starts,) = judge([begun], tmp_path_factory.mktemp("starts"))
    by_checks: dict[tuple[str, ...], Folder] = {}
    told: list[tuple[str, bool, dict[Key, str]]] = []
    for number, walk in enumerate(WALKS):
        for name, probe, place, value in places(walk):
            started = starts[f"{number}-{subject(probe)}"]
            checks = tuple(sorted({r.recommendation for r in started if probe in [each.probe for each in r.evidence]}))
            folder = by_checks.setdefault(checks, Folder({}, checks))
            for is_change in (True, False):
                host = f"h{len(told):04}"
                folder.hosts[host] = mutated(walk, probe, place, other(value) if is_change else None).topics()
                folder.policies[host] = walk.policy
                told.append((name, is_change, verdicts(started, checks)))
    by_checks.pop((), None)  # what no check reads, no check notices
    parts = judge(list(by_checks.values()), tmp_path_factory.mktemp("walks"))
    after = {host: found for part in parts for host, found in part.items()}
    noticed = Noticed({name for name, _, _ in told})
    for number, (name, is_change, before) in enumerate(told):
        now = verdicts(after.get(f"h{number:04}", []))
        if now != before:
            (noticed.change if is_change else noticed.absence).add(name)
        flipped = {check for (check, _), _ in before.items() ^ now.items()}
        if is_change and flipped:
            noticed.by.setdefault(name, set()).update(flipped)
    return noticed


def verdicts(results: list[Result], checks: Sequence[str] = ALL) -> dict[Key, str]:
    """What these checks said of a host and its machines."""
    return {
        (r.recommendation, r.subject.vm.id if r.subject.vm else None): r.verdict.value
        for r in results
        if r.recommendation in checks
    }


def test_every_change_is_noticed(noticed: Noticed) -> None:
    assert sorted((noticed.seen - noticed.change) ^ (set(FREE) | set(CHANGES_FREELY))) == []


def test_every_absence_is_noticed(noticed: Noticed) -> None:
    assert sorted((noticed.seen - noticed.absence) ^ (set(FREE) | set(VANISHES_FREELY))) == []


def test_a_change_is_noticed_by_exactly_the_checks_that_are_named(noticed: Noticed) -> None:
    named = yaml.safe_load(Path(__file__).with_name("noticed_by.yaml").read_text(encoding="utf-8"))
    assert {name: sorted(checks) for name, checks in noticed.by.items()} == named
