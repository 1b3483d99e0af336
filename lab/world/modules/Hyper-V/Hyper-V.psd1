@{
    RootModule        = 'Hyper-V.psm1'
    ModuleVersion     = '2.0.0.0'
    GUID              = '9c7d3b1e-4a52-4f0e-8d6b-2f1e0c9a8b77'
    FunctionsToExport = '*'
    AliasesToExport   = '*'
}
