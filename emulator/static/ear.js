/** Lets the person at the page hear one phone: the one last used. Voices come from the server, else the browser. */
import { Tones } from "./sound.js";

const KEPT = "sound";
const FASTEST = 4; // a browser plays no faster that could be understood
const SOUNDS = { say: "voice", voice: "voice", play: "media", hold: "hold", ring: "ring", beep: "beep" };

export class Ear {
  constructor(button, clock) {
    this.button = button;
    this.clock = clock;
    this.tones = new Tones();
    this.card = null;
    this.line = null;
    this.audio = null;
    this.anybodyRings = false;
    this.on = localStorage.getItem(KEPT) !== "off";
    button.addEventListener("click", () => this.toggle());
    for (const use of ["pointerdown", "keydown"]) addEventListener(use, () => this.wake(), { capture: true });
    this.show();
  }

  toggle() {
    this.on = !this.on;
    localStorage.setItem(KEPT, this.on ? "on" : "off");
    if (!this.on) this.hush();
    this.show();
    this.follow();
  }

  wake() {
    if (!this.on) return;
    this.tones.wake();
    this.follow();
  }

  show() {
    this.button.setAttribute("aria-pressed", String(this.on));
    this.button.textContent = `Sound: ${this.on ? "on" : "off"}`;
  }

  /** From now on this phone is at the ear. */
  listenTo(card) {
    if (this.card === card) return;
    this.card?.heardHere(false);
    this.hush();
    this.card = card;
    card.heardHere(true);
  }

  /** A phone heard something new; whatever sounded before it on that phone is over. */
  hears(card, entries) {
    if (card !== this.card) return;
    for (const entry of entries) {
      if (entry.kind !== "note") this.begin(entry);
    }
  }

  /** The call on the phone is over, or another one is shown. */
  ended(card) {
    if (card === this.card) this.hush();
  }

  rings(anybody) {
    this.anybodyRings = anybody;
    this.follow();
  }

  begin(entry) {
    this.hush();
    const sound = SOUNDS[entry.kind];
    this.line = sound === "hold" || sound === "ring" ? sound : null;
    this.card.root.dataset.sounding = sound ?? "";
    this.follow();
    if (!this.on) return;
    if (sound === "beep") this.tones.beep();
    if (sound === "media") this.play(entry.text, () => {});
    if (sound === "voice") this.say(entry);
  }

  hush() {
    this.audio?.pause();
    this.audio = null;
    this.line = null;
    globalThis.speechSynthesis?.cancel();
    if (this.card) this.card.root.dataset.sounding = "";
    this.follow();
  }

  follow() {
    this.tones.follow(this.on && this.anybodyRings, this.on ? this.line : null);
  }

  say({ text, language = "en-US" }) {
    const query = new URLSearchParams({ text, language });
    this.play(`/control/voice?${query}`, () => this.sayHere(text, language));
  }

  /** Plays an address; `instead` is done when there is nothing to play. What a browser forbids stays silent. */
  play(url, instead) {
    if (!/^(https?:|\/)/.test(url)) return;
    const audio = new Audio(url);
    audio.playbackRate = Math.min(FASTEST, Math.max(0.5, this.clock.rate()));
    audio.addEventListener("error", () => { if (this.audio === audio) instead(); });
    this.audio = audio;
    audio.play().catch(() => {});
  }

  sayHere(text, language) {
    if (!globalThis.speechSynthesis) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = language;
    words.rate = Math.min(FASTEST, Math.max(0.5, this.clock.rate()));
    speechSynthesis.speak(words);
  }
}
