/** What one leg of a call means to the person who holds the phone. Pure: no page, no network, no clock. */

const UNNOTICED = new Set(["queued", "initiated"]); // a call to this phone that does not ring yet
const WAITING = new Set(["queued", "initiated", "ringing"]);
const QUIET = new Set(["pause"]);
const SOUNDS = { hold: "(hold music)", ring: "(ringing)", beep: "(beep)" };
const OWN_CALL_ENDED = {
  completed: "Call ended", busy: "The line was busy", failed: "The call failed",
  "no-answer": "Nobody answered", canceled: "Call ended",
};
const CALL_TO_ME_ENDED = {
  completed: "Call ended", busy: "Declined", failed: "The call failed",
  "no-answer": "Missed call", canceled: "Missed call",
};

/** The leg a person would look at: the one he chose, the one being talked on, one that rings, the last that ended. */
export function current(legs, chosen = null) {
  const noticed = legs.filter((leg) => dialled(leg) || !UNNOTICED.has(leg.status));
  return liveLegs(noticed).find((leg) => leg.sid === chosen)
    ?? noticed.find((leg) => leg.status === "in-progress")
    ?? noticed.find((leg) => WAITING.has(leg.status))
    ?? noticed.at(-1)
    ?? null;
}

/** "idle", "ringing" (somebody calls this phone), "dialling" (this phone calls) or "talking". */
export function stateOf(leg) {
  if (leg?.status === "in-progress") return "talking";
  if (!leg || !WAITING.has(leg.status)) return "idle";
  return dialled(leg) ? "dialling" : "ringing";
}

/** True when the phone's owner dialled; Twilio calls that leg inbound, because it comes in to the center. */
export function dialled(leg) {
  return leg.direction === "inbound";
}

/** How the last call ended, in words; empty when there was none. */
export function ending(leg) {
  if (!leg) return "";
  const words = dialled(leg) ? OWN_CALL_ENDED : CALL_TO_ME_ENDED;
  return words[leg.status] ?? `Call ended: ${leg.status}`;
}

/** A text in sentences, each with the space behind it. */
export function sentences(text) {
  return text.match(/[^.!?\u2026]+(?:[.!?\u2026]+["')\u201d]*\s*|$)/g) ?? [text];
}

/** The calls of a phone that are not over and that its owner notices. */
export function liveLegs(legs) {
  return legs.filter((leg) => leg.status === "in-progress" || (WAITING.has(leg.status)
    && (dialled(leg) || !UNNOTICED.has(leg.status))));
}

/** A call that is over, in words: what became of it, and how long it was. */
export function logLine({ direction, status, answered_ms: from, ended_ms: until }) {
  const way = direction === "inbound" ? "Called" : "Called by";
  const length = from && until ? `, ${duration((until - from) / 1000)}` : "";
  return { way, ending: `${ending({ direction, status })}${length}` };
}

/** When the talk began, in epoch milliseconds of the emulator's clock, or null when the leg does not tell. */
export function beganAt(leg) {
  return leg.answered_ms ?? leg.captions?.find((caption) => caption.kind !== "ring")?.at_ms ?? null;
}

/** A caption as {tone: "heard" | "own" | "note", text}, or null for what makes no sound. */
export function caption({ kind, text }) {
  if (QUIET.has(kind)) return null;
  if (kind in SOUNDS) return { tone: "note", text: SOUNDS[kind] };
  if (kind === "keys") return { tone: "own", text: `Pressed ${text}` };
  if (kind === "speech") return { tone: "own", text: `Said: ${text}` };
  if (kind === "voice") return { tone: "other", text };
  if (kind === "play") return { tone: "note", text: `(recording: ${fileName(text)})` };
  if (kind === "note") return { tone: "note", text: bracketed(text) };
  return { tone: "heard", text };
}

const fileName = (url) => url.split(/[?#]/)[0].split("/").filter(Boolean).at(-1) ?? url;
const bracketed = (text) => (text.startsWith("(") ? text : `(${text})`);

/** "+13125550142" as people read it: "+1 312 555 0142". Anything else stays as it is. */
export function readable(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : number ?? "";
}

/** A demo number as typed ("312-555-0177") in full form, or null when it is not NPA-555-01XX. */
export function demoNumber(typed) {
  const digits = typed.replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "");
  return /^[2-9]\d{2}55501\d{2}$/.test(digits) ? `+1${digits}` : null;
}

/** Seconds as "1:05" or "1:02:03". */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
