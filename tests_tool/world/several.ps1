# Many worlds in one process, each in a runspace of its own: to start PowerShell costs more than to ask a world.
# A line of standard input is a folder with a command and its standard input. After what it printed stands a line `#### end`.
$start = [runspace]::DefaultRunspace.InitialSessionState
$variables = [System.Environment]::GetEnvironmentVariables()
$version = $PSVersionTable['PSVersion']
while ($folder = [Console]::In.ReadLine()) {
    $runspace = [runspacefactory]::CreateRunspace($start.Clone())    # without our host: the command exits
    $runspace.Open()
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    $lines = [string[]][System.IO.File]::ReadAllLines("$folder/stdin.txt")
    $given = [System.Management.Automation.PSDataCollection[string]]::new($lines)
    try {
        $printed = $shell.AddScript([System.IO.File]::ReadAllText("$folder/command.ps1")).Invoke($given)
        foreach ($line in $printed) { [Console]::Out.WriteLine("$line") }
    } catch { [Console]::Out.WriteLine("$_") }
    foreach ($met in $shell.Streams.Error) { [Console]::Error.WriteLine("$met") }
    $shell.Dispose()
    $runspace.Dispose()
    # What a world does to the process, and not to its runspace.
    foreach ($name in @([System.Environment]::GetEnvironmentVariables().Keys)) {
        if (-not $variables.Contains($name)) { [System.Environment]::SetEnvironmentVariable($name, $null) }
    }
    foreach ($name in $variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $variables[$name]) }
    $PSVersionTable['PSVersion'] = $version
    [Console]::Out.WriteLine('#### end')
}
