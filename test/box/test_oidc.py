"""Access tokens of a real issuer that is not ours: taken, its keys followed, and nothing else believed."""
import os
import stat
import subprocess

import issuer as outside
import npm
import pytest
from api import BOB, CALLING_BOT, FABRIKAM, TENANT, Api
from issuer import Issuer, claims_of
from server import Server, run
from waiting import wait_until

pytestmark = pytest.mark.skipif(npm.missing() is not None, reason="there is no %s" % npm.missing())

AUDIENCE = "api://carillon"


@pytest.fixture(scope="session", autouse=True)
def installed():
    npm.install(outside.FOLDER)


@pytest.fixture
def provider(bin):
    """Makes issuers: provider(algorithm="ES256")."""
    def make(**settings):
        i = Issuer(**settings)
        bin.append(i)
        return i.start()
    return make


@pytest.fixture
def serve(request, tmp_path):
    """Starts a dev server that believes these issuers; it must end with exit code 0."""
    made = []

    def start(*issuers, **more):
        s = Server(tmp_path, config={"identity": {"issuers": list(issuers)}}, **more)
        request.node.carillon_server = s
        made.append(s)
        return s.start()
    yield start
    for s in made:
        died = s.process is not None and not s.alive()
        assert s.stop() == 0 and not died, s.log()


def believed(i, **more):
    return {"issuer": i.url, "audiences": [AUDIENCE], **more}


def ask(server, token, user=BOB):
    """The answer to a new call with this token."""
    api = Api(server.http)
    return api.send("POST", "/v1.0/communications/calls", api.call_body([user]), {"Authorization": "Bearer " + token})


def works(server, token):
    a = ask(server, token)
    assert a.status in (201, 401), a
    return a.status == 201


def refused(server, token, words):
    a = ask(server, token)
    assert a.status == 401 and a.json["error"]["code"] == "InvalidAuthenticationToken", a
    assert words in a.json["error"]["message"], a


def fetched(server, times=1):
    wait_until(lambda: server.log().count("has new keys") >= times, what="the issuer's keys")


def has_keys(server, token, what="the issuer's keys"):
    fetched(server)
    wait_until(lambda: works(server, token), what=what)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_bot_calls_with_the_token_of_another_issuer(provider, serve, algorithm):
    i = provider(algorithm=algorithm)
    server = serve(believed(i))
    token = i.token()
    assert claims_of(token, 0) == {"alg": algorithm, "typ": "at+jwt", "kid": claims_of(token, 0)["kid"]}
    has_keys(server, token)
    made = ask(server, token).json
    assert made["source"]["identity"]["application"]["id"] == CALLING_BOT and made["tenantId"] == TENANT
    assert i.asked == ["/.well-known/openid-configuration", "/jwks"]
    assert works(server, Api(server.http).token())  # our own are taken beside them


def test_the_keys_address_may_be_configured(provider, serve):
    i = provider()
    server = serve(believed(i, jwks_uri=i.url + "/jwks"))
    has_keys(server, i.token())
    assert i.asked == ["/jwks"]


def test_an_issuer_without_tenants_and_with_roles_elsewhere(provider, serve):
    """As Keycloak has it: the roles inside an object; the tenant is configured."""
    i = provider(claims={"realm_access": {"roles": ["Calls.Initiate.All"]}})
    server = serve(believed(i, tenant=TENANT, roles_claim="realm_access.roles"))
    has_keys(server, i.token())


def test_roles_may_be_scopes(provider, serve):
    i = provider(claims={"tid": TENANT})
    server = serve(believed(i, roles_claim="scope"))
    token = i.token(scope="Calls.Initiate.All Calls.AccessMedia.All")
    assert claims_of(token)["scope"] == "Calls.Initiate.All Calls.AccessMedia.All"
    has_keys(server, token)
    a = ask(server, i.token(scope="calls"))
    assert a.status == 403 and a.json["error"]["code"] == "7504", a


def test_new_keys_are_followed_and_asked_for_once_a_minute(provider, serve):
    i = provider()
    server = serve(believed(i))
    api = Api(server.http)
    old = i.token()
    has_keys(server, old)
    i.stop()
    i.start()
    new = i.token()
    assert claims_of(new, 0)["kid"] != claims_of(old, 0)["kid"]
    before = i.keys_asked()
    for _ in range(5):
        refused(server, new, "kid")
    assert i.keys_asked() == before, "asked again within the first minute"
    assert works(server, old)
    api.advance(61)
    refused(server, new, "kid")  # nobody waits: the first is refused and lets the keys be fetched
    has_keys(server, new)
    refused(server, old, "kid")  # withdrawn, even though it was good a moment ago
    assert i.keys_asked() == before + 1
    api.advance(50)
    refused(server, old, "kid")
    assert i.keys_asked() == before + 1
    api.advance(11)
    refused(server, old, "kid")
    wait_until(lambda: i.keys_asked() == before + 2, what="the next minute's fetch")


def test_keys_are_fetched_again_when_their_time_is_over(provider, serve):
    i = provider(maxAge=7200)
    server = serve(believed(i))
    api = Api(server.http)
    has_keys(server, i.token())
    api.advance(7200 - 60)
    assert i.keys_asked() == 1
    api.advance(60)
    wait_until(lambda: i.keys_asked() == 2, what="the refresh")


def test_an_issuer_that_is_down_is_believed_for_a_day(provider, serve):
    i = provider()
    server = serve(believed(i))
    api = Api(server.http)
    token = i.token()
    has_keys(server, token)
    i.stop()
    for _ in range(23):
        api.advance(3600)
        assert works(server, token)
    api.advance(3600)
    wait_until(lambda: not works(server, token), what="the end of the day")
    refused(server, token, "kid")
    assert "24 hours old" in server.log()
    i.start()
    fresh = i.token()
    api.advance(60)
    has_keys(server, fresh, "the keys of the issuer that is back")


def test_an_issuer_may_start_after_the_server(provider, serve):
    i = provider()
    i.stop()
    server = serve(believed(i))
    wait_until(lambda: "cannot be had" in server.log(), what="the line about the failure")
    i.start()
    token = i.token()
    refused(server, token, "kid")
    Api(server.http).advance(60)
    has_keys(server, token)


def test_tokens_of_others_are_refused(provider, serve):
    i = provider()
    stranger = provider()
    server = serve(believed(i))
    has_keys(server, i.token())
    refused(server, stranger.token(), "issuer")
    refused(server, i.token(resource="https://another.api.example"), "audience")
    refused(server, i.token(resource="https://graph.microsoft.com"), "audience")
    assert stranger.asked == []


@pytest.mark.parametrize("settings, words", [
    ({"algorithm": "ES384"}, "kid"),
    ({"claims": {"tid": "99999999-8475-432d-bd41-39f255720e0a", "roles": outside.ROLES}}, "tenant"),
    ({"claims": {"roles": outside.ROLES}}, "no tenant"),
    ({"clients": [{"id": "99999999-0000-4000-8000-000000000001", "secret": outside.SECRET}]}, "application"),
    ({"clients": [{"id": "some-client", "secret": outside.SECRET}]}, "no GUID"),
    ({"life": 1}, "expired"),
])
def test_what_is_wrong_in_a_token_is_said(provider, serve, settings, words):
    i = provider(**settings)
    server = serve(believed(i))
    token = i.token()
    fetched(server)
    if words == "expired":
        assert works(server, token)
        Api(server.http).advance(302)
    refused(server, token, words)


def test_a_tenant_is_whose_the_issuer_is_configured_for(provider, serve):
    i = provider(claims={"tid": FABRIKAM, "roles": outside.ROLES})
    server = serve(believed(i, tenant=TENANT))
    token = i.token()
    has_keys(server, token)
    assert ask(server, token).json["tenantId"] == TENANT


# production

def certificate(folder):
    """A certificate of 127.0.0.1 that is its own CA."""
    cert, key = str(folder / "issuer.pem"), str(folder / "issuer.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", "/CN=issuer", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    return cert, key


def production(i, cert, **more):
    return {
        "profile": "production",
        "server": {"public_url": "https://calls.example.org"},
        "identity": {"issuers": [believed(i)]},
        "dial_out": {"allow": ["127.0.0.1"], "ca_file": cert},
        "directory": {
            "tenants": [{"id": TENANT, "name": "Home"}],
            "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Bot"}],
            "users": [{"id": BOB, "tenant": TENANT, "name": "Bob"}],
        }, **more}


@pytest.fixture
def in_production(provider, request, tmp_path):
    cert, key = certificate(tmp_path)
    i = provider(cert=cert, key=key, algorithm="ES256")
    s = Server(tmp_path, config=production(i, cert), tap=False)
    request.node.carillon_server = s
    s.start()
    yield s, i
    assert s.stop() == 0, s.log()


def test_production_takes_the_tokens_of_its_issuer_and_no_others(in_production):
    server, i = in_production
    token = i.token()
    body = Api(server.http).call_body([BOB], callback="https://127.0.0.1:9/callback")

    def made():
        return Api(server.http).send("POST", "/v1.0/communications/calls", body, {"Authorization": "Bearer " + token})
    fetched(server)
    assert made().headers["Location"].startswith("https://calls.example.org/")
    own = Api(server.http).send("POST", "/%s/oauth2/v2.0/token" % TENANT,
                                "grant_type=client_credentials&client_id=%s&client_secret=x&scope=y/.default" % CALLING_BOT,
                                {"Content-Type": "application/x-www-form-urlencoded"})
    assert own.status >= 400 and b"access_token" not in own.body
    code, _, err = run("token", "--data", server.data, "--profile", "production")
    assert code == 1 and "embedded issuer is off" in err


def test_production_is_asked_from_a_shell_with_the_operators_and_the_issuers_token(in_production):
    server, i = in_production
    words = ["--data", server.data, "--config", os.path.join(server.folder, "config.yaml")]
    fetched(server)
    code, out, err = run("call", BOB, "--callback", "https://127.0.0.1:9/callback", *words,
                         env={**os.environ, "CARILLON_TOKEN": i.token()})
    assert (code, err) == (1, "") and out.splitlines()[1:] == [
        "establishing", "terminated: No phone of the callee is registered. DiagCode: 480#10037.@"]
    assert out.splitlines()[0] in run("calls", *words)[1]
    code, out, err = run("hangup", out.splitlines()[0], *words)
    assert (code, out) == (1, "") and "CARILLON_TOKEN" in err


def test_production_makes_the_operators_token_once(in_production):
    server, _ = in_production
    path = os.path.join(server.data, "operator-token")
    token = open(path).read()
    assert len(token) == 65 and int(token, 16) >= 0 and token.endswith("\n")
    token = token.strip()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert path in server.log() and token not in server.log()

    def status(word):
        return Api(server.http).send("GET", "/_/calls", headers={"Authorization": "Bearer " + word}).status
    assert status(token) == 200
    assert status("f" * 64) == 401 and status(token[:-1]) == 401 and status("") == 401
    server.restart()
    assert open(path).read().strip() == token and status(token) == 200


@pytest.mark.parametrize("text, mode, words", [
    ("short\n", 0o600, "is no operator's token"),
    ("", 0o600, "is no operator's token"),
    ("0" * 64 + "\n", 0o644, "may be read by others"),
])
def test_an_operators_token_that_protects_nothing_stops_the_start(tmp_path, text, mode, words):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "operator-token").write_text(text)
    (data / "operator-token").chmod(mode)
    config = tmp_path / "c.yaml"
    config.write_text("""
profile: production
server: {public_url: 'https://calls.example.org', http: '127.0.0.1:0', https: '127.0.0.1:0'}
sip: {listen: '127.0.0.1:0', tls: '127.0.0.1:0'}
directory: {tenants: [{id: %s, name: Home}]}
""" % TENANT)
    code, _, err = run("serve", "--config", str(config), "--data", str(data))
    assert code == 1 and words in err


def test_a_bad_range_is_named_with_its_place(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("dial_out: {allow: [10.0.0.0/8, 10.0.0.0/99]}\n")
    code, _, err = run("serve", "--data", str(tmp_path / "data"), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0",
                       "--config", str(path))
    assert code == 1 and "dial_out.allow[1]" in err, err


def test_a_bad_issuer_is_named_with_its_place(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("identity:\n  issuers:\n    - issuer: https://login.example\n      audiences: [a]\n"
                    "      tenant: 99999999-8475-432d-bd41-39f255720e0a\n")
    for words in (["config", "check"], ["serve", "--data", str(tmp_path / "data"), "--http", "127.0.0.1:0",
                                        "--https", "127.0.0.1:0"]):
        code, _, err = run(*words, "--config", str(path))
        assert code == 1 and "identity.issuers[0].tenant" in err, err
