# Everything as one ASCII document between two marks. The reader checks its length, and its hash where one can be made.
$HvaJson = ConvertTo-Json -InputObject $HvaDocument -Depth 8 -Compress
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
