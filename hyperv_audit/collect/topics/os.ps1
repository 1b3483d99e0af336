# The operating system and the machine.
Probe version {
    Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' | ForEach-Object {
        [ordered]@{
            InstallationType   = Text $_ 'InstallationType'
            EditionID          = Text $_ 'EditionID'
            ProductName        = Text $_ 'ProductName'
            CurrentBuildNumber = Text $_ 'CurrentBuildNumber'
            UBR                = Value $_ 'UBR'
        }
    }
}
Probe system { Get-CimInstance -ClassName Win32_OperatingSystem | ForEach-Object { [ordered]@{ ProductType = $_.ProductType } } }
# The processor's maker decides since which version nested virtualization is supported.
Probe processor { Get-CimInstance -ClassName Win32_Processor | ForEach-Object { [ordered]@{ Manufacturer = $_.Manufacturer } } }
Probe computer {
    Get-CimInstance -ClassName Win32_ComputerSystem | ForEach-Object {
        [ordered]@{
            Name         = $_.Name
            Manufacturer = $_.Manufacturer
            Model        = $_.Model
            DomainRole   = $_.DomainRole
            Domain       = $_.Domain
        }
    }
}
