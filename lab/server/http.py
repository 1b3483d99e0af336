"""HTTP/1.1 as far as a WinRM service speaks it: one POST after another on a kept connection."""

import asyncio
import email.utils
import enum
from dataclasses import dataclass, field
from http.client import responses

MAX_HEAD = 64 * 1024
# Far above any MaxEnvelopeSizekb in use; what is larger is not even read.
MAX_BODY = 16 * 1024 * 1024


class Ending(enum.Enum):
    """What becomes of the connection with an answer."""

    KEEP = "keep"
    CLOSE = "close"
    CUT = "cut"
    RESET = "reset"


class BadRequestError(Exception):
    """A request that cannot be read; `status` is all the client learns."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    size: int

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass
class Response:
    """One answer, and what follows it on the connection."""

    status: int
    body: bytes = b""
    content_type: str = ""
    challenges: list[str] = field(default_factory=list)
    announce_close: bool = False
    ending: Ending = Ending.KEEP

    def encode(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {responses.get(self.status, 'Unknown')}",
            *(f"WWW-Authenticate: {challenge}" for challenge in self.challenges),
            "Server: Microsoft-HTTPAPI/2.0",
            f"Date: {email.utils.formatdate(usegmt=True)}",
            *([f"Content-Type: {self.content_type}"] if self.content_type else []),
            *(["Connection: close"] if self.announce_close else []),
            f"Content-Length: {len(self.body)}",
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head + (self.body[: len(self.body) // 2] if self.ending is Ending.CUT else self.body)


async def read_request(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    """The request that starts with `head`; its body is read here, after the `100 Continue` that some clients await."""
    method, path, headers = _parse_head(head)
    length = _body_length(method, headers)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(length)
    return Request(method, path, headers, body, len(head) + length)


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, path, version
        raise BadRequestError(400)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError(400)
        headers[name.strip().lower()] = value.strip()
    return words[0], words[1], headers


def _body_length(method: str, headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0" if method == "GET" else "")
    if not text:
        raise BadRequestError(411)
    if not text.isdigit():
        raise BadRequestError(400)
    if int(text) > MAX_BODY:
        raise BadRequestError(413)
    return int(text)
