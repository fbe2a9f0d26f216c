"""What a real page measures of itself, in whatever application: each script is given to Playwright's `evaluate`."""

from __future__ import annotations

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


def echo(sender: Page, composer: Locator, reader: Page, words: str) -> float:
    """Write something and press Enter; how many milliseconds later it is in the other page."""
    reader.evaluate("words => window.expectWords(words)", words)
    composer.fill(words)
    composer.press("Enter")
    seen = float(reader.evaluate("words => window.whenSeen(words)", words))
    return seen - float(sender.evaluate("window.sentAt"))
