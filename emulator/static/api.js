/** Speaks the emulator's control API: JSON in, JSON out, and an Error in words when it refuses. */

/** The answer's JSON. Throws an Error whose message can be shown to a person; `status` is 0 when nobody answered. */
async function ask(method, path, body) {
  const answer = await reach(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(told.error ?? `The emulator answered ${answer.status}.`, answer.status);
  return told;
}

async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch {
    throw refusal("The emulator does not answer.", 0);
  }
}

function refusal(words, status) {
  return Object.assign(new Error(words), { status });
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
