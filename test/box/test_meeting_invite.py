"""Invitations: who comes, who does not, and what the one who asked hears."""
import pytest
from api import BOB, BUSY, DECLINER, JOHN, OFFLINE, PICKER, SILENT, audio_of, state_of
from meeting import (APP, CHANNEL, CHANNEL_ID, MEETING_ID, PERSON, body_of, conversation, dial, hears, host,
                     wait_hears, wait_party, wait_people, who)
from waiting import wait_until

ROBERT = ("user", BOB)
NOBODY = "0c0ffee0-dead-4000-8000-000000000000"


def invite(api, call, users, **more):
    a = api.act(call, "participants/invite", {"clientContext": "i", "participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": {"user": {"id": u}}, **more}
        for u in users]})
    assert a.status == 200 and a.json["status"] == "running" and a.json["clientContext"] == "i", a
    assert a.headers["Location"].endswith("/operations/" + a.json["id"])
    return a.json["id"]


def failed(inbox, op):
    o = inbox.wait_operation(op)
    assert o["status"] == "failed" and o["clientContext"] == "i", o
    assert "DiagCode" not in o["resultInfo"]["message"] and o["resultInfo"]["message"], o
    return o["resultInfo"]["code"], o["resultInfo"]["subcode"]


@pytest.mark.parametrize("user,end", [(BUSY, (486, 8539)), (DECLINER, (603, 8538)), (OFFLINE, (480, 10037)),
                                      (NOBODY, (404, 8543))])
def test_who_does_not_come_is_told_and_the_meeting_goes_on(api, sip, rtp, user, end):
    call, inbox = host(api)
    r = rtp(seed=1)
    dial(sip("john"), r, MEETING_ID)
    wait_people(inbox, [APP, PERSON])
    assert failed(inbox, invite(api, call, [user])) == end
    assert api.get_call(call).json["state"] == "established"
    assert len(conversation(api)["participants"]) == 2
    n = len(r.received)
    r.wait_packets(n + 25)


def test_a_real_phone_that_is_busy_is_told_too(api, sip, rtp):
    call, inbox = host(api)
    sip("bob").refuse_with(486, ring=True)
    assert failed(inbox, invite(api, call, [BOB])) == (486, 8539)


def test_one_of_several_who_comes_makes_the_invitation_good(api, sip, rtp):
    call, inbox = host(api)
    op = invite(api, call, [BUSY, PICKER, OFFLINE])
    done = inbox.wait_operation(op)
    assert done["status"] == "completed" and len(done["participants"]) == 3, done
    assert {p["displayName"] for p in conversation(api)["participants"]} == {"Calling Bot", "Picker"}


def test_ringing_ends_after_its_time(api, sip, rtp):
    call, inbox = host(api)
    bob = sip("bob").ring_only()
    op = invite(api, call, [BOB])
    silent = invite(api, call, [SILENT])
    bob.wait_request("INVITE")
    wait_party(api, "Silent", "invited")
    api.advance(61)
    assert failed(inbox, op) == failed(inbox, silent) == (408, 10057)
    bob.wait_request("CANCEL")
    assert api.get_call(call).json["state"] == "established"
    wait_until(lambda: len(conversation(api)["participants"]) == 1, 5, "the invited to be gone")


def test_who_asked_and_hangs_up_takes_the_invitation_along(api, sip, rtp):
    call, inbox = host(api)
    dial(sip("john"), rtp(seed=1), MEETING_ID)
    bob = sip("bob").ring_only()
    op = invite(api, call, [BOB])
    bob.wait_request("INVITE")
    assert api.delete_call(call).status == 204
    bob.wait_request("CANCEL")
    assert failed(inbox, op) == (400, 8508)
    assert inbox.wait_end(call)["subcode"] == 7000
    order = [n["resource"] for n in inbox.notices() if n["changeType"] == "deleted"]
    assert order[-1].endswith(call) and order[-2].endswith(op)
    wait_until(lambda: [p["displayName"] for p in conversation(api)["participants"]] == ["John"], 5, "John alone")


def test_an_invitation_from_two_of_whom_one_holds_makes_a_group(api, sip, rtp):
    rj, rb = rtp(seed=1), rtp(seed=2)
    john, bob = sip("john").pick_up(rj), sip("bob").pick_up(rb)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    d = john.wait_dialog()
    assert john.reinvite(d, rj.sdp("sendonly")).status == 200
    inbox.wait_for(lambda n: state_of(n) == "established" and audio_of(n) == "inactive", what="the hold")
    assert inbox.wait_operation(invite(api, call, [BOB]))["status"] == "completed"
    n = inbox.wait_for(lambda n: state_of(n) == "established" and n["resourceData"].get("chatInfo"))
    assert audio_of(n) == "active", n  # the bot's own sound; who holds is in the roster
    roster = wait_people(inbox, [APP, PERSON, ROBERT])
    held = [r for r in roster if r["mediaStreams"][0]["direction"] == "inactive"]
    assert [r["info"]["identity"]["user"]["id"] for r in held] == [JOHN]
    rj.say_tone(440)
    rb.say_tone(1000)
    assert hears(rb, 440) == []
    assert john.reinvite(d, rj.sdp("sendrecv")).status == 200
    wait_hears(rb, [440], [440])
    wait_hears(rj, [1000], [1000])
    bob.wait_dialog()


def test_who_declines_leaves_a_group_of_the_first_two(api, sip, rtp):
    """The conversation is a group from the invitation on, whatever comes of it."""
    john = sip("john").pick_up(rtp(seed=1))
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    john.wait_dialog()
    assert failed(inbox, invite(api, call, [DECLINER])) == (603, 8538)
    wait_people(inbox, [APP, PERSON])
    assert conversation(api)["kind"] == "group" and api.get_call(call).json["state"] == "established"


THREADS = [pytest.param(n, marks=pytest.mark.carillon(flags=["--media-threads", str(n)])) for n in (1, 3)]


@pytest.mark.parametrize("threads", THREADS)
def test_who_is_invited_out_of_a_meeting_leaves_that_one(api, sip, rtp, threads):
    """The same bot is in two meetings; John is asked over from one to the other."""
    first = api.request("POST", "/beta/app/calls", body_of(api, CHANNEL, "1533758867081", inbox="own")).json["id"]
    r = rtp(seed=1)
    john = sip("john").pick_up(r)
    dial(john, r, CHANNEL_ID)
    wait_people(api.inbox("own"), [APP, PERSON])
    call, inbox = host(api)
    assert inbox.wait_operation(invite(api, call, [JOHN], replacesCallId=first))["status"] == "completed"
    wait_people(inbox, [APP, PERSON])
    wait_until(lambda: [(c["kind"], len(c["participants"])) for c in sorted(
        api.send("GET", "/_/conversations").json["value"], key=lambda c: c["kind"])] == [
            ("channel", 1), ("scheduled", 2)], 5, "John to be in one of them")
    assert api.get_call(first).json["state"] == "established"
    rb = rtp(seed=2)
    dial(sip("bob"), rb, MEETING_ID)
    r.say_tone(440)
    rb.wait_tone(440)


def test_who_was_muted_while_it_rang_is_in_nobodys_ear(api, sip, rtp):
    call, inbox = host(api)
    rj, rb = rtp(seed=1), rtp(seed=2)
    dial(sip("john"), rj, MEETING_ID)
    wait_people(inbox, [APP, PERSON])
    bob = sip("bob").ring_only()
    op = invite(api, call, [BOB])
    ringing = bob.wait_request("INVITE")
    pid = wait_party(api, "Bob", "invited")["id"]
    assert api.act(call, "participants/%s/mute" % pid).status == 200
    rb.say_tone(1000)
    bob.pick_up(rb).on_invite(bob, ringing)
    assert inbox.wait_operation(op)["status"] == "completed"
    row = next(r for r in wait_people(inbox, [APP, PERSON, ROBERT]) if who(r) == ROBERT)
    assert row["isMuted"] is True
    assert hears(rj, 1000) == []
    assert api.act(call, "participants/%s/unmute" % pid).status == 200
    wait_hears(rj, [1000], (1000,))
