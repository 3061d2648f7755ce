"""The validator itself: what it must find, and that it finds nothing in what is good (schema.py, seen.py)."""
import copy
import json

import pytest

import schema
import seen
from api import Answer, Api
from server import run

CALL, OTHER, BOT = ("%d1111111-1111-4111-8111-111111111111" % n for n in (1, 2, 3))
AT = "http://127.0.0.1:8080"
BETA, V1 = "/beta/app/calls", "/v1.0/communications/calls"


def typed(name, **more):
    return {"@odata.type": "#microsoft.graph." + name, **more}


def info(name="participantInfo", user=OTHER, **more):
    return typed(name, identity=typed("identitySet", user=typed("identity", id=user)), **more)


def call(path=BETA):
    """A call as POST shows it: all that there is in its version, null where there is nothing."""
    era = "v1" if path == V1 else "beta"
    page = {key: None for key in schema.Shape("call", era).needs[schema.WHOLE]}
    page.update(typed("call", id=CALL, callbackUri=AT + "/bot", state="establishing", direction="outgoing",
                      callRoutes=[], source=info(), targets=[info("invitationParticipantInfo")],
                      requestedModalities=["audio"],
                      mediaConfig=typed("serviceHostedMediaConfig")))
    version, root, what = path.strip("/").split("/")
    page["@odata.context"] = "%s/%s/$metadata#%s/%s/$entity" % (AT, version, root, what)
    return page


def operation(path=BETA, name="playPromptOperation", **more):
    version, root, _ = path.strip("/").split("/")
    context = "%s/%s/$metadata#%s/calls('%s')/operations/$entity" % (AT, version, root, CALL)
    return typed(name, **{"@odata.context": context, "id": OTHER, "status": "running", "clientContext": "x"}, **more)


def row(**more):
    stream = typed("mediaStream", mediaType="audio", sourceId="1", direction="sendReceive", serverMuted=False)
    return typed("participant", **{"id": OTHER, "info": info(), "isInLobby": False, "isMuted": False,
                                   "mediaStreams": [stream], **more})


def changed(page, path, value):
    """A copy of it, in which what is at that path is another; ...: it is not there."""
    page = copy.deepcopy(page)
    at = page
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return page


def answer(status, page, **headers):
    return Answer(status, headers, b"" if page is None else json.dumps(page).encode())


def one(found, words):
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize("path", [BETA, V1])
def test_a_good_call_is_good(path):
    assert seen.wrong_answer("POST", path, answer(201, call(path))) == []


@pytest.mark.parametrize("path, at, value, words", [
    (BETA, ["stat"], "x", "has no stat"),
    (BETA, ["source", "identity", "usr"], typed("identity"), "it.source.identity: a identitySet of beta has no usr"),
    (BETA, ["tenantId"], 5, "it.tenantId: is no Edm.String"),
    (BETA, ["ringingTimeoutInSeconds"], True, "no Edm.Int32"),
    (BETA, ["ringingTimeoutInSeconds"], 2**31, "no Edm.Int32"),
    (BETA, ["targets"], {}, "it.targets: is no list"),
    (BETA, ["targets"], [None], "it.targets[0]: is no value"),
    (BETA, ["state"], "waiting", "no callState"),
    (BETA, ["state"], "Incoming", "no callState"),
    (BETA, ["state"], "unknownFutureValue", "no callState"),
    (V1, ["state"], "ringing", "no callState"),
    (BETA, ["callbackUri"], None, "it.callbackUri: is null"),
    (BETA, ["callbackUri"], ..., "lacks callbackUri"),
    (BETA, ["subject"], ..., "lacks subject"),
    (BETA, ["source", "identity"], ..., "it.source: lacks identity"),
    (BETA, ["resultInfo"], typed("resultInfo", code=200, message="x"), "it.resultInfo: lacks subcode"),
    (BETA, ["resultInfo"], typed("resultInfo", code="200", subcode=0), "it.resultInfo.code: is no Edm.Int32"),
    (BETA, ["transcription"], typed("callTranscriptionInfo", state="active",
                                    lastModifiedDateTime="2026-02-30T10:00:00.000Z"), "no Edm.DateTimeOffset"),
    (BETA, ["mediaConfig"], typed("mediaConfig"), "is a mediaConfig and no mediaConfig"),
    (BETA, ["mediaConfig"], typed("call"), "is a call and no mediaConfig"),
    (BETA, ["mediaConfig", "@odata.type"], ..., "says not what it is"),
    (BETA, ["mediaConfig", "@odata.type"], "serviceHostedMediaConfig", "has the type serviceHostedMediaConfig"),
    (BETA, ["source", "@odata.id"], "x", "has no @odata.id"),
    (V1, ["terminationReason"], None, "a call of v1 has no terminationReason"),
    (BETA, ["@odata.context"], AT + "/v1.0/$metadata#app/calls/$entity", "the context"),
    (BETA, ["@odata.context"], AT + "/beta/$metadata#communications/calls/$entity", "the context"),
    (V1, ["@odata.context"], AT + "/v1.0/$metadata#communications/calls", "the context"),
    (V1, ["@odata.context"], ..., "the context is None"),
])
def test_one_thing_that_is_wrong_with_a_call_is_found(path, at, value, words):
    one(seen.wrong_answer("POST", path, answer(201, changed(call(path), at, value))), words)


@pytest.mark.parametrize("kind, good, bad", [
    ("Edm.Guid", [CALL], [CALL.upper().replace("1", "A"), CALL[1:], 1]),
    ("Edm.Duration", ["PT0.02S", "P1DT2H", "P1D"], ["P", "PT", "20 ms", 20]),
    ("Edm.Double", [1, 0.5], ["1", True]),
    ("Edm.DateTimeOffset", ["2026-11-28T08:00:00.000Z"], ["2026-11-28T08:00:00Z", "2026-11-31T08:00:00.000Z", 0]),
    ("Edm.Int64", [2**53], [2**63, 1.0, True, "1"]),
])
def test_plain_values_have_their_form(kind, good, bad):
    check = schema.checker(kind, "any")
    assert [v for v in good if check(v)] == [] == [v for v in bad if not check(v)]


@pytest.mark.parametrize("method, path, status, page, words", [
    ("GET", BETA + "/" + CALL, 202, None, "knows no 202"),
    ("GET", "/beta/app/calls/%s/secrets" % CALL, 200, {}, "knows no 200"),
    ("GET", "/communications", 200, {}, "knows no 200"),
    ("DELETE", BETA + "/" + CALL, 204, {}, "has a body"),
    ("GET", BETA + "/" + CALL, 200, None, "no body"),
    ("POST", BETA + "/%s/playPrompt" % CALL, 200, operation(name="recordOperation"), "is a"),
    ("POST", BETA + "/%s/mute" % CALL, 200, operation(name="muteParticipantOperation"), "and no commsOperation"),
    ("GET", BETA + "/%s/participants" % CALL, 200, {
        "@odata.context": AT + "/beta/$metadata#app/calls('%s')/participants" % CALL,
        "value": [row(), row(isMuted=None)]}, "it.isMuted: is null"),
])
def test_an_answer_that_its_path_does_not_give_is_found(method, path, status, page, words):
    found = seen.wrong_answer(method, path, answer(status, page))
    assert any(words in w for w in found), found


@pytest.mark.parametrize("method, path, status, page", [
    ("POST", BETA + "/%s/playPrompt" % CALL.upper(), 200, operation()),
    ("POST", BETA + "/%s/microsoft.graph.mute" % CALL, 200, operation(name="commsOperation")),
    ("POST", V1 + "/%s/mute/" % CALL, 200, operation(V1, "muteParticipantOperation")),
    ("GET", V1 + "/%s/operations/%s" % (CALL, OTHER), 200, operation(V1, "recordOperation", recordingLocation=None)),
    ("POST", "/APP/calls/%s/keepAlive" % CALL, 200, None),
    ("GET", BETA + "/%s?$select=id" % CALL, 200, typed("call", **{k: call()[k] for k in ("@odata.context", "id")})),
    ("POST", "/applications/%s/calls/%s/cancelMediaProcessing" % (BOT, CALL), 202, None),
    ("POST", "/v1.0/communications/calls/logTeleconferenceDeviceQuality", 200, None),
    ("GET", "/users/%s/onlineMeetings?$filter=x&$select=subject" % BOT, 200, {
        "@odata.context": AT + "/beta/$metadata#users('%s')/onlineMeetings" % BOT,
        "value": [typed("onlineMeeting", subject=None)]}),
    ("GET", "/beta/$metadata", 200, {"is": "no resource"}),
    ("GET", "/_/calls", 200, {"is": "our own"}),
    ("HEAD", BETA + "/" + CALL, 200, None),
])
def test_good_answers_are_good(method, path, status, page):
    assert seen.wrong_answer(method, path, answer(status, page)) == []


ERROR = {"error": {"code": "8523", "message": "No.", "innerError": {
    "request-id": CALL, "client-request-id": "mine", "date": "2026-11-28T08:00:00"}}}


@pytest.mark.parametrize("at, value, words", [
    (["error", "innerError", "request-id"], OTHER, "not that of the header"),
    (["error", "innerError", "date"], "2026-11-28T08:00:00.000Z", "no date"),
    (["error", "innerError", "date"], ..., "an innerError has"),
    (["error", "innerError", "more"], 1, "an innerError has"),
    (["error", "innererror"], {}, "an error has"),
    (["error", "innerError"], ..., "an error has"),
    (["error", "code"], 8523, "'code' is no text"),
    (["error", "message"], "", "'message' is no text"),
    (["error"], "8523", "an error has"),
    (["errors"], [], "an error has"),
])
def test_an_error_of_another_form_is_found(at, value, words):
    headers = {"request-id": CALL, "client-request-id": "mine"}
    assert seen.wrong_answer("GET", "/beta/app/nothing", answer(404, ERROR, **headers)) == []
    one(seen.wrong_answer("GET", "/beta/app/nothing", answer(404, changed(ERROR, at, value), **headers)), words)


@pytest.mark.parametrize("page, words", [
    (None, "no JSON"), (changed(ERROR, ["error", "innerError", "request-id"], "x"), "no GUID")])
def test_an_error_without_headers_is_looked_at_too(page, words):
    one(seen.wrong_answer("GET", BETA + "/x", answer(404, page)), words)


def notice(data, below="", change="updated"):
    path = "/%s/calls/" + CALL + below
    return typed("commsNotification", changeType=change, resource=path % "app", resourceUrl=path % "communications",
                 callbackUri=AT + "/bot", resourceData=data)


def delta(**more):
    return typed("deltaParticipants", sequenceNumber=1, participants=[row(rosterSequenceNumber=1)], **more)


DONE = {"@odata.id": "/communications/calls/%s/operations/%s" % (CALL, OTHER), "id": OTHER, "status": "completed",
        "resultInfo": typed("resultInfo", code=200, subcode=0)}
STATE = notice(typed("call", id=CALL, state="established", toneInfo=typed("toneInfo", sequenceId=1, tone="tone1")))
END = notice(typed("playPromptOperation", **DONE), "/operations/" + OTHER, "deleted")
ROSTER = notice([row()], "/participants")
INCOMING = notice(typed("call", id=CALL, state="incoming", callbackUri=AT + "/bot"), "", "created")


@pytest.mark.parametrize("n", [STATE, END, ROSTER, INCOMING, notice(delta(), "/participants"),
                               notice(typed("call", id=CALL), "", "deleted")])
def test_good_notices_are_good(n):
    assert seen.wrong_body(json.dumps(typed("commsNotifications", value=[n, n])).encode()) == []


@pytest.mark.parametrize("n, at, value, words", [
    (STATE, ["resourceData", "id"], ..., "lacks id"),
    (STATE, ["resourceData", "id"], OTHER, "the id is"),
    (STATE, ["resourceData", "state"], ..., "updated with the state None"),
    (STATE, ["resourceData", "callbackUri"], None, "it.callbackUri: is null"),
    (STATE, ["resourceData", "toneInfo", "tone"], ..., "it.toneInfo: lacks tone"),
    (STATE, ["resourceData", "toneInfo", "sequenceId"], "1", "no Edm.Int64"),
    (STATE, ["resourceData", "mood"], "good", "a call of any has no mood"),
    (STATE, ["changeType"], "deleted", "deleted with the state established"),
    (STATE, ["changeType"], "gone", "no changeType"),
    (STATE, ["resourceUrl"], ..., "lacks resourceUrl"),
    (STATE, ["resourceUrl"], "/app/calls/" + CALL, "the resourceUrl is"),
    (STATE, ["resource"], ..., "lacks resource"),
    (STATE, ["callbackUri"], ..., "lacks callbackUri"),
    (STATE, ["resourceData"], None, "lacks resourceData"),
    (END, ["resourceData", "@odata.id"], "/app/calls", "the @odata.id"),
    (END, ["resourceData", "status"], ..., "lacks status"),
    (END, ["resourceData", "resultInfo", "code"], ..., "it.resultInfo: lacks code"),
    (END, ["changeType"], "updated", "an operation is updated"),
    (ROSTER, ["resourceData", 0, "isInLobby"], ..., "it[0]: lacks isInLobby"),
    (ROSTER, ["resourceData", 0, "mediaStreams", 0, "sourceId"], ..., "it[0].mediaStreams[0]: lacks sourceId"),
    (ROSTER, ["resourceData"], typed("deltaParticipants", sequenceNumber=1, participants=None), "a delta lacks"),
    (INCOMING, ["resourceData", "callbackUri"], ..., "lacks callbackUri"),
    (INCOMING, ["resourceData", "state"], "established", "created with the state established"),
])
def test_one_thing_that_is_wrong_with_a_notice_is_found(n, at, value, words):
    found = seen.wrong_body(typed("commsNotifications", value=[changed(n, at, value)]))
    assert any(words in w for w in found), found


@pytest.mark.parametrize("body", [b"{", b"[]", typed("commsNotifications", value=[]), {"value": [STATE]},
                                  typed("commsNotification", value=[STATE]),
                                  typed("commsNotifications", value=[STATE], more=1)])
def test_a_body_that_holds_no_notices_is_found(body):
    assert len(seen.wrong_body(body)) == 1


def test_whatever_comes_to_a_test_is_looked_at(api, receiver):
    """The receiver stands for a server: to each POST it says 202 without a body."""
    strange = Api(receiver.uri.split("/")[2])
    assert strange.send("POST", "/callback", {"a": 1}).status == 202
    assert strange.send("POST", "/beta/app/calls", typed("commsNotifications", value=[STATE])).status == 202
    api.send("POST", "/_/inbox/strange", {"a": 2})
    api.inbox("strange").more(10)
    found = seen.end()
    assert [f.splitlines()[:2] for f in found] == [
        ["the table of answers knows no 202 of this path", "POST /beta/app/calls: 202"],
        ["a body has @odata.type and value", "a notice"], ["a body has @odata.type and value", "a notice"]]
    assert "test_schema.py" in found[0] and '"a": 1' in found[1] and '"a": 2' in found[2]
    seen.begin()


@pytest.mark.parametrize("era, name, key, kind, why", schema.DIFFERENCES)
def test_every_difference_from_the_schema_is_still_one(era, name, key, kind, why):
    assert why
    for e in schema.ERAS if era == "*" else (era,):
        published = [p for base in schema.bases(name, e) for k, p in schema.SCHEMA["types"][base]["properties"].items()
                     if k == key and set(p["in"]) & set(schema.ERAS[e][1])]
        assert not any("as" in p for p in published), published


def test_every_route_of_graph_that_is_served_has_a_row():
    rows = {"%s …/%s" % row[:2] for row in seen.ANSWERS}
    routes = [line.split(" | ") for line in run("--dump-routes")[1].splitlines() if " …/" in line]
    assert len(routes) > 30
    assert [path for path, _, state in routes if state == "built" and path not in rows] == []
