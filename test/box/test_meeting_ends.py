"""How meetings end: crashes, the end of the server, a clean slate, hosts that leave, bots left alone."""
import pytest
from api import BOB, JOHN
from meeting import (APP, CHANNEL, CHANNEL_ID, FABRIKAMS_ID, FAY, MEETING_ID, PERSON, body_of, conversation, dial,
                     host, wait_empty, wait_party, wait_people)
from waiting import wait_until

ROBERT = ("user", BOB)


def one_meeting_and_a_lonely_phone(api, receiver, sip, rtp):
    """John, Bob and a bot in a meeting, Fay alone in her own: (call, the phones' dialogs)."""
    a = api.request("POST", "/beta/app/calls", body_of(api, callbackUri=receiver.uri))
    assert a.status == 201, a
    dialogs = [dial(sip("john"), rtp(seed=1), MEETING_ID), dial(sip("bob"), rtp(seed=2), MEETING_ID),
               dial(sip("fay"), rtp(seed=3), FABRIKAMS_ID)]
    receiver.wait_for(lambda r: any(n["resource"].endswith("/participants") and len(n["resourceData"]) == 3
                                    for n in r.notices()), what="a roster of three")
    wait_party(api, "Fay", "in")
    return a.json["id"], dialogs


def expect_byes(dialogs, seconds):
    for d in dialogs:
        assert d.ended.wait(seconds), "a phone got no BYE within %d s" % seconds


def test_a_crash_ends_meetings_and_frees_their_phones(carillon, api, receiver, sip, rtp):
    _, dialogs = one_meeting_and_a_lonely_phone(api, receiver, sip, rtp)
    carillon.kill()
    carillon.restart()
    expect_byes(dialogs, 10)
    end = receiver.wait_end()
    assert (end["code"], end["subcode"]) == (500, 9001)
    assert carillon.api().send("GET", "/_/conversations").json["value"] == []


def test_a_phone_that_a_roster_has_named_is_freed_whenever_the_crash_comes(carillon, api, receiver, sip, rtp):
    """Killed the moment the roster is told: what was told was on disk, and so is the way to the phone."""
    a = api.request("POST", "/beta/app/calls", body_of(api, callbackUri=receiver.uri))
    assert a.status == 201, a
    d = dial(sip("john"), rtp(), MEETING_ID)
    receiver.wait_for(lambda r: any(n["resource"].endswith("/participants") and len(n["resourceData"]) == 2
                                    for n in r.notices()), what="a roster of two")
    carillon.kill()
    carillon.restart()
    expect_byes([d], 10)


def test_the_end_of_the_server_ends_meetings(carillon, api, receiver, sip, rtp):
    _, dialogs = one_meeting_and_a_lonely_phone(api, receiver, sip, rtp)
    assert carillon.stop() == 0
    expect_byes(dialogs, 2)
    end = receiver.wait_end()
    assert (end["code"], end["subcode"]) == (503, 9002)


def test_a_clean_slate_empties_meetings_of_phones_too(api, receiver, sip, rtp):
    call, dialogs = one_meeting_and_a_lonely_phone(api, receiver, sip, rtp)
    assert api.send("POST", "/_/reset", {}).status in (200, 204)
    assert api.send("GET", "/_/conversations").json["value"] == []
    expect_byes(dialogs, 5)
    assert api.get_call(call).status == 404


def begin_as_host(api):
    body = body_of(api, inbox="host")
    body["meetingInfo"]["allowConversationWithoutHost"] = False
    a = api.request("POST", "/beta/app/calls", body)
    assert a.status == 201, a
    api.inbox("host").wait_active(a.json["id"])
    return a.json["id"]


def join_too(api):
    b = api.request("POST", "/beta/app/calls", body_of(api, inbox="other"))
    assert b.status == 201, b
    api.inbox("other").wait_active(b.json["id"])
    return b.json["id"]


def test_who_wants_no_conversation_without_it_takes_all_along(api, sip, rtp):
    first, second = begin_as_host(api), join_too(api)
    d = dial(sip("john"), rtp(), MEETING_ID)
    wait_people(api.inbox("other"), [APP, APP, PERSON])
    assert api.delete_call(first).status == 204
    end = api.inbox("other").wait_end(second)
    assert (end["code"], end["subcode"]) == (200, 5007)
    expect_byes([d], 5)
    end = api.inbox("host").wait_end(first)
    assert (end["code"], end["subcode"]) == (200, 7000)
    wait_empty(api)
    join_too(api)  # the meeting is there for the next ones


def test_only_who_begins_a_conversation_can_be_its_host(api, sip, rtp):
    second = join_too(api)
    wait_people(api.inbox("other"), [APP])
    first = begin_as_host(api)
    assert api.delete_call(first).status == 204
    api.inbox("host").wait_end(first)
    wait_people(api.inbox("other"), [APP])
    assert api.get_call(second).status == 200


@pytest.mark.carillon(config={"meetings": {"alone_seconds": 3600}})
def test_bots_wait_so_long_as_is_configured_and_somebody_who_comes_back_stops_the_clock(api, sip, rtp):
    call, inbox = host(api)
    john = sip("john")
    assert john.bye(dial(john, rtp(), MEETING_ID)).status == 200
    wait_people(inbox, [APP])
    api.advance(1800)
    assert api.act(call, "keepAlive").status == 200
    d = dial(john, rtp(seed=2), MEETING_ID)
    wait_party(api, "John", "in")
    api.advance(2000)
    assert api.act(call, "keepAlive").status == 200
    assert conversation(api)["kind"] == "scheduled"
    assert john.bye(d).status == 200
    wait_until(lambda: len(conversation(api)["participants"]) == 1, 5, "John to be gone")
    api.advance(1900)
    assert api.act(call, "keepAlive").status == 200
    api.advance(1701)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5012)


@pytest.mark.carillon(config={"meetings": {"alone_seconds": 0}})
def test_bots_may_be_told_not_to_stay_at_all(api, sip, rtp):
    call, inbox = host(api)
    john = sip("john")
    d = dial(john, rtp(), MEETING_ID)
    wait_people(inbox, [APP, PERSON])
    john.bye(d)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5012)
    wait_empty(api)


def test_a_group_ends_when_one_side_is_left(api, sip, rtp):
    john = sip("john").pick_up(rtp(seed=1))
    sip("bob").refuse_with(486)
    call = api.create_call([JOHN, BOB])
    inbox = api.inbox()
    inbox.wait_active(call)
    d = john.wait_dialog()
    wait_people(inbox, [APP, PERSON])
    assert john.bye(d).status == 200
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5010)
    wait_empty(api)


def test_who_waits_in_the_lobby_keeps_the_meeting_and_is_put_out_with_it(api, sip, rtp):
    body = body_of(api, CHANNEL, "1533758867081", inbox="host")
    body["meetingInfo"]["allowConversationWithoutHost"] = False
    call = api.request("POST", "/beta/app/calls", body).json["id"]
    inbox = api.inbox("host")
    john = sip("john")
    d = dial(john, rtp(seed=1), CHANNEL_ID)
    waiting = dial(sip("fay"), rtp(seed=2), CHANNEL_ID)
    wait_party(api, "Fay", "lobby")
    john.bye(d)
    wait_people(inbox, [APP, ("user", FAY)])
    api.advance(120)  # longer than a bot stays alone: somebody may still be let in
    assert api.get_call(call).json["state"] == "established"
    assert api.delete_call(call).status == 204
    expect_byes([waiting], 5)
    wait_empty(api)
