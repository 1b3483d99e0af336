"""The page as its readers meet it: in a browser, hostile, dark, printed, by keyboard, and with no script at all."""

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hyperv_audit.report.results import Verdict
from hyperv_audit.text import visible
from tests_tool.report.browsing import Open
from tests_tool.report.world import HOSTILE, World

pytestmark = pytest.mark.browser

# The least contrast of text with what it stands on, and where; marks carry their letter in generated content.
CONTRAST = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (element) => {
    const [dark, bright] = [getComputedStyle(element).color, behind(element)].map(light).sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const texts = [...document.querySelectorAll("body *")].filter((e) =>
    e.checkVisibility() && (e.matches(".mark") || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())));
  return texts.map((e) => [ratio(e), e.outerHTML.slice(0, 80)]).sort((a, b) => a[0] - b[0])[0];
}"""


def tiles(page: Page) -> dict[str, int]:
    texts = page.locator(".tile").all_inner_texts()
    return {" ".join(re.findall(r"[A-Za-z]+", text)).lower(): int(re.findall(r"\d+", text)[0]) for text in texts}


def shown(page: Page) -> str:
    return page.locator("#shown").inner_text()


def test_counts_are_those_of_the_stream(visit: Open, report: Path, world: World) -> None:
    page = visit(report).page
    expected = Counter(result.verdict.value for result in world.results)
    assert tiles(page) == {verdict.value: expected[verdict] for verdict in Verdict}
    assert shown(page) == f"{len(world.results)} results"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_filter_shows_what_its_tile_counts(visit: Open, report: Path, world: World, verdict: Verdict) -> None:
    page = visit(report, f"#f={verdict.value.replace(' ', '-')}").page
    number = sum(result.verdict is verdict for result in world.results)
    assert shown(page).startswith(f"{number} of {len(world.results)} results")


def test_nothing_but_the_file_itself_is_asked_for(visit: Open, report: Path) -> None:
    assert visit(report).requests == [report.as_uri()]


def test_names_of_hosts_and_guests_are_inert(visit: Open, report: Path) -> None:
    seen = visit(report)
    seen.page.locator("#fold").click()
    seen.page.mouse.move(300, 300)
    assert seen.dialogs == []
    assert seen.complaints == []
    assert seen.page.locator("img, svg, [onload], [onerror], [onmouseover]").count() == 0
    assert HOSTILE["image"] in seen.page.locator("#VM-02--hv03--hostile-image").inner_text()


def test_what_would_turn_or_hide_text_is_shown_by_its_number(visit: Open, report: Path) -> None:
    page = visit(report).page
    assert "web-\\u202egnp.exe\\u200f" in page.locator("#VM-02--hv03--hostile-rtl").inner_text()
    assert "line\\nbreak\\u000d\\n\\ttab\\u0000nul\\u2028" in page.locator("#VM-02--hv03--hostile-breaks").inner_text()


@pytest.mark.parametrize("width", [1280, 420])
def test_long_names_do_not_widen_the_page(visit: Open, report: Path, width: int) -> None:
    page = visit(report, viewport={"width": width, "height": 720}).page
    page.locator("#fold").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_everything_can_be_read_without_a_script(visit: Open, report: Path, world: World) -> None:
    page = visit(report, java_script_enabled=False).page
    text = page.locator("body").text_content() or ""
    for result in world.results:
        for finding in result.findings:
            assert finding.expected in text
            assert finding.why in text
            assert visible(finding.found) in text
    assert page.locator("#VM-02--hv01--web-03").is_visible()
    assert not page.locator(".bar").is_visible()


def test_a_tile_filters_by_keyboard_and_the_address_says_so(visit: Open, report: Path) -> None:
    page = visit(report).page
    page.locator(".tile[data-f=error]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#f=error"
    assert page.locator(".tile[data-f=error]").get_attribute("aria-pressed") == "true"
    assert page.locator("#HOST-06--hv02").is_visible()
    assert not page.locator("#VM-02").is_visible()
    page.keyboard.press("Space")
    assert page.evaluate("location.hash") == ""
    assert page.locator("#VM-02").is_visible()


def test_search_finds_a_machine_and_the_words_of_a_finding(visit: Open, report: Path) -> None:
    page = visit(report).page
    page.locator("#q").fill("old-linux")
    assert page.locator("#VM-01--hv02--old-linux").is_visible()
    assert not page.locator("#HOST-03a").is_visible()
    page.locator("#q").fill("encryptdata")
    assert page.locator("#HOST-03a--hv03").is_visible()


def test_a_filtered_view_can_be_sent(visit: Open, report: Path) -> None:
    page = visit(report, "#f=fail&host=hv02").page
    assert page.locator("#VM-01--hv02--old-linux").is_visible()
    assert not page.locator("#HOST-03a--hv01").is_visible()
    assert page.locator("#host").input_value() == "hv02"


def test_a_link_to_a_finding_wins_over_a_filter_that_hides_it(visit: Open, report: Path) -> None:
    page = visit(report, "#f=error").page
    page.evaluate("location.hash = '#VM-02--hv01--web-03'")
    page.locator("#VM-02--hv01--web-03").wait_for(state="visible")


def test_a_cell_of_the_matrix_leads_to_its_worst_finding(visit: Open, report: Path) -> None:
    page = visit(report).page
    row = page.locator(".matrix tr", has_text="VM-02")
    assert row.locator("td").first.inner_text().split() == ["1/6", "fail"]
    row.locator("td a").first.click()
    assert page.evaluate("location.hash") == "#VM-02--hv01--web-03"


def test_an_unread_host_stands_in_the_matrix_with_what_to_do(visit: Open, report: Path) -> None:
    page = visit(report).page
    assert "refused: the host answered 401" in page.locator(".alert").inner_text()
    assert "check that the account may log on" in page.locator(".alert").inner_text()
    assert page.locator(".matrix td.unread").count() == page.locator(".matrix tbody tr:not(.section)").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_reading_needs(visit: Open, report: Path, scheme: str) -> None:
    page = visit(report, color_scheme=scheme).page
    page.locator("#fold").click()
    ratio, where = page.evaluate(CONTRAST)
    assert ratio >= 4.5, where


def test_the_scheme_follows_the_system_and_the_button(visit: Open, report: Path) -> None:
    page = visit(report, color_scheme="dark").page
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark


def test_paper_shows_evidence_of_failures_in_light_colours_and_folds_passes(visit: Open, report: Path) -> None:
    page = visit(report, color_scheme="dark").page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#VM-02 .evidence pre").first.evaluate("rows => rows.getBoundingClientRect().height") > 0
    assert page.locator("#VM-02 .quiet li").first.evaluate("item => item.getBoundingClientRect().height") == 0
    assert not page.locator(".bar").is_visible()
