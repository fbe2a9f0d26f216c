// @ts-check
/** Where the person is signed in, as they sign in and out elsewhere. */

import { refreshPane } from "../helpers/pane.js";
import { on } from "../helpers/page.js";

on("live:event", ({ signins }) => signins && refreshPane());
on("live:list", () => refreshPane());
