"""What a waiver reaches, and what it never does; and what a run says of those that nobody needs."""

import datetime as dt
from collections.abc import Callable
from itertools import count

import pytest

from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.baseline import tables
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.inventory.waivers import Given, Waiver
from hyperv_audit.judge.baseline import areas, judge, variant_of
from hyperv_audit.judge.statements import (
    Failed,
    Judgement,
    Review,
    Waived,
    judging,
    must,
    must_be_met,
    review,
)
from hyperv_audit.judge.waivers import Ledger, State, reaching, waive
from tests_tool.baseline.machine import Machine, good

TODAY = dt.date(2026, 11, 23)
SIGNING = "WSB-SEC-LanmanServer.Parameters.requiresecuritysignature"
NO_HASH = "WSB-SEC-Lsa.NoLMHash"
WEB = ("6d1f2a90-0000-0000-0000-000000000001", "web-07")


LINES = count(2)


def given(check: str = "HOST-06", *, setting: str | None = None, vm: str | None = None, expires: str = "") -> Given:
    until = dt.date.fromisoformat(expires) if expires else TODAY
    said = {"id": check, "setting": setting, "vm": vm, "reason": "old disks", "owner": "Storage", "expires": until}
    waiver = Waiver.model_validate({key: value for key, value in said.items() if value is not None})
    return Given(waiver, frozenset({"hv01"}), f"waivers.yaml:{next(LINES)}")


def judged(check: Callable[[], None], *waivers: Given) -> Judgement:
    judgement = Judgement()
    with judging(judgement):
        check()
    waive(judgement, waivers, TODAY)
    return judgement


def fails(found: int = 1) -> None:
    with must("why"):
        assert found == 2


def asks(found: int = 1) -> None:
    with review("why"):
        assert found == 2


def both() -> None:
    fails()
    asks()


def passes() -> None:
    fails(found=2)


@pytest.mark.parametrize(
    ("check", "waivers", "outcome"),
    [
        (fails, [given()], Waived),
        (fails, [], Failed),
        (fails, [given(expires="2026-11-22")], Failed),
        (fails, [given(expires="2026-11-22"), given()], Waived),
        (fails, [given(setting=NO_HASH)], Failed),
        (asks, [given()], Review),
        (both, [given()], Review),
    ],
)
def test_a_waiver_of_a_recommendation_reaches_what_fails(
    check: Callable[[], None], waivers: list[Given], outcome: type[BaseException]
) -> None:
    with pytest.raises(outcome):
        judged(check, *waivers).conclude()


def test_what_is_waived_says_by_whom() -> None:
    (statement,) = judged(fails, given()).statements
    assert statement.waiver.startswith("until 2026-11-23 by Storage: old disks (waivers.yaml:")


def test_of_an_expired_waiver_the_result_says_so() -> None:
    (note,) = judged(fails, given(expires="2026-11-22")).notes
    assert "expired and no longer counts" in note


@pytest.mark.parametrize(
    ("check", "waiver", "unneeded"),
    [
        (passes, given(), True),
        (fails, given(), False),
        (asks, given(), False),
        (passes, given(expires="2026-11-22"), False),
        (passes, given("VM-02"), False),  # other machines may need it
        (passes, given("VM-02", vm="web-07"), True),
    ],
)
def test_one_that_is_no_longer_needed_is_told(check: Callable[[], None], waiver: Given, *, unneeded: bool) -> None:
    assert judged(check, waiver).unneeded == ([waiver.where] if unneeded else [])


# One setting of the baseline


def of_options(machine: Machine) -> Callable[[], None]:
    """The area of the security options."""

    def check() -> None:
        facts = machine.facts()
        variant = variant_of(facts, Policy())
        must_be_met(judge(areas(tables()["2022"])["Security Options"], facts, variant), variant)

    return check


OTHER = good("2022").put(NO_HASH, 0)
TWO = OTHER.put(SIGNING, 0)
WAIVED_HASH, WAIVED_SIGNING = given("HOST-07", setting=NO_HASH), given("HOST-07", setting=SIGNING)


@pytest.mark.parametrize(
    ("machine", "waivers", "outcome"),
    [
        (OTHER, [WAIVED_HASH], Waived),
        (OTHER, [given("HOST-07")], Waived),
        (OTHER, [WAIVED_SIGNING], Failed),
        (TWO, [WAIVED_HASH], Review),  # signing is for a person on a Hyper-V host
        (TWO, [WAIVED_SIGNING], Failed),
        (TWO, [WAIVED_HASH, WAIVED_SIGNING], Waived),
        (TWO, [given("HOST-07")], Review),
    ],
)
def test_a_waiver_of_a_setting_reaches_that_setting(
    machine: Machine, waivers: list[Given], outcome: type[BaseException]
) -> None:
    with pytest.raises(outcome):
        judged(of_options(machine), *waivers).conclude()


def test_a_setting_that_is_met_again_needs_no_waiver() -> None:
    judgement = judged(of_options(OTHER), WAIVED_HASH, WAIVED_SIGNING)
    assert judgement.unneeded == [WAIVED_SIGNING.where]


def test_what_could_not_be_read_is_never_waived() -> None:
    unread = OTHER.changed(lines={"baseline.registry": lambda rows: [r for r in rows if r["Name"] != "NoLMHash"]})
    with pytest.raises(Unreadable):
        judged(of_options(unread), WAIVED_HASH, given("HOST-07"))


# A run


@pytest.mark.parametrize(
    ("waiver", "check", "host", "vm", "reached"),
    [
        (given(), "HOST-06", "hv01", None, True),
        (given(), "HOST-06", "hv02", None, False),
        (given(), "HOST-05", "hv01", None, False),
        (given("VM-02"), "VM-02", "hv01", WEB, True),
        (given("VM-02", vm="web-*"), "VM-02", "hv01", WEB, True),
        (given("VM-02", vm=WEB[0].upper()), "VM-02", "hv01", WEB, True),
        (given("VM-02", vm="db-*"), "VM-02", "hv01", WEB, False),
        (given("VM-02", vm="web-*"), "VM-02", "hv01", None, False),
    ],
)
def test_whom_a_waiver_reaches(
    waiver: Given, check: str, host: str, vm: tuple[str, str] | None, *, reached: bool
) -> None:
    assert bool(reaching([waiver], check, host, vm)) == reached


@pytest.mark.parametrize(
    ("waiver", "saw", "judged_checks", "state"),
    [
        (given(), [{"complies": False, "used": True, "unneeded": False}], True, "in use"),
        (given(), [{"complies": True, "used": False, "unneeded": True}], True, "no longer needed"),
        (given(), [{"complies": False, "used": False, "unneeded": False}], True, "not used"),
        (given("VM-02"), [{"complies": True, "used": False, "unneeded": False}] * 2, True, "no longer needed"),
        (
            given("VM-02"),
            [
                {"complies": True, "used": False, "unneeded": False},
                {"complies": False, "used": True, "unneeded": False},
            ],
            True,
            "in use",
        ),
        (WAIVED_HASH, [{"complies": True, "used": False, "unneeded": False}], True, "not used"),
        (WAIVED_HASH, [{"complies": False, "used": False, "unneeded": True}], True, "no longer needed"),
        (given("VM-02", vm="gone"), [], True, "matches nothing"),
        (given(), [], False, "not used"),
        (given(expires="2026-11-22"), [{"complies": True, "used": False, "unneeded": False}], True, "expired"),
    ],
)
def test_what_became_of_it(waiver: Given, saw: list[dict[str, bool]], state: State, *, judged_checks: bool) -> None:
    ledger = Ledger()
    for each in saw:
        ledger.saw(waiver, **each)
    assert ledger.state(waiver, {(waiver.waiver.id, "hv01")} if judged_checks else set(), TODAY) == state


def test_a_pattern_without_a_host_matches_nothing() -> None:
    nobody = Given(given().waiver, frozenset(), "waivers.yaml:2")
    assert Ledger().state(nobody, {("HOST-06", "hv01")}, TODAY) == "matches nothing"
