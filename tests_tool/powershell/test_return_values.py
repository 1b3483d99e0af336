"""CIM methods fail by a return value, without an error: what they did not say is unreadable, never nothing."""

import pytest

from hyperv_audit.collect.script import topic_source
from tests_tool.world.support import changed, collecting, needs_pwsh, observe

pytestmark = needs_pwsh

_ASKED = (
    "Invoke-CimMethod -InputObject $volume -MethodName GetKeyProtectors -Arguments @{ KeyProtectorType = [uint32]0 }"
)
_FAILS = "@{ ReturnValue = 2150694912; VolumeKeyProtectorID = $null }"  # FVE_E_LOCKED_VOLUME


@pytest.mark.parametrize(("answer", "lists"), [(_ASKED, list), (_FAILS, type(None))], ids=["answered", "failed"])
def test_key_protectors_that_were_not_told_are_null(answer: str, lists: type) -> None:
    assert _ASKED in topic_source("bitlocker")
    script = collecting(bitlocker=topic_source("bitlocker").replace(_ASKED, answer))
    topic = observe(changed("core-2022", language_mode="FullLanguage"), script)["bitlocker"]
    assert topic["errors"] == []
    assert topic["data"]["volumes"]
    assert {type(row["KeyProtectorTypes"]) for row in topic["data"]["volumes"]} == {lists}
