"""A host of each edition that meets its table, as the real collector sees it."""

import datetime as dt
from functools import cache

from hyperv_audit.collect.evidence import read_topics
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings
from hyperv_audit.inventory.baseline import EDITIONS
from lab import record
from tests_tool.world.support import Evidence, World, changed, collecting, observe

_TOPICS = ("session", "os", "software", "ipsec", "baseline")
_VERSION = "HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"


def world_of(edition: str) -> World:
    """A member server with a desktop and the Hyper-V role, to which nothing but the baseline was done."""
    host = changed("core-2022", edition=edition, baseline={"edition": edition}, vms=[])
    build = next(build for build, name in EDITIONS.items() if name == edition)
    host["registry"][_VERSION] |= {"CurrentBuildNumber": build, "InstallationType": "Server"}
    for profile in host["commands"]["Get-NetFirewallProfile"]:
        profile |= {"LogAllowed": "True", "LogBlocked": "True"}
    return host


@cache
def meeting(edition: str) -> Evidence:
    """What the collector makes of it: one PowerShell for each edition."""
    return observe(world_of(edition), collecting(*_TOPICS), **record.asked())


def facts_of(document: Evidence) -> HostFacts:
    """The facts in a document of these topics."""
    topics = read_topics({name: {**topic, "seconds": 0.1} for name, topic in document.items()})
    observed = topics
    return HostFacts("hv01", Readings(observed), dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
