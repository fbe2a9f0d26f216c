// @ts-check
/** The page's start: what reading and writing need is here at once, the rest comes when the browser is idle. */

import { ComposerForm } from "./elements/composer-form.js";
import { MessageList } from "./elements/message-list.js";
import { idle, on, userid } from "./helpers/page.js";
import { Live } from "./live.js";

if (userid) {
  customElements.define("message-list", MessageList);
  customElements.define("composer-form", ComposerForm);

  const sidebar = idle().then(() => import("./elements/conversation-list.js"));
  // What arrives before the sidebar's code has loaded waits for it, in order.
  on("live:event", (frame) => sidebar.then(({ conversations }) => conversations.apply(frame)));
  on("live:list", (fragment) => sidebar.then(({ conversations }) => conversations.refresh(fragment)));

  idle().then(() =>
    Promise.all([
      import("./elements/announcer.js"),
      import("./elements/conversation-filter.js"),
      import("./elements/connection-banner.js"),
      import("./elements/sign-out.js"),
      import("./helpers/htmx.js"),
    ]),
  );

  new Live().connect();
}
