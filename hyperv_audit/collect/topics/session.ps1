# Who looks, and through which glass: without these nothing else can be believed.
Probe user { whoami /user /fo csv /nh | ConvertFrom-Csv -Header Name, Sid | ForEach-Object { [ordered]@{ Name = $_.Name; Sid = $_.Sid } } }
# Column 3 is the SID; columns 1, 2 and 4 are in the language of the host.
Probe token { whoami /groups /fo csv /nh | ConvertFrom-Csv -Header Name, Type, Sid, Attributes | ForEach-Object { $_.Sid } }
Probe process {
    [ordered]@{
        Architecture      = $env:PROCESSOR_ARCHITECTURE
        ArchitectureW6432 = $env:PROCESSOR_ARCHITEW6432
        PSVersion         = "$($PSVersionTable.PSVersion)"
        LanguageMode      = "$($ExecutionContext.SessionState.LanguageMode)"
        UICulture         = "$((Get-UICulture).Name)"
    }
}
# 1 when this account may see Hyper-V and its service runs; an account without rights sees 0 and no error.
Probe canary { @(Get-CimInstance -Namespace root\virtualization\v2 -ClassName Msvm_VirtualSystemManagementService).Count }
