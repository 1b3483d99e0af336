"""The script for Linux guests: what it may do, what it does on this machine, and how its answer is read."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hyperv_audit.collect import linux
from hyperv_audit.collect.allowed import table
from hyperv_audit.collect.script import commands
from hyperv_audit.errors import EvidenceError

MARK = "m-3f1c"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

# --- read-only ------------------------------------------------------------------------------------------------------

_GUARD = r"(?:have [\w-]+|\[ -[dexr] /[\w./-]+ \])"
_LINE = re.compile(rf"(?:#.*|(?:{_GUARD} (?:&&|\|\|) )?probe \w+ (?P<command>.+)|)")


def parts() -> tuple[str, list[str]]:
    """What surrounds the questions, and the lines that ask."""
    head, _, asked = linux.script().partition("# Who is asked")
    *questions, last = asked.rstrip().split("\n")
    return f"{head}{last}", questions[1:]


def test_it_is_ascii_and_short() -> None:
    assert linux.script().isascii()
    assert len(linux.script()) < 10_000


def test_each_line_asks_one_listed_question() -> None:
    """No pipe, no redirection, no substitution, no second command: a guard, a name and the words of one program."""
    _, lines = parts()
    strange = [line for line in lines if not _LINE.fullmatch(line)]
    assert not strange
    for line in lines:
        if command := (found := _LINE.fullmatch(line)) and found["command"]:
            outside_quotes = re.sub(r"'[^']*'", "", command)
            assert re.fullmatch(r"[\w ./=:+%-]+", outside_quotes), line


def test_the_record_lists_what_is_asked_and_why_it_only_reads() -> None:
    listed = {name: entry["asks"] for name, entry in table("linux")["probes"].items()}
    assert listed == {probe.name: probe.command for probe in linux.probes()}
    assert len(linux.probes()) == sum("probe " in line and not line.startswith("#") for line in parts()[1])
    assert all(entry["why"] for entry in table("linux")["programs"].values())
    assert set(table("linux")["programs"]) == {program(probe.words) for probe in linux.probes()}


def program(words: tuple[str, ...]) -> str:
    return Path(words[0]).name


WRITES = (r"-exec", r"-ok", r"-delete", r"-fls", r"-fprint", r"-w\b", r"--write", r"--set", r"-y\b", r"--assumeyes")


def test_no_question_has_a_word_that_makes_its_program_write() -> None:
    for probe in linux.probes():
        assert not [word for word in probe.words for write in WRITES if re.search(write, word)], probe


FRAME = r"""
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
export LC_ALL PATH
mark=$1
have() { command -v "$1" >/dev/null; }
probe() {
    name=$1
    shift
    if have timeout; then
        said=$(timeout 60 "$@" 2>&1 </dev/null)
    else
        said=$("$@" 2>&1 </dev/null)
    fi
    printf '%s %s %s\n%.60000s\n' "$mark" "$name" "$?" "$said"
}
printf '%s end\n' "$mark"
"""


def test_the_frame_is_what_was_reviewed() -> None:
    """Around the questions: the language, the search path, and the function that bounds an answer. Nothing else."""
    frame = [line for line in parts()[0].split("\n") if line and not line.startswith("#")]
    assert frame == FRAME.strip().split("\n"), "look at what it does to a guest, then write it here as well"


def test_a_verdict_shows_what_its_probe_asks() -> None:
    assert commands("linux.mokutil") == "mokutil --sb-state"
    assert "Linux guests: mokutil --sb-state" in commands().split("\n")


# --- at work --------------------------------------------------------------------------------------------------------


def run(shell: str, path: Path, tools: Mapping[str, str]) -> bytes:
    """The script in a shell where these tools stand first on the path."""
    for name, text in tools.items():
        (path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
        (path / name).chmod(0o755)
    start = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run(  # noqa: S603 - a shell of this machine, and our own script
        [*start, "-s", MARK],
        input=linux.script().encode(),
        capture_output=True,
        env={"PATH": f"{path}:/usr/bin:/bin", "LANG": "de_DE.UTF-8"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


QUICK = dict.fromkeys(("apt-get", "apt-cache", "systemctl", "zypper", "dnf", "yum", "find"), "exit 3")


@pytest.mark.parametrize("shell", SHELLS)
def test_any_shell_asks_and_answers(tmp_path: Path, shell: str) -> None:
    tools = {
        "mokutil": 'echo "SecureBoot enabled"; echo aside >&2; cat; exit 4',
        "getenforce": "printf 'no end of line \\303\\244 \\377'",
    }
    topic = linux.read(run(shell, tmp_path, QUICK | tools), MARK, 0.5)
    assert topic.data["mokutil"] == [{"Status": 4, "Lines": ["SecureBoot enabled", "aside"], "Cut": False}]
    assert topic.data["selinux"] == [{"Status": 0, "Lines": ["no end of line \u00e4 \\xff"], "Cut": False}]
    assert topic.data["system"] == [{"Status": 0, "Lines": ["Linux"], "Cut": False}]
    assert topic.data["efi"][0]["Lines"] == []
    assert topic.data["apt_upgrade"][0]["Status"] == 3
    assert "ufw" not in topic.data


def test_a_missing_program_is_127(tmp_path: Path) -> None:
    topic = linux.read(run(SHELLS[0], tmp_path, QUICK), MARK, 0.5)
    assert topic.data["mokutil"][0]["Status"] == 127


def test_an_endless_answer_is_cut(tmp_path: Path) -> None:
    tools = {
        "getenforce": "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done"
    }
    answer = linux.read(run(SHELLS[0], tmp_path, QUICK | tools), MARK, 0.5).data["selinux"][0]
    assert answer["Cut"]
    assert len(answer["Lines"]) < 2000


# --- reading --------------------------------------------------------------------------------------------------------


def test_what_a_log_on_prints_is_no_answer() -> None:
    topic = linux.read(f"Welcome!\n{MARK} user 0\n0\n{MARK} end\n".encode(), MARK, 0.5)
    assert topic.data == {"user": [{"Status": 0, "Lines": ["0"], "Cut": False}]}


ANSWERS = {
    "nothing": (b"", "no answer came"),
    "another mark": (b"m-0000 user 0\n0\nm-0000 end\n", "no answer came"),
    "cut": (f"{MARK} user 0\n0\n".encode(), "was cut"),
    "more after its end": (f"{MARK} end\n{MARK} user 0\n0\n".encode(), "was cut"),
    "no status": (f"{MARK} user\n0\n{MARK} end\n".encode(), "another shape"),
    "a long status": (f"{MARK} user 0000000000\n{MARK} end\n".encode(), "another shape"),
    "a question of its own": (f"{MARK} verdict 0\npass\n{MARK} end\n".encode(), "was not asked"),
    "too much": (b"x" * (linux.MAX_ANSWER + 1), "more than"),
}


@pytest.mark.parametrize(("stdout", "why"), ANSWERS.values(), ids=ANSWERS.keys())
def test_another_answer_is_refused(stdout: bytes, why: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        linux.read(stdout, MARK, 0.5)
    assert why in caught.value.what
