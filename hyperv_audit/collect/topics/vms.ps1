# The virtual machines of the host that CIM left. Ids are keys, names are not: two VMs may share one, and -VMName takes wildcards.
$all = @{ vms = @(); gen2 = @() }
Probe vm {
    Get-VM | ForEach-Object { $all.vms += $_ }
    # What CIM told of and is not there any more would look like a machine without adapters: asking for it makes an error.
    $listed = Keyed $all.vms 'Id' '^(.*)$'
    Each @($bulk.ids | Where-Object { -not $listed[$_] } | ForEach-Object { @{ Id = $_ } }) {
        param($gone)
        Get-VM -Id $gone.Id | ForEach-Object { $all.vms += $_ }
    }
    Each @(Left $all.vms) {
        param($vm)
        $created = Value $vm 'CreationTime'
        [ordered]@{
            Id                    = "$($vm.Id)"
            Name                  = Text $vm 'Name'
            State                 = Number $vm 'State'
            Generation            = Number $vm 'Generation'
            Version               = Text $vm 'Version'
            VirtualMachineType    = Number $vm 'VirtualMachineType'
            ReplicationMode       = Number $vm 'ReplicationMode'
            Path                  = Text $vm 'Path'
            ConfigurationLocation = Text $vm 'ConfigurationLocation'
            SnapshotFileLocation  = Text $vm 'SnapshotFileLocation'
            SmartPagingFilePath   = Text $vm 'SmartPagingFilePath'
            SmartPagingFileInUse  = Value $vm 'SmartPagingFileInUse'
            CreationTime          = if ($created) { ([datetime]$created).ToUniversalTime().ToString('o') } else { $null }
        }
    }
}
$all.gen2 = @($all.vms | Where-Object { $_.Generation -eq 2 })

# Generation 1 has no such firmware and would be an error; an empty array bound to -VM is one too.
Probe firmware {
    $vms = @(Left $all.gen2)
    if ($vms.Count) {
        Each @(Get-VMFirmware -VM $vms) {
            param($firmware)
            [ordered]@{
                VMId                 = "$($firmware.VMId)"
                SecureBoot           = Number $firmware 'SecureBoot'
                SecureBootTemplateId = Text $firmware 'SecureBootTemplateId'
                BootTypes            = @(Value $firmware 'BootOrder' | Where-Object { $_ } | ForEach-Object { Number $_ 'BootType' })
            }
        }
    }
}
# One by one: the rows carry no identity, and one VM that fails would cost the others theirs.
Probe security {
    Each @(Left $all.vms) {
        param($vm)
        Get-VMSecurity -VM $vm | ForEach-Object {
            [ordered]@{
                VMId                              = "$($vm.Id)"
                TpmEnabled                        = Value $_ 'TpmEnabled'
                Shielded                          = Value $_ 'Shielded'
                EncryptStateAndVmMigrationTraffic = Value $_ 'EncryptStateAndVmMigrationTraffic'
            }
        }
    }
}
Probe adapters {
    $vms = @(Left $all.vms)
    if ($vms.Count) {
        Each @(Get-VMNetworkAdapter -VM $vms) {
            param($nic)
            $vlan = Value $nic 'VlanSetting'; $isolation = Value $nic 'IsolationSetting'; $bandwidth = Value $nic 'BandwidthSetting'
            [ordered]@{
                VMId                     = "$($nic.VMId)"
                Id                       = Text $nic 'Id'
                Name                     = Text $nic 'Name'
                Connected                = Value $nic 'Connected'
                SwitchId                 = Text $nic 'SwitchId'
                SwitchName               = Text $nic 'SwitchName'
                PoolName                 = Text $nic 'PoolName'
                MacAddress               = Text $nic 'MacAddress'
                DynamicMacAddressEnabled = Value $nic 'DynamicMacAddressEnabled'
                MacAddressSpoofing       = Number $nic 'MacAddressSpoofing'
                DhcpGuard                = Number $nic 'DhcpGuard'
                RouterGuard              = Number $nic 'RouterGuard'
                PortMirroringMode        = Number $nic 'PortMirroringMode'
                IeeePriorityTag          = Number $nic 'IeeePriorityTag'
                AllowTeaming             = Number $nic 'AllowTeaming'
                VirtualSubnetId          = Value $nic 'VirtualSubnetId'
                StormLimit               = Value $nic 'StormLimit'
                DynamicIPAddressLimit    = Value $nic 'DynamicIPAddressLimit'
                IovWeight                = Value $nic 'IovWeight'
                TestReplicaSwitchName    = Text $nic 'TestReplicaSwitchName'
                IPAddresses              = @(Value $nic 'IPAddresses' | Where-Object { $_ } | ForEach-Object { "$_" })
                MaximumBandwidth         = if ($bandwidth) { Value $bandwidth 'MaximumBandwidth' } else { $null }
                Vlan                     = if ($vlan) {
                    [ordered]@{
                        OperationMode            = Number $vlan 'OperationMode'
                        AccessVlanId             = Value $vlan 'AccessVlanId'
                        NativeVlanId             = Value $vlan 'NativeVlanId'
                        AllowedVlanIdList        = Text $vlan 'AllowedVlanIdListString'
                        PrivateVlanMode          = Number $vlan 'PrivateVlanMode'
                        PrimaryVlanId            = Value $vlan 'PrimaryVlanId'
                        SecondaryVlanId          = Value $vlan 'SecondaryVlanId'
                        SecondaryVlanIdList      = Text $vlan 'SecondaryVlanIdListString'
                    }
                } else { $null }
                Isolation                = if ($isolation) { [ordered]@{ IsolationMode = Number $isolation 'IsolationMode'; DefaultIsolationID = Value $isolation 'DefaultIsolationID' } } else { $null }
                Acls                     = @(Value $nic 'AclList' | Where-Object { $_ } | ForEach-Object {
                        [ordered]@{
                            Action    = Number $_ 'Action'
                            Direction = Number $_ 'Direction'
                            Local     = Text $_ 'LocalAddress'
                            Remote    = Text $_ 'RemoteAddress'
                        }
                    })
                ExtendedAcls             = @(Value $nic 'ExtendedAclList' | Where-Object { $_ } | ForEach-Object {
                        [ordered]@{
                            Action    = Number $_ 'Action'
                            Direction = Number $_ 'Direction'
                            Local      = Text $_ 'LocalIPAddress'
                            Remote    = Text $_ 'RemoteIPAddress'
                            LocalPort  = Text $_ 'LocalPort'
                            RemotePort = Text $_ 'RemotePort'
                            Protocol  = Text $_ 'Protocol'
                            Weight    = Value $_ 'Weight'
                            IsolationId = Value $_ 'IsolationID'
                        }
                    })
            }
        }
    }
}
Probe disks {
    $vms = @(Left $all.vms)
    if ($vms.Count) {
        Each @(Get-VMHardDiskDrive -VM $vms) {
            param($disk)
            [ordered]@{ VMId = "$($disk.VMId)"; Path = Text $disk 'Path'; DiskNumber = Value $disk 'DiskNumber' }
        }
    }
}
# One machine at a time: one that fails would cost the others theirs. What a checkpoint keeps of a disk is a file of its own.
# Where CIM was asked about all machines, only those are asked that it shows a checkpoint of, or does not know.
Probe checkpoints {
    Each @($all.vms | Where-Object { $bulk.checkpoints["$($_.Id)"] -or $bulk.ids -notcontains "$($_.Id)" }) {
        param($vm)
        Get-VMSnapshot -VM $vm | ForEach-Object {
            $made = Value $_ 'CreationTime'
            [ordered]@{
                VMId                  = "$($vm.Id)"
                Id                    = Text $_ 'Id'
                Name                  = Text $_ 'Name'
                SnapshotType          = Number $_ 'SnapshotType'
                State                 = Number $_ 'State'
                CreationTime          = if ($made) { ([datetime]$made).ToUniversalTime().ToString('o') } else { $null }
                IsAutomaticCheckpoint = Value $_ 'IsAutomaticCheckpoint'
                Disks                 = @(Value $_ 'HardDrives' | Where-Object { $_ } | ForEach-Object {
                        [ordered]@{ Path = Text $_ 'Path'; DiskNumber = Value $_ 'DiskNumber' }
                    })
            }
        }
    }
}
Probe processors {
    Each @(Left $all.vms) {
        param($vm)
        Get-VMProcessor -VM $vm | ForEach-Object { [ordered]@{ VMId = "$($vm.Id)"; ExposeVirtualizationExtensions = Value $_ 'ExposeVirtualizationExtensions' } }
    }
}
# What of a machine changes while it runs, and what surrounds it.
Probe conditions {
    Each $all.vms {
        param($vm)
        $uptime = Value $vm 'Uptime'
        [ordered]@{
            VMId                 = "$($vm.Id)"
            Notes                = Text $vm 'Notes'
            Heartbeat            = Number $vm 'Heartbeat'
            UptimeSeconds        = if ($null -ne $uptime) { [int]$uptime.TotalSeconds } else { $null }
            AutomaticStartAction = Number $vm 'AutomaticStartAction'
            AutomaticStopAction  = Number $vm 'AutomaticStopAction'
            DynamicMemoryEnabled = Value $vm 'DynamicMemoryEnabled'
            LockOnDisconnect     = Number $vm 'LockOnDisconnect'
            EnhancedSession      = Number $vm 'EnhancedSessionTransportType'
            RemoteFx             = $null -ne (Value $vm 'RemoteFxAdapter')
        }
    }
}
Probe processor_status {
    Each @(Left $all.vms) {
        param($vm)
        Get-VMProcessor -VM $vm | ForEach-Object {
            [ordered]@{ VMId = "$($vm.Id)"; Codes = @(Value $_ 'OperationalStatus' | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ }) }
        }
    }
}
# What a machine may have several of is asked machine by machine, whatever its command makes of a list: an error then has
# the machine's id. A service is known by the last part of its own: its name is in the host's language.
Probe integration {
    Each @(Left $all.vms) {
        param($vm)
        Get-VMIntegrationService -VM $vm | ForEach-Object {
            [ordered]@{
                VMId      = "$($vm.Id)"
                Id        = Text $_ 'Id'
                Enabled   = Value $_ 'Enabled'
                Primary   = Number $_ 'PrimaryOperationalStatus'
                Secondary = Number $_ 'SecondaryOperationalStatus'
            }
        }
    }
}
# Whether an image is there is asked of local drives only: a share would be a second hop.
Probe dvd {
    Each @(Left $all.vms | Where-Object { -not $bulk.without["dvd $($_.Id)"] }) {
        param($vm)
        Get-VMDvdDrive -VM $vm | ForEach-Object {
            $path = Text $_ 'Path'
            [ordered]@{
                VMId      = "$($vm.Id)"
                MediaType = Number $_ 'DvdMediaType'
                Path      = $path
                IsThere   = if ($path -like '?:\*') { Test-Path -LiteralPath $path } else { $null }
            }
        }
    }
}
# Generation 2 has no floppy disk drive, and would be an error.
Probe floppy {
    Each @(Left $all.vms | Where-Object { $_.Generation -eq 1 }) {
        param($vm)
        Get-VMFloppyDiskDrive -VM $vm | ForEach-Object { [ordered]@{ VMId = "$($vm.Id)"; Path = Text $_ 'Path' } }
    }
}
# Two rows for each machine, also where the console of generation 2 does not show them.
Probe com_ports {
    Each @(Left $all.vms) {
        param($vm)
        Get-VMComPort -VM $vm | ForEach-Object { [ordered]@{ VMId = "$($vm.Id)"; Path = Text $_ 'Path'; DebuggerMode = Number $_ 'DebuggerMode' } }
    }
}
Probe controllers {
    Each $all.vms {
        param($vm)
        Get-VMScsiController -VM $vm | ForEach-Object {
            [ordered]@{ VMId = "$($vm.Id)"; Number = Value $_ 'ControllerNumber'; Drives = @(Value $_ 'Drives' | Where-Object { $_ }).Count }
        }
    }
}
Probe assigned_devices {
    Each @($all.vms | Where-Object { -not $bulk.without["assigned_devices $($_.Id)"] }) {
        param($vm)
        Get-VMAssignableDevice -VM $vm | ForEach-Object {
            [ordered]@{ VMId = "$($vm.Id)"; InstanceId = Text $_ 'InstanceID'; LocationPath = Text $_ 'LocationPath' }
        }
    }
}
# A build whose module has no such command is asked for CIM's rows; where it has no such class either, no machine has one.
Probe gpu_partitions {
    if (Get-Command -Name Get-VMGpuPartitionAdapter -ErrorAction Ignore) {
        Each @($all.vms | Where-Object { -not $bulk.without["gpu_partitions $($_.Id)"] }) {
            param($vm)
            Get-VMGpuPartitionAdapter -VM $vm | ForEach-Object { [ordered]@{ VMId = "$($vm.Id)"; Id = Text $_ 'Id' } }
        }
    } else {
        Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_GpuPartitionSettingData | Where-Object { $_.InstanceID -notlike 'Microsoft:Definition\*' } | ForEach-Object {
            [ordered]@{ VMId = ($_.InstanceID -split '[:\\]')[1]; Id = $_.InstanceID }
        }
    }
}
Probe fibre_channel {
    Each @($all.vms | Where-Object { -not $bulk.without["fibre_channel $($_.Id)"] }) {
        param($vm)
        Get-VMFibreChannelHba -VM $vm | ForEach-Object { [ordered]@{ VMId = "$($vm.Id)"; San = Text $_ 'SanName' } }
    }
}
# Who may open the console, by SID. By the machine's id, for a name is a pattern to this command.
Probe console_access {
    Each $all.vms {
        param($vm)
        Get-VMConnectAccess -VMId $vm.Id | ForEach-Object {
            $user = Value $_ 'UserId'
            [ordered]@{
                VMId   = "$($vm.Id)"
                Name   = Text $_ 'UserName'
                Sid    = if ($user) { "$($user.Value)" } else { $null }
                Access = Number $_ 'Access'
            }
        }
    }
}
# Without arguments: a machine that is not replicated would be an error.
Probe replication {
    Get-VMReplication | ForEach-Object { [ordered]@{ VMId = "$($_.VMId)"; AuthenticationType = Number $_ 'AuthenticationType' } }
}
# What no cmdlet shows. Checkpoints and planned machines have rows of this class too, and are not asked for.
Probe settings {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VirtualSystemSettingData -Filter "VirtualSystemType='Microsoft:Hyper-V:System:Realized'" | ForEach-Object {
        [ordered]@{
            VMId                    = $_.VirtualSystemIdentifier
            AllowFullSCSICommandSet = $_.AllowFullSCSICommandSet
            DebugPortEnabled        = $_.DebugPortEnabled
            ConsoleMode             = $_.ConsoleMode
            GuestStateDataRoot      = $_.GuestStateDataRoot
            GuestStateFile          = $_.GuestStateFile
            SuspendDataRoot         = $_.SuspendDataRoot
        }
    }
}
# An id is Microsoft:<machine>\<part>, of a checkpoint's settings with a GUID of its own; definitions belong to none.
Probe legacy_adapters {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_EmulatedEthernetPortSettingData | Where-Object { $_.InstanceID -notlike 'Microsoft:Definition\*' } | ForEach-Object {
        [ordered]@{ VMId = ($_.InstanceID -split '[:\\]')[1]; Name = $_.ElementName }
    }
}
# Of virtual disks only: an image in a drive is of this class too. Whether they can be shared is told, or they have a row.
Probe shared_disks {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_StorageAllocationSettingData | Where-Object { $_.ResourceSubType -eq 'Microsoft:Hyper-V:Virtual Hard Disk' -and $_.InstanceID -notlike 'Microsoft:Definition\*' } | Where-Object { $false -ne $_.PersistentReservationsSupported } | ForEach-Object {
        [ordered]@{ VMId = ($_.InstanceID -split '[:\\]')[1]; Path = "$($_.HostResource)"; PersistentReservations = $_.PersistentReservationsSupported }
    }
}
# What is set, and below what is in force.
Probe protection_settings {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SecuritySettingData | Where-Object { $_.InstanceID -notlike 'Microsoft:Definition\*' } | ForEach-Object {
        [ordered]@{
            VMId                              = ($_.InstanceID -split '[:\\]')[1]
            EncryptStateAndVmMigrationTraffic = $_.EncryptStateAndVmMigrationTraffic
            KsdEnabled                        = $_.KsdEnabled
            VirtualizationBasedSecurityOptOut = $_.VirtualizationBasedSecurityOptOut
        }
    }
}
Probe protection_in_force {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_SecurityElement | ForEach-Object {
        [ordered]@{ VMId = $_.SystemName; Shielded = $_.Shielded; EncryptStateAndVmMigrationTraffic = $_.EncryptStateAndVmMigrationTrafficEnabled }
    }
}
# Four bytes 0,0,0,4 mean "none". Never the bytes: they are key material; certificates are not. CIM tells whom not to ask: who
# has no place for keys.
Probe key_protector {
    Each @($all.vms | Where-Object { -not $bulk.keyless["$($_.Id)"] }) {
        param($vm)
        [byte[]]$bytes = Get-VMKeyProtector -VM $vm
        if ($null -ne $bytes) {
            $decoded = @(if ($bytes.Length -gt 4) { try { ConvertTo-HgsKeyProtector -Bytes $bytes 2>&1 } catch { $_ } })
            $failed = @($decoded | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
            $protector = @($decoded | Where-Object { $_ -isnot [Management.Automation.ErrorRecord] })
            [ordered]@{
                VMId        = "$($vm.Id)"
                Length      = $bytes.Length
                Owner       = if ($protector.Count) { "$($protector[0].Owner.Name)" } else { $null }
                Guardians   = @($protector | ForEach-Object { $_.Guardians } | Where-Object { $_ } | ForEach-Object {
                        [ordered]@{ Name = "$($_.Name)"; SigningCertificate = -join @($_.SigningCertificate | ForEach-Object { '{0:x2}' -f $_ }) }
                    })
                DecodeError = if ($failed.Count) { "$($failed[0].FullyQualifiedErrorId)" } else { $null }
            }
        }
    }
}
# What the guest says of itself. The guest controls this text: it goes out raw and is parsed where nothing can run it.
Probe guest {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_KvpExchangeComponent | ForEach-Object {
        [ordered]@{ VMId = $_.SystemName; Items = @($_.GuestIntrinsicExchangeItems | Where-Object { $_ }) }
    }
}
