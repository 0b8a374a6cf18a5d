/** The emulator's clock on the page: read now and then, carried on between readings at its own rate. */
import { get, post } from "./api.js";

const WEEKDAY_AND_TIME = {
  weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
};

const SPEEDS = [0, 1, 2, 5, 10, 30, 60]; // 0: moved by hand

export class Clock {
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    this.reading = null;
    this.format = new Intl.DateTimeFormat("en-US", WEEKDAY_AND_TIME);
    this.slider = root.querySelector("#speed");
    this.slider.addEventListener("input", () => this.name());
    this.slider.addEventListener("change", () => this.change(wish(SPEEDS[this.slider.value])));
    root.addEventListener("click", (event) => this.clicked(event));
  }

  /** Shows the clinic's time instead of the browser's; an unknown zone changes nothing. */
  useZone(timeZone) {
    try {
      this.format = new Intl.DateTimeFormat("en-US", { ...WEEKDAY_AND_TIME, timeZone });
    } catch {
      this.tell(`The time zone ${timeZone} is not known to this browser.`);
    }
  }

  /** Epoch milliseconds of the emulator now; the browser's own until it was read once. */
  nowMs() {
    if (!this.reading) return Date.now();
    const { nowMs, rate, readAt } = this.reading;
    return nowMs + (performance.now() - readAt) * rate;
  }

  /** How many times as fast as real time the clock runs; 1 while it is moved by hand. */
  rate() {
    return this.reading?.rate || 1;
  }

  async read() {
    const told = await get("/control/clock").catch(() => null);
    if (told) this.take(told);
  }

  take({ now_ms: nowMs, rate, mode }) {
    const moves = mode === "manual" ? 0 : rate;
    this.reading = { nowMs, rate: moves, mode, readAt: performance.now() };
    this.show();
  }

  show() {
    const { rate, mode } = this.reading; // the rate is 0 while the clock is moved by hand
    this.root.querySelector("#rate").textContent = mode === "manual" ? "moved by hand" : rateInWords(rate);
    if (document.activeElement !== this.slider) this.slider.value = String(nearest(rate));
    this.name();
    this.root.querySelector(".by-hand").hidden = mode !== "manual";
    this.tick();
  }

  name() {
    const rate = SPEEDS[this.slider.value];
    this.slider.setAttribute("aria-valuetext", rate === 0 ? "moved by hand" : rateInWords(rate));
  }

  /** A moment as a person reads it: "14:05". */
  timeOf(ms) {
    return this.format.format(ms).replace(/^\D*(\d\d:\d\d).*$/, "$1");
  }

  tick() {
    const time = this.root.querySelector("#time");
    const text = this.reading ? this.format.format(this.nowMs()) : "--:--:--";
    if (time.textContent !== text) time.textContent = text;
  }

  async clicked(event) {
    const { advance, next } = event.target.closest("button")?.dataset ?? {};
    if (advance) await this.change({ advance_s: Number(advance) });
    if (next) await this.change({ next: true });
  }

  async change(wish) {
    try {
      await post("/control/clock", wish);
      this.tell("");
    } catch (problem) {
      this.tell(problem.message);
    }
    await this.read();
  }
}

const wish = (rate) => (rate === 0 ? { mode: "manual" } : { rate });
const nearest = (rate) => SPEEDS.reduce((best, one, at) => (
  Math.abs(one - rate) < Math.abs(SPEEDS[best] - rate) ? at : best), 0);
const rateInWords = (rate) => (rate === 1 ? "real time" : `${rate} times as fast`);
