"""All that the tests see of Graph is held against the published types, here and nowhere else.

api.py gives every answer to answer(), callback ends give every body to notices(). What is wrong is collected, whatever
thread saw it, and fails the test at its end (conftest.py): end(). Notices are looked at only then, so that a callback
end is as fast as ever. ANSWERS says which answer is of which type; a path of Graph that is not in it fails the test.

**notices**: an operation, every row of a roster and a call that is `created` are whole. Of an `updated` or `deleted`
call only what has changed is there, and its id always; `updated` always says the state. schema.py says what whole is.
"""
import functools
import json
import re
import traceback
import urllib.parse

import schema
from schema import CHANGED, CHOSEN, GUID, NEEDED, WHOLE

# method, path below the root, {status: type}. None: no body; [x]: a list of x; +: or what derives from it.
# Under the seed's root an operation is a commsOperation but those of SEED_OPERATIONS.
ANSWERS = (
    ("POST", "calls", {201: "call"}),
    ("GET", "calls/*", {200: "call"}),
    ("DELETE", "calls/*", {204: None}),
    ("POST", "calls/*/answer", {202: None}),
    ("POST", "calls/*/reject", {202: None}),
    ("POST", "calls/*/redirect", {202: None}),
    ("POST", "calls/*/transfer", {202: None}),
    ("POST", "calls/*/keepAlive", {200: None}),
    ("POST", "calls/*/playPrompt", {200: "playPromptOperation"}),
    ("POST", "calls/*/record", {200: "recordOperation"}),
    ("POST", "calls/*/recordResponse", {200: "recordOperation"}),
    ("POST", "calls/*/cancelMediaProcessing", {200: "cancelMediaProcessingOperation", 202: None}),
    ("POST", "calls/*/subscribeToTone", {200: "subscribeToToneOperation"}),
    ("POST", "calls/*/sendDtmfTones", {200: "sendDtmfTonesOperation"}),
    ("POST", "calls/*/mute", {200: "muteParticipantOperation"}),
    ("POST", "calls/*/unmute", {200: "unmuteParticipantOperation"}),
    ("POST", "calls/*/updateMetadata", {202: "commsOperation"}),
    ("POST", "calls/*/updateRecordingStatus", {200: "updateRecordingStatusOperation"}),
    ("POST", "calls/*/changeScreenSharingRole", {202: None}),
    ("POST", "calls/*/addLargeGalleryView", {202: "addLargeGalleryViewOperation"}),
    ("POST", "calls/logTeleconferenceDeviceQuality", {200: None}),
    ("GET", "calls/*/operations/*", {200: "+commsOperation"}),
    ("GET", "calls/*/participants", {200: "[participant]"}),
    ("GET", "calls/*/participants/*", {200: "participant"}),
    ("DELETE", "calls/*/participants/*", {204: None}),
    ("POST", "calls/*/participants/invite", {200: "inviteParticipantsOperation"}),
    ("POST", "calls/*/participants/muteAll", {200: "muteParticipantsOperation"}),
    ("POST", "calls/*/participants/unmuteAll", {200: "muteParticipantsOperation"}),
    ("POST", "calls/*/participants/*/mute", {200: "muteParticipantOperation"}),
    ("POST", "calls/*/participants/*/unmute", {200: "unmuteParticipantOperation"}),
    ("POST", "calls/*/participants/*/startHoldMusic", {202: "startHoldMusicOperation"}),
    ("POST", "calls/*/participants/*/stopHoldMusic", {202: "stopHoldMusicOperation"}),
    ("GET", "calls/*/audioRoutingGroups", {200: "[audioRoutingGroup]"}),
    ("POST", "calls/*/audioRoutingGroups", {200: "audioRoutingGroup"}),
    ("GET", "calls/*/audioRoutingGroups/*", {200: "audioRoutingGroup"}),
    ("PATCH", "calls/*/audioRoutingGroups/*", {200: "audioRoutingGroup"}),
    ("DELETE", "calls/*/audioRoutingGroups/*", {204: None}),
    ("GET", "onlineMeetings", {200: "[onlineMeeting]"}),
    ("POST", "onlineMeetings", {201: "onlineMeeting"}),
    ("GET", "onlineMeetings/*", {200: "onlineMeeting"}),
    ("PATCH", "onlineMeetings/*", {200: "onlineMeeting"}),
    ("DELETE", "onlineMeetings/*", {204: None}),
    ("POST", "onlineMeetings/createOrGet", {200: "onlineMeeting", 201: "onlineMeeting"}),
)
SEED_OPERATIONS = ("playPromptOperation", "recordOperation", "inviteParticipantsOperation")

# Where a type stands, as its context says it; all others are operations.
CONTEXTS = {"call": "calls", "participant": "calls('%s')/participants", "onlineMeeting": "onlineMeetings",
            "audioRoutingGroup": "calls('%s')/audioRoutingGroups"}

ROOT = re.compile(r"(?i)/(?:(v1\.0|beta)/)?(?:(app|communications)|(applications)/[^/]+"
                  r"|users/([^/]+)(?=/onlineMeetings))(?:/(.*?))?/?")
CONTEXT = re.compile(r"https?://[^/]+(?:/.+)?/(v1\.0|beta)/\$metadata#(.+)")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")  # of an error: Graph's has no zone
RESOURCE = re.compile(r"/app/calls/(%s)(?:/(operations)/(%s)|/(participants))?" % (GUID.pattern, GUID.pattern))

_found, _bodies = [], []


def begin(echoed=()):
    """A test begins: nothing was seen. echoed: (type, property) that it will make up and get back."""
    schema.ECHOED.clear()
    schema.ECHOED.update(echoed)
    _found.clear()
    _bodies.clear()


def end():
    """What was wrong since begin(), as texts."""
    for body in {b if isinstance(b, bytes) else id(b): b for b in _bodies}.values():  # what was sent again, once
        _found.extend(text("a notice", body, w) for w in wrong_body(body))
    return list(_found)


def text(what, body, words, where=""):
    body = json.dumps(body, indent=1) if not isinstance(body, bytes) else body.decode("utf-8", "replace")
    return "%s\n%s\n%s\n%s" % (words, what, body[:4000], where)


def notices(body):
    """What a callback end got: the bytes of a POST, or what they say."""
    _bodies.append(body)


# answers

class Place:
    """Where an answer comes from."""

    def __init__(self, method, path):
        url = urllib.parse.urlsplit(path)
        m = ROOT.fullmatch(urllib.parse.unquote(url.path))
        self.is_graph = m is not None
        if m is None:
            return
        self.version = (m[1] or "beta").lower()
        self.is_seed = m[2] is not None and m[2].lower() == "app" or m[3] is not None
        self.root = "users('%s')" % m[4] if m[4] else "app" if self.is_seed else "communications"
        self.is_chosen = "$select" in urllib.parse.parse_qs(url.query)
        self.row, self.id = find(method, m[5] or "")
        is_meeting = self.row is not None and self.row[1].startswith("onlineMeetings")
        # a meeting has the seed era's face under its root, whatever the version
        self.era = "seed" if self.is_seed and is_meeting else "v1" if self.version == "v1.0" else "beta"

    def declared(self, status):
        """The type of an answer, and whether one that derives from it will do."""
        name = self.row[2][status]
        if self.is_seed and name.endswith("Operation") and name not in (*SEED_OPERATIONS, "+commsOperation"):
            name = "commsOperation"
        return name.lstrip("+"), name.startswith("+")


@functools.lru_cache(None)
def pattern(path):
    words = ["([^/]+)" if w == "*" else "(?:microsoft\\.graph\\.)?" + w for w in path.split("/")]
    return re.compile("(?i)" + "/".join(words))


def find(method, path):
    """The row of a path, one without a star first, and the first id in it."""
    for row in sorted((r for r in ANSWERS if r[0] == method), key=lambda r: r[1].count("*")):
        m = pattern(row[1]).fullmatch(path)
        if m is not None:
            return row, m[1] if m.groups() else None
    return None, None


def answer(method, path, a):
    """An answer of the server, whatever it is; a: an Answer of api.py."""
    found = wrong_answer(method, path, a)
    if found:
        where = "".join(traceback.format_stack(limit=8)[:-2])
        _found.extend(text("%s %s: %d" % (method, path, a.status), a.body, w, where) for w in found)


def wrong_answer(method, path, a):
    """What is wrong with it, as a list of sentences."""
    if path.startswith("/_/notices") and method == "GET" and a.status == 200:  # as they lie on the disk
        return [w for row in a.json["value"] for w in wrong_notice(row["body"])]
    place = Place(method, path)
    if not place.is_graph or method == "HEAD":
        return []
    if a.status >= 400:
        return wrong_error(a)
    if place.row is None or a.status not in place.row[2]:
        return ["the table of answers knows no %d of this path" % a.status]
    if place.row[2][a.status] is None:
        return ["this answer has a body"] if a.body else []
    if not a.body:
        return ["there is no body"]
    return wrong_page(a.json, place, *place.declared(a.status))


def wrong_page(page, place, declared, may_derive):
    if not isinstance(page, dict):
        return ["it is no object"]
    page = dict(page)
    found = wrong_context(page.pop("@odata.context", None), place, declared)
    if declared.startswith("["):
        if page.keys() != {"value"}:
            return found + ["a list has a context and 'value', this has %s" % list(page)]
        level = CHOSEN if place.is_chosen else NEEDED
        rows = page["value"] if isinstance(page["value"], list) else [page["value"]]
        return found + [w for row in rows for w in schema.wrong(row, declared[1:-1], place.era, level)]
    if not may_derive and page.get("@odata.type") != schema.PREFIX + declared:
        found.append("it is a %s and no %s" % (page.get("@odata.type"), declared))
    level = CHOSEN if place.is_chosen else WHOLE if declared == "call" else NEEDED
    return found + schema.wrong(page, declared, place.era, level)


def same(a, b):
    """Ids are compared without regard to case and dashes."""
    return a.lower().replace("-", "") == b.lower().replace("-", "")


def wrong_context(said, place, declared):
    name = declared.strip("[]")
    below = CONTEXTS.get(name, "calls('%s')/operations")
    below = below % place.id if "%" in below else below
    expected = "%s/%s%s" % (place.root, below, "" if declared.startswith("[") else "/$entity")
    m = CONTEXT.fullmatch(said) if isinstance(said, str) else None
    if m is None or m[1] != place.version or not same(m[2], expected):
        return ["the context is %s, not .../%s/$metadata#%s" % (said, place.version, expected)]
    return []


def wrong_error(a):
    """{"error": {code, message, innerError: {request-id, client-request-id, date}}}, and the ids of the headers."""
    try:
        body = a.json
    except ValueError:
        return ["the error is no JSON"]
    error = body.get("error") if isinstance(body, dict) else None
    inner = error.get("innerError") if isinstance(error, dict) else None
    if not isinstance(inner, dict) or body.keys() != {"error"} or error.keys() != {"code", "message", "innerError"}:
        return ["an error has code, message, innerError"]
    if inner.keys() != {"request-id", "client-request-id", "date"}:
        return ["an innerError has request-id, client-request-id, date"]
    found = ["'%s' is no text" % key for key in ("code", "message") if not (error[key] and type(error[key]) is str)]
    if not isinstance(inner["request-id"], str) or not GUID.fullmatch(inner["request-id"]):
        found.append("'request-id' is no GUID")
    if not schema.is_date(inner["date"], DATE):
        found.append("'date' is no date as Graph writes it in an error")
    found += ["'%s' is not that of the header" % key for key in ("request-id", "client-request-id")
              if a.headers.get(key, inner[key]) != inner[key]]
    return found


# notices

def wrong_body(body):
    """What is wrong with a POST to a callback."""
    try:
        body = json.loads(body) if isinstance(body, bytes) else body
    except ValueError:
        return ["a notice is no JSON"]
    if not isinstance(body, dict) or body.keys() != {"@odata.type", "value"}:
        return ["a body has @odata.type and value"]
    if body["@odata.type"] != schema.PREFIX + "commsNotifications":
        return ["the body is a %s" % body["@odata.type"]]
    if not isinstance(body["value"], list) or not body["value"]:
        return ["'value' is no list of notices"]
    return [w for n in body["value"] for w in wrong_notice(n)]


def wrong_notice(n):
    """What is wrong with one element of `value`."""
    found = schema.wrong(n, "commsNotification")
    found += ["it lacks %s" % key for key in ("resource", "callbackUri", "resourceData") if n.get(key) is None]
    m = RESOURCE.fullmatch(n["resource"]) if not found else None
    if m is None:
        return found or ["the resource is %s" % n["resource"]]
    if n["resourceUrl"] != n["resource"].replace("/app/", "/communications/", 1):
        found.append("the resourceUrl is %s" % n["resourceUrl"])
    data = n["resourceData"]
    if m[4] is not None:
        return found + wrong_roster(n["changeType"], data)
    if not isinstance(data, dict):
        return found + ["the resourceData is no object"]
    if not same(str(data.get("id")), m[3] or m[1]):
        found.append("the id is %s" % data.get("id"))
    return found + (wrong_operation(n, data) if m[2] is not None else wrong_call(n["changeType"], data))


def wrong_roster(change, data):
    if change != "updated":
        return ["a roster is %s" % change]
    if isinstance(data, list):
        return schema.wrong(data, "[participant]")
    return schema.wrong(data, "deltaParticipants") + [
        "a delta lacks %s" % key for key in ("sequenceNumber", "participants") if data.get(key) is None]


def wrong_operation(n, data):
    data = dict(data)
    found = [] if n["changeType"] == "deleted" else ["an operation is %s" % n["changeType"]]
    if data.pop("@odata.id", None) != n["resourceUrl"]:
        found.append("the @odata.id is not the resourceUrl")
    return found + schema.wrong(data, "commsOperation")


def wrong_call(change, data):
    state = data.get("state")
    good = {"created": state == "incoming", "deleted": state in (None, "terminated"),
            "updated": state not in (None, "incoming", "terminated")}[change]
    return ([] if good else ["a call is %s with the state %s" % (change, state)]) + schema.wrong(
        data, "call", "any", NEEDED if change == "created" else CHANGED)
