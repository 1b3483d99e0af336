using namespace System.Management.Automation
using namespace System.Management.Automation.Provider
# Drives whose files are a list of names: enough to ask whether a file is there. Every method only calls a function:
# a function made in FullLanguage keeps it when the session becomes constrained, a method of a class does not.
[CmdletProvider('WorldFiles', [ProviderCapabilities]::None)]
class WorldFiles : NavigationCmdletProvider {
    [bool] IsValidPath([string]$path) { return $true }
    [bool] ItemExists([string]$path) { return Test-WorldFile $path }
    [bool] IsItemContainer([string]$path) { return Test-WorldFile $path }
}

$global:WorldFilePaths = @()

# A file, or a folder that one lies in; a path begins with its drive, which is also the root of that drive.
function global:Test-WorldFile([string]$Path) {
    $wanted = ($Path -replace '/', '\').TrimEnd('\')
    if ($wanted -match '^\w:?$') { return $true }
    foreach ($known in $global:WorldFilePaths) {
        if ($known -eq $wanted -or $known.StartsWith("$wanted\", 'OrdinalIgnoreCase')) { return $true }
    }
    $false
}

function global:Import-WorldFile($Files) {
    $global:WorldFilePaths = @($Files.paths)
    Import-Module -Assembly ([WorldFiles].Assembly) -Global
    foreach ($letter in $Files.drives) { $null = New-PSDrive -Name $letter -PSProvider WorldFiles -Root "${letter}:" -Scope Global }
}
