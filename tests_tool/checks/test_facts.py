"""Facts: numbers by their names, guests by what they say, paths as Windows means them."""

import json
from enum import IntEnum
from typing import Any

import pytest
import yaml
from pydantic import Field

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.evidence import Topic
from hyperv_audit.facts import enums, paths, sddl, vlans
from hyperv_audit.facts.enums import EncryptionMethod, OnOff, VMState
from hyperv_audit.facts.guest_os import Family, Support, from_guest, from_policy, read_items
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings, Row, Unreadable
from hyperv_audit.facts.smb import Connection
from lab import record, world
from tests_tool.changes import World, edit, item, put
from tests_tool.checks.good import PAY, changed, good
from tests_tool.judging import NOW, Document, evidence

TYPES: dict[str, Any] = json.loads((world.FOLDER / "hyperv_types.json").read_text(encoding="utf-8"))
MORE_TYPES: dict[str, Any] = yaml.safe_load((world.FOLDER / "types.yaml").read_text(encoding="utf-8"))
RECORDED: dict[str, dict[str, int]] = TYPES["enums"] | MORE_TYPES["enums"]

# Ours, and the name that the Hyper-V module gives it.
OF_THE_MODULE: dict[type[IntEnum], str] = {
    enums.OnOff: "OnOffState",
    enums.VMState: "VMState",
    enums.MachineType: "VirtualMachineType",
    enums.ReplicationMode: "VMReplicationMode",
    enums.SwitchType: "VMSwitchType",
    enums.Mirroring: "VMNetworkAdapterPortMirroringMode",
    enums.VlanMode: "VMNetworkAdapterVlanMode",
    enums.PrivateVlanMode: "VMNetworkAdapterPrivateVlanMode",
    enums.IsolationMode: "VMNetworkAdapterIsolationMode",
    enums.BootType: "VMBootSourceType",
}
# Of CIM classes and other modules, as Microsoft's reference has them: number by number.
BY_NUMBER: dict[type[IntEnum], dict[int, str]] = {
    enums.ProductType: {1: "WORKSTATION", 2: "DOMAIN_CONTROLLER", 3: "SERVER"},
    enums.VolumeType: {0: "OPERATING_SYSTEM", 1: "FIXED", 2: "REMOVABLE"},
    enums.Protection: {0: "OFF", 1: "ON", 2: "LOCKED"},
    enums.Conversion: dict(
        enumerate(["DECRYPTED", "ENCRYPTED", "ENCRYPTING", "DECRYPTING", "ENCRYPTION_PAUSED", "DECRYPTION_PAUSED"])
    ),
    enums.EncryptionMethod: dict(
        enumerate(
            [
                "NONE",
                "AES_128_DIFFUSER",
                "AES_256_DIFFUSER",
                "AES_128",
                "AES_256",
                "HARDWARE",
                "XTS_AES_128",
                "XTS_AES_256",
            ]
        )
    ),
    enums.KeyProtectorType: {
        1: "TPM",
        2: "EXTERNAL_KEY",
        3: "NUMERICAL_PASSWORD",
        4: "TPM_AND_PIN",
        5: "TPM_AND_STARTUP_KEY",
        6: "TPM_AND_PIN_AND_STARTUP_KEY",
        7: "PUBLIC_KEY",
        8: "PASSPHRASE",
        9: "TPM_CERTIFICATE",
        10: "SID",
    },
    enums.HgsMode: {1: "LOCAL", 2: "HOST_GUARDIAN_SERVICE"},
    enums.AttestationMode: {1: "TPM", 2: "ACTIVE_DIRECTORY"},
    enums.Attestation: {
        0: "NOT_CONFIGURED",
        1: "NOT_ATTEMPTED",
        100: "PASSED",
        200: "EXPIRED",
        300: "TRANSIENT_FAILURE",
        301: "UNAUTHORIZED",
        302: "TPM_ERROR",
        303: "INSECURE_CONFIGURATION",
    },
}
EVERY_ENUM = [*OF_THE_MODULE, *BY_NUMBER]


def plain(name: str) -> str:
    return name.replace("_", "").lower()


# Numbers


@pytest.mark.parametrize(("ours", "theirs"), OF_THE_MODULE.items(), ids=OF_THE_MODULE.values())
def test_numbers_are_those_of_the_module(ours: type[IntEnum], theirs: str) -> None:
    known = {number: name for name, number in RECORDED[theirs].items()}
    for member in ours:
        if member.name != "UNKNOWN":
            assert plain(known[member.value]).removesuffix("virtualmachine") == plain(member.name)


@pytest.mark.parametrize("ours", BY_NUMBER, ids=lambda ours: ours.__name__)
def test_numbers_are_those_of_the_reference(ours: type[IntEnum]) -> None:
    assert {member.value: member.name for member in ours if member.name != "UNKNOWN"} == BY_NUMBER[ours]


@pytest.mark.parametrize("ours", EVERY_ENUM, ids=lambda ours: ours.__name__)
def test_a_number_without_a_name_is_unknown(ours: type[IntEnum]) -> None:
    assert ours(987654).name == "UNKNOWN"
    assert ours(-7).name == "UNKNOWN"


@pytest.mark.parametrize("wrong", [True, False, "0", "Ein", None, 0.0, [0]], ids=repr)
@pytest.mark.parametrize("ours", EVERY_ENUM, ids=lambda ours: ours.__name__)
def test_only_a_number_or_its_name_will_do(ours: type[IntEnum], wrong: object) -> None:
    class OneRow(Row):
        value: ours = Field(alias="Value")  # type: ignore[valid-type] # chosen by the table

    readings = Readings({"t": Topic(data={"p": [{"Value": wrong}]}, errors=[], seconds=0)})
    with pytest.raises(Unreadable, match="Value"):
        readings.rows("t.p", OneRow)


def test_every_critical_state_is_one() -> None:
    critical = {number for name, number in RECORDED["VMState"].items() if name.endswith("Critical")}
    assert {state.value for state in VMState if state.is_critical} == critical


def test_unknown_encryption_is_the_number_that_windows_writes() -> None:
    assert EncryptionMethod(4294967295) is EncryptionMethod.UNKNOWN
    assert OnOff(0) is OnOff.ON


# Guests

YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN


def says(**pairs: str) -> dict[str, str]:
    return pairs


@pytest.mark.parametrize(
    ("pairs", "id_", "generation_2", "secure_boot"),
    [
        (says(OSVersion="10.0.14393", ProductType="3"), "windows-server-2016", YES, YES),
        (says(OSVersion="10.0.17763", ProductType="2"), "windows-server-2019", YES, YES),
        (says(OSVersion="10.0.20348", ProductType="3"), "windows-server-2022", YES, YES),
        (says(OSVersion="10.0.26100", ProductType="3"), "windows-server-2025", YES, YES),
        (says(OSVersion="10.0.19045", ProductType="1"), "windows-10", YES, YES),
        (says(OSVersion="10.0.22000", ProductType="1", OSName="Windows 10 Pro"), "windows-11", YES, YES),
        (says(OSVersion="10.0.26100", ProductType="1"), "windows-11", YES, YES),
        (says(OSVersion="10.0.19045", ProductType="1", ProcessorArchitecture="0"), "windows-10 (32-bit)", NO, NO),
        (says(OSVersion="6.3.9600", ProductType="3"), "windows-server-2012-r2", YES, YES),
        (says(OSVersion="6.3.9600", ProductType="1"), "windows-8.1", YES, YES),
        (says(OSVersion="6.2.9200", ProductType="3"), "windows-server-2012", YES, YES),
        (says(OSVersion="6.1.7601", ProductType="1"), "windows-7", NO, NO),
        (says(OSVersion="6.1.7601", ProductType="3"), "windows-server-2008-r2", NO, NO),
        (says(OSVersion="6.0.6003", ProductType="3"), "windows-server-2008", NO, NO),
        (says(OSVersion="6.0.6002", ProductType="1"), "windows-vista", NO, NO),
        (says(OSVersion="5.2.3790", ProductType="3"), "windows", UNKNOWN, UNKNOWN),
        (says(OSVersion="10.0", ProductType="3"), "windows", UNKNOWN, UNKNOWN),
        (says(OSVersion="new", ProductType="3"), "windows", UNKNOWN, UNKNOWN),
        (says(OSName="Ubuntu", OSMajorVersion="22.04"), "ubuntu-22.04", YES, YES),
        (says(OSName="Ubuntu", OSMajorVersion="14.04"), "ubuntu-14.04", YES, YES),
        (says(OSName="Ubuntu", OSMajorVersion="12.04"), "ubuntu-12.04", NO, NO),
        (says(OSName="Debian GNU/Linux", OSMajorVersion="9"), "debian-9", YES, NO),
        (says(OSName="Debian GNU/Linux", OSMajorVersion="12"), "debian-12", YES, YES),
        (says(OSName="Debian GNU/Linux", OSMajorVersion="7"), "debian-7", NO, NO),
        (says(OSName="Red Hat Enterprise Linux Server", OSMajorVersion="6.10"), "rhel-6.10", YES, NO),
        (says(OSName="Red Hat Enterprise Linux", OSMajorVersion="9.3"), "rhel-9.3", YES, YES),
        (says(OSName="CentOS Linux", OSMajorVersion="5"), "centos-5", NO, NO),
        (says(OSName="Rocky Linux", OSMajorVersion="8.9"), "rocky-8.9", YES, YES),
        (says(OSName="AlmaLinux", OSMajorVersion="9"), "alma-9", YES, YES),
        (says(OSName="SLES", OSMajorVersion="11.4"), "sles-11.4", NO, NO),
        (says(OSName="SLES", OSMajorVersion="15.5"), "sles-15.5", YES, YES),
        (says(OSName="Oracle Linux Server", OSMajorVersion="7.9"), "oracle-7.9", YES, NO),
        (says(OSName="Oracle Linux Server", OSMajorVersion="8.8"), "oracle-8.8", YES, YES),
        (says(OSName="FreeBSD", OSBuildNumber="13.2-RELEASE"), "freebsd-13.2", YES, NO),
        (says(OSName="FreeBSD", OSBuildNumber="11.0-RELEASE"), "freebsd-11.0", NO, NO),
        (says(OSName="FreeBSD"), "freebsd", UNKNOWN, NO),
        (says(OSName="Ubuntu"), "ubuntu", UNKNOWN, UNKNOWN),
        (says(OSName="Plan 9", OSMajorVersion="4"), "unknown", UNKNOWN, UNKNOWN),
        (says(OSName="Windows Server 2022"), "unknown", UNKNOWN, UNKNOWN),
        (says(), "unknown", UNKNOWN, UNKNOWN),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else None,
)
def test_a_guest_is_what_it_says(pairs: dict[str, str], id_: str, generation_2: Support, secure_boot: Support) -> None:
    guest = from_guest(pairs)
    assert (guest.id, guest.generation_2, guest.secure_boot, guest.from_policy) == (
        id_,
        generation_2,
        secure_boot,
        False,
    )
    assert guest.is_known == (id_ != "unknown")


@pytest.mark.parametrize(
    ("text", "family", "generation_2", "secure_boot"),
    [
        ("windows-server-2019", Family.WINDOWS, YES, YES),
        (" Windows-7 ", Family.WINDOWS, NO, NO),
        ("ubuntu-22.04", Family.LINUX, YES, YES),
        ("debian-9", Family.LINUX, YES, NO),
        ("freebsd-13.2", Family.FREEBSD, YES, NO),
        ("rhel-5", Family.LINUX, NO, NO),
    ],
)
def test_a_guest_is_what_the_policy_says(
    text: str, family: Family, generation_2: Support, secure_boot: Support
) -> None:
    guest = from_policy(text)
    assert (guest.family, guest.generation_2, guest.secure_boot) == (family, generation_2, secure_boot)
    assert guest.from_policy
    assert "by policy" in str(guest)


@pytest.mark.parametrize("text", ["windows-server-2077", "ubuntu", "ubuntu-", "plan9", "", "linux-6", "windows"])
def test_a_guest_that_nobody_knows_is_a_mistake_of_the_policy(text: str) -> None:
    with pytest.raises(ValueError, match="no guest operating system known here; known are windows-vista"):
        from_policy(text)


NAMED = '<INSTANCE><PROPERTY NAME="Name"><VALUE>{}</VALUE></PROPERTY>{}</INSTANCE>'
DATA = '<PROPERTY NAME="Data"><VALUE>d</VALUE></PROPERTY>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + NAMED.format("&b;", "")
FOREIGN = '<!DOCTYPE x SYSTEM "file:///somewhere">' + item("OSName", "Ubuntu")


@pytest.mark.parametrize(
    ("items", "pairs"),
    [
        ([item("OSName", "Ubuntu")], {"OSName": "Ubuntu"}),
        ([item("CSDVersion", "")], {"CSDVersion": ""}),
        ([item("OSName", "<b> & 'c'")], {"OSName": "<b> & 'c'"}),
        ([NAMED.format("n", DATA)], {"n": "d"}),
        (["<INSTANCE><PROPERTY NAME='Data'><VALUE>d</VALUE></PROPERTY></INSTANCE>"], {}),
        (["<!DOCTYPE INSTANCE>" + item("OSName", "Ubuntu")], {}),
        ([BOMB], {}),
        ([FOREIGN], {}),
        (["", "no XML", "<INSTANCE>", "\x00", "<a/>"], {}),
        ([BOMB, item("OSName", "Ubuntu")], {"OSName": "Ubuntu"}),
    ],
    ids=[
        "a pair",
        "an empty value",
        "escapes",
        "another order",
        "no name",
        "a DTD",
        "a bomb",
        "a foreign DTD",
        "rubbish",
        "both",
    ],
)
def test_items_of_data_exchange(items: list[str], pairs: dict[str, str]) -> None:
    assert read_items(items) == pairs


# Paths, VLANs, versions


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("D:\\VMs\\web", "D:\\VMs", True),
        ("d:\\vms\\WEB", "D:\\VMs\\", True),
        ("D:\\VMs", "D:\\VMs", True),
        ("D:\\VMs-old\\web", "D:\\VMs", False),
        ("D:\\VMs", "D:\\VMs\\web", False),
        ("E:\\VMs", "D:\\", False),
        ("D:\\VMs", "D:", True),
        ("D:", "D:\\", True),
        ("D:/VMs/web", "D:\\VMs", True),
        ("\\\\?\\D:\\VMs\\web", "D:\\VMs", True),
        ("\\\\.\\D:\\VMs\\web", "D:\\", True),
        ("\\\\?\\UNC\\fs01\\vms\\a", "\\\\fs01\\vms", True),
        ("\\\\fs01\\vms\\a", "\\\\fs01\\vm", False),
        ("C:\\ClusterStorage\\Volume10\\a", "C:\\ClusterStorage\\Volume1", False),
        ("\\\\?\\Volume{1}\\a", "\\\\?\\Volume{1}\\", True),
        ("\\\\?\\Volume{1}\\a", "\\\\?\\Volume{2}\\", False),
        ("D:\\VMs", "", False),
    ],
)
def test_lies_in(path: str, folder: str, expected: bool) -> None:
    assert paths.lies_in(path, folder) == expected


@pytest.mark.parametrize(
    ("path", "server"),
    [
        ("\\\\fs01\\vms\\a.vhdx", "fs01"),
        ("//fs01/vms/a.vhdx", "fs01"),
        ("\\\\?\\UNC\\fs01\\vms\\a.vhdx", "fs01"),
        ("\\\\?\\unc\\fs01\\vms\\a.vhdx", "fs01"),
        ("\\\\192.0.2.7\\vms", "192.0.2.7"),
        ("D:\\VMs", None),
        ("\\\\?\\D:\\VMs", None),
        ("\\\\.\\D:\\VMs", None),
        ("\\\\?\\Volume{1}\\a", None),
        ("", None),
    ],
)
def test_unc(path: str, server: str | None) -> None:
    assert paths.is_unc(path) == (server is not None)
    if server is not None:
        assert paths.server(path) == server


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("fs01", "FS01", True),
        ("fs01", "fs01.lab.example", True),
        ("fs01.lab.example", "FS01.LAB.EXAMPLE", True),
        ("fs01.lab.example", "fs01.other.example", False),
        ("fs01", "fs011", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.70", False),
        ("192.0.2.7", "192", False),
        ("2001:db8::1", "2001:DB8::1", True),
    ],
)
def test_same_server(one: str, other: str, expected: bool) -> None:
    assert paths.same_server(one, other) == expected
    assert paths.same_server(other, one) == expected


@pytest.mark.parametrize(
    ("text", "allowed", "expected"),
    [
        ("10", "10", True),
        ("10,20-22", "10, 20-30", True),
        ("10,20-31", "10,20-30", False),
        ("1-4094", "1-4094", True),
        ("0-4094", "1-4094", False),
        ("4095", "4095", False),
        ("30-20", "1-4094", False),
        ("ten", "1-4094", False),
        ("-5", "1-4094", False),
        ("10", "all", False),
    ],
)
def test_vlans_lie_within(text: str, allowed: str, expected: bool) -> None:
    assert vlans.lies_within(text, allowed) == expected


def test_vlan_ids() -> None:
    assert vlans.ids("10,20-22") == {10, 20, 21, 22}
    assert vlans.ids("") == frozenset()


@pytest.mark.parametrize(
    ("dialect", "version"), [("3.1.1", (3, 1, 1)), ("3.00", (3, 0)), ("2.002", (2, 2)), ("10.0", (10, 0))]
)
def test_dialects_are_numbers(dialect: str, version: tuple[int, ...]) -> None:
    row = {**good()["smb"]["connections"][0], "Dialect": dialect}
    assert Connection.model_validate(row).version == version


def facts(seen: World) -> HostFacts:
    topics = evidence("hv01", seen.topics()).topics
    observed = topics
    return HostFacts("hv01", Readings(observed), NOW)


def test_versions_are_numbers() -> None:
    seen = facts(changed([put("vms.vm.Version", "9.0")]))
    assert seen.virtual_machines[0].version_numbers < seen.hyperv.default_version == (10, 0)


def test_a_virtual_machine_is_found_by_its_id_in_any_case() -> None:
    assert facts(World(good())).virtual_machine(PAY.upper()).name == "pay"
    assert (
        facts(changed([edit("vms.firmware", 1, VMId=PAY.upper())])).virtual_machine(PAY).firmware.secure_boot
        is OnOff.ON
    )


# The good world


@pytest.mark.parametrize("name", world.names())
def test_the_good_world_has_the_shape_that_collectors_print(name: str) -> None:
    recorded = shapes(evidence(name, extract(record.read(name).stdout_bytes)).model_dump()["topics"])
    for probe, names in shapes(World(good()).topics()).items():
        assert probe in recorded
        assert names is None or recorded[probe] in (None, names), probe


def shapes(document: Document) -> dict[str, tuple[str, ...] | None]:
    """The names of each probe's properties; None where it has no row, or rows without any."""
    return {
        f"{topic}.{probe}": tuple(rows[0]) if rows and isinstance(rows[0], dict) else None
        for topic, parts in document.items()
        for probe, rows in parts["data"].items()
    }


# Access


def test_the_sid_of_a_machine_follows_from_its_id() -> None:
    """The pair is from a public record of an event."""
    sid = "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365"
    assert sddl.of_machine("D9E0EB0A-5B37-508E-9173-67E9ADE83ACF") == sid
    assert sddl.of_machine("{d9e0eb0a-5b37-508e-9173-67e9ade83acf}") == sid
