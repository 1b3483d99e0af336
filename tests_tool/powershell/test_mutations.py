"""Each proof can fail: one small change to a real file, and what the developer is then told, with file and line."""

import pytest

from tests_tool.powershell import texts
from tests_tool.powershell.reading import RULES

VMS, SMB, TPM, OS = "topics/vms.ps1", "topics/smb.ps1", "topics/tpm.ps1", "topics/os.ps1"
BULK = "topics/vms_bulk.ps1"
BITLOCKER, HYPERV, SESSION, HGS = "topics/bitlocker.ps1", "topics/hyperv.ps1", "topics/session.ps1", "topics/hgs.ps1"
IPSEC, SOFTWARE, UPDATES, GROUPS = "topics/ipsec.ps1", "topics/software.ps1", "topics/updates.ps1", "topics/groups.ps1"
NETWORK, MIGRATION, STORAGE, CLUSTER = (
    "topics/network.ps1",
    "topics/migration.ps1",
    "topics/storage.ps1",
    "topics/cluster.ps1",
)
MOUNTED, DEFENDER, BASELINE = "topics/mounted.ps1", "topics/defender.ps1", "topics/baseline.ps1"
GUEST, GUESTS = "topics/guest.ps1", "topics/guests.ps1"
DRIVERS, SEARCH = "topics/drivers.ps1", "topics/update_search.ps1"

# What the prelude does with its folder, beginning in the line that makes it.
KEPT = """ -ErrorAction Stop
    try { & $HvaBody $HvaFolder.FullName } finally { Remove-Item -LiteralPath $HvaFolder.FullName -Recurse }"""

# By rule: file, what stands there, what replaces it, what the message says.
CHANGES: dict[str, list[tuple[str, str, str, str]]] = {
    "properties": [
        (VMS, "'SecureBoot'", "'SecureBooot'", "VMFirmware has no property SecureBooot"),
        (VMS, "$vm 'ReplicationMode'", "$vm 'ReplicaMode'", "VirtualMachine has no property ReplicaMode"),
        (VMS, "$vlan 'AccessVlanId'", "$vlan 'AccessVlan'", "VMNetworkAdapterVlanSetting has no property AccessVlan"),
        (VMS, "$_ 'LocalIPAddress'", "$_ 'LocalAddress'", "VMNetworkAdapterExtendedAclSetting has no"),
        (VMS, "$_.Generation -eq", "$_.Generatoin -eq", "VirtualMachine has no property Generatoin"),
        (VMS, "$disk 'DiskNumber'", "$disk 'DiskNummer'", "HardDiskDrive has no property DiskNummer"),
        (VMS, '"$($firmware.VMId)"', '"$($firmware.Id)"', "VMFirmware has no property Id"),
        (VMS, "$_ 'BootType'", "$_ 'Type'", "VMBootSource has no property Type"),
        (HYPERV, "$_.VirtualMachinePath", "$_.VirtualMachinesPath", "VMHost has no property VirtualMachinesPath"),
        (HYPERV, "$volume.OwnerNode", "$volume.Owner", "ClusterSharedVolume has no property Owner"),
        (HYPERV, "-eq 'Running'", "-eq 'Started'", "ServiceControllerStatus has no 'Started'"),
        (SMB, "$_.Installed", "$_.Install", "WindowsFeature has no property Install"),
        (SESSION, "{ $_.Sid }", "{ $_.SidValue }", "this row has no property SidValue"),
        (OS, "'CurrentBuildNumber'", "'BuildNumber'", "has no property BuildNumber"),
        (VMS, "Value $nic 'StormLimit'", "Value $adapter 'StormLimit'", "nothing gives $adapter a value"),
        (HYPERV, "@(Get-Service | Where", "(Get-Service | Where", "put @( ) around what is counted"),
        (MIGRATION, "$nic 'DeviceId'", "$nic 'IPAddresses'", "VMInternalNetworkAdapter has no property IPAddresses"),
        (VMS, "$nic 'PoolName'", "$nic 'DeviceId'", "VMNetworkAdapter has no property DeviceId"),
        (BASELINE, "in $key.Names", "in $key.Name", "has no property Name"),
        (BASELINE, '-LiteralPath "HKLM:\\$($key.Path)" -E', "-LiteralPath $key.Path -E", "registry key '' is not in"),
        (BASELINE, "$keys[$_.Name]", "$keys[$_.Key]", "PSProperty has no property Key"),
        (SOFTWARE, "$_.PSPath", "$_.PSChildName", "has no property PSChildName"),
        (SOFTWARE, "'DisplayVersion'", "'Version'", "has no property Version"),
        (SOFTWARE, "-LiteralPath $key |", "-LiteralPath 'C:\\Users' |", "registry key 'C:\\\\Users\\\\*' is not"),
        (CLUSTER, "'MigrationExcludeNetworks'", "'MigrationExcludeNetwork'", "has no property MigrationExcludeNetwork"),
        (UPDATES, "$results.LastSearchSuccessDate)", "$results.LastSearchDate)", "has no property LastSearchDate"),
        (SEARCH, "$_.CategoryID }", "$_.Category }", "UpdateCategory has no property Category"),
        (SEARCH, "$result.ResultCode", "$result.Result", "UpdateSearchResult has no property Result"),
        (GROUPS, "$_.SID.Value", "$_.SID.Sddl", "SecurityIdentifier has no property Sddl"),
        (STORAGE, "$path).Sddl", "$path).Acl", "FileSystemSecurity has no property Acl"),
        (IPSEC, "$null -ne $_ }", "$_ -ne 'Full' }", "Enforcement has no 'Full': compare its number, as [int]"),
    ],
    "cim": [
        (BITLOCKER, "$volume.ConversionStatus", "$volume.ConvertStatus", "Win32_EncryptableVolume has no property"),
        (BITLOCKER, "$protectors.VolumeKeyProtectorID", "$protectors.VolumeKeyProtectors", "GetKeyProtectors() has no"),
        (BITLOCKER, "'DriveType=3'", "'Drive=3'", "Win32_Volume has no property Drive"),
        (BITLOCKER, "MicrosoftVolumeEncryption", "MicrosoftVolume", "Win32_EncryptableVolume is in root"),
        (BITLOCKER, "VolumeKeyProtectorID = $id", "ProtectorID = $id", "takes no protectorid"),
        (DRIVERS, "IsSigned=FALSE", "Signed=FALSE", "Win32_PnPSignedDriver has no property Signed"),
        (TPM, "Win32_Tpm", "Win32_Tpm2", "CIM class Win32_Tpm2 is not in"),
        (BULK, "'EnableDhcpGuard'", "'DhcpGuard'", "Msvm_EthernetSwitchPortSecuritySettingData has no property DhcpG"),
        (BULK, "$connection.PoolID", "$connection.PoolName", "Msvm_EthernetPortAllocationSettingData has no property"),
        (BULK, "'Name' $of.machine", "'Id' $of.machine", "Msvm_ComputerSystem has no property Id"),
        (HGS, "$_ 'AttestationStatus'", "$_ 'Status'", "MSFT_HgsClientConfiguration has no property Status"),
        (
            SOFTWARE,
            "-Association Win32_LoggedOnUser",
            "-Association Win32_SessionProcess",
            "association Win32_SessionProcess of Win32_LogonSession",
        ),
        (SOFTWARE, "-InputObject $session", "-InputObject (Get-Service)", "Win32_LoggedOnUser of ServiceController is"),
        (SOFTWARE, "'LogonType=2 OR", "'Type=2 OR", "Win32_LogonSession has no property Type"),
        (SOFTWARE, "$_.Domain", "$_.DomainName", "Win32_Account has no property DomainName"),
        (IPSEC, "$_ 'CipherAlgorithm'", "$_ 'Cipher'", "MSFT_NetIKEQMCryptoProposal has no property Cipher"),
        (CLUSTER, "$_.SecurityLevel;", "$_.Security;", "MSCluster_Cluster has no property Security"),
        (MOUNTED, "$_.Location", "$_.FilePath", "MSFT_Disk has no property FilePath"),
        (NETWORK, "$_.TeamNics", "$_.TeamNic", "MSFT_NetLbfoTeam has no property TeamNic"),
        (DEFENDER, "'ExclusionProcess'", "'ExcludedProcess'", "MSFT_MpPreference has no property ExcludedProcess"),
    ],
    "read-only": [
        (GUESTS, "-VMId $machine.Id", "-ComputerName $machine.Id", "Invoke-Command -ComputerName is not in `takes`"),
        (GUESTS, "-ScriptBlock $HvaGuest", "-ScriptBlock $machine.Script", "runs a block of the script"),
        (GUESTS, "-ScriptBlock $HvaGuest", "-FilePath C:\\x.ps1", "Invoke-Command -FilePath is not in `takes`"),
        (GUEST, "Get-ItemProperty -", "Set-ItemProperty -", "Set-ItemProperty is not in"),
        (VMS, "Get-VMSecurity -VM $vm", "Set-VMSecurity -VM $vm", "Set-VMSecurity is not in"),
        (VMS, "    Get-VM |", "    Set-VMFirmware -EnableSecureBoot On; Get-VM |", "Set-VMFirmware is not in"),
        (VMS, "Get-VMFirmware -VM $vms", "Get-VMFirmware -VMName *", "Get-VMFirmware -VMName is not in `takes`"),
        (SMB, "-Name FS-SMB1", "-Name FS-SMB1 -LogPath C:\\x.log", "Get-WindowsFeature -LogPath is not in `takes`"),
        (
            BITLOCKER,
            "-MethodName GetKeyProtectors ",
            "-MethodName Decrypt ",
            "CIM method Win32_EncryptableVolume.Decrypt",
        ),
        (
            BITLOCKER,
            "-MethodName GetKeyProtectorType ",
            "-MethodName GetKeyProtectorNumericalPassword ",
            "NumericalPassword",
        ),
        (SESSION, "whoami /user", "whoami /all", "`whoami /all /fo csv /nh`: not among the arguments"),
        ("topics/security.ps1", "CiTool.exe -lp", "CiTool.exe -rp", "`CiTool.exe -rp -json`: not among the arguments"),
        (SESSION, "whoami /user", "auditpol /get", "`auditpol /get /fo csv /nh`: not among the arguments"),
        (SESSION, "whoami /user", "quser /user", "quser is not in"),
        # What writes a file writes into our own folder, and only what it is meant to write.
        (BASELINE, "secedit /export", "secedit /configure", "`secedit /configure /cfg {folder}"),
        (BASELINE, "secedit /export", "secedit /import /db x.sdb", "`secedit /import /db x.sdb /cfg {folder}"),
        (BASELINE, "secedit /export", "secedit.exe /export", "secedit.exe is not in"),
        (BASELINE, '/cfg "$folder\\policy.inf"', "/cfg C:\\policy.inf", "`secedit /export /cfg C:"),
        (BASELINE, '/cfg "$folder\\policy.inf"', '/cfg "$env:windir\\policy.inf"', "`secedit /export /cfg $env:windir"),
        (BASELINE, '/cfg "$folder\\policy.inf"', '/cfg "$folder\\..\\policy.inf"', "/cfg {folder}\\..\\policy.inf"),
        (BASELINE, '/log "$folder\\policy.log" /quiet', "/quiet", "USER_RIGHTS /quiet`: not among the arguments"),
        (BASELINE, "auditpol /backup", "auditpol /restore", "`auditpol /restore /file:{folder}"),
        (BASELINE, 'auditpol /backup "/file:$folder\\audit.csv"', "auditpol /clear /y", "`auditpol /clear /y`"),
        (
            BASELINE,
            'auditpol /backup "/file:$folder\\audit.csv"',
            "auditpol /set /category:* /success:disable",
            "`auditpol /set",
        ),
        (BASELINE, 'LiteralPath "$folder\\audit.csv"', "LiteralPath C:\\x.csv", "Get-Content may be given nothing but"),
        (BASELINE, 'LiteralPath "$folder\\audit.csv"', 'LiteralPath "$folder\\..\\x.csv"', "Get-Content may be given"),
        (
            BASELINE,
            "        $null = auditpol",
            "        Remove-Item -LiteralPath $folder; $null = auditpol",
            "in prelude.ps1",
        ),
        (BASELINE, "        $null = auditpol", "        New-Item -Path $env:TEMP; $null = auditpol", "in prelude.ps1"),
        ("prelude.ps1", "-Path $env:TEMP", "-Path $env:windir", "New-Item may be given no other -Path than $env:TEMP"),
        ("prelude.ps1", '"hva-$(New-Guid)"', "hva", "New-Item may be given no other -Name than hva-$(New-Guid)"),
        (
            "prelude.ps1",
            "-ItemType Directory",
            "-ItemType File",
            "New-Item may be given no other -ItemType than Directory",
        ),
        ("prelude.ps1", "-ItemType Directory", "-Force -ItemType Directory", "New-Item -Force is not in `takes`"),
        (
            "prelude.ps1",
            "LiteralPath $HvaFolder.FullName",
            "LiteralPath $env:TEMP",
            "Remove-Item may be given nothing but",
        ),
        (
            "prelude.ps1",
            KEPT,
            KEPT.replace("try { ", "").replace(" } finally {", ";").rstrip(" }"),
            "that is made is removed",
        ),
        ("prelude.ps1", KEPT, KEPT.replace("try {", "Get-Date; try {"), "that is made is removed"),
        ("prelude.ps1", KEPT, KEPT.replace(" -Recurse", ""), "that is made is removed"),
        (HYPERV, "Import-Module -Name Hyper-V", "Import-Module -Name Evil", "no other -Name than Hyper-V"),
        (HYPERV, "Get-Service -Name vmms |", "gsv vmms |", "gsv is not in"),
        (HYPERV, "ForEach-Object { [ordered]@{ Name", "% { [ordered]@{ Name", "% is not in"),
        (VMS, "$all.gen2 = @(", "[Console]::Beep(); $all.gen2 = @(", "[System.Console]::Beep is not in `statics`"),
        (
            VMS,
            '"$($vm.Id)"\n            Name',
            "$vm.Delete()\n            Name",
            "method VirtualMachine.Delete() is not in",
        ),
        (VMS, "$all.gen2 = @(", "$vm.Notes = ''; $all.gen2 = @(", "sets what is not its own"),
        (SMB, "Probe client {", "Probe client { $env:PATH = 'x';", "sets an environment variable"),
        (
            SMB,
            "Probe client { Get",
            "Probe client { Invoke-Expression 'calc'; Get",
            "Invoke-Expression has its place in bootstrap.ps1",
        ),
        (SMB, "Probe client { Get", "Probe client { [ScriptBlock]::Create('1'); Get", "ScriptBlock]::Create is not in"),
        (SMB, "Probe client { Get", "Probe client { & 'calc.exe'; Get", "may run nothing but script blocks"),
        (SMB, "Probe client { Get", "Probe client { . C:\\x.ps1; Get", "may run nothing but script blocks"),
        (SMB, "Probe client { Get", "Probe client { exit 0; Get", "only the bootstrap may"),
        (SMB, "Get-SmbShare |", "Get-SmbShare > C:\\x.txt |", "redirected to a file"),
        (
            SMB,
            "Probe client { Get",
            "Probe client { New-Object Net.WebClient; Get",
            "New-Object Net.WebClient is not in `new`",
        ),
        ("prelude.ps1", "IO.MemoryStream", "IO.StringWriter", "IO.StringWriter is not in `new`"),
        (SMB, "Probe client { Get", "Probe client { 'a' -split { Set-VM }; Get", "Set-VM is not in"),
        (SMB, "Probe client { Get", "Probe client { @{ a = { Set-VM } }; Get", "Set-VM is not in"),
        (SMB, "Probe client { Get", 'Probe client { "$(Set-VM)"; Get', "Set-VM is not in"),
        (SMB, "Probe client { Get", "Probe client { (1).Where({ Set-VM }); Get", "Set-VM is not in"),
        (
            SMB,
            "Probe client { Get",
            "function Value { 1 }; Probe client { Get",
            "functions are defined in the prelude only",
        ),
        (SMB, "Probe client { Get", "Probe client { $global:all = 1; Get", "sets what is not its own"),
        (SMB, "Probe client { Get", "Probe client { [scriptblock]'Set-VM'; Get", "convert to plain types only"),
        (
            SMB,
            "Probe client { Get",
            "Probe client { $ExecutionContext.InvokeCommand.InvokeScript('x'); Get",
            "InvokeScript() is not in",
        ),
        (
            SMB,
            "Probe client { Get",
            "Probe client { $ExecutionContext.SessionState.LanguageMode = 0; Get",
            "sets what is not its own",
        ),
        (HYPERV, "Import-Module -Name Hyper-V", "Import-Module -Name ${Hyper-V}", "no other -Name than Hyper-V"),
        (UPDATES, "Microsoft.Update.AutoUpdate", "WScript.Shell", "-ComObject WScript.Shell is not in `com`"),
        (UPDATES, "-ComObject Microsoft", "-Strict -ComObject Microsoft", "New-Object -Strict is not in `takes`"),
        (SEARCH, ".CreateUpdateSearcher()", ".CreateUpdateInstaller()", "Session.CreateUpdateInstaller() is not in"),
        (SEARCH, "$searcher.Online =", "$searcher.ServiceID =", "sets what is not its own"),
        (UPDATES, ").Results\n", ").DetectNow()\n", "method Microsoft.Update.AutoUpdate.DetectNow() is not in"),
        (STORAGE, "Get-Acl -LiteralPath", "Get-Acl -Audit -LiteralPath", "Get-Acl -Audit is not in `takes`"),
        (STORAGE, "Get-Acl -LiteralPath", "Set-Acl -LiteralPath", "Set-Acl is not in"),
        (SOFTWARE, "Get-ChildItem -LiteralPath", "Get-ChildItem -Recurse -LiteralPath", "-Recurse is not in `takes`"),
        (HYPERV, "Get-Module -Name Hyper-V", "Hyper-V\\Get-Module -Name Hyper-V", "Hyper-V\\Get-Module is not in"),
    ],
    "commands": [
        (
            VMS,
            "Get-VMFirmware -VM $vms",
            "Get-VMFirmware -Machine $vms",
            "Get-VMFirmware has no parameter -Machine on 2016",
        ),
        (
            SESSION,
            "ConvertFrom-Csv",
            "ConvertFrom-Csv -AsHashtable",
            "ConvertFrom-Csv has no parameter -AsHashtable on 5.1",
        ),
        (
            OS,
            "Get-CimInstance -ClassName Win32_OperatingSystem",
            "Get-CimInstance Win32_OperatingSystem",
            "by the names of their",
        ),
    ],
    "dotnet": [
        (
            TPM,
            "Enabled = Confirm",
            "Enabled = [IO.File]::WriteAllText('C:\\x', 'y'); b = Confirm",
            "type [IO.File] is not in",
        ),
        (VMS, "([datetime]$created)", "([timespan]$created)", "type [timespan] is not in the record"),
    ],
    "syntax": [
        (HGS, "Value $_ 'IsHostGuarded'", "$_.IsHostGuarded ?? $false", "newer than Windows PowerShell 5.1"),
        (HGS, "Value $_ 'IsHostGuarded'", "$_.IsHostGuarded ? 1 : 0", "newer than Windows PowerShell 5.1"),
        (HGS, "Value $_ 'IsHostGuarded'", "$_?.IsHostGuarded", "newer than Windows PowerShell 5.1"),
        (
            HGS,
            "    Get-HgsClientConfiguration |",
            "    Get-Date && Get-HgsClientConfiguration |",
            "newer than Windows PowerShell",
        ),
        (
            HGS,
            "Probe client {",
            "Probe client { while (1) { };",
            "not in the PowerShell that collectors are written in",
        ),
        (
            HGS,
            "Probe client {",
            "class Mine { };\nProbe client {",
            "not in the PowerShell that collectors are written in",
        ),
        (
            HGS,
            "Probe client {",
            "Probe client { $x = @{ }; Get-Date @x;",
            "not in the PowerShell that collectors are written in",
        ),
        (HGS, "Value $_ 'IsHostGuarded'", "Value $_ @'A'", "not in the PowerShell that collectors are written in"),
        (SMB, "Probe client { Get", "Probe client { $function:Value = { }; Get", "not in the PowerShell"),
    ],
    "ascii": [
        (HGS, "# The Host Guardian", "# The \u201cHost\u201d Guardian", "'\u201c' is not ASCII"),
    ],
    "language": [
        (
            TPM,
            "Enabled = Confirm",
            "Hash = [Convert]::ToBase64String(1); Enabled = Confirm",
            "is blocked in ConstrainedLanguage",
        ),
        (
            TPM,
            "Probe secure_boot {",
            "Probe secure_boot { $m = New-Object IO.MemoryStream;",
            "New-Object System.IO.MemoryStream",
        ),
        (
            HYPERV,
            "Probe switches {",
            "Probe switches { $u = New-Object -ComObject Microsoft.Update.AutoUpdate;",
            "-ComObject",
        ),
        ("prelude.ps1", "-eq 'FullLanguage'", "-ne 'FullLanguage'", "is blocked in ConstrainedLanguage"),
    ],
    "display-names": [
        (HYPERV, "$_.Name -eq 'ClusSvc'", "$_.DisplayName -eq 'Cluster Service'", "compares DisplayName"),
        (SESSION, "{ $_.Sid }", "{ if ($_.Name -eq 'BUILTIN\\Administrators') { $_.Sid } }", "compares Name"),
        (BITLOCKER, "'DriveType=3'", "\"Caption='C:'\"", "compares Caption"),
        (
            NETWORK,
            "$_.IPAddress -notmatch '^(127\\.|::1$)'",
            "$_.InterfaceAlias -notlike 'Loopback*'",
            "InterfaceAlias",
        ),
    ],
    "plain": [
        (VMS, "Number $vm 'State'", "Value $vm 'State'", "State may be a live VMState"),
        (VMS, '"$($vm.Id)"', "$vm.Id", "Id may be a live System.Guid"),
        (VMS, "Number $vm 'Generation'", "Number $vm 'Name'", "Name is no number or enum"),
        (VMS, "if ($vlan) {", "if ($vlan) { $vlan } elseif ($vm) {", "Vlan may be a live VMNetworkAdapterVlanSetting"),
        (BULK, "Switched $guard 'AllowTeaming'", "Switched $guard 'StormLimit'", "StormLimit is no boolean"),
        (HYPERV, "$_.ComputerName", "$_", "ComputerName may be a live VMHost"),
        (IPSEC, "           = Number $_ 'Enabled'", " = $_.Enabled", "Enabled may be a live RuleState"),
        (IPSEC, "ForEach-Object { [int]$_ })", "ForEach-Object { $_ })", "may be a live Enforcement"),
        (GROUPS, '"$($_.SID.Value)"', "$_.SID", "Sid may be a live System.Security.Principal.SecurityIdentifier"),
    ],
    "probes": [
        (TPM, "Probe secure_boot", "Probe secureboot", "probe tpm.secureboot is not in"),
        (GROUPS, "Probe $sid {", "Probe $name {", "a name that is no plain text"),
        (GROUPS, "'S-1-5-32-550')", "'S-1-5-32-552')", "probe groups.S-1-5-32-552 is not in"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "says"),
    [
        pytest.param(rule, *change, id=f"{rule}: {change[2].strip()[:60]}")
        for rule, changes in CHANGES.items()
        for change in changes
    ],
)
def test_a_small_change_is_found(rule: str, file: str, old: str, new: str, says: str) -> None:
    before = texts.sources()[file]
    assert old in before, "the file has changed: choose another place for this mutation"
    first = before.count("\n", 0, before.index(old)) + 1
    found = texts.findings({file: before.replace(old, new, 1)})
    told = [finding.place for finding in found if finding.rule == rule and says in finding.message]
    lines = range(first, first + new.count("\n") + 2)  # a changed condition is felt in the line below it
    assert {f"hyperv_audit/collect/{file}:{line}" for line in lines} & set(told), [str(finding) for finding in found]


def test_every_proof_can_fail() -> None:
    """No rule without a change that breaks it."""
    assert set(CHANGES) == set(RULES)


def test_what_is_harmless_is_not_found() -> None:
    """The proofs are no formatter: another name, an other order, a comment, a longer way to say the same."""
    before = texts.sources()[SMB]
    for old, new in (
        ("# SMB as server", "# Server Message Block as server"),
        ("Value $_ 'EncryptData'", "(Value $_ 'EncryptData')"),
        ("Get-SmbShare |", "Get-SmbShare | Where-Object { $_.Special -eq $false } |"),
    ):
        assert old in before
        assert texts.findings({SMB: before.replace(old, new, 1)}) == []
