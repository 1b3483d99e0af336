# What the files of virtual machines lie on, and who may open them.
Probe disks {
    Get-CimInstance -Namespace root\Microsoft\Windows\Storage -ClassName MSFT_Disk | ForEach-Object {
        [ordered]@{ Number = $_.Number; BusType = $_.BusType; FriendlyName = $_.FriendlyName; IsBoot = $_.IsBoot }
    }
}
Probe partitions {
    Get-CimInstance -Namespace root\Microsoft\Windows\Storage -ClassName MSFT_Partition | Where-Object { $_.AccessPaths } | ForEach-Object {
        [ordered]@{ DiskNumber = $_.DiskNumber; IsBoot = $_.IsBoot; AccessPaths = @($_.AccessPaths | ForEach-Object { "$_" }) }
    }
}
# Also volumes that are not fixed: a stick is one of them.
Probe drives { Get-CimInstance -ClassName Win32_Volume | ForEach-Object { [ordered]@{ Name = $_.Name; DriveType = $_.DriveType } } }
Probe iscsi_sessions {
    if (@(Get-Service | Where-Object { $_.Name -eq 'MSiSCSI' -and $_.Status -eq 'Running' }).Count) {
        Get-IscsiSession | ForEach-Object { [ordered]@{ TargetNodeAddress = $_.TargetNodeAddress; AuthenticationType = "$($_.AuthenticationType)" } }
    }
}
Probe iscsi_connections {
    if (@(Get-Service | Where-Object { $_.Name -eq 'MSiSCSI' -and $_.Status -eq 'Running' }).Count) {
        Get-IscsiConnection | ForEach-Object { [ordered]@{ InitiatorAddress = Text $_ 'InitiatorAddress'; TargetAddress = Text $_ 'TargetAddress' } }
    }
}
# SDDL is the same in every language. A path on a server is a second hop away: its file server has to be audited.
Probe acls {
    $folders = @{ paths = @() }
    # A default folder need not exist before its first use; that of a machine must, and is an error when it does not.
    Get-VMHost | ForEach-Object { $folders.paths += @($_.VirtualHardDiskPath, $_.VirtualMachinePath | Where-Object { $_ -match '^[A-Za-z]:\\' -and (Test-Path -LiteralPath $_) }) }
    $machines = @(Get-VM)
    $machines | ForEach-Object { $folders.paths += $_.Path; $folders.paths += $_.ConfigurationLocation }
    # Not by name: a pattern that no machine meets may be an error, on a host that has none.
    if ($machines.Count) { Get-VMHardDiskDrive -VM $machines | Where-Object { $_.Path -match '^[A-Za-z]:\\' } | ForEach-Object { $folders.paths += Split-Path -Path $_.Path -Parent } }
    foreach ($path in @($folders.paths | Where-Object { $_ -match '^[A-Za-z]:\\' } | Sort-Object -Unique)) {
        [ordered]@{ Path = $path; Sddl = "$((Get-Acl -LiteralPath $path).Sddl)" }
    }
}
