# Live migration of this host, and what its switches share with it.
Probe host {
    Get-VMHost | ForEach-Object {
        [ordered]@{
            VirtualMachineMigrationEnabled            = Value $_ 'VirtualMachineMigrationEnabled'
            VirtualMachineMigrationAuthenticationType = Number $_ 'VirtualMachineMigrationAuthenticationType'
            VirtualMachineMigrationPerformanceOption  = Number $_ 'VirtualMachineMigrationPerformanceOption'
            UseAnyNetworkForMigration                 = Value $_ 'UseAnyNetworkForMigration'
        }
    }
}
Probe networks { Get-VMMigrationNetwork | ForEach-Object { [ordered]@{ Subnet = Text $_ 'Subnet' } } }
Probe switches {
    Get-VMSwitch | ForEach-Object {
        [ordered]@{
            Name              = $_.Name
            SwitchType        = Number $_ 'SwitchType'
            AllowManagementOS = Value $_ 'AllowManagementOS'
            InterfaceGuids    = @(Value $_ 'NetAdapterInterfaceGuid' | Where-Object { $_ } | ForEach-Object { "$_" })
        }
    }
}
Probe host_adapters {
    Each @(Get-VMNetworkAdapter -ManagementOS) {
        param($nic)
        $vlan = Value $nic 'VlanSetting'
        [ordered]@{
            Name         = Text $nic 'Name'
            SwitchName   = Text $nic 'SwitchName'
            DeviceId     = Text $nic 'DeviceId'
            VlanMode     = if ($vlan) { Number $vlan 'OperationMode' } else { $null }
            AccessVlanId = if ($vlan) { Value $vlan 'AccessVlanId' } else { $null }
        }
    }
}
