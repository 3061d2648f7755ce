// The same bot on @microsoft/msgraph-beta-sdk: its request adapter, its models, their readers and writers.
//
// The SDK keeps the paths in packages of their own, and has not published the one for communications. So the requests
// are put together here, in the way those packages do it.
import { HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions';
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure';
import { GraphBetaRequestAdapter } from '@microsoft/msgraph-beta-sdk';
import * as models from '@microsoft/msgraph-beta-sdk/models/index.js';
import { createODataErrorFromDiscriminatorValue } from '@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js';
import { accessToken, beep, callbackServer, graph, host, scopes, step, users } from './bot.mjs';

const credential = { getToken: async () => ({ token: await accessToken() }) };
const adapter = new GraphBetaRequestAdapter(
  new AzureIdentityAuthenticationProvider(credential, scopes, undefined, new Set([host])));
adapter.baseUrl = `${graph}/beta`;

function ask(method, path, ids, reader, body, writer) {
  const request = new RequestInformation(method, `{+baseurl}/communications/calls${path}`, ids);
  const errors = { XXX: createODataErrorFromDiscriminatorValue };
  request.headers.add('Accept', 'application/json');
  if (body) request.setContentFromParsable(adapter, 'application/json', body, writer);
  return reader ? adapter.send(request, reader, errors) : adapter.sendNoResponseContent(request, errors);
}

// The bodies of actions, which are in the package that is not there. (serializePrompt would leave out mediaInfo.)
function writeAction(writer, { clientContext, prompts, participants }) {
  writer.writeStringValue('clientContext', clientContext);
  writer.writeCollectionOfObjectValues('prompts', prompts, models.serializeMediaPrompt);
  writer.writeCollectionOfObjectValues('participants', participants, models.serializeInvitationParticipantInfo);
}

const callback = await callbackServer();
step('token', (await accessToken()).split('.').length, 3);

const call = await ask(HttpMethod.POST, '', {}, models.createCallFromDiscriminatorValue, {
  odataType: '#microsoft.graph.call',
  callbackUri: callback.uri,
  targets: [{ identity: { user: { id: users.John } } }],
  requestedModalities: [models.ModalityObject.Audio],
  mediaConfig: { odataType: '#microsoft.graph.serviceHostedMediaConfig' } }, models.serializeCall);
const ids = { 'call%2Did': call.id };
step('call', call.state, 'establishing');
step('notice', (await callback.state(call.id, 'established')).state, 'established');
const now = await ask(HttpMethod.GET, '/{call%2Did}', ids, models.createCallFromDiscriminatorValue);
step('call', now.state, models.CallStateObject.Established);

const prompt = await ask(HttpMethod.POST, '/{call%2Did}/playPrompt', ids,
  models.createPlayPromptOperationFromDiscriminatorValue, {
    clientContext: 'greeting', prompts: [{ odataType: '#microsoft.graph.mediaPrompt', mediaInfo: beep }],
  }, writeAction);
step('prompt', (await callback.ended(prompt.id)).status, 'completed');

const invitation = await ask(HttpMethod.POST, '/{call%2Did}/participants/invite', ids,
  models.createInviteParticipantsOperationFromDiscriminatorValue,
  { clientContext: 'one more', participants: [{ identity: { user: { id: users.Bob } } }] }, writeAction);
step('invitation', (await callback.ended(invitation.id)).status, 'completed');

const participants = (await ask(HttpMethod.GET, '/{call%2Did}/participants', ids,
  models.createParticipantCollectionResponseFromDiscriminatorValue)).value;
step('participants', participants.length, 3);
ids['participant%2Did'] = participants.find((p) => p.info.identity.user?.id === users.Bob).id;
const mute = await ask(HttpMethod.POST, '/{call%2Did}/participants/{participant%2Did}/mute', ids,
  models.createMuteParticipantOperationFromDiscriminatorValue, { clientContext: 'hush' }, writeAction);
step('mute', mute.clientContext, 'hush'); // no status: the SDK reads Completed alone, and Graph's pages say completed
const bob = await ask(HttpMethod.GET, '/{call%2Did}/participants/{participant%2Did}', ids,
  models.createParticipantFromDiscriminatorValue);
step('is muted', bob.isMuted, true);

await ask(HttpMethod.DELETE, '/{call%2Did}', ids);
step('notice', (await callback.state(call.id, 'terminated')).state, 'terminated');
const error = await ask(HttpMethod.GET, '/{call%2Did}', ids, models.createCallFromDiscriminatorValue).catch((e) => e);
const { code, innerError } = error.errorEscaped ?? {}; // of an ODataError
step('call', `${error.responseStatusCode} ${code} ${error.message}`, '404 8522 No such resource.');
step('has its request id', innerError?.requestId === error.responseHeaders['request-id'][0], true);
await callback.close();
