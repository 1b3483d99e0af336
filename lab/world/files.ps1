using namespace System.Management.Automation
using namespace System.Management.Automation.Provider
# Drives whose files are a list of names: enough to ask whether a file is there. Every method only calls a function:
# a function made in FullLanguage keeps it when the session becomes constrained, a method of a class does not.
[CmdletProvider('WorldFiles', [ProviderCapabilities]::None)]
class WorldFiles : NavigationCmdletProvider {
    [bool] IsValidPath([string]$path) { return $true }
    [bool] ItemExists([string]$path) { return Test-WorldFile $path }
    [bool] IsItemContainer([string]$path) { return Test-WorldFile $path }
    [void] GetItem([string]$path) { Write-WorldFile $this $path }
}

$global:WorldFilePaths = @()
$global:WorldFileDays = @{}

# A file, or a folder that one lies in; a path begins with its drive, which is also the root of that drive.
function global:Test-WorldFile([string]$Path) {
    $wanted = ($Path -replace '/', '\').TrimEnd('\')
    if ($wanted -match '^\w:?$') { return $true }
    foreach ($known in $global:WorldFilePaths) {
        if ($known -eq $wanted -or $known.StartsWith("$wanted\", 'OrdinalIgnoreCase')) { return $true }
    }
    $false
}

# A file as far as anybody asks: when it was last written.
function global:Write-WorldFile($Provider, [string]$Path) {
    $day = $global:WorldFileDays.PSObject.Properties[($Path -replace '/', '\')]
    $written = if ($day) { $day.Value } else { '2026-11-20T03:00:00Z' }
    $item = [pscustomobject]@{ LastWriteTimeUtc = ([datetime]$written).ToUniversalTime() }
    $Provider.WriteItemObject($item, $Path, $false)
}

function global:Import-WorldFile($Files) {
    $global:WorldFilePaths = @($Files.paths)
    $global:WorldFileDays = $Files.days
    Import-Module -Assembly ([WorldFiles].Assembly) -Global
    foreach ($letter in $Files.drives) { $null = New-PSDrive -Name $letter -PSProvider WorldFiles -Root "${letter}:" -Scope Global }
}
