# Drivers of network and storage, and whatever is not signed. Slow: Windows looks at the signature of each driver for this.
# The day as text: it is local midnight, and as UTC often the day before.
Probe installed {
    Get-CimInstance -ClassName Win32_PnPSignedDriver -Filter "DeviceClass='NET' OR DeviceClass='SCSIADAPTER' OR DeviceClass='HDC' OR IsSigned=FALSE" -OperationTimeoutSec 120 | Where-Object { $_.DeviceName } | ForEach-Object {
        [ordered]@{
            DeviceName         = $_.DeviceName
            DeviceClass        = $_.DeviceClass
            DriverProviderName = $_.DriverProviderName
            DriverVersion      = $_.DriverVersion
            DriverDate         = Text $_ 'DriverDate'
            IsSigned           = $_.IsSigned
        }
    }
}
