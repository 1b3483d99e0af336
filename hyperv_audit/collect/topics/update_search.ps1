# What the host knows to be missing, from the last time that it looked: Online is off, so no server is asked, and a searcher
# neither loads nor installs anything. Slow. FullLanguage: COM objects are refused in ConstrainedLanguage.
Probe search {
    $searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
    $searcher.Online = $false
    $result = $searcher.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
    [ordered]@{
        ResultCode = [int]$result.ResultCode
        Updates    = @($result.Updates | ForEach-Object {
            [ordered]@{
                Title        = $_.Title
                MsrcSeverity = $_.MsrcSeverity
                CategoryIDs  = @($_.Categories | ForEach-Object { $_.CategoryID })
                PublishedUtc = if ($_.LastDeploymentChangeTime) { ([datetime]$_.LastDeploymentChangeTime).ToString('s') + 'Z' } else { $null }
            }
        })
    }
}
