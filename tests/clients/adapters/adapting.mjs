// What the JavaScript adapters share: lines in, lines out, loopback only. The folder of a client's packages is told first.

import { readFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import { createInterface } from "node:readline";
import { inspect } from "node:util";

export const NEG = "/papi/v1/portfolio/negative-balance-exchange-record";
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
const [, , FOLDER] = process.argv;

console.log = console.info = console.debug = console.error; // what a client prints is no answer
export const require = createRequire(`${FOLDER}/`);
export const versionOf = (name) =>
  JSON.parse(readFileSync(`${FOLDER}/node_modules/${name}/package.json`, "utf8")).version;

/** Refuse to reach whatever is not this machine, before its name is looked up; and say so, lest it be swallowed. */
function stayOnLoopback() {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...told) {
    const [first, second] = Array.isArray(told[0]) ? told[0] : told;
    const host = typeof first === "object" ? first.host ?? first.path : second;
    if (typeof host === "string" && !LOOPBACK.has(host)) {
      process.stderr.write(`connect: ${host} is not this machine\n`);
      throw new Error(`${host} is not this machine`);
    }
    return connect.apply(this, told);
  };
}

/** Pick the used weights from the headers that a client gives. */
export const weights = (headers) =>
  Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase().includes("used")));

/** Read the Retry-After of the headers that an error gives, where it is a number. */
export const seconds = (headers) => (/^[0-9]+$/.test(headers?.["retry-after"]) ? Number(headers["retry-after"]) : undefined);

/** Give the recvWindow as a parameter, where one is asked for. */
export const window = (question) =>
  question.recv_window_ms === undefined ? {} : { recvWindow: question.recv_window_ms };

/** Give an agent that trusts whom it is told to, where the URL is https://. */
export const trusting = (question) =>
  question.ca_file === undefined ? {} : { httpsAgent: new https.Agent({ ca: readFileSync(question.ca_file) }) };

/** Write what JSON has no words for: integers without end, and numbers that are none. */
function written(answer) {
  const marked = (_, value) => {
    if (typeof value === "bigint") return `\u0000${value}`;
    return typeof value === "number" && !Number.isFinite(value) ? `\u0000${value}` : value;
  };
  return JSON.stringify(answer, marked)?.replace(/"\\u0000(-?(?:[0-9]+|NaN|Infinity))"/g, "$1");
}

/** Give a value as it is, or where it is nested deeper than can be written, as Node shows it. */
function tellable(value) {
  try {
    written(value);
    return value;
  } catch {
    return inspect(value);
  }
}

async function told(adapter, client, ask) {
  try {
    const { value, usedWeight } = await adapter[ask.what](client, ask.start_ms, ask.end_ms, ask.parameters ?? {});
    return { value: tellable(value), used_weight: usedWeight };
  } catch (error) {
    return { error: toldOf(adapter, error) };
  }
}

const toldOf = (adapter, error) => ({
  type: String(error?.constructor?.name ?? typeof error),
  text: `${inspect(error)}\n${error?.message ?? inspect(error, { breakLength: Infinity, depth: 0 })}`,
  ...adapter.described(error),
});

/** Answer each line of stdin. */
export async function speak(adapter) {
  stayOnLoopback();
  const { name, version } = adapter;
  let client;
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    const answer = { id: question.id };
    if (question.do === "hello") {
      Object.assign(answer, { protocol: 1, name, version, features: ["loan", "records", "together", ...adapter.features] });
    } else if (question.do === "open") {
      try {
        client = adapter.made(question);
      } catch (error) {
        answer.error = toldOf(adapter, error);
      }
    } else if (question.do === "ask") {
      answer.told = await Promise.all(question.asks.map((ask) => told(adapter, client, ask)));
    }
    process.stdout.write(`${written(answer)}\n`);
  }
  process.exit(0);
}
