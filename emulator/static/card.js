/** One phone on the page: shows what its leg does and sends what its owner does. */
import { get, post } from "./api.js";
import { Captions } from "./captions.js";
import { beganAt, current, duration, ending, liveLegs, logLine, readable, stateOf } from "./leg.js";

const KEYS = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", ""], ["#", ""],
];
const KEY_NAMES = { "*": "star", "#": "pound" };
const WORDS = { idle: "Idle", ringing: "Ringing", dialling: "Calling ...", talking: "On a call" };
const BUTTONS = { idle: ["call"], ringing: ["answer", "decline"], dialling: ["hangup"], talking: ["hangup"] };

export class Card {
  /** `phone` is {number, name, role}; `desk` offers center, nameOf(number), nowMs() and changed(). */
  constructor(phone, desk) {
    this.phone = phone;
    this.desk = desk;
    this.leg = null;
    this.state = "idle";
    this.chosen = null;
    this.root = document.getElementById("card").content.firstElementChild.cloneNode(true);
    this.captions = new Captions(this.part(".captions"));
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
    this.root.addEventListener("focusin", () => this.desk.ear.listenTo(this));
    this.part(".speech").addEventListener("submit", (event) => this.spoke(event));
    this.part(".dial").addEventListener("submit", (event) => this.dialled(event));
  }

  clicked(event) {
    const button = event.target.closest("button");
    this.desk.ear.listenTo(this);
    if (button?.dataset.call) this.choose(button.dataset.call);
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

  /** Looks at another of several calls. */
  choose(sid) {
    this.chosen = sid;
    return this.refresh();
  }

  async dialled(event) {
    event.preventDefault();
    const field = this.part(".dial input");
    if (await this.send("/control/calls", { from: this.phone.number, to: field.value })) field.value = "";
  }

  /** Whether this phone is the one at the ear of the person at the page. */
  heardHere(yes) {
    this.root.classList.toggle("heard", yes);
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
      if (seen) this.show(seen.legs, seen.log);
    }
  }

  show(legs, log = []) {
    const leg = current(legs, this.chosen);
    if (leg?.sid !== this.leg?.sid) this.say("");
    this.leg = leg;
    this.showCalls(liveLegs(legs));
    this.showLog(log);
    this.state = stateOf(leg);
    this.root.dataset.state = this.state;
    this.part(".word").textContent = WORDS[this.state];
    this.showDetail();
    this.showButtons();
    const fresh = this.captions.show(leg);
    this.desk.ear.hears(this, fresh);
    if (this.state === "idle") this.desk.ear.ended(this);
    this.tick();
    this.desk.changed();
  }

  /** More than one call at a time: each is a button, the one looked at is pressed. */
  showCalls(live) {
    const group = this.part(".calls");
    const several = live.length > 1 ? live : [];
    group.hidden = several.length === 0;
    const drawn = several.map((leg) => `${leg.sid} ${leg.status} ${leg.sid === this.leg?.sid}`).join();
    if (group.dataset.drawn === drawn) return;
    group.dataset.drawn = drawn;
    group.replaceChildren(...several.map((leg, at) => this.callButton(leg, at)));
  }

  callButton(leg, at) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.dataset.call = leg.sid;
    button.setAttribute("aria-pressed", String(leg.sid === this.leg?.sid));
    button.textContent = `Call ${at + 1}: ${WORDS[stateOf(leg)].toLowerCase()}`;
    return button;
  }

  showLog(rows) {
    this.part(".log").hidden = rows.length === 0;
    const drawn = rows.map(({ sid }) => sid).join();
    if (this.part(".log").dataset.drawn === drawn) return;
    this.part(".log").dataset.drawn = drawn;
    this.part(".log summary").textContent = `Call log (${rows.length})`;
    this.part(".log ol").replaceChildren(...rows.map((row) => this.logItem(row)));
  }

  logItem(row) {
    const item = document.createElement("li");
    const { way, ending: words } = logLine(row);
    item.textContent = `${this.desk.timeOf(row.created_ms)} ${way} ${this.desk.nameOf(row.peer)}: ${words}`;
    return item;
  }

  showDetail() {
    const other = this.leg ? this.desk.nameOf(this.leg.peer) : "";
    const details = {
      idle: this.leg ? `${ending(this.leg)} (${other})` : "",
      ringing: `${other} is calling`,
      dialling: other,
      talking: this.leg?.doing === "talking" ? `${other}: you are connected with a person` : other,
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

  tick() {
    const began = this.state === "talking" ? beganAt(this.leg) : null;
    const text = began === null ? "" : duration((this.desk.nowMs() - began) / 1000);
    const timer = this.part(".timer");
    if (timer.textContent !== text) timer.textContent = text;
    this.captions.tick(this.desk.nowMs());
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
