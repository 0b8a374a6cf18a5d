/** One phone on the page: shows what its leg does and sends what its owner does. */
import { get, post } from "./api.js";
import { beganAt, caption, current, duration, ending, readable, stateOf } from "./leg.js";

const KEYS = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", ""], ["#", ""],
];
const KEY_NAMES = { "*": "star", "#": "pound" };
const WORDS = { idle: "Idle", ringing: "Ringing", dialling: "Calling ...", talking: "On a call" };
const BUTTONS = { idle: ["call"], ringing: ["answer", "decline"], dialling: ["hangup"], talking: ["hangup"] };
const NEAR_THE_END_PX = 40;

export class Card {
  /** `phone` is {number, name, role}; `desk` offers center, nameOf(number), nowMs() and changed(). */
  constructor(phone, desk) {
    this.phone = phone;
    this.desk = desk;
    this.leg = null;
    this.state = "idle";
    this.shownSid = null;
    this.shownCaptions = 0;
    this.lastCaption = "";
    this.root = document.getElementById("card").content.firstElementChild.cloneNode(true);
    this.label();
    this.drawKeypad();
    this.listen();
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  label() {
    const { number, name, role } = this.phone;
    const titleId = `phone-${number.replace(/\D/g, "")}`;
    this.root.dataset.number = number;
    this.root.dataset.role = role;
    this.root.setAttribute("aria-labelledby", titleId);
    this.part(".name").id = titleId;
    this.part(".name").textContent = name;
    this.part(".number").textContent = readable(number);
    this.part(".captions").setAttribute("aria-label", `What ${name} hears`);
  }

  drawKeypad() {
    this.part(".keypad").append(...KEYS.map(([key, letters]) => keyButton(key, letters)));
  }

  listen() {
    this.root.addEventListener("click", (event) => this.clicked(event));
    this.root.addEventListener("keydown", (event) => this.typed(event));
    this.part(".speech").addEventListener("submit", (event) => this.spoke(event));
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.act) this.act(button.dataset.act);
    if (button?.dataset.key) this.press(button.dataset.key);
  }

  /** The computer's keyboard is the keypad, unless words are being typed or a shortcut is meant. */
  typed(event) {
    const writing = event.target.matches("input");
    const shortcut = event.ctrlKey || event.metaKey || event.altKey;
    if (writing || shortcut || this.state !== "talking" || !/^[0-9*#]$/.test(event.key)) return;
    event.preventDefault();
    this.flash(event.key);
    this.press(event.key);
  }

  flash(key) {
    const button = [...this.part(".keypad").children].find((candidate) => candidate.dataset.key === key);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 150);
  }

  act(action) {
    if (action === "call") {
      return this.send("/control/calls", { from: this.phone.number, to: this.desk.center });
    }
    return this.sendToLeg(action);
  }

  press(digits) {
    return this.sendToLeg("digits", { digits });
  }

  async spoke(event) {
    event.preventDefault();
    const field = this.part(".speech input");
    const text = field.value.trim();
    if (!text) return;
    if (await this.sendToLeg("speech", { text })) field.value = "";
  }

  async sendToLeg(action, body) {
    return this.leg ? this.send(`/control/legs/${this.leg.sid}/${action}`, body) : false;
  }

  /** Sends one act of the owner; a refusal is shown on the card. Returns whether it was accepted. */
  async send(path, body) {
    this.say("");
    try {
      await post(path, body);
      await this.refresh();
      return true;
    } catch (problem) {
      this.say(problem.message);
      await this.refresh();
      return false;
    }
  }

  say(problem) {
    this.part(".problem").textContent = problem;
  }

  /** Reads this phone's whole truth; many events meanwhile cost one more reading, not many. */
  async refresh() {
    this.stale = true;
    this.reading ??= this.readUntilFresh().finally(() => { this.reading = null; });
    return this.reading;
  }

  async readUntilFresh() {
    while (this.stale) {
      this.stale = false;
      const seen = await get(`/control/phones/${encodeURIComponent(this.phone.number)}`).catch(() => null);
      if (seen) this.show(seen.legs);
    }
  }

  show(legs) {
    const leg = current(legs);
    if (leg?.sid !== this.leg?.sid) this.say("");
    this.leg = leg;
    this.state = stateOf(leg);
    this.root.dataset.state = this.state;
    this.part(".word").textContent = WORDS[this.state];
    this.showDetail();
    this.showButtons();
    this.showCaptions();
    this.tick();
    this.desk.changed();
  }

  showDetail() {
    const other = this.leg ? this.desk.nameOf(this.leg.peer) : "";
    const details = {
      idle: this.leg ? `${ending(this.leg)} (${other})` : "",
      ringing: `${other} is calling`,
      dialling: other,
      talking: other,
    };
    this.part(".detail").textContent = details[this.state];
  }

  /** A button that has just gone leaves the focus on its card, so that the next key still reaches this phone. */
  showButtons() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.hidden = !this.offers(button.dataset.act);
    }
    this.part(".talk").hidden = this.state !== "talking";
    this.part(".remove").hidden = !(this.phone.added && this.state === "idle");
    if (focused?.closest("[hidden]")) this.root.focus({ preventScroll: true });
  }

  offers(action) {
    const mayCall = ["patient", "other"].includes(this.phone.role);
    return BUTTONS[this.state].includes(action) && (action !== "call" || mayCall);
  }

  showCaptions() {
    const log = this.part(".captions");
    const captions = this.leg?.captions ?? [];
    if (this.leg?.sid !== this.shownSid || captions.length < this.shownCaptions) this.emptyCaptions(log);
    const atTheEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END_PX;
    captions.slice(this.shownCaptions).forEach((entry) => this.addCaption(log, entry));
    this.shownCaptions = captions.length;
    log.hidden = !log.childElementCount;
    if (atTheEnd) log.scrollTop = log.scrollHeight;
  }

  emptyCaptions(log) {
    log.replaceChildren();
    this.shownSid = this.leg?.sid ?? null;
    this.shownCaptions = 0;
    this.lastCaption = "";
  }

  /** Hold music goes round and round; it is written down once, until something else is heard. */
  addCaption(log, entry) {
    const line = caption(entry);
    if (!line || (line.tone === "note" && line.text === this.lastCaption)) return;
    this.lastCaption = line.text;
    const paragraph = document.createElement("p");
    paragraph.className = `caption ${line.tone}`;
    paragraph.textContent = line.text;
    log.append(paragraph);
  }

  tick() {
    const began = this.state === "talking" ? beganAt(this.leg) : null;
    const text = began === null ? "" : duration((this.desk.nowMs() - began) / 1000);
    const timer = this.part(".timer");
    if (timer.textContent !== text) timer.textContent = text;
  }
}

function keyButton(key, letters) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.key = key;
  button.textContent = key;
  if (KEY_NAMES[key]) button.setAttribute("aria-label", `${key} ${KEY_NAMES[key]}`);
  if (letters) button.append(under(letters));
  return button;
}

function under(letters) {
  const small = document.createElement("small");
  small.textContent = letters;
  small.setAttribute("aria-hidden", "true");
  return small;
}
