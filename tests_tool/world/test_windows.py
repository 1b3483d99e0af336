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
    source["local_groups"]["S-1-5-32-551"] = {"error": {"id": "An unspecified error occurred.", "message": "array"}}
    source["commands"]["Get-SmbMultichannelConnection"].append({"ServerName": "spare", "Selected": False})
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
        unknown="Get-VMNoSuchThing",
        preference="$ErrorActionPreference = 'Stop'; Get-CimInstance -Namespace root\\nowhere -ClassName X; 'went on'",
        older_module="Import-Module -Name Hyper-V -MinimumVersion 3.0 -ErrorAction Stop",
        rule='$r = Get-NetIPsecRule -PolicyStore ActiveStore; "$($r.Enabled) $([int]$r.Enabled) $([int]$r.Mode)"',
        local_store="Get-NetIPsecRule | ForEach-Object { 'row' }",
        rule_filter="Get-NetFirewallAddressFilter -AssociatedNetIPsecRule ([pscustomobject]@{ InstanceID = 'other' })",
        profile='Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object { "$($_.Name) $([int]$_.Enabled)" }',
        spare="Get-SmbMultichannelConnection | ForEach-Object ServerName",
        all_paths="Get-SmbMultichannelConnection -IncludeNotSelected | ForEach-Object ServerName",
        group="Get-LocalGroupMember -SID S-1-5-32-578 | ForEach-Object { $_.SID.Value }",
        orphan="Get-LocalGroupMember -SID S-1-5-32-551",
        no_group="Get-LocalGroupMember -SID S-1-5-32-999",
        sessions="Get-CimInstance Win32_LogonSession -Filter 'LogonType=5 OR LogonType=10' | ForEach-Object LogonId",
        logged_on="Get-CimInstance Win32_LogonSession -Filter 'LogonType=2' |"
        " ForEach-Object { (Get-CimAssociatedInstance -InputObject $_ -Association Win32_LoggedOnUser).SID }",
        named="Get-CimInstance Win32_Service -Filter \"Name='windefend'\" | ForEach-Object State",
        files='Test-Path -LiteralPath "$env:windir\\System32\\CodeIntegrity\\SIPolicy.p7b";'
        " Test-Path -LiteralPath 'c:\\windows\\system32'; Test-Path 'C:\\Windows\\Nothing'; Test-Path 'Q:\\'",
        folder="(Get-Acl -LiteralPath 'D:\\VMs\\app[1]').Sddl",
        volume="Split-Path -Path 'Q:\\VMs\\a.vhdx' -Parent",
        above="Split-Path -Path 'D:\\VMs\\app[1]\\a.vhdx' -Parent; Split-Path -Path 'D:\\a.vhdx' -Parent",
        host_nics="Get-VMNetworkAdapter -ManagementOS | ForEach-Object { 'row' }",
        no_com="New-Object -ComObject Microsoft.Update.Nothing",
        other_objects="(New-Object Version '1.2').Minor; (New-Object -TypeName Text.UTF8Encoding $false).WebName",
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
        ("orphan", "An unspecified error occurred.,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand"),
        ("no_group", "GroupNotFound,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand"),
        ("volume", "DriveNotFound,Microsoft.PowerShell.Commands.SplitPathCommand"),
        ("no_com", "NoCOMClassIdentified,Microsoft.PowerShell.Commands.NewObjectCommand"),
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
    found = [f"HKEY_LOCAL_MACHINE\\SOFTWARE\\MICROSOFT\\{name}" for name in ("WINDOWS", "WINDOWS NT")]
    assert host()["keys"] == [*found, True]


def test_a_caller_cannot_make_a_module_stop() -> None:
    assert host()["preference"] == ["went on"]


def test_a_rule_is_true_by_one_and_a_profile_too_but_false_is_two_and_zero() -> None:
    assert host()["rule"] == ["True 1 1"]
    assert host()["profile"] == ["Domain 1", "Private 1", "Public 1"]


def test_the_local_store_has_no_rule_of_a_group_policy() -> None:
    assert (host()["local_store"], host()["rule_filter"]) == ([], [])


def test_spare_paths_of_smb_are_shown_on_request() -> None:
    assert host()["spare"] == ["fs01.lab.example"]
    assert host()["all_paths"] == ["fs01.lab.example", "spare"]


def test_groups_and_sessions_lead_to_sids() -> None:
    assert host()["group"] == ["S-1-5-21-1004336348-1177238915-682003330-2602"]
    assert host()["sessions"] == ["999"]
    assert host()["logged_on"] == ["S-1-5-90-0-1", None]  # of the second nobody says whose it is
    assert host()["named"] == ["Running"]


def test_files_folders_and_drives() -> None:
    assert host()["files"] == [True, True, False, False]
    inherited = "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;HA)(A;CIID;0x1201bf;;;S-1-5-83-0)"
    assert host()["folder"] == [inherited]
    assert host()["above"] == ["D:\\VMs\\app[1]", "D:\\"]
    assert host()["host_nics"] == []


def test_new_object_makes_what_is_no_com_object() -> None:
    assert host()["other_objects"] == [2, "utf-8"]


def test_module_has_the_version_it_says() -> None:
    assert host()["errors"]["older_module"]["id"].startswith("Modules_Module")
    assert host()["other_user"] == ['"LAB\\auditor","S-1-5-21-1004336348-1177238915-682003330-1651"']


def test_an_account_without_rights_sees_nothing_and_is_told_little() -> None:
    source = changed("core-2022")
    source["account"]["groups"] = [g for g in source["account"]["groups"] if g["sid"] != "S-1-5-32-544"]
    document = observe(source, collector())
    assert document["session"]["data"]["canary"] == [0]
    assert document["session"]["errors"] == document["vms"]["errors"] == []
    assert document["vms"]["data"].pop("bulk")[0]["Machines"] == 0
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
