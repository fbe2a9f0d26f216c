// @ts-check
/** What modules of every kind import: one file of what is served, and never loaded by this name. */

import "./helpers/fetched.js";
import "./helpers/htmx.js";
import "./helpers/page.js";
import "./helpers/trouble.js";
import "./models/looking.js";
import "./models/notices.js";
import "./models/rows.js";
import "./models/turns.js";
