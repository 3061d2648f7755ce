"""Making a call: what the 201 says under every root, and that all roots are doors to one house."""
import re

import pytest

from api import CALLING_BOT, JOHN, TENANT

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Where a call can be made, and how its Location and its @odata.context then begin.
ROOTS = [(before + root, "/%s/%s" % (version, said)) for before, version in
         (("/v1.0", "v1.0"), ("/beta", "beta"), ("", "beta")) for root, said in
         (("/app", "app"), ("/applications/" + CALLING_BOT, "app"), ("/communications", "communications"))]

BETA_ONLY = {"activeModalities", "answeredBy", "meetingCapability", "ringingTimeoutInSeconds",
             "routingPolicies", "terminationReason"}

NULL = {"subject", "mediaState", "resultInfo", "chatInfo", "meetingInfo", "toneInfo", "callOptions",
        "incomingContext", "transcription"}


def spellings(call):
    bare = call.replace("-", "")
    return call, call.upper(), bare, bare.upper(), call[:20].upper() + call[20:]


def test_the_201_names_the_call_as_its_root_does(api):
    for root, said in ROOTS:
        a = api.request("POST", root + "/calls", api.call_body())
        assert a.status == 201, a
        version, where = said.strip("/").split("/")
        base = "http://" + api.at
        assert a.headers["Location"] == "%s%s/calls/%s" % (base, said, a.json["id"])
        assert a.json["@odata.context"] == "%s/%s/$metadata#%s/calls/$entity" % (base, version, where)
        assert a.headers["OData-Version"] == "4.0"
        assert api.request("GET", a.headers["Location"][len(base):]).json["id"] == a.json["id"]


def test_what_only_beta_has_is_left_out_of_v1(api):
    for root, said in ROOTS:
        call = api.request("POST", root + "/calls", api.call_body()).json
        for body in (call, api.request("GET", "%s/calls/%s" % (root, call["id"])).json):
            assert NULL <= {name for name in body if body[name] is None}
            assert BETA_ONLY & set(body) == (set() if said.startswith("/v1.0") else BETA_ONLY)


def test_the_201_holds_the_whole_call(api):
    a = api.request("POST", "/beta/app/calls", api.call_body(subject="Hello"))
    call = a.json
    assert call["@odata.type"] == "#microsoft.graph.call"
    assert GUID.fullmatch(call["id"]) and GUID.fullmatch(call["myParticipantId"])
    assert GUID.fullmatch(call["callChainId"])
    assert (call["state"], call["direction"], call["subject"]) == ("establishing", "outgoing", "Hello")
    assert call["tenantId"] == TENANT
    assert call["callRoutes"] == call["activeModalities"] == call["routingPolicies"] == []
    assert call["requestedModalities"] == ["audio"]
    assert call["mediaConfig"]["@odata.type"] == "#microsoft.graph.serviceHostedMediaConfig"
    source = call["source"]
    assert source["identity"]["application"]["id"] == CALLING_BOT
    assert source["region"] is None and source["languageId"] is None
    target = call["targets"][0]
    assert target["identity"]["user"]["id"] == JOHN
    assert target["@odata.type"] == "#microsoft.graph.participantInfo"
    assert target["region"] is None and target["languageId"] is None
    assert all(call[name] is None for name in NULL - {"subject"})


def test_what_the_server_decides_is_not_taken_from_the_request(api):
    a = api.request("POST", "/beta/app/calls", api.call_body(
        id="11111111-1111-1111-1111-111111111111", state="established", direction="incoming",
        myParticipantId="x", terminationReason="x", answeredBy={"identity": {}}, resultInfo={"code": 1},
        callRoutes=[{"routingType": "lookup"}], activeModalities=["video"],
        toneInfo={"tone": "tone1"}, unknownProperty={"a": [1]}))
    assert a.status == 201, a
    call = a.json
    assert call["id"] != "11111111-1111-1111-1111-111111111111"
    assert (call["state"], call["direction"]) == ("establishing", "outgoing")
    assert call["myParticipantId"] != "x"
    assert call["terminationReason"] is call["answeredBy"] is call["resultInfo"] is call["toneInfo"] is None
    assert call["callRoutes"] == call["activeModalities"] == []
    assert "unknownProperty" not in call


@pytest.mark.echoed(("identity", "shoeSize"))
def test_unknown_scalars_of_an_identity_come_back(api):
    body = api.call_body()
    body["targets"][0]["identity"]["user"].update(
        displayName="John", tenantId=TENANT, identityProvider="AAD", shoeSize=44, nested={"not": "kept"})
    user = api.request("POST", "/beta/app/calls", body).json["targets"][0]["identity"]["user"]
    assert (user["displayName"], user["tenantId"], user["identityProvider"]) == ("John", TENANT, "AAD")
    assert user["shoeSize"] == 44
    assert "nested" not in user


def test_words_of_enumerations_are_read_in_any_case_and_written_in_one(api):
    a = api.request("POST", "/beta/app/calls", api.call_body(requestedModalities=["AUDIO"]))
    assert a.status == 201, a
    assert a.json["requestedModalities"] == ["audio"]


def test_the_names_of_types_need_not_be_said_where_they_are_clear(api):
    a = api.request("POST", "/v1.0/communications/calls", {
        "callbackUri": api.inbox_uri("bot"), "targets": [{"identity": {"user": {"id": JOHN.upper()}}}],
        "requestedModalities": ["audio"],
        "mediaConfig": {"@odata.type": "microsoft.graph.serviceHostedMediaConfig"}})
    assert a.status == 201, a
    target = a.json["targets"][0]
    assert target["@odata.type"] == "#microsoft.graph.invitationParticipantInfo"
    assert target["replacesCallId"] is None
    api.inbox().wait_active(a.json["id"])


def test_an_id_is_the_same_in_every_spelling(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    operation = api.play(call, "https://cdn.contoso.com/cool.wav")["id"]
    for it in spellings(call):
        assert api.get_call(it).json["id"] == call
    for it in spellings(operation):
        a = api.request("GET", "/beta/app/calls/%s/operations/%s" % (call.upper(), it))
        assert a.json["id"] == operation
    for it in spellings(CALLING_BOT):
        assert api.request("GET", "/v1.0/applications/%s/calls/%s" % (it, call)).status == 200
    assert api.delete_call(call.replace("-", "").upper()).status == 204


def test_actions_may_carry_their_namespace(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    prompt = {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                           "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]}
    for action, body, status in (("playPrompt", prompt, 200), ("subscribeToTone", {}, 200),
                                 ("cancelMediaProcessing", {}, 202), ("keepAlive", None, 200),
                                 ("KEEPALIVE", None, 200), ("answer", {}, 400)):
        for name in (action, "microsoft.graph." + action):
            a = api.request("POST", "/beta/app/calls/%s/%s" % (call, name), body)
            assert a.status == status, (name, a)


def test_a_call_made_under_one_root_works_under_all(api):
    inbox = api.inbox()
    calls = [api.create_call(path=root + "/calls") for root, _ in ROOTS]
    for call in calls:
        inbox.wait_active(call)
        for root, _ in ROOTS:
            at = "%s/calls/%s" % (root, call)
            assert api.request("GET", at).json["state"] == "established", root
            assert api.request("POST", at + "/keepAlive").status == 200, root
            assert api.request("POST", at + "/subscribeToTone", {}).status == 200, root
    for call, (root, _) in zip(calls, ROOTS[1:] + ROOTS[:1]):
        assert api.request("DELETE", "%s/calls/%s" % (root, call)).status == 204
        inbox.wait_end(call)


def test_notices_are_the_same_for_both_roots(api):
    for root, name in (("/beta/app", "a"), ("/v1.0/communications", "b")):
        call = api.create_call(callback=api.inbox_uri(name), path=root + "/calls")
        inbox = api.inbox(name)
        inbox.wait_active(call)
        for notice in inbox.notices():
            assert notice["resource"] == "/app/calls/" + call
            assert notice["resourceUrl"] == "/communications/calls/" + call
            assert notice["callbackUri"] == api.inbox_uri(name)


def test_what_the_client_sent_to_find_its_request_again_comes_back(api):
    a = api.request("POST", "/beta/app/calls", api.call_body(),
                    {"client-request-id": "my-own-id", "scenario-id": "my-scenario"})
    assert a.status == 201, a
    assert a.headers["client-request-id"] == "my-own-id"
    assert a.headers["scenario-id"] == "my-scenario"
    assert GUID.fullmatch(a.headers["request-id"])
    assert "ServerInfo" in a.headers["x-ms-ags-diagnostic"]
    plain = api.get_call(a.json["id"])
    assert plain.headers["request-id"] != a.headers["request-id"]
    assert plain.headers["client-request-id"] == plain.headers["request-id"]


@pytest.mark.carillon(flags=["--public-url", "https://calls.example.org"])
def test_the_public_address_is_what_is_said_never_the_host_header(api):
    a = api.request("POST", "/beta/app/calls", api.call_body(), {"Host": "evil.example.com"})
    assert a.status == 201, a
    assert a.headers["Location"].startswith("https://calls.example.org/beta/app/calls/")
    assert a.json["@odata.context"].startswith("https://calls.example.org/beta/$metadata")
    assert b"evil" not in a.body


def test_a_user_whom_nobody_knows_ends_the_call_and_does_not_refuse_it(api):
    call = api.create_call(["99999999-0000-4000-8000-000000000000"])
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (404, 8543)
