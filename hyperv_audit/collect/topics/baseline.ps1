# What the Windows Server security baseline is judged by. Which values of the registry it names differs from build to
# build; the control node knows the tables and says for each build what to ask. For another build nothing is asked.
$baseline = @{ asked = @() }
Probe edition {
    $build = "$((Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion').CurrentBuildNumber)"
    $keys = [ordered]@{}
    foreach ($group in $HvaInput.baseline.registry) {
        if ($group.builds -contains $build) { $group.keys.PSObject.Properties | ForEach-Object { $keys[$_.Name] += @($_.Value) } }
    }
    foreach ($id in $keys.Keys) {
        $baseline.asked += @{ Id = "$id"; Path = "$id" -replace '^HKLM\\', ''; Names = @($keys[$id] | ForEach-Object { "$_" }) }
    }
    [ordered]@{ Build = $build; Keys = $baseline.asked.Count }
}
# A key that may not be read exists to Test-Path, and is an error of this key when it is read: absent is only what is not
# there. The kind is that of the value as PowerShell hands it over, because the registry's own is told by methods that
# ConstrainedLanguage refuses: String is also an expandable one, expanded. Lists and bytes come as one text.
Probe registry {
    Each $baseline.asked {
        param($key)
        $found = if (Test-Path -LiteralPath "HKLM:\$($key.Path)") { Get-ItemProperty -LiteralPath "HKLM:\$($key.Path)" -ErrorAction Stop } else { $null }
        foreach ($name in $key.Names) {
            $held = if ($found) { $found.PSObject.Properties[$name] } else { $null }
            $value = if ($held) { $held.Value } else { $null }
            $kind = if ($value -is [int]) { 'DWord' } elseif ($value -is [long]) { 'QWord' } elseif ($value -is [string]) { 'String' } elseif ($value -is [string[]]) { 'MultiString' } elseif ($value -is [byte[]]) { 'Binary' } else { $null }
            [ordered]@{
                Key     = $key.Id
                Name    = $name
                Present = [bool]$held
                Kind    = $kind
                Value   = if ($value -is [int]) { $value } elseif ($value -is [long]) { $value } elseif ($kind) { "$value" } else { $null }
            }
        }
    }
}
# Account policies, security options and user rights as they are in force, without names of the host's language: most
# accounts as *SID. Without /log it would write to its own log file.
Probe security_policy {
    OwnFolder {
        param($folder)
        $null = secedit /export /cfg "$folder\policy.inf" /areas SECURITYPOLICY USER_RIGHTS /log "$folder\policy.log" /quiet
        if ($LASTEXITCODE) { throw "secedit ended with $LASTEXITCODE" }
        Get-Content -LiteralPath "$folder\policy.inf" | ForEach-Object { "$_" }
    }
}
# Local accounts stand there by name, which only this host can resolve.
Probe local_accounts {
    Get-LocalUser | ForEach-Object { [ordered]@{ Name = $_.Name; Sid = "$($_.SID.Value)" } }
    Get-LocalGroup | ForEach-Object { [ordered]@{ Name = $_.Name; Sid = "$($_.SID.Value)" } }
}
# The backup has each setting as a number beside its subcategory's GUID; what auditpol prints has it in words of the host's.
Probe audit_policy {
    OwnFolder {
        param($folder)
        $null = auditpol /backup "/file:$folder\audit.csv"
        if ($LASTEXITCODE) { throw "auditpol ended with $LASTEXITCODE" }
        Get-Content -LiteralPath "$folder\audit.csv" | ForEach-Object { "$_" }
    }
}
