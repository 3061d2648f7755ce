"""Keys pressed at a phone, by every way that a phone may say them, and each counted once."""
import sound
from api import JOHN


def in_call(api, john, r, events=True):
    """John has answered, sound comes, and the bot listens for keys."""
    def sdp(offer):
        r.connect(offer)
        return r.sdp(events=events)
    john.answer_with(sdp)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    d = john.wait_dialog()
    inbox.wait_active(call)
    r.wait_packets(5)
    api.subscribe_to_tone(call)
    return call, inbox, d


NAMES = {"*": "star", "#": "pound", "A": "a", "B": "b", "C": "c", "D": "d"}


def want(keys):
    return [(i + 1, NAMES.get(k, "tone" + k)) for i, k in enumerate(keys)]


def test_every_key_by_rfc_4733(api, sip, rtp):
    r = rtp()
    r.say_tone(400)
    _, inbox, _ = in_call(api, sip("john"), r)
    keys = "0123456789*#ABCD"
    r.press(keys, ms=80, gap_ms=40)
    assert inbox.wait_tones(16, 15) == want(keys)


def test_the_same_key_twice_counts_twice(api, sip, rtp):
    r = rtp()
    r.say_tone(400)
    _, inbox, _ = in_call(api, sip("john"), r)
    r.press("77", ms=60, gap_ms=40)
    r.press("1")
    assert inbox.wait_tones(3) == want("771")


def test_events_that_are_lost_in_part_count_once(api, sip, rtp):
    r = rtp(loss=0.3, seed=7)
    r.say_tone(400)
    _, inbox, _ = in_call(api, sip("john"), r)
    r.press("159", ms=200, gap_ms=100)
    assert inbox.wait_tones(3, 10) == want("159")


def test_keys_by_info(api, sip, rtp):
    r = rtp()
    john = sip("john")
    r.say_tone(400)
    _, inbox, d = in_call(api, john, r, events=False)
    for k in "15#":
        assert john.info_key(d, k).status == 200
    assert inbox.wait_tones(3) == want("15#")


def test_keys_in_the_sound(api, sip, rtp):
    r = rtp()
    r.say([0] * 160)
    _, inbox, _ = in_call(api, sip("john"), r, events=False)
    r.press("159#", ms=100, gap_ms=100, in_band=True)
    assert inbox.wait_tones(4) == want("159#")


def test_all_ways_at_once_count_once(api, sip, rtp):
    """Events were agreed, so neither the sound nor INFO counts."""
    r = rtp()
    john = sip("john")
    r.say([0] * 160)
    _, inbox, d = in_call(api, john, r)
    r.press("1", ms=120, double=True, in_band=True)
    assert john.info_key(d, "1").status == 200
    assert inbox.wait_tones(1) == want("1")
    r.wait(lambda p: p.keys_done(), what="the end of the key")
    r.press("5", ms=120, double=True, in_band=True)
    assert inbox.wait_tones(2) == want("15")
    r.wait(lambda p: p.keys_done(), what="the end of the key")
    r.press("9", ms=100)
    assert inbox.wait_tones(3) == want("159")


def test_speech_is_no_key(api, sip, rtp):
    r = rtp()
    # voices sweep over the tones of keys without ever standing on a pair
    r.say([v for hz in range(300, 1700, 25) for v in sound.tone(hz, 40, 8000, -8)])
    _, inbox, _ = in_call(api, sip("john"), r, events=False)
    count = len(r.received)
    r.wait_packets(count + 150)
    r.press("3", ms=100, gap_ms=100, in_band=True)
    assert inbox.wait_tones(1) == want("3")


def test_keys_before_the_subscription_are_not_told(api, sip, rtp):
    r = rtp()
    r.say_tone(400)
    john = sip("john").pick_up(r)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    john.wait_dialog()
    inbox.wait_active(call)
    r.press("1")
    r.wait(lambda p: p.keys_done(), what="the end of the key")
    count = len(r.received)
    r.wait_packets(count + 20)
    api.subscribe_to_tone(call)
    r.press("2")
    assert inbox.wait_tones(1) == [(1, "tone2")]


def test_digits_never_reach_the_log(carillon, api, sip, rtp):
    r = rtp()
    r.say_tone(400)
    _, inbox, _ = in_call(api, sip("john"), r)
    r.press("24680")
    inbox.wait_tones(5)
    log = carillon.log()
    for word in ("tone2", "tone4", "digit 2", "key 2", "key '2'"):
        assert word not in log


def test_a_bot_without_the_role_may_not_listen(carillon, api, sip, rtp):
    bot = carillon.api("nomedia")
    john = sip("john").pick_up(rtp())
    call = bot.create_call([JOHN])
    john.wait_dialog()
    bot.inbox().wait_active(call)
    a = bot.act(call, "subscribeToTone", {"clientContext": "x"})
    assert a.status == 403, a
    assert a.json["error"]["code"] == "7504"
    assert "AccessMedia" in a.json["error"]["message"]
