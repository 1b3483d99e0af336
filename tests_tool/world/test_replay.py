"""Replay answers as the recorded host did, and says so where it cannot."""

import asyncio
import base64

import pytest
from winrm.protocol import Protocol

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import TOPICS, Script, collector
from lab import record, world
from lab.fabric import Fabric, scheme_of
from lab.replay import Replay
from tests_tool.world.support import changed, recorded, timeless

PASSWORD = "made up für das Labor"
OTHER = Script("'never recorded'")


class Streams:
    """Both ends of a command."""

    def __init__(self, stdin: bytes) -> None:
        self.sent, self.out, self.err = stdin, b"", b""

    async def read(self) -> bytes:
        return self.sent

    def stdout(self, data: bytes) -> None:
        self.out += data

    def stderr(self, data: bytes) -> None:
        self.err += data


def ask(name: str, command_line: str, stdin: bytes = b"", *, start_delay: float = 0.0) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a command line."""
    streams = Streams(stdin)
    code = asyncio.run(Replay(name, start_delay=start_delay)(command_line, streams, streams))
    return code, streams.out, streams.err


def line(script: Script) -> str:
    return " ".join(("powershell.exe", *script.arguments()))


@pytest.mark.parametrize("name", world.names())
def test_the_collector_gets_its_recording_byte_for_byte(name: str) -> None:
    kept = record.read(name)
    answer = ask(name, line(collector()), collector().stdin())
    assert answer == (kept.exit_code, kept.stdout_bytes, kept.stderr_bytes)
    assert ask(name, line(collector()), collector().stdin().replace(b"\n", b"\r\n")) == answer


@pytest.mark.parametrize("name", ["core-2022", "desktop-2016"])
def test_damaged_input_is_answered_as_the_bootstrap_does(name: str) -> None:
    assert ask(name, line(collector())) == (97, b"bootstrap: 97 no separator\r\n", b"")
    code, out, _ = ask(name, line(collector()), OTHER.stdin())
    assert (code, out.startswith(f"bootstrap: 98 {len(OTHER.text)} characters, hash ".encode())) == (98, True)
    assert ask(name, line(OTHER), "'Łódź'\n#~#INPUT#~#\n".encode())[0] == 98


def test_only_a_hash_notices_another_script_of_the_same_length() -> None:
    altered = Script(collector().text.replace("'Continue'", "'Contimue'", 1))
    assert ask("desktop-2016", line(collector()), altered.stdin())[0] == 98
    code, _, err = ask("core-2022", line(collector()), altered.stdin())  # constrained: it would run
    assert (code, b"no recording of the script" in err) == (1, True)


def test_a_script_that_was_never_recorded_is_refused_honestly() -> None:
    code, out, err = ask("core-2022", line(OTHER), OTHER.stdin())
    assert (code, out) == (1, b"")
    assert err.startswith(b"The lab has no recording of the script ")
    assert b"make record" in err


@pytest.mark.parametrize(
    "command_line",
    [
        "powershell.exe -Command Get-VM",
        "powershell -EncodedCommand " + base64.b64encode("Get-VM".encode("utf-16-le")).decode(),
        "powershell -EncodedCommand AAA",
    ],
)
def test_powershell_runs_nothing_here(command_line: str) -> None:
    code, out, err = ask("core-2022", command_line)
    assert (code, out) == (1, b"")
    assert b"no recording of this PowerShell command line" in err


@pytest.mark.parametrize(
    ("command_line", "answer"),
    [
        ("hostname", "HV-ALT-03"),
        ('"HOSTNAME.EXE"', "HV-ALT-03"),
        ("chcp  65001", "Aktive Codepage: 65001."),
        (
            "net localgroup",
            "Aliase für \\\\HV-ALT-03\r\n\r\n*Administratoren\r\n*Hyper-V-Administratoren\r\n*Remotedesktopbenutzer",
        ),
    ],
)
def test_programs_answer_in_utf_8(command_line: str, answer: str) -> None:
    assert ask("desktop-2016", command_line) == (0, f"{answer}\r\n".encode(), b"")


@pytest.mark.parametrize(("command_line", "name"), [("format c:", "format"), ("", "")])
def test_other_programs_are_not_recognised(command_line: str, name: str) -> None:
    message = f"'{name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
    assert ask("core-2022", command_line) == (1, b"", message.encode())


@pytest.mark.pwsh
@pytest.mark.skipif(record.powershell() is None, reason="no pwsh on PATH, and none named in PWSH")
def test_a_changed_world_can_be_recorded_and_replayed() -> None:
    host = changed("desktop-2016", vms=[])
    host["features"]["FS-SMB1"] = False
    kept = record.record("desktop-2016", host)
    assert kept.world_sha256 != record.read("desktop-2016").world_sha256
    streams = Streams(collector().stdin())
    asyncio.run(Replay("desktop-2016", recording=kept)(line(collector()), streams, streams))
    assert extract(streams.out)["smb"]["data"]["smb1_feature"] == [{"Name": "FS-SMB1", "Installed": False}]


def test_starting_powershell_can_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("lab.replay.asyncio.sleep", sleep)
    ask("core-2022", "powershell -Command 1", start_delay=0.5)
    ask("core-2022", "hostname", start_delay=0.5)
    assert waited == [0.5]


def test_listeners_are_those_of_the_worlds() -> None:
    assert [scheme_of(name) for name in (*world.names(), world.REFUSES)] == ["https", "http", "https", "https", "http"]


@pytest.mark.parametrize("user", ["auditor", "LAB\\auditor"])
@pytest.mark.parametrize("name", world.names())
def test_the_fabric_answers_on_the_wire(name: str, user: str) -> None:
    with Fabric({"hv01": name, "hv02": world.REFUSES}, PASSWORD) as fabric:
        address, port = fabric.address("hv01")
        trust = str(fabric.ca_file) if fabric.scheme("hv01") == "https" else "legacy_requests"
        endpoint = f"{fabric.scheme('hv01')}://{address}:{port}/wsman"
        client = Protocol(endpoint, transport="ntlm", username=user, password=PASSWORD, ca_trust_path=trust)
        shell = client.open_shell(codepage=65001)
        command = client.run_command(shell, "powershell.exe", collector().arguments(), console_mode_stdin=False)
        client.send_command_input(shell, command, collector().stdin(), end=True)
        stdout, _, code = client.get_command_output(shell, command)
        client.close_shell(shell)
        client.transport.close_session()
        assert (code, fabric.counters("hv01").operations["Command"]) == (record.read(name).exit_code, 1)
    document = extract(stdout)
    assert tuple(document) == TOPICS
    assert timeless(document) == recorded(name)


def test_nothing_listens_at_a_host_that_refuses() -> None:
    with Fabric({"hv02": world.REFUSES}, PASSWORD) as fabric, pytest.raises(ConnectionRefusedError):
        asyncio.run(asyncio.open_connection(*fabric.address("hv02")))
