"""What the proofs see is what PowerShell's own parser sees."""

import re
from functools import cache

import pytest

from tests_tool.powershell import engine, texts, tree
from tests_tool.powershell.test_mutations import CHANGES
from tests_tool.powershell.tree import Node
from tests_tool.world.support import needs_pwsh

# Pieces of the language. Each is either read as PowerShell reads it, or not at all: never as something else.
PIECES = [
    "Get-X",
    "Get-X -A $a -B:$b 'c' d,e 1.5 @(1) { 2 } | ForEach-Object { $_ }",
    "Get-X -Header a, b, c | Get-Y",
    "New-Object a.b($c, [d]::e)",
    "New-Object a.b $c",
    "whoami /user /fo csv",
    "& $x $y; & { 1 }; . $x; & 'calc' 1",
    "a > b",
    "a 2>&1 > $null",
    "a *>&1",
    "a 2> $null",
    "1 > b",
    "$x = 1; $x += 2; $x.y = 3; $x['y'] = 4; [a]::b = 5; $env:x = 6; $a, $b = 7",
    "${x} = ${y z}",
    "$script:x = $global:y",
    "[int]$x = '1'; [byte[]]$y = 2; [ordered]@{ a = 1 }",
    "$x++; --$y; -$z; !$a; -not $b; -join $c; -split $d; +$e; , $f",
    "$a -eq $b -and $c -ne 'd' -or -not $e",
    "$a + $b * $c - $d / 2 % 3",
    "'{0}' -f $a, $b; $a -replace 'b', 'c' -split ','; 1..3; $a -band 1",
    "$a.b.c; $a.b().c(1, $d); [a]::b; [a.b]::c($d).e; $a[0].b[1]; $a.$b; $a.'b c'; $a::b",
    '"a$b"; "a$($b.c)d"; "a`"b`n"; "$a.b"; \'a\'\'b\'; "a""b"; "${a}"; "$(a; b)"; "$a:b"',
    '@"\na$b\n"@\n',
    "@'\na\n'@\n",
    "@{ a = 1; 'b' = 2; \"c\" = 3; 4 = 5; $d = 6 }",
    "@{ a = if ($b) { 1 } else { 2 }\nb = Get-X 1\n}",
    "@(1, 2; 3); $(1; 2); @()",
    "if ($a) { 1 } elseif ($b) { 2 } else { 3 }",
    "foreach ($a in $b) { $c }; foreach ($a in Get-X -Y) { break; continue }",
    "foreach -parallel ($a in $b) { 1 }",
    "for ($i = 0; $i -lt 1; $i++) { 1 }; while ($a) { 1 }; do { 1 } until ($b)",
    "switch ($a) { 1 { 2 } default { 3 } }",
    "try { 1 } catch [a.b], [c] { 2 } catch { 3 } finally { 4 }",
    "function f { 1 }; function g($a, [string]$b) { param($c) $a }; filter h { 1 }",
    "function f { [CmdletBinding()] param([Parameter(Mandatory)]$a = 1) begin { } process { } end { } }",
    "{ param($a, [int]$b) $a }; { begin { 1 } }",
    "return; return 1; throw 'a'; exit; exit 1",
    "trap { 1 }; data { 1 }; class A { [int]$b }; enum B { C }; using module d",
    "workflow w { 1 }; configuration c { 1 }",
    "$a ?? $b",
    "$a ??= 1",
    "$a?.b",
    "$a?[0]",
    "$a ? 1 : 2",
    "a && b || c",
    "a &",
    "f @x; f @(1)",
    "a --% b | c",
    "a `\n b",
    "a -b # c\n# d\n<# e\nf #> g",
    "$a = 0x1f; 1kb; 1e3; 1L; 1.5d; .5",
    "Get-A-B; a.exe; .\\a.ps1; C:\\a.exe; m\\Get-X; %; ?; a*b; a[b]",
    "a | % { $_ } | ? { $_.b }",
    "a | b | c; $a | b; 1, 2 | b",
    "(a).b; (a | b)[0]; (1)",
    "$a -is [b]; $a -isnot [c[]]; $a -as [d]; [a[]]; [a[b]]; [System.Nullable[int]]",
    "a -b:c; a -b :c; a -b=c; a $b.c; a ($b).c; a $b[0]; a [b]; a @{ b = 1 }",
    "a 'b'c; a b'c'; a \"b\"c; a b$c; a $b-c; a b,c",
    "#requires -version 5\na",
    "a;;b\n\n;c",
    "{",
    "a )",
    "'a",
]


# What a probe may do without anybody being told.
HARMLESS = {"[int]$x = '1'; [byte[]]$y = 2; [ordered]@{ a = 1 }", "@(1, 2; 3); $(1; 2); @()"}


def shape(node: Node) -> tuple[object, ...]:
    """A tree to compare. Where a block begins is no matter, and what may not be used is not compared further."""
    if node.kind in ("other", "newer"):
        return ("refused",)
    line = 0 if node.kind in ("script", "body", "catch", "finally") else node.line
    return (node.kind, line, node.value, *(shape(kid) for kid in node.kids))


def refuses(node: Node) -> bool:
    return any(part.kind in ("other", "newer") for part in node.walk())


@cache
def changed() -> list[str]:
    """What of each changed file stands around the change: the rest is compared as it is."""
    sources = texts.sources()
    return [around(sources[file], old, new) for changes in CHANGES.values() for file, old, new, _ in changes]


def around(source: str, old: str, new: str) -> str:
    """From the probe or function in which the change begins to the next one after it."""
    at = source.index(old)
    starts = [0, *(found.start() for found in re.finditer(r"^(?:Probe|Bulk|function) ", source, re.MULTILINE))]
    first = max(start for start in starts if start <= at)
    last = min((start for start in starts if start >= at + len(old)), default=len(source))
    return source[first:at] + new + source[at + len(old) : last]


@cache
def by_engine() -> dict[str, Node]:
    """Everything that is compared here, read by one PowerShell."""
    everything = [*texts.sources().values(), *(text.text for text in texts.sent()), *changed(), *PIECES]
    return dict(zip(everything, engine.parse(everything), strict=True))


class TestWithPowerShell:
    """Two parsers, one view."""

    pytestmark = needs_pwsh

    @pytest.mark.parametrize("name", texts.sources())
    def test_a_file_is_read_as_powershell_reads_it(self, name: str) -> None:
        text = texts.sources()[name]
        assert shape(tree.parse(text)) == shape(by_engine()[text])
        assert not refuses(by_engine()[text])

    @pytest.mark.parametrize("text", texts.sent(), ids=lambda text: text.name)
    def test_what_is_sent_is_read_as_powershell_reads_it(self, text: texts.Text) -> None:
        assert shape(tree.parse(text.text)) == shape(by_engine()[text.text])

    @pytest.mark.parametrize("text", PIECES)
    def test_nothing_is_read_as_something_else(self, text: str) -> None:
        """Read alike, or refused: a piece that only one of them understands could hide what it does."""
        ours = tree.parse(text)
        assert refuses(ours) or shape(ours) == shape(by_engine()[text])

    @pytest.mark.parametrize("number", range(len(changed())))
    def test_changed_files_are_read_alike(self, number: int) -> None:
        text = changed()[number]
        ours = tree.parse(text)
        assert refuses(ours) or shape(ours) == shape(by_engine()[text])
        assert refuses(ours) or not refuses(by_engine()[text])


def test_newer_syntax_is_called_newer() -> None:
    """Not merely refused: the developer is told why."""
    for text in ("$a ?? $b", "$a ??= 1", "$a?.b", "$a ? 1 : 2", "a && b"):
        assert [part for part in tree.parse(text).walk() if part.kind == "newer"], text


@pytest.mark.parametrize("text", PIECES)
def test_no_piece_goes_through_a_probe_unseen(text: str) -> None:
    """Made-up commands, types and properties are reported, whatever surrounds them; nothing makes a proof stumble."""
    before = texts.sources()["topics/smb.ps1"]
    assert "Probe client { Get" in before
    found = texts.findings(
        {"topics/smb.ps1": before.replace("Probe client { Get", f"Probe client {{ {text}\n; Get", 1)}
    )
    assert bool(found) == (text not in HARMLESS), found
