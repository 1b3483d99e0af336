"""What the session could not see: told in plain words, and an error of exactly the checks that rest on it."""

import pytest

from hyperv_audit.facts.preflight import Preflight
from hyperv_audit.facts.reading import Readings
from hyperv_audit.report.results import Result, Verdict
from tests_tool.changes import Change, World, canary, empty, error, filtered_token, plain_user, put, together
from tests_tool.checks.good import POLICY, changed
from tests_tool.judging import ALL, Folder, evidence, judge

NO_SERVICE = "NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand"


def thirty_two_bit(world: World) -> None:
    world.row("session.process").update(Architecture="x86", ArchitectureW6432="AMD64")


def without_role(world: World) -> None:
    world.rows("software.features").remove("Hyper-V")


NO_HOST = together(without_role, empty("hyperv.service"), error("hyperv.service", NO_SERVICE), canary(0))

TOLD: dict[str, tuple[Change, str]] = {
    "an administrator with all rights": (together(), ""),
    "a local account": (filtered_token, "filtered token: over the network UAC takes the rights"),
    "a user": (plain_user, "the account is no administrator of this host"),
    "nobody knows who": (error("session.token"), "what the account may see is not known"),
    "a 32-bit process": (thirty_two_bit, "32-bit process"),
    "a stopped service": (canary(0), "Hyper-V does not answer; look whether the service vmms runs"),
    "no role": (NO_HOST, "the role Hyper-V is not installed"),
    "the role without its service": (
        together(canary(0), error("hyperv.service", NO_SERVICE)),
        "Hyper-V does not answer",
    ),
    "a service that may not be asked for": (
        together(canary(0), without_role, error("hyperv.service")),
        "does not answer",
    ),
}


def preflight_of(*changes: Change) -> Preflight:
    topics = evidence("hv01", changed(changes).topics()).topics
    return Preflight(Readings(topics))


@pytest.mark.parametrize(("change", "words"), TOLD.values(), ids=TOLD.keys())
def test_the_preflight_says_it_in_plain_words(change: Change, words: str) -> None:
    troubles = preflight_of(change).troubles
    assert ([words in trouble for trouble in troubles] == [True]) if words else not troubles


def test_no_advice_weakens_the_host() -> None:
    said = " ".join(trouble for change, _ in TOLD.values() for trouble in preflight_of(change).troubles)
    assert "LocalAccountTokenFilterPolicy" not in said
    assert "domain account that is a member of the host's group Administrators" in said


def test_app_control_is_no_trouble_but_told() -> None:
    preflight = preflight_of(put("session.process.LanguageMode", "ConstrainedLanguage"))
    assert not preflight.troubles
    assert "ConstrainedLanguage, as it should" in preflight.of_language


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Result]]:
    hosts = {
        "none": NO_HOST,
        "narrow": thirty_two_bit,
        "filtered": together(filtered_token, empty("software.sessions")),
    }
    folder = Folder(POLICY, ALL, {name: changed([change]).topics() for name, change in hosts.items()})
    (found,) = judge([folder], tmp_path_factory.mktemp("preflight"))
    return found


def test_a_machine_without_the_role_is_not_concerned(verdicts: dict[str, list[Result]]) -> None:
    assert {result.verdict for result in verdicts["none"]} == {Verdict.NOT_APPLICABLE}
    assert all("no Hyper-V host" in result.reason for result in verdicts["none"])


def test_a_32_bit_process_proves_nothing(verdicts: dict[str, list[Result]]) -> None:
    assert {result.verdict for result in verdicts["narrow"]} <= {Verdict.ERROR, Verdict.REVIEW}


def test_an_error_names_its_likely_cause(verdicts: dict[str, list[Result]]) -> None:
    errors = [result.reason for result in verdicts["filtered"] if result.verdict is Verdict.ERROR]
    assert errors
    assert all("Likely cause: the account is an administrator with a filtered token" in reason for reason in errors)
