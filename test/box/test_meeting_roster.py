"""The roster: how often it is told, as deltas, who is in it; and what is done to those who are."""
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sound
from api import BOB, JOHN, PICKER, SILENT
from meeting import (APP, MEETING_ID, PERSON, body_of, dial, error_of, hears, host, people, pid_of,
                     wait_empty, wait_hears, wait_party, wait_people, wait_roster, who)
from waiting import wait_until

ROBERT = ("user", BOB)


def metadata_of(roster):
    return {who(r): r.get("metadata") for r in roster}


def act(api, call, verb, body=None):
    """Under today's root, which has today's names of operations."""
    return api.request("POST", "/beta/communications/calls/%s/%s" % (call, verb), body or {})


def set_metadata(api, call, text):
    a = api.act(call, "updateMetadata", {"metadata": text, "clientContext": "m"})
    assert a.status == 202 and "/operations/" + a.json["id"] in a.headers["Location"], a
    return a.json


def join_at(api, uri, **more):
    a = api.request("POST", "/beta/app/calls", body_of(api, callbackUri=uri, **more))
    assert a.status == 201, a
    return a.json["id"]


def rosters_to(receiver, accepted=False):
    return [n for n in receiver.notices(accepted) if n["resource"].endswith("/participants")]


def both_in(api, sip, rtp):
    """(call, inbox, John's sound, Bob's sound, roster): two phones and the bot."""
    call, inbox = host(api)
    rj, rb = rtp(seed=1), rtp(seed=2)
    dial(sip("john"), rj, MEETING_ID)
    dial(sip("bob"), rb, MEETING_ID)
    return call, inbox, rj, rb, wait_people(inbox, [APP, PERSON, ROBERT])


def test_a_roster_is_told_twice_a_second_at_most_and_the_last_is_the_newest(api, receiver):
    call = join_at(api, receiver.uri)
    receiver.wait_for(lambda r: rosters_to(r), what="the first roster")
    for n in range(30):
        set_metadata(api, call, "m%d" % n)
    receiver.wait_for(lambda r: rosters_to(r)[-1]["resourceData"][0].get("metadata") == "m29", what="the newest")
    at = [p.at for p in receiver.posts if any(n["resource"].endswith("/participants") for n in p.json["value"])]
    spans = [b - a for a, b in zip(at, at[2:])]  # three in less than a second would be too many
    assert all(s > 0.7 for s in spans), spans
    assert len(at) < 30


def test_while_the_receiver_is_down_one_roster_waits_and_it_is_the_newest(api, receiver, web):
    call = join_at(api, receiver.uri)
    receiver.wait_for(lambda r: rosters_to(r, True), what="the first roster")
    told = len(rosters_to(receiver, True))
    receiver.script(*[503] * 1000)
    sound.write_wav(str(web[0] / "p.wav"), sound.tone(700, 100, 16000, -10), 16000)
    api.play(call, web[1] + "/p.wav")  # its end is what the receiver does not take
    receiver.wait_for(lambda r: any(p.status == 503 for p in r.posts), what="a refusal")

    def waiting():
        rows = api.send("GET", "/_/notices?state=owed").json["value"]
        return [x["body"]["resourceData"] for x in rows if x["body"]["resource"].endswith("/participants")]
    for n in range(10):
        set_metadata(api, call, "m%d" % n)
        wait_until(lambda: waiting(), 5, "a roster to wait")
    wait_until(lambda: [r[0].get("metadata") for r in waiting()] == ["m9"], 10, "the newest alone to wait")
    with receiver._changed:
        receiver._script.clear()
    receiver.wait_for(lambda r: rosters_to(r, True)[-1]["resourceData"][0].get("metadata") == "m9", 40, "the newest")
    assert len(rosters_to(receiver, True)) - told <= 1, rosters_to(receiver, True)[told:]


DELTA = {"callOptions": {"@odata.type": "#microsoft.graph.outgoingCallOptions", "isDeltaRosterEnabled": True}}


def test_deltas_say_who_came_what_changed_and_who_went(api, receiver, sip, rtp):
    call = join_at(api, receiver.uri, **DELTA)

    def deltas():
        return [n["resourceData"] for n in rosters_to(receiver)]

    def wait_row(check, what):
        return receiver.wait_for(lambda _: next(((d, r) for d in deltas() for r in d["participants"] if check(r)), None),
                                 what=what)
    first, row = wait_row(lambda r: who(r) == APP, "the own row")
    assert first["@odata.type"] == "#microsoft.graph.deltaParticipants"
    assert row["rosterSequenceNumber"] <= first["sequenceNumber"] and row.get("removedState") is None
    john = sip("john")
    d = dial(john, rtp(), MEETING_ID)
    _, came = wait_row(lambda r: who(r) == PERSON, "John")
    set_metadata(api, call, "changed")
    _, changed = wait_row(lambda r: r.get("metadata") == "changed", "the change")
    assert who(changed) == APP and changed["rosterSequenceNumber"] > came["rosterSequenceNumber"]
    assert john.bye(d).status == 200
    last, gone = wait_row(lambda r: r.get("removedState"), "the removal")
    assert gone["id"] == came["id"] and gone["removedState"]["reason"]
    numbers = [x["sequenceNumber"] for x in deltas()]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
    full = api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]
    assert people(full) == [APP]
    assert last["sequenceNumber"] >= gone["rosterSequenceNumber"]


def test_a_hidden_invitee_is_heard_but_in_nobodys_roster(api, sip, rtp):
    call, inbox, rj, rb, _ = both_in(api, sip, rtp)
    a = act(api, call, "participants/invite", {"participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "hidden": True,
         "identity": {"user": {"id": PICKER}}}]})
    assert inbox.wait_operation(a.json["id"])["status"] == "completed"
    wait_party(api, "Picker", "in")
    rj.say_tone(440)
    set_metadata(api, call, "after")
    last = wait_roster(inbox, lambda r: metadata_of(r).get(APP) == "after")
    assert people(last) == sorted([APP, PERSON, ROBERT])
    assert people(api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]) == people(last)
    wait_hears(rj, [440], [440])  # the hidden one echoes him
    rb.wait_tone(440)


def test_metadata_and_the_recording_status_show_in_the_own_row(api, sip, rtp):
    call, inbox, _, _, _ = both_in(api, sip, rtp)
    o = set_metadata(api, call, "{\"k\": 1}")
    assert o["clientContext"] == "m"
    assert metadata_of(wait_roster(inbox, lambda r: metadata_of(r)[APP]))[PERSON] is None
    a = act(api, call, "updateRecordingStatus", {"status": "recording", "clientContext": "r"})
    assert a.status == 200 and a.json["status"] == "completed" and a.json["clientContext"] == "r", a
    assert a.json["@odata.type"] == "#microsoft.graph.updateRecordingStatusOperation"
    roster = wait_roster(inbox, lambda r: any(x.get("recordingInfo") for x in r))
    (row,) = [r for r in roster if r.get("recordingInfo")]
    assert who(row) == APP and row["recordingInfo"]["recordingStatus"] == "recording"
    assert row["recordingInfo"]["initiatedBy"]["identity"]["application"]["id"] == APP[1]
    assert error_of(act(api, call, "updateRecordingStatus", {"status": "soon"})) == (400, "8523")


def test_recording_status_needs_its_role(carillon):
    api = carillon.api("nomedia")
    a = api.request("POST", "/beta/app/calls", body_of(api))
    assert a.status == 201, a
    api.inbox().wait_active(a.json["id"])
    b = api.act(a.json["id"], "updateRecordingStatus", {"status": "recording"})
    assert error_of(b) == (403, "7504") and "Calls.AccessMedia.All" in b.json["error"]["message"], b


def test_the_own_call_mutes_and_unmutes_itself(api, sip, rtp, web):
    call, inbox, rj, _, _ = both_in(api, sip, rtp)
    sound.write_wav(str(web[0] / "p.wav"), sound.tone(700, 60000, 16000, -10), 16000)
    api.play(call, web[1] + "/p.wav")
    rj.wait_tone(700)
    a = act(api, call, "mute", {"clientContext": "x"})
    assert a.status == 200 and a.json["status"] == "completed" and a.json["clientContext"] == "x", a
    assert a.json["@odata.type"] == "#microsoft.graph.muteParticipantOperation"
    row = next(r for r in wait_roster(inbox, lambda r: any(x["isMuted"] for x in r)) if r["isMuted"])
    assert who(row) == APP and row["mediaStreams"][0]["serverMuted"] is False
    wait_hears(rj, [], [700])
    assert act(api, call, "unmute").json["@odata.type"] == "#microsoft.graph.unmuteParticipantOperation"
    wait_hears(rj, [700], [700])


def test_all_are_muted_but_the_bot_or_those_of_a_list(api, sip, rtp):
    call, inbox, rj, rb, roster = both_in(api, sip, rtp)
    rj.say_tone(440)
    rb.say_tone(1000)
    rj.wait_tone(1000)
    rb.wait_tone(440)
    a = act(api, call, "participants/muteAll", {"clientContext": "all"})
    assert a.status == 200 and a.json["status"] == "completed" and a.json["clientContext"] == "all", a
    muted = wait_roster(inbox, lambda r: sum(x["isMuted"] for x in r) == 2)
    assert sorted(who(r) for r in muted if r["isMuted"]) == sorted([PERSON, ROBERT])
    wait_hears(rj, [], [440, 1000])
    wait_hears(rb, [], [440, 1000])
    one = act(api, call, "participants/unmuteAll", {"participants": [pid_of(roster, PERSON)]})
    assert one.status == 200 and one.json["participants"] == [pid_of(roster, PERSON)], one
    wait_hears(rb, [440], [440, 1000])
    assert hears(rj, 440, 1000) == []
    assert act(api, call, "participants/unmuteAll").status == 200
    wait_hears(rj, [1000], [440, 1000])


def hold(api, call, pid, uri=None):
    body = {"clientContext": "h"}
    if uri:
        body["customPrompt"] = {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {
            "@odata.type": "#microsoft.graph.mediaInfo", "uri": uri, "resourceId": "h"}}
    a = act(api, call, "participants/%s/startHoldMusic" % pid, body)
    assert a.status == 202 and a.json["status"] == "running", a
    assert a.headers["Location"].endswith("/operations/" + a.json["id"]), a
    assert a.json["@odata.type"] == "#microsoft.graph.startHoldMusicOperation", a
    return a.json["id"]


def is_held(roster):
    return [who(r) for r in roster if r["mediaStreams"][0]["direction"] == "inactive"]


def test_hold_music_is_heard_by_that_phone_alone(api, sip, rtp, web):
    call, inbox, rj, rb, roster = both_in(api, sip, rtp)
    rj.say_tone(440)
    rb.say_tone(1000)
    sound.write_wav(str(web[0] / "music.wav"), sound.tone(700, 1000, 16000, -10), 16000)
    rj.wait_tone(1000)
    rb.wait_tone(440)
    john = pid_of(roster, PERSON)
    op = hold(api, call, john, web[1] + "/music.wav")
    done = inbox.wait_operation(op)
    assert done["status"] == "completed" and done["clientContext"] == "h", done
    wait_roster(inbox, lambda r: is_held(r) == [PERSON])
    wait_hears(rj, [700], [440, 700, 1000])
    wait_hears(rb, [], [440, 700, 1000])
    rj.wait_tone(700, 3)  # one second of music, again and again
    a = act(api, call, "participants/%s/stopHoldMusic" % john, {"clientContext": "s"})
    assert a.status == 202 and a.json["@odata.type"] == "#microsoft.graph.stopHoldMusicOperation", a
    assert inbox.wait_operation(a.json["id"])["status"] == "completed"
    wait_roster(inbox, lambda r: len(r) == 3 and is_held(r) == [])
    wait_hears(rj, [1000], [440, 700, 1000])
    wait_hears(rb, [440], [440, 700, 1000])


def test_without_a_prompt_there_is_music_of_ours(api, sip, rtp):
    call, inbox, rj, _, roster = both_in(api, sip, rtp)
    inbox.wait_operation(hold(api, call, pid_of(roster, PERSON)))
    tones = [392.0, 493.88, 587.33]
    rj.wait(lambda p: sound.sequence(p.pcm(), 8000, tones, -35.0)[:3] == tones, 10, "hold music")


@pytest.mark.parametrize("what", ["not there", "not sound"])
def test_hold_music_that_cannot_be_had_puts_nobody_on_hold(api, sip, rtp, web, what):
    call, inbox, rj, rb, roster = both_in(api, sip, rtp)
    (web[0] / "text.wav").write_bytes(b"this is no sound")
    op = hold(api, call, pid_of(roster, PERSON), web[1] + ("/none.wav" if what == "not there" else "/text.wav"))
    failed = inbox.wait_operation(op)
    assert failed["status"] == "failed", failed
    assert (failed["resultInfo"]["code"], failed["resultInfo"]["subcode"]) == (
        400, 8536 if what == "not there" else 8535)
    assert "server failed" not in failed["resultInfo"]["message"], failed
    wait_roster(inbox, lambda r: len(r) == 3 and is_held(r) == [])
    rj.say_tone(440)
    rb.say_tone(1000)
    wait_hears(rj, [1000], [440, 1000])
    wait_hears(rb, [440], [440, 1000])


class SlowSound:
    """Serves one sound, once it is let."""

    def __init__(self):
        mine, self.let, self.asked = self, threading.Event(), threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mine.asked.set()
                mine.let.wait(20)
                body = sound.wav_bytes(sound.tone(700, 1000, 16000, -10), 16000)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.uri = "http://127.0.0.1:%d/slow.wav" % self._server.server_address[1]

    def close(self):
        self.let.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def slow(bin):
    s = SlowSound()
    bin.append(s)
    return s


def test_hold_music_that_is_stopped_before_it_is_there_fails_and_ends_the_hold(api, sip, rtp, slow):
    call, inbox, rj, rb, roster = both_in(api, sip, rtp)
    rb.say_tone(1000)
    john = pid_of(roster, PERSON)
    op = hold(api, call, john, slow.uri)
    assert slow.asked.wait(10)
    a = act(api, call, "participants/%s/stopHoldMusic" % john)
    assert inbox.wait_operation(a.json["id"])["status"] == "completed"
    slow.let.set()
    failed = inbox.wait_operation(op)
    assert failed["status"] == "failed", failed
    assert (failed["resultInfo"]["code"], failed["resultInfo"]["subcode"]) == (400, 8508)
    wait_hears(rj, [1000], [700, 1000])


def test_other_hold_music_takes_the_place_of_the_first(api, sip, rtp, slow, web):
    call, inbox, rj, _, roster = both_in(api, sip, rtp)
    john = pid_of(roster, PERSON)
    first = hold(api, call, john, slow.uri)
    assert slow.asked.wait(10)
    sound.write_wav(str(web[0] / "music.wav"), sound.tone(500, 1000, 16000, -10), 16000)
    second = hold(api, call, john, web[1] + "/music.wav")
    assert inbox.wait_operation(second)["status"] == "completed"
    slow.let.set()
    assert inbox.wait_operation(first)["resultInfo"]["subcode"] == 8508
    rj.wait_tone(500)
    assert is_held(wait_roster(inbox, is_held)) == [PERSON]


def test_the_meeting_may_be_over_before_the_hold_music_is_there(api, sip, rtp, slow):
    call, _, _, _, roster = both_in(api, sip, rtp)
    hold(api, call, pid_of(roster, PERSON), slow.uri)
    assert slow.asked.wait(10)
    assert api.send("POST", "/_/reset", {}).status in (200, 204)
    wait_empty(api)
    slow.let.set()  # nobody waits for it any more; the server must not mind
    assert api.send("GET", "/livez").status == 200


def test_only_a_person_who_is_in_can_be_put_on_hold(api, sip, rtp):
    call, inbox = host(api, "join-channel")
    dial(sip("fay"), rtp(), "200000000002")
    roster = wait_roster(inbox, lambda r: len(r) == 2)
    for identity in (APP, who(next(r for r in roster if r["isInLobby"]))):
        a = act(api, call, "participants/%s/startHoldMusic" % pid_of(roster, identity))
        assert error_of(a) in ((400, "8548"), (409, "8519")), (identity, a)


def test_the_list_has_pages(api, sip, rtp):
    call, _, _, _, roster = both_in(api, sip, rtp)

    def page(query):
        a = api.request("GET", "/beta/app/calls/%s/participants%s" % (call, query))
        assert a.status == 200, a
        return [r["id"] for r in a.json["value"]]
    everybody = page("")
    assert sorted(everybody) == sorted(r["id"] for r in roster)
    assert page("?$top=2") == everybody[:2] and page("?$skip=2") == everybody[2:]
    assert page("?$top=1&$skip=1") == everybody[1:2] and page("?$top=0") == page("?$skip=3") == []
    one = api.request("GET", "/beta/app/calls/%s/participants/%s" % (call, everybody[1]))
    assert one.json["id"] == everybody[1]


def test_an_invited_one_is_taken_back(api, sip, rtp):
    call, inbox, _, _, _ = both_in(api, sip, rtp)
    a = act(api, call, "participants/invite", {"participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": {"user": {"id": SILENT}}}]})
    pid = wait_party(api, "Silent", "invited")["id"]
    assert api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid)).status == 204
    failed = inbox.wait_operation(a.json["id"])
    assert failed["status"] == "failed" and failed["resultInfo"]["code"] != 500, failed
    assert people(api.request("GET", "/beta/app/calls/%s/participants" % call).json["value"]) == sorted(
        [APP, PERSON, ROBERT])


def test_a_phone_that_rings_hears_cancel_when_its_invitation_is_taken_back(api, sip, rtp):
    call, _ = host(api)
    john = sip("john").ring_only()
    act(api, call, "participants/invite", {"participants": [
        {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": {"user": {"id": JOHN}}}]})
    john.wait_request("INVITE")
    pid = wait_party(api, "John", "invited")["id"]
    assert api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid)).status == 204
    john.wait_request("CANCEL")
    wait_until(lambda: error_of(api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid))) == (
        404, "8522"), 5, "the invitation to be gone")


def test_who_removes_itself_has_left(api, sip, rtp):
    call, inbox, rj, rb, roster = both_in(api, sip, rtp)
    assert api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (call, pid_of(roster, APP))).status == 204
    end = inbox.wait_end(call)
    assert end["code"] == 200 and end["subcode"] in (5000, 7000), end
    rj.say_tone(440)
    rb.wait_tone(440)
