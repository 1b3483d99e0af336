"""What these tests share: a small command handler, an account, and clients that other people wrote."""

import asyncio
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from pypsrp.wsman import WSMan
from winrm.protocol import Protocol

from lab.server import Account, Emit, LabServer, Stdin

AUDITOR = Account("auditor", "Pa55 für das Labor")
OTHER = Account("operator", "another one")
RSP = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
CMD = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"


@dataclass
class Programs:
    """The programs of a test's host; `cancelled` is set when a running one is stopped."""

    cancelled: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, command_line: str, stdin: Stdin, emit: Emit) -> int:
        program, _, rest = command_line.partition(" ")
        match program:
            case "echo":
                emit.stdout(f"{rest}\r\n".encode())
            case "cat":
                emit.stdout(await stdin.read())
            case "big":
                emit.stdout(b"".join(b"%09d\n" % number for number in range(int(rest) // 10)))
            case "fail":
                emit.stdout(b"out\r\n")
                emit.stderr(b"err\r\n")
                return int(rest)
            case "hang":
                await self._hang()
            case "crash":
                raise RuntimeError(rest)
            case _:
                emit.stderr(f"'{program}' is not recognized as an internal or external command".encode())
                return 1
        return 0

    async def _hang(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


def endpoint(lab: LabServer, name: str = "hv01", *, https: bool = False) -> str:
    return f"{'https' if https else 'http'}://127.0.0.1:{lab.port(name)}/wsman"


@contextmanager
def pywinrm(
    lab: LabServer,
    name: str = "hv01",
    *,
    https: bool = False,
    account: Account = AUDITOR,
    encryption: Literal["auto", "always", "never"] = "auto",
    send_cbt: bool = True,
) -> Iterator[Protocol]:
    """Pywinrm's client; it closes its connection however the test ends."""
    protocol = Protocol(
        endpoint(lab, name, https=https),
        transport="ntlm",
        username=account.username,
        password=account.password,
        ca_trust_path=str(lab.ca_file),
        message_encryption=encryption,
        send_cbt=send_cbt,
        proxy=None,
    )
    try:
        yield protocol
    finally:
        protocol.transport.close_session()


@contextmanager
def pypsrp(lab: LabServer, name: str = "hv01", *, https: bool = False, account: Account = AUDITOR) -> Iterator[WSMan]:
    """Pypsrp's client."""
    with WSMan(
        "127.0.0.1",
        port=lab.port(name),
        ssl=https,
        auth="ntlm",
        username=account.username,
        password=account.password,
        cert_validation=str(lab.ca_file),  # type: ignore[arg-type] # documented: a flag or a path
        no_proxy=True,
    ) as wsman:
        yield wsman


def run(protocol: Protocol, command: str, stdin: bytes | None = None) -> tuple[bytes, bytes, int]:
    """One batch: Create, Command, perhaps Send, Receive until Done, Delete."""
    shell = protocol.open_shell(codepage=65001, idle_timeout="PT60S")
    try:
        command_id = protocol.run_command(shell, command, console_mode_stdin=False)
        if stdin is not None:
            protocol.send_command_input(shell, command_id, stdin, end=True)
        return protocol.get_command_output(shell, command_id)
    finally:
        protocol.close_shell(shell, close_session=False)


def ask(
    protocol: Protocol,
    action: str,
    resource: str = CMD,
    *,
    shell: str = "",
    message_id: str = "uuid:11111111-2222-3333-4444-555555555555",
) -> ET.Element:
    """An operation with an empty body, beyond what pywinrm's methods send."""
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>' if shell else ""
    answer = protocol.send_message(
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">'
        f"<s:Header><a:Action>{action}</a:Action><a:MessageID>{message_id}</a:MessageID>"
        f"<w:ResourceURI>{resource}</w:ResourceURI>{selector}</s:Header><s:Body/></s:Envelope>"
    )
    return ET.fromstring(answer)  # noqa: S314 - from our own lab
