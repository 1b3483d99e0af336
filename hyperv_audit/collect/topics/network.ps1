# The host's own network: which adapter carries which address, and who shares it.
Probe adapters {
    Get-NetAdapter | ForEach-Object {
        [ordered]@{
            Name              = $_.Name
            InterfaceGuid     = "$($_.InterfaceGuid)"
            InterfaceIndex    = $_.InterfaceIndex
            Virtual           = Value $_ 'Virtual'
            HardwareInterface = Value $_ 'HardwareInterface'
        }
    }
}
# The loopback by its addresses: what it is called, people can change, and call another so.
Probe addresses {
    Get-NetIPAddress | Where-Object { $_.IPAddress -notmatch '^(127\.|::1$)' } | ForEach-Object {
        [ordered]@{ InterfaceIndex = $_.InterfaceIndex; IPAddress = "$($_.IPAddress)"; PrefixLength = $_.PrefixLength }
    }
}
Probe routes {
    Get-NetRoute | Where-Object { '0.0.0.0/0', '::/0' -contains $_.DestinationPrefix } | ForEach-Object {
        [ordered]@{ DestinationPrefix = $_.DestinationPrefix; InterfaceIndex = $_.InterfaceIndex }
    }
}
# A team shows itself as adapters of its own (TeamNics); it is the host's alone when none of them serves a switch.
Probe teams {
    Get-NetLbfoTeam | ForEach-Object {
        [ordered]@{
            Name     = $_.Name
            Members  = @($_.Members | Where-Object { $_ } | ForEach-Object { "$_" })
            TeamNics = @($_.TeamNics | Where-Object { $_ } | ForEach-Object { "$_" })
        }
    }
}
