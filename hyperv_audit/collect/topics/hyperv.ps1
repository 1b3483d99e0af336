# The role on this host. Version 1.1 of the module lacks the security cmdlets, so 2.0 is asked for by number.
Probe module { Import-Module -Name Hyper-V -MinimumVersion 2.0 -ErrorAction Stop; Get-Module -Name Hyper-V | ForEach-Object { "$($_.Version)" } }
Probe service { Get-Service -Name vmms | ForEach-Object { [ordered]@{ Name = $_.Name; Status = Number $_ 'Status' } } }
Probe host {
    Get-VMHost | ForEach-Object {
        [ordered]@{
            ComputerName        = $_.ComputerName
            VirtualHardDiskPath = $_.VirtualHardDiskPath
            VirtualMachinePath  = $_.VirtualMachinePath
            EnhancedSession     = Value $_ 'EnableEnhancedSessionMode'
        }
    }
}
Probe supported_versions { Get-VMHostSupportedVersion | ForEach-Object { [ordered]@{ Version = Text $_ 'Version'; IsDefault = Value $_ 'IsDefault' } } }
Probe switches { Get-VMSwitch | ForEach-Object { [ordered]@{ Id = Text $_ 'Id'; Name = $_.Name; SwitchType = Number $_ 'SwitchType' } } }
# Devices that were taken from the host, so that a machine can have them whole.
Probe assignable_devices {
    Get-VMHostAssignableDevice | ForEach-Object { [ordered]@{ InstanceId = Text $_ 'InstanceID'; LocationPath = Text $_ 'LocationPath' } }
}
# Every service is listed and filtered here: asking for one that is absent is an error, and absence is an answer.
Probe cluster_service { Get-Service | Where-Object { $_.Name -eq 'ClusSvc' } | ForEach-Object { [ordered]@{ Name = $_.Name; Status = Number $_ 'Status' } } }
Probe shared_volumes {
    if (@(Get-Service | Where-Object { $_.Name -eq 'ClusSvc' -and $_.Status -eq 'Running' }).Count) {
        Get-ClusterSharedVolume | ForEach-Object {
            $volume = $_
            foreach ($part in @($volume.SharedVolumeInfo)) {
                [ordered]@{ Path = "$($part.FriendlyVolumeName)"; Owner = "$($volume.OwnerNode)"; State = Number $volume 'State' }
            }
        }
    }
}
