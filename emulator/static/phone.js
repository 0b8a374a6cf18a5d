/** The page of phones: lays out the cards and keeps them true by listening to the emulator's events. */
import { get } from "./api.js";
import { Card } from "./card.js";
import { Clock } from "./clock.js";
import { Ear } from "./ear.js";
import { demoNumber, readable } from "./leg.js";

const DEMO_BOOK = {
  center: "+13125550100",
  phones: [
    { number: "+13125550142", name: "Joe Stone", role: "patient" },
    { number: "+13125550161", name: "Ana Ruiz", role: "clinician" },
    { number: "+13125550162", name: "Luis Ortega", role: "clinician" },
    { number: "+13125550163", name: "Nurse Dana Wells", role: "clinician" },
    { number: "+13125550199", name: "Operator", role: "operator" },
  ],
};
const ADDED = "added-phones";
const STAFF = ["clinician", "operator"];
const CLOCK_READING_MS = 2000;
const TICK_MS = 250;
const TRY_AGAIN_MS = 3000;

const find = (id) => document.getElementById(id);
const cards = new Map();
const clock = new Clock(find("clock"), tellConnection);
const ear = new Ear(find("sound"), clock);
const desk = {
  center: DEMO_BOOK.center, nameOf, ear, nowMs: () => clock.nowMs(), timeOf: (ms) => clock.timeOf(ms), changed: showRinging,
};
let book = DEMO_BOOK;

function tellConnection(words) {
  find("connection").textContent = words;
}

function nameOf(number) {
  if (number === desk.center) return "the access center";
  return cards.get(number)?.phone.name ?? readable(number);
}

/** The demo's own book when the emulator has none. */
async function readBook() {
  const told = await get("/control/book").catch(() => null);
  return told?.phones?.length ? told : DEMO_BOOK;
}

function showLinks(links = []) {
  const pages = links.filter(({ url }) => /^https?:$/.test(new URL(url, location.href).protocol));
  find("links").replaceChildren(...pages.map(pageLink));
  find("links").hidden = pages.length === 0;
}

function pageLink({ label, url }) {
  const link = document.createElement("a");
  link.textContent = label;
  link.href = url;
  return link;
}

function addCard(phone) {
  const card = new Card(phone, desk);
  cards.set(phone.number, card);
  find(STAFF.includes(phone.role) ? "staff-cards" : "patient-cards").append(card.root);
  card.root.querySelector(".remove").addEventListener("click", () => removePhone(phone.number));
  card.show([]);
  return card;
}

function addedNumbers() {
  const kept = JSON.parse(localStorage.getItem(ADDED) ?? "[]");
  return kept.filter((number) => demoNumber(number) === number);
}

function keepAdded(numbers) {
  localStorage.setItem(ADDED, JSON.stringify(numbers));
}

function addPhone(number) {
  return addCard({ number, name: `Phone ${number.slice(-4)}`, role: "other", added: true });
}

function removePhone(number) {
  cards.get(number).root.remove();
  cards.delete(number);
  keepAdded(addedNumbers().filter((kept) => kept !== number));
  find("another-number").focus();
}

async function anotherPhone(event) {
  event.preventDefault();
  const number = demoNumber(find("another-number").value);
  const accepted = number !== null && number !== desk.center;
  find("another-problem").textContent = accepted ? "" : "Only demo numbers work here, such as 312 555 0177.";
  find("another-number").setAttribute("aria-invalid", String(!accepted));
  if (!accepted) return;
  if (!cards.has(number)) {
    keepAdded([...addedNumbers(), number]);
    await addPhone(number).refresh();
  }
  find("another-number").value = "";
  cards.get(number).root.focus();
}

/** Says which phones ring, with a way to each: on a small screen the card may be far down. */
function showRinging() {
  const ringing = [...cards.values()].filter((card) => card.state === "ringing");
  const numbers = ringing.map((card) => card.phone.number).join(" ");
  const line = find("ringing");
  ear.rings(ringing.length > 0);
  document.title = ringing.length ? `Ringing: ${ringing[0].phone.name}` : "Phones of the emulator";
  if (line.dataset.numbers === numbers) return;
  line.dataset.numbers = numbers;
  line.replaceChildren(...ringing.map(ringingButton));
}

function ringingButton(card) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${card.phone.name}'s phone is ringing`;
  button.addEventListener("click", () => {
    card.root.scrollIntoView({ block: "center" });
    card.root.querySelector('[data-act="answer"]').focus();
  });
  return button;
}

/** An event only says that something changed; the card then reads the whole truth, so a lost one costs nothing. */
function heard(event) {
  const { number } = JSON.parse(event.data);
  if (number === undefined) return refreshAll();
  return cards.get(number)?.refresh();
}

function refreshAll() {
  return Promise.all([...cards.values()].map((card) => card.refresh()));
}

function listen() {
  const events = new EventSource("/control/events");
  events.addEventListener("open", () => connected(true));
  events.addEventListener("message", heard);
  events.addEventListener("error", () => lost(events));
}

function connected(live) {
  document.body.classList.toggle("lost", !live);
  tellConnection(live ? "" : "The emulator does not answer; trying again ...");
  if (live) refreshAll();
}

/** The browser tries again by itself, except after a refusal: then a new stream is opened. */
function lost(events) {
  connected(false);
  if (events.readyState === EventSource.CLOSED) setTimeout(listen, TRY_AGAIN_MS);
}

function tick() {
  clock.tick();
  cards.forEach((card) => card.tick());
}

async function start() {
  book = await readBook();
  desk.center = book.center;
  find("center").textContent = `The center: ${readable(book.center)}`;
  if (book.time_zone) clock.useZone(book.time_zone);
  showLinks(book.links);
  find("hint").textContent = book.hint ?? "";
  book.phones.forEach(addCard);
  addedNumbers().filter((number) => !cards.has(number)).forEach(addPhone);
  find("another").addEventListener("submit", anotherPhone);
  await clock.read();
  setInterval(tick, TICK_MS);
  setInterval(() => clock.read(), CLOCK_READING_MS);
  listen();
}

start();
