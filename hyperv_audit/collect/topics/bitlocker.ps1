# BitLocker by CIM: the cmdlet's objects hold recovery passwords in clear, these hold none.
Probe volumes {
    foreach ($volume in Get-CimInstance -Namespace root\CIMV2\Security\MicrosoftVolumeEncryption -ClassName Win32_EncryptableVolume) {
        $protectors = Invoke-CimMethod -InputObject $volume -MethodName GetKeyProtectors -Arguments @{ KeyProtectorType = [uint32]0 }
        $types = @(foreach ($id in @($protectors.VolumeKeyProtectorID | Where-Object { $_ })) {
                (Invoke-CimMethod -InputObject $volume -MethodName GetKeyProtectorType -Arguments @{ VolumeKeyProtectorID = $id }).KeyProtectorType
            })
        # A method that fails says so by its return value and by no error: then the list is null, never empty.
        if ($protectors.ReturnValue -ne 0) { $types = $null }
        [ordered]@{
            DeviceID          = $volume.DeviceID
            DriveLetter       = $volume.DriveLetter
            VolumeType        = $volume.VolumeType
            ProtectionStatus  = $volume.ProtectionStatus
            ConversionStatus  = $volume.ConversionStatus
            EncryptionMethod  = $volume.EncryptionMethod
            KeyProtectorTypes = $types
        }
    }
}
# Which volume a path lies on: the longest name that begins it.
Probe mounts { Get-CimInstance -ClassName Win32_Volume -Filter 'DriveType=3' | ForEach-Object { [ordered]@{ DeviceID = $_.DeviceID; Name = $_.Name; BootVolume = $_.BootVolume } } }
