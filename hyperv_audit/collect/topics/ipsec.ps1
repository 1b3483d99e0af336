# Connection security rules as they are in force: the default store is the local one and misses what policy delivers.
$ipsec = @{ rules = @() }
Probe rules {
    Get-NetIPsecRule -PolicyStore ActiveStore | ForEach-Object { $ipsec.rules += $_ }
    foreach ($rule in $ipsec.rules) {
        [ordered]@{
            InstanceID         = $rule.InstanceID
            DisplayName        = $rule.DisplayName
            Enabled            = Number $rule 'Enabled'
            InboundSecurity    = Number $rule 'InboundSecurity'
            OutboundSecurity   = Number $rule 'OutboundSecurity'
            PrimaryStatus      = Number $rule 'PrimaryStatus'
            EnforcementStatus  = @($rule.EnforcementStatus | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ })
            QuickModeCryptoSet = Text $rule 'QuickModeCryptoSet'
        }
    }
}
Probe addresses {
    foreach ($rule in $ipsec.rules) {
        Get-NetFirewallAddressFilter -AssociatedNetIPsecRule $rule | ForEach-Object {
            [ordered]@{ InstanceID = $rule.InstanceID; LocalAddress = @($_.LocalAddress | ForEach-Object { "$_" }); RemoteAddress = @($_.RemoteAddress | ForEach-Object { "$_" }) }
        }
    }
}
Probe ports {
    foreach ($rule in $ipsec.rules) {
        Get-NetFirewallPortFilter -AssociatedNetIPsecRule $rule | ForEach-Object {
            [ordered]@{ InstanceID = $rule.InstanceID; Protocol = "$($_.Protocol)"; LocalPort = @($_.LocalPort | ForEach-Object { "$_" }); RemotePort = @($_.RemotePort | ForEach-Object { "$_" }) }
        }
    }
}
Probe crypto_sets {
    Get-NetIPsecQuickModeCryptoSet -PolicyStore ActiveStore | ForEach-Object {
        [ordered]@{
            InstanceID = $_.InstanceID
            Proposals  = @($_.Proposals | Where-Object { $_ } | ForEach-Object { [ordered]@{ Encapsulation = Number $_ 'Encapsulation'; CipherAlgorithm = Number $_ 'CipherAlgorithm' } })
        }
    }
}
Probe firewall_profiles {
    Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object {
        [ordered]@{
            Name                  = $_.Name
            Enabled               = Number $_ 'Enabled'
            DefaultInboundAction  = Number $_ 'DefaultInboundAction'
            DefaultOutboundAction = Number $_ 'DefaultOutboundAction'
            NotifyOnListen        = Number $_ 'NotifyOnListen'
            LogAllowed            = Number $_ 'LogAllowed'
            LogBlocked            = Number $_ 'LogBlocked'
        }
    }
}
