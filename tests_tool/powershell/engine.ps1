# The trees that PowerShell's own parser makes of some files, in the shape of tree.py, as one JSON list:
#   pwsh -NoProfile -File engine.ps1 list-of-files.txt
# What a collector has no need of is "other"; what 5.1 would not parse is "newer".
param([string]$List)
$ErrorActionPreference = 'Stop'

function Node([string]$Kind, $Ast, [string]$Value, [object[]]$Parts) {
    @{ kind = $Kind; line = $(if ($Ast) { $Ast.Extent.StartLineNumber } else { 0 }); value = $Value; parts = @($Parts | Where-Object { $_ }) }
}

function Name($Ast) {
    if ($Ast -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $Ast.Value } else { $null }
}

function All($Asts) { $found = @(); foreach ($a in $Asts) { $found += , (Read-Ast $a) }; , $found }

function Read-Block($Block) {
    $parts = @()
    foreach ($p in $Block.ParamBlock.Parameters) { if ($p) { $parts += , (Read-Ast $p) } }
    foreach ($named in @($Block.DynamicParamBlock, $Block.BeginBlock, $Block.ProcessBlock, $Block.CleanBlock)) {
        if ($named) { $parts += , (Node $(if ($named -eq $Block.CleanBlock) { 'newer' } else { 'other' }) $named $named.Extent.Text @()) }
    }
    foreach ($s in $Block.EndBlock.Statements) { $parts += , (Read-Ast $s) }
    , $parts
}

function Body($Ast) { Node 'body' $Ast '' (All $Ast.Statements) }

function Operator($Ast) {
    $text = $Ast.Extent.Text
    $from = $Ast.Left.Extent.EndOffset - $Ast.Extent.StartOffset
    $until = $Ast.Right.Extent.StartOffset - $Ast.Extent.StartOffset
    $text.Substring($from, $until - $from).Trim().ToLowerInvariant()
}

function Read-Ast($Ast) {
    switch ($Ast.GetType().Name) {
        'PipelineAst' {
            if ($Ast.Background) { return Node 'newer' $Ast $Ast.Extent.Text @() }
            if ($Ast.PipelineElements.Count -eq 1) { return Read-Ast $Ast.PipelineElements[0] }
            return Node 'pipeline' $Ast '' (All $Ast.PipelineElements)
        }
        'CommandExpressionAst' {
            if ($Ast.Redirections.Count) { return Node 'other' $Ast $Ast.Extent.Text @() }
            return Read-Ast $Ast.Expression
        }
        'AssignmentStatementAst' {
            return Node 'assign' $Ast $Ast.ErrorPosition.Text @((Read-Ast $Ast.Left), (Read-Ast $Ast.Right))
        }
        'StatementBlockAst' { return Body $Ast }
        'IfStatementAst' {
            $parts = @()
            foreach ($c in $Ast.Clauses) { $parts += , (Read-Ast $c.Item1); $parts += , (Body $c.Item2) }
            if ($Ast.ElseClause) { $parts += , (Body $Ast.ElseClause) }
            return Node 'if' $Ast '' $parts
        }
        'ForEachStatementAst' {
            if ("$($Ast.Flags)" -ne 'None' -or $Ast.Label) { return Node 'other' $Ast $Ast.Extent.Text @() }
            return Node 'foreach' $Ast $Ast.Variable.VariablePath.UserPath @((Read-Ast $Ast.Condition), (Body $Ast.Body))
        }
        'TryStatementAst' {
            $parts = @(, (Body $Ast.Body))
            foreach ($c in $Ast.CatchClauses) {
                $inner = @()
                foreach ($t in $c.CatchTypes) { $inner += , (Node 'type' $t $t.TypeName.FullName @()) }
                $inner += , (Body $c.Body)
                $parts += , (Node 'catch' $c '' $inner)
            }
            if ($Ast.Finally) { $parts += , (Node 'finally' $Ast.Finally '' @(, (Body $Ast.Finally))) }
            return Node 'try' $Ast '' $parts
        }
        'FunctionDefinitionAst' {
            if ($Ast.IsFilter -or $Ast.IsWorkflow) { return Node 'other' $Ast $Ast.Extent.Text @() }
            $parts = @()
            foreach ($p in $Ast.Parameters) { $parts += , (Read-Ast $p) }
            $inner = Read-Block $Ast.Body
            foreach ($p in $inner) { if ($p.kind -eq 'param') { $parts += , $p } }
            $parts += , (Node 'body' $null '' @($inner | Where-Object { $_.kind -ne 'param' }))
            return Node 'function' $Ast $Ast.Name $parts
        }
        'ParameterAst' {
            if ($Ast.DefaultValue) { return Node 'other' $Ast $Ast.Extent.Text @() }
            $types = @()
            foreach ($t in $Ast.Attributes) { $types += , (Node 'type' $t ($t.Extent.Text.Trim('[', ']') + $(if ($t.Extent.Text.EndsWith('[]]')) { '[]' })) @()) }
            return Node 'param' $Ast.Name $Ast.Name.VariablePath.UserPath $types
        }
        { $_ -in 'ExitStatementAst', 'ReturnStatementAst', 'ThrowStatementAst' } {
            return Node ($_ -replace 'StatementAst', '').ToLowerInvariant() $Ast '' $(if ($Ast.Pipeline) { @(, (Read-Ast $Ast.Pipeline)) } else { @() })
        }
        { $_ -in 'BreakStatementAst', 'ContinueStatementAst' } {
            return Node ($_ -replace 'StatementAst', '').ToLowerInvariant() $Ast '' $(if ($Ast.Label) { @(, (Read-Ast $Ast.Label)) } else { @() })
        }
        'CommandAst' {
            $call = @{ Unknown = ''; Ampersand = '&'; Dot = '.' }["$($Ast.InvocationOperator)"]
            $parts = All $Ast.CommandElements
            foreach ($r in $Ast.Redirections | Sort-Object { $_ -isnot [System.Management.Automation.Language.MergingRedirectionAst] }) {
                if ($r -is [System.Management.Automation.Language.MergingRedirectionAst]) {
                    $parts += , (Node 'redirect' $r ($r.Extent.Text -replace ' ', '') @())
                } else { $parts += , (Node 'redirect' $r 'file' @(, (Read-Ast $r.Location))) }
            }
            return Node 'command' $Ast $call $parts
        }
        'CommandParameterAst' {
            return Node 'parameter' $Ast $Ast.ParameterName $(if ($Ast.Argument) { @(, (Read-Ast $Ast.Argument)) } else { @() })
        }
        'BinaryExpressionAst' {
            if ("$($Ast.Operator)" -eq 'QuestionQuestion') { return Node 'newer' $Ast $Ast.Extent.Text @() }
            return Node 'binary' $Ast (Operator $Ast) @((Read-Ast $Ast.Left), (Read-Ast $Ast.Right))
        }
        'UnaryExpressionAst' {
            $sign = $Ast.Extent.Text.Substring(0, $Ast.Child.Extent.StartOffset - $Ast.Extent.StartOffset).Trim().ToLowerInvariant()
            return Node 'unary' $Ast $sign @(, (Read-Ast $Ast.Child))
        }
        'ArrayLiteralAst' { return Node 'list' $Ast '' (All $Ast.Elements) }
        'ArrayExpressionAst' { return Node 'array' $Ast '' (All $Ast.SubExpression.Statements) }
        'SubExpressionAst' { return Node 'sub' $Ast '' (All $Ast.SubExpression.Statements) }
        'ParenExpressionAst' { return Node 'paren' $Ast '' @(, (Read-Ast $Ast.Pipeline)) }
        'ConvertExpressionAst' {
            return Node 'cast' $Ast '' @((Node 'type' $Ast.Type ($Ast.Type.TypeName.FullName) @()), (Read-Ast $Ast.Child))
        }
        'TypeExpressionAst' { return Node 'type' $Ast $Ast.TypeName.FullName @() }
        'VariableExpressionAst' {
            if ($Ast.Splatted) { return Node 'other' $Ast $Ast.Extent.Text @() }
            return Node 'var' $Ast $Ast.VariablePath.UserPath @()
        }
        { $_ -in 'MemberExpressionAst', 'InvokeMemberExpressionAst' } {
            $name = Name $Ast.Member
            if ($null -eq $name -or $Ast.Member.Extent.Text -ne $name) { return Node 'other' $Ast $Ast.Extent.Text @() }
            if ($Ast.NullConditional) { return Node 'newer' $Ast $Ast.Extent.Text @() }
            $called = $Ast -is [System.Management.Automation.Language.InvokeMemberExpressionAst]
            $kind = if ($called) { if ($Ast.Static) { 'staticcall' } else { 'call' } } elseif ($Ast.Static) { 'static' } else { 'member' }
            $parts = @(, (Read-Ast $Ast.Expression))
            if ($called) { foreach ($a in $Ast.Arguments) { $parts += , (Read-Ast $a) } }
            return Node $kind $Ast $name $parts
        }
        'IndexExpressionAst' {
            if ($Ast.NullConditional) { return Node 'newer' $Ast $Ast.Extent.Text @() }
            return Node 'index' $Ast '' @((Read-Ast $Ast.Target), (Read-Ast $Ast.Index))
        }
        'StringConstantExpressionAst' {
            switch ("$($Ast.StringConstantType)") {
                'BareWord' { return Node 'word' $Ast $Ast.Extent.Text @() }
                'SingleQuoted' { return Node 'string' $Ast $Ast.Value @() }
                'DoubleQuoted' { return Node 'string' $Ast $Ast.Extent.Text.Substring(1, $Ast.Extent.Text.Length - 2) @() }
            }
            return Node 'other' $Ast $Ast.Extent.Text @()
        }
        'ExpandableStringExpressionAst' {
            if ("$($Ast.StringConstantType)" -ne 'DoubleQuoted') { return Node 'other' $Ast $Ast.Extent.Text @() }
            return Node 'expandable' $Ast $Ast.Extent.Text.Substring(1, $Ast.Extent.Text.Length - 2) (All $Ast.NestedExpressions)
        }
        'ConstantExpressionAst' { return Node 'number' $Ast $Ast.Extent.Text @() }
        'ScriptBlockExpressionAst' { return Node 'block' $Ast '' (Read-Block $Ast.ScriptBlock) }
        'HashtableAst' {
            $parts = @()
            foreach ($pair in $Ast.KeyValuePairs) {
                $key = Name $pair.Item1
                $parts += , $(if ($null -eq $key) { Node 'other' $pair.Item1 $pair.Item1.Extent.Text @() } else { Node 'pair' $pair.Item1 $key @(, (Read-Ast $pair.Item2)) })
            }
            return Node 'hash' $Ast '' $parts
        }
        { $_ -in 'PipelineChainAst', 'TernaryExpressionAst' } { return Node 'newer' $Ast $Ast.Extent.Text @() }
    }
    Node 'other' $Ast $Ast.Extent.Text @()
}

$documents = foreach ($path in [System.IO.File]::ReadAllLines($List)) {
    $tokens = $null; $errors = $null
    $ast = [System.Management.Automation.Language.Parser]::ParseInput([System.IO.File]::ReadAllText($path), [ref]$tokens, [ref]$errors)
    $parts = @()
    foreach ($e in $errors) { $parts += , (Node 'other' $e $e.Message @()) }
    $parts += Read-Block $ast
    Node 'script' $null '' $parts
}
[System.Console]::Out.Write((ConvertTo-Json -InputObject @($documents) -Depth 100 -Compress))
