"""The security baseline in the report: each area, the whole table of each host, and the same for spreadsheets."""

import csv
import re
from pathlib import Path

import pytest

from hyperv_audit.report.html import write_html
from hyperv_audit.report.results import Setting, Verdict
from hyperv_audit.report.spreadsheet import COLUMNS, cell, write_settings
from tests_tool.report.browsing import Open
from tests_tool.report.world import HOSTILE, MEETS, World, small_world


def page_of(world: World, folder: Path) -> str:
    write_html(world.write(folder / "results.jsonl"), folder / "report.html")
    return (folder / "report.html").read_text("utf-8")


def rows_of(world: World, folder: Path) -> list[dict[str, str]]:
    write_settings(world.write(folder / "results.jsonl"), folder / "baseline.csv")
    with (folder / "baseline.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# The page


def test_each_area_is_a_result_of_its_own(report: Path) -> None:
    page = report.read_text("utf-8")
    assert {"HOST-07--hv01--Security-Options", "HOST-07--hv01--Firewall"} <= set(re.findall(r' id="([^"]+)"', page))


def test_the_matrix_shows_the_worst_area_and_how_many_share_its_verdict(report: Path) -> None:
    row = re.search(r'<tr><th scope="row"><a href="#HOST-07">.*?</tr>', report.read_text("utf-8"), re.DOTALL)
    assert row
    assert [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<td.*?</td>", row[0])] == [
        ["1/3", "fail"],
        ["1/1", "waived"],
        ["1/1", "pass"],
        ["host", "not", "read"],
    ]


def test_a_host_names_its_areas_once(report: Path) -> None:
    page = report.read_text("utf-8")
    part = page[page.index('id="host-hv01"') : page.index('id="host-hv02"')]
    assert re.search(r">HOST-07</a> \(1\xa0area\)", part)


def test_the_whole_table_of_a_host_is_there_with_the_table_that_was_used(report: Path) -> None:
    page = report.read_text("utf-8")
    part = page[page.index('id="host-hv01"') : page.index('id="host-hv02"')]
    assert "Windows Server 2022, domain member, Server Core" in part
    assert "deviates 1, could not be read 1, not applicable 1, meets 1" in part
    assert set(re.findall(r"<code>(WSB-\d)</code>", part)) == {"WSB-1", "WSB-2", "WSB-3", "WSB-4"}


def test_where_there_is_no_room_the_page_says_where_the_table_is(tmp_path: Path) -> None:
    world = small_world()
    many = [Setting(id=f"WSB-{number}", name="n", outcome="meets") for number in range(3001)]
    world.area("hv03", "Many", Verdict.PASS, *many)
    page = page_of(world, tmp_path)
    assert "baseline.csv" in page
    assert "<code>WSB-2</code>" not in page
    assert len(rows_of(world, tmp_path)) > 3000


def test_what_is_waived_says_by_whom_and_a_list_of_all_waivers_is_there(report: Path) -> None:
    page = report.read_text("utf-8")
    assert "until 2027-06-30 by Storage team: signing is slow" in page
    part = page[page.index('id="waivers"') : page.index('id="about"')]
    assert re.findall(r">([^<>\n]+)</t[dh]>", part.partition("<tbody>")[2])[:1] == ["in use"]


@pytest.mark.browser
def test_the_table_is_filtered_by_outcome_and_word(visit: Open, report: Path) -> None:
    page = visit(report).page
    table = page.locator("#host-hv01 .settings")
    table.locator("summary").click()
    assert table.locator("[role=status]").inner_text() == "4 of 4 settings"
    table.locator("select").select_option("deviates")
    assert table.locator("tbody tr:visible code").all_inner_texts() == ["WSB-2"]
    table.locator("select").select_option("")
    table.locator("input").fill("LOCK the")
    assert table.locator("tbody tr:visible code").all_inner_texts() == ["WSB-4"]
    assert table.locator("[role=status]").inner_text() == "1 of 4 settings"


# The spreadsheet


def test_every_setting_is_a_row(tmp_path: Path) -> None:
    world = small_world()
    rows = rows_of(world, tmp_path)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(result.settings) for result in world.results)
    assert rows[0]["host"] == "hv01"
    assert rows[0]["table"] == "Windows Server 2022, domain member, Server Core"
    assert (rows[0]["area"], rows[0]["id"], rows[0]["outcome"]) == ("Security Options", "WSB-1", "meets")
    assert [row["host"] for row in rows if row["waived"]] == ["hv02"]


def test_without_the_baseline_there_is_no_file(tmp_path: Path) -> None:
    world = small_world()
    world.results = [result for result in world.results if not result.settings]
    write_settings(world.write(tmp_path / "results.jsonl"), tmp_path / "baseline.csv")
    assert not (tmp_path / "baseline.csv").exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\t=1"),
        ("\r=1", "'\\u000d=1"),
        ("  =1", "'  =1"),
        ("-1", "-1"),
        ("537395200", "537395200"),
        ("O:BAG:BAD:(A;;RC;;;BA)", "O:BAG:BAD:(A;;RC;;;BA)"),
        ("two\nlines", "two\\nlines"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_in_its_cell(text: str, tmp_path: Path) -> None:
    world = small_world()
    world.results.clear()
    world.area("hv01", "Security Options", Verdict.PASS, MEETS.model_copy(update={"found": text}))
    (row,) = rows_of(world, tmp_path)
    assert row["found"] == cell(text)
    assert row["expected"] == "1"
