"""Media that the application hosts itself: a bot with a WebSocket, a phone, and us between them."""
import base64
import json
import struct

import pytest

import sound
from api import APPS, BOB, CALLING_BOT, JOHN, TENANT
from media_bot import MediaBot
from meeting import APP, MEETING_ID, PERSON, dial, seed, wait_people, who

FRAME = 640
MS = 16 * 2  # bytes


def pcm_of(samples):
    return struct.pack("<%dh" % len(samples), *(int(s) for s in samples))


def tone(hz, ms, db=-10):
    return pcm_of(sound.tone(hz, ms, 16000, db))


@pytest.fixture
def bot(bin):
    def make(**more):
        b = MediaBot(**more)
        bin.append(b)
        return b
    return make


@pytest.fixture
def john(sip, rtp):
    """His scripted phone picks up; rtp is his end of the sound."""
    class John:
        def __init__(self):
            self.rtp = rtp()
            self.sip = sip("john")
            self.sip.pick_up(self.rtp)
    return John()


class Hosted:
    """A call to John whose media the bot hosts, once it is established."""

    def __init__(self, api, bot, number=0, **blob):
        self.api, self.inbox = api, api.inbox("hosted")
        self.call = api.create_call([JOHN], callback=api.inbox_uri("hosted"), mediaConfig=bot.config(**blob))
        self.stream = bot.wait_stream(number)
        self.inbox.wait_active(self.call)

    def end(self):
        assert self.api.delete_call(self.call).status == 204
        return self.inbox.wait_end(self.call)


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_john_hears_himself_through_the_bot_and_the_notices_are_states_only(api, bot, john):
    b = bot(echo=True)
    h = Hosted(api, b)
    assert h.stream.events[0]["event"] == "start"
    john.rtp.say_tone(600)
    john.rtp.wait_tone(600)
    assert {len(f) for f in h.stream.frames} == {FRAME}
    end = h.end()
    assert (end["code"], end["subcode"]) == (200, 7000)
    assert h.inbox.states() == ["establishing", "established", "terminating", "terminated"]
    assert all(isinstance(n["resourceData"], dict) for n in h.inbox.notices()), "call states only"
    assert h.stream.wait_event("stop") == {"event": "stop", "reason": "hangup", "code": 200, "subcode": 7000}
    h.stream.wait(lambda s: s.closed == 1000, what="a close")


def test_the_bot_is_told_who_asks_and_what_the_stream_is(api, bot, john):
    b = bot()
    h = Hosted(api, b)
    headers = h.stream.headers
    assert h.stream.head.startswith("GET /MediaProcessor HTTP/1.1\r\n")
    assert headers["sec-websocket-protocol"] == "callmedia.v1"
    assert headers["x-call-id"] == h.call
    assert headers["x-media-session-id"] == "2379cf46-acf3-4fef-a914-be9627075320"
    assert headers["traceparent"].split("-")[1] == h.call.replace("-", "")
    token = headers["authorization"].split(" ")[1]
    claims = claims_of(token)
    assert (claims["aud"], claims["tid"], claims["callId"]) == (CALLING_BOT, TENANT, h.call)
    assert claims["exp"] - claims["iat"] <= 300
    kid = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]
    assert kid in [k["kid"] for k in api.send("GET", "/v1/.well-known/media-keys").json["keys"]]
    start = h.stream.wait_event("start")
    assert start.pop("resume").startswith("r-")
    assert start == {
        "event": "start", "v": 1, "callId": h.call, "mediaSessionId": "2379cf46-acf3-4fef-a914-be9627075320", "seq": 0,
        "tracks": [{"id": 0, "kind": "audio", "source": "a5dcfc9b-5a54-48ef-86f5-1fdd8508741a",
                    "render": "14778cc4-f54c-43c7-989f-9092e34ef784", "format": "Pcm16K", "encoding": "s16le",
                    "rate": 16000, "channels": 1, "frameMs": 20, "frameBytes": 640}],
        "audioRenderContexts": ["14778cc4-f54c-43c7-989f-9092e34ef784"],
        "audioSourceContexts": ["a5dcfc9b-5a54-48ef-86f5-1fdd8508741a"],
        "videoRenderContexts": [], "videoSourceContexts": [],
        "queue": {"maxMs": 20000, "highMs": 18000, "lowMs": 16000},
        "features": ["mark", "clear", "pause", "dtmf", "speakers", "resume"]}
    shown = api.get_call(h.call).json
    assert shown["mediaConfig"]["blob"] == b.blob(), "as it was sent"


def test_nobody_is_rung_before_the_bot_is_there(api, bot, john):
    b = bot(answer=lambda s: s.ended.wait(20))
    call = api.create_call([JOHN], mediaConfig=b.config())
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (500, 1005)
    with pytest.raises(AssertionError):
        john.sip.wait_request("INVITE", timeout=0.1)


def test_silence_is_real_frames_and_speech_is_heard_at_once(api, bot, john):
    h = Hosted(api, bot())
    h.stream.wait_frames(25)
    assert set(h.stream.pcm()) == {0}
    h.stream.say(tone(1000, 2000))
    john.rtp.wait_tone(1000)


def test_odd_pieces_make_whole_samples(api, bot, john):
    h = Hosted(api, bot())
    data = tone(700, 3000)
    for i in range(0, len(data), 333):
        h.stream.say(data[i:i + 333])
    john.rtp.wait_tone(700)


def test_a_burst_is_paced_and_its_marks_come_back_in_time_and_in_order(api, bot, john):
    h = Hosted(api, bot())
    h.stream.say(tone(1000, 1000))
    h.stream.tell("mark", id="half")
    h.stream.say(tone(1000, 1000))
    h.stream.tell("mark", id="all")
    before = len(h.stream.frames)
    h.stream.wait_event("mark", id="half", played=True)
    half = len(h.stream.frames)
    h.stream.wait_event("mark", id="all", played=True)
    assert half - before >= 40 and len(h.stream.frames) - half >= 40, "a second of frames each, but for our own haste"
    john.rtp.wait_tone(1000)


def test_what_is_cleared_is_silent_and_its_marks_say_so(api, bot, john):
    h = Hosted(api, bot())
    for _ in range(15):
        h.stream.say(tone(1000, 1000))
    h.stream.tell("mark", id="never")
    john.rtp.wait_tone(1000)
    h.stream.tell("clear")
    cleared = h.stream.wait_event("cleared")
    assert 1000 < cleared["droppedMs"] <= 15000
    h.stream.wait_event("mark", id="never", played=False)
    n = len(john.rtp.pcm())
    john.rtp.wait(lambda p: len(p.pcm()) >= n + 8000, 10, "a second more")
    assert not sound.has_tone(john.rtp.pcm()[n + 3200:], 8000, 1000, 0.3)


def test_more_than_20_s_are_too_many_and_the_newest_is_lost(api, bot, john):
    h = Hosted(api, bot())
    for _ in range(30):
        h.stream.say(tone(500, 1000))
    assert h.stream.wait_event("xoff")["queuedMs"] > 18000
    over = sum(e["droppedMs"] for e in [h.stream.wait_event("overrun")])
    assert over > 0
    h.stream.tell("status")
    status = h.stream.wait_event("status")
    assert status["queuedMs"] <= 20000 and status["overrunMs"] >= over
    h.stream.tell("clear")
    h.stream.wait_event("xon")


def test_a_pause_stops_the_queue_and_a_resume_goes_on(api, bot, john):
    h = Hosted(api, bot())
    h.stream.tell("pause")
    h.stream.say(tone(800, 2000))
    h.stream.tell("mark", id="end")
    seen = len(h.stream.frames)
    h.stream.wait_frames(seen + 50)
    assert not sound.has_tone(john.rtp.pcm(), 8000, 800, 0.3)
    assert h.stream.all("mark") == []
    h.stream.tell("resume")
    john.rtp.wait_tone(800)
    h.stream.wait_event("mark", id="end", played=True)


def test_a_direction_closes_the_other(api, bot, john):
    h = Hosted(api, bot())
    h.stream.tell("direction", direction="out")
    h.stream.tell("status")
    h.stream.wait_event("status", direction="out")
    seen = len(h.stream.frames)
    h.stream.say(tone(900, 2000))
    john.rtp.wait_tone(900)
    assert len(h.stream.frames) <= seen + 1, "it only speaks"
    h.stream.tell("direction", direction="in")
    h.stream.wait_frames(seen + 10)


def test_a_key_is_an_event(api, bot, john):
    h = Hosted(api, bot())
    john.rtp.say_tone(600)
    john.rtp.press("5#")
    assert h.stream.wait_event("dtmf", digit="5") == {"event": "dtmf", "digit": "5"}
    h.stream.wait_event("dtmf", digit="#")
    assert len(h.stream.all("dtmf")) == 2


def test_who_speaks_is_told(api, bot, john):
    h = Hosted(api, bot())
    john.rtp.say_tone(600)
    h.stream.wait(lambda s: any(e["event"] == "speakers" and len(e["ids"]) == 1 for e in s.events), what="John")
    john.rtp.be_silent()
    h.stream.wait(lambda s: [e for e in s.events if e["event"] == "speakers"][-1]["ids"] == [], what="nobody")


def test_bye_hangs_up(api, bot, john):
    h = Hosted(api, bot())
    h.stream.tell("bye")
    end = h.inbox.wait_end(h.call)
    assert (end["code"], end["subcode"]) == (200, 7000)
    john.sip.wait_request("BYE")


def test_unknown_words_are_answered_and_nothing_else(api, bot, john):
    h = Hosted(api, bot(echo=True))
    for text, code in [('{"cmd":"dance"}', "unknownCommand"), ("{", "notJson"), ("[]", "notJson"),
                       ('{"cmd":"mark"}', "badCommand"), ('{"cmd":"direction","direction":"up"}', "badCommand")]:
        h.stream.message(1, text.encode())
        h.stream.wait_event("error", code=code)
    john.rtp.say_tone(600)
    john.rtp.wait_tone(600)


def test_a_stream_that_breaks_comes_back_to_the_same_call(api, bot, john):
    b = bot(echo=True)
    h = Hosted(api, b)
    john.rtp.say_tone(600)
    john.rtp.wait_tone(600)
    first = h.stream.wait_event("start")
    h.stream.drop()
    again = b.wait_stream(1)
    start = again.wait_event("start")
    assert (start["resume"], start["callId"], start["seq"]) == (first["resume"], h.call, 1)
    assert claims_of(again.headers["authorization"].split(" ")[1])["callId"] == h.call
    n = len(john.rtp.pcm())
    john.rtp.wait(lambda p: sound.has_tone(p.pcm()[n:], 8000, 600, 0.8), 10, "himself again")
    assert {p.ssrc for p in john.rtp.received} == {john.rtp.received[0].ssrc}
    h.end()


def test_while_it_is_away_nothing_of_it_is_heard(api, bot, john):
    b = bot()
    h = Hosted(api, b)
    h.stream.say(tone(1000, 10000))
    john.rtp.wait_tone(1000)
    b.close()
    john.rtp.wait(lambda p: not sound.has_tone(p.pcm()[-4000:], 8000, 1000, 0.2), 5, "silence")
    n = len(john.rtp.pcm())
    john.rtp.wait(lambda p: len(p.pcm()) >= n + 8000, 10, "a second more")
    assert not sound.has_tone(john.rtp.pcm()[n:], 8000, 1000, 0.2)
    assert api.get_call(h.call).json["state"] == "established"


def test_a_bot_that_is_killed_and_started_again_goes_on(api, bot, john):
    b = bot(echo=True)
    h = Hosted(api, b)
    port = b.port
    b.close()
    api.inbox("hosted")
    again = bot(port=port, echo=True)
    again.wait_stream(0)
    john.rtp.say_tone(600)
    n = len(john.rtp.pcm())
    john.rtp.wait(lambda p: sound.has_tone(p.pcm()[n:], 8000, 600, 0.8), 15, "himself through the new bot")
    h.end()


def test_a_bot_that_stays_away_ends_the_call(api, bot, john):
    b = bot()
    h = Hosted(api, b)
    b.close()
    end = h.inbox.wait_end(h.call, timeout=40)
    assert (end["code"], end["subcode"]) == (500, 1005)
    john.sip.wait_request("BYE")
    assert api.shown(h.call)["stream"]["state"] == "gone"


def test_a_bot_of_44_kHz_hears_and_is_heard(api, bot, john):
    h = Hosted(api, bot(), supportedAudioFormat="Pcm44KStereo")
    john.rtp.say_tone(600)
    h.stream.wait(lambda s: len(s.frames) >= 100, what="two seconds")
    assert {len(f) for f in h.stream.frames} == {3528}
    left = h.stream.pcm()[::2]
    assert sound.has_tone(left[-44100:], 44100, 600, 0.8)
    mono = sound.tone(1000, 3000, 44100, -10)
    h.stream.say(pcm_of([s for s in mono for _ in range(2)]))
    john.rtp.wait_tone(1000)


@pytest.mark.parametrize("blob, says", [
    (None, "'mediaConfig.blob' is missing"),
    ("<Media Session Configuration>", "not JSON"),
    ("{\"mpUri\":\"net.tcp://127.0.0.1:0/x\"}", "'mpUri'"),
    ("{\"mpUri\":\"file:///etc/passwd\"}", "'mpUri'"),
    ("{\"mpUri\":\"ws://169.254.169.254/latest\"}", "'mpUri'"),
    ("{\"supportedAudioFormat\":\"Pcm16K\"}", "'mpUri'"),
    ("{\"mpUri\":\"ws://127.0.0.1:9/x\",\"supportedAudioFormat\":\"Opus\"}", "'supportedAudioFormat'"),
    ("{\"mpUri\":\"ws://127.0.0.1:9/x\",\"y\":%s1%s}" % ("[" * 100, "]" * 100), "more than 64 levels"),
    ("{\"mpUri\":\"ws://127.0.0.1:9/x\",\"y\":%s1%s}" % ("[" * 9, "]" * 9), "nested too deep"),
    ("x" * (1 << 20), None),
], ids=range(10))
def test_a_bad_blob_is_refused_by_name(api, blob, says):
    config = {"@odata.type": "#microsoft.graph.appHostedMediaConfig"}
    if blob is not None:
        config["blob"] = blob
    a = api.request("POST", "/beta/app/calls", api.call_body([JOHN], mediaConfig=config))
    assert a.status in (400, 413)
    if says is not None:
        assert a.status == 400 and says in a.json["error"]["message"], a


def test_prompts_and_tones_are_the_bots_own(api, bot, john):
    h = Hosted(api, bot())
    for action, body in [("playPrompt", {"prompts": [{
            "@odata.type": "#microsoft.graph.mediaPrompt",
            "mediaInfo": {"@odata.type": "#microsoft.graph.mediaInfo", "uri": "builtin:beep"}}]}),
            ("subscribeToTone", {"clientContext": "x"})]:
        a = api.act(h.call, action, body)
        assert a.status == 400 and a.json["error"]["code"] == "8500", a


def test_without_the_role_nobody_is_dialled(carillon, bot):
    b = bot()
    nobody = carillon.api().as_app("nomedia")
    a = nobody.request("POST", "/beta/app/calls", nobody.call_body([JOHN], mediaConfig=b.config()))
    assert a.status == 403 and "Calls.AccessMedia.All" in a.json["error"]["message"]
    assert b.streams == [] and APPS["nomedia"]


@pytest.mark.carillon(config={"media": {"net_tcp": "refuse"}})
def test_the_operator_may_refuse_net_tcp(api, bot, john):
    b = bot(echo=True)
    a = api.request("POST", "/beta/app/calls", api.call_body([JOHN], mediaConfig=b.config()))
    assert a.status == 400 and "net.tcp" in a.json["error"]["message"]
    Hosted(api, b, mpUri="ws://127.0.0.1:%d/x?y=1" % b.port)
    assert b.streams[0].head.startswith("GET /x?y=1 HTTP/1.1")


def meet(api, bot, name="join-scheduled", **blob):
    """The seed's request as printed, but for its media: the call, its inbox, its stream."""
    body = json.loads(seed(name).decode().replace(",\n    ],\n", "\n    ],\n").replace("],\n  },", "]\n  },"))
    body["mediaConfig"] = bot.config(**blob)
    body["callbackUri"] = api.inbox_uri("meeting")
    call = api.create_call([], path="/beta/app/calls", **body)
    inbox = api.inbox("meeting")
    inbox.wait_active(call)
    return call, inbox, bot.wait_stream()


def test_in_a_meeting_the_bot_hears_the_mix_and_is_heard_by_all(api, bot, sip, rtp):
    call, inbox, s = meet(api, bot())
    ends = {}
    for user, hz in [("john", 600), ("bob", 1000)]:
        ends[user] = rtp()
        ends[user].say_tone(hz, -20)
        dial(sip(user), ends[user], MEETING_ID)
    roster = wait_people(inbox, [APP, PERSON, ("user", BOB)])
    for hz in (600, 1000):
        s.wait(lambda s: sound.has_tone(s.pcm(), 16000, hz, 0.8), what="%d Hz" % hz)
    s.wait(lambda s: any(e["event"] == "speakers" and len(e["ids"]) == 2 for e in s.events), what="two who speak")
    ids = next(e["ids"] for e in s.events if e["event"] == "speakers" and len(e["ids"]) == 2)
    assert set(ids) == {row["id"] for row in roster if who(row) != APP}
    s.say(tone(1400, 4000))
    for end in ends.values():
        end.wait_tone(1400)
    assert not sound.has_tone(s.pcm(), 16000, 1400, 0.5), "never itself"
    assert api.delete_call(call).status == 204
    s.wait_event("stop")


def test_a_bot_that_wants_to_know_gets_each_voice_on_a_track_of_its_own(api, bot, sip, rtp):
    b = bot(protocol="callmedia.framed.v1")
    call, inbox, s = meet(api, b, receiveUnmixedMeetingAudio=True)
    assert s.headers["sec-websocket-protocol"] == "callmedia.framed.v1, callmedia.v1"
    dialogs = {}
    for user, hz in [("john", 600), ("bob", 1000)]:
        end, phone = rtp(), sip(user)
        end.say_tone(hz, -20)
        dialogs[user] = (phone, dial(phone, end, MEETING_ID))
    roster = wait_people(inbox, [APP, PERSON, ("user", BOB)])
    s.wait(lambda s: len([e for e in s.events if e["event"] == "track"]) == 2, what="two tracks")
    tracks = {e["participant"]: e for e in s.all("track")}
    rows = {row["id"]: row for row in roster if who(row) != APP}
    assert set(tracks) == set(rows)
    for pid, row in rows.items():
        assert tracks[pid]["sourceId"] in [m["sourceId"] for m in row["mediaStreams"]]

    def voice(s, track):
        """Its samples, and its numbers."""
        frames = [f for f in s.frames if struct.unpack_from("<H", f, 2)[0] == track]
        data = b"".join(f[16:] for f in frames)
        return struct.unpack("<%dh" % (len(data) // 2), data), [struct.unpack_from("<I", f, 4)[0] for f in frames]
    for user, hz, other in [(JOHN, 600, 1000), (BOB, 1000, 600)]:
        track = next(e["id"] for pid, e in tracks.items() if who(rows[pid]) == ("user", user))
        s.wait(lambda s: sound.has_tone(voice(s, track)[0], 16000, hz, 1.0), what="%d Hz alone" % hz)
        samples, numbers = voice(s, track)
        assert not sound.has_tone(samples, 16000, other, 0.5)
        assert numbers == list(range(len(numbers)))
    for hz in (600, 1000):
        assert sound.has_tone(voice(s, 0)[0], 16000, hz, 0.8), "the mix has both"
    assert {f[0] for f in s.frames} == {1}
    phone, dialog = dialogs["john"]
    assert phone.bye(dialog).status == 200
    gone = next(e["id"] for pid, e in tracks.items() if who(rows[pid]) == PERSON)
    s.wait_event("trackEnd", id=gone)


def test_a_real_phone_and_the_bot_hear_each_other(api, bot, phone):
    p = phone("john", answer="auto", hz=440)
    h = Hosted(api, bot())
    h.stream.wait(lambda s: sound.has_tone(s.pcm(), 16000, 440, 1.0), 20, "his tone")
    h.stream.say(tone(1000, 10000))
    p.wait_heard(lambda samples, rate: sound.has_tone(samples, rate, 1000, 1.0), 20, "the bot's tone")
    p.hang_up()
    h.inbox.wait_end(h.call)
    assert h.stream.wait_event("stop")["reason"] == "hangup"
