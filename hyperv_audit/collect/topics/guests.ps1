# Windows guests by PowerShell Direct, from the host that runs them. A job for each machine, some at a time: so what goes
# wrong is known by the machine's id, and one that hangs costs its own answer. Which machines, and as whom, is data; none
# of them is shielded. No cmdlet is ever given the password, because module logging keeps what cmdlets are given.
Probe answers {
    foreach ($batch in $HvaInput.Batches) {
        $password = New-Object Security.SecureString
        $word = $HvaSecrets[$batch.Secret]
        foreach ($character in [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($word)).ToCharArray()) { $password.AppendChar($character) }
        $credential = New-Object Management.Automation.PSCredential("$($batch.UserName)", $password)

        $jobs = @{}
        Each @($batch.Machines) {
            param($machine)
            $jobs["$($machine.Id)"] = Invoke-Command -VMId $machine.Id -Credential $credential -ScriptBlock $HvaGuest -ArgumentList "$($HvaInput.Inside)" -AsJob
        }
        $started = @($jobs.Values | Where-Object { $_ })
        if ($started.Count) { $null = Wait-Job -Job $started -Timeout $HvaInput.Patience }
        Each @($batch.Machines) {
            param($machine)
            $job = $jobs["$($machine.Id)"]
            if ($job) {
                $lines = @(Receive-Job -Job $job | ForEach-Object { "$_" })
                [ordered]@{ Id = "$($machine.Id)"; Text = $lines -join "`n" }
            }
        }
    }
}
