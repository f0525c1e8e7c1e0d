// The published client flow in Node's standard library: sign, bind, hear events, query, modify, stop,
// unbind. Written from the interface's documents.
//
//     node client.js BASE KEY SECRET X A B PORT
"use strict";
const http = require("http");
const crypto = require("crypto");

const [BASE, KEY, SECRET, X, A, B, PORT] = process.argv.slice(2);
const AXB = "/rest/caas/relationnumber/partners/v1.0";
const STOP = "/rest/httpsessions/callStop/v2.0";
const seen = [];
const waiting = [];
const arrived = [];

function digest(nonce, created) {
  return crypto.createHmac("sha256", SECRET).update(nonce + created).digest("base64");
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const token = request.headers["x-aksk"] || "";
    const field = (name) => (token.match(new RegExp(name + '="([^"]*)"')) || [])[1];
    const valid = digest(field("Nonce"), field("Created")) === field("PasswordDigest");
    response.writeHead(200);
    response.end();
    arrived.push({ valid, body: JSON.parse(Buffer.concat(parts).toString("utf8")) });
    if (waiting.length) waiting.shift()();
  });
});

async function wait(wanted) {
  for (;;) {
    while (!arrived.length) await new Promise((resolve) => waiting.push(resolve));
    const { valid, body } = arrived.shift();
    seen.push(body.eventType);
    if (!valid) throw new Error("the signature of " + body.eventType + " is wrong");
    if (body.eventType === wanted) return body;
  }
}

function call(method, path, body, query) {
  const nonce = crypto.randomBytes(16).toString("hex");
  const created = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const target = BASE + path + (query ? "?" + new URLSearchParams(query) : "");
  const headers = {
    "Content-Type": "application/json;charset=UTF-8",
    Authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
    "X-AKSK":
      `UsernameToken Username="${KEY}", PasswordDigest="${digest(nonce, created)}", ` +
      `Nonce="${nonce}", Created="${created}"`,
  };
  return new Promise((resolve, reject) => {
    const request = http.request(target, { method, headers, timeout: 20000 }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8"))));
    });
    request.on("error", reject);
    request.end(body ? JSON.stringify(body) : undefined);
  });
}

const say = (words) => process.stdout.write(JSON.stringify(words) + "\n");

async function main() {
  await new Promise((resolve) => server.listen(Number(PORT), "127.0.0.1", resolve));
  const bound = await call("POST", AXB, { relationNum: X, callerNum: A, calleeNum: B, recordFlag: "false" });
  say({ step: "bound", code: bound.resultcode, x: bound.relationNum });
  const subscriptionId = bound.subscriptionId;
  const session = (await wait("answer")).statusInfo.sessionId;
  const queried = await call("GET", AXB, null, { relationNum: X, callerNum: A });
  say({ step: "queried", code: queried.resultcode, a: queried.relationNumList[0].callerNum });
  const changed = await call("PUT", AXB, { subscriptionId, maxDuration: 30 });
  const again = await call("GET", AXB, null, { subscriptionId });
  say({ step: "modified", code: changed.resultcode, limit: again.relationNumList[0].maxDuration });
  const stopped = await call("POST", STOP, { sessionid: session, signal: "call_stop" });
  say({ step: "stopped", code: stopped.resultcode });
  await wait("disconnect");
  const record = (await wait("fee")).feeLst[0];
  say({ step: "recorded", caller: record.callerNum, x: record.bindNum, same: record.sessionId === session });
  const unbound = await call("DELETE", AXB, null, { subscriptionId });
  const gone = await call("GET", AXB, null, { subscriptionId });
  say({ step: "unbound", code: unbound.resultcode, then: gone.resultcode });
  say({ step: "done", events: seen });
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(String(error.stack) + "\n");
  process.exit(1);
});
