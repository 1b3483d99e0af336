# What only a guest is asked.
# Which virtual machine this is, as its host told it over data exchange: so that none is taken for another.
Probe machine {
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters') {
        Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters' | ForEach-Object { [ordered]@{ VirtualMachineId = Text $_ 'VirtualMachineId' } }
    }
}
# The guest's own time, from which the ages of what it says are counted.
Probe clock { [ordered]@{ NowUtc = (Get-Date).ToUniversalTime().ToString('o') } }
# What protects a guest besides Windows' own shows as a service; its name is the same in every language.
Probe services { Get-CimInstance -ClassName Win32_Service -Filter "State='Running'" | ForEach-Object { $_.Name } }
# Microsoft Defender for Endpoint: 1 where the machine reports to its service.
Probe onboarding {
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status') {
        Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status' | ForEach-Object { [ordered]@{ OnboardingState = Value $_ 'OnboardingState' } }
    }
}
# Whom it asks for updates: no row, or UseWUServer other than 1, is Microsoft.
Probe update_source {
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU') {
        $server = Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate'
        $use = Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU'
        [ordered]@{ WUServer = Text $server 'WUServer'; UseWUServer = Value $use 'UseWUServer' }
    }
}
# FullLanguage: COM objects are refused in ConstrainedLanguage, which is then the error of this probe alone.
Probe last_installation {
    $results = (New-Object -ComObject Microsoft.Update.AutoUpdate).Results
    [ordered]@{ LastInstallationSuccessUtc = if ($results.LastInstallationSuccessDate) { ([datetime]$results.LastInstallationSuccessDate).ToString('s') + 'Z' } else { $null } }
}
# The certificates that its firmware boots by, as text in which a name can be found: one byte a character.
Probe secure_boot_db {
    Get-SecureBootUEFI -Name db | ForEach-Object {
        $text = -join [char[]]$_.Bytes
        [ordered]@{ Bytes = $text.Length; Has2023 = $text -match 'Windows UEFI CA 2023' }
    }
}
