# What every topic is written in: a topic has probes, a probe keeps its rows and every error it met.
# The odd variable names matter: PowerShell scopes are dynamic, so a probe that used $topic would overwrite ours.
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Remove-TypeData -TypeName System.Array -ErrorAction Ignore    # its Count alias wraps arrays in ConvertTo-Json
$HvaDocument = [ordered]@{}

# An error as evidence. Ids and categories are the same in every language; messages are not.
function Failure($HvaRecord, [string]$HvaProbe, [string]$HvaTarget) {
    if (-not $HvaTarget) { $HvaTarget = "$($HvaRecord.TargetObject)" }
    [ordered]@{
        probe    = $HvaProbe
        id       = "$($HvaRecord.FullyQualifiedErrorId)"
        category = "$($HvaRecord.CategoryInfo.Category)"
        target   = $HvaTarget
        hresult  = $HvaRecord.Exception.HResult
        message  = "$($HvaRecord.Exception.Message)"
    }
}

function Topic([string]$HvaName, [scriptblock]$HvaBody) {
    $HvaFrom = Get-Date
    $HvaTopic = @{ data = [ordered]@{}; errors = @() }
    $HvaStray = @(try { & $HvaBody 2>&1 } catch { $_ })
    foreach ($HvaRow in $HvaStray) {
        if ($HvaRow -is [Management.Automation.ErrorRecord]) { $HvaTopic.errors += Failure $HvaRow '' }
    }
    $HvaDocument[$HvaName] = [ordered]@{
        data    = $HvaTopic.data
        errors  = @($HvaTopic.errors)
        seconds = ((Get-Date) - $HvaFrom).TotalSeconds
    }
}

# 2>&1 catches what try does not: a function of a script module looks up $ErrorActionPreference in its own scope,
# so its errors stay non-terminating whatever is set here.
function Probe([string]$HvaProbeName, [scriptblock]$HvaBody) {
    $HvaRows = @()
    foreach ($HvaRow in @(try { & $HvaBody 2>&1 } catch { $_ })) {
        if ($HvaRow -is [Management.Automation.ErrorRecord]) { $HvaTopic.errors += Failure $HvaRow $HvaProbeName }
        else { $HvaRows += , $HvaRow }
    }
    $HvaTopic.data[$HvaProbeName] = @($HvaRows)
}

# One object at a time, so that what goes wrong costs only that object and is kept with the id of its VM.
function Each([object[]]$HvaItems, [scriptblock]$HvaBody) {
    foreach ($HvaItem in $HvaItems) {
        $HvaId = if ($HvaItem.PSObject.Properties['VMId']) { "$($HvaItem.VMId)" } else { "$($HvaItem.Id)" }
        foreach ($HvaRow in @(try { & $HvaBody $HvaItem 2>&1 } catch { $_ })) {
            if ($HvaRow -is [Management.Automation.ErrorRecord]) { $HvaTopic.errors += Failure $HvaRow $HvaProbeName $HvaId }
            else { $HvaRow }
        }
    }
}

# The rows of a probe that has run: what a later one asks about.
function Rows([string]$HvaOf, [string]$HvaOfProbe) { $HvaDocument[$HvaOf]['data'][$HvaOfProbe] }

# A property this build may lack is null; so is one whose getter fails: PowerShell swallows what it throws, here as in
# plain $o.Name. Null is therefore unreadable, never Off.
function Value($HvaObject, [string]$HvaName) {
    $HvaProperty = $HvaObject.PSObject.Properties[$HvaName]
    if ($HvaProperty) { $HvaProperty.Value } else { $null }
}

# Never [int]$null: 0 would mean On.
function Number($HvaObject, [string]$HvaName) {
    $HvaValue = Value $HvaObject $HvaName
    if ($null -eq $HvaValue) { $null } elseif ($HvaValue -is [string]) { $HvaValue } else { [int]$HvaValue }
}

function Text($HvaObject, [string]$HvaName) {
    $HvaValue = Value $HvaObject $HvaName
    if ($null -eq $HvaValue) { $null } else { "$HvaValue" }
}
