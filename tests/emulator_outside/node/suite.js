// Twilio's Node client and an Express application against the emulator. Prints one JSON line: results and exchanges.
"use strict";

const assert = require("node:assert/strict");
const express = require("express");
const twilio = require("twilio");
const carrier = require("./carrier.js");

const { at, connect, control, dials, does, heard, hearEachOther, settles, waits } = carrier;
const CENTER = "+13125550100";
const [JOE, ANA, LUIS] = ["+13125550142", "+13125550161", "+13125550162"];
const NOBODY = "0".repeat(32);
const client = connect();
let origin; // of the Express application
let application; // what it does now

/** An Express application whose every request must carry a valid signature, by Twilio's own middleware. */
async function listen() {
  const host = express();
  host.use(express.urlencoded({ extended: false }));
  host.use(twilio.webhook(carrier.TOKEN, { protocol: "http" }));
  host.use((request, response, next) => application(request, response, next));
  return new Promise((done) => {
    const server = host.listen(0, "127.0.0.1", () => done(server));
  });
}

/** From now on the application is these handlers by path; all that is asked is kept. */
function serves(handlers) {
  const asked = [];
  application = (request, response) => {
    const seen = { path: request.path, method: request.method, ...request.query, ...request.body };
    asked.push(seen);
    const handler = handlers[request.path];
    if (!handler) return response.status(204).end();
    const voice = new twilio.twiml.VoiceResponse();
    handler(voice, seen);
    return response.type("text/xml").send(voice.toString());
  };
  return asked;
}

async function afresh() {
  await control("POST", "/control/reset");
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: CENTER });
  await client.incomingPhoneNumbers(number.sid).update({ voiceUrl: `${origin}/voice`, voiceMethod: "POST", statusCallback: "" });
}

async function refused(promise, status, code) {
  await assert.rejects(promise, (error) => {
    assert.deepEqual([error.status, error.code], [status, code]);
    return error instanceof twilio.RestException;
  });
}

const tests = {
  async calls_are_created_read_changed_and_listed() {
    const asked = serves({
      "/answered": (voice) => { voice.say("Hello"); voice.pause({ length: 60 }); },
      "/new": (voice) => voice.say("New words"),
    });
    const statusCallbackEvent = ["initiated", "ringing", "answered", "completed"];
    const made = await client.calls.create({
      to: ANA, from: CENTER, url: `${origin}/answered`, statusCallback: `${origin}/told`, statusCallbackEvent,
    });
    assert.equal(made.status, "queued");
    await waits(2);
    await does(made.sid, "answer");
    assert.equal((await client.calls(made.sid).fetch()).status, "in-progress");
    const changed = await client.calls(made.sid).update({ url: `${origin}/new`, method: "GET" });
    assert.equal(changed.sid, made.sid);
    await settles();
    await waits(3);
    assert.deepEqual(await heard(made.sid), ["Hello", "New words"]);
    const told = asked.filter((one) => one.path === "/told").sort((a, b) => a.SequenceNumber - b.SequenceNumber);
    assert.deepEqual(told.map((one) => one.CallStatus), ["initiated", "ringing", "in-progress", "completed"]);
    const listed = await client.calls.list({ to: ANA, status: "completed" });
    assert.deepEqual(listed.map((one) => one.sid), [made.sid]);
    assert.ok(listed[0].startTime instanceof Date);
    await refused(client.calls(made.sid).update({ status: "canceled" }), 400, 21220);
    assert.equal(await client.calls(made.sid).remove(), true);
  },

  async pages_are_followed_by_list_each_and_by_hand() {
    for (let n = 0; n < 7; n += 1) await client.queues.create({ friendlyName: `line ${n}` });
    const listed = await client.queues.list({ pageSize: 3 });
    const each = [];
    await new Promise((done, failed) => {
      client.queues.each({ pageSize: 2, callback: (one) => each.push(one.sid), done: (error) => (error ? failed(error) : done()) });
    });
    assert.equal(listed.length, 7);
    assert.deepEqual(each, listed.map((one) => one.sid));
    const first = await client.queues.page({ pageSize: 4 });
    const second = await first.nextPage();
    assert.deepEqual([first.instances.length, second.instances.length], [4, 3]);
    assert.equal(await second.nextPage(), undefined);
    assert.deepEqual((await second.previousPage()).instances.map((one) => one.sid), first.instances.map((one) => one.sid));
    assert.equal((await client.queues.list({ limit: 5, pageSize: 2 })).length, 5);
  },

  async queues_and_members_are_moved() {
    const asked = serves({
      "/voice": (voice) => voice.enqueue({ waitUrl: "/wait", action: "/left" }, "support"),
      "/wait": (voice) => { voice.say("Please wait"); voice.pause({ length: 30 }); },
      "/out": (voice) => voice.say("Your turn"),
    });
    const [joe, luis] = [await dials(JOE, CENTER), await dials(LUIS, CENTER)];
    await waits(5);
    const [queue] = await client.queues.list();
    assert.deepEqual([queue.currentSize, queue.maxSize, queue.averageWaitTime], [2, 1000, 5]);
    const members = await client.queues(queue.sid).members.list();
    assert.deepEqual(members.map((one) => [one.callSid, one.position]), [[joe, 1], [luis, 2]]);
    const front = await client.queues(queue.sid).members("Front").update({ url: `${origin}/out` });
    assert.equal(front.callSid, joe);
    await settles();
    await waits(3);
    assert.deepEqual(await heard(joe), ["Please wait", "Your turn"]);
    assert.equal(asked.find((one) => one.path === "/left").QueueResult, "redirected");
    await refused(client.queues(queue.sid).members(joe).fetch(), 404, 20404);
    await does(luis, "hangup");
    assert.equal(await client.queues(queue.sid).remove(), true);
  },

  async conferences_and_participants_are_held_muted_and_ended() {
    serves({ "/voice": (voice) => voice.dial().conference({ waitUrl: "" }, "Room 9") });
    const [joe, ana] = [await dials(JOE, CENTER), await dials(ANA, CENTER)];
    await waits(1);
    const [room] = await client.conferences.list({ friendlyName: "Room 9", status: "in-progress" });
    const parties = client.conferences(room.sid).participants;
    assert.equal((await parties.list()).length, 2);
    assert.equal(await hearEachOther(JOE, ANA), true);
    assert.equal((await parties(ana).update({ hold: true })).hold, true);
    await settles();
    assert.equal(await hearEachOther(JOE, ANA), false);
    assert.equal((await parties(ana).update({ hold: false, muted: false })).hold, false);
    const made = await parties.create({ from: CENTER, to: LUIS, label: "expert" });
    await settles();
    await waits(2);
    await does(made.callSid, "answer");
    assert.equal((await parties("expert").fetch()).callSid, made.callSid);
    assert.equal(await parties(joe).remove(), true);
    await settles();
    assert.equal((await client.conferences(room.sid).update({ status: "completed" })).status, "completed");
    await refused(parties(joe).fetch(), 404, 20404);
  },

  async recordings_are_made_listed_and_deleted() {
    const asked = serves({
      "/voice": (voice) => voice.record({ action: "/done", maxLength: 30 }),
      "/done": (voice) => voice.say("Thank you"),
    });
    const joe = await dials(JOE, CENTER);
    await waits(2);
    await does(joe, "speech", { text: "Please call me back soon", confidence: 0.9 });
    await waits(3);
    await does(joe, "digits", { digits: "#" });
    await waits(3);
    assert.equal(asked.find((one) => one.path === "/done").Digits, "#");
    const [recording] = await client.recordings.list({ callSid: joe });
    assert.equal(recording.status, "completed");
    assert.equal((await client.recordings(recording.sid).fetch()).callSid, joe);
    assert.equal(await client.recordings(recording.sid).remove(), true);
    await refused(client.recordings(recording.sid).fetch(), 404, 20404);
  },

  async messages_are_sent_and_told() {
    const asked = serves({});
    const made = await client.messages.create({
      to: JOE, from: CENTER, body: "Grüße & 100 % ☎", statusCallback: `${origin}/told?x=a%20b`,
    });
    assert.equal(made.status, "queued");
    await settles();
    await waits(5);
    assert.ok(["sent", "delivered"].includes((await client.messages(made.sid).fetch()).status));
    assert.ok(asked.length > 0 && asked.every((one) => one.MessageSid === made.sid && one.x === "a b"));
    assert.equal((await client.messages.list({ to: JOE })).length, 1);
    await refused(client.messages.create({ to: JOE, from: CENTER }), 400, 21602);
  },

  async numbers_are_listed_and_changed() {
    const numbers = await client.incomingPhoneNumbers.list({ pageSize: 1 });
    assert.equal(numbers.length, 2);
    const changed = await client.incomingPhoneNumbers(numbers[1].sid).update({ friendlyName: "Äußerst" });
    assert.equal(changed.friendlyName, "Äußerst");
    assert.equal((await client.incomingPhoneNumbers(numbers[1].sid).fetch()).friendlyName, "Äußerst");
  },

  async refusals_are_rest_exceptions() {
    await refused(client.calls(`CA${NOBODY}`).fetch(), 404, 20404);
    await refused(client.queues(`QU${NOBODY}`).update({ maxSize: 3 }), 404, 20404);
    await refused(client.conferences(`CF${NOBODY}`).participants.list(), 404, 20404);
    await refused(client.calls.create({ to: "hello", from: CENTER, url: origin }), 400, 21211);
    await refused(client.calls.create({ to: ANA, from: "+15745550123", url: origin }), 400, 21210);
    await refused(connect(carrier.ACCOUNT, "wrong").queues.list(), 401, 20003);
  },

  async signatures_hold_for_get_and_for_odd_encodings() {
    const asked = serves({
      "/voice": (voice) => voice.gather({ numDigits: 1, method: "GET", action: "/keys?name=J%C3%BCrgen%20%26+Co&name=2&empty=" }),
      "/keys": (voice) => voice.say("Done"),
    });
    const joe = await dials(JOE, CENTER);
    await does(joe, "digits", { digits: "*" });
    await waits(2);
    assert.deepEqual(await heard(joe), ["Done"]);
    assert.deepEqual([asked[1].Digits, asked[1].name, asked[1].empty], ["*", ["Jürgen & Co", "2"], ""]);
  },

  async a_click_to_call_of_express_connects_two() {
    const asked = serves({
      "/outbound": (voice, { visitor }) => {
        voice.say("We connect you");
        voice.dial({ callerId: CENTER }, visitor);
      },
    });
    const url = `${origin}/outbound?visitor=${encodeURIComponent(JOE)}`;
    const made = await client.calls.create({ to: ANA, from: CENTER, url, statusCallback: `${origin}/told` });
    await waits(2);
    await does(made.sid, "answer");
    await waits(4);
    await does(await at(JOE), "answer");
    assert.equal(await hearEachOther(ANA, JOE), true);
    const [child] = await client.calls.list({ parentCallSid: made.sid });
    assert.deepEqual([child.to, child.from, child.direction], [JOE, CENTER, "outbound-dial"]);
    await does(made.sid, "hangup");
    await waits(1);
    assert.deepEqual(asked.map((one) => [one.path, one.CallStatus]), [["/outbound", "in-progress"], ["/told", "completed"]]);
  },

  async an_ivr_of_express_forwards_a_call() {
    const asked = serves({
      "/voice": (voice) => voice.gather({ numDigits: 1, action: "/menu" }).say("Press 1 for sales"),
      "/menu": (voice, { Digits }) => {
        if (Digits === "1") voice.dial({ action: "/after", timeout: 10 }).number({ url: "/whisper" }, ANA);
        else voice.redirect("/voice");
      },
      "/whisper": (voice) => voice.say("A customer"),
      "/after": (voice, { DialCallStatus }) => voice.say(DialCallStatus === "completed" ? "Goodbye" : "Nobody is here"),
    });
    const joe = await dials(JOE, CENTER);
    await does(joe, "digits", { digits: "9" });
    await does(joe, "digits", { digits: "1" });
    await waits(3);
    await does(await at(ANA), "answer");
    await waits(3);
    assert.equal(await hearEachOther(JOE, ANA), true);
    await does(await at(ANA), "hangup");
    await waits(3);
    assert.deepEqual(asked.map((one) => one.path), ["/voice", "/menu", "/voice", "/menu", "/whisper", "/after"]);
    assert.deepEqual(await heard(joe), ["Press 1 for sales", "Press 1 for sales", "Goodbye"]);
  },
};

async function main() {
  const server = await listen();
  origin = `http://127.0.0.1:${server.address().port}`;
  const results = {};
  for (const [name, test] of Object.entries(tests)) {
    try {
      await afresh();
      await test();
      results[name] = null;
    } catch (error) {
      results[name] = error.stack ?? String(error);
    }
  }
  server.closeAllConnections();
  server.close();
  process.stdout.write(`${JSON.stringify({ results, exchanges: carrier.exchanges })}\n`);
}

main();
