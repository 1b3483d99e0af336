"""One client's connection: requests in, log-on, message encryption, faults, answers out."""

import asyncio
import logging
import socket
import struct
import sys

from lab.server import sealing
from lab.server.faults import (
    Action,
    ChangeBody,
    CloseAfter,
    CutBody,
    Delay,
    FaultEnvelope,
    HttpStatus,
    InvalidXml,
    Reset,
    Silence,
)
from lab.server.host import RunningHost
from lab.server.http import BadRequestError, Ending, Request, Response, read_request
from lab.server.ntlm import LogOn, RefusedError
from lab.server.soap import Envelope, NotAnEnvelopeError, WsmanFaultError, fault, identify_response

log = logging.getLogger(__name__)

SOAP = "application/soap+xml;charset=UTF-8"
PATH = "/wsman"


class AnsweredError(Exception):
    """The request goes no further: this is its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Connection:
    """A log-on is worth nothing on any other connection, so its state lives and dies here."""

    def __init__(self, host: RunningHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer
        self._log_on: LogOn | None = None

    async def serve(self) -> None:
        """Answers one request after another until either side ends the connection."""
        following = asyncio.create_task(self._next_head())
        try:
            while (head := await following) is not None:
                request = await self._request(head)
                # Waiting for the next request shows when the client leaves: then nobody wants this answer.
                following = asyncio.create_task(self._next_head())
                response = await self._unless_the_client_leaves(request, following)
                if response is None or not await self._send(response):
                    return
        except AnsweredError as answered:
            await self._send(answered.response)
        except (asyncio.IncompleteReadError, ConnectionError):
            log.debug("%s: the client is gone", self._host.name)
        finally:
            following.cancel()

    async def _next_head(self) -> bytes | None:
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            return None

    async def _request(self, head: bytes) -> Request:
        try:
            request = await read_request(head, self._reader, self._writer)
        except BadRequestError as error:
            raise AnsweredError(_closing(error.status)) from error
        self._host.tally.http += 1
        self._host.tally.bytes_in += request.size
        return request

    async def _unless_the_client_leaves(
        self, request: Request, following: asyncio.Task[bytes | None]
    ) -> Response | None:
        work = asyncio.create_task(self._respond(request))
        try:
            await asyncio.wait({work, following}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and following.result() is not None:
                await asyncio.wait({work})
            return work.result() if work.done() else None
        finally:
            work.cancel()

    async def _send(self, response: Response) -> bool:
        """Whether the connection goes on afterwards."""
        if response.ending is Ending.RESET:
            _reset(self._writer)
            return False
        data = response.encode()
        self._host.tally.bytes_out += len(data)
        if response.ending is not Ending.KEEP:
            _write_and_close(self._writer, data)
            return False
        self._writer.write(data)
        await self._writer.drain()
        return True

    async def _respond(self, request: Request) -> Response:
        await asyncio.sleep(self._host.config.latency)
        sealed = sealing.is_sealed(request.content_type)
        actions = self._host.faults.actions(None)
        try:
            envelope: Envelope | None = None
            # First of all, whatever befalls the request: the cipher's stream must not lose step.
            message = self._open(request) if self._is_logged_on(request) else None
            await _befall(actions)
            _check_target(request)
            if message is None and _wants_anonymous_identify(request):
                return _dressed(200, identify_response("OS: 0.0.0 SP: 0.0 Stack: 3.0"), actions, None)
            challenges = [] if message is not None else self._authenticate(request)
            if message is None:
                message = self._open(request)
            if not message:
                return Response(200, challenges=challenges)
            envelope = self._parse(message)
            of_operation = self._host.faults.actions(envelope.operation)
            actions += of_operation
            await _befall(of_operation)
            status, text = 200, await self._carry_out(envelope)
        except AnsweredError as answered:
            return answered.response
        except WsmanFaultError as error:
            status, text, challenges = 500, fault(envelope, error.fault), []
        response = _dressed(status, text, actions, self._log_on if sealed else None)
        response.challenges = challenges
        return response

    def _is_logged_on(self, request: Request) -> bool:
        return self._log_on is not None and self._log_on.complete and "authorization" not in request.headers

    def _open(self, request: Request) -> bytes:
        """The request's envelope; empty when a client only logs on."""
        if sealing.is_sealed(request.content_type):
            if self._log_on is None:
                raise AnsweredError(_closing(400))
            try:
                return sealing.unseal(request.body, self._log_on)
            except sealing.SealError:
                raise AnsweredError(_closing(400)) from None
        if request.body and not (self._host.config.https or self._host.config.limits.allow_unencrypted):
            raise AnsweredError(Response(500))
        return request.body

    def _authenticate(self, request: Request) -> list[str]:
        """Takes the log-on one step further; returns when it is finished, with what the answer must still say."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token or scheme.lower() not in {offered.lower() for offered in self._host.config.schemes}:
            # Sealed for a context that this connection never had, or had and lost: no log-on would mend it.
            unreadable = not scheme and sealing.is_sealed(request.content_type)
            raise AnsweredError(_closing(400) if unreadable else self._unauthorized())
        if self._log_on is None or self._log_on.complete:
            self._log_on = self._host.log_on()
        try:
            answer = self._log_on.step(token.strip())
        except RefusedError:
            self._log_on = None
            raise AnsweredError(self._unauthorized()) from None
        challenge = [f"{scheme} {answer}"] if answer else []
        if not self._log_on.complete:
            raise AnsweredError(Response(401, challenges=challenge))
        self._host.tally.authentications += 1
        return challenge

    def _unauthorized(self) -> Response:
        """What every refusal looks like: the schemes on offer, and the end of the connection."""
        response = _closing(401)
        response.challenges = list(self._host.config.schemes)
        return response

    def _parse(self, message: bytes) -> Envelope:
        if len(message) > self._host.config.limits.max_envelope_kb * 1024:
            raise AnsweredError(Response(413))
        try:
            envelope = Envelope(message)
        except NotAnEnvelopeError:
            raise AnsweredError(_closing(400)) from None
        self._host.tally.operations[envelope.operation] += 1
        return envelope

    async def _carry_out(self, envelope: Envelope) -> str:
        if envelope.operation == "Identify":
            return identify_response("OS: 10.0.20348 SP: 0.0 Stack: 3.0")
        if self._log_on is None:
            raise AnsweredError(self._unauthorized())
        return await self._host.service.answer(envelope, self._log_on.account)


def _check_target(request: Request) -> None:
    if request.path.partition("?")[0].rstrip("/").lower() != PATH:
        raise AnsweredError(Response(404))
    if request.method != "POST":
        raise AnsweredError(Response(405))


def _wants_anonymous_identify(request: Request) -> bool:
    if request.headers.get("wsmanidentify", "").lower() != "unauthenticated":
        return False
    try:
        return Envelope(request.body).operation == "Identify"
    except NotAnEnvelopeError:
        return False


async def _befall(actions: list[Action]) -> None:
    """What happens to a request before it is carried out."""
    for action in actions:
        match action:
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case Silence():
                await asyncio.Event().wait()
            case Reset(after_work=False):
                raise AnsweredError(Response(500, ending=Ending.RESET))
            case HttpStatus(code, body):
                raise AnsweredError(Response(code, body, "text/html" if body else ""))
            case FaultEnvelope():
                raise WsmanFaultError(action)


def _dressed(status: int, text: str, actions: list[Action], log_on: LogOn | None) -> Response:
    """The answer with what happens to it afterwards, sealed for `log_on`."""
    ending = Ending.KEEP
    for action in actions:
        match action:
            case ChangeBody(change):
                text = change(text)
            case InvalidXml(body):
                status, text = 200, body
            case CloseAfter():
                ending = Ending.CLOSE
            case CutBody():
                ending = Ending.CUT
            case Reset(after_work=True):
                ending = Ending.RESET
    if log_on is None:
        return Response(status, text.encode(), SOAP, ending=ending)
    return Response(status, sealing.seal(text.encode(), log_on), sealing.CONTENT_TYPE, ending=ending)


def _closing(status: int) -> Response:
    return Response(status, announce_close=True, ending=Ending.CLOSE)


def _write_and_close(writer: asyncio.StreamWriter, data: bytes) -> None:
    """The last bytes and the end of the connection in one segment: a client that is quick finds it closed, too."""
    _hold_back(writer, 1)
    writer.write(data)
    if writer.can_write_eof():
        writer.write_eof()
    writer.close()
    _hold_back(writer, 0)


def _hold_back(writer: asyncio.StreamWriter, on: int) -> None:
    # Linux, then macOS; Windows has no such option, and a quick client may be reset there instead.
    option = getattr(socket, "TCP_CORK", getattr(socket, "TCP_NOPUSH", None))
    if option is not None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, on)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closing a socket that lingers for no time at all sends RST."""
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
