"""The page as a file: what is in it, what it refuses, how large it grows."""

import re
from pathlib import Path

import pytest

from hyperv_audit.errors import CatalogueError
from hyperv_audit.report.html import write_html
from hyperv_audit.report.results import NOT_ASSESSED, Evidence, Finding, Verdict
from tests_tool.report.world import World, large_world, machine, small_world


def page_of(world: World, folder: Path) -> str:
    write_html(world.write(folder / "results.jsonl"), folder / "report.html")
    return (folder / "report.html").read_text("utf-8")


def anchors(page: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', page))


def test_nothing_in_the_file_is_loaded_from_elsewhere(report: Path) -> None:
    page = report.read_text("utf-8")
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert "unsafe-inline" not in page
    assert not re.search(r"<(link|img|iframe|script src|object|embed)\b", page)


def test_each_anchor_is_made_from_recommendation_and_slugs(report: Path) -> None:
    assert {"VM-02", "VM-02--hv01--web-03", "HOST-03a--hv01", "host-hv02", "EVIDENCE--hv04"} <= anchors(
        report.read_text("utf-8")
    )


def test_an_anchor_stays_when_other_results_change(tmp_path: Path) -> None:
    before = anchors(page_of(small_world(), tmp_path))
    world = small_world()
    world.results.reverse()
    world.fails("VM-06", "hv01", machine("web-01"), found="a", expected="b", why="c")
    assert before <= anchors(page_of(world, tmp_path))


def test_no_anchor_stands_twice(report: Path) -> None:
    found = re.findall(r' id="([^"]+)"', report.read_text("utf-8"))
    assert len(found) == len(set(found))


def test_each_link_within_the_page_has_a_target(report: Path) -> None:
    page = report.read_text("utf-8")
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors(page)


def test_what_the_selection_left_out_is_named_with_the_option(report: Path) -> None:
    page = report.read_text("utf-8")
    part = page[page.index('id="not-run"') : page.index('id="about"')]
    assert "HOST-12" in part
    assert "-k &#39;not nesting&#39;" in part


def test_a_result_of_an_unknown_recommendation_is_not_dropped_in_silence(tmp_path: Path) -> None:
    world = small_world()
    world.add("HOST-99", Verdict.FAIL, "hv01")
    with pytest.raises(CatalogueError, match="HOST-99"):
        page_of(world, tmp_path)


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        pytest.param([Verdict.PASS, Verdict.NOT_APPLICABLE], "Every host meets everything", id="passes"),
        pytest.param([Verdict.PASS, Verdict.REVIEW], "No host of 1 meets everything", id="a person is still to decide"),
        pytest.param([Verdict.PASS, Verdict.ERROR], "No host of 1 meets everything", id="something was not read"),
        pytest.param([Verdict.NOT_APPLICABLE], "No host of 1 meets everything", id="nothing applied"),
        pytest.param([], "No host of 1 meets everything", id="nothing was judged"),
    ],
)
def test_only_what_was_seen_to_pass_complies(tmp_path: Path, verdicts: list[Verdict], sentence: str) -> None:
    world = World()
    world.host("hv01")
    for each, verdict in zip(world.checklist, verdicts, strict=False):
        world.add(each.id, verdict, "hv01")
    assert sentence in page_of(world, tmp_path)


def test_a_run_that_was_stopped_says_of_nothing_that_it_is_whole(tmp_path: Path) -> None:
    world = World(stopped=True)
    world.host("hv01")
    world.add("VM-01", Verdict.PASS, "hv01")
    page = page_of(world, tmp_path)
    assert "The run was stopped before everything was judged" in page
    assert not [claim for claim in ("meets everything", "No recommendation fails", "whole checklist") if claim in page]


def test_a_finding_says_where_it_is_less_than_the_whole(tmp_path: Path) -> None:
    world = World()
    world.host("hv01")
    fails = Finding(verdict="fail", why="it is over", found="2014-04-08", expected="later", severity="high")
    asks = Finding(verdict="review", why="name a way in", found=NOT_ASSESSED, expected="", severity="high")
    world.add("VM-06", Verdict.FAIL, "hv01", machine("web-01"), findings=(fails, asks))
    page = page_of(world, tmp_path)
    assert page.count("of this part alone") == 1
    assert page.count("<dt>Expected</dt>") == 1


def test_what_nobody_may_look_into_is_counted_apart(tmp_path: Path) -> None:
    world = World()
    world.host("hv01", 3)
    closed = Finding(verdict="review", why="name a way in", found=NOT_ASSESSED, expected="", severity="low")
    other = Finding(verdict="review", why="a person", found="MAC spoofing: on", expected="off", severity="low")
    for id_, name, findings in (
        ("VM-01", "web-01", (closed,)),
        ("VM-02", "web-01", (closed,)),
        ("VM-06", "web-01", (other,)),
        ("VM-02", "web-02", (closed, other)),
    ):
        world.add(id_, Verdict.REVIEW, "hv01", machine(name), reason="a person", findings=findings)
    assert "4\u00a0results need a person. 2 of them were not assessed: nobody may look into 1\u00a0guest." in page_of(
        world, tmp_path
    )


def test_machines_that_nobody_audits_are_counted_and_stand_with_the_host_that_told(tmp_path: Path) -> None:
    world = World()
    world.host("hv01", 1)
    world.add("VM-02", Verdict.PASS, "hv01", machine("web"))
    world.add("COVERAGE", Verdict.REVIEW, "hv01", reason="clustered-vm-not-audited: <b>sql</b> on HV02")
    page = page_of(world, tmp_path)
    assert "1\u00a0result needs a person." in page
    host = page.partition('id="host-hv01"')[2].partition("</section>")[0]
    assert 'id="COVERAGE--hv01"' in host
    assert "&lt;b&gt;sql&lt;/b&gt; on HV02" in host


def test_a_severity_shows_where_it_is_not_its_recommendation_s(tmp_path: Path) -> None:
    world = World()
    world.host("hv01", 2)
    world.fails("VM-02", "hv01", machine("web-01"), found="off", expected="on", why="it matters")
    world.fails("VM-02", "hv01", machine("web-02"), found="off", expected="on", why="it matters", severity="low")
    page = page_of(world, tmp_path)
    assert page.count("<dt>Severity</dt>") == 1
    assert "<dt>Severity</dt><dd>low</dd>" in page
    assert "1 of 9\u00a0recommendations fail somewhere, 1 of them of high severity." in page


def test_what_fails_with_a_lesser_severity_is_not_counted_as_high(tmp_path: Path) -> None:
    world = World()
    world.host("hv01", 1)
    world.fails("VM-02", "hv01", machine("web"), found="off", expected="on", why="it matters", severity="medium")
    assert "1 of 9\u00a0recommendations fail somewhere." in page_of(world, tmp_path)


def test_the_worst_machine_of_a_host_shows_in_its_cell(tmp_path: Path) -> None:
    world = World()
    world.host("hv01", 4)
    shown = [Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.ERROR, Verdict.REVIEW]
    for number, verdict in enumerate(shown):
        world.add("VM-02", verdict, "hv01", machine(f"vm{number}"))
    assert "<b>1/4</b> <span>error</span>" in page_of(world, tmp_path)


def test_a_run_in_which_nothing_was_read_still_has_a_page(tmp_path: Path) -> None:
    world = World()
    world.unreachable("hv04")
    page = page_of(world, tmp_path)
    assert "No host of 1 meets everything" in page
    assert "check that the account may log on over WinRM" in page


def test_ten_thousand_results_stay_well_under_two_megabytes(tmp_path: Path) -> None:
    world = large_world(hosts=20, machines=63)
    assert len(world.results) > 10_000
    assert len(page_of(world, tmp_path).encode()) < 1_500_000


def test_a_large_fabric_is_counted_by_hosts_and_says_nothing_twice(tmp_path: Path) -> None:
    page = page_of(large_world(hosts=41, machines=62), tmp_path)
    assert "Fail, hosts" in page
    assert "Virtual machines of" not in page
    assert "show the findings of this host only" in page


def test_evidence_beyond_the_room_is_named_as_left_out(tmp_path: Path) -> None:
    world = small_world()
    rows = [{"Setting": "x" * 1000}] * 500
    evidence = Evidence(probe="smb.server", command="Get-SmbServerConfiguration", rows=rows)
    world.add("HOST-03a", Verdict.FAIL, "hv02", reason="too much", evidence=(evidence,))
    assert "1\u00a0answer left out to keep this page small" in page_of(world, tmp_path)
