# What only a guest is asked.
# Which virtual machine this is, as its host told it over data exchange: so that none is taken for another.
Probe machine {
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters') {
        Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters' | ForEach-Object { [ordered]@{ VirtualMachineId = Text $_ 'VirtualMachineId' } }
    }
}
# In force: the default store is the local one and misses what policy delivers. A profile that is on and lets everything
# in protects nothing. Names of enums are the same in every language.
Probe firewall {
    Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object {
        [ordered]@{ Name = $_.Name; Enabled = Text $_ 'Enabled'; DefaultInboundAction = Text $_ 'DefaultInboundAction' }
    }
}
# What protects a guest besides Windows' own shows as a service; its name is the same in every language.
Probe services { Get-CimInstance -ClassName Win32_Service -Filter "State='Running'" | ForEach-Object { $_.Name } }
# Microsoft Defender for Endpoint: 1 where the machine reports to its service.
Probe onboarding {
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status') {
        Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status' | ForEach-Object { [ordered]@{ OnboardingState = Value $_ 'OnboardingState' } }
    }
}
