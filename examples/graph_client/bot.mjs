// What both bots share: the three addresses, a token by MSAL, and a callback server that believes only signed notices.
import { createServer } from 'node:http';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { CARILLON_URL: server = 'https://127.0.0.1:8443', CARILLON_SECRET: clientSecret = 'carillon-dev-secret',
  CARILLON_APP: clientId = '2891555a-92ff-42e6-80fa-6e1300c6b5c6', BOT_PORT: port = 0 } = process.env;
const tenant = 'aa67bd4c-8475-432d-bd41-39f255720e0a';

// The three addresses. In the cloud they are https://graph.microsoft.com, https://login.microsoftonline.com/<tenant>
// and https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration.
export const graph = server;
const authority = `${server}/${tenant}`;
const callbackKeys = `${server}/v1/.well-known/OpenIdConfiguration`;

export const host = new URL(graph).hostname; // both clients send tokens only to hosts that they are told of
export const users = { John: '112f7296-5fa4-42ca-bae8-6a692b15d4b8', Bob: '5810cede-f3cc-42eb-b2c1-e9bd5d53ec96' };
export const beep = { uri: 'https://cdn.contoso.com/beep.wav', resourceId: 'beep' };

const application = new ConfidentialClientApplication({ auth: {
  clientId, clientSecret, authority, knownAuthorities: [new URL(authority).host] } });

export const scopes = ['https://graph.microsoft.com/.default'];

// Asked before every request: MSAL keeps the token for as long as it is good.
export async function accessToken() {
  return (await application.acquireTokenByClientCredential({ scopes })).accessToken;
}

// One line for each step; the first that is not as it should be ends the bot.
export function step(what, is, wanted) {
  console.log(`${what}: ${is}`);
  if (is !== wanted) throw new Error(`${what} should be ${wanted}`);
}

// Where notices come in: { uri, state(call, state), ended(operation), close() }. The second and third promise what the
// notice says.
export async function callbackServer() {
  const { issuer, jwks_uri } = await (await fetch(callbackKeys)).json();
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  const notices = [];
  let tell = () => {};

  const web = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    try {
      await jwtVerify(token, keys, { issuer, audience: clientId, algorithms: ['RS256'] });
    } catch {
      return response.writeHead(401).end();
    }
    response.writeHead(202).end();
    notices.push(...JSON.parse(body).value);
    tell();
  }).listen(port, '127.0.0.1');
  await new Promise((listening) => web.once('listening', listening));

  // The first notice for which check() is true, whether it has come already or comes within a minute.
  async function notice(what, check) {
    const late = Date.now() + 60_000;
    for (;;) {
      const found = notices.find(check);
      if (found) return found.resourceData;
      let timer;
      await new Promise((come, fail) => {
        tell = come;
        timer = setTimeout(() => fail(new Error(`no notice: ${what}`)), late - Date.now());
      }).finally(() => clearTimeout(timer));
    }
  }

  return {
    uri: `http://127.0.0.1:${web.address().port}/callback`,
    state: (call, state) => notice(state, (n) => n.resourceData.id === call && n.resourceData.state === state),
    ended: (operation) => notice('the end of an operation',
      (n) => n.changeType === 'deleted' && n.resourceData.id === operation),
    close: () => new Promise((closed) => { web.close(closed); web.closeAllConnections(); }),
  };
}
