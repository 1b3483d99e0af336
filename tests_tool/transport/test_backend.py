"""`host.run` and its kin for people who write testinfra tests of their own."""

from collections.abc import Iterator

import pytest
import testinfra.host

from hyperv_audit.transport import Kind, Stage, TransportError, WinrsBackend
from lab.server import Emit, Faults, LabServer, Reset, Rule, Stdin, known_faults
from tests_tool.lab_server.support import Programs
from tests_tool.transport.conftest import Serve
from tests_tool.transport.support import HASTY, SECRET, Failure, failure_of, target


@pytest.fixture
def backend(lab: LabServer) -> Iterator[WinrsBackend]:
    backend = WinrsBackend(target(lab), SECRET)
    yield backend
    backend.close()


@pytest.fixture
def host(backend: WinrsBackend) -> testinfra.host.Host:
    return testinfra.host.Host(backend)


def test_a_result_has_all_that_testinfra_promises(host: testinfra.host.Host) -> None:
    result = host.run("fail 7")
    assert (result.rc, result.stdout, result.stderr, result.command) == (7, "out\r\n", "err\r\n", b"fail 7")
    assert result.failed
    assert host.check_output("echo hello") == "hello"
    assert host.run_expect([7], "fail 7").stdout_bytes == b"out\r\n"
    with pytest.raises(AssertionError, match="Unexpected exit code 7"):
        host.check_output("fail 7")


def test_the_name_is_that_of_the_inventory(backend: WinrsBackend) -> None:
    assert (backend.get_hostname(), backend.get_pytest_id(), backend.get_connection_type()) == ("hv01", "hv01", "winrs")


ARGUMENTS = {
    "plain": "plain",
    r"C:\Windows\System32": r"C:\Windows\System32",
    "": '""',
    "two words": '"two words"',
    "tab\there": '"tab\there"',
    "C:\\Program Files\\": '"C:\\Program Files\\\\"',
    "Łódź": "Łódź",
    "a;b,c=d": "a;b,c=d",
    "a&b": "a^&b",
    "a&b\\": "a^&b\\",
    "a & b": '^"a ^& b^"',
    "x|y>z<(w)": "x^|y^>z^<^(w^)",
    "%PATH%": "^%PATH^%",
    "up^!": "up^^^!",
    'say "hi"': r'^"say \^"hi\^"^"',
    'out"&calc': r'out\^"^&calc',
}


@pytest.mark.parametrize(("argument", "written"), ARGUMENTS.items(), ids=repr)
def test_an_argument_is_quoted_for_cmd_and_for_the_program(
    host: testinfra.host.Host, argument: str, written: str
) -> None:
    assert host.run("echo %s end", argument).stdout == f"{written} end\r\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\0"])
def test_no_argument_goes_beyond_the_line(host: testinfra.host.Host, lab: LabServer, end: str) -> None:
    with pytest.raises(ValueError, match="one line only"):
        host.run("echo %s", f"one{end}calc")
    assert lab.counters("hv01").tcp == 0


def test_a_command_without_arguments_is_sent_as_it_is(host: testinfra.host.Host) -> None:
    assert host.run('echo 100% "a" & b').stdout == '100% "a" & b\r\n'


def test_many_commands_share_one_shell_until_it_is_closed(
    host: testinfra.host.Host, backend: WinrsBackend, lab: LabServer
) -> None:
    assert [host.run("echo %s", str(n)).stdout for n in range(30)] == [f"{n}\r\n" for n in range(30)]
    counted = lab.counters("hv01")
    assert (counted.shells_now, counted.shells_peak, counted.authentications) == (1, 1, 1)
    for _ in range(2):
        backend.close()
        assert lab.counters("hv01").shells_now == 0
    assert host.run("echo again").rc == 0
    assert lab.counters("hv01").shells_peak == 1


def test_nothing_is_connected_to_before_the_first_command(backend: WinrsBackend, lab: LabServer) -> None:
    backend.close()
    assert lab.counters("hv01").tcp == 0


def test_output_is_utf_8_and_damage_is_shown(serve: Serve) -> None:
    """A stock backend runs python on the host, twice, to learn its encoding."""
    seen: list[str] = []

    async def handler(command_line: str, stdin: Stdin, emit: Emit) -> int:
        seen.append(command_line)
        emit.stdout("Zürich ".encode() + b"\xff")
        emit.stderr(b"\x81")
        return await Programs()("fail 0", stdin, emit)

    backend = WinrsBackend(target(serve(handler=handler)), SECRET)
    result = backend.run("type Łódź.txt")
    assert (result.stdout, result.stderr) == ("Zürich \ufffdout\r\n", "\ufffderr\r\n")
    backend.close()
    assert (seen, backend.encoding) == (["type Łódź.txt"], "utf-8")


FAILURES: dict[str, tuple[Rule, Failure]] = {
    "shell lost twice": (Rule("Command", None, known_faults.shell_not_found("0F")), (Kind.CONNECTION, Stage.COMMAND)),
    "reset at Command": (Rule("Command", 2, Reset()), (Kind.CONNECTION, Stage.COMMAND)),
    "output perhaps lost": (Rule("Receive", 2, Reset()), (Kind.CONNECTION, Stage.RECEIVE)),
    "command lost": (Rule("Receive", 2, known_faults.COMMAND_NOT_FOUND), (Kind.CONNECTION, Stage.RECEIVE)),
    "no operation left": (Rule("Command", 2, known_faults.too_many_operations(2)), (Kind.QUOTA, Stage.COMMAND)),
}


@pytest.mark.parametrize(("rule", "failure"), FAILURES.values(), ids=FAILURES.keys())
def test_after_a_failure_the_next_command_is_fine(serve: Serve, rule: Rule, failure: Failure) -> None:
    faults = Faults()
    lab = serve(faults=faults)
    backend = WinrsBackend(target(lab), SECRET)
    backend.run("echo first")
    faults.rules.append(rule)
    with pytest.raises(TransportError) as caught:
        backend.run("echo second")
    assert failure_of(caught.value) == failure
    faults.rules.clear()
    assert backend.run("echo third").stdout == "third\r\n"
    backend.close()
    assert lab.counters("hv01").shells_now == 0


def test_a_shell_that_idled_out_is_replaced_unnoticed(serve: Serve) -> None:
    lab = serve(faults=Faults([Rule("Command", 2, known_faults.shell_not_found("0F"))]))
    backend = WinrsBackend(target(lab), SECRET)
    assert [backend.run("echo %s", text).stdout for text in ("one", "two")] == ["one\r\n", "two\r\n"]
    backend.close()
    assert lab.counters("hv01").operations["Command"] == 3
    assert lab.counters("hv01").shells_now == 0


def test_the_deadline_is_for_each_command(serve: Serve) -> None:
    lab = serve(latency=0.05)
    backend = WinrsBackend(target(lab, limits=HASTY), SECRET)
    assert [backend.run("echo").rc for _ in range(11)] == [0] * 11  # each takes 0.1 s, and all of them more than 1 s
    backend.close()
