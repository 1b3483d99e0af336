"""What a host is sent: one script, the bootstrap that receives it, and its input."""

import base64
import hashlib
import json
import re

import pytest

from hyperv_audit.collect.script import (
    POWERSHELL,
    SEPARATOR,
    TOPICS,
    Script,
    collector,
    commands,
    topic_hash,
    topic_source,
)

CMD_LINE = 8191
SCRIPTS = {"the collector": collector(), "empty": Script(""), "long": Script("# " + "x" * 300_000)}


@pytest.fixture(params=list(SCRIPTS.values()), ids=list(SCRIPTS))
def script(request: pytest.FixtureRequest) -> Script:
    chosen: Script = request.param
    return chosen


def bootstrap(script: Script) -> str:
    return base64.b64decode(script.arguments()[-1], validate=True).decode("utf-16-le")


def test_a_command_line_is_one_that_cmd_can_read(script: Script) -> None:
    line = " ".join([POWERSHELL, *script.arguments()])
    assert line.isascii()
    assert len(rf'C:\Windows\system32\cmd.exe /C "{line}"') < CMD_LINE
    assert not set('"&|<>^()%!') & set(line)


def test_the_switches_are_those_of_a_quiet_unattended_run(script: Script) -> None:
    *switches, _ = script.arguments()
    assert switches == ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand"]


def test_the_bootstrap_knows_length_and_hash_of_what_it_will_find(script: Script) -> None:
    """As it computes them: of the text before the separator, without the white space at its end."""
    arrived = script.stdin().decode("ascii").replace("\r\n", "\n").split(f"\n{SEPARATOR}\n")[0].rstrip()
    digest = hashlib.sha256(arrived.encode()).hexdigest().upper()
    assert script.sha256 == digest
    assert f"-ne '{len(arrived)}'" in bootstrap(script)
    assert bootstrap(script).count(digest) == 2
    assert "@" not in re.sub(r"@\(\$input\)", "", bootstrap(script))


def test_bootstraps_differ_in_length_and_hash_only() -> None:
    shapes = {re.sub(r"[0-9A-F]{64}|(?<=-ne ')\d+", "", bootstrap(script)) for script in SCRIPTS.values()}
    assert len(shapes) == 1


@pytest.mark.parametrize(
    "data", [None, {}, {"name": "Łódź 🖥", "nested": {"lines": "a\nb"}}, {"x": SEPARATOR}], ids=repr
)
def test_input_is_ascii_behind_a_line_of_its_own(data: dict[str, object] | None) -> None:
    sent = Script("'one'\n'two'").stdin(data)
    text, json_text = re.split(rf"(?m)^{SEPARATOR}$", sent.decode("ascii"), maxsplit=1)
    assert text == "'one'\n'two'\n"
    assert json.loads(json_text) == (data or {})
    assert sent.endswith(b"\n")


def test_a_script_beyond_ascii_is_refused() -> None:
    for use in (Script("'ü'").arguments, Script("'ü'").stdin):
        with pytest.raises(UnicodeEncodeError):
            use()


def test_the_collector_holds_every_topic_in_order() -> None:
    text = collector().text
    assert text.isascii()
    assert "\r" not in text
    assert SEPARATOR not in text
    assert text == text.rstrip()
    assert re.findall(r"(?m)^Topic (\w+) \{$", text) == list(TOPICS)
    assert all(topic_source(name).strip() in text for name in TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_known_by_its_hash(topic: str) -> None:
    assert topic_hash(topic) == hashlib.sha256(topic_source(topic).encode("ascii")).hexdigest()


PROBES = {
    "smb.server": "Get-SmbServerConfiguration",
    "smb.smb1_feature": "Get-WindowsFeature",
    "smb.nothing": "",
}


@pytest.mark.parametrize(("probe", "sends"), PROBES.items())
def test_the_commands_of_a_probe(probe: str, sends: str) -> None:
    assert commands(probe) == sends


def test_every_probe_of_every_topic_names_what_it_asks() -> None:
    probes = [f"{topic}.{name}" for topic in TOPICS for name in re.findall(r"(?m)^Probe (\w+)", topic_source(topic))]
    assert len(probes) > len(TOPICS)
    every = commands().splitlines()
    assert len(every) == len(set(every))
    for probe in probes:
        assert set(filter(None, commands(probe).split(", "))) <= set(every)
