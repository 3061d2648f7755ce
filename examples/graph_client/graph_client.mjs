// A bot on @microsoft/microsoft-graph-client: it calls John, plays a prompt, invites Bob, mutes him, and hangs up.
import { Client } from '@microsoft/microsoft-graph-client';
import { accessToken, beep, callbackServer, graph, host, step, users } from './bot.mjs';

const client = Client.initWithMiddleware({
  baseUrl: `${graph}/`, customHosts: new Set([host]), authProvider: { getAccessToken: accessToken } });
const callback = await callbackServer();
step('token', (await accessToken()).split('.').length, 3);

const call = await client.api('/communications/calls').post({
  '@odata.type': '#microsoft.graph.call',
  callbackUri: callback.uri,
  targets: [{ identity: { user: { id: users.John } } }],
  requestedModalities: ['audio'],
  mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia: [beep] } });
const path = `/communications/calls/${call.id}`;
step('call', call.state, 'establishing');
step('notice', (await callback.state(call.id, 'established')).state, 'established');
step('call', (await client.api(path).get()).state, 'established');

const prompt = await client.api(`${path}/playPrompt`).post({
  clientContext: 'greeting', prompts: [{ '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: beep }] });
step('prompt', (await callback.ended(prompt.id)).status, 'completed');

const invitation = await client.api(`${path}/participants/invite`).post({
  clientContext: 'one more', participants: [{ identity: { user: { id: users.Bob } } }] });
step('invitation', (await callback.ended(invitation.id)).status, 'completed');

const participants = (await client.api(`${path}/participants`).get()).value;
step('participants', participants.length, 3);
const bob = participants.find((p) => p.info.identity.user?.id === users.Bob);
const his = `${path}/participants/${bob.id}`;
step('mute', (await client.api(`${his}/mute`).post({ clientContext: 'hush' })).status, 'completed');
step('is muted', (await client.api(his).get()).isMuted, true);

await client.api(path).delete();
step('notice', (await callback.state(call.id, 'terminated')).state, 'terminated');
const error = await client.api(path).get().catch((e) => e); // a GraphError
step('call', `${error.statusCode} ${error.code} ${error.message}`, '404 8522 No such resource.');
step('has its request id', error.requestId === error.headers.get('request-id'), true);
await callback.close();
