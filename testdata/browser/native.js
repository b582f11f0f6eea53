// Uploads with the OSS SDK alone, for pages that do without Alibaba Cloud's Web
// upload SDK: vodrefresh decodes the credentials (view=decoded).

import { create, renew } from './credentials.js';

document.querySelector('#files').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  try {
    const { VideoId } = await create(file.name);
    await upload(VideoId, file);
    show('done');
  } catch (error) {
    show(`failed: ${error.message}`);
  }
});

// upload sends a file in parts, and goes on with those that are missing whenever
// the credentials have run out.
async function upload(videoId, file) {
  for (let checkpoint; ;) {
    show('renewing the credentials');
    const given = await renew(videoId, 'decoded');
    show('uploading');
    try {
      await client(given).multipartUpload(given.object, file, {
        checkpoint,
        partSize: 1 << 20,
        parallel: 5,
        progress: (share, reached) => { checkpoint = reached ?? checkpoint; },
      });
      return;
    } catch (error) {
      if (!expired(error)) throw error;
    }
  }
}

// client is the SDK with one set of credentials. Its own refreshSTSToken goes by
// the clock of this machine only, so it is not relied upon.
function client(given) {
  return new OSS({
    endpoint: given.endpoint,
    bucket: given.bucket,
    accessKeyId: given.accessKeyId,
    accessKeySecret: given.accessKeySecret,
    stsToken: given.securityToken,
  });
}

// expired tells whether other credentials would help.
function expired({ code }) {
  return ['SecurityTokenExpired', 'InvalidSecurityToken.Expired', 'InvalidAccessKeyId'].includes(code);
}

function show(state) {
  const line = document.querySelector('#state');
  line.dataset.state = state;
  line.textContent = state;
}
