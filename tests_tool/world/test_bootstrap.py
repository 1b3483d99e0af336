"""The bootstrap on a real PowerShell: what arrives damaged is not run, and what is run keeps its exit code."""

import json

import pytest

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import SEPARATOR, Script, compose
from lab.record import run_script
from tests_tool.world.support import changed, collecting, needs_pwsh, run_bootstrap

pytestmark = [*needs_pwsh, pytest.mark.parametrize("constrained", [False, True], ids=["full", "constrained"])]

HELLO = Script("'hello'")


def test_a_script_runs_and_gets_its_input(constrained: bool) -> None:
    script = Script("param($json)\n(ConvertFrom-Json $json).'wer da'")
    done = run_bootstrap(script, script.stdin({"wer da": "Łódź"}), constrained=constrained)
    assert (done.stdout.decode(), done.stderr, done.exit_code) == ("Łódź\r\n", b"", 0)


def test_topics_get_the_input_and_slow_ones_are_printed_apart(constrained: bool) -> None:
    quick = {
        "a": "Probe told { $HvaInput.words[1] }",
        "b": "Probe none { if ($HvaInput.more) { 'more' } else { 'none' } }",
    }
    script = compose(quick, {"c": 'Probe late { "$([char]0x17c)" }', "d": "throw 'gone'"})
    done = run_bootstrap(script, script.stdin({"words": ["eins", "zwei"]}), constrained=constrained)
    document = extract(done.stdout)
    assert {name: topic["data"] for name, topic in document.items()} == {
        "a": {"told": ["zwei"]},
        "b": {"none": ["none"]},
        "c": {"late": ["ż"]},
        "d": {},
    }
    assert document["d"]["errors"][0]["message"] == "gone"
    assert done.stdout.count(b"-----BEGIN EVIDENCE") == 3


def test_topics_without_input_have_none(constrained: bool) -> None:
    script = compose({"a": "Probe told { @($HvaInput.PSObject.Properties).Count }"})
    assert extract(run_bootstrap(script, script.stdin(), constrained=constrained).stdout)["a"]["data"] == {"told": [0]}


def test_cut_input_is_not_run(constrained: bool) -> None:
    script = Script("'one'\n'two'")
    cut = f"'one'\n{SEPARATOR}\n{{}}\n".encode()
    done = run_bootstrap(script, cut, constrained=constrained)
    assert done.exit_code == 98
    assert done.stdout.startswith(b"bootstrap: 98 5 characters, hash ")


def test_altered_input_is_not_run_where_a_hash_can_be_made(constrained: bool) -> None:
    done = run_bootstrap(HELLO, Script("'HELLO'").stdin(), constrained=constrained)
    if constrained:
        assert (done.stdout, done.exit_code) == (b"HELLO\r\n", 0)  # the length is all that can be compared there
    else:
        assert done.exit_code == 98
        assert done.stdout.decode().strip().endswith(Script("'HELLO'").sha256)


@pytest.mark.parametrize("stdin", [b"", b"'hello'\n", b"'hello' #~#INPUT#~#\n{}"], ids=["empty", "missing", "inline"])
def test_no_separator(constrained: bool, stdin: bytes) -> None:
    done = run_bootstrap(HELLO, stdin, constrained=constrained)
    assert (done.stdout, done.exit_code) == (b"bootstrap: 97 no separator\r\n", 97)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_sixty_kilobytes_in_long_lines_arrive_whole(constrained: bool, line_end: bytes) -> None:
    rows = [f"$sum += {len(word)} # {word}" for word in ["x" * 220] * 260]
    script = Script("\n".join(["$sum = 0", *rows, "$sum"]))
    assert len(script.text) > 60_000
    done = run_bootstrap(script, script.stdin().replace(b"\n", line_end), constrained=constrained)
    assert (done.stdout, done.exit_code) == (f"{220 * 260}\r\n".encode(), 0)


@pytest.mark.parametrize(
    ("text", "error"),
    [("if (", b"Missing condition"), ("throw 'no more'", b"no more")],
    ids=["does not parse", "throws"],
)
def test_a_script_that_breaks_is_96_with_its_reason(constrained: bool, text: str, error: bytes) -> None:
    script = Script(text)
    done = run_bootstrap(script, script.stdin(), constrained=constrained)
    assert done.exit_code == 96
    assert done.stdout.startswith(b"bootstrap: 96 ")
    assert error in done.stdout


@pytest.mark.parametrize("text", ["exit 7", "$global:LASTEXITCODE = 7", "'x' # ends in a comment\nexit 7"])
def test_own_exit_code_is_kept(constrained: bool, text: str) -> None:
    script = Script(text)
    assert run_bootstrap(script, script.stdin(), constrained=constrained).exit_code == 7


def test_clixml_on_stderr_does_not_touch_good_evidence(constrained: bool) -> None:
    mode = "ConstrainedLanguage" if constrained else "FullLanguage"
    script = collecting("os")
    noisy = Script(f"Write-Error 'noise'; Write-Warning 'more'\n{script.text}")
    done = run_script(changed("core-2022", vms=[], language_mode=mode), noisy)
    assert done.exit_code == 0
    assert done.stderr.startswith(b"#< CLIXML")
    assert b"noise" in done.stderr
    assert json.dumps(extract(done.stdout)["os"]["data"]["system"]) == '[{"ProductType": 3}]'
