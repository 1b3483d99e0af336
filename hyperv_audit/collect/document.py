"""From what a command printed to its evidence. The host is not believed: lengths, hash and shape are checked."""

import base64
import binascii
import hashlib
import json
import re
import zlib
from typing import Any

from hyperv_audit.errors import EvidenceError

MAX_DOCUMENT = 64 * 1024 * 1024  # bytes of JSON; a host with a thousand VMs needs about 5 million
MAX_DEPTH = 32  # the collectors write at most 10 levels; what is much deeper is meant to exhaust a reader

_BLOCK = re.compile(
    rb"-----BEGIN EVIDENCE (?P<form>plain|gzip\+base64) bytes=(?P<length>\d{1,9})"
    rb"(?: sha256=(?P<hash>[0-9A-F]{64}))?-----\r?\n(?P<body>.*?)\r?\n-----END EVIDENCE-----",
    re.DOTALL,
)
_END = b"-----END EVIDENCE-----"
_DIAGNOSIS = re.compile(rb"^bootstrap: (\d+) ([^\r\n]*)", re.MULTILINE)


def has_begun(stdout: bytes) -> bool:
    """Whether a first document has arrived whole."""
    return _END in stdout


def extract(stdout: bytes) -> dict[str, Any]:
    """The documents between the marks as one. Banners and warnings around them do no harm; a topic comes once.

    Raises `EvidenceError` when there is none, or when one is not what the host sent.
    """
    blocks = list(_BLOCK.finditer(stdout))
    if not blocks:
        raise EvidenceError(_why_none(stdout))
    document: dict[str, Any] = {}
    for block in blocks:
        part = _read(block)
        if twice := sorted(document.keys() & part.keys()):
            raise EvidenceError(f"the evidence has the topic {twice[0][:40]!a} twice")
        document |= part
    return document


def _read(block: re.Match[bytes]) -> dict[str, Any]:
    length = int(block["length"])
    if length > MAX_DOCUMENT:
        raise EvidenceError(f"the host announces {length:,} bytes of evidence; at most {MAX_DOCUMENT:,} are read")
    # Line ends are no part of either form: base64 is sent in lines, and a console may wrap plain JSON.
    body = block["body"].replace(b"\r", b"").replace(b"\n", b"")
    text = body if block["form"] == b"plain" else _unpack(body, length)
    if len(text) != length:
        raise EvidenceError(f"the evidence was cut: {len(text):,} of {length:,} bytes arrived")
    if block["hash"] and hashlib.sha256(text).hexdigest().upper().encode() != block["hash"]:
        raise EvidenceError("the evidence was altered on the way: its SHA-256 is not the one the host computed")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"the evidence is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise EvidenceError("the evidence is no JSON object")
    return document


def _unpack(body: bytes, length: int) -> bytes:
    """Never more than was announced, however far the data would expand."""
    try:
        unzip = zlib.decompressobj(wbits=31)
        return unzip.decompress(base64.b64decode(body, validate=True), length + 1)
    except (binascii.Error, zlib.error) as error:
        raise EvidenceError(f"the evidence is damaged: {error}") from error


def _why_none(stdout: bytes) -> str:
    if diagnosis := _DIAGNOSIS.search(stdout):
        code, text = diagnosis[1].decode(), diagnosis[2].decode("utf-8", errors="replace")
        meaning = {
            "96": "the collector stopped with an error",
            "97": "the collector's script did not arrive",
            "98": "the collector's script arrived cut or altered, and was not run",
        }
        return f"{meaning.get(code, 'the bootstrap stopped')}: {text.strip()}"
    return "the answer holds no evidence" if stdout.strip() else "the host answered nothing"


def plain(value: Any, depth: int = 0) -> Any:
    """Undo what Windows PowerShell 5.1 does to JSON: `{value, Count}` around arrays, `{}` for nothing.

    Sources: PowerShell/PowerShell issues 3222, 5579 and 9231. A name may also hold half a surrogate pair, which is no
    character and which no file can hold: it becomes the text of its escape.

    Raises `EvidenceError` when the value is nested without measure.
    """
    if depth > MAX_DEPTH:
        raise EvidenceError(f"the evidence is nested more than {MAX_DEPTH} levels deep")
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case {"value": list() as items, "Count": int(), **rest} if not rest:
            return [plain(item, depth + 1) for item in items]
        case dict() if not value:
            return None
        case dict():
            return {plain(key): plain(item, depth + 1) for key, item in value.items()}
        case list():
            return [plain(item, depth + 1) for item in value]
    return value
