"""Microsoft's own clients of Graph, as npm has them: the bots of examples/graph_client, over TLS by the dev CA."""
import os
import re
import shlex
import subprocess

import pytest

import npm
from api import APPS, TENANT
from server import ROOT

FOLDER = os.path.join(ROOT, "examples", "graph_client")
BOTS = ["graph_client.mjs", "beta_sdk.mjs"]
BARE, BARE_SECRET = APPS["bare"][1:]


@pytest.fixture(scope="session", autouse=True)
def installed():
    assert npm.missing() is None, "there is no %s, which tools/deps installs" % npm.missing()
    npm.install(FOLDER)


@pytest.fixture
def env(carillon):
    return {**os.environ, "CARILLON_URL": "https://" + carillon.ready["https"],
            "NODE_EXTRA_CA_CERTS": os.path.join(carillon.data, "ca.pem")}


@pytest.fixture
def node(env):
    """Runs node in the example's folder to its end."""
    def run(*words, timeout=120, **more):
        return subprocess.run(["node", *words], cwd=FOLDER, env={**env, **more}, capture_output=True, text=True,
                              timeout=timeout)
    return run


@pytest.fixture
def script(node):
    """Runs a few lines of a module, which may import what the bots import."""
    def run(text):
        done = node("--input-type=module", "-e", text)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
    return run


@pytest.mark.parametrize("bot, mute", [("graph_client.mjs", "completed"), ("beta_sdk.mjs", "hush")])
def test_the_bot_goes_all_its_steps(api, node, bot, mute):
    done = node(bot)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "token: 3", "call: establishing", "notice: established", "call: established", "prompt: completed",
        "invitation: completed", "participants: 3", "mute: " + mute, "is muted: true", "notice: terminated",
        "call: 404 8522 No such resource.", "has its request id: true"]
    assert api.send("GET", "/_/calls").json["value"] == []


@pytest.mark.parametrize("bot", BOTS)
def test_a_step_that_fails_ends_the_bot(node, bot):
    """An application without roles, which may not call."""
    done = node(bot, CARILLON_APP=BARE, CARILLON_SECRET=BARE_SECRET)
    assert done.returncode != 0
    assert done.stdout.splitlines() == ["token: 3"]
    assert "Calls.Initiate.All" in done.stderr and "7504" in done.stderr, done.stderr


@pytest.mark.parametrize("bot", BOTS)
def test_msal_says_in_entras_words_that_a_secret_is_wrong(node, bot):
    done = node(bot, CARILLON_SECRET="wrong")
    assert done.returncode != 0
    assert "AADSTS7000215" in done.stderr, done.stderr


@pytest.mark.parametrize("bot", BOTS)
def test_without_the_ca_nobody_is_believed(node, bot):
    done = node(bot, NODE_EXTRA_CA_CERTS="")
    assert done.returncode != 0 and done.stdout == ""
    assert "unable to verify the first certificate" in done.stderr or "self-signed" in done.stderr, done.stderr


class Callback:
    """The bots' callback server alone, until it is closed."""

    def __init__(self, env):
        text = "import { callbackServer } from './bot.mjs'; console.log((await callbackServer()).uri)"
        self.process = subprocess.Popen(["node", "--input-type=module", "-e", text], cwd=FOLDER, env=env,
                                        stdout=subprocess.PIPE, text=True)
        self.uri = self.process.stdout.readline().strip()
        assert self.uri

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def test_the_bots_believe_only_notices_that_the_server_signed(api, env, bin):
    callback = Callback(env)
    bin.append(callback)
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", callback.uri).groups()
    bot = type(api)(host)
    forged = {"value": [{"changeType": "updated", "resourceData": {"id": "x", "state": "terminated"}}]}
    api.create_call()
    signed = api.inbox().more(10)[0]["headers"]["authorization"]
    for header, status in ((None, 401), ("Bearer a.b.c", 401), ("Bearer " + api.token(), 401), (signed, 202)):
        headers = {"Authorization": header} if header else {}
        assert bot.send("POST", path, forged, headers).status == status, header


def test_a_body_that_kiota_compresses_is_sent_again_as_it_is(script):
    """415 is what makes it; so clients that compress work, though nothing compressed is taken here."""
    assert script("""
        import { HttpClient, MiddlewareFactory } from '@microsoft/kiota-http-fetchlibrary';
        import { accessToken, graph } from './bot.mjs';
        const client = new HttpClient(undefined, ...MiddlewareFactory.getPerformanceMiddlewares());
        const answer = await client.executeFetch(`${graph}/v1.0/communications/calls`, { method: 'POST',
          headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' },
          body: JSON.stringify({ subject: 'no call at all' }) });
        console.log(answer.status, (await answer.json()).error.code);
    """) == ["400 8523"]


def test_answers_without_a_body_are_no_error(script):
    """200, 202 and 204, as Graph has them for these."""
    assert script("""
        import { AnonymousAuthenticationProvider, HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions';
        import { GraphBetaRequestAdapter } from '@microsoft/msgraph-beta-sdk';
        import { Client } from '@microsoft/microsoft-graph-client';
        import { accessToken, callbackServer, graph, host, users } from './bot.mjs';
        const authorization = `Bearer ${await accessToken()}`;
        const adapter = new GraphBetaRequestAdapter(new AnonymousAuthenticationProvider());
        const client = Client.initWithMiddleware({
          baseUrl: `${graph}/`, customHosts: new Set([host]), authProvider: { getAccessToken: accessToken } });
        const callback = await callbackServer();
        const { id } = await client.api('/communications/calls').post({ callbackUri: callback.uri,
          targets: [{ identity: { user: { id: users.John } } }], requestedModalities: ['audio'],
          mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' } });
        await callback.state(id, 'established');
        for (const path of [`/communications/calls/${id}/keepAlive`, `/app/calls/${id}/cancelMediaProcessing`]) {
          await client.api(path).post({});
          const request = new RequestInformation(HttpMethod.POST, `${graph}/beta${path}`, {});
          request.headers.add('Authorization', authorization);
          await adapter.sendNoResponseContent(request);
          console.log('both');
        }
        console.log(await client.api(`/communications/calls/${id}`).delete());
        await callback.state(id, 'terminated');
        await callback.close();
    """) == ["both", "both", "undefined"]


def test_msal_takes_the_issuer_as_it_is_and_keeps_the_token(script):
    assert script("""
        import { ConfidentialClientApplication, ProtocolMode } from '@azure/msal-node';
        for (const protocolMode of [ProtocolMode.AAD, ProtocolMode.OIDC]) {
          const authority = `${process.env.CARILLON_URL}/%s${protocolMode === ProtocolMode.OIDC ? '/v2.0' : ''}`;
          const application = new ConfidentialClientApplication({ auth: { protocolMode, authority,
            clientId: '2891555a-92ff-42e6-80fa-6e1300c6b5c6', clientSecret: 'carillon-dev-secret',
            knownAuthorities: [new URL(authority).host] } });
          const scopes = ['https://graph.microsoft.com/.default'];
          const ask = () => application.acquireTokenByClientCredential({ scopes });
          const [first, second] = [await ask(), await ask()];
          console.log(first.fromCache, second.fromCache, first.tokenType);
        }
    """ % TENANT) == ["false true Bearer"] * 2


def test_the_commands_of_the_examples_readme_work(carillon, env):
    with open(os.path.join(FOLDER, "README.md")) as f:
        commands = re.search(r"```sh\n(.*?)```", f.read(), re.S)[1].splitlines()
    assert commands[0] == "npm ci --prefix examples/graph_client"  # done by `installed`
    assert commands[1] == "export NODE_EXTRA_CA_CERTS=$PWD/data/ca.pem"
    assert os.path.samefile(os.path.join(carillon.folder, "data", "ca.pem"), env["NODE_EXTRA_CA_CERTS"])
    assert [shlex.split(c)[1] for c in commands[2:]] == ["examples/graph_client/" + b for b in BOTS]
    for command in commands[2:]:
        subprocess.run(shlex.split(command), cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
