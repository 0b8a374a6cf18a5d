// Judges signatures with Node's own validators: reads a JSON list of cases, prints a JSON list of verdicts.
"use strict";

const twilio = require("twilio");

const text = require("node:fs").readFileSync(0, "utf-8");
const verdict = ({ token, signature, url, params }) => twilio.validateRequest(token, signature, url, params);
process.stdout.write(JSON.stringify(JSON.parse(text).map(verdict)));
