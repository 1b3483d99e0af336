# What every topic is written in: a topic has probes, a probe keeps its rows and every error it met.
# The odd variable names matter: PowerShell scopes are dynamic, so a probe that used $topic would overwrite ours.
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Remove-TypeData -TypeName System.Array -ErrorAction Ignore    # its Count alias wraps arrays in ConvertTo-Json
$HvaDocument = [ordered]@{}
# What the control node wants to know beyond the usual, as data: nothing of it ever becomes part of a script.
$HvaInput = ConvertFrom-Json -InputObject "$($args[0])"

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

# Some topics as one ASCII document between two marks. The reader checks its length, and its hash where one can be made.
function Publish([string[]]$HvaNames) {
    $HvaPart = [ordered]@{}
    foreach ($HvaName in $HvaNames) { $HvaPart[$HvaName] = $HvaDocument[$HvaName] }
    $HvaJson = ConvertTo-Json -InputObject $HvaPart -Depth 8 -Compress
    $HvaSeen = @{}
    foreach ($HvaMatch in [regex]::Matches($HvaJson, '[^\x00-\x7e]')) { $HvaSeen[[int][char]$HvaMatch.Value] = $true }
    foreach ($HvaCode in $HvaSeen.Keys) { $HvaJson = $HvaJson.Replace("$([char]$HvaCode)", '\u' + ('{0:x4}' -f $HvaCode)) }

    if ("$($ExecutionContext.SessionState.LanguageMode)" -eq 'FullLanguage') {
        $HvaBytes = [Text.Encoding]::ASCII.GetBytes($HvaJson)
        $HvaHash = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($HvaBytes)) -replace '-', ''
        $HvaMemory = New-Object IO.MemoryStream
        $HvaZip = New-Object IO.Compression.GZipStream($HvaMemory, [IO.Compression.CompressionMode]::Compress)
        $HvaZip.Write($HvaBytes, 0, $HvaBytes.Length)
        $HvaZip.Close()
        $HvaBlock = [Convert]::ToBase64String($HvaMemory.ToArray(), [Base64FormattingOptions]::InsertLineBreaks)
        # Not the pipeline: it may wrap lines at the width of a console that is not there.
        [Console]::Out.Write("-----BEGIN EVIDENCE gzip+base64 bytes=$($HvaBytes.Length) sha256=$HvaHash-----`r`n$HvaBlock`r`n-----END EVIDENCE-----`r`n")
    } else {
        "-----BEGIN EVIDENCE plain bytes=$($HvaJson.Length)-----"
        $HvaJson
        '-----END EVIDENCE-----'
    }
}
