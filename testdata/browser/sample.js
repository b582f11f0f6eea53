// Uploads with Alibaba Cloud's Web upload SDK (1.x), whose credentials never
// run out: see credentials.js for how they are renewed.

import { create, renew } from './credentials.js';

const uploader = new AliyunUpload.Vod({
  userId: '1', // of the SDK's statistics; any number will do
  region: 'cn-shanghai',
  partSize: 1 << 20,
  parallel: 5,

  // A video ID is there if the SDK remembers this file from an upload that a
  // reload cut short: then it goes on where that one stopped.
  onUploadstarted: (upload) => attempt(upload, async () => {
    const given = upload.videoId ? await renew(upload.videoId) : await create(upload.file.name);
    show(upload, 'uploading');
    uploader.setUploadAuthAndAddress(upload, given.UploadAuth, given.UploadAddress, given.VideoId);
  }),

  // Not setUploadAuthAndAddress: with that, the next file would never start.
  onUploadTokenExpired: (upload) => attempt(upload, async () => {
    show(upload, 'renewing the credentials');
    const given = await renew(upload.videoId);
    show(upload, 'uploading');
    uploader.resumeUploadWithAuth(given.UploadAuth);
  }),

  onUploadProgress: (upload, size, share) => show(upload, `${Math.floor(100 * share)} %`),
  onUploadSucceed: (upload) => show(upload, 'done'),
  onUploadFailed: (upload, code, message) => show(upload, `failed: ${code}: ${message}`),
  onUploadEnd: () => { document.body.dataset.state = 'idle'; },
});

document.querySelector('#files').addEventListener('change', (event) => {
  document.body.dataset.state = 'busy';
  for (const file of event.target.files) {
    uploader.addFile(file, null, null, null, '{"Vod":{}}');
  }
  uploader.startUpload();
});

// attempt runs a step that ends the upload if it fails for good: the SDK does
// not wait for its callbacks, and would lose the error.
async function attempt(upload, step) {
  try {
    await step();
  } catch (error) {
    show(upload, `failed: ${error.message}`);
  }
}

// show writes what an upload is doing.
function show(upload, state) {
  const name = upload.file.name;
  const list = document.querySelector('#uploads');
  const item = [...list.children].find((li) => li.dataset.name === name) ?? list.appendChild(document.createElement('li'));
  item.dataset.name = name;
  item.dataset.state = state;
  item.textContent = `${name}: ${state}`;
}
