"""What a real page measures of itself, in whatever application: each script is given to Playwright's `evaluate`."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page

NOW = "performance.timeOrigin + performance.now()"  # milliseconds; the same clock in all of a browser's pages
# Resolves with the moment at which something with these words is in the page.
SEEN = f"""
(() => {{
  const waiting = new Map(), seen = new Map();
  window.whenSeen = (words) => seen.get(words) ?? new Promise((resolve) => waiting.set(words, resolve));
  window.expectWords = (words) => waiting.set(words, (moment) => seen.set(words, moment));
  new MutationObserver((records) => {{
    const moment = {NOW};
    for (const record of records) for (const node of record.addedNodes)
      for (const [words, resolve] of waiting)
        if (node.textContent.includes(words)) {{ waiting.delete(words); resolve(moment); }}
  }}).observe(document.body, {{ childList: true, subtree: true }});
}})();
"""
SENT = f"""
addEventListener("keydown", ({{ key }}) => {{ if (key === "Enter") window.sentAt = {NOW}; }}, true);
"""


def watch(page: Page) -> None:
    """Let a page note what appears in it, and when Enter was pressed."""
    page.evaluate(SEEN)
    page.evaluate(SENT)


def echoes(sender: Page, composer: Locator, reader: Page, times: int, settle: Callable[[], None]) -> list[float]:
    """`echo`, so many times, each from rest; two before them warm everything up."""
    watch(sender)
    watch(reader)
    taken = []
    for number in range(times + 2):
        settle()
        taken.append(echo(sender, composer, reader, f"echo number {number}, to be seen"))
    return taken[2:]


def echo(sender: Page, composer: Locator, reader: Page, words: str) -> float:
    """Write something and press Enter; how many milliseconds later it is in the other page."""
    reader.evaluate("words => window.expectWords(words)", words)
    composer.fill(words)
    composer.press("Enter")
    seen = float(reader.evaluate("words => window.whenSeen(words)", words))
    return seen - float(sender.evaluate("window.sentAt"))


# What a list of messages does for the milliseconds until there are rows above its first one, as often as asked.
BACK = """async (list, { row, pages }) => {
    const frame = () => new Promise(requestAnimationFrame);
    const taken = [];
    while (taken.length < pages) {
        const first = list.querySelector(row);
        const came = new Promise((resolve) => {
            const observer = new MutationObserver(() => {
                if (list.querySelector(row) === first) return;
                observer.disconnect();
                resolve(performance.now());
            });
            observer.observe(list, { childList: true, subtree: true });
        });
        const began = performance.now();
        list.scrollTop = 0;
        taken.push((await came) - began);
        for (let frames = 0; frames < 10; frames++) await frame();
    }
    return taken;
}"""


def back(messages: Locator, row: str, pages: int) -> list[float]:
    """Scroll to the beginning of what a list holds, so many times; how many milliseconds until each page was there."""
    return list(messages.evaluate(BACK, {"row": row, "pages": pages}))
