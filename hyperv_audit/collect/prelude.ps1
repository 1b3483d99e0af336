# What every topic is written in: a topic has probes, a probe keeps its rows and every error it met.
# The odd variable names matter: PowerShell scopes are dynamic, so a probe that used $topic would overwrite ours.
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Remove-TypeData -TypeName System.Array -ErrorAction Ignore    # its Count alias wraps arrays in ConvertTo-Json
$HvaDocument = [ordered]@{}
# What the control node wants to know beyond the usual, as data: nothing of it ever becomes part of a script.
$HvaInput = ConvertFrom-Json -InputObject "$($args[0])"
# Passwords, each in base64, where a topic needs some. Module logging keeps what a cmdlet is given: no cmdlet gets these.
$HvaSecrets = "$($args[1])" -split '\s+'

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
# so its errors stay non-terminating whatever is set here. What Bulk told comes first.
function Probe([string]$HvaProbeName, [scriptblock]$HvaBody) {
    $HvaRows = @(if ($HvaTopic.data[$HvaProbeName]) { $HvaTopic.data[$HvaProbeName] })
    foreach ($HvaRow in @(try { & $HvaBody 2>&1 } catch { $_ })) {
        if ($HvaRow -is [Management.Automation.ErrorRecord]) { $HvaTopic.errors += Failure $HvaRow $HvaProbeName }
        else { $HvaRows += , $HvaRow }
    }
    $HvaTopic.data[$HvaProbeName] = @($HvaRows)
}

# The rows of a probe that can be had of many objects at once; the probe itself then asks for those that are Left. Where
# anything goes wrong nothing of it counts, and why is kept with the probe `bulk`: the others' errors are still to come.
function Bulk([string]$HvaProbeName, [scriptblock]$HvaBody) {
    $HvaTold = @(try { & $HvaBody 2>&1 } catch { $_ })
    $HvaFailed = @($HvaTold | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
    foreach ($HvaRow in $HvaFailed) { $HvaTopic.errors += Failure $HvaRow 'bulk' $HvaProbeName }
    $HvaTopic.data[$HvaProbeName] = @(if (-not $HvaFailed.Count) { $HvaTold })
}

# The objects of which this probe has no row yet.
function Left([object[]]$HvaItems) {
    $HvaKnown = @{}
    foreach ($HvaRow in $HvaTopic.data[$HvaProbeName]) { $HvaKnown["$(if ($HvaRow['VMId']) { $HvaRow['VMId'] } else { $HvaRow['Id'] })"] = $true }
    foreach ($HvaItem in $HvaItems) { if (-not $HvaKnown["$($HvaItem.Id)"]) { $HvaItem } }
}

# Objects in a table by a part of what a property says: the group of a pattern. Keys of such a table know no case.
function Keyed([object[]]$HvaItems, [string]$HvaName, [string]$HvaPattern) {
    $HvaTable = @{}
    foreach ($HvaItem in $HvaItems) {
        $HvaKey = "$(Value $HvaItem $HvaName)" -replace $HvaPattern, '$1'
        if ($HvaTable[$HvaKey]) { $HvaTable[$HvaKey] += $HvaItem } else { $HvaTable[$HvaKey] = @($HvaItem) }
    }
    $HvaTable
}

# The object under a key, where there is one.
function One($HvaTable, [string]$HvaKey) {
    if (@($HvaTable[$HvaKey]).Count -gt 1) { throw "more than one for $HvaKey" }
    $HvaTable[$HvaKey]
}

# Whether every field of a row was shown.
function Whole($HvaRow) {
    foreach ($HvaField in $HvaRow.Values) { if ($null -eq $HvaField) { return $false } }
    $true
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

# Some programs tell what they know to a file only. It lies for a moment in a folder of our own: new, because without -Force
# one that exists is an error, and removed whatever happened in between.
function OwnFolder([scriptblock]$HvaBody) {
    $HvaFolder = New-Item -ItemType Directory -Path $env:TEMP -Name "hva-$(New-Guid)" -ErrorAction Stop
    try { & $HvaBody $HvaFolder.FullName } finally { Remove-Item -LiteralPath $HvaFolder.FullName -Recurse }
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

# A boolean of CIM as the OnOffState of the cmdlets, whose On is 0.
function Switched($HvaObject, [string]$HvaName) {
    $HvaValue = Value $HvaObject $HvaName
    if ($null -eq $HvaValue) { $null } elseif ($HvaValue -eq $true) { 0 } else { 1 }
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
        $HvaText = "-----BEGIN EVIDENCE gzip+base64 bytes=$($HvaBytes.Length) sha256=$HvaHash-----`r`n$HvaBlock`r`n-----END EVIDENCE-----`r`n"
        # The pipeline may wrap lines at the width of a console that is not there; but a remote session has only that.
        if (Value $HvaInput 'Pipeline') { $HvaText } else { [Console]::Out.Write($HvaText) }
    } else {
        "-----BEGIN EVIDENCE plain bytes=$($HvaJson.Length)-----"
        $HvaJson
        '-----END EVIDENCE-----'
    }
}
