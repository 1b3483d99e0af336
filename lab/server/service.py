"""The operations of one host's WS-Management service."""

import asyncio
import base64
import binascii
import random
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from lab.server import known_faults
from lab.server.commands import names_a_program, through_cmd
from lab.server.model import Account, LabHost
from lab.server.shells import Command, Delivery, Shell, ShellTable
from lab.server.soap import CMD_SHELL, CONFIG, NS, SHELL, Envelope, WsmanFaultError, new_guid, reply, seconds

# Header, CommandState and the two ends of stream in a Receive answer.
RECEIVE_OVERHEAD = 2500
# CreateProcess, without cmd in between.
PROCESS_LINE_LIMIT = 32_767
STATE = f"{SHELL}/CommandState"
SIGNALS = f"{SHELL}/signal"


class WsmanService:
    """What an authenticated account can ask of one host."""

    def __init__(self, host: LabHost, shells: ShellTable) -> None:
        self._host = host
        self._limits = host.limits
        self._shells = shells
        self._commands_started = 0

    async def answer(self, request: Envelope, account: Account) -> str:
        """The answer's envelope; a WsmanFaultError where the operation ends in a fault."""
        operation_timeout = self._operation_timeout(request)
        match request.operation:
            case "Create":
                body = self._create(request, account)
            case "Get":
                body = self._get(request, account)
            case "Command" | "Send" | "Receive" | "Signal" | "Delete":
                with self._shells.using(request.selector("ShellId"), account) as shell:
                    body = await self._in_shell(request, shell, operation_timeout)
            case _:
                raise WsmanFaultError(known_faults.ACTION_NOT_SUPPORTED)
        return reply(request, body)

    async def _in_shell(self, request: Envelope, shell: Shell, operation_timeout: float) -> str:
        match request.operation:
            case "Command":
                return self._command(request, shell)
            case "Send":
                return self._send(request, shell)
            case "Receive":
                return await self._receive(request, shell, operation_timeout)
            case "Signal":
                return self._signal(request, shell)
        self._shells.close(shell)
        return ""

    def _operation_timeout(self, request: Envelope) -> float:
        """As asked, and never more than MaxTimeoutms, about which Windows says nothing."""
        longest = self._limits.max_timeout_ms / 1000
        text = request.header("w:OperationTimeout")
        if not text:
            return longest
        asked = seconds(text)
        if asked is None:
            raise WsmanFaultError(known_faults.invalid_timeout(text))
        return min(asked, longest)

    def _create(self, request: Envelope, account: Account) -> str:
        if request.resource != CMD_SHELL:
            raise WsmanFaultError(known_faults.RESOURCE_NOT_FOUND)
        self._check_shell_quotas(account)
        wanted = _required(request.body.find("rsp:Shell", NS))
        idle = seconds(wanted.findtext("rsp:IdleTimeOut", "", NS))
        shell = Shell(
            id=_guid(wanted.get("ShellId")),
            owner=account,
            idle_seconds=self._limits.shell_idle_seconds if idle is None else idle,
            input_streams=wanted.findtext("rsp:InputStreams", "stdin", NS),
            output_streams=wanted.findtext("rsp:OutputStreams", "stdout stderr", NS),
            working_directory=wanted.findtext("rsp:WorkingDirectory", "", NS),
            environment=[
                (variable.get("Name", ""), variable.text or "")
                for variable in wanted.findall("rsp:Environment/rsp:Variable", NS)
            ],
        )
        self._shells.add(shell)
        created = (
            f"<x:ResourceCreated><a:Address>{escape(request.to)}</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{CMD_SHELL}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet>'
            "</a:ReferenceParameters></x:ResourceCreated>"
        )
        return created + _shell_element(shell)

    def _check_shell_quotas(self, account: Account) -> None:
        owned = self._shells.of(account)
        if len(owned) >= self._limits.max_shells_per_user:
            raise WsmanFaultError(known_faults.too_many_shells(self._limits.max_shells_per_user))
        if not owned and len(self._shells.owners) >= self._limits.max_users:
            raise WsmanFaultError(known_faults.too_many_users())

    def _get(self, request: Envelope, account: Account) -> str:
        if request.resource == CONFIG:
            return _config_element(self._host)
        if request.resource in (SHELL, CMD_SHELL):
            with self._shells.using(request.selector("ShellId"), account) as shell:
                return _shell_element(shell, state="Connected")
        raise WsmanFaultError(known_faults.RESOURCE_NOT_FOUND)

    def _command(self, request: Envelope, shell: Shell) -> str:
        limit = self._limits.max_operations_per_user
        if sum(other.operations for other in self._shells.of(shell.owner)) >= limit:
            raise WsmanFaultError(known_faults.too_many_operations(limit))
        line = _required(request.body.find("rsp:CommandLine", NS))
        program = line.findtext("rsp:Command", "", NS)
        command_line = " ".join([program, *(argument.text or "" for argument in line.findall("rsp:Arguments", NS))])
        skips_cmd = request.option("WINRS_SKIP_CMD_SHELL").upper() == "TRUE"
        if skips_cmd and not names_a_program(program):
            raise WsmanFaultError(known_faults.PROGRAM_NOT_FOUND)
        if skips_cmd and len(command_line) > PROCESS_LINE_LIMIT:
            raise WsmanFaultError(known_faults.COMMAND_LINE_TOO_LONG)
        command = self._new_command(_guid(line.get("CommandId")), shell)
        handler = self._host.handler
        command.start(
            handler(command_line, command.stdin, command.output)
            if skips_cmd
            else through_cmd(handler, command_line, command.stdin, command.output)
        )
        return f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"

    def _new_command(self, command_id: str, shell: Shell) -> Command:
        self._commands_started += 1
        rng = random.Random(f"{self._host.seed} {self._commands_started}")  # noqa: S311 - slicing, not secrets
        command = Command(command_id, rng)
        shell.commands[command.id] = command
        shell.operations += 1
        return command

    def _send(self, request: Envelope, shell: Shell) -> str:
        stream = _required(request.body.find("rsp:Send/rsp:Stream", NS))
        command = shell.command(stream.get("CommandId", ""))
        try:
            data = base64.b64decode(stream.text or "", validate=True)
        except binascii.Error:
            raise WsmanFaultError(known_faults.INVALID_PARAMETER) from None
        if command.finished:
            raise WsmanFaultError(known_faults.PIPE_CLOSED)
        command.stdin.write(data, end=stream.get("End", "").lower() == "true")
        return "<rsp:SendResponse/>"

    async def _receive(self, request: Envelope, shell: Shell, operation_timeout: float) -> str:
        stream = _required(request.body.find("rsp:Receive/rsp:DesiredStream", NS))
        command_id = stream.get("CommandId")
        if not command_id:
            raise WsmanFaultError(known_faults.INVALID_PARAMETER)
        command = shell.command(command_id)
        try:
            async with asyncio.timeout(operation_timeout):
                delivery = await command.receive(self._room(request))
        except TimeoutError:
            raise WsmanFaultError(known_faults.TIMED_OUT) from None
        return _receive_response(command.id, delivery)

    def _room(self, request: Envelope) -> int:
        """Characters left for output in an answer that neither side finds too large."""
        largest = self._limits.max_envelope_kb * 1024
        asked = request.header("w:MaxEnvelopeSize")
        return (min(int(asked), largest) if asked.isdigit() else largest) - RECEIVE_OVERHEAD

    def _signal(self, request: Envelope, shell: Shell) -> str:
        signal = _required(request.body.find("rsp:Signal", NS))
        command = shell.command(signal.get("CommandId", ""))
        # pywinrm writes `terminate`, pypsrp `Terminate`, and Windows takes both.
        match signal.findtext("rsp:Code", "", NS).strip().removeprefix(f"{SIGNALS}/").lower():
            case "terminate":
                del shell.commands[command.id]
                command.abort()
            case "ctrl_c" | "ctrl_break":
                command.interrupt()
            case _:
                raise WsmanFaultError(known_faults.INVALID_PARAMETER)
        return "<rsp:SignalResponse/>"


def _required(element: ET.Element | None) -> ET.Element:
    if element is None:
        raise WsmanFaultError(known_faults.INVALID_PARAMETER)
    return element


def _guid(wanted: str | None) -> str:
    """The identifier that a client chose, or a new one; in upper case, as Windows keeps them."""
    if not wanted:
        return new_guid()
    try:
        return str(uuid.UUID(wanted)).upper()
    except ValueError:
        raise WsmanFaultError(known_faults.INVALID_PARAMETER) from None


def _shell_element(shell: Shell, state: str = "") -> str:
    directory, variables = escape(shell.working_directory), shell.environment
    environment = "".join(
        f"<rsp:Variable Name={quoteattr(name)}>{escape(value)}</rsp:Variable>" for name, value in variables
    )
    return (
        f'<rsp:Shell xmlns:rsp="{SHELL}"><rsp:ShellId>{shell.id}</rsp:ShellId>'
        f"<rsp:ResourceUri>{CMD_SHELL}</rsp:ResourceUri><rsp:Owner>{escape(shell.owner.username)}</rsp:Owner>"
        f"<rsp:ClientIP>{shell.client_ip}</rsp:ClientIP>"
        + (f"<rsp:WorkingDirectory>{directory}</rsp:WorkingDirectory>" if directory else "")
        + (f"<rsp:Environment>{environment}</rsp:Environment>" if environment else "")
        + f"<rsp:IdleTimeOut>PT{shell.idle_seconds:.3f}S</rsp:IdleTimeOut>"
        f"<rsp:InputStreams>{escape(shell.input_streams)}</rsp:InputStreams>"
        f"<rsp:OutputStreams>{escape(shell.output_streams)}</rsp:OutputStreams>"
        + (f"<rsp:State>{state}</rsp:State>" if state else "")
        + "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
        "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>"
    )


def _receive_response(command_id: str, delivery: Delivery) -> str:
    streams = "".join(
        f'<rsp:Stream Name="{piece.stream}" CommandId="{command_id}">{piece.base64()}</rsp:Stream>'
        for piece in delivery.pieces
    )
    if delivery.exit_code is None:
        state = f'<rsp:CommandState CommandId="{command_id}" State="{STATE}/Running"/>'
    else:
        state = (
            "".join(
                f'<rsp:Stream Name="{name}" CommandId="{command_id}" End="true"></rsp:Stream>'
                for name in ("stdout", "stderr")
            )
            + f'<rsp:CommandState CommandId="{command_id}" State="{STATE}/Done">'
            + f"<rsp:ExitCode>{delivery.exit_code}</rsp:ExitCode></rsp:CommandState>"
        )
    return f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>"


def _config_element(host: LabHost) -> str:
    """The whole service configuration: what is simulated has its value, the rest that of a fresh installation."""
    limits = host.limits
    offered = {scheme: scheme.lower() in {s.lower() for s in host.schemes} for scheme in ("Kerberos", "Negotiate")}
    ports = {"DefaultPorts": {"HTTP": 5985, "HTTPS": 5986}}
    config = {
        "MaxEnvelopeSizekb": limits.max_envelope_kb,
        "MaxTimeoutms": limits.max_timeout_ms,
        "MaxBatchItems": 32000,
        "MaxProviderRequests": 4294967295,
        "Client": {
            "NetworkDelayms": 5000,
            "URLPrefix": "wsman",
            "AllowUnencrypted": False,
            "Auth": {
                "Basic": True,
                "Digest": True,
                "Kerberos": True,
                "Negotiate": True,
                "Certificate": True,
                "CredSSP": False,
            },
            **ports,
            "TrustedHosts": "",
        },
        "Service": {
            "RootSDDL": "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)",
            "MaxConcurrentOperations": 4294967295,
            "MaxConcurrentOperationsPerUser": limits.max_operations_per_user,
            "EnumerationTimeoutms": 240000,
            "MaxConnections": 300,
            "MaxPacketRetrievalTimeSeconds": 120,
            "AllowUnencrypted": limits.allow_unencrypted,
            "Auth": {
                "Basic": False,
                **offered,
                "Certificate": False,
                "CredSSP": False,
                "CbtHardeningLevel": host.channel_binding.value,
            },
            **ports,
            "IPv4Filter": "*",
            "IPv6Filter": "*",
            "EnableCompatibilityHttpListener": False,
            "EnableCompatibilityHttpsListener": False,
            "CertificateThumbprint": "",
            "AllowRemoteAccess": True,
        },
        "Winrs": {
            "AllowRemoteShellAccess": True,
            "IdleTimeout": round(limits.shell_idle_seconds * 1000),
            "MaxConcurrentUsers": limits.max_users,
            "MaxShellRunTime": 2147483647,
            "MaxProcessesPerShell": 25,
            "MaxMemoryPerShellMB": 1024,
            "MaxShellsPerUser": limits.max_shells_per_user,
        },
    }
    return f'<cfg:Config xmlns:cfg="{CONFIG}">{_config_items(config)}</cfg:Config>'


def _config_items(items: dict[str, object]) -> str:
    return "".join(f"<cfg:{name}>{_config_value(value)}</cfg:{name}>" for name, value in items.items())


def _config_value(value: object) -> str:
    if isinstance(value, dict):
        return _config_items(value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))
