// Real clients in a real browser: Alibaba Cloud's Web upload SDK on the sample
// page, and the OSS SDK alone, while credentials run out in various ways.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { start } from './stack.js';

let browser;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vodrefresh-files-'));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [ // nothing leaves this machine; the SDK would send statistics
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.0.0.1',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

const options = { timeout: 60_000 };

test('credentials run out in mid-upload', options, async (t) => {
  for (const expired of ['SecurityTokenExpired', 'InvalidAccessKeyId', 'InvalidSecurityToken.Expired']) {
    await t.test(expired, async (t) => {
      const stack = await start(t, { expired });
      await stack.control.expire({ parts: 3 });
      const [film] = await upload(await open(t, stack), ['film.mp4', 9]);
      const parts = await stored(stack, film);
      assert.ok(parts.some((part) => part.code === expired), 'no part was refused');
      assert.equal(new Set(taken(parts).map((part) => part.access_key_id)).size, 2, 'credentials that parts were sent with');
    });
  }
});

test('credentials have run out before the upload starts', options, async (t) => {
  const stack = await start(t);
  stack.created = () => stack.control.expire();
  const page = await open(t, stack);
  const [film] = await upload(page, ['film.mp4', 3]);
  const parts = await stored(stack, film);
  assert.equal(parts.length, 3, 'parts that were sent');
  assert.deepEqual(page.answers, [200], 'answers of vodrefresh');
});

test('a small file goes in one piece', options, async (t) => {
  const stack = await start(t);
  stack.created = () => stack.control.expire();
  const [film] = await upload(await open(t, stack), ['film.mp4', 1 / 64]);
  assert.deepEqual(await stored(stack, film), []);
});

test('the page is reloaded in mid-upload', options, async (t) => {
  const stack = await start(t);
  await stack.control.expire({ parts: 3 });
  await stack.control.fail('RefreshUploadVideo', 'server_error', 1000);
  const page = await open(t, stack);
  const film = await choose(page, ['film.mp4', 9]);
  await state(page, film, 'renewing the credentials');
  const before = taken(await stack.control.parts(stack.videos[0].object));
  await page.reload();
  await stack.control.mend();
  await again(page, film);
  await state(page, film, 'done');
  const parts = await stored(stack, film);
  assert.equal(stack.videos.length, 1, 'videos that were created');
  assert.equal(new Set(parts.map((part) => part.upload_id)).size, 1, 'uploads that were begun');
  assert.ok(before.length >= 3 && before.length < 9, `${before.length} parts were stored before the reload`);
});

test('two files are queued', options, async (t) => {
  const stack = await start(t);
  await stack.control.expire({ parts: 2 });
  stack.created = () => stack.videos.length === 2 && stack.control.expire({ parts: 2 });
  const page = await open(t, stack);
  const films = await upload(page, ['one.mp4', 5], ['two.mp4', 6]);
  for (const film of films) {
    const parts = await stored(stack, film);
    assert.ok(parts.some((part) => part.code !== undefined), `${film.name}: no part was refused`);
  }
  await page.locator('body[data-state=idle]').waitFor();
});

test('the platform is out twice', options, async (t) => {
  const stack = await start(t);
  await stack.control.expire({ parts: 3 });
  await stack.control.fail('RefreshUploadVideo', 'throttle', 2);
  const page = await open(t, stack);
  const [film] = await upload(page, ['film.mp4', 6]);
  await stored(stack, film);
  assert.deepEqual(page.answers, [503, 503, 200], 'answers of vodrefresh');
});

test('credentials that are never good are not asked for without end', options, async (t) => {
  const stack = await start(t, { life: '1ms' });
  const page = await open(t, stack);
  await choose(page, ['film.mp4', 1]);
  await page.waitForResponse((answer) => answer.status() === 429);
  assert.deepEqual(page.answers, [...Array(10).fill(200), 429], 'answers of vodrefresh');
});

test('a ticket is no right to overwrite', options, async (t) => {
  const stack = await start(t);
  const page = await open(t, stack);
  const [film] = await upload(page, ['film.mp4', 1]);
  await stored(stack, film);
  const outcome = await page.evaluate(async (id) => {
    const { renew } = await import('/credentials.js');
    return renew(id).then(() => 'renewed', (error) => error.message);
  }, stack.videos[0].id);
  assert.notEqual(outcome, 'renewed');
  assert.deepEqual(page.answers, [403], 'answers of vodrefresh');
});

test('a page of another origin gets nothing', options, async (t) => {
  const stack = await start(t);
  const page = await open(t, stack);
  const [film] = await upload(page, ['film.mp4', 1 / 64]);
  await stored(stack, film);
  const ask = (id) => page.evaluate(async ([url, ticket]) => {
    const answer = await fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${ticket}` } }).catch(String);
    return answer.status ?? answer;
  }, [`${stack.credentials}${id}/credentials`, 'no ticket']);
  assert.equal(await ask(stack.videos[0].id), 401);
  await page.goto(stack.url.replace('localhost', '127.0.0.1') + '/sample.html');
  assert.equal(await ask(stack.videos[0].id), 'TypeError: Failed to fetch');
});

test('the OSS SDK alone, whose credentials run out in mid-upload', options, async (t) => {
  const stack = await start(t);
  await stack.control.expire({ parts: 3 });
  const page = await open(t, stack, 'native.html');
  const [film] = await upload(page, ['film.mp4', 9]);
  const parts = await stored(stack, film);
  assert.ok(parts.some((part) => part.code === 'SecurityTokenExpired'), 'no part was refused');
  assert.equal(new Set(parts.map((part) => part.upload_id)).size, 1, 'uploads that were begun');
  assert.deepEqual(page.answers, [200, 200], 'answers of vodrefresh');
});

// open opens a page in a profile of its own, and notes what vodrefresh answers.
async function open(t, stack, name = 'sample.html') {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.answers = [];
  page.on('response', (answer) => {
    if (answer.url().startsWith(stack.credentials) && answer.request().method() === 'POST') page.answers.push(answer.status());
  });
  page.on('pageerror', (error) => assert.fail(error));
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${stack.url}/${name}`);
  return page;
}

// upload uploads files, each [name, MiB], and waits until they are done.
async function upload(page, ...wanted) {
  const files = await choose(page, ...wanted);
  for (const file of [files].flat()) await state(page, file, 'done');
  return [files].flat();
}

// choose makes files and chooses them on the page.
async function choose(page, ...wanted) {
  const dir = await mkdtemp(join(folder, 'test-'));
  const files = [];
  for (const [name, size] of wanted) {
    const content = randomBytes(size * 2 ** 20);
    const file = { name, path: join(dir, name), size: content.length, md5: createHash('md5').update(content).digest('hex') };
    await writeFile(file.path, content);
    files.push(file);
  }
  await again(page, ...files);
  return files.length === 1 ? files[0] : files;
}

// again chooses files that are there.
async function again(page, ...files) {
  await page.locator('#files').setInputFiles(files.map((file) => file.path));
}

// state waits until the page says that of a file; a failure ends the wait.
async function state(page, file, wanted) {
  const item = page.locator(`li[data-name="${file.name}"], #state`);
  const found = item.and(page.locator(`[data-state="${wanted}"], [data-state^=failed]`));
  await found.waitFor();
  assert.equal(await found.getAttribute('data-state'), wanted);
}

// stored checks that a file arrived as it was, and that no part was sent again
// once it was stored. It returns every part that was sent.
async function stored(stack, file) {
  const objects = await Promise.all(stack.videos.map((video) => stack.control.object(video.object)));
  const object = objects.find((one) => one.md5 === file.md5);
  assert.ok(object, `no object has the MD5 of ${file.name}`);
  assert.equal(object.size, file.size);
  const parts = await stack.control.parts(object.name);
  const seen = new Set();
  for (const part of parts) {
    assert.ok(!seen.has(part.number), `part ${part.number} was sent again`);
    if (part.status === 200) seen.add(part.number);
  }
  if (parts.length > 0) assert.equal(taken(parts).reduce((sum, part) => sum + part.size, 0), file.size);
  return parts;
}

// taken are the parts that were stored.
function taken(parts) {
  return parts.filter((part) => part.status === 200);
}
