"""Harden the Hyper-V host operating system."""

from hyperv_audit import Area, Host, must_be_met, recommendation


@recommendation("HOST-07")
def test_settings_are_those_of_the_security_baseline(host: Host, area: Area) -> None:
    """Use the settings that the Windows Server security baseline recommends: in `baselines/`, a test for each area."""
    must_be_met(area.judged(host), area.variant)
