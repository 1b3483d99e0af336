"""The module that serves a world behaves as Windows does where a careless collector would go wrong."""

import functools

import pytest

from hyperv_audit.collect.script import collector
from tests_tool.world.support import Evidence, answers, changed, needs_pwsh, observe, only

pytestmark = needs_pwsh

MICROSOFT = "HKLM:\\SOFTWARE\\Microsoft"
CIM = "Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand"


@functools.cache
def host() -> Evidence:
    """Everything that is asked of one host, in one PowerShell."""
    source = only(changed("core-2022", language_mode="FullLanguage"), "SHV-PAY-01", "app[1]", "app1", "DC-München-01")
    source["vms"].append(
        {"Id": "5d1a7f30-2b4c-4e6d-8f90-1a2b3c4d0098", "Name": "old", "Generation": 1, "network_adapters": []}
    )
    source["vms"][1]["failures"] = {
        name: {"id": "OperationFailed", "category": "NotSpecified", "message": "no"}
        for name in ("Get-VMSecurity", "Get-VMHardDiskDrive")
    }
    return answers(
        source,
        pattern="Get-VM -Name 'app[1]' | ForEach-Object Name",
        not_found="Get-VM -Name nobody",
        first_generation="Get-VMFirmware -VM @(Get-VM) | ForEach-Object VMName",
        no_machines="Get-VMFirmware -VM @()",
        misspelt="Get-VMFirmware -Machine x",
        which="Get-VMSecurity",
        both="Get-VMFirmware -VM (Get-VM -Name app1) -VMName app1",
        vanished="Get-VMFirmware -VM ([pscustomobject]@{ Id = [guid]::Empty })",
        piped="Get-VM | Get-VMNetworkAdapter | ForEach-Object VMName",
        isolated="Get-VMHardDiskDrive -VM @(Get-VM) | ForEach-Object VMName",
        not_isolated="Get-VMSecurity -VM @(Get-VM) | ForEach-Object { 'row' }",
        anonymous="$s = Get-VMSecurity -VM (Get-VM -Name app1); $null -eq $s.PSObject.Properties['VMId']",
        key="(Get-VMKeyProtector -VMName app1) -join ' '; (Get-VMKeyProtector -VMName 'S*').Length",
        bytes="(, (Get-VMKeyProtector -VM (Get-VM -Name app1))) | ForEach-Object { $_.GetType().Name }",
        cycle="$n = Get-VMNetworkAdapter -VMName 'S*'; [object]::ReferenceEquals($n.VlanSetting.ParentAdapter, $n)",
        enum='$f = Get-VMFirmware -VMName app1; "$($f.SecureBoot) $([int]$f.SecureBoot)"',
        type="(Get-VMFirmware -VMName app1).PSObject.TypeNames[0]",
        absent_property="$null -eq (Get-VMFirmware -VMName app1).SecureBot",
        namespace="Get-CimInstance -Namespace root\\nowhere -ClassName X",
        cim_class="Get-CimInstance -ClassName Win32_Nothing",
        filter="Get-CimInstance -ClassName Win32_Volume -Filter 'DriveType=2' | ForEach-Object { 'row' }",
        key_missing="Get-ItemProperty -LiteralPath 'HKLM:\\SOFTWARE\\Nothing'",
        value_missing=f"Get-ItemProperty -LiteralPath '{MICROSOFT}\\Windows NT\\CurrentVersion' -Name Nothing",
        keys=f"Get-ChildItem '{MICROSOFT}' | ForEach-Object Name; Test-Path '{MICROSOFT}\\*'",
        service="Get-Service -Name Nothing",
        unknown="Get-VMReplication",
        preference="$ErrorActionPreference = 'Stop'; Get-CimInstance -Namespace root\\nowhere -ClassName X; 'went on'",
        older_module="Import-Module -Name Hyper-V -MinimumVersion 3.0 -ErrorAction Stop",
        other_user="whoami /user /fo csv /nh",
    )


def test_a_name_is_a_pattern() -> None:
    assert host()["pattern"] == ["app1"]


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ("not_found", "InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM"),
        ("first_generation", "InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVMFirmware"),
        (
            "no_machines",
            "ParameterArgumentValidationErrorEmptyArrayNotAllowed,Microsoft.HyperV.PowerShell.Commands.GetVMFirmware",
        ),
        ("misspelt", "NamedParameterNotFound,Microsoft.HyperV.PowerShell.Commands.GetVMFirmware"),
        ("which", "MissingMandatoryParameter,Microsoft.HyperV.PowerShell.Commands.GetVMSecurity"),
        ("both", "AmbiguousParameterSet,Microsoft.HyperV.PowerShell.Commands.GetVMFirmware"),
        ("vanished", "ObjectNotFound,Microsoft.HyperV.PowerShell.Commands.GetVMFirmware"),
        ("isolated", "OperationFailed,Microsoft.HyperV.PowerShell.Commands.GetVMHardDiskDrive"),
        ("not_isolated", "OperationFailed,Microsoft.HyperV.PowerShell.Commands.GetVMSecurity"),
        ("namespace", f"HRESULT 0x8004100e,{CIM}"),
        ("cim_class", f"HRESULT 0x80041010,{CIM}"),
        ("key_missing", "PathNotFound,Microsoft.PowerShell.Commands.GetItemPropertyCommand"),
        (
            "value_missing",
            "System.Management.Automation.PSArgumentException,Microsoft.PowerShell.Commands.GetItemPropertyCommand",
        ),
        ("service", "NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand"),
        ("unknown", "CommandNotFoundException"),
        ("preference", f"HRESULT 0x8004100e,{CIM}"),
    ],
)
def test_failures_carry_the_ids_that_windows_gives_them(question: str, error: str) -> None:
    assert host()["errors"][question]["id"] == error


def test_one_bad_machine_costs_the_others_nothing_or_everything() -> None:
    names = ["SHV-PAY-01", "DC-München-01", "app[1]", "app1"]
    assert sorted(host()["first_generation"]) == sorted(names)
    assert "app1" in host()["isolated"]
    assert host()["not_isolated"] == []


def test_pipeline_takes_machines() -> None:
    assert sorted(host()["piped"]) == ["DC-München-01", "SHV-PAY-01", "app1", "app[1]"]


def test_rows_of_get_vmsecurity_say_not_whose_they_are() -> None:
    assert host()["anonymous"] == [True]


def test_no_key_protector_is_four_bytes_and_one_is_many() -> None:
    assert host()["key"] == ["0 0 0 4", 3970]
    assert host()["bytes"] == ["Byte[]"]


def test_settings_lead_back_to_their_adapter() -> None:
    assert host()["cycle"] == [True]


def test_on_is_zero_and_has_a_name() -> None:
    assert host()["enum"] == ["Off 1"]
    assert host()["type"] == ["Microsoft.HyperV.PowerShell.VMFirmware"]
    assert host()["absent_property"] == [True]


def test_a_filter_that_nothing_meets_is_no_error() -> None:
    assert host()["filter"] == []
    assert "filter" not in host()["errors"]


def test_registry_has_the_keys_above_a_key() -> None:
    assert host()["keys"] == ["HKEY_LOCAL_MACHINE\\SOFTWARE\\MICROSOFT\\WINDOWS NT", True]


def test_a_caller_cannot_make_a_module_stop() -> None:
    assert host()["preference"] == ["went on"]


def test_module_has_the_version_it_says() -> None:
    assert host()["errors"]["older_module"]["id"].startswith("Modules_Module")
    assert host()["other_user"] == ['"LAB\\auditor","S-1-5-21-1004336348-1177238915-682003330-1651"']


def test_an_account_without_rights_sees_nothing_and_is_told_little() -> None:
    source = changed("core-2022")
    source["account"]["groups"] = [g for g in source["account"]["groups"] if g["sid"] != "S-1-5-32-544"]
    document = observe(source, collector())
    assert document["session"]["data"]["canary"] == [0]
    assert document["session"]["errors"] == document["vms"]["errors"] == []
    assert all(rows == [] for rows in document["vms"]["data"].values())
    assert document["os"]["data"]["version"][0]["InstallationType"] == "Server Core"
    denied = f"HRESULT 0x80041003,{CIM}"
    assert {e["id"] for name in ("os", "bitlocker") for e in document[name]["errors"]} == {denied}
    assert {e["probe"] for e in document["smb"]["errors"]} == set(document["smb"]["data"])


def test_a_host_without_the_module_says_so_once_for_each_command() -> None:
    source = changed("core-2022")
    source["modules"].remove("Hyper-V")
    document = observe(source, collector())
    ids = {error["probe"]: error["id"] for error in document["hyperv"]["errors"]}
    assert ids["module"].startswith("Modules_ModuleWithVersionNotFound")
    assert ids["host"] == document["vms"]["errors"][0]["id"] == "CommandNotFoundException"
    assert document["vms"]["data"]["vm"] == []
