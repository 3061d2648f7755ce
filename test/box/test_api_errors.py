"""What is refused, and how: each row of the error table, its status, its code, and a sentence that helps."""
import base64
import json
import re

import pytest

import server
from api import APPS, BOB, CALLING_BOT, FABRIKAM, JOHN, SILENT

CALLS = "/beta/app/calls"
NOBODY = "00000000-0000-4000-8000-000000000000"
MEETING = {
    "targets": [],
    "chatInfo": {"threadId": "19:cbee7c1c860e465f8258e3cebf7bee0d@thread.skype", "messageId": "0"},
    "meetingInfo": {"@odata.type": "#microsoft.graph.organizerMeetingInfo",
                    "organizer": {"user": {"id": BOB}}},
}
GUEST = {"source": {"identity": {"guest": {"id": "g", "displayName": "A guest"}}}}
APP_HOSTED = {"mediaConfig": {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": "hush"}}


def refused(a, status, code, *words):
    """The answer is this error, in the form that every error has, and says these words."""
    assert a.status == status, a
    assert list(a.json) == ["error"]
    error = a.json["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert error["code"] == code, a
    inner = error["innerError"]
    assert set(inner) == {"request-id", "client-request-id", "date"}
    assert inner["request-id"] == a.headers.get("request-id", inner["request-id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner["date"])
    assert a.headers["Content-Type"].startswith("application/json")
    for word in words:
        assert word in error["message"], a
    return error["message"]


def create(api, body=None, headers=None, **change):
    """POSTs a good call but for what is changed; None takes a member away."""
    if body is None:
        body = api.call_body()
        body.update(change)
        body = {k: v for k, v in body.items() if v is not None}
    return api.request("POST", CALLS, body, headers)


# the body


NOT_JSON = [
    b"", b"{", b'{"a":', b"{} x", b"not json", b"{'a': 1}", b'{"a":,}', b'{"a": 1,, "b": 2}', b"{}{}", b"{}\0", b"\0{}",
    b"{a: 1}", b'{"a" 1}', b'{"a": 1 "b": 2}', b'{"a": [1}', b'{"a": // why\n1}', b'{"a": /* why */ 1}', b'\x0b{}',
    # numbers
    b'{"a": 01}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -}', b'{"a": +1}', b'{"a": 1.}', b'{"a": .5}', b'{"a": 0x10}',
    b'{"a": 1e}', b'{"a": 1e400}', b'{"a": -1e400}', b'{"a": 1' + b"0" * 400 + b"}", b'{"a": 9223372036854775808}',
    # texts
    b'{"a": "\\ud800"}', b'{"a": "\\udc00\\ud800"}', b'{"a": "\\ud800x"}', b'{"a": "\\u12"}', b'{"a": "\\x41"}',
    b'{"a": "\t"}', b'{"a": "\n"}', b'{"a": "\0"}', b'{"\\u0000": 1}', b'{"a": "' + b"x" * 100000,
    # other encodings
    b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}", '{"a": "\u00e4"}'.encode("latin-1")]


def test_what_is_not_json_is_a_bad_request(api):
    for body in NOT_JSON:
        message = refused(create(api, body), 400, "BadRequest", "line ")
        assert len(message) < 200, message


def test_json_that_is_odd_and_right_is_taken(api):
    body = json.dumps(api.call_body(subject="\U0001f514"))
    assert "\\ud83d\\udd14" in body
    for odd in (body, " \r\n\t" + body + "\n" * 1000, body[:-1] + ', "x": 1e308, "y": -0, "z": [' + "1," * 30000 + "1]}",
                body[:-1] + "".join(', "k%d": null' % i for i in range(10000)) + "}"):
        a = create(api, odd)
        assert a.status == 201 and a.json["subject"] == "\U0001f514", a


def test_a_key_that_stands_twice_is_refused(api):
    for body in (b'{"subject": "a", "subject": "b"}', b'{"a": {"b": 1, "b": 1}}', b'{"a": [{"b": 1, "\\u0062": 2}]}'):
        refused(create(api, body), 400, "BadRequest", "twice")


def test_bytes_that_are_not_utf_8_are_refused(api):
    for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
        refused(create(api, b'{"subject": "' + bad + b'"}'), 400, "BadRequest")
    refused(create(api, b'{"subject": "a\\u0000b"}'), 400, "BadRequest")


def test_nesting_has_a_limit_of_64(api):
    refused(create(api, b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"), 400, "BadRequest", "64")
    refused(create(api, b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"), 400, "8523", "callbackUri")
    for body in (b"[" * 100000, b'{"a":' * 50000, b'[{"a":' * 30000, b'{"a":"' + b"[" * 100000):
        refused(create(api, body), 400, "BadRequest")


def test_a_comma_too_many_is_forgiven_and_counted(api):
    before = metric(api, "carillon_http_lenient_bodies_total")
    body = json.dumps(api.call_body())
    assert create(api, body[:-1] + ",}").status == 201
    assert metric(api, "carillon_http_lenient_bodies_total") == before + 1
    assert create(api, body).status == 201
    assert metric(api, "carillon_http_lenient_bodies_total") == before + 1


def metric(api, name):
    text = api.send("GET", "/metrics").body.decode()
    return float(re.search(r"^%s (\S+)$" % name, text, re.M).group(1))


@pytest.mark.carillon(env={"CARILLON_API_STRICT_JSON": "true"})
def test_a_strict_server_forgives_no_comma(api):
    body = json.dumps(api.call_body())
    refused(create(api, body[:-1] + ",}"), 400, "BadRequest", "line 1")
    assert create(api, body).status == 201


WRONG_FIELDS = [
    ({"callbackUri": None}, ["'callbackUri'", "missing"]),
    ({"callbackUri": ""}, ["'callbackUri'"]),
    ({"callbackUri": "not an address"}, ["'callbackUri'"]),
    ({"callbackUri": "ftp://bot.contoso.com/"}, ["'callbackUri'"]),
    ({"callbackUri": "https://"}, ["'callbackUri'", "host"]),
    ({"callbackUri": "https://169.254.169.254/latest"}, ["'callbackUri'", "169.254.169.254"]),
    ({"callbackUri": 7}, ["'callbackUri'", "string"]),
    ({"targets": None}, ["'targets'"]),
    ({"targets": []}, ["'targets'"]),
    ({"targets": "john"}, ["'targets'", "list"]),
    ({"targets": [None]}, ["'targets[0]'", "object"]),
    ({"targets": [{}]}, ["'targets[0].identity'", "missing"]),
    ({"targets": [{"identity": {}}]}, ["'targets[0].identity'"]),
    ({"targets": [{"identity": {"user": {}}}]}, ["'targets[0].identity.user.id'"]),
    ({"targets": [{"identity": {"user": {"id": "john"}}}]}, ["'targets[0].identity.user.id'", "GUID"]),
    ({"targets": [{"identity": {"user": {"id": 5}}}]}, ["'targets[0].identity.user.id'", "string"]),
    ({"targets": [{"identity": {"user": {"id": JOHN}}}] * 26}, ["'targets'", "25"]),
    ({"requestedModalities": None}, ["'requestedModalities'"]),
    ({"requestedModalities": []}, ["'requestedModalities'"]),
    ({"requestedModalities": ["smell"]}, ["'requestedModalities[0]'", "audio"]),
    ({"requestedModalities": ["video"]}, ["'requestedModalities'", "audio"]),
    ({"mediaConfig": None}, ["'mediaConfig'", "missing"]),
    ({"mediaConfig": {}}, ["'mediaConfig.@odata.type'", "missing"]),
    ({"mediaConfig": {"@odata.type": "#microsoft.graph.call"}}, ["'mediaConfig.@odata.type'"]),
    ({"tenantId": "contoso"}, ["'tenantId'", "GUID"]),
    ({"ringingTimeoutInSeconds": 0}, ["'ringingTimeoutInSeconds'", "115"]),
    ({"ringingTimeoutInSeconds": 116}, ["'ringingTimeoutInSeconds'", "115"]),
    ({"ringingTimeoutInSeconds": "60"}, ["'ringingTimeoutInSeconds'", "integer"]),
    ({"ringingTimeoutInSeconds": 1.5}, ["'ringingTimeoutInSeconds'", "integer"]),
    ({"subject": {"a": 1}}, ["'subject'", "string"]),
    (dict(MEETING, chatInfo=None), ["'chatInfo'"]),
    (dict(MEETING, meetingInfo=None), ["'meetingInfo'"]),
]


def test_a_wrong_field_is_named_and_what_was_expected(api):
    for change, words in WRONG_FIELDS:
        refused(create(api, **change), 400, "8523", *words)


def test_a_body_that_is_no_object_is_refused(api):
    for body in (b"[]", b'"text"', b"7", b"null", b"true"):
        refused(create(api, body), 400, "8523", "object")


def test_a_client_context_has_at_most_256_characters(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    for action in ("subscribeToTone", "cancelMediaProcessing"):
        refused(api.act(call, action, {"clientContext": "c" * 257}), 400, "8523", "'clientContext'", "256")
        assert api.act(call, action, {"clientContext": "\u00e4" * 256}).status < 300


WRONG_PROMPTS = [
    ({}, ["'prompts'"]),
    ({"prompts": []}, ["'prompts'", "one"]),
    ({"prompts": None}, ["'prompts'"]),
    ({"prompts": [None]}, ["'prompts[0]'"]),
    ({"prompts": [{}]}, ["'prompts[0].@odata.type'"]),
    ({"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt"}]}, ["'prompts[0].mediaInfo'"]),
    ({"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {}}]}, ["mediaInfo.uri'"]),
    ({"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": "x"}}] * 21}, ["20"]),
    ({"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": "x"}, "loop": -1}]},
     ["'prompts[0].loop'"]),
]


def test_a_wrong_prompt_is_refused_and_harms_nobody(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    for body, words in WRONG_PROMPTS:
        refused(api.act(call, "playPrompt", body), 400, "8523", *words)
        assert api.get_call(call).json["state"] == "established"


# who asks


def bad_tokens(api):
    good = api.token()
    head, claims, signature = good.split(".")
    yield "no token", None
    yield "another scheme", "Basic " + good
    yield "no token after the word", "Bearer "
    yield "no JWT", "Bearer hush"
    yield "another body", "Bearer %s.%s.%s" % (head, claims[:-2] + "AA", signature)
    yield "no signature", "Bearer %s.%s." % (head, claims)
    yield "alg none", "Bearer eyJhbGciOiJub25lIn0.%s." % claims
    yield "alg none, with a signature", "Bearer eyJhbGciOiJub25lIn0.%s.%s" % (claims, signature)
    yield "twice", "Bearer %s %s" % (good, good)
    yield "four parts", "Bearer %s.%s" % (good, signature)
    yield "dots alone", "Bearer " + "." * 5000
    yield "in quotes", 'Bearer "%s"' % good
    yield "padded", "Bearer %s=.%s.%s" % (head, claims, signature)
    yield "more than 8 KiB", "Bearer %s.%s.%s" % (head, claims, signature * 40)
    yield "not base64url", "Bearer %s.%s.%s" % (head, claims.replace("A", "+"), signature)
    yield "deep", "Bearer %s.%s.%s" % (head, base64.urlsafe_b64encode(b"[" * 4000).decode().rstrip("="), signature)
    yield "as a secret", "Basic " + base64.b64encode(b"hush:" + good.encode()).decode()
    yield "another letter", "Bearer " + good[:-10] + "\u00e4" + good[-9:]


def test_without_a_good_token_nothing_is_told(api):
    for what, header in bad_tokens(api):
        a = api.send("POST", CALLS, api.call_body(), {"Authorization": header} if header else {})
        refused(a, 401, "InvalidAuthenticationToken")
        assert a.headers["WWW-Authenticate"].startswith("Bearer "), what
        assert b"hush" not in a.body, what


def test_a_token_of_a_notice_opens_no_door(api, receiver):
    api.create_call(callback=receiver.uri)
    receiver.wait_state("establishing")
    a = api.send("POST", CALLS, api.call_body(), {"Authorization": receiver.posts[0].headers["Authorization"]})
    refused(a, 401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in a.headers


def test_a_token_ends_with_its_hour(api):
    assert api.request("GET", CALLS + "/" + NOBODY).status == 404
    assert api.send("POST", "/_/clock", {"advanceSeconds": 3600 + 301}).status == 200
    refused(api.request("GET", CALLS + "/" + NOBODY), 401, "InvalidAuthenticationToken")


MISSING_ROLES = [
    ("bare", {}, "Calls.Initiate.All"),
    ("guest", {}, "Calls.Initiate.All"),
    ("bare", MEETING, "Calls.JoinGroupCall.All"),
    ("guest", MEETING, "Calls.JoinGroupCall.All"),
    ("bare", {**MEETING, **GUEST}, "Calls.JoinGroupCallAsGuest.All"),
    ("bare", {"targets": [{"identity": {"user": {"id": u}}} for u in (JOHN, BOB)]},
     "Calls.InitiateGroupCall.All"),
    ("nomedia", APP_HOSTED, "Calls.AccessMedia.All"),
]


def test_a_missing_role_is_named(api):
    for app, change, role in MISSING_ROLES:
        message = refused(create(api.as_app(app), **change), 403, "7504")
        assert role in message.replace("JoinGroupCalls", "JoinGroupCall").replace("GroupCalls.", "GroupCall.")


def test_the_call_must_be_of_the_tokens_tenant(api):
    refused(create(api, tenantId=FABRIKAM), 403, "7505")
    refused(create(api.as_app("fabrikam"), tenantId=APPS["calling"][0]), 403, "7505")


def test_the_source_must_be_the_tokens_application(api):
    for other in ("bare", "fabrikam"):
        source = {"identity": {"application": {"id": APPS[other][1]}}}
        refused(create(api, source=source), 403, "7507", "source")
    assert create(api, source={"identity": {"application": {"id": CALLING_BOT.upper()}}}).status == 201


# what is not there


def without_ids(a):
    body = a.json
    body["error"].pop("innerError")
    return a.status, body


def test_a_strangers_call_is_as_if_it_were_not_there(api):
    call = api.create_call([SILENT])
    api.inbox().wait_state("establishing", call)
    for app in ("bare", "guest", "nomedia", "fabrikam"):
        other = api.as_app(app)
        for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/playPrompt"), ("POST", "/keepAlive"),
                             ("POST", "/subscribeToTone"), ("POST", "/cancelMediaProcessing"),
                             ("GET", "/operations/" + NOBODY)):
            body = {} if method == "POST" else None
            seen = other.request(method, "%s/%s%s" % (CALLS, call, rest), body)
            refused(seen, 404, "8522")
            for id_ in (NOBODY, "no-id-at-all", "%2e%2e"):
                nothing = other.request(method, "%s/%s%s" % (CALLS, id_, rest), body)
                assert without_ids(seen) == without_ids(nothing)
        at = "/v1.0/applications/%s/calls/%s" % (CALLING_BOT, call)
        assert without_ids(other.request("GET", at)) == without_ids(other.get_call(NOBODY))
    assert api.get_call(call).status == 200


def test_an_operation_that_is_not_there_is_like_a_call_that_is_not_there(api):
    call = api.create_call([SILENT])
    for id_ in (NOBODY, "x", call):
        refused(api.request("GET", "%s/%s/operations/%s" % (CALLS, call, id_)), 404, "8522")


NO_PATHS = [
    "/", "/nothing", "/beta", "/beta/", "/v1.0/app", "/beta/app/nothing", "/beta/me", "/v2.0/app/calls",
    "/beta/v1.0/app/calls", "/beta//app/calls/x", CALLS + "/x/nothing", CALLS + "/x/y/z/1/2/3/4/5/6/7/8/9/10/11",
    "/_/nothing", "/_", "/app/_/calls", "/beta/microsoft.graph.nothing"]


def test_a_path_that_nobody_knows_is_not_found(api):
    for path in NO_PATHS:
        for method in ("GET", "POST"):
            refused(api.request(method, path, {} if method == "POST" else None), 404, "ResourceNotFound")


NO_METHODS = [
    ("GET", CALLS, "POST"),
    ("PUT", CALLS, "POST"),
    ("PATCH", CALLS + "/" + NOBODY, "GET, DELETE"),
    ("POST", CALLS + "/" + NOBODY, "GET, DELETE"),
    ("GET", CALLS + "/" + NOBODY + "/playPrompt", "POST"),
    ("DELETE", CALLS + "/" + NOBODY + "/operations/" + NOBODY, "GET"),
    ("POST", "/livez", "GET"),
    ("PUT", "/_/inbox/x", "POST, GET, DELETE"),
    ("TRACE", "/livez", "GET"),
    ("OPTIONS", CALLS, "POST"),
]


def test_a_method_that_a_path_does_not_have_is_answered_with_those_it_has(api):
    for method, path, allow in NO_METHODS:
        a = api.request(method, path)
        refused(a, 405, "MethodNotAllowed")
        assert a.headers["Allow"] == allow


NOT_BUILT = [("GET", CALLS + "/x/contentSharingSessions"),
             ("GET", "/v1.0/communications/calls/%s/contentSharingSessions" % NOBODY)]


def test_what_is_not_built_says_so(api):
    for method, path in NOT_BUILT:
        refused(api.request(method, path, {} if method == "POST" else None), 501, "8520", "docs/api.md")


PSTN = {"identity": {"phone": {"id": "+4930123456"}}}
KINDS_NOT_BUILT = [{"targets": [PSTN]}, {"targets": [{"identity": {"user": {"id": JOHN}}}, PSTN]}]


def test_a_kind_of_call_that_is_not_built_says_so(api):
    for change in KINDS_NOT_BUILT:
        refused(create(api, **change), 501, "8520", "not built")


def test_what_is_not_built_needs_a_token_all_the_same(api):
    refused(api.send("POST", CALLS + "/x/answer", {}), 401, "InvalidAuthenticationToken")


# limits


def test_a_body_has_at_most_256_kib(api):
    refused(create(api, b" " * (256 * 1024 + 1)), 413, "RequestEntityTooLarge")
    body = json.dumps(api.call_body()).encode()
    assert create(api, body + b" " * (256 * 1024 - len(body))).status == 201


def test_a_body_must_say_that_it_is_json(api):
    body = json.dumps(api.call_body())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application"):
        refused(create(api, body, {"Content-Type": kind}), 415, "UnsupportedMediaType")
    refused(create(api, body, {"Content-Encoding": "gzip"}), 415, "UnsupportedMediaType")
    refused(api.request("POST", CALLS), 415, "UnsupportedMediaType")
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json;odata.metadata=full"):
        assert create(api, body, {"Content-Type": kind}).status == 201


def test_headers_have_at_most_32_kib(api):
    refused(create(api, headers={"X-Long": "x" * 33000}), 431, "RequestHeaderFieldsTooLarge")
    assert api.request("GET", CALLS + "/x", headers={"X-Long": "x" * 20000}).status == 404


@pytest.mark.carillon(flags=["--calls-per-application", "2"])
def test_an_application_has_so_many_calls_and_no_more(api):
    first, second = api.create_call([SILENT]), api.create_call([SILENT])
    a = create(api)
    refused(a, 429, "8530", "2")
    assert int(a.headers["Retry-After"]) > 0
    assert create(api.as_app("nomedia")).status == 201
    assert api.delete_call(first).status == 204
    api.inbox().wait_end(first)
    assert create(api).status == 201
    refused(create(api), 429, "8530")
    assert api.get_call(second).status == 200


def test_a_call_has_100_waiting_operations_and_no_more(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    body = {"loop": True, "prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                                       "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]}
    answers = [api.act(call, "playPrompt", body) for _ in range(101)]
    assert [a.status for a in answers] == [200] * 100 + [429]
    refused(answers[-1], 429, "8530", "100")
    assert int(answers[-1].headers["Retry-After"]) > 0


# secrets


def test_no_secret_is_echoed_or_logged(carillon, api):
    secret = "s3cr3t-hush"
    answers = [
        api.send("POST", CALLS, api.call_body(), {"Authorization": "Bearer " + secret}),
        create(api, **{"mediaConfig": {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": secret}}),
        create(api, ('{"mediaConfig": "%s"}' % secret).encode()),
        create(api, ('{"callbackUri": %s}' % secret).encode()),
        create(api, callbackUri="ftp://user:%s@bot.contoso.com/" % secret),
        create(api, **{"ringingTimeoutInSeconds": secret}),
        api.send("POST", "/%s/oauth2/v2.0/token" % APPS["calling"][0],
                 "grant_type=client_credentials&client_id=%s&client_secret=%s&scope=x/.default" % (
                     CALLING_BOT, secret), {"Content-Type": "application/x-www-form-urlencoded"}),
    ]
    for a in answers:
        assert a.status >= 400, a
        assert secret.encode() not in a.body, a
    assert secret not in carillon.log()
    assert "dev-secret" not in carillon.log().replace("john-dev-secret", "")


def test_the_program_lists_what_is_not_built():
    code, out, _ = server.run("--dump-routes")
    assert code == 0
    assert "POST …/calls | token | built" in out
    assert "GET …/calls/*/contentSharingSessions | token | 501" in out
