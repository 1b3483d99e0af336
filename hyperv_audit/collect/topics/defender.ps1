# Microsoft Defender Antivirus: whether it works, and what it was told to leave out.
Probe service { Get-CimInstance -ClassName Win32_Service -Filter "Name='WinDefend'" | ForEach-Object { [ordered]@{ Name = $_.Name; State = $_.State } } }
Probe status {
    Get-MpComputerStatus | ForEach-Object {
        [ordered]@{
            AMRunningMode             = Text $_ 'AMRunningMode'
            AntivirusEnabled          = Value $_ 'AntivirusEnabled'
            RealTimeProtectionEnabled = Value $_ 'RealTimeProtectionEnabled'
            AntivirusSignatureAge     = Value $_ 'AntivirusSignatureAge'
        }
    }
}
Probe preference {
    Get-MpPreference | ForEach-Object {
        [ordered]@{
            DisableAutoExclusions = Value $_ 'DisableAutoExclusions'
            ExclusionPath         = @(Value $_ 'ExclusionPath' | Where-Object { $_ })
            ExclusionExtension    = @(Value $_ 'ExclusionExtension' | Where-Object { $_ })
            ExclusionProcess      = @(Value $_ 'ExclusionProcess' | Where-Object { $_ })
            ExclusionIpAddress    = @(Value $_ 'ExclusionIpAddress' | Where-Object { $_ })
        }
    }
}
