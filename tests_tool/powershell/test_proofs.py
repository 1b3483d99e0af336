"""Every script that the package can send: only known commands, properties and types; nothing that changes a host."""

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

import hyperv_audit
from hyperv_audit.collect import allowed, script
from tests_tool.powershell import texts
from tests_tool.powershell.reading import RULES, Finding, Reading


@cache
def readings() -> dict[str, Reading]:
    return texts.readings()


@cache
def findings() -> list[Finding]:
    return texts.findings()


@pytest.mark.parametrize("rule", RULES)
def test_scripts_hold(rule: str) -> None:
    wrong = [str(finding) for finding in findings() if finding.rule == rule]
    assert not wrong, f"{RULES[rule]}:\n" + "\n".join(wrong)


def test_every_finding_has_its_rule() -> None:
    assert {finding.rule for finding in findings()} <= set(RULES)


def test_every_file_is_part_of_what_is_sent() -> None:
    """A .ps1 that no script contains would be proved by nobody."""
    sent = {place.rpartition(":")[0] for text in texts.sent() for place in text.lines}
    assert {f"hyperv_audit/collect/{name}" for name in texts.sources()} <= sent
    package = Path(hyperv_audit.__file__).parent
    assert {path.relative_to(package / "collect").as_posix() for path in package.rglob("*.ps1")} == set(texts.sources())


def test_nothing_else_is_sent() -> None:
    """Between the files script.py adds what opens, closes and publishes topics, and nothing more."""
    sent = {text.name: text for text in texts.sent()}
    own = {
        name: [line for line, place in zip(text.text.split("\n"), text.lines, strict=True) if "script.py" in place]
        for name, text in sent.items()
    }
    inside = _opened(script.GUEST_TOPICS, script.GUEST_SLOW_TOPICS)
    assert own == {
        "collector": _opened(script.QUICK_TOPICS, script.SLOW_TOPICS),
        "guest": inside,
        "direct": ["$HvaGuest = {", *inside, "}", "Topic guests {", "}", "Publish @('guests')"],
        "bootstrap": [],
    }
    assert sent["bootstrap"].text == _filled(texts.sources()["bootstrap.ps1"])
    assert [sent[name].text for name in ("collector", "guest", "direct")] == [
        made().text for made in (script.collector, script.guest_collector, script.direct_collector)
    ]


def _opened(quick: Sequence[str], slow: Sequence[str]) -> list[str]:
    lines = [line for topic in quick for line in (f"Topic {topic} {{", "}")]
    late = [line for topic in slow for line in (f"Topic {topic} {{", "}", f"Publish @('{topic}')")]
    return [*lines, "Publish @('" + "', '".join(quick) + "')", *late]


def _filled(bootstrap: str) -> str:
    return (
        bootstrap.strip()
        .replace("@LEN@", str(len(script.collector().text)))
        .replace("@SHA@", script.collector().sha256)
    )


def test_only_one_place_makes_scripts() -> None:
    """A `Script(...)`, or a command line for powershell.exe, made elsewhere would escape these proofs."""
    package = Path(hyperv_audit.__file__).parent
    makers, starters = set(), set()
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if any(isinstance(call.func, ast.Name) and call.func.id == "Script" for call in calls):
            makers.add(path.relative_to(package).as_posix())
        words = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        if any(word in ("-EncodedCommand", "-Command", "-File") for word in words):
            starters.add(path.relative_to(package).as_posix())
    assert makers == {"collect/script.py"}
    assert starters == {"collect/script.py"}


# --- the tables say what the scripts do, no less and no more --------------------------------------------------------


def test_probes_are_listed_as_they_ask() -> None:
    """probes.yaml: every probe, with what it asks, in order; what it asks of many at once stands apart."""
    seen = {probe: asks for reading in readings().values() for probe, asks in reading.asks.items() if probe[1]}
    bulk = {probe: asks for reading in readings().values() for probe, asks in reading.bulk.items()}
    listed = {
        (topic, probe): entry for topic, probes in allowed.table("probes").items() for probe, entry in probes.items()
    }
    assert {probe: entry["asks"] for probe, entry in listed.items()} == seen
    assert {probe: entry["bulk"] for probe, entry in listed.items() if "bulk" in entry} == bulk


def test_each_probe_says_its_language_mode_and_needs_it() -> None:
    """`full` where something needs FullLanguage, else `constrained`."""
    needs = {probe for reading in readings().values() for probe in reading.needs_full}
    for topic, probes in allowed.table("probes").items():
        for probe, entry in probes.items():
            assert entry["language"] == ("full" if (topic, probe) in needs else "constrained"), (topic, probe)


def test_nothing_is_allowed_that_no_script_uses() -> None:
    used = {entry for reading in readings().values() for entry in reading.used}
    table = allowed.table("allowed")
    listed = {
        (section, name)
        for section in ("asks", "shapes", "folder", "cim_methods", "new", "com", "sets", "methods", "statics")
        for name in table[section]
    }
    listed |= {("bootstrap.statics", name) for name in table["bootstrap"]["statics"]}
    listed |= {("bootstrap.sets", name) for name in table["bootstrap"]["sets"]}
    listed |= {
        ("programs", f"{name} {line}") for name, entry in table["programs"].items() for line in entry["arguments"]
    }
    assert listed == used


def test_about_lists_everything_that_the_parser_saw() -> None:
    """The report's About and the parser's view: the same, entry for entry."""
    asked = [asks for reading in readings().values() for asks in (*reading.asks.values(), *reading.bulk.values())]
    seen = {ask for asks in asked for ask in asks}
    written = {
        "shapes": "{0}",
        "folder": "{0}",
        "new": "New-Object {0}",
        "statics": "[{1}]::{2}",
        "bootstrap.statics": "[{1}]::{2}",
        "bootstrap.sets": "[{1}]::{2} = ...",
        "methods": "{1}.{2}()",
        "sets": "{1}.{2} = ...",
    }
    for section, name in (entry for reading in readings().values() for entry in reading.used):
        owner, _, member = name.rpartition(".")
        if section in written and name != "New-Object":
            seen.add(written[section].format(name, owner, member))
    shown = [line for line in script.commands().split("\n") if not line.startswith("Linux guests: ")]
    assert set(shown) == seen
    assert len(shown) == len(seen)


def test_a_verdict_shows_what_its_probe_asks() -> None:
    assert script.commands("bitlocker.volumes").split(", ") == [
        "Get-CimInstance Win32_EncryptableVolume",
        "Invoke-CimMethod Win32_EncryptableVolume.GetKeyProtectors",
        "Invoke-CimMethod Win32_EncryptableVolume.GetKeyProtectorType",
    ]
    assert script.commands("session.process") == "Get-UICulture"
