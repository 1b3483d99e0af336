"""Recordings are what the collectors of this very commit print on the worlds of this very commit."""

import pytest

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import GUEST_SLOW_TOPICS, GUEST_TOPICS, TOPICS, collector
from lab import record, world
from tests_tool.world.support import needs_pwsh, observe, recorded, timeless

# What the worlds mean to show. Anything else in a recording is a collector that Windows would refuse.
REFUSED = "CannotCreateComTypeConstrainedLanguage,Microsoft.PowerShell.Commands.NewObjectCommand"
# A member server has no Server Operators.
NO_GROUP = ("S-1-5-32-549", "GroupNotFound,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand")
EXPECTED_ERRORS: dict[str, set[tuple[str, str]]] = {
    "core-2022": {NO_GROUP, *((probe, REFUSED) for probe in ("restart_required", "last_search", "search"))},
    "desktop-2016": {
        NO_GROUP,
        ("parents", "ObjectNotFound,Microsoft.Vhd.PowerShell.Cmdlets.GetVHD"),
        ("volumes", "HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand"),
        ("secure_boot", "GetFWVarFailed,Microsoft.SecureBoot.Commands.ConfirmSecureBootUefiCommand"),
    },
    "middling-2019": {
        NO_GROUP,
        ("access", "GetAcl_PathNotFound_Exception,Microsoft.PowerShell.Commands.GetAclCommand"),
        ("acls", "GetAcl_PathNotFound_Exception,Microsoft.PowerShell.Commands.GetAclCommand"),
        ("S-1-5-32-551", "An unspecified error occurred.,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand"),
        ("security", "OperationFailed,Microsoft.HyperV.PowerShell.Commands.GetVMSecurity"),
        ("key_protector", "OperationFailed,Microsoft.HyperV.PowerShell.Commands.GetVMKeyProtector"),
        *(
            (probe, f"ObjectNotFound,Microsoft.HyperV.PowerShell.Commands.{command}")
            for probe, command in {
                "processors": "GetVMProcessor",
                "processor_status": "GetVMProcessor",
                "integration": "GetVMIntegrationService",
                "dvd": "GetVMDvdDrive",
                "com_ports": "GetVMComPort",
                "controllers": "GetVMScsiController",
                "assigned_devices": "GetVMAssignableDevice",
            }.items()
        ),
        ("registry", "System.Security.SecurityException,Microsoft.PowerShell.Commands.GetItemPropertyCommand"),
    },
}
BLIND = "unprivileged-2022"
# What an account without rights is told nothing of, or what asks for each of something that it was refused; and what
# no Windows had before 2025.
SILENT = {
    "security.policies",
    "migration",
    "mounted.images",
    "hyperv",
    "vms",
    "vm_files",
    "ipsec_filters.ports",
    "storage.acls",
}
# What a constrained PowerShell may not ask.
FULL_LANGUAGE = [("updates", "restart_required"), ("updates", "last_search"), ("update_search", "search")]


RECORDED = [(name, what) for name in (*world.names(), *world.guest_names()) for what in record.asked_of(name)]


@pytest.mark.parametrize(("name", "what"), RECORDED, ids=[what.name for _, what in RECORDED])
def test_recording_is_fresh(name: str, what: record.Asked) -> None:
    kept = record.read(what.name)
    now = record.fingerprint(name, what.script)
    assert {key: getattr(kept, key) for key in now} == now, "run `make record`"


@pytest.mark.parametrize("name", world.guest_names())
def test_a_guest_shows_every_topic_and_only_that_it_is_no_host(name: str) -> None:
    document = recorded(name)
    assert tuple(document) == (*GUEST_TOPICS, *GUEST_SLOW_TOPICS)
    assert {error["probe"] for topic in document.values() for error in topic["errors"]} == {"canary"}


@pytest.mark.parametrize("name", world.names())
def test_recording_holds_every_topic_and_only_the_errors_its_world_means(name: str) -> None:
    document = recorded(name)
    assert tuple(document) == TOPICS
    found = {(error["probe"], error["id"]) for topic in document.values() for error in topic["errors"]}
    assert name == BLIND or found == EXPECTED_ERRORS[name]


def test_what_an_account_without_rights_cannot_read_is_an_error_or_hyper_v() -> None:
    empty = {
        f"{topic}.{probe}"
        for topic, found in recorded(BLIND).items()
        for probe, rows in found["data"].items()
        if not rows and probe not in {error["probe"] for error in found["errors"]}
    }
    assert {place for place in empty if place not in SILENT and place.partition(".")[0] not in SILENT} == set()
    assert recorded(BLIND)["session"]["data"]["canary"] == [0]


@pytest.mark.parametrize("name", [name for name in world.names() if name != BLIND])
def test_every_machine_of_a_world_is_in_its_recording(name: str) -> None:
    wanted = [(vm["Id"], vm["Name"]) for vm in world.load(name)["vms"]]
    assert [(row["Id"], row["Name"]) for row in recorded(name)["vms"]["data"]["vm"]] == wanted


def test_recordings_are_ascii_whatever_the_names() -> None:
    for name in world.names():
        assert record.read(name).stdout_bytes.isascii()


@pytest.mark.parametrize("mode", ["FullLanguage", "ConstrainedLanguage"])
@pytest.mark.parametrize("name", world.names())
class TestAgain:
    pytestmark = needs_pwsh

    def test_either_language_mode_makes_the_recorded_document(self, name: str, mode: str) -> None:
        document = observe({**world.load(name), "language_mode": mode}, collector(), **record.asked())
        assert document["session"]["data"]["process"][0].pop("LanguageMode") == mode
        wanted = timeless(extract(record.read(name).stdout_bytes))
        if wanted["session"]["data"]["process"][0].pop("LanguageMode") != mode:
            for topic, probe in FULL_LANGUAGE:
                for found in (document, wanted):
                    del found[topic]["data"][probe]
                    found[topic]["errors"] = [e for e in found[topic]["errors"] if e["probe"] != probe]
        assert document == wanted
