"""Clients that other people wrote get through, and see what Windows would show them."""

import shutil
import subprocess

import pytest
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from winrm.exceptions import InvalidCredentialsError

from lab.server import Account, LabServer, ServiceLimits
from tests_tool.lab_server.conftest import Serve
from tests_tool.lab_server.support import AUDITOR, OTHER, RSP, ask, endpoint, pypsrp, pywinrm, run

CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
    "<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>"
)
both = pytest.mark.parametrize("https", [False, True], ids=["http", "https"])


@both
def test_pywinrm_runs_a_command(serve: Serve, *, https: bool) -> None:
    lab = serve(https=https)
    with pywinrm(lab, https=https) as protocol:
        assert run(protocol, "echo hello") == (b"hello\r\n", b"", 0)
        assert run(protocol, "fail 7") == (b"out\r\n", b"err\r\n", 7)


@both
def test_pywinrm_sends_input(serve: Serve, *, https: bool) -> None:
    lab = serve(https=https)
    with pywinrm(lab, https=https) as protocol:
        assert run(protocol, "cat", stdin=bytes(range(256)) * 200) == (bytes(range(256)) * 200, b"", 0)


def test_pywinrm_seals_messages_over_https_too(serve: Serve) -> None:
    lab = serve(https=True)
    with pywinrm(lab, https=True, encryption="always") as protocol:
        assert run(protocol, "echo sealed twice")[0] == b"sealed twice\r\n"


@pytest.mark.parametrize("username", ["auditor", "AUDITOR", ".\\auditor", "hv01\\auditor"])
def test_an_account_answers_to_each_spelling(lab: LabServer, username: str) -> None:
    with pywinrm(lab, account=Account(username, AUDITOR.password)) as protocol:
        assert run(protocol, "echo hello")[2] == 0


def test_a_domain_account_needs_its_domain(serve: Serve) -> None:
    account = Account("CONTOSO\\auditor", "secret of the domain")
    lab = serve(accounts=(account,))
    with pywinrm(lab, account=account) as protocol:
        assert run(protocol, "echo hello")[2] == 0
    with pywinrm(lab, account=Account("auditor", account.password)) as protocol, pytest.raises(InvalidCredentialsError):
        protocol.open_shell()


@both
@pytest.mark.parametrize("account", [Account("auditor", "wrong"), Account("nobody", AUDITOR.password)])
def test_wrong_credentials_are_refused(serve: Serve, account: Account, *, https: bool) -> None:
    lab = serve(https=https)
    with pywinrm(lab, https=https, account=account) as protocol, pytest.raises(InvalidCredentialsError):
        protocol.open_shell()
    with pypsrp(lab, https=https, account=account) as wsman, pytest.raises(AuthenticationError):
        WinRS(wsman).open()
    assert lab.counters("hv01").authentications == 0


@both
def test_pypsrp_runs_a_process(serve: Serve, *, https: bool) -> None:
    lab = serve(https=https)
    with pypsrp(lab, https=https) as wsman, WinRS(wsman, codepage=65001) as shell:
        process = Process(shell, "echo", ["hello", "world"])
        process.invoke()
        process.signal(SignalCode.CTRL_C)
        assert (process.stdout, process.stderr, process.rc) == (b"hello world\r\n", b"", 0)


@both
def test_pypsrp_sends_input_in_parts(serve: Serve, *, https: bool) -> None:
    lab = serve(https=https)
    with pypsrp(lab, https=https) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(b"first ", end=False)
        process.send(b"second", end=True)
        process.end_invoke()
        assert (process.stdout, process.rc) == (b"first second", 0)


def test_pypsrp_outlasts_the_operation_timeout(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_timeout_ms=20))
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        with pytest.raises(WSManFaultError) as caught:
            shell.receive("stdout stderr", process.id)
        assert caught.value.code == 2150858793
        process.poll_invoke()
        process.send(b"late", end=True)
        process.end_invoke()
        assert (process.stdout, process.rc) == (b"late", 0)


def test_pypsrp_is_told_of_an_unknown_program(lab: LabServer) -> None:
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "frobnicate")
        process.invoke()
        assert process.rc == 1
        assert b"is not recognized" in process.stderr


def test_pypsrp_is_told_of_an_unknown_command_id(lab: LabServer) -> None:
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "echo hello")
        process.begin_invoke()
        process.id = "11111111-1111-1111-1111-111111111111"
        with pytest.raises(WSManFaultError, match="command identifier that does not exist") as caught:
            process.poll_invoke()
        assert caught.value.code == 2150858843


def test_without_cmd_a_program_needs_its_full_path(lab: LabServer) -> None:
    with pypsrp(lab) as wsman, WinRS(wsman) as shell:
        with pytest.raises(WSManFaultError) as caught:
            Process(shell, "powershell.exe", no_shell=True).invoke()
        assert caught.value.code == 2147942402
        assert caught.value.provider == "Shell cmd plugin"


def test_pypsrp_reads_the_envelope_size_from_the_configuration(serve: Serve) -> None:
    lab = serve(https=True, limits=ServiceLimits(max_envelope_kb=150))
    with pypsrp(lab, https=True) as wsman:
        wsman.update_max_payload_size()
        assert wsman.max_payload_size < 150 * 1024


def test_a_shell_echoes_what_was_asked_of_it(lab: LabServer) -> None:
    with pypsrp(lab) as wsman:
        shell = WinRS(wsman, environment={"a<b": 'x&"y'}, idle_time_out=90, working_directory="C:\\Windows")
        created = shell.open()
        assert created is not None
        shell_element = created.find(f"{RSP}Shell")
        assert shell_element is not None
        assert [child.tag.removeprefix(RSP) for child in shell_element] == [
            "ShellId",
            "ResourceUri",
            "Owner",
            "ClientIP",
            "WorkingDirectory",
            "Environment",
            "IdleTimeOut",
            "InputStreams",
            "OutputStreams",
            "ShellRunTime",
            "ShellInactivity",
        ]
        assert shell_element.findtext(f"{RSP}IdleTimeOut") == "PT90.000S"
        assert shell_element.findtext(f"{RSP}WorkingDirectory") == "C:\\Windows"
        assert shell_element.findtext(f"{RSP}Owner") == "auditor"
        variable = shell_element.find(f"{RSP}Environment/{RSP}Variable")
        assert variable is not None
        assert (variable.get("Name"), variable.text) == ("a<b", 'x&"y')
        shell.close()


def test_a_shell_can_be_asked_for(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        shell = protocol.open_shell(idle_timeout="PT61S")
        for spelling in (shell, shell.lower()):
            answer = ask(protocol, GET, shell=spelling)
            assert answer.findtext(f".//{RSP}ShellId") == shell == shell.upper()
            assert answer.findtext(f".//{RSP}State") == "Connected"


def test_the_configuration_tells_the_limits(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(max_shells_per_user=3, max_envelope_kb=150))
    with pywinrm(lab) as protocol:
        answer = ask(protocol, GET, CONFIG)
    cfg = f"{{{CONFIG}}}"
    assert answer.findtext(f".//{cfg}MaxEnvelopeSizekb") == "150"
    assert answer.findtext(f".//{cfg}Winrs/{cfg}MaxShellsPerUser") == "3"
    assert answer.findtext(f".//{cfg}Service/{cfg}AllowUnencrypted") == "false"
    assert answer.findtext(f".//{cfg}Service/{cfg}Auth/{cfg}CbtHardeningLevel") == "Relaxed"


@pytest.mark.curl
@pytest.mark.parametrize(
    ("password", "status"), [(OTHER.password, "200"), ("wrong", "401")], ids=["right password", "wrong password"]
)
def test_curl_identifies_the_service(serve: Serve, password: str, status: str) -> None:
    lab = serve(https=True, schemes=("Negotiate", "NTLM"))
    answer = curl(lab, "--ntlm", "--user", f"operator:{password}", "--data", IDENTIFY)
    body, _, code = answer.rpartition("\n")
    assert code == status
    assert ("IdentifyResponse" in body) == (status == "200")
    assert lab.counters("hv01").authentications == (1 if status == "200" else 0)


@pytest.mark.curl
def test_curl_waits_for_100_continue(serve: Serve) -> None:
    lab = serve(https=True, schemes=("Negotiate", "NTLM"))
    answer = curl(
        lab, "--ntlm", "--user", f"operator:{OTHER.password}", "--header", "Expect: 100-continue", "--data", IDENTIFY
    )
    assert answer.endswith("</s:Envelope>\n200")


@pytest.mark.curl
def test_curl_is_refused_where_ntlm_alone_is_not_offered(serve: Serve) -> None:
    lab = serve(https=True)
    assert curl(lab, "--ntlm", "--user", f"operator:{OTHER.password}", "--data", IDENTIFY).endswith("401")


def curl(lab: LabServer, *arguments: str) -> str:
    """The answer's body, a line end and the status; curl's own NTLM knows no password beyond ASCII."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("there is no curl")
    if "NTLM" not in output_of([program, "--version"]):
        pytest.skip("this curl cannot do NTLM")
    command = [program, "--silent", "--noproxy", "*", "--cacert", str(lab.ca_file), "--write-out", "\n%{http_code}"]
    command += ["--header", "Content-Type: application/soap+xml;charset=UTF-8", *arguments, endpoint(lab, https=True)]
    return output_of(command)


def output_of(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - curl, as found
