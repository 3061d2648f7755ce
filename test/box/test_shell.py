"""The API from a shell: `carillon calls`, `call`, `hangup`, `play`, `tail`."""
import json
import os
import re
import signal
import subprocess
import threading

import pytest
import sound
from api import BOB, BUSY, CALLING_BOT, HANGER, JOHN, SILENT, TENANT, Api
from server import PROGRAM, run
from waiting import wait_until

MEETING = "200000000001"  # its passcode is in the directory
BEEP = "https://cdn.contoso.com/beep.wav"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def shell(carillon, command, *words, timeout=60, **env):
    return run(command, "--data", carillon.data, *words, timeout=timeout, env={**os.environ, **env})


def call(carillon, *words, code=0, **env):
    """The id of a call that was made so, and what was said of it."""
    got, out, err = shell(carillon, "call", *words, **env)
    assert (got, err) == (code, ""), (words, out, err)
    lines = out.splitlines()
    assert ID.match(lines[0]), out
    return lines[0], lines[1:]


class Running:
    """A command that goes on; its lines as they come."""

    def __init__(self, carillon, *words):
        self.process = subprocess.Popen([PROGRAM, *words, "--data", carillon.data], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait(self, check, timeout=20):
        """Until check(lines) is true; returns that."""
        try:
            return wait_until(lambda: check(list(self.lines)), timeout, "lines")
        except AssertionError:
            raise AssertionError("not in these lines:\n" + "\n".join(self.lines))

    def interrupt(self):
        """^C: (exit code, standard error)."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.thread.join(20)
        return code, self.process.stderr.read()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join(20)
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def running(carillon, bin):
    def make(*words):
        r = Running(carillon, *words)
        bin.append(r)
        return r
    return make


@pytest.fixture
def tail(running, api):
    """A tail that listens by now: it has shown a call that is none of the test's."""
    def make(*words):
        t = running("tail", *words)

        def is_heard():
            poke = api.create_call([BUSY], api.inbox_uri("poke"))
            try:
                return t.wait(lambda lines: any(poke in x or poke[-8:] in x for x in lines), 2)
            except AssertionError:
                return False
        wait_until(is_heard, 20, "a tail that listens")
        return t
    return make


def lines_of(t, id):
    return [x for x in t.lines if x.split()[1] == id[-8:]]


def delivered(t, id):
    """Its lines with a delivery: on a slow machine one may have come before that, which only says `owed`."""
    return [x for x in lines_of(t, id) if "delivered" in x]


def what_of(line):
    """(changeType, what) and the rest of a tail's line of the Calling Bot."""
    m = re.match(r"\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f]{8} Calling Bot +(\w+) +(\w+) ?(.*)$", line)
    assert m, line
    return (m[1], m[2]), m[3].strip()


@pytest.fixture
def john(sip, rtp):
    """A phone that picks up and hears."""
    class John:
        def __init__(self):
            self.sip, self.rtp = sip("john"), rtp()
            self.sip.pick_up(self.rtp)
    return John()


# call


def test_a_call_prints_its_id_and_its_states_until_it_is_established(carillon, api):
    for word in ("john", "JOHN", JOHN, JOHN.replace("-", "").upper()):
        id, said = call(carillon, word)
        assert said == ["establishing", "established"]
        assert api.shown(id)["state"] == "established" and api.shown(id)["applicationId"] == CALLING_BOT
        assert api.get_call(id).json["targets"][0]["identity"]["user"]["id"] == JOHN
        api.inbox("shell").wait_state("established", id)


def test_a_call_that_fails_says_why_and_exits_1(carillon):
    _, said = call(carillon, "Busy", code=1)
    assert said == ["establishing", "terminated: The callee is busy. DiagCode: 486#8539.@"]


def test_several_people_are_a_group_call(carillon, api):
    id, said = call(carillon, "john", "Bob")
    assert said == ["establishing", "established"]
    assert [t["identity"]["user"]["id"] for t in api.get_call(id).json["targets"]] == [JOHN, BOB]
    assert api.shown(id)["conversation"]["kind"] == "group"


def test_a_number_of_a_meeting_is_joined_and_its_passcode_is_known(carillon, api):
    for word in (MEETING, "200 0000-00001"):
        id, said = call(carillon, word)
        assert said == ["establishing", "established"]
        assert api.shown(id)["conversation"]["kind"] == "scheduled"
    code, out, err = shell(carillon, "call", MEETING, "--passcode", "wrong")
    assert (code, out) == (1, "") and "400" in err


def test_a_meeting_and_people_are_rung_into_it(carillon, api):
    id, said = call(carillon, MEETING, "john")
    assert said == ["establishing", "established"]
    people = api.shown(id)["conversation"]["id"]
    wait_until(lambda: "John" in json.dumps(api.send("GET", "/_/conversations/" + people).json), 10, "John")


def test_with_wait_it_stays_to_the_end(carillon):
    _, said = call(carillon, "Hanger", "--wait")
    assert said == ["establishing", "established", "terminated: The other side ended the call. DiagCode: 200#4521.@"]


def test_interrupted_it_leaves_the_call_and_says_how_to_end_it(running, api):
    c = running("call", "Silent")
    id = c.wait(lambda lines: "establishing" in lines and lines[0])
    code, err = c.interrupt()
    assert code == 1 and "the call goes on: carillon hangup %s" % id[-8:] in err
    assert api.get_call(id).status == 200


def test_a_sound_is_played_once_it_is_established(carillon, john, tmp_path):
    path = str(tmp_path / "600.wav")
    sound.write_wav(path, sound.tone(600, 1500))
    _, said = call(carillon, "john", "--play", path)
    assert said == ["establishing", "established", "played to its end"]
    john.rtp.wait(lambda p: sound.has_tone(p.pcm(), 8000, 600, 1.0, share=0.2), 10, "the sound")


def test_who_is_nobody_is_named(carillon):
    for words, says in ((["nobody"], "'nobody' is no user's SIP name, name or id"), (["john", "12x"], "'12x'"),
                        ([MEETING, "200000000002"], "one call joins one meeting"),
                        (["john"] * 26, "at most 25 targets"), (["john"] * 27, "not known"),
                        (["john", "--app", "No Such Bot"], "no token for 'No Such Bot'"),
                        (["john", "--play"], "--play needs a value")):
        code, out, err = shell(carillon, "call", *words)
        assert code != 0 and out == "" and says in err, (words, err)


# whose token


def test_another_application_calls_and_what_it_may_not_is_the_servers_sentence(carillon, api):
    id, _ = call(carillon, "john", "--app", "No Media Bot")
    assert api.shown(id)["application"] == "No Media Bot"
    code, out, err = shell(carillon, "call", "john", "--app", "Bare Bot")
    assert (code, out) == (1, "") and "403" in err and "Calls.Initiate.All" in err


def test_a_token_can_be_brought_by_the_environment_or_in_a_file(carillon, api, tmp_path):
    token = run("token", "--app", "No Media Bot", "--data", carillon.data)[1]
    path = tmp_path / "token"
    path.write_text(token)
    off = {"CARILLON_API_EMBEDDED_ISSUER": "false"}  # of the command alone: it cannot make one
    code, out, err = shell(carillon, "call", "john", **off)
    assert (code, out) == (1, "") and "CARILLON_TOKEN" in err and "--token-file" in err
    for words, env in (([], {"CARILLON_TOKEN": token.strip()}), (["--token-file", str(path)], {})):
        id, _ = call(carillon, "john", *words, **env, **off)
        assert api.shown(id)["application"] == "No Media Bot"
        assert shell(carillon, "hangup", id, *words, **env, **off)[0] == 0
    path.write_text("\n")
    for words, says in ((["--token-file", str(path)], "no token"), (["--token-file", "/no"], "cannot be read"),
                        (["--token-file", str(path), "--app", "x"], "--app is for")):
        code, out, err = shell(carillon, "call", "john", *words)
        assert code != 0 and out == "" and says in err, (words, err)


def test_in_production_the_notices_need_a_place_of_their_own(carillon, api, receiver):
    env = {"CARILLON_PROFILE": "production", "CARILLON_TOKEN": api.token()}
    code, out, err = shell(carillon, "call", JOHN, **env)
    assert (code, out) == (2, "") and "--callback" in err
    id, said = call(carillon, JOHN, "--callback", receiver.uri, **env)
    assert said == ["establishing", "established"]
    receiver.wait_state("established")
    assert id in receiver.notices()[0]["resource"]


# calls


def test_calls_is_a_line_for_each_with_who_is_in_it(carillon, api):
    assert shell(carillon, "calls") == (0, "there are none\n", "")
    first, _ = call(carillon, "john")
    ringing = api.create_call([SILENT])
    wait_until(lambda: api.shown(ringing)["legs"], 10, "the ringing")
    second, _ = call(carillon, "john", "bob")
    code, out, err = shell(carillon, "calls")
    rows = [re.split(r" {2,}", x) for x in out.splitlines()]
    assert (code, err) == (0, "") and rows[0] == ["CALL", "STATE", "AGE", "APPLICATION: WITH WHOM"]
    assert [r[0] for r in rows[1:]] == [first, ringing, second], "the oldest first"
    assert [r[1] for r in rows[1:]] == ["established", api.shown(ringing)["state"], "established"]
    assert all(re.fullmatch(r"\d+:\d\d", r[2]) for r in rows[1:])
    assert rows[1][3] == "Calling Bot: John" and rows[2][3].startswith("Calling Bot: Silent (")
    assert set(re.split(", |: ", re.sub(r" \(\w+\)", "", rows[3][3]))) == {"Calling Bot", "John", "Bob"}
    code, out, _ = shell(carillon, "calls", "--json")
    assert code == 0 and {c["id"] for c in json.loads(out)["value"]} == {first, ringing, second}


def test_one_call_is_its_whole_life_in_one_place(carillon, api):
    id, _ = call(carillon, "Busy", code=1)
    wait_until(lambda: all(n["state"] == "delivered" for n in api.shown(id)["notices"]), 10, "the delivery")
    code, out, err = shell(carillon, "calls", id)
    assert (code, err) == (0, "")
    for pattern in (r"call +%s$" % id, r"state +terminated$", r"application +Calling Bot$", r"ended by +\w*BUSY\w*$",
                    r"code +486$", r"legs$", r"  virtual .* 486", r"transitions$", r"  \S+Z establishing +\w+ +\w+",
                    r"notices$", r"  \d+ \S+Z establishing +delivered \S+$", r"  \d+ \S+Z terminated +delivered \S+$"):
        assert re.search("^" + pattern, out, re.M), (pattern, out)
    assert not re.search(r" $", out, re.M)
    assert json.loads(shell(carillon, "calls", id, "--json")[1]) == api.shown(id)


def test_a_unique_beginning_or_end_of_an_id_is_enough(carillon):
    one, _ = call(carillon, "john")
    for word in (one[:8], one[:10].replace("-", "").upper(), one[-8:], one[-3:]):
        assert one in shell(carillon, "calls", word)[1], word
    two, _ = call(carillon, "bob")
    code, out, err = shell(carillon, "hangup", one[:8])
    assert (code, out) == (1, "") and "2 calls" in err and one in err and two in err
    for word, says in (("zzz", "no part of a call's id"), ("f" * 12, "no call that lives"), (one[:-1] + "g", "no part"),
                       (CALLING_BOT, "none ended in the last hour"), ("-", "not known")):
        for command in ("hangup", "calls", "tail"):
            code, out, err = shell(carillon, command, word)
            assert code != 0 and out == "" and says in err, (command, word, err)


# hangup, play


def test_the_phone_and_the_bot_hear_of_a_hang_up(carillon, api, john, receiver):
    id = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    assert shell(carillon, "hangup", id[-8:]) == (0, "%s is hung up\n" % id, "")
    john.sip.wait_request("BYE")
    assert receiver.wait_end()["subcode"] == 7000
    code, out, err = shell(carillon, "hangup", id)
    assert (code, out) == (1, "") and "has ended" in err


def test_whoever_made_the_call_it_is_hung_up_as_its_application(carillon, api):
    id, _ = call(carillon, "john", "--app", "No Media Bot")
    assert shell(carillon, "play", id, BEEP) == (0, "played to its end\n", "")
    assert shell(carillon, "hangup", id)[0] == 0
    assert api.inbox("shell").wait_end(id)["subcode"] == 7000


def test_a_file_is_heard_and_the_command_waits_for_its_end(carillon, john, tmp_path):
    path = str(tmp_path / "700.wav")
    sound.write_wav(path, sound.tone(700, 1500))
    id, _ = call(carillon, "john")
    before = len(john.rtp.pcm())
    assert shell(carillon, "play", id[-8:], path) == (0, "played to its end\n", "")
    john.rtp.wait(lambda p: sound.has_tone(p.pcm()[before:], 8000, 700, 1.0, share=0.2), 10, "the sound")


def test_what_cannot_be_played_is_said(carillon, john, web):
    _, at = web
    id, _ = call(carillon, "john")
    for what, says in ((at + "/none.wav", "could not be downloaded"), ("/none.wav", "/none.wav cannot be read"),
                       (__file__, "not in a format"), ("/tmp", "cannot be read"),
                       ("ftp://x/y.wav", "could not be downloaded")):
        code, out, err = shell(carillon, "play", id, what)
        assert (code, out) == (1, "") and says in err, (what, err)


def test_in_a_loop_it_plays_until_it_is_interrupted(running, carillon, api, john, tmp_path):
    path = str(tmp_path / "650.wav")
    sound.write_wav(path, sound.tone(650, 300))
    id, _ = call(carillon, "john")
    p = running("play", id[-8:], path, "--loop")

    def heard_ms(rtp):
        return sound.WINDOW_MS * sum(db >= -30 for db in sound.levels(rtp.pcm(), 8000, 650))
    john.rtp.wait(lambda r: heard_ms(r) > 900, 15, "the sound three times")
    assert p.process.poll() is None, p.process.stderr.read()
    assert p.interrupt() == (0, "") and p.lines == ["stopped"]
    assert "failed" in [o["status"] for o in api.shown(id)["operations"]]


def test_a_sound_that_is_interrupted_stops(running, carillon, api, john, tmp_path):
    path = str(tmp_path / "650.wav")
    sound.write_wav(path, sound.tone(650, 20000))
    id, _ = call(carillon, "john")
    p = running("play", id, path)
    john.rtp.wait(lambda r: sound.has_tone(r.pcm(), 8000, 650, 0.4), 15, "the sound")
    assert p.interrupt() == (0, "") and p.lines == ["stopped"]
    assert "failed" in [o["status"] for o in api.shown(id)["operations"]]


def test_a_file_that_is_not_there_makes_no_call(carillon, api):
    code, out, err = shell(carillon, "call", "john", "--play", "/none\u009b.wav")
    assert (code, out) == (1, "") and "/none?.wav cannot be read" in err
    assert api.send("GET", "/_/calls").json["value"] == []


def test_a_call_that_ends_first_ends_the_sound(running, carillon, api, john):
    id, _ = call(carillon, "john")
    p = running("play", id, BEEP, "--loop")
    wait_until(lambda: api.shown(id)["operations"], 10, "the operation")
    assert shell(carillon, "hangup", id)[0] == 0
    assert p.process.wait(20) == 1
    assert re.search("cancelled|the call ended before the sound did", p.process.stderr.read()), "whichever it saw first"


# tail


def test_the_states_of_two_calls_come_in_order_while_they_happen(tail, carillon):
    t = tail()
    one, _ = call(carillon, "john")
    two, _ = call(carillon, "Busy", code=1)
    t.wait(lambda lines: len(delivered(t, one)) == 2 and len(delivered(t, two)) == 2)
    assert shell(carillon, "hangup", one)[0] == 0
    t.wait(lambda lines: len(delivered(t, one)) == 4)
    assert [what_of(x) for x in delivered(t, one)] == [
        (("updated", "establishing"), "delivered 202"), (("updated", "established"), "delivered 202"),
        (("updated", "terminating"), "delivered 202"),
        (("deleted", "terminated"), "The application ended the call. DiagCode: 200#7000.@ delivered 202")]
    assert [what_of(x)[0][1] for x in delivered(t, two)] == ["establishing", "terminated"]
    assert t.interrupt() == (0, "")


def test_of_one_call_it_shows_what_was_and_what_comes_and_nothing_else(running, carillon):
    one, _ = call(carillon, "john")
    t = running("tail", one[-8:])
    t.wait(lambda lines: len(delivered(t, one)) == 2)
    call(carillon, "bob")
    assert shell(carillon, "hangup", one)[0] == 0
    t.wait(lambda lines: len(delivered(t, one)) == 4)
    assert t.interrupt() == (0, "") and lines_of(t, one) == t.lines


def test_a_delivery_that_fails_is_shown_with_its_try(tail, api, receiver):
    t = tail()
    receiver.script(503, 204)
    id = api.create_call([BUSY], receiver.uri)
    t.wait(lambda lines: len(delivered(t, id)) == 2)
    said = [what_of(x) for x in lines_of(t, id) if not x.endswith(" owed")]
    assert said[0] == (("updated", "establishing"), "owed: 503, try 1")
    assert (("updated", "establishing"), "delivered 204, try 2") in said
    assert said[-1][0] == ("deleted", "terminated") and said[-1][1].endswith("delivered 202")


def test_what_nobody_takes_for_long_is_shown_all_the_same(tail, api, receiver):
    t = tail()
    receiver.script((202, 8))
    id = api.create_call([BUSY], receiver.uri)
    t.wait(lambda lines: len(lines_of(t, id)) >= 2)
    assert [what_of(x)[0][1] for x in lines_of(t, id)[:2]] == ["establishing", "terminated"]
    assert lines_of(t, id)[0].endswith(" owed")
    t.wait(lambda lines: len(delivered(t, id)) == 2)


def test_keys_rosters_and_operations_are_said_but_no_key(tail, carillon, api, john):
    t = tail("--json")
    id, _ = call(carillon, MEETING, "john")
    john.sip.wait_dialog()
    api.subscribe_to_tone(id)
    john.rtp.wait_packets(5)
    john.rtp.press("5")

    def facts():
        return [f for f in map(json.loads, t.lines) if f["call"] == id and f["tries"] == 0]
    t.wait(lambda lines: {"tone", "roster"} <= {f["what"] for f in facts()})
    assert shell(carillon, "play", id, BEEP)[0] == 0
    t.wait(lambda lines: "operation" in {f["what"] for f in facts()})
    details = {f["what"]: f["detail"] for f in facts()}
    assert details["tone"] == "number 1" and details["roster"] == "2 participants"
    assert re.fullmatch(r"playPromptOperation completed 200/0", details["operation"])
    assert "tone5" not in "".join(t.lines)


def test_who_is_slow_is_told_how_many_were_missed(tail, api):
    t = tail()
    t.process.send_signal(signal.SIGSTOP)
    begin = api.send("GET", "/_/tail").json["last"]
    while api.send("GET", "/_/tail").json["last"] < begin + 1100:
        api.create_call([BUSY], api.inbox_uri("many"))
    t.process.send_signal(signal.SIGCONT)
    missed = t.wait(lambda lines: [x for x in lines if x.startswith("... ")])
    assert re.fullmatch(r"\.\.\. \d+ were missed", missed[0])
    assert t.interrupt() == (0, "")


def test_a_server_that_goes_is_said(tail, carillon):
    t = tail()
    assert carillon.stop() == 0
    assert t.process.wait(20) == 1
    assert re.search(r"^carillon: \S+: ", t.process.stderr.read())


# all of them


def test_without_a_server_they_say_so_and_mistakes_are_named(tmp_path):
    for words in (["calls"], ["calls", "x"], ["call", "john"], ["hangup", "x"], ["play", "x", "y.wav"], ["tail"]):
        code, out, err = run(*words, "--data", str(tmp_path))
        assert (code, out) == (1, "") and "no server runs" in err, (words, err)
    for words in (["calls", "x", "y"], ["call"], ["hangup"], ["hangup", "x", "y"], ["play", "x"],
                  ["play", "x", "y", "z"], ["tail", "x", "y"], ["call", "john", "--loop"], ["tail", "--wait"]):
        code, out, err = run(*words, "--data", str(tmp_path))
        assert (code, out) == (2, "") and "%s --help" % words[0] in err, (words, err)


def test_their_help_names_what_they_take():
    for word, flags in (("calls", ["--json"]), ("call", ["--app", "--play", "--wait", "--callback", "--passcode"]),
                        ("hangup", ["--token-file"]), ("play", ["--loop"]), ("tail", ["--json"])):
        code, out, _ = run(word, "--help")
        assert code == 0 and all(f in out for f in flags), out


@pytest.mark.carillon(flags=["--admin", "127.0.0.1:0"])
def test_with_an_admin_port_all_of_it_works(carillon):
    id, said = call(carillon, "john")
    assert said == ["establishing", "established"]
    assert id in shell(carillon, "calls")[1]
    assert shell(carillon, "play", id, BEEP)[0] == 0
    assert shell(carillon, "hangup", id[-8:])[0] == 0
    assert Api(carillon.ready["admin"]).send("GET", "/_/inbox/shell").json["value"]


@pytest.mark.carillon(config={"directory": {
    "tenants": [{"id": TENANT, "name": "Home"}],
    "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "carillon-dev-secret",
                      "roles": ["Calls.Initiate.All"]}],
    "users": [{"id": JOHN, "tenant": TENANT, "name": "J\u00f6 \u009b2J", "virtualPhone": {"answerAfterMs": 1}},
              {"id": BOB, "tenant": TENANT, "name": "Twin"}, {"id": HANGER, "tenant": TENANT, "name": "twin"}]}})
def test_what_a_terminal_would_obey_is_taken_out(carillon, tmp_path):
    config = ["--config", os.path.join(carillon.folder, "config.yaml")]
    call(carillon, JOHN, *config)
    out = shell(carillon, "calls")[1]
    assert re.fullmatch(r"[ -~\n]*", out) and "J?? ??2J" in out
    code, _, err = shell(carillon, "call", "Twin", *config)
    assert code == 1 and "2 users are called 'Twin'" in err
