"""A real browser on a real server: what a user does on the page."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_api_server import serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install -e '.[dev]'")
CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; on Debian: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def site(sample_base: Path) -> Iterator[str]:
    with serving(sample_base) as (address, _, _):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, site: str) -> Iterator[Any]:
    """An empty page; whatever it asks of another origin, and every error on it, fails the test."""
    opened = browser.new_page()
    outside: list[str] = []
    opened.on("request", lambda request: outside.extend([] if request.url.startswith(site) else [request.url]))
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert (outside, errors) == ([], [])


@pytest.mark.parametrize(
    ("question", "label"), [("哪些条目涉及民生", "民生"), ("which items concern livelihood", "Livelihood")]
)
def test_a_question_is_answered_as_one_types(page: Any, site: str, question: str, label: str) -> None:
    page.goto(site)
    page.locator("#q").press_sequentially(question, delay=5)
    page.locator("article", has_text="踊跃发声回应群众关切").first.wait_for()
    page.wait_for_function("document.querySelectorAll('article').length >= 3")
    text = page.locator("#view").inner_text()
    assert label in text
    assert page.locator("article").count() >= 3
    assert page.locator("mark").count() > 0 or label == "Livelihood"


def test_an_address_can_be_shared(page: Any, site: str) -> None:
    page.goto(f"{site}?q=%E4%BA%9A%E8%BF%90%E4%BC%9A")
    page.locator("article").first.wait_for()
    assert page.locator("#q").input_value() == "亚运会"
    assert "围绕重点课题深入调研视察" in page.locator("#view").inner_text()


def test_nothing_fits_and_the_page_says_so(page: Any, site: str) -> None:
    page.goto(f"{site}?q=stock+market+regulation")
    page.wait_for_function("document.querySelector('#status').textContent.trim() !== ''")
    assert page.locator("#status").inner_text().strip() != ""
    assert page.locator("#view article .score, #view article meter").count() == 0 or "没有" in page.inner_text("body")


def test_the_language_is_at_a_click(page: Any, site: str) -> None:
    page.goto(site)
    page.locator("#language").click()
    assert "Search" in page.inner_text("body")


def test_markup_in_a_question_stays_text(page: Any, site: str) -> None:
    page.goto(f"{site}?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E%E6%B0%91%E7%94%9F")
    page.locator("#view").wait_for()
    page.wait_for_timeout(300)
    assert page.locator("img").count() == 0
