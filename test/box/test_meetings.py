"""Meetings: joined by bots and phones, in the shapes of the seed page; who hears whom is found by tone."""
import pytest
import sound
from api import BOB, CALLING_BOT, JOHN, TENANT, state_of
from meeting import (APP, CHANNEL_ID, FABRIKAMS_ID, GUEST_ID, MEETING_ID, PERSON, SCHEDULED, conversation, dial, join,
                     judge, people, roster_of, wait_people, wait_roster, who)
from rtp_peer import RtpPeer
from server import Server
from sip_peer import SipPeer
from waiting import wait_until


def test_the_seeds_scheduled_meeting_is_joined_as_printed(api):
    call = join(api, "join-scheduled")
    assert call["state"] == "establishing" and call["direction"] == "outgoing"
    assert call["targets"] == [] and call["tenantId"] == TENANT
    assert call["chatInfo"] == {"@odata.type": "#microsoft.graph.chatInfo", "threadId": SCHEDULED,
                                "messageId": "0", "replyChainMessageId": None}
    assert call["meetingInfo"]["organizer"]["user"]["id"] == BOB
    assert call["meetingInfo"]["allowConversationWithoutHost"] is True
    assert call["source"]["identity"]["application"]["id"] == CALLING_BOT

    inbox = api.inbox("first")
    inbox.wait_active(call["id"])
    roster = wait_people(inbox, [APP])
    assert inbox.states(call["id"]) == ["establishing", "established"]
    for n in inbox.notices():
        if state_of(n):
            assert n["resourceData"]["chatInfo"]["threadId"] == SCHEDULED
            assert n["resourceData"]["meetingInfo"]["organizer"]["user"]["displayName"] == "Bob"
    (row,) = roster
    assert row["@odata.type"] == "#microsoft.graph.participant"
    assert row["id"] == call["myParticipantId"]
    assert row["isMuted"] is False and row["isInLobby"] is False
    (stream,) = row["mediaStreams"]
    assert stream["mediaType"] == "audio" and stream["direction"] == "sendReceive"
    assert stream["serverMuted"] is False and int(stream["sourceId"]) > 0


def test_the_channel_meeting_is_another_one(api):
    join(api, "join-scheduled")
    call = join(api, "join-channel")
    assert call["chatInfo"]["messageId"] == "1533758867081"
    api.inbox("first").wait_active(call["id"])
    kinds = {c["kind"] for c in api.send("GET", "/_/conversations").json["value"]}
    assert kinds == {"scheduled", "channel"}


@pytest.mark.parametrize("number", [MEETING_ID, SCHEDULED.replace(":", "%3A").replace("@", "%40")])
def test_a_phone_dials_into_the_bots_meeting_and_they_hear_each_other(api, sip, rtp, web, number):
    call = join(api, "join-scheduled")["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    r = rtp()
    john = sip("john")
    d = dial(john, r, number)
    roster = wait_people(inbox, [APP, PERSON])
    assert not any(row["isInLobby"] for row in roster)
    sound.write_wav(str(web[0] / "p.wav"), sound.tone(700, 2000, 16000, -10), 16000)
    api.play(call, web[1] + "/p.wav")
    r.wait_tone(700)
    john.bye(d)
    wait_people(inbox, [APP])


def test_two_phones_and_the_bot_hear_each_other_and_not_themselves(api, sip, rtp, web):
    call = join(api, "join-scheduled")["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    rj, rb = rtp(seed=1), rtp(seed=2)
    dial(sip("john"), rj, MEETING_ID)
    dial(sip("bob"), rb, MEETING_ID)
    wait_people(inbox, [APP, PERSON, ("user", BOB)])
    rj.say_tone(440)
    rb.say_tone(1000)
    sound.write_wav(str(web[0] / "p.wav"), sound.tone(700, 6000, 16000, -10), 16000)
    api.play(call, web[1] + "/p.wav")
    for r, others, own in ((rj, (1000, 700), 440), (rb, (440, 700), 1000)):
        for hz in others:
            r.wait_tone(hz)
        assert not sound.has_tone(r.pcm()[-8000:], 8000, own, 0.3)


def test_a_muted_participant_is_in_nobodys_ear(api, sip, rtp):
    call = join(api, "join-scheduled")["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    rj, rb = rtp(seed=1), rtp(seed=2)
    dial(sip("john"), rj, MEETING_ID)
    dial(sip("bob"), rb, MEETING_ID)
    roster = wait_people(inbox, [APP, PERSON, ("user", BOB)])
    rj.say_tone(440)
    rb.wait_tone(440)
    pid = next(row["id"] for row in roster if who(row) == PERSON)
    a = api.act(call, "participants/%s/mute" % pid, {"clientContext": "m"})
    assert a.status == 200 and a.json["status"] == "completed" and a.json["clientContext"] == "m", a
    row = next(r for r in wait_roster(inbox, lambda r: any(x["isMuted"] for x in r)) if r["isMuted"])
    assert who(row) == PERSON and row["mediaStreams"][0]["serverMuted"] is True
    heard = len(rb.pcm())
    rb.wait(lambda p: len(p.pcm()) > heard + 16000, what="two seconds more")
    assert not sound.has_tone(rb.pcm()[-8000:], 8000, 440, 0.3)
    assert api.act(call, "participants/%s/unmute" % pid).status == 200
    rb.wait(lambda p: sound.has_tone(p.pcm()[-8000:], 8000, 440, 0.5), what="John again")


def test_a_guest_waits_in_the_lobby_until_it_is_admitted(carillon, api):
    host = join(api, "join-channel")["id"]
    api.inbox("first").wait_active(host)
    guest = carillon.api("guest")
    call = join(guest, "join-channel-guest")
    assert "application" not in call["source"]["identity"]
    inbox = api.inbox("first")
    mine = lambda n: roster_of(n) is not None and call["id"] in n["resource"]
    (row,) = roster_of(inbox.wait_for(mine))
    assert row["isInLobby"] is True and who(row) == ("guest", GUEST_ID)
    assert row["info"]["identity"]["guest"]["displayName"] == "Guest User"
    assert inbox.states(call["id"]) == ["establishing"]
    early = guest.act(call["id"], "playPrompt", {"prompts": [{
        "@odata.type": "#microsoft.graph.mediaPrompt",
        "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]})
    assert early.status == 400 and early.json["error"]["code"] == "8501"
    only = guest.request("GET", "/beta/app/calls/%s/participants" % call["id"]).json["value"]
    assert [r["id"] for r in only] == [call["myParticipantId"]]

    judge(api, "Guest User", "admit")
    inbox.wait_active(call["id"])
    full = roster_of(inbox.wait_for(lambda n: mine(n) and len(roster_of(n)) == 2))
    assert people(full) == [APP, ("guest", GUEST_ID)]
    assert judge(api, "Guest User", "admit", 409).json["error"]["code"] == "8519"


def test_a_guest_that_is_denied_is_put_out(carillon, api):
    call = join(carillon.api("guest"), "join-channel-guest")["id"]
    inbox = api.inbox("first")
    wait_roster(inbox, lambda r: r[0]["isInLobby"])
    judge(api, "Guest User", "deny")
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5000)
    wait_until(lambda: api.send("GET", "/_/conversations").json["value"] == [], what="an empty house")


def test_a_wait_in_the_lobby_ends_after_half_an_hour(carillon, api):
    call = join(carillon.api("guest"), "join-channel-guest")["id"]
    inbox = api.inbox("first")
    wait_roster(inbox, lambda r: r[0]["isInLobby"])
    api.advance(1801)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5855)


def test_removing_the_last_person_leaves_the_bot_alone_for_a_while(api, sip, rtp):
    call = join(api, "join-scheduled")["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    r = rtp()
    john = sip("john")
    dial(john, r, MEETING_ID)
    roster = wait_people(inbox, [APP, PERSON])
    pid = next(row["id"] for row in roster if who(row) == PERSON)
    assert api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid)).status == 204
    john.wait_request("BYE")
    wait_people(inbox, [APP])
    assert api.get_call(call).status == 200
    api.advance(61)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5012)


def test_several_targets_become_a_group_that_rings_everybody(api, sip, rtp):
    rj, rb = rtp(seed=1), rtp(seed=2)
    john, bob = sip("john"), sip("bob")
    john.pick_up(rj)
    bob.pick_up(rb)
    call = api.create_call([JOHN, BOB])
    inbox = api.inbox()
    inbox.wait_active(call)
    wait_people(inbox, [APP, PERSON, ("user", BOB)])
    rj.say_tone(440)
    rb.wait_tone(440)
    assert api.delete_call(call).status == 204
    assert inbox.wait_end(call)["subcode"] == 7000
    heard = len(rb.pcm())
    rb.wait(lambda p: len(p.pcm()) > heard + 8000, what="the others to go on")
    assert conversation(api)["kind"] == "group"


def test_a_group_call_that_nobody_takes_ends(api):
    call = api.create_call(["0c0ffee0-0000-4000-8000-000000000001", "0c0ffee0-0000-4000-8000-000000000002"])
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5013)


def test_an_invitation_makes_a_group_of_two_without_a_gap(api, sip, rtp):
    rj, rb = rtp(seed=1), rtp(seed=2)
    john, bob = sip("john"), sip("bob")
    john.pick_up(rj)
    bob.pick_up(rb)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    a = api.act(call, "participants/invite", {"clientContext": "i", "participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo",
         "identity": {"user": {"id": BOB}}}]})
    assert a.status == 200 and a.json["status"] == "running", a
    op = inbox.wait_operation(a.json["id"])
    assert op["status"] == "completed" and op["clientContext"] == "i"
    n = inbox.wait_for(lambda n: state_of(n) == "established" and n["resourceData"].get("chatInfo"))
    token = n["resourceData"]["meetingInfo"]
    assert token["@odata.type"] == "#microsoft.graph.tokenMeetingInfo" and token["token"]
    wait_people(inbox, [APP, PERSON, ("user", BOB)])
    rb.say_tone(1000)
    rj.wait_tone(1000)
    gaps = [b.seq - a.seq & 0xffff for a, b in zip(rj.received, rj.received[1:])]
    assert set(gaps) == {1} and len({p.ssrc for p in rj.received}) == 1

    other = api.request("POST", "/beta/app/calls", api.call_body(
        [], api.inbox_uri("other"), meetingInfo={"@odata.type": "#microsoft.graph.tokenMeetingInfo",
                                                 "token": token["token"]}))
    assert other.status == 201, other
    assert other.json["chatInfo"]["threadId"] == n["resourceData"]["chatInfo"]["threadId"]
    wait_roster(api.inbox("other"), lambda r: len(r) == 4)


def test_one_more_call_of_the_same_bot_is_one_more_participant(api):
    first = join(api, "join-scheduled")
    second = join(api, "join-scheduled")
    assert first["id"] != second["id"] and first["myParticipantId"] != second["myParticipantId"]
    wait_people(api.inbox("first"), [APP, APP])


def test_by_its_id_and_passcode_a_meeting_is_joined(api):
    def ask(join_id, passcode):
        return api.request("POST", "/beta/app/calls", api.call_body([], meetingInfo={
            "@odata.type": "#microsoft.graph.joinMeetingIdMeetingInfo", "joinMeetingId": join_id,
            "passcode": passcode}))
    for wrong in (ask(MEETING_ID, "bells1"), ask(MEETING_ID, None), ask("299999999999", None),
                  ask(FABRIKAMS_ID, None)):
        assert wrong.status == 400 and wrong.json["error"]["code"] == "8561", wrong
    good = ask(MEETING_ID, "Bells1")
    assert good.status == 201 and good.json["chatInfo"]["threadId"] == SCHEDULED, good
    assert ask(CHANNEL_ID, None).status == 201


def test_an_audio_routing_group_is_heard_by_its_receivers_alone(api, sip, rtp):
    call = join(api, "join-scheduled")["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    ends = {"john": rtp(seed=1), "bob": rtp(seed=2)}
    for name, r in ends.items():
        dial(sip(name), r, MEETING_ID)
    other = join(api, "join-scheduled")["myParticipantId"]  # another bot: it echoes nothing
    roster = wait_roster(inbox, lambda r: len(r) == 4)
    ids = {who(row): row["id"] for row in roster}
    john, bob = ids[PERSON], ids[("user", BOB)]
    ends["john"].say_tone(440)
    ends["bob"].wait_tone(440)

    def post(mode, sources, receivers):
        return api.act(call, "audioRoutingGroups", {
            "@odata.type": "#microsoft.graph.audioRoutingGroup", "routingMode": mode, "sources": sources,
            "receivers": receivers})
    assert post("oneToOne", [john], [bob, other]).status == 400
    assert post("multicast", [john], ["0c0ffee0-0000-4000-8000-0000000000ff"]).status == 404
    group = post("oneToOne", [john], [other])
    assert group.status == 200, group
    path = "/beta/app/calls/%s/audioRoutingGroups" % call
    heard = len(ends["bob"].pcm())
    ends["bob"].wait(lambda p: len(p.pcm()) > heard + 12000, what="a second and a half")
    assert not sound.has_tone(ends["bob"].pcm()[-6000:], 8000, 440, 0.3)
    wide = api.request("PATCH", path + "/" + group.json["id"], {"routingMode": "multicast", "receivers": [other, bob]})
    assert wide.status == 200 and wide.json["receivers"] == [other, bob], wide
    ends["bob"].wait(lambda p: sound.has_tone(p.pcm()[-6000:], 8000, 440, 0.5), what="John again")
    assert [g["id"] for g in api.request("GET", path).json["value"]] == [group.json["id"]]
    assert api.request("DELETE", path + "/" + group.json["id"]).status == 204
    assert api.request("GET", path + "/" + group.json["id"]).status == 404
    assert api.request("GET", path).json["value"] == []


@pytest.mark.parametrize("threads", [1, 3])
def test_an_invitation_takes_a_caller_out_of_another_call(tmp_path, bin, threads):
    """replacesCallId: on one media thread the phone notices nothing; between two it is rung anew."""
    s = Server(tmp_path, flags=["--media-threads", str(threads)])
    s.start()
    try:
        api = s.api()
        rj, rb = RtpPeer(seed=1), RtpPeer(seed=2)
        bin += [rj, rb]
        john, bob = SipPeer(s.address("sip"), "john"), SipPeer(s.address("sip"), "bob")
        bin += [john, bob]
        for phone, r in ((john, rj), (bob, rb)):
            phone.register()
            phone.pick_up(r)
        first = api.create_call([JOHN], api.inbox_uri("one"))
        api.inbox("one").wait_active(first)
        second = api.create_call([BOB], api.inbox_uri("two"))
        two = api.inbox("two")
        two.wait_active(second)
        a = api.act(second, "participants/invite", {"participants": [
            {"identity": {"user": {"id": JOHN}}, "replacesCallId": first}]})
        assert a.status == 200, a
        assert two.wait_operation(a.json["id"])["status"] == "completed"
        end = api.inbox("one").wait_end(first)
        assert (end["code"], end["subcode"]) == (200, 4521)
        wait_people(two, [APP, PERSON, ("user", BOB)])
        rj.say_tone(440)
        rb.wait_tone(440)
        if threads == 1:
            assert len([m for m in john.received if m.method == "INVITE"]) == 1
            assert len({p.ssrc for p in rj.received}) == 1
    finally:
        assert s.stop() == 0
