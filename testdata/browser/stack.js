// What a test runs against: the simulated platform with its storage, vodrefresh
// and the application's server, each a process or a port of its own.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { serve } from './backend.js';

// account is the one that the simulated platform of scripts/load knows.
const account = { accessKeyId: 'load', accessKeySecret: 'load-access-key-secret' };
const ticketKey = 'a-key-of-these-tests-and-nobody-else';

// lifetime is how long credentials are good, in seconds. The platform takes
// clocks that differ by 15 minutes, so that two lifetimes can be skipped.
const lifetime = 300;

// start starts everything, and ends it with the test. The programs are those in
// the folder that PROGRAMS names: load and vodrefresh. life is how long
// credentials are good, expired the code with which they are refused after that.
export async function start(t, { life = `${lifetime}s`, expired = '' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vodrefresh-browser-'));
  const program = (name) => join(process.env.PROGRAMS, name);
  const [platform, control] = await announced(t, program('load'), ['uploads', '--life', life, '--expired', expired]);

  const address = `127.0.0.1:${await freePort()}`;
  const videos = [];
  const stack = { control: client(control), videos, created: () => {} };
  const backend = await serve({
    platform: { url: platform, ...account },
    credentialsURL: (id) => `http://${address}/v1/uploads/${id}/credentials`,
    ticket: (id) => ticket(program('vodrefresh'), id),
    created: (video) => {
      videos.push({ id: video.VideoId, object: JSON.parse(Buffer.from(video.UploadAddress, 'base64')).FileName });
      return stack.created(video);
    },
  });
  t.after(backend.close);
  const server = spawn(program('vodrefresh'), ['serve'], {
    env: {
      HOME: folder, DATA_DIR: join(folder, 'data'), LISTEN_ADDR: address,
      ALIBABA_CLOUD_ACCESS_KEY_ID: account.accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: account.accessKeySecret,
      ALIYUN_VOD_ENDPOINT: platform, UPLOAD_TICKET_KEYS: ticketKey, CORS_ORIGINS: backend.url,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    await end(server);
    await rm(folder, { recursive: true });
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (piece) => { said += piece; });
  if (!await ready(server, `http://${address}/readyz`)) throw new Error(`vodrefresh did not get ready: ${said}`);
  return Object.assign(stack, { url: backend.url, credentials: `http://${address}/v1/uploads/` });
}

// ticket has one made by the program that will check it.
async function ticket(vodrefresh, id) {
  const { stdout } = await promisify(execFile)(vodrefresh, ['ticket', '--video', id, '--ttl', '2h'], {
    env: { UPLOAD_TICKET_KEYS: ticketKey },
  });
  return stdout.trim();
}

// client asks the simulation what came in, and orders what happens.
function client(url) {
  const ask = async (path, method = 'GET', body = undefined) => {
    const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}`);
    return method === 'GET' ? answer.json() : undefined;
  };
  return {
    // expire lets every credential run out once more parts have been stored.
    expire: ({ parts = 0 } = {}) => ask('/clock', 'POST', { seconds: lifetime + 1, parts }),
    fail: (action, kind, times) => ask('/faults', 'POST', { Action: action, Kind: kind, Times: times }),
    mend: () => ask('/faults', 'DELETE'),
    object: (name) => ask(`/objects/${name}`),
    parts: async (object) => (await ask('/parts')).filter((part) => part.object === object),
  };
}

// announced starts a program that says where it is in its first line.
async function announced(t, path, args) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => end(child));
  for await (const line of createInterface(child.stdout)) return JSON.parse(line).urls;
  throw new Error(`${path} did not say where it is`);
}

// ready waits until a server is, and tells whether it ever was.
async function ready(child, url) {
  for (let tries = 0; tries < 1500 && child.exitCode === null; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((resume) => { setTimeout(resume, 20); });
  }
  return false;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
