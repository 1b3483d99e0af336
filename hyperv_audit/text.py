"""What hosts, guests and files call things, made fit to be shown: on a terminal, in a page, in a cell."""

import re

# Control characters, marks that change the direction of text, characters without a width (but for the joiner, of
# which emoji are made), and line breaks that are not line feeds.
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)


def visible(text: str) -> str:
    """Text with what would be unseen, or would reorder what is seen, by its number."""
    return _DECEPTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """Text on one line, whatever breaks it contains."""
    return text.replace("\n", "\\n").replace("\t", "\\t")


def harmless(text: str) -> str:
    """Somebody else's words on one line, which cannot steer a terminal or hide a part of themselves."""
    return one_line(visible(text))
