# The served document, the objects and errors made of it, and the commands of every module but Hyper-V's own.
# These are functions of modules, as most of the real ones are: such a function does not see its caller's
# $ErrorActionPreference, and a collector that relies on it loses errors.
param([Parameter(Mandatory = $true)][string]$Path)
Set-StrictMode -Version Latest

$Document = ConvertFrom-Json ([System.IO.File]::ReadAllText($Path))
$Answers = @{}    # command -> what it does; a command without an entry hands back the world's rows

function Get-WorldDocument { $Document }

function Add-WorldAnswer([string]$Command, [scriptblock]$Answer) { $Answers[$Command] = $Answer }

# --- objects --------------------------------------------------------------------------------------------------------

# Recorded enums become real ones: they compare with names, print as names and convert to their numbers.
function New-WorldEnum {
    $source = foreach ($enum in $Document.enums.PSObject.Properties) {
        "enum $($enum.Name) {"
        foreach ($member in $enum.Value.PSObject.Properties) { "    $($member.Name) = $($member.Value)" }
        '}'
    }
    $table = foreach ($enum in $Document.enums.PSObject.Properties) { "    $($enum.Name) = [$($enum.Name)]" }
    & ([scriptblock]::Create(($source + '@{' + $table + '}') -join "`n"))
}

$Enums = New-WorldEnum

# type -> its full name, and the properties that JSON cannot carry as what they are, each with its type in .NET
$Types = @{}
foreach ($type in $Document.types.PSObject.Properties) {
    $casts = @{}
    foreach ($cast in $type.Value.casts.PSObject.Properties) {
        $casts[$cast.Name] = if ($cast.Value -like 'enum *') { $Enums[$cast.Value.Substring(5)] } else { [type]$cast.Value }
    }
    $Types[$type.Name] = @{ called = $type.Value.called; casts = $casts }
}

# Text with half a surrogate pair travels as its code units: every reader of JSON or UTF-16 would repair it.
function ConvertFrom-WorldText($Value) { [string]::new([char[]]$Value.'$units') }

function Test-WorldField($Value, [string]$Name) {
    $Value -is [System.Management.Automation.PSCustomObject] -and $null -ne $Value.PSObject.Properties[$Name]
}

function ConvertTo-WorldValue($Value, $Cast) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        if ($Value.PSObject.Properties['$']) { return New-WorldObject $Value }
        return ConvertFrom-WorldText $Value
    }
    if ($Cast -eq [uint32] -and $Value -is [string]) { return $Value }    # a code that type data shows as text
    if ($Cast.IsEnum) { return [enum]::ToObject($Cast, [int]$Value) }
    $Value -as $Cast
}

# An object with all properties of its type. A property whose getter fails is a script property that throws.
# Some hundred properties for each virtual machine: what is neither an object nor a list is taken without a call.
function New-WorldObject($Given) {
    $type = $Types[$Given.'$']
    $object = [psobject]::new()
    $members = $object.PSObject.Members
    foreach ($field in $Given.PSObject.Properties) {
        if ($field.Name -cmatch '^[^A-Z]') { continue }    # the world's own words are no properties
        $value = $field.Value
        $cast = $type.casts[$field.Name]
        if ($value -is [array]) {
            $value = @(foreach ($item in $value) { if ($cast -or $item -is [psobject]) { ConvertTo-WorldValue $item $cast } else { $item } })
        } elseif ($value -is [System.Management.Automation.PSCustomObject]) {
            if ($value.PSObject.Properties['throws']) {
                $fail = [scriptblock]::Create("throw '$($value.throws -replace "'", "''")'")
                $members.Add([System.Management.Automation.PSScriptProperty]::new($field.Name, $fail))
                continue
            }
            $value = ConvertTo-WorldValue $value $cast
        } elseif ($cast -and $null -ne $value -and -not ($cast -eq [uint32] -and $value -is [string])) {
            $value = if ($cast.IsEnum) { [enum]::ToObject($cast, [int]$value) } else { $value -as $cast }
        }
        $members.Add([System.Management.Automation.PSNoteProperty]::new($field.Name, $value))
    }
    # The name comes last: type data of a known name may hold properties, which would be in the way.
    $object.PSObject.TypeNames.Insert(0, $type.called)
    $object
}

# --- errors and answers ---------------------------------------------------------------------------------------------

function Write-WorldError($Cmdlet, $Failure, $Target) {
    $category = [System.Management.Automation.ErrorCategory]$Failure.category
    $local = $Document.messages.PSObject.Properties[$Failure.message]
    $message = if ($local) { $local.Value } else { $Failure.message }
    $exception = if (Test-WorldField $Failure 'unsupported') { [System.NotSupportedException]::new($message) } else { [System.Exception]::new($message) }
    $record = [System.Management.Automation.ErrorRecord]::new($exception, $Failure.id, $category, $Target)
    if ($Failure.terminating) { $Cmdlet.ThrowTerminatingError($record) } else { $Cmdlet.WriteError($record) }
}

function New-WorldFailure([string]$Id, [string]$Category, [string]$Message, [bool]$Terminating = $false) {
    [pscustomobject]@{ id = $Id; category = $Category; message = $Message; terminating = $Terminating }
}

function Write-WorldAnswer($Cmdlet, $Answer, $Target) {
    if (Test-WorldField $Answer 'error') { Write-WorldError $Cmdlet $Answer.error $Target; return }
    foreach ($row in $Answer.rows) {
        if (Test-WorldField $row '$') { New-WorldObject $row } else { $row }
    }
}

# What every generated command does.
function Invoke-World($Cmdlet, [string]$Command, $Bound) {
    if ($Answers.ContainsKey($Command)) { & $Answers[$Command] $Cmdlet $Bound; return }
    $answer = $Document.answers.PSObject.Properties[$Command]
    if (-not $answer) { throw "the world does not say what $Command answers" }
    Write-WorldAnswer $Cmdlet $answer.Value $null
}

# --- commands -------------------------------------------------------------------------------------------------------

$Switches = 'All', 'AsJob', 'Audit', 'Default', 'IncludeHidden', 'IncludeNotSelected', 'IsAbsolute', 'KeyOnly', 'Leaf',
    'NoQualifier', 'Parent', 'Physical', 'Qualifier', 'Resolve', 'Shallow', 'Strict', 'TracePolicyStore'

# A parameter as Windows declares it, where that matters: machines come as objects or by name, and one of them must.
function Get-WorldParameterText([string]$Parameter, [bool]$OfMachines) {
    if ($OfMachines) {
        switch ($Parameter) {
            'VM' { return '[Parameter(Mandatory = $true, ValueFromPipeline = $true, ParameterSetName = ''VM'')][object[]]$VM' }
            'VMName' { return '[Parameter(Mandatory = $true, Position = 0, ParameterSetName = ''Name'')][string[]]$VMName' }
            'All' { return '[Parameter(Mandatory = $true, ParameterSetName = ''All'')][switch]$All' }
            'ManagementOS' { return '[Parameter(Mandatory = $true, ParameterSetName = ''ManagementOS'')][switch]$ManagementOS' }
            default { return "[Parameter()]`$$_" }
        }
    }
    switch ($Parameter) {
        'InputObject' { '[Parameter(ValueFromPipeline = $true)]$InputObject' }
        'ArgumentList' { '[Parameter(Position = 1)][object[]]$ArgumentList' }
        { 'Name', 'ClassName', 'Path', 'TypeName' -contains $_ } { "[Parameter(Position = 0)]`$$_" }
        { $Switches -contains $_ } { "[switch]`$$_" }
        default { "[Parameter()]`$$_" }
    }
}

# The source of one command: the recorded parameters and no others. A compiled cmdlet is a function that has its class's
# name, behind an alias: so its errors carry the ids that Windows gives them.
function Get-WorldCommandText([string]$Name) {
    $command = $Document.commands.$Name
    $machines = $command.parameters -contains 'VM' -and $Name -ne 'Get-VMReplication'    # without arguments: all of them
    $own = @($command.parameters | Where-Object { 'Confirm', 'WhatIf' -notcontains $_ })
    $declared = @($own | ForEach-Object { Get-WorldParameterText $_ $machines }) -join ', '
    $should = if ($command.parameters -contains 'WhatIf') { ', SupportsShouldProcess = $true' } else { '' }
    "function $($command.implementation) {
        [CmdletBinding(PositionalBinding = `$false, DefaultParameterSetName = 'Name'$should)]
        param($declared)
        process { Invoke-World `$PSCmdlet '$Name' `$PSBoundParameters }
    }"
    if ($command.implementation -ne $Name) { "Set-Alias -Name $Name -Value $($command.implementation)" }
}

# The source of all commands of one module; whoever runs it defines them in its own scope.
function Get-WorldModuleText([string]$Module) {
    foreach ($command in $Document.commands.PSObject.Properties) {
        if ($command.Value.module -eq $Module) { Get-WorldCommandText $command.Name }
    }
}

function Add-WorldModule {
    foreach ($module in $Document.modules) {
        if ($module -eq 'Hyper-V') { continue }
        $text = @(Get-WorldModuleText $module) -join "`n"
        New-Module -Name "World.$module" -ScriptBlock ([scriptblock]::Create("$text`nExport-ModuleMember -Function * -Alias *")) |
            Import-Module -Global
    }
}

# --- Windows itself -------------------------------------------------------------------------------------------------

# Only what the collectors call: whoami /user|/groups /fo csv /nh
function whoami {
    $asked = @($args | Where-Object { '/user', '/groups' -contains $_ })
    if ($asked.Count -ne 1 -or $args -notcontains '/nh') { throw "the world's whoami does not know: $args" }
    $Document.whoami.($asked[0].Substring(1))
}

# There since Windows Server 2025, and there alone.
function CiTool.exe {
    if ("$args" -ne '-lp -json') { throw "the world's CiTool does not know: $args" }
    $Document.policies
}

# A world whose clock matters says what it shows, in UTC; elsewhere time goes on.
$Answers['Get-Date'] = {
    if (-not $Document.now) { return [datetime]::Now }
    [datetime]::SpecifyKind([datetime]$Document.now, 'Utc').ToLocalTime()
}

$Answers['Get-UICulture'] = { [System.Globalization.CultureInfo]::GetCultureInfo($Document.culture) }

$Answers['Get-Service'] = {
    param($Cmdlet, $Bound)
    $services = @(Write-WorldAnswer $Cmdlet $Document.services '.')
    if (-not $Bound.ContainsKey('Name')) { return $services }
    foreach ($pattern in $Bound.Name) {
        $found = @($services | Where-Object { $_.Name -like $pattern })
        if ($found.Count) { $found; continue }
        $failure = New-WorldFailure 'NoServiceFoundForGivenName' 'ObjectNotFound' "Cannot find any service with service name '$pattern'."
        Write-WorldError $Cmdlet $failure $pattern
    }
}

$Answers['Get-WindowsFeature'] = {
    param($Cmdlet, $Bound)
    $rows = @(Write-WorldAnswer $Cmdlet $Document.features 'Get-WindowsFeature')
    if (-not $Bound.ContainsKey('Name')) { return $rows }
    $rows | Where-Object { $row = $_; @($Bound.Name | Where-Object { $row.Name -like $_ }).Count }
}

# Members by the group's SID. A member that no one can name any more aborts the listing of its group.
$Answers['Get-LocalGroupMember'] = {
    param($Cmdlet, $Bound)
    if (-not $Bound.ContainsKey('SID')) { throw 'the world knows its groups by SID' }
    $group = $Document.localGroups.PSObject.Properties["$($Bound.SID)"]
    if ($group) { return Write-WorldAnswer $Cmdlet $group.Value $null }
    Write-WorldError $Cmdlet (New-WorldFailure 'GroupNotFound' 'ObjectNotFound' "Group $($Bound.SID) was not found.") "$($Bound.SID)"
}

$Answers['Get-LocalUser'] = { param($Cmdlet, $Bound) Write-WorldAnswer $Cmdlet $Document.localNames.users $null }
$Answers['Get-LocalGroup'] = { param($Cmdlet, $Bound) Write-WorldAnswer $Cmdlet $Document.localNames.groups $null }

# Programs that write the file they are told: only as the collectors call them.
function secedit {
    if ("$args" -notmatch '^/export /cfg (.+)[\\/]policy\.inf /areas SECURITYPOLICY USER_RIGHTS /log \1[\\/]policy\.log /quiet$') { throw "the world's secedit does not know: $args" }
    Save-WorldPolicy $Document.policyFiles.secedit $args[2] Unicode
}

function auditpol {
    if ("$args" -notmatch '^/backup /file:(.+)$') { throw "the world's auditpol does not know: $args" }
    Save-WorldPolicy $Document.policyFiles.auditpol $Matches[1] UTF8
}

function Save-WorldPolicy($Policy, [string]$Path, [string]$Encoding) {
    $global:LASTEXITCODE = 0
    if (Test-WorldField $Policy 'lines') { Set-Content -LiteralPath $Path -Value $Policy.lines -Encoding $Encoding; return }
    $global:LASTEXITCODE = $Policy.exit_code
    $Policy.says
}

# Without -IncludeNotSelected the paths that SMB has in reserve are not shown.
$Answers['Get-SmbMultichannelConnection'] = {
    param($Cmdlet, $Bound)
    $rows = @(Write-WorldAnswer $Cmdlet $Document.answers.'Get-SmbMultichannelConnection' $null)
    $rows | Where-Object { $_.Selected -or $Bound.ContainsKey('IncludeNotSelected') }
}

# --- NetSecurity ----------------------------------------------------------------------------------------------------

# Without -PolicyStore only the local persistent store is read: what a group policy delivers is not in it.
function Select-WorldStore($Cmdlet, [string]$Command, $Bound) {
    $rows = @(Write-WorldAnswer $Cmdlet $Document.answers.$Command $null)
    $store = if ($Bound.ContainsKey('PolicyStore')) { "$($Bound.PolicyStore)" } else { 'PersistentStore' }
    switch ($store) {
        'ActiveStore' { $rows }
        'PersistentStore' { $rows | Where-Object { [int]$_.PolicyStoreSourceType -eq 1 } }
        default { throw "the world does not know the policy store $store" }
    }
}

# The filter of one rule; they share an id.
function Select-WorldFilter($Cmdlet, [string]$Command, $Bound) {
    if (-not $Bound.ContainsKey('AssociatedNetIPsecRule')) { throw 'the world knows the filters of IPsec rules only' }
    $rows = @(Write-WorldAnswer $Cmdlet $Document.answers.$Command $null)
    $rows | Where-Object { $_.InstanceID -eq $Bound.AssociatedNetIPsecRule.InstanceID }
}

foreach ($command in 'Get-NetIPsecRule', 'Get-NetIPsecQuickModeCryptoSet') {
    $Answers[$command] = [scriptblock]::Create("param(`$Cmdlet, `$Bound) Select-WorldStore `$Cmdlet '$command' `$Bound")
}
foreach ($command in 'Get-NetFirewallAddressFilter', 'Get-NetFirewallPortFilter') {
    $Answers[$command] = [scriptblock]::Create("param(`$Cmdlet, `$Bound) Select-WorldFilter `$Cmdlet '$command' `$Bound")
}

# --- files ----------------------------------------------------------------------------------------------------------

# Which folder of the world says who may open this path: itself, or the nearest above it.
function Get-WorldAclPath([string]$Path) {
    for ($at = $Path.TrimEnd('\'); $at; $at = $at -replace '\\?[^\\]+$', '') {
        if ($Document.acls.PSObject.Properties[$at]) { return $at }
    }
    throw "the world does not say who may open $Path"
}

# What a folder hands down to what is made in it: entries that are inherited by containers, or by files, marked as such.
function ConvertTo-WorldInheritedSddl([string]$Sddl, [bool]$ToFile) {
    $handed = foreach ($entry in [regex]::Matches($Sddl, '\((\w);(\w*);([^)]*)\)')) {
        $kind, $flags, $rest = $entry.Groups[1].Value, $entry.Groups[2].Value, $entry.Groups[3].Value
        if ($flags -notlike $(if ($ToFile) { '*OI*' } else { '*CI*' })) { continue }
        if ($ToFile) {
            if ($rest -like '*;CO') { continue }
            $flags = ''
        } elseif ($rest -notlike '*;CO') { $flags = $flags -replace 'IO' }
        "($kind;$($flags -replace 'ID')ID;$rest)"
    }
    ($Sddl -replace 'D:.*$', 'D:AI') + (-join $handed)
}

$Answers['Get-Acl'] = {
    param($Cmdlet, $Bound)
    $path = if ($Bound.ContainsKey('LiteralPath')) { "$($Bound.LiteralPath)" } else { "$($Bound.Path)" }
    $from = Get-WorldAclPath $path
    $said = $Document.acls.$from
    if (Test-WorldField $said 'error') { return Write-WorldError $Cmdlet $said.error $path }
    if (-not (Test-WorldFile $path)) {
        return Write-WorldError $Cmdlet (New-WorldFailure 'GetAcl_PathNotFound_Exception' 'ObjectNotFound' "Cannot find path '$path' because it does not exist.") $path
    }
    $isFile = $path -match '\.(a?vhdx?|vhds|iso)$'
    $sddl = if ($from -eq $path.TrimEnd('\')) { $said.sddl } else { ConvertTo-WorldInheritedSddl $said.sddl $isFile }
    # A disk's own entries stand before those it inherits: one for each machine that has it.
    $opened = $Document.opened.PSObject.Properties[$path]
    if ($opened) { $sddl = $sddl -replace '^([^(]*)', ('$1' + (-join ($opened.Value | ForEach-Object { "(A;;0x12019f;;;$_)" }))) }
    [pscustomobject]@{ PSTypeName = 'System.Security.AccessControl.DirectorySecurity'; Path = "Microsoft.PowerShell.Core\FileSystem::$path"; Sddl = $sddl }
}

# The head of one virtual disk: that of a differencing disk names its parent.
$Answers['Get-VHD'] = {
    param($Cmdlet, $Bound)
    foreach ($path in @($Bound.Path)) {
        $said = $Document.parents.PSObject.Properties["$path"]
        if ($said) { Write-WorldAnswer $Cmdlet $said.Value $path; continue }
        Write-WorldError $Cmdlet (New-WorldFailure 'ObjectNotFound' 'ObjectNotFound' "Getting the mounted storage instance for the path '$path' failed.") $path
    }
}

# With backslashes, also where the machine that plays Windows has none. A path needs its drive, as on Windows.
$Answers['Split-Path'] = {
    param($Cmdlet, $Bound)
    $path = "$($Bound.Path)"
    if ($path -match '^(\w):' -and $Document.files.drives -notcontains $Matches[1]) {
        $missing = New-WorldFailure 'DriveNotFound' 'ObjectNotFound' "Cannot find drive. A drive with the name '$($Matches[1])' does not exist."
        return Write-WorldError $Cmdlet $missing $Matches[1]
    }
    if ($Bound.ContainsKey('Leaf')) { return ($path -split '\\')[-1] }
    $parent = $path -replace '\\[^\\]*$', ''
    if ($parent -match '^\w:$') { "$parent\" } else { $parent }
}

# --- COM ------------------------------------------------------------------------------------------------------------

$NewObject = Get-Command -Name New-Object -CommandType Cmdlet

# A signed function may make what a constrained script may not, so it refuses in that script's place. Its own module
# makes no object by this command.
$Answers['New-Object'] = {
    param($Cmdlet, $Bound)
    if ("$($Document.languageMode)" -eq 'ConstrainedLanguage') {
        $id = if ($Bound.ContainsKey('ComObject')) { 'CannotCreateComTypeConstrainedLanguage' } else { 'CannotCreateTypeConstrainedLanguage' }
        $refused = New-WorldFailure $id 'PermissionDenied' 'Cannot create type. Only core types are supported in this language mode.' $true
        $refused | Add-Member -NotePropertyName unsupported -NotePropertyValue $true
        return Write-WorldError $Cmdlet $refused $null
    }
    if (-not $Bound.ContainsKey('ComObject')) { return & $NewObject @Bound }
    switch ("$($Bound.ComObject)") {
        # In UTC, of a kind that does not say so.
        'Microsoft.Update.AutoUpdate' {
            $dates = foreach ($found in $Document.updates.lastSearch, $Document.updates.lastInstallation) { if ($found) { [datetime]$found } else { $null } }
            [pscustomobject]@{ Results = [pscustomobject]@{ LastSearchSuccessDate = $dates[0]; LastInstallationSuccessDate = $dates[1] } }
        }
        'Microsoft.Update.SystemInfo' { [pscustomobject]@{ RebootRequired = $Document.updates.restartRequired } }
        'Microsoft.Update.Session' {
            [pscustomobject]@{} | Add-Member -PassThru -MemberType ScriptMethod -Name CreateUpdateSearcher -Value { New-WorldUpdateSearcher }
        }
        default {
            $unknown = New-WorldFailure 'NoCOMClassIdentified' 'ResourceUnavailable' "Retrieving the COM class factory for component $($Bound.ComObject) failed." $true
            Write-WorldError $Cmdlet $unknown $null
        }
    }
}

# There is no server that a world could ask; and an account without rights may make a searcher, but not search.
function New-WorldUpdateSearcher {
    [pscustomobject]@{ Online = $true } | Add-Member -PassThru -MemberType ScriptMethod -Name Search -Value {
        param($Criteria)
        if ($this.Online) { throw 'the world has no update server: a search has to stay on the host' }
        if ($Criteria -ne "IsInstalled=0 and IsHidden=0 and Type='Software'") { throw "the world does not understand this search: $Criteria" }
        if ($null -eq $Document.updates.found) { throw [System.UnauthorizedAccessException]::new('Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))') }
        $Document.updates.found
    }
}

$Answers['ConvertTo-HgsKeyProtector'] = {
    param($Cmdlet, $Bound)
    $id = [guid][byte[]]$Bound.Bytes[0..15]
    $owner = @($Document.vms | Where-Object { $id -eq [guid]$_.vm.Id })
    if (-not $owner.Count -or (Test-WorldField $owner[0].keyProtector 'unreadable')) {
        $failure = New-WorldFailure 'HRESULT 0x80070057' 'NotSpecified' 'The key protector cannot be read.'
        return Write-WorldError $Cmdlet $failure $null
    }
    [pscustomobject]@{
        Owner     = [pscustomobject]@{ Name = $owner[0].keyProtector.owner }
        Guardians = @($owner[0].keyProtector.guardians | ForEach-Object {
                [pscustomobject]@{ Name = $_; SigningCertificate = [System.Text.Encoding]::UTF8.GetBytes("the certificate of $_") }
            })
    }
}

# --- PowerShell Direct ----------------------------------------------------------------------------------------------

# What stands in the way is told at once, without a job, and names no machine. Ids as in PowerShell's source
# (PSRemotingCmdlet.cs, Job.cs); a wrong password shows as a broken session, when the job is asked.
$Answers['Invoke-Command'] = {
    param($Cmdlet, $Bound)
    if (-not ($Bound.ContainsKey('VMId') -and $Bound.ContainsKey('AsJob'))) { throw 'the world knows Invoke-Command -VMId -AsJob only' }
    $entry = @($Document.vms | Where-Object { $_.vm.Id -eq "$($Bound.VMId)" })
    if (-not $entry.Count) {
        return Write-WorldError $Cmdlet (New-WorldFailure 'InvalidVMIdNotSingle' 'InvalidArgument' "The input VMId $($Bound.VMId) does not resolve to a single virtual machine.") $null
    }
    if ([int]$entry[0].vm.State -ne 2) {
        return Write-WorldError $Cmdlet (New-WorldFailure 'InvalidVMState' 'InvalidArgument' "The virtual machine $($entry[0].vm.Name) is not in running state.") $null
    }
    [pscustomobject]@{ PSTypeName = 'System.Management.Automation.PSRemotingJob'; Entry = $entry[0]; Credential = $Bound.Credential; Block = "$($Bound.ScriptBlock)"; Given = $Bound.ArgumentList }
}

$Answers['Wait-Job'] = { param($Cmdlet, $Bound) $Bound.Job }

# The block runs in a session of its own, which shows the guest's world.
$Answers['Receive-Job'] = {
    param($Cmdlet, $Bound)
    foreach ($job in $Bound.Job) {
        $inside, $given = $job.Entry.inside, $job.Credential.GetNetworkCredential()
        if ($null -eq $inside) {
            Write-WorldError $Cmdlet (New-WorldFailure 'PSSessionStateBroken' 'OpenError' 'The remote session might have ended.') $job.Entry.vm.Name
            continue
        }
        if ($inside.username -ne $job.Credential.UserName -or $inside.password -cne $given.Password) {
            Write-WorldError $Cmdlet (New-WorldFailure 'PSSessionStateBroken' 'OpenError' 'The credential is invalid.') $job.Entry.vm.Name
            continue
        }
        $session = [powershell]::Create([runspacefactory]::CreateRunspace([runspace]::DefaultRunspace.InitialSessionState))
        $session.Runspace.Open()
        $null = $session.AddScript(". '$PSScriptRoot/world.ps1' '$([System.IO.Path]::GetDirectoryName($Path))/$($job.Entry.vm.Id).json'").Invoke()
        $session.Commands.Clear()
        $null = $session.AddScript($job.Block)
        foreach ($argument in $job.Given) { $null = $session.AddArgument($argument) }
        $session.Invoke()
        foreach ($record in $session.Streams.Error) { $Cmdlet.WriteError($record) }
        $session.Runspace.Dispose()
    }
}

# --- CIM ------------------------------------------------------------------------------------------------------------

# A namespace that is missing, a class that is missing, and an account without rights: three ids, no rows, no exception.
$Answers['Get-CimInstance'] = {
    param($Cmdlet, $Bound)
    $space = if ($Bound.ContainsKey('Namespace')) { "$($Bound.Namespace)".Replace('/', '\') } else { 'root\cimv2' }
    $class = "$($Bound.ClassName)"
    $classes = $Document.cim.PSObject.Properties[$space]
    if (-not $classes) {
        return Write-WorldError $Cmdlet (New-WorldFailure 'HRESULT 0x8004100e' 'MetadataError' 'Invalid namespace ') "${space}:$class"
    }
    $answer = $classes.Value.PSObject.Properties | Where-Object { $_.Name -eq $class -or $_.Name -eq '*' }
    if (-not $answer) {
        return Write-WorldError $Cmdlet (New-WorldFailure 'HRESULT 0x80041010' 'MetadataError' 'Invalid class ') "${space}:$class"
    }
    $rows = @(Write-WorldAnswer $Cmdlet $answer.Value "${space}:$class")
    if ($Bound.ContainsKey('Filter')) { $rows = @(Select-WorldRow $rows $Bound.Filter) }
    $rows
}

# The part of WQL that is used here: Property=number, ='text' or =FALSE, and OR between them.
function Select-WorldRow($Rows, [string]$Filter) {
    $terms = foreach ($term in $Filter -split ' OR ') {
        if ($term -notmatch "^(\w+)=(?:(\d+)|'([^']*)'|(TRUE|FALSE))$") { throw "the world does not understand this filter: $Filter" }
        @{ name = $Matches[1]; value = $(if ($Matches[2]) { [long]$Matches[2] } elseif ($Matches[4]) { $Matches[4] -eq 'TRUE' } else { $Matches[3] }) }
    }
    $Rows | Where-Object { $row = $_; @($terms | Where-Object { $row.($_.name) -eq $_.value }).Count }
}

# Whom a session belongs to: the one association that the world knows. An account without a SID cannot be looked up.
$Answers['Get-CimAssociatedInstance'] = {
    param($Cmdlet, $Bound)
    if ($Bound.Association -ne 'Win32_LoggedOnUser') { throw "the world does not know the association $($Bound.Association)" }
    $sessions = @($Document.cim.'root\cimv2'.Win32_LogonSession.rows | Where-Object { $_.LogonId -eq $Bound.InputObject.LogonId })
    foreach ($session in $sessions) { foreach ($account in $session.accounts) { if ($account.SID) { New-WorldObject $account } } }
}

$Answers['Invoke-CimMethod'] = {
    param($Cmdlet, $Bound)
    $space = 'root\CIMV2\Security\MicrosoftVolumeEncryption'
    $volume = @($Document.cim.$space.Win32_EncryptableVolume.rows | Where-Object { $_.DeviceID -eq $Bound.InputObject.DeviceID })
    $protectors = @($volume[0].key_protectors)
    switch ($Bound.MethodName) {
        'GetKeyProtectors' {
            $ids = @(for ($i = 0; $i -lt $protectors.Count; $i++) { '{{00000000-0000-0000-0000-{0:d12}}}' -f $i })
            [pscustomobject]@{ ReturnValue = [uint32]0; VolumeKeyProtectorID = $(if ($ids.Count) { $ids } else { $null }) }
        }
        'GetKeyProtectorType' {
            $index = [int]("$($Bound.Arguments.VolumeKeyProtectorID)" -replace '^.*-0*(\d+)\}$', '$1')
            [pscustomobject]@{ ReturnValue = [uint32]0; KeyProtectorType = [uint32]$protectors[$index] }
        }
        default { throw "the world does not know the method $($Bound.MethodName)" }
    }
}

Export-ModuleMember -Function Get-WorldDocument, Add-WorldAnswer, Get-WorldModuleText, Add-WorldModule, Invoke-World, New-WorldObject,
    New-WorldFailure, Write-WorldError, Test-WorldField, whoami, CiTool.exe, secedit, auditpol -Variable @()
