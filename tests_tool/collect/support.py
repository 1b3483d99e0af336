"""What these tests share: documents as a host prints them, and evidence as a run keeps it."""

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from hyperv_audit.collect.evidence import Evidence, Failure, Reached, Topic

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DOCUMENT = {"os": {"data": {"system": [{"ProductType": 3}]}, "errors": [], "seconds": 0.5}}


def text_of(document: object) -> bytes:
    """ASCII JSON, as the collectors write it."""
    return json.dumps(document).encode("ascii")


def block(form: str, length: int, body: bytes, digest: str | None = None) -> bytes:
    """Marks around a body, whatever it is."""
    announced = f"{form} bytes={length}{f' sha256={digest}' if digest else ''}"
    return b"-----BEGIN EVIDENCE %s-----\r\n%s\r\n-----END EVIDENCE-----\r\n" % (announced.encode(), body)


def packed(text: bytes, **changes: Any) -> bytes:
    """A block of a host in full language mode: compressed, with its hash."""
    lines = base64.encodebytes(gzip.compress(text)).strip().replace(b"\n", b"\r\n")
    honest = {"length": len(text), "body": lines, "digest": hashlib.sha256(text).hexdigest().upper()}
    return block("gzip+base64", **{**honest, **changes})


def bare(text: bytes, **changes: Any) -> bytes:
    """A block of a host in constrained language mode."""
    return block("plain", **{"length": len(text), "body": text, **changes})


def evidence(target: str = "hv01") -> Evidence:
    """One of each thing that evidence can hold."""
    failure = Failure(
        probe="guest", id="X,Y", category="NotFound", target="4e2f", hresult=-2147024891, message="Łódź\r\n"
    )
    return Evidence(
        target=target,
        reached=Reached(endpoint="http://hv01:5985/wsman", account="LAB\\auditor"),
        collectors={"os": "00"},
        script="AB",
        started=NOON,
        finished=NOON,
        stderr="warning: old",
        topics={"os": Topic(data={"system": [{"a": [1, None, True, "ü"]}]}, errors=[failure], seconds=0.5)},
    )
