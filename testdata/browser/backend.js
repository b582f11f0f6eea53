// The application's own server, as small as it can be: it serves the pages,
// creates videos and signs tickets. It knows no users; a real one decides here
// who may upload what.

import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };

// serve starts the server. platform is {url, accessKeyId, accessKeySecret};
// credentialsURL(id) is where vodrefresh renews the credentials of a video, and
// ticket(id) signs one. created, if it is there, is awaited before the answer.
export async function serve({ platform, credentialsURL, ticket, created = () => {} }) {
  const right = async (id) => ({ url: credentialsURL(id), ticket: await ticket(id) });
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, 'http://localhost');
      const resumed = /^\/uploads\/(\w+)\/ticket$/.exec(pathname);
      if (request.method === 'GET') {
        await page(response, pathname);
      } else if (request.method === 'POST' && resumed) {
        reply(response, await right(resumed[1]));
      } else if (request.method === 'POST' && pathname === '/uploads') {
        const { fileName } = JSON.parse(await text(request));
        const video = await call(platform, 'CreateUploadVideo', { FileName: fileName, Title: fileName });
        const answer = { ...video, Right: await right(video.VideoId) };
        await created(video);
        reply(response, answer);
      } else {
        response.writeHead(405).end();
      }
    } catch (error) {
      reply(response, { title: error.message }, error.code === 'ENOENT' ? 404 : 502);
    }
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  return { url: `http://localhost:${server.address().port}`, close: () => server.close() };
}

// call makes a call of the platform's RPC API, signed with version 1.0.
export async function call({ url, accessKeyId, accessKeySecret }, action, parameters) {
  const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const all = {
    Action: action, Version: '2017-03-21', Format: 'JSON', AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+/, ''), ...parameters,
  };
  const query = Object.keys(all).sort().map((name) => `${encode(name)}=${encode(all[name])}`).join('&');
  const signature = createHmac('sha1', `${accessKeySecret}&`).update(`POST&%2F&${encode(query)}`).digest('base64');
  const answer = await fetch(`${url}/?${query}&Signature=${encode(signature)}`, { method: 'POST' });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${action}: ${body.Code}`);
  return body;
}

// page serves a file of this folder.
async function page(response, pathname) {
  const content = await readFile(new URL(`.${pathname}`, import.meta.url));
  response.writeHead(200, { 'Content-Type': types[extname(pathname)] ?? 'application/octet-stream' }).end(content);
}

function reply(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(body));
}

async function text(request) {
  let body = '';
  for await (const piece of request) body += piece;
  return body;
}
