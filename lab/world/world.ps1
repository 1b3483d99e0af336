# Makes this session show one Windows host:  . world.ps1 served.json
# served.json is what lab/world/__init__.py makes of a world's file. Dot-sourced before the script that is to believe it.
param([Parameter(Mandatory = $true)][string]$Path)

Import-Module (Join-Path $PSScriptRoot 'World.psm1') -Global -ArgumentList $Path
. (Join-Path $PSScriptRoot 'registry.ps1')
Import-WorldRegistry (Get-WorldDocument).registry (Get-WorldDocument).deniedKeys
. (Join-Path $PSScriptRoot 'files.ps1')
Import-WorldFile (Get-WorldDocument).files

Add-WorldModule
# A module on disk: the collector imports it by name and asks for its version. Loaded now, it keeps FullLanguage.
if ((Get-WorldDocument).modules -contains 'Hyper-V') {
    $env:PSModulePath = (Join-Path $PSScriptRoot 'modules') + [System.IO.Path]::PathSeparator + $env:PSModulePath
    Import-Module -Name Hyper-V -Global
}

# The one place where something is written, and removed again: on a real disk.
$env:TEMP = [System.IO.Path]::GetTempPath()
foreach ($variable in (Get-WorldDocument).environment.PSObject.Properties) {
    Set-Item -LiteralPath "env:$($variable.Name)" -Value $variable.Value
}
$PSVersionTable['PSVersion'] = [version](Get-WorldDocument).powershell
# Last: what is defined by now stays in FullLanguage, as the signed modules of a locked-down host do.
$ExecutionContext.SessionState.LanguageMode = (Get-WorldDocument).languageMode
