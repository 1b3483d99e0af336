# Local groups by SID: their names are in the language of the host. A group with an orphaned member aborts its listing,
# which is an error of that group and never an empty group. Not every Windows has the last three.
foreach ($sid in 'S-1-5-32-544', 'S-1-5-32-578', 'S-1-5-32-555', 'S-1-5-32-580', 'S-1-5-32-551', 'S-1-5-32-547', 'S-1-5-32-549', 'S-1-5-32-550') {
    Probe $sid {
        Get-LocalGroupMember -SID $sid | ForEach-Object { [ordered]@{ Sid = "$($_.SID.Value)"; Name = "$($_.Name)" } }
    }
}
# Roles of Authorization Manager, which handed out virtual machines before Windows Server 2012 R2.
Probe authorization_store { [ordered]@{ Present = Test-Path -LiteralPath "$env:ProgramData\Microsoft\Windows\Hyper-V\InitialStore.xml" } }
