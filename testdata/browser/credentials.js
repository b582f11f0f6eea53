// Credentials of an upload. Two servers give them: the application's own, which
// knows its users, creates videos (CreateUploadVideo) and signs tickets; and
// vodrefresh, which renews the credentials of a video for whoever holds a ticket
// for it.

// rights are the tickets, by video ID: {url, ticket}.
const rights = new Map();

// create makes a video. What it returns is the platform's own answer, with
// VideoId, UploadAddress and UploadAuth.
export async function create(fileName) {
  const { Right, ...given } = await backend('/uploads', { fileName });
  rights.set(given.VideoId, Right);
  return given;
}

// renew returns new credentials of a video, in the same form, or as view says.
// It asks until it gets them, since an upload that has lost its credentials can
// do nothing else; it throws if the answer is that there will be none.
export async function renew(videoId, view = '') {
  let replaced = false;
  for (let wait = 500; ; wait = Math.min(2 * wait, 30_000)) {
    if (!rights.has(videoId)) {
      rights.set(videoId, await backend(`/uploads/${videoId}/ticket`));
    }
    const answer = await ask(rights.get(videoId), view);
    if (answer?.ok) return answer.json();
    if (answer?.status === 401 && !replaced) { // the ticket is old
      replaced = rights.delete(videoId);
      continue;
    }
    if (answer && answer.status < 500 && answer.status !== 429) throw new Error(await reason(answer));
    const asked = 1000 * Number(answer?.headers.get('Retry-After') ?? 0);
    await new Promise((resume) => setTimeout(resume, Math.max(wait, asked) * (1 + Math.random() / 4)));
  }
}

// ask makes one attempt; without an answer at all it returns undefined.
async function ask({ url, ticket }, view) {
  try {
    return await fetch(url + (view && `?view=${view}`), { method: 'POST', headers: { Authorization: `Bearer ${ticket}` } });
  } catch {
    return undefined; // offline, perhaps
  }
}

// backend asks the application's own server, which knows the user by a cookie.
async function backend(path, body = {}) {
  const answer = await fetch(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
}

// reason is what an error answer (RFC 9457) says.
async function reason(answer) {
  const problem = await answer.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `HTTP ${answer.status}`;
}
