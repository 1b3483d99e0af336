"""One log-on, one shell, one command: what it brings, and what it costs."""

import asyncio
import threading

import pytest

from hyperv_audit.inventory import Limits
from hyperv_audit.transport import Kind, Output, Stage, TransportError, WinrsShell
from hyperv_audit.transport.winrs import SEND_BLOCK
from lab.server import Emit, Faults, LabServer, Rule, ServiceLimits, Stdin, known_faults
from tests_tool.lab_server.support import Programs
from tests_tool.transport.conftest import Serve
from tests_tool.transport.support import SECRET, failure_of, run, target

both = pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
QUARTER_MEGABYTE = bytes(range(256)) * 1000

COMMANDS = {
    "plain": ("echo hello", None, Output(b"hello\r\n", b"", 0)),
    "other scripts": ("echo Łódź 日本語 🖥", None, Output("Łódź 日本語 🖥\r\n".encode(), b"", 0)),
    "exit code and standard error": ("fail 7", None, Output(b"out\r\n", b"err\r\n", 7)),
    "largest exit code": ("fail 4294967295", None, Output(b"out\r\n", b"err\r\n", 4294967295)),
    "negative exit code": ("fail -1", None, Output(b"out\r\n", b"err\r\n", -1)),
    "unknown program": (
        "frobnicate",
        None,
        Output(b"", b"'frobnicate' is not recognized as an internal or external command", 1),
    ),
    "long output": ("big 400000", None, Output(b"".join(b"%09d\n" % n for n in range(40_000)), b"", 0)),
    "input": ("cat", b"hello", Output(b"hello", b"", 0)),
    "empty input": ("cat", b"", Output(b"", b"", 0)),
    "input of exactly one block": ("cat", b"x" * SEND_BLOCK, Output(b"x" * SEND_BLOCK, b"", 0)),
    "input of several blocks": ("cat", QUARTER_MEGABYTE, Output(QUARTER_MEGABYTE, b"", 0)),
}


@both
@pytest.mark.parametrize(("command", "stdin", "output"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_brings_all_that_it_printed(
    serve: Serve, command: str, stdin: bytes | None, output: Output, https: bool
) -> None:
    lab = serve(https=https)
    assert run(target(lab, https=https), command, stdin) == output
    assert lab.counters("hv01").shells_now == 0


@both
def test_one_script_in_and_one_document_out_cost_nine_requests_at_most(serve: Serve, https: bool) -> None:
    lab = serve(https=https)
    run(target(lab, https=https), stdin=b"x" * 60_000)
    counted = lab.counters("hv01")
    assert counted.http <= (8 if https else 9)
    assert (counted.authentications, counted.tcp) == (1, 2)
    assert (counted.shells_now, counted.shells_peak) == (0, 1)
    assert counted.operations.pop("Receive") <= 2
    assert counted.operations == {"Create": 1, "Command": 1, "Send": 1, "Delete": 1}


def test_commands_share_a_shell_and_a_log_on(lab: LabServer) -> None:
    with WinrsShell(target(lab), SECRET) as shell:
        answers = [shell.run("echo", [str(number)]).stdout for number in range(10)]
    assert answers == [b"%d\r\n" % number for number in range(10)]
    counted = lab.counters("hv01")
    assert (counted.authentications, counted.shells_peak, counted.shells_now) == (1, 1, 0)


def test_arguments_follow_the_command(lab: LabServer) -> None:
    with WinrsShell(target(lab), SECRET) as shell:
        assert shell.run("echo", ("-a", "b c")).stdout == b"-a b c\r\n"


def test_a_shell_is_deleted_whatever_happens_in_its_block(lab: LabServer) -> None:
    with pytest.raises(ZeroDivisionError), WinrsShell(target(lab), SECRET):
        raise ZeroDivisionError
    assert lab.counters("hv01").shells_now == 0


def test_a_closed_shell_runs_nothing(lab: LabServer) -> None:
    with WinrsShell(target(lab), SECRET) as shell:
        pass
    with pytest.raises(TransportError) as caught:
        shell.run("echo hello")
    assert failure_of(caught.value) == (Kind.DEADLINE, Stage.COMMAND)


@pytest.mark.parametrize(
    ("kilobytes", "fits"), [(500, True), (150, True), (32, False)], ids=["as shipped", "hardened", "too small"]
)
def test_a_block_of_input_fits_into_the_envelopes_seen_in_the_field(serve: Serve, kilobytes: int, fits: bool) -> None:
    lab = serve(limits=ServiceLimits(max_envelope_kb=kilobytes))
    if fits:
        assert run(target(lab), stdin=QUARTER_MEGABYTE).stdout == QUARTER_MEGABYTE
    else:
        with pytest.raises(TransportError, match="HTTP 413, MaxEnvelopeSizekb") as caught:
            run(target(lab), stdin=QUARTER_MEGABYTE)
        assert failure_of(caught.value) == (Kind.PROTOCOL, Stage.SEND)
    assert lab.counters("hv01").shells_now == 0


def test_a_command_line_that_is_too_long_is_refused_as_on_windows(lab: LabServer) -> None:
    assert run(target(lab), f"echo {'x' * 8192}", None) == Output(b"", b"The command line is too long.\r\n", 1)


def test_what_is_cancelled_in_the_middle_of_a_receive_leaves_no_shell(serve: Serve) -> None:
    programs = Programs()

    async def handler(_: str, stdin: Stdin, emit: Emit) -> int:
        while not lab.counters("hv01").operations.get("Receive"):  # noqa: ASYNC110 - the lab tells by counting
            await asyncio.sleep(0)
        threading.Thread(target=shell.cancel).start()
        return await programs("hang", stdin, emit)

    lab = serve(handler=handler)
    with WinrsShell(target(lab), SECRET) as shell, pytest.raises(TransportError):
        shell.run("hang", stdin=b"")
    assert programs.cancelled.wait(timeout=60)
    assert lab.counters("hv01").shells_now == 0


async def first_then_nothing(_: str, stdin: Stdin, emit: Emit) -> int:
    await stdin.read()
    emit.stdout(b"first\r\n")
    return await Programs()("hang", stdin, emit)


def has_first(stdout: bytes) -> bool:
    return b"first" in stdout


def test_what_is_enough_is_kept_when_the_rest_takes_too_long(serve: Serve) -> None:
    lab = serve(handler=first_then_nothing)
    with WinrsShell(target(lab, limits=Limits(operation=1, slow=0.2)), SECRET) as shell:
        output = shell.run("collect", stdin=b"", enough=has_first)
    assert (output.stdout, output.exit_code) == (b"first\r\n", None)
    assert output.left is not None
    assert failure_of(output.left) == (Kind.DEADLINE, Stage.RECEIVE)
    assert "0.2 s" in output.left.what
    assert lab.counters("hv01").shells_now == 0


def test_what_is_enough_is_kept_when_the_connection_goes(serve: Serve) -> None:
    lab = serve(handler=first_then_nothing, faults=Faults([Rule("Receive", 2, known_faults.ABORTED)]))
    with WinrsShell(target(lab), SECRET) as shell:
        output = shell.run("collect", stdin=b"", enough=has_first)
    assert output.stdout == b"first\r\n"
    assert output.left is not None
    assert output.left.stage is Stage.RECEIVE


def test_without_enough_a_command_that_takes_too_long_is_a_failure(serve: Serve) -> None:
    lab = serve(handler=first_then_nothing)
    with pytest.raises(TransportError) as caught:
        run(target(lab, limits=Limits(operation=1, slow=0.1, deadline=0.5)))
    assert failure_of(caught.value) == (Kind.DEADLINE, Stage.RECEIVE)


def test_what_was_cancelled_asks_nothing_more(lab: LabServer) -> None:
    with WinrsShell(target(lab), SECRET) as shell:
        shell.cancel()
        asked = lab.counters("hv01").http
        with pytest.raises(TransportError, match="shell is closed"):
            shell.run("echo hello")
    with pytest.raises(TransportError, match="interrupted") as caught, shell:
        pass
    assert failure_of(caught.value) == (Kind.DEADLINE, Stage.CREATE)
    assert lab.counters("hv01").http == asked
