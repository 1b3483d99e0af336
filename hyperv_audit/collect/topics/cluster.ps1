# Cluster networks and security levels, by CIM: the class is on every node, the module is not.
# Each probe asks for the service itself: where that is refused, none of them may look like a host without a cluster.
Probe cluster {
    if (@(Get-Service | Where-Object { $_.Name -eq 'ClusSvc' -and $_.Status -eq 'Running' }).Count) {
        Get-CimInstance -Namespace root\MSCluster -ClassName MSCluster_Cluster | ForEach-Object {
            [ordered]@{ Name = $_.Name; SecurityLevel = $_.SecurityLevel; SecurityLevelForStorage = $_.SecurityLevelForStorage }
        }
    }
}
Probe networks {
    if (@(Get-Service | Where-Object { $_.Name -eq 'ClusSvc' -and $_.Status -eq 'Running' }).Count) {
        Get-CimInstance -Namespace root\MSCluster -ClassName MSCluster_Network | ForEach-Object {
            [ordered]@{ Id = $_.ID; Name = $_.Name; Role = $_.Role; Address = $_.Address; AddressMask = $_.AddressMask }
        }
    }
}
Probe migration {
    if (@(Get-Service | Where-Object { $_.Name -eq 'ClusSvc' -and $_.Status -eq 'Running' }).Count) {
        Get-ItemProperty -LiteralPath 'HKLM:\Cluster\ResourceTypes\Virtual Machine\Parameters' | ForEach-Object {
            [ordered]@{ MigrationExcludeNetworks = Text $_ 'MigrationExcludeNetworks' }
        }
    }
}
# Which machines the cluster has, and on which node each is now: Get-VM shows those of this node alone.
Probe machines {
    if (@(Get-Service | Where-Object { $_.Name -eq 'ClusSvc' -and $_.Status -eq 'Running' }).Count) {
        Get-CimInstance -Namespace root\MSCluster -ClassName MSCluster_Resource -Filter "Type='Virtual Machine'" | ForEach-Object {
            [ordered]@{ VMId = $_.PrivateProperties.VmID; Name = $_.OwnerGroup; Owner = $_.OwnerNode }
        }
    }
}
