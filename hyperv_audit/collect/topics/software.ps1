# What is installed, and who sits at the host. Feature names are the same in every language, display names are not.
Probe features { Get-WindowsFeature | Where-Object { $_.Installed } | ForEach-Object { "$($_.Name)" } }
Probe uninstall {
    foreach ($key in 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall') {
        if (Test-Path -LiteralPath $key) {
            Get-ChildItem -LiteralPath $key | ForEach-Object { Get-ItemProperty -LiteralPath $_.PSPath } | ForEach-Object {
                $shown = Text $_ 'DisplayName'
                if ($shown) { [ordered]@{ DisplayName = $shown; DisplayVersion = Text $_ 'DisplayVersion'; Publisher = Text $_ 'Publisher' } }
            }
        }
    }
}
# S-1-5-90-* (window manager) and S-1-5-96-* (font driver host) are sessions of the system.
# Of an account that cannot be looked up, for example of a domain that does not answer, only the name is known.
Probe sessions {
    $names = @{}
    Get-CimInstance -ClassName Win32_LoggedOnUser | ForEach-Object { $names["$($_.Dependent.LogonId)"] = "$($_.Antecedent.Domain)\$($_.Antecedent.Name)" }
    Get-CimInstance -ClassName Win32_LogonSession -Filter 'LogonType=2 OR LogonType=10 OR LogonType=11' | ForEach-Object {
        $session = $_
        $accounts = @(Get-CimAssociatedInstance -InputObject $session -Association Win32_LoggedOnUser)
        $accounts | Where-Object { $_.SID -notlike 'S-1-5-90-*' -and $_.SID -notlike 'S-1-5-96-*' } | ForEach-Object {
            [ordered]@{ LogonType = $session.LogonType; Sid = $_.SID; Account = "$($_.Domain)\$($_.Name)" }
        }
        if ($accounts.Count -eq 0) { [ordered]@{ LogonType = $session.LogonType; Sid = $null; Account = "$($names["$($session.LogonId)"])" } }
    }
}
