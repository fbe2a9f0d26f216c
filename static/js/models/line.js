// @ts-check
/** The state of the line to the portal: what it was and what happens make what it is. Knows no socket and no page. */

const LONGEST_DELAY = 30_000;
const STEADY = 10_000;
/** So many tries may fail before the line counts as down. */
const BEARABLE = 2;

/**
 * `attempt`: how many tries in a row have failed. `next`: when the next one is due, null while one is under way; `since`:
 * when it became live; both in milliseconds since 1970.
 * @typedef {"connecting" | "live" | "polling" | "offline" | "signed-out"} State "polling": pages come, and no socket does
 * @typedef {{ state: State, attempt: number, next?: number | null, since?: number }} Line
 * @typedef {{ type: "trying" } | { type: "welcomed", at: number } | { type: "offline" } | { type: "refused" }
 *   | { type: "polled", ok: boolean }
 *   | { type: "lost", at: number, online: boolean, chance: number }} Happening `chance`: from 0 to 1, spreads the tries
 */

/** @type {Line} */
export const beginning = { state: "connecting", attempt: 0, next: null };

/** @type {Record<Happening["type"], (line: Line, happening: any) => Line>} */
const transitions = {
  trying: (line) => ({ ...line, state: line.state === "live" ? "connecting" : line.state, next: null }),
  polled: (line, { ok }) => (line.state === "live" ? line : { ...line, state: ok ? "polling" : "connecting" }),
  welcomed: (line, { at }) => (line.state === "live" ? line : { state: "live", attempt: line.attempt, since: at }),
  lost: (line, { at, online, chance }) => {
    const steady = line.state === "live" && at - Number(line.since) > STEADY;
    const attempt = steady ? 1 : line.attempt + 1;
    const state = line.state === "polling" ? line.state : "connecting";
    return { state: online ? state : "offline", attempt, next: at + delay(attempt, chance) };
  },
  offline: ({ attempt, next }) => ({ state: "offline", attempt, next }),
  refused: () => ({ state: "signed-out", attempt: 0 }),
};

/** What the line is after something happened to it. @param {Line} line @param {Happening} happening @returns {Line} */
export const after = (line, happening) =>
  line.state === "signed-out" ? line : transitions[happening.type](line, happening);

/** The line in one word, as `<html data-live>` carries it. @param {Line} line @returns {"on" | "connecting" | "off"} */
export function word({ state, attempt }) {
  if (state === "live") return "on";
  return state === "connecting" && attempt <= BEARABLE ? "connecting" : "off";
}

/** Milliseconds before a try: doubling from one second, spread by half. @param {number} attempt @param {number} chance */
const delay = (attempt, chance) => Math.min(LONGEST_DELAY, 1000 * 2 ** (attempt - 1)) * (0.5 + chance / 2);
