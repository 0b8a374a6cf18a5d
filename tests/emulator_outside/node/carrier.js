// The emulator as a black box for Node: Twilio's own client led to it, and people at phones over the control API.
"use strict";

const twilio = require("twilio");

const { BASE, ACCOUNT, TOKEN } = process.env;
const exchanges = [];

/** Twilio's HTTP client, led to the emulator; it writes down what was asked and answered. */
class LocalClient extends twilio.RequestClient {
  async request(options) {
    const uri = options.uri.replace(/^https:\/\/[^/]*twilio\.com/, BASE);
    const answer = await super.request({ ...options, uri });
    const { method, params = {}, data = {} } = options;
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? "");
    exchanges.push({ method: method.toUpperCase(), url: uri, params, data, status: answer.statusCode, text });
    return answer;
  }
}

const connect = (account = ACCOUNT, token = TOKEN) => twilio(account, token, { httpClient: new LocalClient() });

async function control(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) };
  const answer = await fetch(BASE + path, options);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Wait until the emulator is at rest. */
async function settles() {
  while (!(await control("GET", "/control/settled")).settled) await new Promise(setImmediate);
}

async function waits(seconds) {
  await control("POST", "/control/clock", { advance_s: seconds });
  await settles();
}

async function dials(from, to) {
  const { sid } = await control("POST", "/control/calls", { from, to });
  await settles();
  return sid;
}

async function does(sid, what, body = {}) {
  await control("POST", `/control/legs/${sid}/${what}`, body);
  await settles();
}

/** The words heard on a leg. */
async function heard(sid) {
  const { captions } = await control("GET", `/control/legs/${sid}`);
  return captions.filter((one) => one.kind === "say" || one.kind === "play").map((one) => one.text);
}

/** The newest leg at a phone. */
async function at(number) {
  return (await control("GET", `/control/phones/${encodeURIComponent(number)}`)).legs.at(-1).sid;
}

async function hearEachOther(a, b) {
  const query = new URLSearchParams({ a, b });
  return (await control("GET", `/control/hears?${query}`)).hear_each_other;
}

module.exports = { ACCOUNT, TOKEN, at, connect, control, dials, does, exchanges, heard, hearEachOther, settles, waits };
