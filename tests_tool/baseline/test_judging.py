"""Every row of every table: a machine that meets them all deviates nowhere, and each that is missed is told alone."""

from collections.abc import Mapping

import pytest

from hyperv_audit.inventory.policy import Baseline, Policy
from hyperv_audit.judge.setting import Judged, Outcome
from tests_tool.baseline.machine import (
    ABSENT,
    EDITIONS,
    CsvRow,
    Machine,
    bad_values,
    good,
    good_value,
    tokens,
)

STRICT = Policy(baseline=Baseline(strict=True))
QUIET = (Outcome.MEETS, Outcome.NOT_APPLICABLE)


@pytest.fixture(scope="module", params=EDITIONS)
def machine(request: pytest.FixtureRequest) -> Machine:
    return good(request.param)


def reported(judged: Mapping[str, Judged]) -> dict[str, Outcome]:
    return {id_: each.outcome for id_, each in judged.items() if each.outcome not in QUIET}


def outcome_of(row: CsvRow) -> Outcome:
    said = tokens(row)
    if said.get("effect") == "dc-only" or said.get("state") == "not-configured":
        return Outcome.TOLD
    return Outcome.REVIEW if said.get("hyperv") == "review" else Outcome.DEVIATES


def test_a_machine_that_meets_the_table_deviates_nowhere(machine: Machine) -> None:
    judged = machine.judged()
    assert {each.outcome for each in judged.values()} == {Outcome.MEETS}
    assert len(judged) == len(machine.rows)


def test_each_row_that_is_changed_is_reported_alone(machine: Machine) -> None:
    """The whole table, row by row, with the policy's name, what was found and what was expected."""
    for row in machine.rows:
        judged = machine.put(row["id"], misses(row)[0]).judged()
        assert reported(judged) == {row["id"]: outcome_of(row)}, row["id"]
        said = judged[row["id"]]
        assert said.setting.name == row["name"]
        assert said.found
        assert said.expected
        assert said.found != said.expected


def test_a_row_can_be_missed_in_several_ways(machine: Machine) -> None:
    for row in machine.rows:
        for value in misses(row)[1:]:
            assert machine.put(row["id"], value).judged(only=row["id"])[row["id"]].outcome is outcome_of(row), value


def misses(row: CsvRow) -> list[object]:
    """Values that do not meet a row; a firewall rule that is missing is judged by what is in force."""
    in_force = tokens(row).get("effective") == "active-store"
    return [value for value in bad_values(row) if not (in_force and value is ABSENT)]


def test_missing_values_count_as_the_table_says(machine: Machine) -> None:
    """Where a default is known to do the same, nothing has to be there."""
    without = machine.changed(values={row["id"]: absent(row) for row in machine.rows})
    missing = {row["id"] for row in machine.rows if tokens(row)["absent"] == "fail"}
    in_force = {row["id"] for row in machine.rows if "effective" in tokens(row)}
    always_there = {row["id"] for row in machine.rows if row["value_type"] == "audit_flags"}
    assert reported(without.judged()).keys() == missing - in_force - always_there


def absent(row: CsvRow) -> object:
    """As Windows shows what nobody has set; a subcategory is always shown, and the Hyper-V role has its own right."""
    if row["value_type"] == "audit_flags":
        return good_value(row)
    if row["value_type"] == "sid_list":
        return ["S-1-5-83-0"] if "hyperv" in tokens(row) and "also_ok" in tokens(row) else []
    return ABSENT


def test_microsofts_own_values_meet_the_table_literally(machine: Machine) -> None:
    literally = machine.changed(values={row["id"]: literal(row) for row in machine.rows})
    assert reported(literally.judged(STRICT)) == {}


def literal(row: CsvRow) -> object:
    own = tokens(row).get("baseline")
    if own is None or row["operator"] == "contains":
        return good_value(row)
    return own if row["value_type"] == "REG_SZ" else int(own)
