"""The lobby for phones: Fay of Fabrikam calls Contoso's meetings, waits, types, is let in or sent away."""
import copy
import json
import os

import pytest
import sound
from api import BOB, CALLING_BOT, FABRIKAM, JOHN, TENANT
from meeting import (APP, CHANNEL, CHANNEL_ID, FABRIKAMS, FABRIKAMS_ID, FAY, GUEST_ID, MEETING_ID, PERSON, SCHEDULED,
                     body_of, dial, error_of, hears, host, judge, next_seconds, party, people, wait_empty, wait_hears,
                     wait_party, wait_people, wait_roster, who)
from server import run

VISITOR = ("user", FAY)
WAITING, ASKING, WRONG = [523.25, 659.26], [587.33, 880.0], [311.13, 233.08]  # Hz, in this order


def in_lobby(roster):
    return sorted(who(row)[1] for row in roster if row["isInLobby"])


def wait_sound(r, hzs):
    r.wait(lambda p: sound.sequence(p.pcm(), 8000, hzs, -35.0)[:2] == hzs, 10, "tones of %r" % hzs)


def call_in(sip, rtp, user, number, hz, seed):
    """A phone that has dialled in and says a tone: (phone, its sound, dialog)."""
    r, phone = rtp(seed=seed), sip(user)
    d = dial(phone, r, number)
    r.say_tone(hz)
    return phone, r, d


def test_who_waits_hears_the_waiting_sound_and_nobody_until_admitted(api, sip, rtp):
    call, inbox = host(api, "join-channel")
    _, john, _ = call_in(sip, rtp, "john", CHANNEL_ID, 440, 1)
    _, fay, _ = call_in(sip, rtp, "fay", CHANNEL_ID, 1000, 2)
    roster = wait_people(inbox, [APP, PERSON, VISITOR])
    assert in_lobby(roster) == [FAY]
    wait_sound(fay, WAITING)
    quiet = next_seconds(john, 2)
    assert sound.never_has(quiet, 8000, 1000)
    assert sound.never_has(fay.pcm(), 8000, 440)

    judge(api, "Fay", "admit")
    wait_hears(fay, [440], [440, 1000])
    wait_hears(john, [1000], [440, 1000])
    assert in_lobby(wait_roster(inbox, lambda r: len(r) == 3 and not in_lobby(r))) == []
    heard = next_seconds(fay, 5)  # longer than the waiting sound's round
    assert sound.never_has(heard, 8000, WAITING[1], -30), "she still hears the waiting sound"
    assert api.get_call(call).status == 200


def test_who_is_denied_hears_bye(api, sip, rtp):
    _, inbox = host(api, "join-channel")
    phone, _, d = call_in(sip, rtp, "fay", CHANNEL_ID, 1000, 2)
    wait_people(inbox, [APP, VISITOR])
    judge(api, "Fay", "deny")
    assert d.ended.wait(5), "no BYE"
    wait_people(inbox, [APP])
    assert party(api, "Fay") is None
    assert len([m for m in phone.received if m.method == "BYE"]) >= 1


def test_the_passcode_is_typed_and_leads_to_the_lobby(api, sip, rtp):
    _, inbox = host(api)
    _, fay, _ = call_in(sip, rtp, "fay", MEETING_ID, 1000, 2)
    wait_party(api, "Fay", "asked")
    wait_sound(fay, ASKING)
    fay.press("235571#")
    wait_party(api, "Fay", "lobby")
    assert in_lobby(wait_people(inbox, [APP, VISITOR])) == [FAY]
    judge(api, "Fay", "admit")
    wait_roster(inbox, lambda r: len(r) == 2 and not in_lobby(r))


def test_nobody_sees_who_has_not_said_the_passcode(api, sip, rtp):
    call, inbox = host(api)
    _, _, d = call_in(sip, rtp, "fay", MEETING_ID, 1000, 2)
    pid = wait_party(api, "Fay", "asked")["id"]
    assert [who(row) for row in api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]] == [APP]
    at = "/beta/app/calls/%s/participants/%s" % (call, pid)
    assert error_of(api.request("GET", at)) == error_of(api.request("DELETE", at)) == (404, "8522")
    c = api.send("GET", "/_/conversations").json["value"][0]["id"]
    assert error_of(api.send("POST", "/_/conversations/%s/participants/%s/admit" % (c, pid), {})) == (409, "8519")
    assert wait_party(api, "Fay", "asked") and not d.ended.is_set()
    assert all(who(row) == APP for n in inbox.notices() if n["resource"].endswith("/participants")
               for row in n["resourceData"])


def test_a_star_begins_anew_and_keys_by_info_count_too(api, sip, rtp):
    r, phone = rtp(seed=2), sip("fay")
    answer, d = phone.invite(MEETING_ID, r.sdp(events=False))
    assert answer.status == 200
    r.connect(d.remote_sdp)
    wait_party(api, "Fay", "asked")
    for k in "99*235571#":
        assert phone.info_key(d, k).status == 200
    wait_party(api, "Fay", "lobby")


def test_three_wrong_passcodes_end_it(api, sip, rtp):
    _, fay, d = call_in(sip, rtp, "fay", MEETING_ID, 1000, 2)
    wait_party(api, "Fay", "asked")
    wait_sound(fay, ASKING)
    fay.press("1#")
    fay.wait(lambda p: sound.sequence(p.pcm(), 8000, WRONG, -35.0)[:2] == WRONG, 10, "the wrong-passcode sound")
    fay.press("22#")
    fay.wait(lambda p: p.keys_done(), 10, "the second try to be typed")
    assert not d.ended.is_set()
    fay.press("#")
    assert d.ended.wait(10), "no BYE"
    wait_empty(api)


def test_a_wait_at_the_passcode_ends_too(api, sip, rtp):
    _, _, d = call_in(sip, rtp, "fay", MEETING_ID, 1000, 2)
    wait_party(api, "Fay", "asked")
    api.advance(1801)
    assert d.ended.wait(10), "no BYE"
    wait_empty(api)


@pytest.mark.parametrize("way", ["bye", "silence"])
@pytest.mark.parametrize("number,state", [(CHANNEL_ID, "lobby"), (MEETING_ID, "asked")])
@pytest.mark.carillon(config={"media": {"timeout": 5}})
def test_a_phone_that_dies_while_it_waits_is_gone(api, sip, rtp, number, state, way):
    phone, fay, d = call_in(sip, rtp, "fay", number, 1000, 2)
    wait_party(api, "Fay", state)
    fay.wait_packets(10)
    if way == "bye":
        assert phone.bye(d).status == 200
    else:
        fay.send_rtcp = False
        fay.be_silent()
        assert d.ended.wait(15), "no BYE"
    wait_empty(api)


@pytest.mark.carillon(config={"media": {"timeout": 5}})
def test_a_phone_that_dies_in_the_meeting_leaves_the_roster(api, sip, rtp):
    _, inbox = host(api)
    _, john, d = call_in(sip, rtp, "john", MEETING_ID, 440, 1)
    _, bob, _ = call_in(sip, rtp, "bob", MEETING_ID, 1000, 2)
    wait_people(inbox, [APP, PERSON, ("user", BOB)])
    john.wait_packets(10)
    john.send_rtcp = False
    john.be_silent()
    wait_roster(inbox, lambda r: people(r) == sorted([APP, ("user", BOB)]), timeout=15)
    assert d.ended.wait(5), "no BYE"
    assert hears(bob, 440) == []


def test_guests_of_a_tenant_that_says_join_come_in_at_once(carillon, sip, rtp):
    fabrikam = carillon.api("fabrikam")
    a = fabrikam.request("POST", "/beta/app/calls", body_of(fabrikam, FABRIKAMS, organizer=FAY, tenant=FABRIKAM))
    assert a.status == 201, a
    inbox = fabrikam.inbox()
    inbox.wait_active(a.json["id"])
    _, john, _ = call_in(sip, rtp, "john", FABRIKAMS_ID, 440, 1)
    roster = wait_roster(inbox, lambda r: PERSON in people(r))
    assert in_lobby(roster) == []
    guest = {"identity": {"guest": {"id": "g-1", "displayName": "Gus"}}}
    b = fabrikam.request("POST", "/beta/app/calls", body_of(fabrikam, FABRIKAMS, organizer=FAY, tenant=FABRIKAM,
                                                            inbox="guest", source=guest))
    assert b.status == 201, b
    fabrikam.inbox("guest").wait_active(b.json["id"])
    assert in_lobby(wait_roster(inbox, lambda r: ("guest", "g-1") in people(r))) == []


REFUSING = {"directory": {
    "tenants": [{"id": TENANT, "name": "Contoso", "guests": "refuse"}, {"id": FABRIKAM, "name": "Fabrikam"}],
    "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "carillon-dev-secret",
                      "roles": ["Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All"]}],
    "users": [{"id": BOB, "tenant": TENANT, "name": "Bob"},
              {"id": JOHN, "tenant": TENANT, "name": "John", "sip": "john", "password": "john-dev-secret"},
              {"id": FAY, "tenant": FABRIKAM, "name": "Fay", "sip": "fay", "password": "fay-dev-secret"}],
    "meetings": [{"thread": SCHEDULED, "message": "0", "tenant": TENANT, "organizer": BOB, "joinMeetingId": MEETING_ID,
                  "passcode": "Bells1"},
                 {"thread": CHANNEL, "message": "1533758867081", "tenant": TENANT, "organizer": BOB, "kind": "channel",
                  "joinMeetingId": CHANNEL_ID}]}}


@pytest.mark.carillon(config=REFUSING)
def test_guests_of_a_tenant_that_refuses_them_are_refused(api, sip, rtp):
    guest = {"identity": {"guest": {"id": GUEST_ID, "displayName": "Guest User"}}}
    a = api.request("POST", "/beta/app/calls", body_of(api, source=guest))
    assert error_of(a) == (403, "8560"), a
    r, fay = rtp(), sip("fay")
    for number in (CHANNEL_ID, MEETING_ID):
        answer, _ = fay.invite(number, r.sdp())
        assert answer.status == 403, answer.first
    assert api.send("GET", "/_/conversations").json["value"] == []
    dial(sip("john"), r, CHANNEL_ID)  # its own people may
    wait_party(api, "John", "in")


ASKING_FIRST = copy.deepcopy(REFUSING)
ASKING_FIRST["directory"]["tenants"][0]["guests"] = "lobby"


@pytest.mark.carillon(config=ASKING_FIRST)
def test_who_types_the_passcode_is_judged_by_the_directory_of_then(carillon, api, sip, rtp):
    _, fay, d = call_in(sip, rtp, "fay", MEETING_ID, 1000, 2)
    wait_party(api, "Fay", "asked")
    with open(os.path.join(carillon.folder, "config.yaml"), "w") as f:
        json.dump(REFUSING, f)
    assert run("reload", "--data", carillon.data)[0] == 0
    fay.press("235571#")
    assert d.ended.wait(10), "no BYE"
    wait_empty(api)
