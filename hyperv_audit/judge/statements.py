"""Statements of a check: plain asserts, each in a block that says why it matters.

    with must("an unsigned session can be altered on its way"):
        assert host.smb.client.requires_signing

A statement that does not hold becomes a finding, and the next one is still looked at: an administrator wants the whole
list, not its first line. A check without such blocks is one statement.
"""

import ast
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import CodeType, TracebackType
from typing import Any, Literal

import pytest

from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.judge.setting import Judged, Outcome
from hyperv_audit.judge.severity import Severity


class NotApplicable(pytest.skip.Exception):  # type: ignore[name-defined,misc] # an attribute to mypy, a class to Python
    """The rule does not concern this subject."""


class Review(pytest.skip.Exception):  # type: ignore[name-defined,misc] # as above
    """A person must decide."""


class Waived(pytest.xfail.Exception):  # type: ignore[name-defined,misc] # as above
    """Statements do not hold, and somebody has accepted each of them for a time."""


class Failed(AssertionError):
    """At least one statement did not hold."""


def sentence(found: str, expected: str, why: str) -> str:
    """A finding in one line; what is asked of a person has nothing that was expected."""
    return f"found {found}" + (f"; expected {expected}" if expected else "") + (f" ({why})" if why else "")


@dataclass(frozen=True)
class Statement:
    """A statement that did not hold."""

    verdict: Literal["fail", "review", "waived"]
    why: str
    found: str
    expected: str
    severity: Severity | None = None  # None: that of the recommendation
    setting: str = ""  # of a baseline's table, by its id
    waiver: str = ""  # who accepted it, until when and why

    def __str__(self) -> str:
        return sentence(self.found, self.expected, self.why)


@dataclass
class Judgement:
    """What one check has said so far."""

    severity: Severity = "high"
    """Of its recommendation, and so of each statement that names no other. The gravest, where nobody has said."""
    statements: list[Statement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settings: list[Judged] = field(default_factory=list)
    """Of a baseline's table: all that were looked at, whatever was said of them."""
    variant: str = ""
    unneeded: list[str] = field(default_factory=list)
    """Where waivers stand that this check no longer needs."""

    excused: str = ""
    """By which exception of the policy nothing that is found here counts."""
    unread: bool = False
    """Whether a part could not be read: no exception reaches that."""

    def conclude(self) -> None:
        """Raise the worst of what was found. Raises `Failed`, `Review`, `Waived` or `NotApplicable`."""
        if self.excused and not self.unread:
            self.statements, self.settings = [], []
            raise NotApplicable(self.excused)
        for verdict, outcome in (("fail", Failed), ("review", Review), ("waived", Waived)):
            if found := [str(statement) for statement in self.statements if statement.verdict == verdict]:
                raise outcome("\n".join(found))


_current: ContextVar[Judgement | None] = ContextVar("judgement", default=None)


@contextmanager
def judging(judgement: Judgement) -> Iterator[None]:
    """Collect the statements of one check in `judgement`. A bare assert that fails is a statement too.

    What was found before a rule turns out not to apply stays found: the worst counts.
    """
    token = _current.set(judgement)
    try:
        with _statement("fail", ""):
            yield
    except NotApplicable:
        if not judgement.statements:
            raise
    finally:
        _current.reset(token)


@contextmanager
def must(why: str, *, unless: str | None = None, severity: Severity | None = None) -> Iterator[None]:
    """What has to hold; `unless` is a reason for which a person may let it pass, and asks that person.

    `severity` is given where it is not that of the recommendation.
    """
    with _statement("review" if unless else "fail", unless or why, severity):
        yield


@contextmanager
def review(why: str, *, severity: Severity | None = None) -> Iterator[None]:
    """What a person must look at when it does not hold; `severity` where it is not that of the recommendation."""
    with _statement("review", why, severity):
        yield


@contextmanager
def part(*, inside: bool = False) -> Iterator[None]:
    """One part of a rule: what of one machine cannot be read there is for a person, beside what other parts found.

    `inside` says that the part asks nobody but a guest: whatever cannot be read there is its own trouble.
    """
    try:
        yield
    except Unreadable as error:
        judgement = _current.get()
        if judgement is None or not (error.vm_only or inside):
            raise
        judgement.unread = True
        judgement.statements.append(Statement("review", "without it nothing passes", error.reason, "that it is read"))


def note(text: str) -> None:
    """Something the reader should know of a verdict that it does not change."""
    judgement = _current.get()
    if judgement is not None:
        judgement.notes.append(text)


def must_be_met(settings: Sequence[Judged], variant: object = "") -> None:
    """Each setting of a baseline's table is a statement of its own. Raises `Unreadable`, or `NotApplicable`.

    What deviates is told also beside what could not be read.
    """
    for judged in settings:
        if (verdict := _OF_A_SETTING.get(judged.outcome)) is not None:
            _say(Statement(verdict, _named(judged), judged.found, judged.expected, setting=judged.setting.id))
        elif judged.outcome is Outcome.TOLD:
            note(f"{judged.setting.name}: found {judged.found}; Microsoft has {judged.expected}, but {judged.why}")
    if judgement := _current.get():
        judgement.settings += settings
        judgement.variant = str(variant)
    if unread := [judged.why for judged in settings if judged.outcome is Outcome.UNREADABLE]:
        raise Unreadable(f"{len(unread)} of {len(settings)} settings: {'; '.join(dict.fromkeys(unread))}")
    if all(judged.outcome is Outcome.NOT_APPLICABLE for judged in settings):
        raise NotApplicable("; ".join(dict.fromkeys(judged.why for judged in settings)))


def not_applicable(why: str) -> None:
    """End the check: the rule does not concern this subject."""
    raise NotApplicable(why)


_OF_A_SETTING: dict[Outcome, Literal["fail", "review"]] = {Outcome.DEVIATES: "fail", Outcome.REVIEW: "review"}


def _named(judged: Judged) -> str:
    remark = f"; {judged.why}" if judged.why else ""
    return f"{judged.setting.name} [{judged.setting.id}]{remark}"


def _say(statement: Statement) -> None:
    judgement = _current.get()
    if judgement is None:  # outside of a check an assert like any other
        raise AssertionError(str(statement))
    judgement.statements.append(statement)


@contextmanager
def _statement(verdict: Literal["fail", "review"], why: str, severity: Severity | None = None) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        if _current.get() is None:  # called outside of a check, by somebody's own test: an assert like any other
            raise
        _say(Statement(verdict, why, *_explain(error), severity))


def _explain(error: AssertionError) -> tuple[str, str]:
    """What stood where, and what should have: from the assert's own words and the values they had."""
    frame, line = _innermost(error.__traceback__)
    test = _asserted(frame.f_code, line)
    if test is None:
        return str(error) or "an assertion that does not hold", ""

    def value(node: ast.expr) -> Any:
        # One namespace: the body of a comprehension does not see the locals that eval is given apart.
        return eval(compile(ast.Expression(node), "<assert>", "eval"), {**frame.f_globals, **frame.f_locals})  # noqa: S307 - our own source, once more

    match test:
        case ast.Compare(left=ast.DictComp(value=ast.Attribute(attr=name)) as left, ops=[ast.Eq()]):
            return f"{name} of {describe(value(left))}", "none"
        case ast.Compare(
            left=(ast.ListComp() | ast.DictComp() | ast.Name() | ast.Call()) as left,
            ops=[ast.Eq()],
            comparators=[ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[])],
        ):
            return describe(value(left)), "none"  # those that should not be; which ones these are, the why says
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{ast.unparse(left)}: {describe(value(left))}", f"{_WORDS[type(op)]}{describe(value(right))}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"{ast.unparse(operand)}: {describe(value(operand))}", "no"
    return f"{ast.unparse(test)}: {describe(value(test))}", "yes"


_WORDS: dict[type[ast.cmpop], str] = {
    ast.Is: "",
    ast.Eq: "",
    ast.IsNot: "anything but ",
    ast.NotEq: "anything but ",
    ast.In: "one of: ",
    ast.NotIn: "none of: ",
    ast.GtE: "at least ",
    ast.Gt: "more than ",
    ast.LtE: "at most ",
    ast.Lt: "less than ",
}


def describe(value: Any) -> str:  # noqa: PLR0911 - a table of types, read downwards
    """A value for a reader: enums by name and number, lists item by item, nothing as "none"."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Enum():
            return f"{value.name.replace('_', ' ').lower()} ({value.value})"
        case None:
            return "none"
        case tuple() if value and all(type(part) is int for part in value):
            return ".".join(str(part) for part in value)  # a version
        case dict():
            return "; ".join(f"{key}: {describe(item)}" for key, item in value.items()) or "none"
        case list() | tuple() | set() | frozenset():
            return "; ".join(describe(item) for item in value) or "none"
    return str(value)


def _innermost(trace: TracebackType | None) -> tuple[Any, int]:
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame, trace.tb_lineno


@cache
def _asserts(code: CodeType) -> tuple[ast.Assert, ...]:
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(inspect.cleandoc("\n" + "".join(lines)))
    except (OSError, SyntaxError):
        return ()
    ast.increment_lineno(tree, first - 1)
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Assert))


def _asserted(code: CodeType, line: int) -> ast.expr | None:
    """The condition of the assert that stands at `line`."""
    return next((a.test for a in _asserts(code) if a.lineno <= line <= (a.end_lineno or a.lineno)), None)
