# To which addresses and ports the connection security rules apply. Slow: each filter is an object of its own, looked up rule
# by rule.
$scoped = @{ rules = @() }
Probe addresses {
    Get-NetIPsecRule -PolicyStore ActiveStore | ForEach-Object { $scoped.rules += $_ }
    foreach ($rule in $scoped.rules) {
        Get-NetFirewallAddressFilter -AssociatedNetIPsecRule $rule | ForEach-Object {
            [ordered]@{ InstanceID = $rule.InstanceID; LocalAddress = @($_.LocalAddress | ForEach-Object { "$_" }); RemoteAddress = @($_.RemoteAddress | ForEach-Object { "$_" }) }
        }
    }
}
Probe ports {
    foreach ($rule in $scoped.rules) {
        Get-NetFirewallPortFilter -AssociatedNetIPsecRule $rule | ForEach-Object {
            [ordered]@{ InstanceID = $rule.InstanceID; Protocol = "$($_.Protocol)"; LocalPort = @($_.LocalPort | ForEach-Object { "$_" }); RemotePort = @($_.RemotePort | ForEach-Object { "$_" }) }
        }
    }
}
