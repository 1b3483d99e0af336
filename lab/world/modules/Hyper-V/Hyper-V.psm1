# The commands about virtual machines. What they take and how they fail follows what is known of the real module:
# some handle one machine after the other, some lose all rows when one fails; some rows carry no identity.
Set-StrictMode -Version Latest

$NotIsolated = 'Get-VMSecurity', 'Get-VMProcessor', 'Get-VMComPort', 'Get-VMSnapshot'
$Machines = @{}    # command -> the rows of one machine

. ([scriptblock]::Create((@(Get-WorldModuleText 'Hyper-V') -join "`n")))

# An adapter's settings lead back to the adapter: a cycle that must never be serialised whole.
function New-WorldAdapter($Given) {
    $adapter = New-WorldObject $Given
    foreach ($part in @($adapter.VlanSetting, $adapter.IsolationSetting, $adapter.BandwidthSetting) + $adapter.AclList + $adapter.ExtendedAclList) {
        if ($null -ne $part) { $part.ParentAdapter = $adapter }
    }
    $adapter
}

# Made once each: a machine's object holds its adapters and drives, and they are asked for again by themselves.
$Made = @{}
function Get-WorldMachine($Entry) {
    $id = $Entry.vm.Id
    if (-not $Made.ContainsKey($id)) {
        $machine = New-WorldObject $Entry.vm
        $machine.NetworkAdapters = @($Entry.adapters | ForEach-Object { New-WorldAdapter $_ })
        $machine.HardDrives = @($Entry.disks | ForEach-Object { New-WorldObject $_ })
        $Made[$id] = $machine
    }
    $Made[$id]
}

# Four bytes 0,0,0,4 stand for "none". Others begin with the machine's id, by which ConvertTo-HgsKeyProtector finds it.
function Get-WorldKeyProtector($Entry) {
    $bytes = [byte[]](0, 0, 0, 4)
    if ($null -ne $Entry.keyProtector) {
        $bytes = [byte[]]::new(3970)
        ([guid]$Entry.vm.Id).ToByteArray().CopyTo($bytes, 0)
    }
    , $bytes
}

$Machines['Get-VM'] = { param($Entry) Get-WorldMachine $Entry }
$Machines['Get-VMSecurity'] = { param($Entry) New-WorldObject $Entry.security }
$Machines['Get-VMProcessor'] = { param($Entry) New-WorldObject $Entry.processor }
$Machines['Get-VMNetworkAdapter'] = { param($Entry) (Get-WorldMachine $Entry).NetworkAdapters }
$Machines['Get-VMHardDiskDrive'] = { param($Entry) (Get-WorldMachine $Entry).HardDrives }
$Machines['Get-VMSnapshot'] = { param($Entry) $Entry.checkpoints | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMKeyProtector'] = { param($Entry) , (Get-WorldKeyProtector $Entry) }
$Machines['Get-VMFirmware'] = { param($Entry) New-WorldObject $Entry.firmware }
$Machines['Get-VMIntegrationService'] = { param($Entry) $Entry.integration | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMDvdDrive'] = { param($Entry) $Entry.dvd_drives | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMFloppyDiskDrive'] = { param($Entry) $Entry.floppy_drives | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMComPort'] = { param($Entry) $Entry.com_ports | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMScsiController'] = { param($Entry) $Entry.scsi_controllers | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMAssignableDevice'] = { param($Entry) $Entry.assigned_devices | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMGpuPartitionAdapter'] = { param($Entry) $Entry.gpu_partitions | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMFibreChannelHba'] = { param($Entry) $Entry.fibre_channel | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMReplication'] = { param($Entry) $Entry.replication | ForEach-Object { New-WorldObject $_ } }
$Machines['Get-VMConnectAccess'] = { param($Entry) $Entry.console_access | ForEach-Object { New-WorldObject $_ } }

$ById = @{}
foreach ($entry in (Get-WorldDocument).vms) { $ById["$($entry.vm.Id)"] = $entry }

# Objects, ids, or names; a name is a pattern and may stand for several machines.
function Select-WorldMachine($Cmdlet, $Bound) {
    $all = @((Get-WorldDocument).vms)
    if ($Bound.ContainsKey('VM')) { $ids = @($Bound.VM | ForEach-Object { "$($_.Id)" }) }
    elseif ($Bound.ContainsKey('VMId')) { $ids = @($Bound.VMId | ForEach-Object { "$_" }) }
    elseif ($Bound.ContainsKey('Id')) { $ids = @("$($Bound.Id)") }
    else {
        $patterns = if ($Bound.ContainsKey('VMName')) { @($Bound.VMName) } elseif ($Bound.ContainsKey('Name')) { @($Bound.Name) } else { return $all }
        return $patterns | ForEach-Object { Select-WorldMachineByName $Cmdlet $all $_ }
    }
    foreach ($id in $ids) {
        if ($ById[$id]) { $ById[$id] } else { Write-WorldError $Cmdlet (New-WorldFailure 'ObjectNotFound' 'ObjectNotFound' 'Hyper-V was unable to find a virtual machine.') $id }
    }
}

function Select-WorldMachineByName($Cmdlet, $All, [string]$Pattern) {
    $found = @($All | Where-Object { (Get-WorldMachine $_).Name -like $Pattern })
    if ($found.Count) { return $found }
    $id = if ($Cmdlet.MyInvocation.MyCommand.Name -like '*.GetVM') { 'InvalidParameter' } else { 'ObjectNotFound' }
    Write-WorldError $Cmdlet (New-WorldFailure $id 'InvalidArgument' "Hyper-V was unable to find a virtual machine with name `"$Pattern`".") $Pattern
}

# Why a machine has no row for this command, or nothing.
function Get-WorldMachineFailure([string]$Command, $Entry) {
    if (Test-WorldField $Entry.failures $Command) { return $Entry.failures.$Command }
    if (($Command -eq 'Get-VMFirmware' -and $null -eq $Entry.firmware) -or ($Command -eq 'Get-VMFloppyDiskDrive' -and $Entry.vm.Generation -ne 1)) {
        New-WorldFailure 'InvalidParameter' 'InvalidArgument' 'The generation of this virtual machine is not supported by this cmdlet.'
    }
}

function Write-WorldMachine($Cmdlet, [string]$Command, $Bound) {
    if ($Bound.ContainsKey('ManagementOS')) { return (Get-WorldDocument).hostAdapters | ForEach-Object { New-WorldObject $_ } }
    $rows = @()
    foreach ($entry in @(Select-WorldMachine $Cmdlet $Bound)) {
        $failure = Get-WorldMachineFailure $Command $entry
        if (-not $failure) { $rows += @(& $Machines[$Command] $entry); continue }
        Write-WorldError $Cmdlet $failure (Get-WorldMachine $entry).Name
        if ($NotIsolated -contains $Command) { return }
    }
    foreach ($row in $rows) { , $row }
}

foreach ($command in $Machines.Keys) {
    $Answer = [scriptblock]::Create("param(`$Cmdlet, `$Bound) Write-WorldMachine `$Cmdlet '$command' `$Bound")
    Add-WorldAnswer $command ($ExecutionContext.SessionState.Module.NewBoundScriptBlock($Answer))
}

Export-ModuleMember -Function Microsoft.* -Alias *
