// @ts-check
/** The sound of something new: two soft notes, made here. */

const NOTES = [
  { pitch: 659.26, at: 0 },
  { pitch: 880, at: 0.12 },
];
const LENGTH = 0.5; // seconds of each
const LOUDNESS = 0.12;
const PATIENCE = 500; // ms

/**
 * Browsers let a page sound only once the person has used it; what can't sound now must not sound later.
 * @returns {Promise<boolean>} whether it sounds
 */
export async function chime() {
  const context = new AudioContext();
  const waited = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([context.resume().catch(() => {}), waited]);
  const sounds = context.state === "running";
  const end = sounds ? Math.max(...NOTES.map((note) => play(context, note))) : 0;
  setTimeout(() => context.close(), end * 1_000);
  return sounds;
}

/** @param {AudioContext} context @param {{ pitch: number, at: number }} note @returns {number} when it has faded */
function play(context, { pitch, at }) {
  const tone = new OscillatorNode(context, { type: "sine", frequency: pitch });
  const volume = new GainNode(context, { gain: 0 });
  const start = context.currentTime + at;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + LENGTH);
  return start + LENGTH;
}
