# Connection security rules as they are in force: the default store is the local one and misses what policy delivers.
Probe rules {
    Get-NetIPsecRule -PolicyStore ActiveStore | ForEach-Object {
        [ordered]@{
            InstanceID         = $_.InstanceID
            DisplayName        = $_.DisplayName
            Enabled            = Number $_ 'Enabled'
            InboundSecurity    = Number $_ 'InboundSecurity'
            OutboundSecurity   = Number $_ 'OutboundSecurity'
            PrimaryStatus      = Number $_ 'PrimaryStatus'
            EnforcementStatus  = @($_.EnforcementStatus | Where-Object { $null -ne $_ } | ForEach-Object { [int]$_ })
            QuickModeCryptoSet = Text $_ 'QuickModeCryptoSet'
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
