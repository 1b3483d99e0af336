# Firmware of the machine. What is "latest" only the vendor knows.
Probe bios {
    Get-CimInstance -ClassName Win32_BIOS | ForEach-Object {
        [ordered]@{
            Manufacturer      = $_.Manufacturer
            SMBIOSBIOSVersion = $_.SMBIOSBIOSVersion
            ReleaseDate       = if ($_.ReleaseDate) { ([datetime]$_.ReleaseDate).ToUniversalTime().ToString('o') } else { $null }
        }
    }
}
