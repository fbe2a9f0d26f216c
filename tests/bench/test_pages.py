"""What a page measures of itself takes from the page only what is measured."""

from __future__ import annotations

from tests.bench.pages import back
from tests.bench.stage import chrome

# A list where older rows come in from 600 pixels below its beginning on, and the reader stays in place.
LIST = """
<style>p { height: 1em }</style>
<div id=list style="height: 400px; overflow: auto; overflow-anchor: none"></div>
<script>
  window.pages = 0;
  const list = document.querySelector("#list");
  function older() {
    const { scrollHeight } = list;
    for (let rows = 0; rows < 50; rows++) list.prepend(document.createElement("p"));
    list.scrollTop += list.scrollHeight - scrollHeight;
    window.pages++;
  }
  older();
  list.addEventListener("scroll", () => list.scrollTop < 600 && older());
</script>
"""


def test_a_page_of_older_messages_is_measured_once_and_from_the_scroll_that_asked_for_it():
    with chrome() as browser:
        page = browser.new_page()
        page.set_content(LIST)
        taken = back(page.locator("#list"), "p", 6)
        assert page.evaluate("window.pages") == 1 + 6
        assert min(taken) > 0
