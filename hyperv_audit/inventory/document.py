"""A YAML file as plain data that remembers its lines.

Only data is read: no tags, no merge keys, no objects; size, depth and aliases are bounded. A key that stands twice
is a problem; the last one does not quietly win. Messages never repeat a value of the file, it may be a secret.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.reader import ReaderError

from hyperv_audit.errors import InventoryError

MAX_BYTES = 1_000_000
MAX_NODES = 200_000  # with aliases followed: ten short lines of them can stand for billions of nodes
MAX_DEPTH = 20
MAX_PROBLEMS_SHOWN = 20

Location = tuple[str | int, ...]
"""The way to a value from the top of the file: keys, and indexes of lists."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend in a file."""

    line: int
    what: str
    advice: str = ""


@dataclass(frozen=True)
class Document:
    """What a file says, and the line (from 1) of everything it says."""

    path: Path
    data: Any
    lines: Mapping[Location, int]
    problems: tuple[Problem, ...] = ()

    def known(self, location: Iterable[str | int]) -> Location:
        """The part of `location` that the file has; steps that only a validator knows are left out."""
        found: Location = ()
        for step in location:
            if (*found, step) in self.lines:
                found = (*found, step)
        return found

    def line(self, location: Iterable[str | int]) -> int:
        """The line of `location`, or of the nearest thing around it."""
        return self.lines[self.known(location)]


def read_document(path: Path) -> Document:
    """Read `path`; what cannot be read at all raises, what can be reported with the rest is kept in `problems`."""
    root = _compose(path, _text(path))
    if root is None:
        raise InventoryError("the file is empty", "start from a copy of an example in inventory/", path=path, line=1)
    reader = _Reader()
    try:
        data = reader.value(root, ())
    except _TooMuchError as error:
        raise InventoryError(error.what, error.advice, path=path, line=error.line) from None
    return Document(path, data, reader.lines, tuple(reader.problems))


def refuse(path: Path, problems: Iterable[Problem]) -> NoReturn:
    """Raise one error that tells all `problems` in the order of their lines."""
    first, *others = sorted(set(problems))
    if not others:
        raise InventoryError(first.what, first.advice, path=path, line=first.line)
    shown = [first, *others][:MAX_PROBLEMS_SHOWN]
    lines = [f"{1 + len(others)} problems"]
    for problem in shown:
        lines.append(f"  line {problem.line}: {problem.what}")
        lines.extend([f"    {problem.advice}"] if problem.advice else [])
    if left := 1 + len(others) - len(shown):
        lines.append(f"  and {left} more")
    raise InventoryError("\n".join(lines), "mend these lines, then run the same command", path=path, line=first.line)


_SECRET = re.compile(
    r"([\w-]*?(?:password|passphrase|passwort|passwd|pwd|secret|token)s?|(?:[\w-]*[_-])?(?:pass|pw))(?:[=:\s].*)?",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_SHOWN = 60


def is_secret(key: str) -> bool:
    """Whether a key promises a secret: `password`, `ansible_password`, `pwd`; not `password_env`."""
    return _SECRET.fullmatch(key) is not None


def plain(text: str | int) -> str:
    """`text` for a message: one line, not long, and cut where a secret may follow, as in `password=...`."""
    text = str(text)
    if secret := _SECRET.fullmatch(text):
        text = secret[1]
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return repr(short)[1:-1]


def shown(text: str | int) -> str:
    """`plain`, in quotes."""
    return f"'{plain(text)}'"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InventoryError(
            f"cannot be read: {reason}", "check the path and who may read the file", path=path
        ) from error
    if len(content) > MAX_BYTES:
        raise InventoryError(
            f"is larger than {MAX_BYTES:,} bytes",
            "is this the right file?",
            path=path,
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise InventoryError(
        "is not UTF-8 text", "save it again as UTF-8; Notepad's 'Unicode' is UTF-16", path=path, line=line
    )


def _compose(path: Path, text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        problem = Problem(1, "is nested too deeply", f"{MAX_DEPTH} levels are enough for every file here")
    except (yaml.YAMLError, ValueError) as error:
        problem = _syntax_problem(text, error)
    refuse(path, [problem])  # outside `except`: the parser's own error quotes the file


def _syntax_problem(text: str, error: Exception) -> Problem:
    if isinstance(error, ReaderError):
        return Problem(
            text.count("\n", 0, error.position) + 1,
            "holds a control character, which YAML does not allow",
            "delete it; it came perhaps with a copy from another program",
        )
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    trouble = str(getattr(error, "problem", None) or "it cannot be understood")
    if "\\t" in trouble:
        return Problem(line, "is not YAML: a tab", "indent with spaces")
    if "alias" in trouble or "anchor" in trouble:
        return Problem(line, "is not YAML: an alias or anchor that leads nowhere", "quote text that begins with * or &")
    if "escape" in trouble:
        return Problem(line, "is not YAML: a backslash in double quotes", r"use no quotes or single ones: 'CORP\name'")
    if "document" in trouble and "another" in trouble:
        return Problem(line, "holds a second YAML document", "keep one document a file; delete the line '---'")
    what = _without_quotes(trouble)
    advice = "check the indentation, the blank after each colon, and the quotes around text with special characters"
    opened = getattr(error, "context_mark", None)
    if opened and str(getattr(error, "context", "")).startswith("while parsing a flow"):
        what = f"a brace or bracket that opens in line {opened.line + 1} is not closed, or misses a comma"
        advice = "close it with } or ], and put text with special characters in quotes"
    return Problem(line, f"is not YAML: {what}", advice)


def _without_quotes(trouble: str) -> str:
    """The parser's reason without what it quotes from the file; its own words and signs, '<...>' and ':', may stay."""
    quoted = re.compile(r"""'(?P<own><[^'>]*>|[\[\]{},:?-])'|(['"]).*\2""", re.DOTALL)
    return quoted.sub(lambda found: found[0] if found["own"] else "something else", trouble)


class _TooMuchError(Exception):
    def __init__(self, line: int, what: str, advice: str) -> None:
        super().__init__(what)
        self.line, self.what, self.advice = line, what, advice


_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}
_TEXT_LIKE = {"tag:yaml.org,2002:value", "tag:yaml.org,2002:merge"}  # a lone '=' or '<<'
_PLAIN = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"} | _SCALARS | _TEXT_LIKE


class _Reader:
    """Turns nodes into data; keeps the line of each, and what is wrong with it."""

    def __init__(self) -> None:
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []
        self._visited = 0
        self._constructor = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, location: Location) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(location, line)  # of a mapping's value: the key's line, which is already there
        self._count(line, location)
        if node.tag not in _PLAIN:
            self.problems.append(Problem(line, "a YAML tag (!...)", "write the plain value; tags are not read"))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*location, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, line)

    def _count(self, line: int, location: Location) -> None:
        self._visited += 1
        if len(location) > MAX_DEPTH:
            raise _TooMuchError(line, "is nested too deeply", "does an alias (*name) contain itself?")
        if self._visited > MAX_NODES:
            raise _TooMuchError(
                line,
                f"holds more than {MAX_NODES:,} values when its aliases (*name) are followed",
                "use group variables instead of anchors and aliases",
            )

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, line)
            if key is None:
                continue
            if key in data:
                first = self.lines[(*location, key)]
                self.problems.append(
                    Problem(line, f"{shown(key)} stands here twice, first in line {first}", "keep one of them")
                )
                continue
            self.lines[(*location, key)] = line
            data[key] = self.value(value_node, (*location, key))
        return data

    def _key(self, node: yaml.Node, line: int) -> str | None:
        if node.tag == "tag:yaml.org,2002:merge":
            self.problems.append(
                Problem(line, "merge keys (<<) are not read", "put what hosts share into the vars of a group")
            )
            return None
        if not isinstance(node, yaml.ScalarNode):
            self.problems.append(Problem(line, "a list or mapping stands where a key should", "write `key: value`"))
            return None
        key = str(node.value)
        if node.tag != "tag:yaml.org,2002:str":
            self.problems.append(
                Problem(line, f"YAML does not read the key {shown(key)} as text", 'put it in quotes: "101": ...')
            )
        return key

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        if node.tag not in _SCALARS:
            return node.value
        try:
            return self._constructor.construct_object(node)
        except (ArithmeticError, AttributeError, LookupError, ValueError, yaml.YAMLError):  # what PyYAML lets out
            self.problems.append(
                Problem(line, "a number or date that cannot be read", "put it in quotes if it is text")
            )
            return None
