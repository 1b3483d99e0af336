# A host of many machines: CIM tells of all of them in some forty questions, whatever their number. Told is only what is
# plain: a machine of which an answer leaves anything open has no row here, and vms.ps1, which follows, asks for it by cmdlet.
# Settings are instances with ids such as Microsoft:<machine>\<device>\<more>; a checkpoint's or a planned machine's begin
# with a GUID of its own, those of Microsoft:Definition\ with none.
$bulk = @{ ids = @(); settings = @(); keyless = @{}; checkpoints = @{}; calm = @{}; without = @{} }
$of = @{
    machine = '^(?:Microsoft:)?([^\\]+).*$'
    device  = '^Microsoft:(?:GuestNetwork\\)?([^\\]+\\[^\\]+).*$'
    any     = '^Microsoft:(.+)$'
    last    = '^.*[:\\]([^:\\]+)$'
}

Probe bulk {
    $limit = if ($null -ne $HvaInput.cmdlets_up_to) { [int]$HvaInput.cmdlets_up_to } else { 50 }
    # Not a part of the list: who is missing from it would seem to have no checkpoints.
    $settings = @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VirtualSystemSettingData -ErrorAction Stop)
    $realised = @($settings | Where-Object { $_.VirtualSystemType -eq 'Microsoft:Hyper-V:System:Realized' })
    if ($realised.Count -gt $limit) {
        $bulk.settings = Keyed $realised 'InstanceID' $of.machine
        $bulk.checkpoints = Keyed @($settings | Where-Object { $_.VirtualSystemType -like 'Microsoft:Hyper-V:Snapshot:*' }) 'VirtualSystemIdentifier' $of.machine
        $bulk.ids = @($realised | ForEach-Object { "$($_.InstanceID)".ToLower() -replace '^microsoft:' })
    }
    [ordered]@{ Machines = $realised.Count; CmdletsUpTo = $limit }
}

if ($bulk.ids.Count) {
    # Running, off, saved, paused, and well: only those states have the same numbers in CIM and in the module.
    Bulk vm {
        $systems = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ComputerSystem) 'Name' $of.machine
        $memories = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_MemorySettingData) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            $memory = One $memories $id
            $system = One $systems $id; $setting = One $bulk.settings $id
            if (-not $system -or $system.HealthState -ne 5 -or "$($system.OperationalStatus)" -ne '2') { continue }
            $row = [ordered]@{
                Id                    = $id
                Name                  = Text $system 'ElementName'
                State                 = if (@(2, 3, 6, 9) -contains $system.EnabledState) { Number $system 'EnabledState' } else { $null }
                Generation            = if ($setting.VirtualSystemSubType -eq 'Microsoft:Hyper-V:SubType:2') { 2 } elseif ($setting.VirtualSystemSubType -eq 'Microsoft:Hyper-V:SubType:1') { 1 } else { $null }
                Version               = Text $setting 'Version'
                VirtualMachineType    = 3
                ReplicationMode       = Number $system 'ReplicationMode'
                Path                  = Text $setting 'ConfigurationDataRoot'
                ConfigurationLocation = Text $setting 'ConfigurationDataRoot'
                SnapshotFileLocation  = Text $setting 'SnapshotDataRoot'
                SmartPagingFilePath   = Text $setting 'SwapFileDataRoot'
                SmartPagingFileInUse  = if ($memory) { Value $memory 'SwapFilesInUse' } else { $null }
                CreationTime          = if ($setting.CreationTime) { $setting.CreationTime.ToUniversalTime().ToString('o') } else { $null }
            }
            if (Whole $row) { $bulk.calm[$id] = $true; $row }
        }
    }
    # The boot order is a list of paths: \\HOST\root\virtualization\v2:Msvm_BootSourceSettingData.InstanceID="Microsoft:...\\..."
    Bulk firmware {
        $sources = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_BootSourceSettingData) 'InstanceID' $of.any
        foreach ($id in $bulk.ids) {
            $setting = One $bulk.settings $id
            if ($setting.VirtualSystemSubType -ne 'Microsoft:Hyper-V:SubType:2') { continue }
            $order = @($setting.BootSourceOrder | Where-Object { $_ } | ForEach-Object { "$_" -replace '^.*InstanceID="Microsoft:(.*)"$', '$1' -replace '\\\\', '\' })
            $types = @(foreach ($path in $order) { foreach ($source in $sources[$path]) { Number $source 'BootSourceType' } })
            $row = [ordered]@{
                VMId                 = $id
                SecureBoot           = Switched $setting 'SecureBootEnabled'
                SecureBootTemplateId = Text $setting 'SecureBootTemplateId'
                BootTypes            = $types
            }
            if ((Whole $row) -and $types.Count -eq $order.Count) { $row }
        }
    }
    # What is configured, combined as the module does it: without a vTPM nothing is shielded, without any key store nothing encrypted.
    Bulk security {
        $securities = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SecuritySettingData) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            $security = One $securities $id
            if (-not $security) { continue }
            $asked = [ordered]@{
                Tpm      = Value $security 'TpmEnabled'
                Ksd      = Value $security 'KsdEnabled'
                Shielded = Value $security 'ShieldingRequested'
                Encrypts = Value $security 'EncryptStateAndVmMigrationTraffic'
            }
            if (-not (Whole $asked)) { continue }
            $bulk.keyless[$id] = -not ($asked.Tpm -or $asked.Ksd)
            [ordered]@{
                VMId                              = $id
                TpmEnabled                        = $asked.Tpm
                Shielded                          = $asked.Tpm -and $asked.Shielded
                EncryptStateAndVmMigrationTraffic = ($asked.Tpm -or $asked.Ksd) -and ($asked.Shielded -or $asked.Encrypts)
            }
        }
    }
    # Plain is an adapter that is connected to a switch of this host, in access mode or untagged, without port rules. What was
    # never set on a port has no instance; its defaults are on the class pages, and 0 is what the module then shows for SR-IOV.
    Bulk adapters {
        $ports = Keyed @(
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SyntheticEthernetPortSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EmulatedEthernetPortSettingData
        ) 'InstanceID' $of.machine
        $connections = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetPortAllocationSettingData) 'InstanceID' $of.device
        $switches = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VirtualEthernetSwitch) 'Name' $of.machine
        $guards = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortSecuritySettingData) 'InstanceID' $of.device
        $vlans = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortVlanSettingData) 'InstanceID' $of.device
        $isolations = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortIsolationSettingData) 'InstanceID' $of.device
        $limits = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortBandwidthSettingData) 'InstanceID' $of.device
        $offloads = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortOffloadSettingData) 'InstanceID' $of.device
        $rules = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortAclSettingData) 'InstanceID' $of.device
        $extended = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EthernetSwitchPortExtendedAclSettingData) 'InstanceID' $of.device
        $guests = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_GuestNetworkAdapterConfiguration) 'InstanceID' $of.device
        foreach ($id in $bulk.ids) {
            $rows = @(foreach ($port in $ports[$id]) {
                    $key = "$($port.InstanceID)" -replace $of.device, '$1'
                    $connection = One $connections $key
                    if (-not $connection -or $connection.EnabledState -ne 2 -or $connection.PoolID -or $rules[$key] -or $extended[$key]) { continue }
                    $switch = One $switches ("$($connection.HostResource)" -replace '^.*:Msvm_VirtualEthernetSwitch\..*Name="([^"]+)"$', '$1')
                    $guard = One $guards $key; $vlan = One $vlans $key; $isolation = One $isolations $key
                    $limit = One $limits $key; $offload = One $offloads $key; $guest = One $guests $key
                    if (-not $switch -or ($vlan -and @(0, 1) -notcontains $vlan.OperationMode)) { continue }
                    $setting = [ordered]@{
                        OperationMode       = if ($vlan) { Number $vlan 'OperationMode' } else { 0 }
                        AccessVlanId        = if ($vlan) { Value $vlan 'AccessVlanId' } else { 0 }
                        NativeVlanId        = if ($vlan) { Value $vlan 'NativeVlanId' } else { 0 }
                        AllowedVlanIdList   = ''
                        PrivateVlanMode     = if ($vlan) { Number $vlan 'PvlanMode' } else { 0 }
                        PrimaryVlanId       = if ($vlan) { Value $vlan 'PrimaryVlanId' } else { 0 }
                        SecondaryVlanId     = if ($vlan) { Value $vlan 'SecondaryVlanId' } else { 0 }
                        SecondaryVlanIdList = ''
                    }
                    $network = [ordered]@{
                        IsolationMode      = if ($isolation) { Number $isolation 'IsolationMode' } else { 0 }
                        DefaultIsolationID = if ($isolation) { Value $isolation 'DefaultIsolationId' } else { 0 }
                    }
                    $row = [ordered]@{
                        VMId                     = $id
                        Id                       = Text $port 'InstanceID'
                        Name                     = Text $port 'ElementName'
                        Connected                = $true
                        SwitchId                 = "$($switch.Name)".ToLower()
                        SwitchName               = Text $switch 'ElementName'
                        PoolName                 = ''
                        MacAddress               = Text $port 'Address'
                        DynamicMacAddressEnabled = if ($null -ne $port.StaticMacAddress) { -not $port.StaticMacAddress } else { $null }
                        MacAddressSpoofing       = if ($guard) { Switched $guard 'AllowMacSpoofing' } else { 1 }
                        DhcpGuard                = if ($guard) { Switched $guard 'EnableDhcpGuard' } else { 1 }
                        RouterGuard              = if ($guard) { Switched $guard 'EnableRouterGuard' } else { 1 }
                        PortMirroringMode        = if ($guard) { Number $guard 'MonitorMode' } else { 0 }
                        IeeePriorityTag          = if ($guard) { Switched $guard 'AllowIeeePriorityTag' } else { 1 }
                        AllowTeaming             = if ($guard) { Switched $guard 'AllowTeaming' } else { 1 }
                        VirtualSubnetId          = if ($guard) { Value $guard 'VirtualSubnetId' } else { 0 }
                        StormLimit               = if ($guard) { Value $guard 'StormLimit' } else { 0 }
                        DynamicIPAddressLimit    = if ($guard) { Value $guard 'DynamicIPAddressLimit' } else { 0 }
                        IovWeight                = if ($offload) { Value $offload 'IOVOffloadWeight' } else { 0 }
                        TestReplicaSwitchName    = ''
                        IPAddresses              = @($guest.IPAddresses | Where-Object { $_ } | ForEach-Object { "$_" })
                        MaximumBandwidth         = if ($limit) { Value $limit 'Limit' } else { 0 }
                        Vlan                     = $setting
                        Isolation                = $network
                        Acls                     = @()
                        ExtendedAcls             = @()
                    }
                    if (-not ((Whole $row) -and (Whole $setting) -and (Whole $network))) { continue }
                    if (-not $limit) { $row.MaximumBandwidth = $null }
                    $row.TestReplicaSwitchName = Text $connection 'TestReplicaSwitchName'
                    $row
                })
            if ($rows.Count -eq @($ports[$id]).Count) { $rows }
        }
    }
    # Plain are disks with a file: no physical ones, and none without a medium.
    Bulk disks {
        $files = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_StorageAllocationSettingData |
                Where-Object { $_.ResourceSubType -eq 'Microsoft:Hyper-V:Virtual Hard Disk' }) 'InstanceID' $of.machine
        $drives = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ResourceAllocationSettingData |
                Where-Object { $_.ResourceSubType -eq 'Microsoft:Hyper-V:Synthetic Disk Drive' -or $_.ResourceSubType -eq 'Microsoft:Hyper-V:Physical Disk Drive' }) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            $rows = @(foreach ($file in $files[$id]) {
                    $path = "$($file.HostResource)"
                    if ($path) { [ordered]@{ VMId = $id; Path = $path; DiskNumber = $null } }
                })
            if ($rows.Count -eq @($drives[$id]).Count -and $rows.Count -eq @($files[$id]).Count) { $rows }
        }
    }
    Bulk processors {
        $processors = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ProcessorSettingData) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            $processor = One $processors $id
            if (-not $processor) { continue }
            $row = [ordered]@{ VMId = $id; ExposeVirtualizationExtensions = Value $processor 'ExposeVirtualizationExtensions' }
            if (Whole $row) { $row }
        }
    }
    # A machine has one for each of its virtual processors. Plain are those that all say the same.
    Bulk processor_status {
        $processors = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_Processor) 'SystemName' $of.machine
        foreach ($id in $bulk.ids) {
            $said = @(foreach ($processor in $processors[$id]) { "$($processor.OperationalStatus)" })
            if ($said.Count -and $said[0] -and -not @($said | Where-Object { $_ -ne $said[0] }).Count) {
                [ordered]@{ VMId = $id; Codes = @($processors[$id][0].OperationalStatus | ForEach-Object { [int]$_ }) }
            }
        }
    }
    # What is set of a service, and the service at work. Plain are all six of a machine, each of them off, or on with a status.
    Bulk integration {
        $settings = Keyed @(
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_GuestServiceInterfaceComponentSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_HeartbeatComponentSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_KvpExchangeComponentSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ShutdownComponentSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_TimeSyncComponentSettingData
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VssComponentSettingData
        ) 'InstanceID' $of.machine
        $services = Keyed @(
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_GuestServiceInterfaceComponent
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_HeartbeatComponent
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_KvpExchangeComponent
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ShutdownComponent
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_TimeSyncComponent
            Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VssComponent
        ) 'SystemName' $of.machine
        foreach ($id in $bulk.ids) {
            $own = Keyed @($services[$id] | Where-Object { $_ }) 'DeviceID' $of.last
            $rows = @(foreach ($setting in $settings[$id]) {
                    $service = One $own ("$($setting.InstanceID)" -replace $of.last, '$1')
                    $status = @(if ($service) { $service.OperationalStatus | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ } })
                    $on = $setting.EnabledState -eq 2
                    if ($on -and -not $status.Count -or -not $on -and $setting.EnabledState -ne 3) { continue }
                    [ordered]@{
                        VMId      = $id
                        Id        = Text $setting 'InstanceID'
                        Enabled   = $on
                        Primary   = if ($status.Count) { $status[0] } else { $null }
                        Secondary = if ($status.Count -gt 1) { $status[1] } else { $null }
                    }
                })
            if ($rows.Count -eq 6) { $rows }
        }
    }
    # What a drive has in it is an instance of its own. Plain are drives that are all empty, or all have an image: a physical
    # drive is none. Both lists begin with a definition; without one we do not know what the empty list would be of.
    Bulk dvd {
        $drives = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ResourceAllocationSettingData -Filter "ResourceSubType='Microsoft:Hyper-V:Synthetic DVD Drive'" -ErrorAction Stop) 'InstanceID' $of.machine
        $media = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_StorageAllocationSettingData -Filter "ResourceSubType='Microsoft:Hyper-V:Virtual CD/DVD Disk'" -ErrorAction Stop) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            if (-not $drives['Definition'] -or -not $media['Definition']) { continue }
            $bulk.without["dvd $id"] = $bulk.calm[$id] -and -not $drives[$id]
            $paths = @(foreach ($medium in $media[$id]) { "$($medium.HostResource)" })
            if (-not $paths.Count) {
                foreach ($drive in $drives[$id]) { [ordered]@{ VMId = $id; MediaType = 0; Path = $null; IsThere = $null } }
            } elseif ($paths.Count -eq @($drives[$id]).Count -and -not @($paths | Where-Object { $_ -notlike '*.iso' }).Count) {
                foreach ($path in $paths) {
                    [ordered]@{ VMId = $id; MediaType = 1; Path = $path; IsThere = if ($path -like '?:\*') { Test-Path -LiteralPath $path } else { $null } }
                }
            }
        }
    }
    Bulk floppy {
        $drives = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_ResourceAllocationSettingData -Filter "ResourceSubType='Microsoft:Hyper-V:Synthetic Diskette Drive'") 'InstanceID' $of.machine
        $media = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_StorageAllocationSettingData -Filter "ResourceSubType='Microsoft:Hyper-V:Virtual Floppy Disk'" -ErrorAction Stop) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            if (-not $media['Definition'] -or @($drives[$id]).Count -ne 1 -or -not $drives[$id]) { continue }
            $medium = One $media $id
            [ordered]@{ VMId = $id; Path = if ($medium) { "$($medium.HostResource)" } else { $null } }
        }
    }
    # Two for each machine; one that is not used has an empty path.
    Bulk com_ports {
        $ports = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SerialPortSettingData) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) {
            $rows = @(foreach ($port in $ports[$id]) {
                    $row = [ordered]@{ VMId = $id; Path = "$($port.Connection)"; DebuggerMode = Switched $port 'DebuggerMode' }
                    if (Whole $row) { $row }
                })
            if ($rows.Count -eq 2) { $rows }
        }
    }
    # Devices that few machines have. Who is well and has none in a list that is whole is not asked for them.
    Bulk assigned_devices {
        $devices = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_PciExpressSettingData -ErrorAction Stop) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) { $bulk.without["assigned_devices $id"] = $bulk.calm[$id] -and -not $devices[$id] }
    }
    Bulk gpu_partitions {
        $partitions = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_GpuPartitionSettingData -ErrorAction Stop) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) { $bulk.without["gpu_partitions $id"] = $bulk.calm[$id] -and -not $partitions[$id] }
    }
    Bulk fibre_channel {
        $ports = Keyed @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SyntheticFcPortSettingData -ErrorAction Stop) 'InstanceID' $of.machine
        foreach ($id in $bulk.ids) { $bulk.without["fibre_channel $id"] = $bulk.calm[$id] -and -not $ports[$id] }
    }
}
