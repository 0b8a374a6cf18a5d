/** The emulator's clock on the page: read now and then, carried on between readings at its own rate. */
import { get, post } from "./api.js";

const WEEKDAY_AND_TIME = {
  weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
};

export class Clock {
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    this.reading = null;
    this.format = new Intl.DateTimeFormat("en-US", WEEKDAY_AND_TIME);
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
    for (const button of this.root.querySelectorAll("[data-rate]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === rate));
    }
    this.root.querySelector("[data-advance]").hidden = mode !== "manual";
    this.tick();
  }

  tick() {
    const time = this.root.querySelector("#time");
    const text = this.reading ? this.format.format(this.nowMs()) : "--:--:--";
    if (time.textContent !== text) time.textContent = text;
  }

  async clicked(event) {
    const { rate, advance } = event.target.closest("button")?.dataset ?? {};
    if (rate) await this.change({ rate: Number(rate) });
    if (advance) await this.change({ advance_s: Number(advance) });
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

const rateInWords = (rate) => (rate === 1 ? "real time" : `${rate} times as fast`);
