"""A small HTTP client of the server: tokens, calls, the inbox. Standard library only."""
import http.client
import json
import time
import urllib.parse

import seen

TENANT = "aa67bd4c-8475-432d-bd41-39f255720e0a"
FABRIKAM = "bb67bd4c-8475-432d-bd41-39f255720e0b"

JOHN = "112f7296-5fa4-42ca-bae8-6a692b15d4b8"
BOB = "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"
BUSY, DECLINER, SILENT, OFFLINE, PICKER, HANGER = (
    "0c0ffee0-0000-4000-8000-00000000000%d" % n for n in range(1, 7))

CALLING_BOT = "2891555a-92ff-42e6-80fa-6e1300c6b5c6"

# name: (tenant, client id, secret), as the dev profile seeds them
APPS = {
    "calling": (TENANT, CALLING_BOT, "carillon-dev-secret"),
    "guest": (TENANT, "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e01", "guest-dev-secret"),
    "bare": (TENANT, "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e02", "bare-dev-secret"),
    "nomedia": (TENANT, "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e03", "nomedia-dev-secret"),
    "fabrikam": (FABRIKAM, "7f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e11", "fabrikam-dev-secret"),
}

# what notices to the Calling Bot are signed with in the dev profile (Standard Webhooks)
WEBHOOK_SECRET = "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDEgY2FsbGluZ2JvdA=="


class Answer:
    """What came back: status, headers (any case), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s" % (self.status, self.body[:600].decode("utf-8", "replace"))


class Api:
    """One application's view of a server at host:port."""

    def __init__(self, at, app="calling"):
        self.at = at
        self.app = app
        self._token = None

    def as_app(self, app):
        return Api(self.at, app)

    def send(self, method, path, body=None, headers=None, timeout=60):
        """One request as it stands; body: bytes, or something that becomes JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        c = http.client.HTTPConnection(self.at, timeout=timeout)
        try:
            c.request(method, path, body, headers)
            r = c.getresponse()
            a = Answer(r.status, r.headers, r.read())
        finally:
            c.close()
        seen.answer(method, path, a)
        return a

    def token(self):
        if self._token is None:
            tenant, client, secret = APPS[self.app]
            form = urllib.parse.urlencode({
                "grant_type": "client_credentials", "client_id": client, "client_secret": secret,
                "scope": "https://graph.microsoft.com/.default"})
            a = self.send("POST", "/%s/oauth2/v2.0/token" % tenant, form,
                          {"Content-Type": "application/x-www-form-urlencoded"})
            assert a.status == 200, a
            self._token = a.json["access_token"]
        return self._token

    def request(self, method, path, body=None, headers=None):
        """The same with the application's token."""
        headers = dict(headers or {})
        headers.setdefault("Authorization", "Bearer " + self.token())
        return self.send(method, path, body, headers)

    # calls

    def call_body(self, users=(JOHN,), callback=None, **more):
        body = {
            "@odata.type": "#microsoft.graph.call",
            "callbackUri": callback or self.inbox_uri("bot"),
            "targets": [{
                "@odata.type": "#microsoft.graph.participantInfo",
                "identity": {
                    "@odata.type": "#microsoft.graph.identitySet",
                    "user": {"@odata.type": "#microsoft.graph.identity", "id": user},
                },
            } for user in users],
            "requestedModalities": ["audio"],
            "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"},
        }
        body.update(more)
        return body

    def create_call(self, users=(JOHN,), callback=None, path="/beta/app/calls", headers=None,
                    **more):
        """Makes a call and returns its id."""
        a = self.request("POST", path, self.call_body(users, callback, **more), headers)
        assert a.status == 201, a
        return a.json["id"]

    def get_call(self, call):
        return self.request("GET", "/beta/app/calls/" + call)

    def delete_call(self, call):
        return self.request("DELETE", "/beta/app/calls/" + call)

    def act(self, call, action, body=None):
        return self.request("POST", "/beta/app/calls/%s/%s" % (call, action), body or {})

    def play(self, call, uri, context="play", **more):
        """Plays one prompt; returns the operation."""
        body = {"clientContext": context, "prompts": [{
            "@odata.type": "#microsoft.graph.mediaPrompt",
            "mediaInfo": {"@odata.type": "#microsoft.graph.mediaInfo", "uri": uri,
                          "resourceId": "r-" + context}}]}
        body.update(more)
        a = self.act(call, "playPrompt", body)
        assert a.status == 200, a
        return a.json

    def subscribe_to_tone(self, call):
        a = self.act(call, "subscribeToTone", {"clientContext": "tones"})
        assert a.status == 200, a
        return a.json

    # our own verbs

    def advance(self, seconds):
        """Moves the server's clock; the token may be too old afterwards."""
        a = self.send("POST", "/_/clock", {"advanceSeconds": seconds})
        assert a.status in (200, 204), a
        self._token = None

    def inbox_uri(self, name):
        return "http://%s/_/inbox/%s" % (self.at, name)

    def inbox(self, name="bot"):
        return Inbox(self, name)

    def shown(self, call):
        """What the server shows of a call, also for a while after its end."""
        a = self.send("GET", "/_/calls/" + call)
        return a.json if a.status == 200 else None


class Inbox:
    """A callback URI inside the server, read from its beginning."""

    def __init__(self, api, name):
        self.api = api
        self.name = name
        self.items = []
        self.after = None

    def more(self, wait):
        query = {"wait": "%d" % max(1, round(wait))}
        if self.after is not None:
            query["after"] = self.after
        a = self.api.send("GET", "/_/inbox/%s?%s" % (self.name, urllib.parse.urlencode(query)))
        assert a.status == 200, a
        new = a.json["value"]
        for item in new:
            if isinstance(item["body"], str):
                item["body"] = json.loads(item["body"])
            seen.notices(item["body"])
            self.after = item["id"]
        self.items += new
        return new

    def notices(self):
        """All notices so far, each entry of each `value`, in order."""
        return [n for item in self.items for n in item["body"]["value"]]

    def wait_for(self, check, timeout=10.0, what="a notice"):
        """The first notice for which check(notice) is true."""
        end = time.monotonic() + timeout
        while True:
            for n in self.notices():
                if check(n):
                    return n
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("no %s in %.1f s; there are:\n%s" % (
                    what, timeout, json.dumps(self.notices(), indent=1)))
            self.more(left)

    def wait_state(self, state, call=None, timeout=10.0):
        return self.wait_for(lambda n: state_of(n) == state and (call is None or call in n["resource"]),
                             timeout, "state " + state)

    def wait_active(self, call=None, timeout=10.0):
        """established, and sound may flow."""
        return self.wait_for(
            lambda n: state_of(n) == "established" and audio_of(n) == "active" and
            (call is None or call in n["resource"]), timeout, "established with active audio")

    def wait_end(self, call=None, timeout=15.0):
        """The resultInfo of the call's end."""
        n = self.wait_for(lambda n: n["changeType"] == "deleted" and state_of(n) == "terminated" and
                          (call is None or call in n["resource"]), timeout, "end")
        return n["resourceData"]["resultInfo"]

    def wait_operation(self, operation, timeout=15.0):
        return self.wait_for(lambda n: n["changeType"] == "deleted" and
                             n["resource"].endswith("/operations/" + operation), timeout,
                             "end of operation " + operation)["resourceData"]

    def wait_tones(self, count, timeout=10.0):
        """The first `count` pressed keys as [(sequenceId, tone), ...]."""
        end = time.monotonic() + timeout
        while True:
            got = tones_of(self.notices())
            if len(got) >= count:
                return got
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("only these tones in %.1f s: %r" % (timeout, got))
            self.more(left)

    def states(self, call=None):
        """The states in the order of their notices, repeats left out."""
        out = []
        for n in self.notices():
            s = state_of(n)
            if s and (call is None or call in n["resource"]) and (not out or out[-1] != s):
                out.append(s)
        return out


def state_of(notice):
    data = notice.get("resourceData")
    return data.get("state") if isinstance(data, dict) else None


def audio_of(notice):
    data = notice.get("resourceData")
    return (data.get("mediaState") or {}).get("audio") if isinstance(data, dict) else None


def tones_of(notices):
    out = []
    for n in notices:
        data = n.get("resourceData")
        if isinstance(data, dict) and data.get("toneInfo"):
            out.append((data["toneInfo"]["sequenceId"], data["toneInfo"]["tone"]))
    return out
