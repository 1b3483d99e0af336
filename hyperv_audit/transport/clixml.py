"""PowerShell's standard error: CLIXML records among plain text, as messages a person can read.

With -EncodedCommand and redirected streams, PowerShell writes errors, warnings and progress as CLIXML even when the
script succeeded. There may be several documents, text around them, and a UTF-8 preamble before the header.
"""

import re
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree

_DOCUMENT = re.compile(r"<Objs\b.*?</Objs>", re.DOTALL)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_KEPT = {"Error": "", "Warning": "warning: "}


def messages(stderr: bytes) -> str:
    """Errors and warnings, one text; what is no CLIXML is kept as it stands, progress is dropped."""
    text = stderr.decode("utf-8", errors="replace").replace("\ufeff", "").replace("#< CLIXML", "")
    parts: list[str] = []
    end = 0
    for document in _DOCUMENT.finditer(text):
        parts += [text[end : document.start()], _read(document.group())]
        end = document.end()
    parts.append(text[end:])
    return "\n".join(part.strip() for part in parts if part.strip())


def _read(document: str) -> str:
    try:
        root = ElementTree.fromstring(document)
    except (ParseError, DefusedXmlException):
        return document
    lines = (
        _KEPT[kind] + _unescape(node.text or "")
        for node in root.iter()
        if node.tag.endswith("}S") and (kind := node.get("S", "")) in _KEPT
    )
    return "".join(lines)


def _unescape(text: str) -> str:
    """Undo _xHHHH_, which stands for a UTF-16 code unit, so that surrogate pairs become characters again."""
    units = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
