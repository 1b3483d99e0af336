$ProgressPreference='SilentlyContinue'
$full="$($ExecutionContext.SessionState.LanguageMode)" -eq 'FullLanguage'
if($full){try{[Console]::OutputEncoding=New-Object Text.UTF8Encoding $false}catch{$null=$_}}
$part=(@($input) -join "`n") -split '(?m)^#~#INPUT#~#$',3
if($part.Count -lt 2){'bootstrap: 97 no separator';exit 97}
$text=$part[0] -replace '\s+$',''
if($full){$sum=[BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::UTF8.GetBytes($text))) -replace '-',''}else{$sum='@SHA@'}
if($text.Length -ne '@LEN@' -or $sum -ne '@SHA@'){"bootstrap: 98 $($text.Length) characters, hash $sum";exit 98}
$data=$part[1] -replace '^\s+|\s+$',''
$secrets="$($part[2])" -replace '^\s+|\s+$',''
try{if($full){& ([ScriptBlock]::Create($text)) $data $secrets}else{Invoke-Expression "& {`n$text`n} `$data `$secrets"}}catch{"bootstrap: 96 $($_.FullyQualifiedErrorId) $($_.Exception.Message)";exit 96}
exit $LASTEXITCODE
