"""What the collector sees of a host that meets its table, the engine lets pass: two readers of one table agree."""

import pytest

from hyperv_audit.inventory.baseline import EDITIONS, tables
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.baseline import judge, variant_of
from hyperv_audit.judge.setting import Outcome
from tests_tool.baseline.collected import facts_of, meeting
from tests_tool.world.support import needs_pwsh

pytestmark = needs_pwsh


@pytest.mark.parametrize("edition", EDITIONS.values())
@pytest.mark.parametrize("strict", [False, True])
def test_a_host_that_meets_its_table_departs_from_it_nowhere(edition: str, strict: bool) -> None:
    facts, policy = facts_of(meeting(edition)), Policy.model_validate({"baseline": {"strict": strict}})
    judged = list(judge(tables()[edition].values(), facts, variant_of(facts, policy)))
    assert len(judged) == len(tables()[edition])
    assert [(j.setting.id, j.found) for j in judged if j.outcome not in (Outcome.MEETS, Outcome.TOLD)] == []
