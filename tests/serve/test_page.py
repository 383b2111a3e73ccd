"""The page in a real browser: Chromium, driven by Playwright, against a real server on loopback."""

import io
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from metier.types import Answer, Box, DescribedFigure, Failure, Figure, Filter, Outcome, Statement
from tests.serve.conftest import Running, running
from tests.serve.fake import HOSTILE, FakeSystem

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOTEL = "What may a hotel in Germany cost per night?"
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on PATH: the page was not tested in a browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, server: Running, path: str = "/", **context: Any) -> Iterator[Page]:
    """A page that fails the test if anything was logged as an error or broke the content security policy."""
    context = {
        "viewport": {"width": 1200, "height": 800},
        "locale": "en-GB",
        "reduced_motion": "reduce",
    } | context
    place = browser.new_context(**context)
    place.add_init_script(WATCH)
    page = place.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.address + path)
    yield page
    assert page.evaluate("window.violations") == []
    assert page.evaluate("window.pwned") is None
    assert [
        error for error in errors if "status of" not in error
    ] == []  # a 4xx answer is logged by the browser
    place.close()


def ask(page: Page, question: str) -> None:
    before = page.locator(".answer").count()
    page.fill("#question", question)
    page.press("#question", "Enter")
    expect(page.locator(".answer .thumbs")).to_have_count(before + 1)


def open_first_citation(page: Page) -> None:
    page.locator(".answer:last-child .chip").first.click()


def boxes_on_screen(page: Page, selector: str) -> list[dict[str, float]]:
    script = "(all) => all.map((e) => { const {x, y, width, height} = e.getBoundingClientRect(); return {x, y, width, height} })"
    return page.locator(selector).evaluate_all(script)


@pytest.mark.parametrize("width", [1200, 360])
def test_a_citation_opens_the_page_with_the_very_words_highlighted(
    browser: Browser, server: Running, width: int
) -> None:
    with opened(browser, server, viewport={"width": width, "height": 800}) as page:
        ask(page, HOTEL)
        expect(page.locator(".statement .words")).to_have_text(
            "Hotels in Germany may cost at most 140 euros per night."
        )
        open_first_citation(page)
        expect(page.locator(".hit")).to_have_count(11)  # one per word of the sentence
        [sheet] = boxes_on_screen(page, ".sheet img")
        hits = boxes_on_screen(page, ".hit")
        [citation] = next(iter(server.system.traces.values())).answer.statements[0].citations
        for hit, box in zip(hits, citation.boxes, strict=True):
            scale = sheet["width"] / 595
            assert hit["x"] == pytest.approx(sheet["x"] + box.x0 * scale, abs=1)
            assert hit["y"] == pytest.approx(sheet["y"] + box.y0 * scale, abs=1)
            assert hit["width"] == pytest.approx((box.x1 - box.x0) * scale, abs=1)
        picture = Image.open(io.BytesIO(page.locator(".sheet").screenshot())).convert("RGB")
        [frame] = boxes_on_screen(page, ".sheet")
        hits = boxes_on_screen(page, ".hit")  # again: the picture was scrolled into view for its screenshot
        for (
            hit
        ) in hits:  # every highlighted box holds amber and printed ink, so the overlay lies on the words
            left, top = hit["x"] - frame["x"], hit["y"] - frame["y"]
            cut = picture.crop(tuple(map(round, (left, top, left + hit["width"], top + hit["height"]))))
            colours = cut.get_flattened_data() if hasattr(cut, "get_flattened_data") else cut.getdata()
            assert any(red - blue > 60 for red, _, blue in colours)
            assert any(max(colour) < 140 for colour in colours)


def test_a_figure_is_shown_with_the_models_words_and_opens_its_page(
    browser: Browser, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = Figure("d-handbook.f1", "d-handbook", Box(2, 100, 100, 300, 200), "Figure 1: Hotels", 0, 5)
    shown = DescribedFigure(figure, "handbook.pdf", "Handbook", "en", f"A chart. {HOSTILE}", "eye", "now")
    real = server.system.ask
    monkeypatch.setattr(
        server.system, "ask", lambda *words, **more: replace(real(*words, **more), figures=(shown,))
    )
    with opened(browser, server) as page:
        ask(page, HOTEL)
        told = page.locator(".figures")
        expect(told).to_contain_text("Described by eye, not the document's words: A chart.")
        expect(told).to_contain_text("Figure 1: Hotels")
        told.get_by_role("button").click()
        expect(page.locator(".hit")).to_have_count(1)
        expect(page.locator(".facts")).to_contain_text("Page 2")


def test_the_text_view_marks_the_same_words_even_behind_an_emoji(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, "Passwords never look like that in this company")
        open_first_citation(page)
        page.get_by_role("button", name="Text").click()
        expect(page.locator(".reading mark")).to_have_text(
            f"Passwords never look like {HOSTILE} in this company."
        )
        expect(page.locator(".source h2")).to_contain_text(HOSTILE)
        page.get_by_role("button", name="Previous page").click()
        expect(page.locator(".facts")).to_contain_text("Page 1 of 2")
        expect(page.locator(".reading mark")).to_have_count(0)


def test_a_document_without_pictures_shows_its_table_with_the_cell_marked(
    browser: Browser, server: Running
) -> None:
    with opened(browser, server) as page:
        ask(page, "Hinge H-200")
        open_first_citation(page)
        expect(page.locator(".reading td mark")).to_have_text("Hinge H-200")
        expect(page.locator(".reading th")).to_have_text(["Article", "Price per unit"])


def test_rows_of_a_table_stand_under_one_head_and_are_corrected_as_the_text_they_are(
    browser: Browser, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["Article: Bolt M8; Price per unit: 0.12 EUR", "Article: Hinge H-200; Price per unit: 4.80 EUR"]
    told = tuple(Statement(f"s{number}", row, (), 0.9) for number, row in enumerate(rows))
    answer = Answer("a-rows", Outcome.ANSWERED, "r0", told)
    monkeypatch.setattr(server.system, "ask", lambda *_, **__: answer)
    with opened(browser, server) as page:
        ask(page, "What are the prices?")
        expect(page.locator(".words")).to_have_text(rows)
        tops = [box["y"] for box in boxes_on_screen(page, ".cell .value")]
        assert tops[0] == tops[1] < tops[2] == tops[3]
        lefts = [box["x"] for box in boxes_on_screen(page, ".cell .value")]
        assert lefts[0] == lefts[2] < lefts[1] == lefts[3]
        widths = [box["width"] for box in boxes_on_screen(page, ".cell .head")]
        assert min(widths[:2]) > 10
        assert max(widths[2:]) <= 1  # said once; still there for who hears the page
        page.locator(".statement").nth(1).hover()
        page.get_by_role("button", name="Correct this sentence").nth(1).click()
        expect(page.locator(".words[contenteditable]")).to_have_text(rows[1])


def test_a_picture_that_cannot_be_made_falls_back_to_text(
    browser: Browser, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure("handbook.pdf", "render", "timeout", "the page took longer than 60 s")
    monkeypatch.setattr(server.system, "page_png", lambda *_: failure)
    with opened(browser, server) as page:
        ask(page, HOTEL)
        open_first_citation(page)
        expect(page.locator(".source")).to_contain_text("There is no picture of this page")
        expect(page.locator(".reading mark")).to_contain_text("140 euros")


def test_a_page_that_takes_long_is_announced(
    browser: Browser, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, draw = threading.Event(), server.system.page_png
    monkeypatch.setattr(server.system, "page_png", lambda *given: draw(*given) if go.wait(20) else None)
    with opened(browser, server) as page:
        ask(page, HOTEL)
        open_first_citation(page)
        expect(page.locator(".view")).to_have_text("The page is being drawn …")
        go.set()
        expect(page.locator(".sheet img")).to_be_visible()
        expect(page.locator(".source")).not_to_contain_text("being drawn")


def test_two_documents_of_one_title_are_told_apart_by_their_paths(
    browser: Browser, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_fake = server.system.ask

    def ask_twice(question: str, user: str | None, *_: Any, **__: Any) -> Answer:
        answer = ask_fake(question, user)
        [first, *_] = answer.statements
        copy = replace(first.citations[0], id="c9", document="d-copy", uri="inbox/copy.pdf")
        return replace(answer, statements=(replace(first, citations=(*first.citations, copy)),))

    monkeypatch.setattr(server.system, "ask", ask_twice)
    with opened(browser, server) as page:
        ask(page, HOTEL)
        expect(page.locator(".sources .name")).to_have_count(2)
        expect(page.locator(".sources .name").nth(1)).to_contain_text("(inbox/copy.pdf)")


def test_a_correction_in_place_becomes_a_feedback_row(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, HOTEL)
        page.locator(".statement").hover()
        page.get_by_role("button", name="Correct this sentence").click()
        expect(page.locator(".words[contenteditable]")).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("At most <b>150</b> euros.")
        page.keyboard.press("Enter")
        expect(page.locator(".statement .note")).to_have_text("corrected by you")
        expect(page.locator(".words")).to_have_text("At most <b>150</b> euros.")
    [row] = server.system.rows
    assert (row.kind, row.author, row.statement) == ("edit", "anna", "s0")
    assert row.value == {
        "before": "Hotels in Germany may cost at most 140 euros per night.",
        "after": "At most <b>150</b> euros.",
    }


def test_escape_leaves_the_sentence_as_it_was(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, HOTEL)
        page.locator(".statement").hover()
        page.get_by_role("button", name="Correct this sentence").click()
        page.keyboard.type("nonsense")
        page.keyboard.press("Escape")
        expect(page.locator(".words")).to_have_text("Hotels in Germany may cost at most 140 euros per night.")
    assert not server.system.rows


def test_marks_reasons_and_wrong_sources_are_stored(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, HOTEL)
        page.get_by_role("button", name="Good answer").click()
        expect(page.locator(".after .note")).to_be_visible()
        page.get_by_role("button", name="Bad answer").click()
        page.get_by_label("It is out of date").check()
        page.get_by_label("I don't know").check()
        page.locator(".reasons textarea").fill("since May")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".after .note")).to_be_visible()
        open_first_citation(page)
        page.get_by_role("button", name="This source does not support the sentence").click()
        expect(page.locator(".quote .note")).to_be_visible()
    rows = [(row.kind, row.value, row.citation) for row in server.system.rows]
    citation = next(iter(server.system.traces.values())).answer.statements[0].citations[0].id
    assert rows == [
        ("thumb", 1, ""), ("thumb", -1, ""), ("should_abstain", True, ""), ("reason", "outdated: since May", ""),
        ("citation", "wrong", citation),
    ]  # fmt: skip


def test_an_abstention_says_what_is_there_and_takes_the_right_answer(
    browser: Browser, server: Running
) -> None:
    with opened(browser, server) as page:
        ask(page, "Who owns the moon base?")
        box = page.locator(".abstention")
        for text in ("I don't know", "No document carries an answer.", "Handbook", "Ask the HR department."):
            expect(box).to_contain_text(text)
        page.get_by_role("button", name="Bad answer").click()
        page.locator(".reasons textarea").fill("Nobody owns it.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".after .note")).to_be_visible()
    assert ("expert_answer", "Nobody owns it.") in [(row.kind, row.value) for row in server.system.rows]


def test_sentences_appear_while_the_answer_is_made(browser: Browser, server: Running) -> None:
    server.system.hold = threading.Event()
    with opened(browser, server) as page:
        page.fill("#question", HOTEL)
        page.press("#question", "Enter")
        expect(page.locator(".statement")).to_have_count(1)
        expect(page.locator("#live")).to_contain_text("140 euros")
        assert not server.system.traces
        server.system.hold.set()
        expect(page.locator(".thumbs")).to_be_visible()


def test_a_question_can_continue_the_conversation(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, HOTEL)
        page.get_by_label("This continues the conversation above").check()
        ask(page, "And how many days of remote work are possible?")
    first, second = server.system.histories
    assert not first
    assert [turn.question for turn in second] == [HOTEL]
    assert second[0].answer.startswith("Hotels in Germany")


def test_a_question_can_be_put_to_some_documents(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        page.locator("#narrow_told").click()
        page.fill("#only_in", "contracts/**")
        page.fill("#only_since", "2025-01-01")
        expect(page.locator("#narrow_told")).to_have_text("Only documents: contracts/**, ≥ 2025-01-01")
        ask(page, HOTEL)
        page.click("#only_none")
        expect(page.locator("#narrow_told")).to_have_text("All documents")
        ask(page, HOTEL)
    assert server.system.filters == [Filter(("contracts/**",), since="2025-01-01"), None]


def test_questions_to_begin_with_are_asked_by_a_click(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        expect(page.locator(".starter").first).to_be_visible()
        page.locator(".starter", has_text="hotel").click()
        expect(page.locator(".answer h2")).to_contain_text("hotel")
        expect(page.locator("#starting")).to_be_hidden()
        page.select_option("#who", "józef")  # who may see nothing
        expect(page.locator(".starter")).to_have_count(0)


def test_another_person_sees_other_things(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        ask(page, "What is the salary band of level four?")
        expect(page.locator(".words")).to_contain_text("61000")
        page.get_by_label("Asking as").select_option("ben")
        expect(page.locator(".answer")).to_have_count(0)
        ask(page, "What is the salary band of level four?")
        expect(page.locator(".abstention")).to_be_visible()
        page.reload()
        expect(page.get_by_label("Asking as")).to_have_value("ben")
        page.get_by_label("Asking as").select_option("józef")
        ask(page, HOTEL)
        expect(page.locator(".abstention")).to_be_visible()


def test_everything_works_from_the_keyboard(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        expect(page.locator("#question")).to_be_focused()
        ask(page, HOTEL)
        chip = page.locator(".chip").first
        chip.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".source h2")).to_be_focused()
        expect(chip).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Escape")
        expect(page.locator(".source")).to_be_hidden()
        expect(chip).to_be_focused()


def test_an_address_brings_back_an_answer_with_its_source_open(browser: Browser, server: Running) -> None:
    answer = server.system.ask(HOTEL, "anna")
    citation = answer.statements[0].citations[0].id
    with opened(browser, server, f"/?answer={answer.id}&citation={citation}") as page:
        expect(page.locator(".answer h2")).to_have_text(HOTEL)
        expect(page.locator(".hit").first).to_be_visible()


def test_the_page_speaks_the_readers_language(browser: Browser, server: Running) -> None:
    with opened(browser, server, locale="de-DE") as page:
        expect(page.locator("h1")).to_have_text("Was möchten Sie wissen?")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("#stock")).to_contain_text("Dokumente bereit: 5")


@pytest.mark.parametrize("path", ["/", "/documents"])
def test_nothing_is_wider_than_a_small_telephone(browser: Browser, server: Running, path: str) -> None:
    with opened(browser, server, path, viewport={"width": 360, "height": 700}, locale="de-DE") as page:
        if path == "/":
            ask(page, "Passwords never look like that in this company")
        else:
            expect(page.locator("table.documents")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_ledger_adds_up_and_says_what_to_do(browser: Browser, server: Running) -> None:
    with opened(browser, server, "/documents") as page:
        expect(page.locator(".law")).to_have_text(
            "7 received =0 in flight+4 live+1 partial+1 quarantined+1 superseded+0 removed+0 erased"
        )
        expect(page.locator("#visible")).to_contain_text(
            "Of 7 documents in the ledger, 6 are open to Anna Albers"
        )
        expect(page.locator("body")).not_to_contain_text("secret/plan.pdf")
        page.get_by_role("button", name="quarantined").click()
        expect(page.locator("table.documents tbody tr")).to_have_count(1)
        expect(page.locator(".detail")).to_contain_text("save it without a password")
        page.get_by_role("button", name="live").click()
        page.get_by_role("button", name="Salary bands").click()
        expect(page.locator(".sheet img")).to_be_visible()


def test_an_ingest_is_watched_and_stopped(browser: Browser, server: Running) -> None:
    server.system.ingest_steps = 500
    with opened(browser, server, "/documents") as page:
        page.get_by_role("button", name="Look for new").click()
        expect(page.locator("#job")).to_contain_text("of 500 documents")
        expect(page.locator("progress")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#job")).to_contain_text("Stopped.")
        server.system.ingest_steps = 1
        page.get_by_role("button", name="Look for new").click()
        expect(page.locator("#job")).to_contain_text("Done: 7 new")


def test_problems_are_shown_with_what_to_do(browser: Browser, server: Running) -> None:
    with opened(browser, server) as page:
        page.fill("#question", "bad")
        page.press("#question", "Enter")
        expect(page.get_by_role("alert")).to_contain_text("ask another one")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("alert")).to_have_count(2)


def test_a_server_that_is_gone_is_named(browser: Browser) -> None:
    with running(FakeSystem()) as server:
        place = browser.new_context(locale="en-GB")
        page = place.new_page()
        page.goto(server.address)
        expect(page.locator("#stock")).to_contain_text("Documents ready")
    page.fill("#question", HOTEL)
    page.press("#question", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    place.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Running, scheme: str) -> None:
    where = os.environ.get("METIER_AXE", "node_modules/axe-core/axe.min.js")
    if not Path(where).is_file():
        pytest.skip(
            "axe-core is not here: `npm install --no-save axe-core`, or METIER_AXE=path/to/axe.min.js"
        )
    axe = Path(where).read_text(encoding="utf-8")

    def check(page: Page) -> None:
        # Playwright evaluates in the page without adding a script element, so the page's policy stays as it is.
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        said = [(item["id"], [node["html"][:120] for node in item["nodes"]]) for item in found["violations"]]
        assert said == []

    with opened(browser, server, color_scheme=scheme) as page:
        expect(page.locator("#stock")).to_contain_text("Documents")
        check(page)
        ask(page, "Who owns the moon base?")
        page.get_by_role("button", name="Bad answer").click()
        ask(page, HOTEL)
        open_first_citation(page)
        expect(page.locator(".hit").first).to_be_visible()
        check(page)
        page.get_by_role("button", name="Text").click()
        expect(page.locator(".reading mark")).to_be_visible()
        check(page)
    with opened(browser, server, "/documents", color_scheme=scheme) as page:
        expect(page.locator("table.documents")).to_be_visible()
        check(page)


def test_the_shell_escapes_the_workspaces_words(client: TestClient, system: FakeSystem) -> None:
    system.settings = system.settings.model_copy(update={"purpose": HOSTILE})
    shell = client.get("/").text
    assert HOSTILE not in shell
    assert "&lt;script&gt;window.pwned" in shell
