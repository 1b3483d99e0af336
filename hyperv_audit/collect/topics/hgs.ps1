# The Host Guardian Service client. The cmdlet starts an attestation attempt, so it is called once a run.
Probe client {
    Get-HgsClientConfiguration | ForEach-Object {
        [ordered]@{
            IsHostGuarded            = Value $_ 'IsHostGuarded'
            Mode                     = Number $_ 'Mode'
            AttestationOperationMode = Number $_ 'AttestationOperationMode'
            AttestationStatus        = Number $_ 'AttestationStatus'
            AttestationSubstatus     = Text $_ 'AttestationSubstatus'
            IsFallbackInUse          = Value $_ 'IsFallbackInUse'
            AttestationServerUrl     = Text $_ 'AttestationServerUrl'
            KeyProtectionServerUrl   = Text $_ 'KeyProtectionServerUrl'
        }
    }
}
