// Lets running times run between two fragments, tells how old a page is, asks for a new sign-in when one is needed, and puts read
// messages away.
"use strict";

const QUIET_TOO_LONG = 12; // seconds; a fragment comes every 5 at the latest
let heard = performance.now();

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function tick() {
  const age = Math.floor((performance.now() - heard) / 1000);
  for (const span of document.querySelectorAll("[data-seconds]")) {
    span.textContent = clock(Number(span.dataset.seconds) + age);
  }
  for (const span of document.querySelectorAll("[data-down]")) {
    span.textContent = clock(Math.max(Number(span.dataset.down) - age, 0));
  }
  for (const line of document.querySelectorAll("[data-live]")) {
    const stale = age > QUIET_TOO_LONG;
    line.classList.toggle("stale", stale);
    line.querySelector("[data-age]").textContent = stale ? `, not live for ${clock(age)}: reload the page` : `, ${age} s old`;
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx?.hx?.retarget) return; // a notice alone: the live part is as old as before
  heard = performance.now();
  tick();
  suggest();
});

document.addEventListener("still", (event) => {
  heard = performance.now();
  document.querySelector("[data-live]").firstChild.textContent = `As of ${event.detail.data}`;
  tick();
});

document.addEventListener("htmx:sse:error", (event) => {
  if ([401, 403].includes(event.detail.status)) window.location.reload();
});

// A field that nobody has touched follows what is suggested for it; what somebody entered or chose stays.
function suggest() {
  for (const field of document.querySelectorAll("[data-suggested]")) {
    field.filled ??= field.matches("select") ? field.value : "";
    if (field.value !== field.filled) continue;
    field.value = field.filled = field.dataset.suggested;
  }
}

document.addEventListener("click", (event) => {
  const notice = event.target.closest("[data-dismiss]")?.closest(".notice");
  if (!notice) return;
  notice.remove();
  document.getElementById("main").focus({ preventScroll: true });
});

suggest();
if (document.querySelector("[data-live]")) setInterval(tick, 1000);
