// Somebody with Node.js and nothing else does what README.md says, and believes what he sees.
//
//   node stranger.mjs README SIMVEIL FOLDER API CONTROL HOOK
//
// SIMVEIL is the command, FOLDER empty, the others are free TCP ports. Every step that was seen in
// full is a line on standard output; the exit status is 0 only after the last.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";

const [readme, simveil, home, api, control, hook] = process.argv.slice(2);
const SPEED = 20;
const PATIENCE = 90_000; // milliseconds for anything that has to come true
const X = "+8617000000001", SECOND = "+8617000000002";
const A = "+8613900000001", B = "+8613900000002";
const VERSE = "车已到东门请走地下通道出来左转第三个路口我穿蓝色外套撑黑伞";
const TEXT = VERSE.repeat(5).slice(0, 140);
const REPLY = "收到，五分钟后到。Thanks! 👍";
const AXB = "/rest/caas/relationnumber/partners/v1.0";
const SIGNED = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"';
const EVENTS = ["callin", "callout", "alerting", "answer", "disconnect"];
const seen = (step) => process.stdout.write(`${step}\n`);

// --- HTTP ------------------------------------------------------------------------------------------

function send(port, method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const octets = body === undefined ? undefined : JSON.stringify(body);
    const length = octets === undefined ? {} : { "Content-Length": Buffer.byteLength(octets) };
    const options = { host: "127.0.0.1", port, method, path, headers: { ...headers, ...length } };
    const request = http.request({ ...options, agent: false }, (reply) => {
      const parts = [];
      reply.on("data", (part) => parts.push(part));
      reply.on("end", () => resolve({ status: reply.statusCode, body: Buffer.concat(parts) }));
    });
    request.on("error", reject);
    request.end(octets);
  });
}

async function bank(method, path, body) {
  const reply = await send(control, method, path, body, { "Content-Type": "application/json" });
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.body}`);
  return path.endsWith(".wav") ? reply.body : JSON.parse(reply.body);
}

// --- waiting: until something is true, looking again whenever the bank has news ---------------------

let next = 0;
async function until(what, look) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    const since = () => JSON.stringify(pushes.slice(mark));
    assert.ok(Date.now() < end, `no ${what} within ${PATIENCE / 1000} s; told was ${since()}`);
    try {
      next = (await bank("GET", `/events?since=${next}&timeout=0.5`)).next;
    } catch (error) {
      if (error.code !== "ECONNREFUSED") throw error; // the bank is not there yet
    }
  }
}

// --- the application: what it asks, signed, and what it is told -------------------------------------

let key, secret;
const digestOf = (nonce, created) =>
  createHmac("sha256", secret).update(nonce + created).digest("base64");

async function ask(method, query, body) {
  const nonce = randomUUID().replaceAll("-", "");
  const created = `${new Date().toISOString().slice(0, 19)}Z`;
  const reply = await send(api, method, AXB + query, body, {
    "Content-Type": "application/json;charset=UTF-8",
    Authorization: SIGNED,
    "X-AKSK":
      `UsernameToken Username="${key}",PasswordDigest="${digestOf(nonce, created)}",` +
      `Nonce="${nonce}",Created="${created}"`,
  });
  const answer = JSON.parse(reply.body);
  assert.equal(answer.resultcode, "0", `${method} ${query}: ${reply.body}`);
  return answer;
}

const pushes = [];
const server = http.createServer((request, reply) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const token = request.headers["x-aksk"] ?? "";
    const [, user, digest, nonce, created] =
      /^UsernameToken Username="(.*)",PasswordDigest="(.*)",Nonce="(.*)",Created="(.*)"$/.exec(token) ?? [];
    const valid =
      request.headers.authorization === SIGNED && user === key && digest === digestOf(nonce, created);
    pushes.push({ path: request.url, valid, body: JSON.parse(Buffer.concat(parts)) });
    reply.writeHead(200, { "Content-Length": 0 }).end();
  });
});

let mark = 0;
const told = (path) => pushes.slice(mark).filter((push) => push.path === path);
const events = () => told("/status").map((push) => push.body);
const fees = () => told("/cdr").flatMap((push) => push.body.feeLst);

/** Wait for the events and the record of one call: complete, in order, signed. */
async function recorded(caller, callee, id) {
  await until("events and record", () => events().length >= 5 && fees().length >= 1);
  assert.deepEqual(events().map((event) => event.eventType), EVENTS);
  assert.equal(events()[4].statusInfo.stateCode, 0);
  assert.ok(pushes.every((push) => push.valid), "a push is not signed by the key");
  const [fee] = fees();
  const sessions = new Set([fee.sessionId, ...events().map((event) => event.statusInfo.sessionId)]);
  assert.equal(sessions.size, 1);
  assert.deepEqual(
    [fee.callerNum, fee.fwdDstNum, fee.bindNum, fee.subscriptionId],
    [caller, callee, X, id],
  );
  assert.ok(fee.fwdAnswerTime);
  return fee;
}

// --- people ----------------------------------------------------------------------------------------

const at = (phone) => `/phones/${encodeURIComponent(phone)}`;
const press = (phone, action, body = {}) => bank("POST", `${at(phone)}/${action}`, body);
const look = (phone) => bank("GET", at(phone));
const idle = (phone) =>
  until(`end of the call at ${phone}`, async () => (await look(phone)).state === "idle");
const ringing = (phone) =>
  until(`ringing at ${phone}`, async () => {
    const now = await look(phone);
    return now.state === "ringing" && now;
  });

/** Of what a phone heard: how many tenths of a second are a tone of so many hertz, and loud. */
async function tenths(phone, hertz) {
  const wav = await bank("GET", `${at(phone)}/heard.wav`);
  let found = 0;
  for (let start = 44; start + 1600 <= wav.length; start += 1600) {
    let energy = 0, crossings = 0, last = wav.readInt16LE(start);
    for (let place = start; place < start + 1600; place += 2) {
      const sample = wav.readInt16LE(place);
      energy += sample * sample;
      crossings += last < 0 !== sample < 0;
      last = sample;
    }
    const off = crossings / (hertz / 5);
    found += Math.sqrt(energy / 800) > 500 && off > 0.95 && off < 1.05;
  }
  return found;
}

/** Each speaks in his own tone until the other has heard as many tenths, and him alone. */
async function talk(least) {
  await until("answer event", () => events().some((event) => event.eventType === "answer"));
  await press(A, "say", { tone: 700, seconds: 60 });
  await press(B, "say", { tone: 1000, seconds: 60 });
  await until("700 Hz at B", async () => (await tenths(B, 700)) >= least);
  await until("1000 Hz at A", async () => (await tenths(A, 1000)) >= least);
  assert.equal(await tenths(A, 700), 0, "A hears himself");
  assert.equal(await tenths(B, 1000), 0, "B hears himself");
}

// --- the story -------------------------------------------------------------------------------------

const config = `${home}/box.toml`;
const owner = (...words) =>
  JSON.parse(execFileSync(simveil, [...words, "--config", config, "--json"], { stdio: "pipe" }));
const children = [];
function start(job) {
  const log = openSync(`${home}/${job}.log`, "a");
  children.push(spawn(simveil, [job, "--config", config], { stdio: ["ignore", log, log] }));
}

const linesFree = () =>
  until("ready and free lines", () => {
    try {
      const lines = owner("line", "list");
      return lines.length === 2 && lines.every((line) => line.state === "ready" && !line.call);
    } catch {
      return false; // the box is not there yet
    }
  });

async function story() {
  const words = readFileSync(readme, "utf8");
  const [, toml] = /^```toml\n(.*?)^```/ms.exec(words);
  const phoneInTheReadme = JSON.parse(/^```json\n(.*?)^```/ms.exec(words)[1]);
  writeFileSync(
    config,
    toml
      .replaceAll("/tmp/simveil", `${home}/box`)
      .replace(":8080", `:${api}`)
      .replace(":7700", `:${control}`)
      .replace(/^speed = .*/m, `speed = ${SPEED}`),
  );
  execFileSync(simveil, ["check-config", config]);
  start("bank");
  start("serve");
  server.listen(Number(hook), "127.0.0.1");
  await once(server, "listening");
  await linesFree();
  seen("start");

  const urls = ["status", "cdr", "sms"].flatMap((kind) => [
    `--${kind}-url`,
    `http://127.0.0.1:${hook}/${kind}`,
  ]);
  const app = owner("app", "add", "shop", "--mode", "AXB", "--sms", "--record", "--prompt", "recording-notice=", ...urls);
  ({ appKey: key, appSecret: secret } = app);
  owner("number", "enrol", X, "--app", "shop", "--sms");
  owner("number", "enrol", SECOND, "--trunk");
  for (const phone of [A, B]) await bank("POST", at(phone));

  const bound = await ask("POST", "", { relationNum: X, callerNum: A, calleeNum: B });
  const id = bound.subscriptionId;
  const told1 = await ask("GET", `?subscriptionId=${id}`);
  assert.equal(told1.relationNumList.length, 1);
  seen("bind");

  await press(A, "dial", { to: X });
  assert.equal((await ringing(B)).shown, X);
  await press(B, "answer");
  await talk(10);
  await press(B, "hangup");
  await Promise.all([idle(A), idle(B)]);
  await linesFree();
  await recorded(A, B, id);
  seen("conference");

  await ask("PUT", "", { subscriptionId: id, recordFlag: "true" });
  mark = pushes.length;
  await press(A, "dial", { to: X });
  assert.equal((await ringing(B)).shown, SECOND);
  await press(B, "answer");
  await talk(30); // of what is shorter than 3 s no recording is kept
  await press(A, "hangup");
  await Promise.all([idle(A), idle(B)]);
  await linesFree();
  assert.equal((await recorded(A, B, id)).recordFlag, 1);
  seen("bridge");

  mark = pushes.length;
  await press(B, "dial", { to: SECOND });
  await ringing(A);
  await press(A, "answer");
  await talk(10);
  await press(A, "hangup");
  await Promise.all([idle(A), idle(B)]);
  await linesFree();
  await recorded(B, A, id);
  seen("call-back");

  mark = pushes.length;
  assert.equal(TEXT.length, 140);
  const got = (phone, text) =>
    until(`text at ${phone}`, async () =>
      (await look(phone)).inbox.find((one) => one.text === text && one.from === X),
    );
  await press(A, "sms", { to: X, text: TEXT });
  await got(B, TEXT);
  const now = await look(B);
  for (const name in phoneInTheReadme) assert.ok(name in now, `a phone has no ${name}`);
  for (const name in phoneInTheReadme.inbox[0]) assert.ok(name in now.inbox[0], `a text has no ${name}`);
  await press(B, "sms", { to: X, text: REPLY });
  await got(A, REPLY);
  await until("two notices", () => told("/sms").length >= 2);
  const notices = told("/sms").map((push) => push.body.smsEvent);
  assert.deepEqual(
    notices.map((one) => [one.calling, one.called, one.smsContent, one.sendResult]).sort(),
    [[A, B, TEXT, 0], [B, A, REPLY, 0]],
  );
  assert.ok(pushes.every((push) => push.valid));
  seen("texts");

  await ask("DELETE", `?subscriptionId=${id}`);
  mark = pushes.length;
  await press(A, "dial", { to: X });
  const over = await until("refusal", () =>
    events().find((event) => event.eventType === "disconnect"),
  );
  assert.equal(over.statusInfo.stateCode, 8014);
  await idle(A);
  assert.ok(pushes.every((push) => push.valid));
  seen("unbind");
}

try {
  await story();
} finally {
  for (const child of children.reverse()) {
    if (child.exitCode === null && child.kill()) await once(child, "exit");
  }
  server.close();
  server.closeAllConnections();
}
