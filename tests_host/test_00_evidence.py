"""Every host gave its evidence, and every machine was seen: an item where not, so that no silence looks like a pass."""

import pytest

pytestmark = [pytest.mark.baseline, pytest.mark.enhanced, pytest.mark.guarded_fabric, pytest.mark.shielded_vm]


@pytest.mark.usefixtures("unread_host")
def test_evidence() -> None:
    """The fixture says why there is none."""


@pytest.mark.usefixtures("unaudited_machines")
def test_coverage() -> None:
    """The fixture says which machines of a cluster run on nodes that nobody audits."""
