"""The limits that a client must respect: each is Windows' own, and none is softer here."""

import re

import pytest
from pypsrp.shell import Process, SignalCode, WinRS
from winrm.exceptions import WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from lab.server import ChangeBody, Faults, LabServer, Rule, ServiceLimits
from tests_tool.lab_server.conftest import Serve
from tests_tool.lab_server.support import CMD, OTHER, Programs, ask, pypsrp, pywinrm, run

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
DELETE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
# A command line of 8,191 characters without `C:\Windows\system32\cmd.exe /C "..."` around it.
LONGEST = 8191 - 33


class Answers(list[str]):
    """The envelopes that went to the client, for a ChangeBody rule that changes none."""

    def keep(self, text: str) -> str:
        self.append(text)
        return text

    @property
    def with_output(self) -> list[str]:
        return [text for text in self if re.search(r"<rsp:Stream [^>]*>\w", text)]


def test_cmd_reads_8191_characters(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        longest = "echo ".ljust(LONGEST, "x")
        assert run(protocol, longest)[2] == 0
        assert run(protocol, longest + "x") == (b"", b"The command line is too long.\r\n", 1)


@pytest.mark.parametrize(("characters", "code"), [(3048, 0), (3049, 1)])
def test_an_encoded_command_holds_3048_characters(lab: LabServer, characters: int, code: int) -> None:
    encoded = (characters * 2 + 2) // 3 * 4
    with pywinrm(lab) as protocol:
        assert run(protocol, "echo ".ljust(len("powershell -encodedcommand ") + encoded, "A"))[2] == code


def test_without_cmd_a_command_line_may_be_longer(lab: LabServer) -> None:
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "C:\\x.exe", ["y" * 20_000], no_shell=True)
        process.invoke()
        assert b"is not recognized" in process.stderr


def test_a_request_above_the_envelope_size_is_refused(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_envelope_kb=32))
    with pywinrm(lab) as protocol:
        assert run(protocol, "cat", stdin=b"x" * 22_000)[2] == 0
        with pytest.raises(WinRMTransportError) as caught:
            run(protocol, "cat", stdin=b"x" * 25_000)
        assert caught.value.code == 413
        assert lab.counters("hv01").shells_now == 0


@pytest.mark.parametrize(("server_kb", "largest"), [(500, 153_600), (32, 32 * 1024)], ids=["client's", "server's"])
def test_an_answer_stays_below_the_smaller_envelope_size(serve: Serve, server_kb: int, largest: int) -> None:
    answers = Answers()
    faults = Faults([Rule("Receive", None, ChangeBody(answers.keep))])
    lab = serve(limits=ServiceLimits(max_envelope_kb=server_kb), faults=faults)
    with pywinrm(lab) as protocol:
        output, _, code = run(protocol, "big 400000")
    assert (len(output), code) == (400_000, 0)
    assert output[-10:] == b"000039999\n"
    assert max(map(len, answers)) <= largest
    assert min(map(len, answers.with_output[:-1])) > largest * 0.7


@pytest.mark.parametrize(("size", "receives"), [(110_000, 1), (120_000, 2)])
def test_one_answer_brings_about_110_kb(serve: Serve, size: int, receives: int) -> None:
    answers = Answers()
    lab = serve(faults=Faults([Rule("Receive", None, ChangeBody(answers.keep))]))
    with pywinrm(lab) as protocol:
        assert len(run(protocol, f"big {size}")[0]) == size
    assert len(answers.with_output) == receives


def test_output_comes_in_pieces_that_a_seed_repeats(serve: Serve) -> None:
    def pieces(seed: int) -> list[int]:
        answers = Answers()
        lab = serve(seed=seed, faults=Faults([Rule("Receive", None, ChangeBody(answers.keep))]))
        with pywinrm(lab) as protocol:
            run(protocol, "big 60000")
        return [len(piece.partition("</")[0]) for answer in answers for piece in answer.split("<rsp:Stream")[1:]]

    assert pieces(1) == pieces(1) != pieces(2)
    assert len(pieces(1)) > 60_000 / 5120
    assert max(pieces(1)) < 5120 / 3 * 4 + 100


def test_the_end_comes_with_the_last_output_or_after_it(serve: Serve) -> None:
    answers = Answers()
    lab = serve(faults=Faults([Rule("Receive", None, ChangeBody(answers.keep))]))
    with pywinrm(lab) as protocol:
        for _ in range(20):
            assert run(protocol, "echo hello") == (b"hello\r\n", b"", 0)
    done = [answer for answer in answers if "CommandState/Done" in answer]
    assert len(done) == 20
    assert {answer in answers.with_output for answer in done} == {True, False}


def test_a_receive_without_output_times_out(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_timeout_ms=20))
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "hang")
        with pytest.raises(WinRMOperationTimeoutError):
            protocol.get_command_output_raw(shell, command)


def test_an_operation_timeout_must_be_a_duration(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        protocol.operation_timeout_sec = -1
        with pytest.raises(WSManFaultError, match="invalid SOAP headers") as caught:
            protocol.open_shell()
        assert caught.value.wsman_fault_code == 2150858767


def test_an_account_has_30_shells(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shells = [protocol.open_shell() for _ in range(30)]
        with pytest.raises(WSManFaultError, match="maximum number of 30 concurrent shells") as caught:
            protocol.open_shell()
        assert caught.value.wsman_fault_code == 2150859173
        assert caught.value.wmierror_code == 0x803381A5
        protocol.close_shell(shells[0], close_session=False)
        protocol.open_shell()
    with pywinrm(lab, account=OTHER) as protocol:
        protocol.open_shell()
    assert lab.counters("hv01").shells_peak == 31


def test_operations_are_given_back_with_the_shell_only(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_operations_per_user=2))
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        for _ in range(2):
            command = protocol.run_command(shell, "echo hello")
            protocol.get_command_output(shell, command)
            protocol.cleanup_command(shell, command)
        with pytest.raises(WSManFaultError, match="maximum number of 2 concurrent operations") as caught:
            protocol.run_command(shell, "echo hello")
        assert caught.value.wsman_fault_code == 2150859174
        assert caught.value.wmierror_code == 0x803381A6
        protocol.close_shell(shell, close_session=False)
        assert run(protocol, "echo hello")[2] == 0


def test_only_so_many_users_have_shells(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_users=1))
    with pywinrm(lab) as first, pywinrm(lab, account=OTHER) as second:
        shell = first.open_shell()
        first.open_shell()
        with pytest.raises(WSManFaultError) as caught:
            second.open_shell()
        assert caught.value.wsman_fault_code == 2150859179
        first.close_shell(shell, close_session=False)


def test_an_idle_shell_ends(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell(idle_timeout="PT0.01S")
        # Each request gives the lab the time of its answer; none of them is for the shell.
        assert any(len(ask(protocol, GET, CONFIG)) and not lab.counters("hv01").shells_now for _ in range(1000))
        with pytest.raises(WSManFaultError, match="invalid selectors") as caught:
            protocol.run_command(shell, "echo hello")
        assert caught.value.wsman_fault_code == 2150858843


def test_a_shell_is_its_owners(lab: LabServer) -> None:
    with pywinrm(lab) as owner, pywinrm(lab, account=OTHER) as stranger:
        shell = owner.open_shell()
        with pytest.raises(WSManFaultError, match="Access is denied"):
            stranger.run_command(shell, "echo hello")
        assert owner.run_command(shell, "echo hello")


def test_a_shell_outlives_its_connection(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "cat")
    with pywinrm(lab) as protocol:
        protocol.send_command_input(shell, command, b"still there", end=True)
        assert protocol.get_command_output(shell, command) == (b"still there", b"", 0)


def test_identifiers_are_compared_without_case(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell.lower(), "echo hello")
        assert (shell, command) == (shell.upper(), command.upper())
        assert protocol.get_command_output(shell.lower(), command.lower())[0] == b"hello\r\n"


@pytest.mark.parametrize("end", ["Signal", "Delete"])
def test_signal_and_delete_stop_a_command(lab: LabServer, programs: Programs, end: str) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "hang")
        if end == "Signal":
            protocol.cleanup_command(shell, command)
            with pytest.raises(WSManFaultError, match="invalid selectors"):
                protocol.get_command_output_raw(shell, command)
        else:
            protocol.close_shell(shell, close_session=False)
        assert programs.cancelled.wait(timeout=30)


def test_control_c_leaves_an_exit_code(lab: LabServer, programs: Programs) -> None:
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "hang")
        process.begin_invoke()
        process.signal(SignalCode.CTRL_C)
        process.end_invoke()
        assert process.rc == 0xC000013A
        assert programs.cancelled.is_set()


def test_a_finished_command_takes_no_input(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "echo hello")
        protocol.get_command_output(shell, command)
        with pytest.raises(WSManFaultError, match="pipe is being closed"):
            protocol.send_command_input(shell, command, b"too late", end=True)


def test_a_handler_that_fails_is_a_program_that_dies(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        out, err, code = run(protocol, "crash on purpose")
    assert (out, code) == (b"", 0xFFFFFFFF)
    assert b"RuntimeError: on purpose" in err


@pytest.mark.parametrize(
    ("action", "resource", "code"),
    [
        (f"{SHELL}/Receive", CMD, 2150858843),
        (DELETE, CMD, 2150858843),
        (CREATE, CMD, 87),
        (CREATE, "http://schemas.microsoft.com/powershell/Microsoft.PowerShell", 2150858752),
        (GET, "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service", 2150858752),
        ("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", CMD, 2150858753),
    ],
)
def test_what_the_service_does_not_know_is_a_fault(lab: LabServer, action: str, resource: str, code: int) -> None:
    with pywinrm(lab) as protocol, pytest.raises(WSManFaultError) as caught:
        ask(protocol, action, resource)
    assert caught.value.wsman_fault_code == code


@pytest.mark.parametrize("operation", ["Command", "Send", "Receive", "Signal"])
def test_an_operation_without_its_body_is_a_fault(lab: LabServer, operation: str) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell()
        with pytest.raises(WSManFaultError, match="parameter is incorrect") as caught:
            ask(protocol, f"{SHELL}/{operation}", shell=shell)
        assert caught.value.wsman_fault_code == 87
        assert caught.value.fault_subcode == "w:InvalidParameter"


def test_an_answer_names_its_request(lab: LabServer) -> None:
    address = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
    with pywinrm(lab) as protocol:
        answer = ask(protocol, GET, CONFIG, message_id="uuid:AB&amp;C")
    assert answer.findtext(f".//{address}Action") == f"{GET}Response"
    assert answer.findtext(f".//{address}RelatesTo") == "uuid:AB&C"
