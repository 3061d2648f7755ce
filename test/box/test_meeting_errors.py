"""What is refused of meetings, each with its own word, and that nothing is left half-done."""
import pytest
from api import BOB, BUSY, CALLING_BOT, FABRIKAM, JOHN, PICKER, TENANT, state_of
from meeting import (APP, CHANNEL, FABRIKAMS, FAY, GUEST_ID, MEETING_ID, PERSON, body_of, dial, error_of, host, join,
                     judge, party, pid_of, wait_people, wait_roster, who)
from waiting import wait_until

NOBODY = "0c0ffee0-dead-4000-8000-000000000000"
GUEST = {"identity": {"guest": {"id": GUEST_ID, "displayName": "Guest User"}}}


def by_id(api, **info):
    return api.call_body([], meetingInfo={"@odata.type": "#microsoft.graph.joinMeetingIdMeetingInfo", **info})


def by_token(api, token, inbox="bot"):
    return api.call_body([], api.inbox_uri(inbox), meetingInfo={
        "@odata.type": "#microsoft.graph.tokenMeetingInfo", "token": token})


def without_organizer(api):
    body = body_of(api)
    body["meetingInfo"]["organizer"] = {"@odata.type": "#microsoft.graph.identitySet"}
    return body


REFUSED = {
    "an unknown thread": (lambda a: body_of(a, "19:nowhere@thread.v2"), 400, "8527"),
    "another tenant's thread": (lambda a: body_of(a, FABRIKAMS), 400, "8527"),
    "a wrong message id": (lambda a: body_of(a, CHANNEL, "1"), 400, "8527"),
    "a wrong organizer": (lambda a: body_of(a, organizer=JOHN), 400, "8527"),
    "an organizer that is no id": (lambda a: body_of(a, organizer="Bob"), 400, "8527"),
    "no organizer": (without_organizer, 400, "8523"),
    "an organizer of another tenant": (lambda a: body_of(a, tenant=FABRIKAM), 403, "7505"),
    "a call of another tenant": (lambda a: body_of(a, tenantId=FABRIKAM), 403, "7505"),
    "no thread": (lambda a: body_of(a, chatInfo={"messageId": "0"}), 400, "8523"),
    "chatInfo alone": (lambda a: a.call_body([], chatInfo={"threadId": CHANNEL}), 400, "8523"),
    "meetingInfo alone": (lambda a: body_of(a, chatInfo=None), 400, "8523"),
    "a wrong join id": (lambda a: by_id(a, joinMeetingId="299999999999"), 400, "8561"),
    "no join id": (lambda a: by_id(a, passcode="Bells1"), 400, "8523"),
    "a wrong passcode": (lambda a: by_id(a, joinMeetingId=MEETING_ID, passcode="bells1"), 400, "8561"),
    "no passcode": (lambda a: by_id(a, joinMeetingId=MEETING_ID), 400, "8561"),
    "no token": (lambda a: by_token(a, None), 400, "8523"),
    "a token that is none": (lambda a: by_token(a, "eyJhbGciOiJub25lIn0.e30."), 400, "8526"),
    "an access token": (lambda a: by_token(a, a.token()), 400, "8526"),
    "a guest without a name": (lambda a: body_of(a, source={"identity": {"guest": {"id": "g"}}}), 400, "8523"),
    "a guest without an id": (lambda a: body_of(a, source={"identity": {"guest": {"displayName": "G"}}}), 400, "8523"),
    "26 targets": (lambda a: a.call_body(["0c0ffee1-0000-4000-8000-%012d" % n for n in range(26)]), 400, "8523"),
    "a target twice": (lambda a: a.call_body([JOHN, BOB, JOHN.upper()]), 400, "8523"),
    "a target that is no id": (lambda a: a.call_body([JOHN, "bob"]), 400, "8523"),
    "a target and a wrong thread": (lambda a: body_of(a, "19:nowhere@thread.v2", targets=a.call_body()["targets"]),
                                    400, "8527"),
}


def test_what_leads_nowhere_is_refused_and_leaves_nothing_behind(api):
    for name, (body, status, code) in REFUSED.items():
        a = api.request("POST", "/beta/app/calls", body(api))
        assert error_of(a) == (status, code), (name, a)
        assert len(a.json["error"]["message"]) > 10, (name, a)
    assert api.send("GET", "/_/conversations").json["value"] == []
    assert api.send("GET", "/_/calls").json["value"] == []


def test_roles_are_asked_for_by_shape(carillon):
    for app in ("guest", "bare"):
        a = carillon.api(app).request("POST", "/beta/app/calls", body_of(carillon.api(app)))
        assert error_of(a) == (403, "7504") and "Calls.JoinGroupCall.All" in a.json["error"]["message"], a
        b = carillon.api(app).request("POST", "/beta/app/calls", carillon.api(app).call_body([JOHN, BOB]))
        assert error_of(b) == (403, "7504") and "Calls.InitiateGroupCall.All" in b.json["error"]["message"], b
    assert carillon.api().send("GET", "/_/conversations").json["value"] == []


def token_of(api):
    """A join token of a group that was made by an invitation."""
    call = api.create_call([PICKER], api.inbox_uri("maker"))
    inbox = api.inbox("maker")
    inbox.wait_active(call)
    invite(api, call, [BUSY])
    n = inbox.wait_for(lambda n: state_of(n) == "established" and n["resourceData"].get("chatInfo"))
    return call, n["resourceData"]["meetingInfo"]["token"]


def invite(api, call, users, **more):
    return api.act(call, "participants/invite", {"participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": {"user": {"id": u}}, **more}
        for u in users]})


def test_a_join_token_must_be_whole_ours_and_fresh(carillon, api):
    call, token = token_of(api)
    head, claims, signature = token.split(".")
    wrong = "A" if signature[5] != "A" else "B"
    for bad in (".".join([head, claims, signature[:5] + wrong + signature[6:]]), ".".join([head, claims, ""]),
                ".".join([head, claims[:-2] + ("A" if claims[-2] != "A" else "B") + claims[-1], signature]),
                token + "." + token):
        a = api.request("POST", "/beta/app/calls", by_token(api, bad))
        assert error_of(a) == (400, "8526"), a
        assert token[:20] not in a.body.decode()
    stranger = carillon.api("fabrikam")
    assert error_of(stranger.request("POST", "/beta/app/calls", by_token(stranger, token))) == (403, "7505")
    assert len(api.send("GET", "/_/conversations").json["value"]) == 1
    good = api.request("POST", "/beta/app/calls", by_token(api, token, "second"))
    assert good.status == 201, good
    for c in (good.json["id"], call):
        assert api.delete_call(c).status == 204
    api.inbox("maker").wait_end(call)
    over = api.request("POST", "/beta/app/calls", by_token(api, token))
    assert error_of(over) == (400, "8526") and "over" in over.json["error"]["message"], over
    api.advance(25 * 3600)
    late = api.request("POST", "/beta/app/calls", by_token(api, token))
    assert error_of(late) == (400, "8526") and "expired" in late.json["error"]["message"], late


def test_a_guests_id_is_in_a_meeting_once(carillon, api):
    host(api)
    first = api.request("POST", "/beta/app/calls", body_of(api, source=GUEST))
    assert first.status == 201, first
    again = api.request("POST", "/beta/app/calls", body_of(api, source=GUEST))
    assert error_of(again) == (409, "8519"), again
    api.delete_call(first.json["id"])
    wait_until(lambda: party(api, "Guest User") is None, 5, "the guest to be gone")
    assert api.request("POST", "/beta/app/calls", body_of(api, source=GUEST)).status == 201


def test_what_cannot_be_invited_is_refused_and_nobody_rings(carillon, api, sip, rtp):
    call, inbox = host(api)
    dial(sip("john"), rtp(), MEETING_ID)
    roster = wait_people(inbox, [APP, PERSON])
    stranger = carillon.api("fabrikam")
    b = stranger.request("POST", "/beta/app/calls", body_of(stranger, FABRIKAMS, organizer=FAY, tenant=FABRIKAM))
    assert b.status == 201, b
    theirs = b.json["id"]
    bob = sip("bob").ring_only()
    for wrong, expected in [
            (invite(api, call, [JOHN]), (409, "8519")),
            (invite(api, call, [BOB, JOHN]), (409, "8519")),
            (invite(api, call, [BOB, BOB.upper()]), (400, "8523")),
            (invite(api, call, []), (400, "8523")),
            (invite(api, call, [BOB, PICKER, BUSY, NOBODY, NOBODY[:-1] + "1", NOBODY[:-1] + "2"]), (400, "8523")),
            (invite(api, call, ["bob"]), (400, "8523")),
            (invite(api, call, [BOB], replacesCallId=theirs), (404, "8522")),
            (invite(api, call, [BOB], replacesCallId=NOBODY), (404, "8522")),
            (invite(api, call, [BOB], replacesCallId="x"), (400, "8523")),
            (invite(api, call, [BOB], replacesCallId=call), (400, "8523")),
            (invite(api, call, [BOB, PICKER], replacesCallId=call), (400, "8523"))]:
        assert error_of(wrong) == expected, wrong
    assert not [m for m in bob.received if m.method == "INVITE"]
    now = api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]
    assert [r["id"] for r in now] == [r["id"] for r in roster]


def test_an_unknown_participant_is_404_and_nothing_is_done(api, sip, rtp):
    call, inbox = host(api)
    dial(sip("john"), rtp(), MEETING_ID)
    john = pid_of(wait_people(inbox, [APP, PERSON]), PERSON)
    for verb in ("mute", "unmute", "startHoldMusic", "stopHoldMusic"):
        assert error_of(api.act(call, "participants/%s/%s" % (NOBODY, verb))) == (404, "8522"), verb
    for verb in ("muteAll", "unmuteAll"):
        a = api.act(call, "participants/" + verb, {"participants": [john, NOBODY]})
        assert error_of(a) == (404, "8522"), a
    for method in ("GET", "DELETE"):
        a = api.request(method, "/beta/app/calls/%s/participants/%s" % (call, NOBODY))
        assert error_of(a) == (404, "8522"), a
    rows = api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]
    assert [(who(r), r["isMuted"]) for r in rows] == [(APP, False), (PERSON, False)]


def test_who_was_admitted_is_neither_admitted_nor_denied_again(carillon, api, sip, rtp):
    host(api, "join-channel")
    dial(sip("fay"), rtp(), "200000000002")
    wait_until(lambda: party(api, "Fay"), 5, "Fay")
    judge(api, "Fay", "admit")
    assert judge(api, "Fay", "admit", 409).json["error"]["code"] == "8519"
    assert judge(api, "Fay", "deny", 409).json["error"]["code"] == "8519"
    c = api.send("GET", "/_/conversations").json["value"][0]
    for at in ("/_/conversations/%s/participants/%s/admit" % (c["id"], NOBODY),
               "/_/conversations/%s/participants/%s/admit" % (NOBODY, c["participants"][0]["id"])):
        assert api.send("POST", at, {}).status == 404
    assert party(api, "Fay")["state"] == "in"


def participant_verbs(api, call, pid, user=BUSY):
    """Every verb about who is in a call: (name, answer)."""
    one = "participants/%s/" % pid
    for name in ("mute", "unmute", "participants/muteAll", "participants/unmuteAll", one + "mute", one + "unmute",
                 one + "startHoldMusic", one + "stopHoldMusic"):
        yield name, api.act(call, name)
    yield "updateMetadata", api.act(call, "updateMetadata", {"metadata": "m"})
    yield "updateRecordingStatus", api.act(call, "updateRecordingStatus", {"status": "recording"})
    yield "DELETE", api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid))


def test_between_two_there_is_no_roster_to_act_on(api):
    call = api.create_call([PICKER])
    api.inbox().wait_active(call)
    pid = api.get_call(call).json["myParticipantId"]
    for name, a in participant_verbs(api, call, pid):
        assert error_of(a) == (400, "8548"), (name, a)


def test_in_the_lobby_nothing_can_be_done(carillon, api):
    guest = carillon.api("guest")
    call = join(guest, "join-channel-guest")
    wait_roster(api.inbox("first"), lambda r: r[0]["isInLobby"])
    for name, a in participant_verbs(guest, call["id"], call["myParticipantId"]):
        if name != "updateRecordingStatus":  # the role is looked at first or last
            assert error_of(a) == (400, "8501"), (name, a)
    assert error_of(invite(guest, call["id"], [BUSY])) == (400, "8501")


def test_after_the_end_everything_is_404(api):
    call, inbox = host(api)
    pid = api.get_call(call).json["myParticipantId"]
    assert api.delete_call(call).status == 204
    inbox.wait_end(call)
    for name, a in participant_verbs(api, call, pid):
        assert error_of(a) == (404, "8522"), (name, a)
    assert error_of(invite(api, call, [BUSY])) == (404, "8522")
    for at in ("participants", "participants/" + pid):
        assert error_of(api.request("GET", "/beta/app/calls/%s/%s" % (call, at))) == (404, "8522")


@pytest.mark.parametrize("query", ["$filter=isMuted", "$orderby=id", "$select=id", "$expand=info", "$count=true",
                                   "$top=x", "$top=-1", "$skip=", "$top=1&$top=2", "$search=a", "$skiptoken=1"])
def test_options_that_are_not_honoured_are_refused(api, query):
    call, _ = host(api)
    a = api.request("GET", "/beta/app/calls/%s/participants?%s" % (call, query))
    assert error_of(a) == (400, "8523"), a


NO_GROUPS = {"directory": {
    "tenants": [{"id": TENANT, "name": "Contoso"}],
    "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "carillon-dev-secret",
                      "roles": ["Calls.Initiate.All", "Calls.JoinGroupCall.All"]}],
    "users": [{"id": BOB, "tenant": TENANT, "name": "Bob"},
              {"id": PICKER, "tenant": TENANT, "name": "Picker", "virtualPhone": {"answerAfterMs": 100, "echo": True}}],
    "meetings": []}}


@pytest.mark.carillon(config=NO_GROUPS)
def test_an_invitation_needs_its_role_and_leaves_two_alone(api):
    call = api.create_call([PICKER])
    api.inbox().wait_active(call)
    a = invite(api, call, [BOB])
    assert error_of(a) == (403, "7504") and "Calls.InitiateGroupCall.All" in a.json["error"]["message"], a
    (c,) = api.send("GET", "/_/conversations").json["value"]
    assert c["kind"] == "peerToPeer" and len(c["participants"]) == 2


SMALL = {"meetings": {"participants": 2}}


@pytest.mark.carillon(config=SMALL)
def test_a_full_meeting_takes_nobody(api, sip, rtp):
    call, inbox = host(api)
    dial(sip("john"), rtp(), MEETING_ID)
    wait_people(inbox, [APP, PERSON])
    assert error_of(api.request("POST", "/beta/app/calls", body_of(api))) == (429, "8530")
    assert error_of(invite(api, call, [BOB])) == (429, "8530")
    answer, _ = sip("bob").invite(MEETING_ID, rtp().sdp())
    assert answer.status == 486
    assert party(api, "Bob") is None
