using namespace System.Management.Automation
using namespace System.Management.Automation.Provider
using namespace System.Collections.ObjectModel
# HKLM: from a table. Methods call functions: a function made in FullLanguage keeps it when the session becomes constrained,
# a method of a class does not. But a call costs time, and whether a key exists PowerShell asks ten times for one question.
[CmdletProvider('Registry', [ProviderCapabilities]::None)]
class WorldRegistry : NavigationCmdletProvider, IPropertyCmdletProvider {
    [bool] IsValidPath([string]$path) { return $true }
    [bool] ItemExists([string]$path) { return $global:WorldKeys.ContainsKey(($path -replace '/', '\').Trim('\')) }
    [string] GetChildName([string]$path) { return ($path -split '[\\/]')[-1] }
    [bool] IsItemContainer([string]$path) { return $global:WorldKeys.ContainsKey(($path -replace '/', '\').Trim('\')) }
    [bool] HasChildItems([string]$path) { return @(Get-WorldSubkey $path).Count -gt 0 }
    [void] GetItem([string]$path) { Write-WorldKey $this $path }
    [void] GetChildItems([string]$path, [bool]$recurse) { Get-WorldSubkey $path | ForEach-Object { Write-WorldKey $this $_ } }
    [void] GetChildNames([string]$path, [ReturnContainers]$containers) { Write-WorldKeyName $this $path }
    [void] GetProperty([string]$path, [Collection[string]]$names) { Write-WorldProperty $this $path $names }
    [void] SetProperty([string]$path, [psobject]$value) { throw 'a world cannot be changed' }
    [void] ClearProperty([string]$path, [Collection[string]]$names) { throw 'a world cannot be changed' }
    [object] GetPropertyDynamicParameters([string]$path, [Collection[string]]$names) { return $null }
    [object] SetPropertyDynamicParameters([string]$path, [psobject]$value) { return $null }
    [object] ClearPropertyDynamicParameters([string]$path, [Collection[string]]$names) { return $null }
}

$global:WorldKeys = @{}    # normalised path -> ordered names and values
$global:WorldDenied = @()    # normalised paths of keys that are there, and may not be read

function global:Get-WorldKeyPath([string]$Path) { ($Path -replace '/', '\').Trim('\').ToUpperInvariant() }

function global:Get-WorldSubkey([string]$Path) {
    $parent = Get-WorldKeyPath $Path
    $global:WorldKeys.Keys | Where-Object { $_ -and ($_ -replace '\\?[^\\]+$', '') -eq $parent } | Sort-Object
}

function global:Write-WorldKey($Provider, [string]$Path) {
    $key = Get-WorldKeyPath $Path
    $item = [pscustomobject]@{ PSTypeName = 'Microsoft.Win32.RegistryKey'; Name = "HKEY_LOCAL_MACHINE\$key"; Property = @($global:WorldKeys[$key].Keys) }
    $Provider.WriteItemObject($item, $key, $true)
}

function global:Write-WorldKeyName($Provider, [string]$Path) {
    foreach ($key in Get-WorldSubkey $Path) { $leaf = ($key -split '\\')[-1]; $Provider.WriteItemObject($leaf, $leaf, $true) }
}

function global:Write-WorldProperty($Provider, [string]$Path, $Names) {
    $key = Get-WorldKeyPath $Path
    if ($global:WorldDenied -contains $key) {
        $denied = [System.Security.SecurityException]::new('Requested registry access is not allowed.')
        return $Provider.WriteError([ErrorRecord]::new($denied, 'System.Security.SecurityException', 'PermissionDenied', $Path))
    }
    $values = $global:WorldKeys[$key]
    $wanted = @(if ($Names) { $Names } else { $values.Keys })
    $found = [psobject]::new()
    foreach ($name in $wanted) {
        if ($values.Contains($name)) { $found.PSObject.Properties.Add([PSNoteProperty]::new($name, $values[$name])); continue }
        $missing = [PSArgumentException]::new("Property $name does not exist at path HKEY_LOCAL_MACHINE\$Path.")
        $Provider.WriteError([ErrorRecord]::new($missing, 'System.Management.Automation.PSArgumentException', 'InvalidArgument', $name))
    }
    # Of a key without values nothing comes back, not an object without properties.
    if (@($found.PSObject.Properties).Count) { $Provider.WritePropertyObject($found, $Path) }
}

# A key brings its parents into being, as on Windows.
function global:Import-WorldRegistry($Keys, $Denied) {
    $global:WorldKeys[''] = [ordered]@{}
    $global:WorldDenied = @($Denied | ForEach-Object { Get-WorldKeyPath ($_ -replace '^HKLM:', '') })
    foreach ($path in $global:WorldDenied) { $global:WorldKeys[$path] = [ordered]@{} }
    foreach ($key in $Keys.PSObject.Properties) {
        $path = Get-WorldKeyPath ($key.Name -replace '^HKLM:', '')
        $parts = $path -split '\\'
        for ($i = 0; $i -lt $parts.Count; $i++) {
            $parent = $parts[0..$i] -join '\'
            if (-not $global:WorldKeys.ContainsKey($parent)) { $global:WorldKeys[$parent] = [ordered]@{} }
        }
        foreach ($value in $key.Value.PSObject.Properties) { $global:WorldKeys[$path][$value.Name] = $value.Value }
    }
    Import-Module -Assembly ([WorldRegistry].Assembly) -Global
    $null = New-PSDrive -Name HKLM -PSProvider Registry -Root '' -Scope Global
}
