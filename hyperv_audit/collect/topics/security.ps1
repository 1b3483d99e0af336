# Virtualization-based security and code integrity: what runs, not what is configured.
Probe device_guard {
    Get-CimInstance -Namespace root\Microsoft\Windows\DeviceGuard -ClassName Win32_DeviceGuard | ForEach-Object {
        [ordered]@{
            AvailableSecurityProperties                  = @($_.AvailableSecurityProperties | Where-Object { $null -ne $_ })
            RequiredSecurityProperties                   = @($_.RequiredSecurityProperties | Where-Object { $null -ne $_ })
            SecurityServicesConfigured                   = @($_.SecurityServicesConfigured | Where-Object { $null -ne $_ })
            SecurityServicesRunning                      = @($_.SecurityServicesRunning | Where-Object { $null -ne $_ })
            VirtualizationBasedSecurityStatus            = $_.VirtualizationBasedSecurityStatus
            CodeIntegrityPolicyEnforcementStatus         = $_.CodeIntegrityPolicyEnforcementStatus
            UsermodeCodeIntegrityPolicyEnforcementStatus = $_.UsermodeCodeIntegrityPolicyEnforcementStatus
        }
    }
}
# Policies in force, by a program that came with Windows Server 2025: one JSON text, over several lines.
Probe policies { if (Test-Path -LiteralPath "$env:windir\System32\CiTool.exe") { CiTool.exe -lp -json } }
# The single-policy file, the only one that 2016 knows. A .cip file proves nothing: Microsoft's own policies have one too.
Probe policy_file { [ordered]@{ SIPolicy = Test-Path -LiteralPath "$env:windir\System32\CodeIntegrity\SIPolicy.p7b" } }
