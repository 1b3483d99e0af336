# Patch level. Build and revision stand in the topic os; here is what waits, and when somebody last looked.
Probe reboot_pending {
    [ordered]@{
        Servicing     = Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending'
        WindowsUpdate = Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
    }
}
# FullLanguage: COM objects are refused in ConstrainedLanguage, which is then the error of these two probes alone.
Probe restart_required { [ordered]@{ RebootRequired = (New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired } }
Probe last_search {
    $results = (New-Object -ComObject Microsoft.Update.AutoUpdate).Results
    [ordered]@{ LastSearchSuccessUtc = if ($results.LastSearchSuccessDate) { ([datetime]$results.LastSearchSuccessDate).ToString('s') + 'Z' } else { $null } }
}
# Packages of Windows itself. The day is text that PowerShell reads in the host's culture: often blank, good for a hint only.
Probe packages { Get-CimInstance -ClassName Win32_QuickFixEngineering | ForEach-Object { [ordered]@{ HotFixID = $_.HotFixID; InstalledOn = Text $_ 'InstalledOn' } } }
