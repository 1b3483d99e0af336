"""From what a command printed to its document: nothing is believed that was not checked."""

import base64
import gzip
import hashlib
import json
import tracemalloc
from typing import Any

import pytest

from hyperv_audit.collect.document import MAX_DEPTH, MAX_DOCUMENT, extract, plain
from hyperv_audit.errors import EvidenceError
from tests_tool.collect.support import DOCUMENT, bare, block, packed, text_of

TEXT = text_of(DOCUMENT)
LONG = {"rows": ["x" * 100] * 100}
BOMB = gzip.compress(b" " * MAX_DOCUMENT)
BOMB_BODY = base64.b64encode(BOMB)


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * depth + b"]" * depth + b"}"


def wrapped(text: bytes, width: int = 80) -> bytes:
    return b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))


GOOD = {
    "compressed": (packed(TEXT), DOCUMENT),
    "plain": (bare(TEXT), DOCUMENT),
    "bare line feeds": (packed(TEXT).replace(b"\r\n", b"\n"), DOCUMENT),
    "compressed, in many lines": (packed(text_of({"x": list(range(999))})), {"x": list(range(999))}),
    "compressed, in one line": (packed(TEXT, body=base64.b64encode(gzip.compress(TEXT))), DOCUMENT),
    "plain, wrapped by a console": (bare(text_of(LONG), body=wrapped(text_of(LONG))), LONG),
    "a banner before": (b"Authorised use only!\r\n" + packed(TEXT), DOCUMENT),
    "noise after": (packed(TEXT) + b"WARNING: logging off\r\n\xff", DOCUMENT),
    "a mark without a block before": (b"-----BEGIN EVIDENCE-----\r\n" + packed(TEXT), DOCUMENT),
    "several blocks": (packed(TEXT) + b"noise\r\n" + packed(text_of({"other": 1})), {**DOCUMENT, "other": 1}),
    "a second block that never ended": (packed(TEXT) + packed(text_of({"other": 1}))[:-10], DOCUMENT),
    "escapes": (bare(rb'{"n":"\u0141\ud83d\udda5"}'), {"n": "Ł🖥"}),
    "nothing in it": (bare(b"{}"), {}),
}


@pytest.mark.parametrize(("stdout", "document"), GOOD.values(), ids=GOOD.keys())
def test_good_output(stdout: bytes, document: dict[str, Any]) -> None:
    assert extract(stdout) == document


BAD = {
    "nothing": (b"", "the host answered nothing"),
    "blanks": (b"\r\n \r\n", "the host answered nothing"),
    "something else": (b"Access is denied.\r\n", "holds no evidence"),
    "no end mark": (packed(TEXT)[:-10], "holds no evidence"),
    "an end that is cut out": (packed(TEXT).replace(b"\r\n-----END", b""), "holds no evidence"),
    "an unknown form": (block("zip", len(TEXT), TEXT), "holds no evidence"),
    "a hash that is none": (packed(TEXT, digest="abc"), "holds no evidence"),
    "compressed, cut": (packed(TEXT, body=base64.b64encode(gzip.compress(TEXT)[:-20])), "cut: "),
    "plain, cut": (bare(TEXT, body=TEXT[:-1]), f"cut: {len(TEXT) - 1} of {len(TEXT)} bytes"),
    "more than announced": (bare(TEXT, length=len(TEXT) - 1), "cut: "),
    "altered": (packed(TEXT, body=base64.b64encode(gzip.compress(TEXT.replace(b"3", b"1")))), "altered on the way"),
    "another hash": (packed(TEXT, digest=hashlib.sha256(b"").hexdigest().upper()), "altered on the way"),
    "base64 that is none": (packed(TEXT, body=b"####"), "damaged"),
    "base64 with a stranger": (packed(TEXT, body=b"H4s*IAAA"), "damaged"),
    "gzip that is none": (packed(TEXT, body=base64.b64encode(b"no gzip at all")), "damaged"),
    "zlib instead of gzip": (packed(TEXT, body=base64.b64encode(b"x\x9c\x03\x00\x00\x00\x00\x01")), "damaged"),
    "expands beyond what was announced": (packed(TEXT, body=BOMB_BODY), f"cut: {len(TEXT) + 1} of {len(TEXT)} bytes"),
    "announces too much": (packed(TEXT, length=MAX_DOCUMENT + 1), "67,108,865 bytes of evidence; at most 67,108,864"),
    "announces beyond numbers": (packed(TEXT, length=10**10), "holds no evidence"),
    "no JSON": (bare(b"{'os': 1}"), "no JSON"),
    "no text": (bare(b'{"a": "\xff"}'), "no JSON"),
    "JSON beyond the stack": (bare(nested(100_000)), "no JSON"),
    "a number beyond measure": (bare(b'{"a":' + b"9" * 5000 + b"}"), "no JSON"),
    "a list": (bare(b"[]"), "no JSON object"),
    "a word": (bare(b"null"), "no JSON object"),
    "a topic twice": (packed(TEXT) + packed(TEXT), "has the topic 'os' twice"),
    "a second block, altered": (
        packed(TEXT) + packed(b"{}", digest=hashlib.sha256(b"").hexdigest().upper()),
        "altered",
    ),
    "96": (
        b"bootstrap: 96 ParserError Unexpected token\r\n",
        "the collector stopped with an error: ParserError Unexpected token",
    ),
    "97": (b"noise\r\nbootstrap: 97 no separator\r\n", "the collector's script did not arrive: no separator"),
    "98": (b"bootstrap: 98 17 characters, hash AB\r\n", "arrived cut or altered, and was not run: 17 characters"),
    "99": (b"bootstrap: 99 news\r\n", "the bootstrap stopped: news"),
    "a diagnosis in another encoding": (b"bootstrap: 96 X Fehler f\x81r\r\n", "Fehler f\ufffdr"),
}


@pytest.mark.parametrize(("stdout", "why"), BAD.values(), ids=BAD.keys())
def test_bad_output(stdout: bytes, why: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        extract(stdout)
    assert why in caught.value.what


def test_what_expands_is_not_even_unpacked() -> None:
    stdout = packed(TEXT, body=BOMB_BODY)
    tracemalloc.start()
    with pytest.raises(EvidenceError):
        extract(stdout)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_DOCUMENT / 10


SHAPES: list[tuple[object, object]] = [
    (None, None),
    (7, 7),
    ("text", "text"),
    ([1, [2]], [1, [2]]),
    ({}, None),
    ([{}], [None]),
    ({"value": [1, 2], "Count": 2}, [1, 2]),
    ({"value": [], "Count": 0}, []),
    ({"value": [{"value": [{}], "Count": 1}], "Count": 1}, [[None]]),
    ({"value": 1, "Count": 1}, {"value": 1, "Count": 1}),
    ({"value": [1], "Count": 1, "Name": "x"}, {"value": [1], "Count": 1, "Name": "x"}),
    ({"value": [1]}, {"value": [1]}),
    ("half \ud83d of it", "half \\ud83d of it"),
    ({"\udda5": ["\udda5"]}, {"\\udda5": ["\\udda5"]}),
    ("whole 🖥", "whole 🖥"),
]


@pytest.mark.parametrize(("value", "undone"), SHAPES, ids=repr)
def test_what_windows_powershell_does_to_json_is_undone(value: object, undone: object) -> None:
    assert plain(value) == undone


def test_depth_has_a_limit() -> None:
    assert plain(json.loads(nested(MAX_DEPTH - 1)))
    with pytest.raises(EvidenceError, match="32 levels"):
        plain(json.loads(nested(MAX_DEPTH + 1)))
