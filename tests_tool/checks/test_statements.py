"""Statements: what an assert found and expected, in a reader's words, and which verdict many of them come to."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any

import pytest

from hyperv_audit.facts.enums import OnOff, VMState
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.judge import must, not_applicable, note, part, review
from hyperv_audit.judge.statements import Failed, Judgement, NotApplicable, Review, describe, judging
from hyperv_audit.outcome import make_result, verdict_of
from hyperv_audit.report.results import Subject, Verdict


class Color(Enum):
    """Not a number."""

    LIGHT_BLUE = "b"


class Word(StrEnum):
    """A text."""

    TWO_WORDS = "two"


class Adapter:
    """Something with a label."""

    def __init__(self, label: str, state: OnOff) -> None:
        self.label, self.state = label, state

    def __str__(self) -> str:
        return self.label


ADAPTERS = [Adapter("one", OnOff.ON), Adapter("two", OnOff.OFF), Adapter("three", OnOff.OFF)]
STATE = OnOff.OFF
LIMIT, ALLOWED, NAME = 7, (OnOff.ON, OnOff.UNKNOWN), "web"
IS_OPEN = True


def is_an_enum() -> None:
    assert STATE is OnOff.ON


def is_in() -> None:
    assert STATE in ALLOWED


def is_not_in() -> None:
    assert NAME not in ("web", "db")


def is_at_least() -> None:
    assert LIMIT >= 8


def is_a_version() -> None:
    assert (9, 0) >= (10, 0)


def is_false() -> None:
    assert not IS_OPEN


def is_true() -> None:
    assert NAME.isupper()


def is_nothing() -> None:
    nothing = None
    assert nothing is not None


def has_none_of_a_list() -> None:
    assert [adapter for adapter in ADAPTERS if adapter.state is not OnOff.ON] == []


def has_none_of_a_table() -> None:
    wanted = OnOff.ON
    assert {adapter.label: adapter.state for adapter in ADAPTERS if adapter.state is not wanted} == {}


def takes_several_lines() -> None:
    assert {
        adapter.label: LIMIT
        for adapter in ADAPTERS
        if adapter.state is OnOff.OFF
    } == {}  # fmt: skip


def has_a_message() -> None:
    assert LIMIT == 8, "a message is for those who write the check"


def is_between() -> None:
    assert 8 <= LIMIT < 10


def says_two_things() -> None:
    assert NAME
    assert LIMIT == 8
    assert LIMIT == 9


@pytest.mark.parametrize(
    ("statement", "found", "expected"),
    [
        (is_an_enum, "STATE: off (1)", "on (0)"),
        (is_in, "STATE: off (1)", "one of: on (0); unknown (-1)"),
        (is_not_in, "NAME: web", "none of: web; db"),
        (is_at_least, "LIMIT: 7", "at least 8"),
        (is_a_version, "(9, 0): 9.0", "at least 10.0"),
        (is_false, "IS_OPEN: yes", "no"),
        (is_true, "NAME.isupper(): no", "yes"),
        (is_nothing, "nothing: none", "anything but none"),
        (has_none_of_a_list, "two; three", "none"),
        (has_none_of_a_table, "state of two: off (1); three: off (1)", "none"),
        (takes_several_lines, "two: 7; three: 7", "none"),
        (has_a_message, "LIMIT: 7", "8"),
        (is_between, "8 <= LIMIT < 10: no", "yes"),
        (says_two_things, "LIMIT: 7", "8"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_found_and_expected(statement: Callable[[], None], found: str, expected: str) -> None:
    judgement = Judgement()
    with judging(judgement):
        statement()
    (told,) = judgement.statements
    assert (told.verdict, told.found, told.expected) == ("fail", found, expected)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (None, "none"),
        ([], "none"),
        ({}, "none"),
        ((), "none"),
        ((3, 1, 1), "3.1.1"),
        ((True, False), "yes; no"),
        (["a", None], "a; none"),
        ({"a": OnOff.ON, "b": [1, 2]}, "a: on (0); b: 1; 2"),
        (VMState.OFF_CRITICAL, "off critical (32786)"),
        (Color.LIGHT_BLUE, "light blue (b)"),
        (Word.TWO_WORDS, "two words (two)"),
        ("<b>", "<b>"),
    ],
    ids=str,
)
def test_describe(value: Any, text: str) -> None:
    assert describe(value) == text


def judged(check: Callable[[], None]) -> tuple[Judgement, BaseException | None]:
    """What a check says, and how it ends."""
    judgement = Judgement()
    try:
        with judging(judgement):
            check()
        judgement.conclude()
    except (AssertionError, Review, NotApplicable, Unreadable, LookupError) as end:
        return judgement, end
    return judgement, None


def everything_at_once() -> None:
    note("first")
    with review("somebody looks"):
        assert LIMIT == 1
    with must("it matters"):
        assert LIMIT == 2
    with must("it matters", unless="CHG-1"):
        assert LIMIT == 3
    with must("it matters more"):
        assert LIMIT == 4
    with must("it holds"):
        assert LIMIT == 7
    note("last")


def test_one_finding_hides_no_other() -> None:
    judgement, end = judged(everything_at_once)
    assert [(s.verdict, s.why, s.expected) for s in judgement.statements] == [
        ("review", "somebody looks", "1"),
        ("fail", "it matters", "2"),
        ("review", "CHG-1", "3"),
        ("fail", "it matters more", "4"),
    ]
    assert judgement.notes == ["first", "last"]
    assert isinstance(end, Failed)
    assert str(end) == "found LIMIT: 7; expected 2 (it matters)\nfound LIMIT: 7; expected 4 (it matters more)"


def weighs_what_it_says() -> None:
    with must("as its recommendation"):
        assert LIMIT == 8
    with must("more", severity="high"):
        assert LIMIT == 8
    with must("less, for a person", unless="CHG-1", severity="low"):
        assert LIMIT == 8
    with review("less", severity="low"):
        assert LIMIT == 8
    with part():
        raise Unreadable("lost", vm_only=True)


def test_a_statement_weighs_as_its_recommendation_unless_it_says_otherwise() -> None:
    judgement, end = judged(weighs_what_it_says)
    judgement.severity = "medium"
    subject = Subject(host="hv01", host_slug="hv01")
    result = make_result("VM-01", subject, end, judgement=judgement, evidence=[], seconds=0.0)
    assert [finding.severity for finding in result.findings] == ["medium", "high", "low", "low", "medium"]


def one_to_review() -> None:
    with must("it matters", unless="the backup agent has a window"):
        assert LIMIT == 8


def nothing_wrong() -> None:
    with must("it matters"), review("a person"):
        assert LIMIT == 7


def does_not_apply() -> None:
    not_applicable("no such thing")


def does_not_apply_but_fails() -> None:
    with must("it matters"):
        assert LIMIT == 8
    not_applicable("no such thing")


def does_not_apply_but_is_looked_at() -> None:
    with review("a person"):
        assert LIMIT == 8
    not_applicable("no such thing")


def cannot_read() -> None:
    with must("it matters"):
        assert LIMIT == 8
    raise Unreadable("denied")


def cannot_read_one() -> None:
    raise Unreadable("lost", vm_only=True)


def cannot_read_a_part() -> None:
    with part():
        raise Unreadable("lost", vm_only=True)
    with must("the other part"):
        assert LIMIT == 7


def cannot_read_a_part_and_fails() -> None:
    with part():
        raise Unreadable("lost", vm_only=True)
    with part(), must("the other part"):
        assert LIMIT == 8


def cannot_read_a_part_of_any_machine() -> None:
    with part():
        raise Unreadable("denied")


def is_broken() -> None:
    with must("a mistake in a check is no finding"):
        assert ADAPTERS[99]


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (everything_at_once, Verdict.FAIL),
        (one_to_review, Verdict.REVIEW),
        (nothing_wrong, Verdict.PASS),
        (is_at_least, Verdict.FAIL),
        (does_not_apply, Verdict.NOT_APPLICABLE),
        (does_not_apply_but_fails, Verdict.FAIL),
        (does_not_apply_but_is_looked_at, Verdict.REVIEW),
        (cannot_read, Verdict.ERROR),
        (cannot_read_one, Verdict.REVIEW),
        (cannot_read_a_part, Verdict.REVIEW),
        (cannot_read_a_part_and_fails, Verdict.FAIL),
        (cannot_read_a_part_of_any_machine, Verdict.ERROR),
        (is_broken, Verdict.ERROR),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_the_worst_finding_is_the_verdict(check: Callable[[], None], verdict: Verdict) -> None:
    assert verdict_of(judged(check)[1]) is verdict


def test_outside_of_a_check_a_statement_is_an_assert() -> None:
    note("nobody hears")
    with pytest.raises(AssertionError), must("it matters"):
        assert LIMIT == 8


def test_a_judgement_ends_with_its_check() -> None:
    first, second = Judgement(), Judgement()
    with judging(first), judging(second):
        note("inner")
    with judging(first):
        note("outer")
    assert (first.notes, second.notes) == (["outer"], ["inner"])
