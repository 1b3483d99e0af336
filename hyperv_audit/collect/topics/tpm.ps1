# The platform that attestation rests on.
Probe tpm {
    Get-CimInstance -Namespace root\cimv2\Security\MicrosoftTpm -ClassName Win32_Tpm | ForEach-Object {
        [ordered]@{
            SpecVersion              = $_.SpecVersion
            IsEnabled_InitialValue   = $_.IsEnabled_InitialValue
            IsActivated_InitialValue = $_.IsActivated_InitialValue
            IsOwned_InitialValue     = $_.IsOwned_InitialValue
            ManufacturerIdTxt        = $_.ManufacturerIdTxt
            ManufacturerVersion      = $_.ManufacturerVersion
        }
    }
}
# On a BIOS machine this cmdlet throws "not supported on this platform"; the error's id says which refusal it was.
Probe secure_boot { [ordered]@{ Enabled = Confirm-SecureBootUEFI } }
