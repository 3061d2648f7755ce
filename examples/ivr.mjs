// A small voice menu on top of Carillon: [BOT_PORT=9000] node examples/ivr.mjs [user id]
//
// It rings the user and plays a tune; key 1 plays a beep, key 2 the tune again, key 9 hangs up.
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';

const { CARILLON_URL: server = 'http://127.0.0.1:8080', CARILLON_APP: app = '2891555a-92ff-42e6-80fa-6e1300c6b5c6',
  CARILLON_SECRET: secret = 'carillon-dev-secret', BOT_PORT: port = 0 } = process.env;
const tenant = 'aa67bd4c-8475-432d-bd41-39f255720e0a';
const user = process.argv[2] ?? '112f7296-5fa4-42ca-bae8-6a692b15d4b8';

async function send(path, options) {
  const answer = await fetch(server + path, options);
  if (answer.ok) return (await answer.text()) || 'null';
  throw Object.assign(new Error(`${path}: ${answer.status} ${await answer.text()}`), { status: answer.status });
}

const graph = async (path, body = {}, method = 'POST') => JSON.parse(await send(`/v1.0/communications/calls${path}`, {
  method, body: JSON.stringify(body), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
}));

// The server signs every notice: RS256 by one of its published keys, for our application, for an hour.
async function check(header) {
  const [head, claims, signature] = (header ?? '').replace(/^Bearer /, '').split('.');
  const [{ kid, alg }, { aud, exp }] = [head, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const { jwks_uri } = JSON.parse(await send('/v1/.well-known/OpenIdConfiguration')); // a real bot keeps the keys
  const key = (await (await fetch(jwks_uri)).json()).keys.find((k) => k.kid === kid);
  const good = key && alg === 'RS256' && aud === app && exp > Date.now() / 1000 && verify('RSA-SHA256',
    Buffer.from(`${head}.${claims}`), createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url'));
  if (!good) throw new Error('not a notice of our server');
}

async function play(call, name) {
  await graph(`${call}/cancelMediaProcessing`); // who presses a key need not hear the rest
  await graph(`${call}/playPrompt`, { clientContext: name, prompts: [{
    '@odata.type': '#microsoft.graph.mediaPrompt',
    mediaInfo: { uri: `https://cdn.contoso.com/${name}.wav`, resourceId: name } }] });
}

async function onNotice(data) {
  const key = data.toneInfo?.tone;
  const call = `/${data.id}`; // of an operation it is the operation's, but that needs nothing done
  const active = !key && data.mediaState?.audio === 'active';
  if (data.status) console.log(`prompt ${data.clientContext}: ${data.status}`);
  else console.log(key ? `key: ${key}` : `call: ${data.state}${active ? ', audio active' : ''}`);
  if (key === 'tone9') {
    await graph(call, undefined, 'DELETE');
  } else if (key === 'tone1' || key === 'tone2') {
    await play(call, key === 'tone1' ? 'beep' : 'cool');
  } else if (active) {
    await graph(`${call}/subscribeToTone`);
    await play(call, 'cool');
  }
  if (data.state === 'terminated') process.exit(0);
}

let work = Promise.resolve(); // one POST after the other
const bot = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  response.writeHead(202).end(); // at once: the work comes after
  work = work.then(async () => {
    await check(request.headers.authorization);
    for (const notice of JSON.parse(body).value) {
      await onNotice(notice.resourceData).catch((error) => {
        if (![400, 404].includes(error.status)) throw error; // the call is over: its last notice is on the way
      });
    }
  }).catch((error) => console.error(error.message));
}).listen(port, '127.0.0.1');
await new Promise((listening) => bot.once('listening', listening));
const token = JSON.parse(await send(`/${tenant}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams({
  grant_type: 'client_credentials', client_id: app, client_secret: secret,
  scope: 'https://graph.microsoft.com/.default' }) })).access_token;
await graph('', {
  callbackUri: `http://127.0.0.1:${bot.address().port}/callback`,
  targets: [{ identity: { user: { id: user } } }], requestedModalities: ['audio'],
  mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' } });
