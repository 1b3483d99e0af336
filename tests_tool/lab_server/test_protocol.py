"""Connections and log-ons, byte by byte: what the service says before any operation is carried out."""

import base64
import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import create_default_context

import pytest
import requests
import spnego
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError

from lab.server import ChannelBinding, LabServer, ServiceLimits
from tests_tool.lab_server.conftest import Serve
from tests_tool.lab_server.support import AUDITOR, endpoint, pywinrm, run

IDENTIFY = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    b'<s:Body><i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body>'
    b"</s:Envelope>"
)
SEALED = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'


@contextmanager
def connection(lab: LabServer, *, https: bool = False) -> Iterator[http.client.HTTPConnection]:
    port = lab.port("hv01")
    if https:
        trust = create_default_context(cafile=lab.ca_file)
        client: http.client.HTTPConnection = http.client.HTTPSConnection("127.0.0.1", port, context=trust)
    else:
        client = http.client.HTTPConnection("127.0.0.1", port)
    try:
        yield client
    finally:
        client.close()


def post(client: http.client.HTTPConnection, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
    """The answer, read to its end."""
    client.request("POST", "/wsman", body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined] # kept beside its status
    return answer


def log_on(client: http.client.HTTPConnection, protocol: str = "ntlm", body: bytes = b"") -> http.client.HTTPResponse:
    """The token exchange alone, as raw NTLM or inside SPNEGO; `body` goes with its last message."""
    context = spnego.client("auditor", AUDITOR.password, protocol=protocol)
    token = context.step()
    while True:
        authorization = f"Negotiate {base64.b64encode(token or b'').decode()}"
        last = protocol == "ntlm" and context.complete
        answer = post(client, body if last else b"", Authorization=authorization)
        challenge = answer.getheader("WWW-Authenticate", "").partition(" ")[2]
        if answer.status != 401 or not challenge:
            return answer
        token = context.step(base64.b64decode(challenge))


def test_the_first_401_names_each_scheme_and_closes(lab: LabServer) -> None:
    with connection(lab) as client:
        answer = post(client)
    assert answer.status == 401
    assert answer.headers.get_all("WWW-Authenticate") == ["Negotiate", "Kerberos"]
    assert answer.getheader("Connection") == "close"
    assert answer.getheader("Content-Length") == "0"


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_a_401_with_a_token_keeps_the_connection(lab: LabServer, protocol: str) -> None:
    with connection(lab) as client:
        assert log_on(client, protocol).status == 200
    assert lab.counters("hv01").tcp == 1
    assert lab.counters("hv01").authentications == 1


def test_a_log_on_belongs_to_its_connection(serve: Serve) -> None:
    lab = serve(https=True)
    with connection(lab, https=True) as first, connection(lab, https=True) as second:
        assert log_on(first).status == 200
        assert post(first, IDENTIFY).status == 200
        assert post(second, IDENTIFY).status == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic YXVkaXRvcjpQYTU1",
        "Kerberos YIIB",
        "NTLM TlRMTVNTUAABAAAA",
        "Negotiate",
        "Negotiate !!!",
        "Negotiate AAAA",
        "Negotiate TlRMTVNTUAADAAAA",
    ],
)
def test_other_schemes_and_damaged_tokens_are_refused(lab: LabServer, authorization: str) -> None:
    with connection(lab) as client:
        answer = post(client, Authorization=authorization)
    assert answer.status == 401
    assert answer.headers.get_all("WWW-Authenticate") == ["Negotiate", "Kerberos"]


def test_what_cannot_be_unsealed_is_a_bad_request(lab: LabServer) -> None:
    with connection(lab) as client:
        assert post(client, b"--Encrypted Boundary\r\n", Content_Type=SEALED).status == 400
    with connection(lab) as client:
        log_on(client)
        assert post(client, b"--Encrypted Boundary\r\n", Content_Type=SEALED).status == 400


def test_a_damaged_message_is_a_bad_request(lab: LabServer) -> None:
    with pywinrm(lab) as protocol:
        protocol.open_shell()
        assert protocol.transport.encryption is not None
        session = protocol.transport.build_session()
        request = protocol.transport.encryption.prepare_encrypted_request(session, endpoint(lab), b"<message/>")
        assert isinstance(request.body, bytes)
        request.body = request.body.replace(b"Length=10", b"Length=11")
        assert session.send(request).status_code == 400


def test_plain_messages_over_http_are_refused(lab: LabServer) -> None:
    with pywinrm(lab, encryption="never") as protocol, pytest.raises(WinRMTransportError) as caught:
        protocol.open_shell()
    assert caught.value.code == 500


def test_plain_messages_over_http_can_be_allowed(serve: Serve) -> None:
    lab = serve(limits=ServiceLimits(allow_unencrypted=True))
    with pywinrm(lab, encryption="never") as protocol:
        assert run(protocol, "echo in the clear")[0] == b"in the clear\r\n"


def test_anyone_may_identify_the_service(lab: LabServer) -> None:
    answer = requests.post(endpoint(lab), IDENTIFY, headers={"WSMANIDENTIFY": "unauthenticated"}, timeout=10)
    assert "OS: 0.0.0 SP: 0.0 Stack: 3.0" in answer.text


def test_who_has_logged_on_learns_the_version(serve: Serve) -> None:
    lab = serve(https=True)
    with connection(lab, https=True) as client:
        log_on(client)
        assert "OS: 10.0.20348" in post(client, IDENTIFY).text  # type: ignore[attr-defined] # see post()


@pytest.mark.parametrize(
    ("level", "binds", "lets_in"),
    [
        (ChannelBinding.NONE, False, True),
        (ChannelBinding.NONE, True, True),
        (ChannelBinding.RELAXED, False, True),
        (ChannelBinding.RELAXED, True, True),
        (ChannelBinding.STRICT, False, False),
        (ChannelBinding.STRICT, True, True),
    ],
)
def test_channel_binding(serve: Serve, level: ChannelBinding, *, binds: bool, lets_in: bool) -> None:
    lab = serve(https=True, channel_binding=level)
    with pywinrm(lab, https=True, send_cbt=binds) as protocol:
        if lets_in:
            assert run(protocol, "echo hello")[2] == 0
        else:
            with pytest.raises(InvalidCredentialsError):
                protocol.open_shell()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("POST /wsman HTTP/1.1\r\n\r\n", 411),
        ("POST /wsman HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        ("POST /wsman HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        ("POST /wsman HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("GET /wsman HTTP/1.1\r\n\r\n", 405),
        ("POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
    ],
)
def test_what_is_no_request_of_winrm_is_refused(lab: LabServer, request_text: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", lab.port("hv01"))) as client:
        client.sendall(request_text.encode())
        assert client.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_body_that_is_no_envelope_is_a_bad_request(serve: Serve) -> None:
    lab = serve(https=True)
    for body in (b"<unfinished", b"<other/>"):
        with connection(lab, https=True) as client:
            assert log_on(client, body=body).status == 400


def test_requests_may_follow_each_other_before_their_answers(lab: LabServer) -> None:
    head = b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", lab.port("hv01"))) as client, client.makefile("rb") as answers:
        client.sendall(head * 3)
        lines = [answers.readline() for _ in range(3 * 5)]
    assert [line for line in lines if line.startswith(b"HTTP/1.1 ")] == [b"HTTP/1.1 404 Not Found\r\n"] * 3
