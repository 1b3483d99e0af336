# What differencing disks rest on, and who may open what machines consist of. Each path is asked once, however many machines
# name it, and errors carry it as their target. A path on a server is a second hop away: its file server has to be audited.
$files = @{ disks = @(); linked = @(); asked = @(); parents = @(); paths = @(); opened = 0; read = 0; dated = 0 }
$local = '^(\\\\\?\\)?[A-Za-z]:\\'
$opened = if (Value $HvaInput 'open_every_disk') { '.' } else { '\.avhdx?$' }

# Only files of checkpoints are known to have a parent without being opened; others are opened where that is asked for. Each
# round asks what the one before it found.
Probe parents {
    Rows 'vms' 'disks' | Where-Object { $null -eq $_.DiskNumber } | ForEach-Object { $files.disks += $_.Path }
    Rows 'vms' 'checkpoints' | ForEach-Object { $_.Disks } | Where-Object { $null -eq $_.DiskNumber } | ForEach-Object { $files.disks += $_.Path }
    $files.linked = @($files.disks | Where-Object { $_ -match $local -and $_ -match $opened } | Sort-Object -Unique)
    foreach ($round in 1, 2, 3, 4, 5, 6, 7, 8) {
        $now = @($files.linked | Where-Object { $files.asked -notcontains $_ })
        $files.linked = @()
        $files.asked += $now
        Each @($now | ForEach-Object { @{ Id = $_ } }) {
            param($disk)
            if ($files.opened -lt 500) {
                $files.opened += 1
                Get-VHD -Path $disk.Id | ForEach-Object {
                    $parent = Text $_ 'ParentPath'
                    if ($parent) { $files.parents += $parent }
                    if ($parent -match $local -and $parent -match $opened) { $files.linked += $parent }
                    [ordered]@{ Asked = $disk.Id; Path = Text $_ 'Path'; VhdType = Number $_ 'VhdType'; ParentPath = $parent }
                }
            }
        }
    }
}
# Folders end in a backslash: without it, D: would be where that drive happens to stand.
Probe access {
    $images = @(Rows 'vms' 'dvd' | ForEach-Object { $_.Path })
    $disks = @(@($files.disks) + @($files.parents) | Where-Object { $_ -match $local })
    $folders = @($disks | ForEach-Object { $_ -replace '\\[^\\]*$', '' })
    Rows 'vms' 'vm' | ForEach-Object { $folders += @($_.Path, $_.ConfigurationLocation, $_.SnapshotFileLocation, $_.SmartPagingFilePath) }
    Rows 'vms' 'settings' | ForEach-Object { $folders += @($_.GuestStateDataRoot, $_.SuspendDataRoot, ($_.GuestStateFile -replace '\\[^\\]*$', '')) }
    $folders = @($folders | Where-Object { "$_\" -match $local } | ForEach-Object { ($_ -replace '\\+$', '') + '\' })
    $files.paths = @(@($disks) + @($folders) + @($images | Where-Object { $_ -match $local }) | Sort-Object -Unique)
    Each @($files.paths | ForEach-Object { @{ Id = $_ } }) {
        param($place)
        if ($files.read -lt 3000) {
            $files.read += 1
            Get-Acl -LiteralPath $place.Id | ForEach-Object { [ordered]@{ Path = $place.Id; Sddl = Text $_ 'Sddl' } }
        }
    }
}
# Nothing can have been installed on a disk since it was last written.
Probe written {
    $files.disks = @($files.disks | Where-Object { $_ -match $local } | Sort-Object -Unique)
    Each @($files.disks | ForEach-Object { @{ Id = $_ } }) {
        param($disk)
        if ($files.dated -lt 3000) {
            $files.dated += 1
            Get-Item -LiteralPath $disk.Id | ForEach-Object { [ordered]@{ Path = $disk.Id; LastWriteUtc = $_.LastWriteTimeUtc.ToString('o') } }
        }
    }
}
# Beyond a bound nothing is asked: what these files and folders are is then unread, and here stands why.
Probe bounds {
    [ordered]@{ Of = 'parents'; Found = @($files.asked).Count; Asked = $files.opened }
    [ordered]@{ Of = 'access'; Found = @($files.paths).Count; Asked = $files.read }
    [ordered]@{ Of = 'written'; Found = @($files.disks).Count; Asked = $files.dated }
}
