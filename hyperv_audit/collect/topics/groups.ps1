# Local groups by SID: their names are in the language of the host. A group with an orphaned member aborts its listing,
# which is an error of that group and never an empty group.
foreach ($sid in 'S-1-5-32-544', 'S-1-5-32-578', 'S-1-5-32-555', 'S-1-5-32-580', 'S-1-5-32-551') {
    Probe $sid {
        Get-LocalGroupMember -SID $sid | ForEach-Object { [ordered]@{ Sid = "$($_.SID.Value)"; Name = "$($_.Name)" } }
    }
}
