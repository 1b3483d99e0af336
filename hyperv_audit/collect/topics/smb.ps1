# SMB as server and as client.
Probe server {
    Get-SmbServerConfiguration | ForEach-Object {
        [ordered]@{
            EncryptData              = Value $_ 'EncryptData'
            RejectUnencryptedAccess  = Value $_ 'RejectUnencryptedAccess'
            RequireSecuritySignature = Value $_ 'RequireSecuritySignature'
            EnableSMB1Protocol       = Value $_ 'EnableSMB1Protocol'
        }
    }
}
Probe client { Get-SmbClientConfiguration | ForEach-Object { [ordered]@{ RequireSecuritySignature = Value $_ 'RequireSecuritySignature' } } }
Probe smb1_feature { Get-WindowsFeature -Name FS-SMB1 | ForEach-Object { [ordered]@{ Name = $_.Name; Installed = $_.Installed } } }
Probe shares {
    Get-SmbShare | ForEach-Object {
        [ordered]@{ Name = $_.Name; Path = $_.Path; Special = $_.Special; EncryptData = Value $_ 'EncryptData' }
    }
}
# Accounts by SID in the SDDL of a share: their names are in the language of the host.
Probe share_access { Get-SmbShare | Where-Object { -not $_.Special } | ForEach-Object { [ordered]@{ Name = $_.Name; Sddl = Text $_ 'SecurityDescriptor' } } }
Probe multichannel {
    Get-SmbMultichannelConnection -IncludeNotSelected | ForEach-Object {
        [ordered]@{ ServerName = $_.ServerName; ClientIpAddress = Text $_ 'ClientIpAddress'; ServerIpAddress = Text $_ 'ServerIpAddress' }
    }
}
Probe connections {
    Get-SmbConnection | ForEach-Object {
        [ordered]@{
            ServerName = $_.ServerName
            ShareName  = $_.ShareName
            Dialect    = Text $_ 'Dialect'
            Encrypted  = Value $_ 'Encrypted'
            Signed     = Value $_ 'Signed'
        }
    }
}
