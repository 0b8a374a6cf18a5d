/** What a phone heard, line by line, with the sentence marked that is being said now. */
import { caption, sentences } from "./leg.js";

const NEAR_THE_END_PX = 40;
const WORDS_A_SECOND = 2.7; // the emulator's own pace

export class Captions {
  constructor(log) {
    this.log = log;
    this.sid = null;
    this.shown = 0;
    this.lastText = "";
    this.saying = null; // the last line that is speech: {sentences: [{element, endsAt}], beganAt}
  }

  /** Shows a leg's captions; returns those that are new, or none when the leg was not watched from its first one. */
  show(leg) {
    const entries = leg?.captions ?? [];
    const watched = leg?.sid === this.sid || entries.length <= 1;
    if (leg?.sid !== this.sid || entries.length < this.shown) this.empty(leg);
    const atTheEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_THE_END_PX;
    const fresh = entries.slice(this.shown);
    fresh.forEach((entry) => this.add(entry));
    this.shown = entries.length;
    this.log.hidden = !this.log.childElementCount;
    if (atTheEnd) this.log.scrollTop = this.log.scrollHeight;
    return watched ? fresh : [];
  }

  empty(leg) {
    this.log.replaceChildren();
    this.sid = leg?.sid ?? null;
    this.shown = 0;
    this.lastText = "";
    this.saying = null;
  }

  /** Hold music goes round and round; it is written down once, until something else is heard. */
  add(entry) {
    const line = caption(entry);
    if (!line) return;
    this.mark(null);
    this.saying = null;
    if (line.tone === "note" && line.text === this.lastText) return;
    this.lastText = line.text;
    const paragraph = document.createElement("p");
    paragraph.className = `caption ${line.tone}`;
    if (entry.language) paragraph.lang = entry.language;
    if (entry.kind === "say") this.addSentences(paragraph, entry);
    else paragraph.textContent = line.text;
    this.log.append(paragraph);
  }

  addSentences(paragraph, entry) {
    let words = 0;
    const parts = sentences(entry.text).map((text) => {
      const element = document.createElement("span");
      element.textContent = text;
      words += text.split(/\s+/).filter(Boolean).length;
      return { element, endsAt: entry.at_ms + (words / WORDS_A_SECOND) * 1000 };
    });
    paragraph.append(...parts.map(({ element }) => element));
    this.saying = parts;
  }

  /** Marks the sentence that is being said at this moment of the emulator's clock. */
  tick(nowMs) {
    if (this.saying) this.mark(this.saying.find(({ endsAt }) => nowMs < endsAt)?.element ?? null);
  }

  mark(now) {
    for (const { element } of this.saying ?? []) {
      if (element === now) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
  }
}
