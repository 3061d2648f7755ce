"""Three real phones in one meeting, each with a tone and a codec of its own: what each of them hears."""
import sound
from api import BOB
from meeting import APP, CHANNEL_ID, FAY, PERSON, host, judge, pid_of, wait_party, wait_people

# Who takes part: a tone, and the only codecs that the phone has. All together they are not too loud for 16 bits: what
# is cut off makes tones of its own.
PHONES = {"john": (440, ["pcmu"]), "bob": (1000, ["g722"]), "fay": (1400, ["opus"])}
PROMPT_HZ = 600


def tail(phone, seconds=1.5):
    """The last of what its recording holds, once there is so much more than now."""
    begun = len(phone.heard()[0])

    def enough(samples, rate):
        return len(samples) >= begun + seconds * rate
    samples, rate = phone.wait_heard(enough, 20, "%g more seconds" % seconds)
    return samples[-int(seconds * rate):], rate


def tones_in(phone):
    samples, rate = tail(phone)
    return sorted(hz for hz in [PROMPT_HZ] + [hz for hz, _ in PHONES.values()]
                  if sound.has_tone(samples, rate, hz, 1.0))


def wait_tones(phone, expected):
    """Until exactly those are heard."""
    seen = []
    for _ in range(8):
        seen.append(tones_in(phone))
        if seen[-1] == sorted(expected):
            return
    raise AssertionError("%s heard %r, not %r" % (phone.user, seen, sorted(expected)))


def test_three_phones_hear_each_other_and_the_bot_and_never_themselves(api, phone, web):
    call, inbox = host(api, "join-channel")
    phones = {user: phone(user, hz=hz, codecs=codecs, db=-14.0) for user, (hz, codecs) in PHONES.items()}
    for p in phones.values():
        p.dial(CHANNEL_ID)
        p.wait_event("CALL_ESTABLISHED", 15)
    wait_party(api, "Fay", "lobby")
    judge(api, "Fay", "admit")
    roster = wait_people(inbox, [APP, PERSON, ("user", BOB), ("user", FAY)])

    def others(user, without=()):
        return [hz for other, (hz, _) in PHONES.items() if other not in (user, *without)]
    for user, p in phones.items():
        wait_tones(p, others(user))
    sound.write_wav(str(web[0] / "prompt.wav"), sound.tone(PROMPT_HZ, 60000, 16000, -10), 16000)
    api.play(call, web[1] + "/prompt.wav")
    for user, p in phones.items():
        wait_tones(p, others(user) + [PROMPT_HZ])

    assert api.act(call, "participants/%s/mute" % pid_of(roster, ("user", BOB))).status == 200
    for user, p in phones.items():
        wait_tones(p, others(user, ["bob"]) + [PROMPT_HZ])
    for user, (hz, _) in PHONES.items():
        samples, rate = phones[user].heard()
        if user != "fay":  # she heard the waiting sound, of whatever tones
            assert not sound.has_tone(samples, rate, hz, 0.4, -35), "%s heard its own tone" % user
