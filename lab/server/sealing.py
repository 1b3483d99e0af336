"""Message encryption over plain http: one sealed envelope in a `multipart/encrypted` body.

The parts are as Windows writes them, with a tab before each part's headers and the signature's length, in four
little-endian bytes, before the sealed data.
"""

import re
import struct

from lab.server.ntlm import LogOn

CONTENT_TYPE = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
BOUNDARY = b"--Encrypted Boundary"
HEAD = re.compile(
    BOUNDARY
    + rb"\r\n\s*Content-Type: *application/HTTP-(?:SPNEGO|Kerberos)-session-encrypted\r\n"
    + rb"\s*OriginalContent: *type=application/soap\+xml;charset=UTF-8;Length=(\d+)\r\n"
    + BOUNDARY
    + rb"\r\n\s*Content-Type: *application/octet-stream\r\n"
)
TAIL = BOUNDARY + b"--\r\n"


class SealError(Exception):
    """A body that this connection's security context cannot open."""


def is_sealed(content_type: str) -> bool:
    return content_type.startswith("multipart/encrypted")


def unseal(body: bytes, log_on: LogOn) -> bytes:
    head = HEAD.match(body)
    if head is None or not body.endswith(TAIL):
        raise SealError
    payload = body[head.end() : -len(TAIL)]
    try:
        (length,) = struct.unpack_from("<i", payload)
        signature, sealed = payload[4 : 4 + length], payload[4 + length :]
        message = log_on.unseal(signature, sealed)
    except Exception as error:  # whatever is wrong with foreign bytes, they cannot be opened
        raise SealError from error
    if len(message) != int(head[1]):
        raise SealError
    return message


def seal(message: bytes, log_on: LogOn) -> bytes:
    signature, sealed = log_on.seal(message)
    head = (
        BOUNDARY
        + b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        + b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length="
        + str(len(message)).encode()
        + b"\r\n"
        + BOUNDARY
        + b"\r\n\tContent-Type: application/octet-stream\r\n"
    )
    return head + struct.pack("<i", len(signature)) + signature + sealed + TAIL
