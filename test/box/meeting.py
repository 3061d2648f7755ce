"""What tests of meetings share: the dev directory's meetings, rosters, phones that dial in."""
import os

import sound
from api import BOB, CALLING_BOT, JOHN, TENANT
from waiting import wait_until

SEED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seed")
SCHEDULED = "19:meeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm@thread.v2"
CHANNEL = "19:cbee7c1c860e465f8258e3cebf7bee0d@thread.skype"
FABRIKAMS = "19:meeting_FabrikamDevMeeting@thread.v2"
MEETING_ID, CHANNEL_ID, FABRIKAMS_ID = "200000000001", "200000000002", "200000000003"
FAY = "8810cede-f3cc-42eb-b2c1-e9bd5d53ec11"
GUEST_ID = "d7a3b999-17ac-4bca-9e77-e6a730d2ec2e"


def seed(name):
    with open(os.path.join(SEED, name + ".json"), "rb") as f:
        return f.read()


def join(api, name, expect=201):
    """The seed's request as printed; returns the call."""
    a = api.request("POST", "/beta/app/calls", seed(name), {"Content-Type": "application/json"})
    assert a.status == expect, a
    return a.json


def roster_of(notice):
    return notice["resourceData"] if notice["resource"].endswith("/participants") else None


def who(row):
    """What kind of identity a row has, and whose."""
    (kind, identity), = ((k, v) for k, v in row["info"]["identity"].items() if not k.startswith("@"))
    return kind, identity["id"]


def people(roster):
    return sorted(who(row) for row in roster)


def wait_roster(inbox, check, what="roster", timeout=10.0):
    return roster_of(inbox.wait_for(lambda n: roster_of(n) is not None and check(roster_of(n)),
                                    timeout, what))


def wait_people(inbox, expected, timeout=10.0):
    return wait_roster(inbox, lambda r: people(r) == sorted(expected), "roster of %r" % (expected,),
                       timeout)


APP, PERSON = ("application", CALLING_BOT), ("user", JOHN)


def conversation(api):
    """The one conversation there is, as our own verbs show it."""
    (c,) = api.send("GET", "/_/conversations").json["value"]
    return c


def judge(api, name, verb, expect=204):
    c = conversation(api)
    (p,) = [p for p in c["participants"] if p["displayName"] == name]
    a = api.send("POST", "/_/conversations/%s/participants/%s/%s" % (c["id"], p["id"], verb), {})
    assert a.status == expect, a
    return a


def dial(phone, rtp, number):
    answer, dialog = phone.invite(number, rtp.sdp())
    assert answer.status == 200, answer.status
    rtp.connect(dialog.remote_sdp)
    return dialog


def host(api, name="join-scheduled", inbox="first"):
    """The Calling Bot in a meeting, established: (call, inbox)."""
    call = join(api, name)["id"]
    inbox = api.inbox(inbox)
    inbox.wait_active(call)
    return call, inbox


def body_of(api, thread=SCHEDULED, message="0", inbox="bot", organizer=BOB, tenant=TENANT, **more):
    """A join by chat and organizer."""
    user = {"@odata.type": "#microsoft.graph.identity", "id": organizer, "tenantId": tenant}
    return api.call_body([], api.inbox_uri(inbox), **{
        "chatInfo": {"@odata.type": "#microsoft.graph.chatInfo", "threadId": thread, "messageId": message},
        "meetingInfo": {"@odata.type": "#microsoft.graph.organizerMeetingInfo",
                        "organizer": {"@odata.type": "#microsoft.graph.identitySet", "user": user}}, **more})


def party(api, name):
    """That participant of the one conversation, as our own verbs show it, or None."""
    value = api.send("GET", "/_/conversations").json["value"]
    return next((p for c in value for p in c["participants"] if p.get("displayName") == name), None)


def wait_party(api, name, state):
    return wait_until(lambda: (lambda p: p if p and p["state"] == state else None)(party(api, name)), 10,
                      "%s to be %s" % (name, state))


def wait_empty(api, timeout=10):
    wait_until(lambda: api.send("GET", "/_/conversations").json["value"] == [], timeout, "an empty house")


def pid_of(roster, identity):
    return next(row["id"] for row in roster if who(row) == identity)


def next_seconds(r, seconds):
    """What an RTP end hears from now on, for so long."""
    n, more = len(r.pcm()), int(seconds * 8000)
    r.wait(lambda p: len(p.pcm()) >= n + more, 20, "%g more seconds" % seconds)
    return r.pcm()[n:n + more]


def hears(r, *hzs, seconds=1.0):
    """Which of these tones it hears from now on."""
    pcm = next_seconds(r, seconds)
    return [hz for hz in hzs if sound.has_tone(pcm, 8000, hz, seconds * 0.7)]


def wait_hears(r, expected, hzs, timeout=10):
    """Until exactly those of the tones are heard, for a second."""
    wait_until(lambda: hears(r, *hzs) == list(expected), timeout, "%r of %r Hz" % (expected, hzs))


def error_of(answer):
    """(status, code) of an error."""
    return answer.status, answer.json["error"]["code"]
