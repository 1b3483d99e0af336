# Virtual disks and images that somebody mounted on the host itself; disks of virtual machines are in neither list.
Probe images {
    Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_MountedStorageImage | ForEach-Object {
        [ordered]@{ Path = $_.Name; Type = $_.Type; Access = $_.Access }
    }
}
# BusType is 15, or its name where the Storage module's type data is loaded.
Probe file_disks {
    Get-CimInstance -Namespace root\Microsoft\Windows\Storage -ClassName MSFT_Disk | Where-Object { $_.BusType -eq 15 -or $_.BusType -eq 'File Backed Virtual' } | ForEach-Object {
        [ordered]@{ Number = $_.Number; Path = $_.Location }
    }
}
