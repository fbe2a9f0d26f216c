// @ts-check
/** What a page needs once it can be read and written in: loaded together, when the browser is idle. */

import "./elements/connection-banner.js";
import "./elements/conversation-filter.js";
import "./elements/conversation-list.js";
import "./elements/shortcuts.js";
import "./helpers/menu.js";
import "./helpers/viewport.js";
import "./models/badge.js";
import "./models/kept.js"; // also offline
import "./models/outbox.js";
import "./models/pager.js";
import "./models/reading.js";
import "./models/unsent.js";
