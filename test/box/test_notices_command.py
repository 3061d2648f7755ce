"""`carillon notices`: what is owed, parked or dead, from a shell, and once more."""
import json
import os
import re

import pytest
from api import BUSY, Api
from receiver import Receiver, state_of
from server import run
from waiting import wait_until


class Rude(Receiver):
    """Refuses all that comes while `rude`, with words that a terminal would obey."""

    rude = True

    def _take(self, h):
        if not self.rude:
            super()._take(h)
            return
        h.rfile.read(int(h.headers.get("Content-Length") or 0))
        body = b"go away\x1b[2J\x07\n\xc3\xa4"
        h.send_response(302)
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)


@pytest.fixture
def rude(carillon, bin):
    r = Rude(carillon.api())
    bin.append(r)
    return r


def notices(carillon, *words):
    return run("notices", "--data", carillon.data, *words)


def rows(carillon, *words):
    code, out, err = notices(carillon, "--json", *words)
    assert (code, err) == (0, ""), err
    return json.loads(out)["value"]


def park(carillon, rude):
    """A call of which both notices are parked."""
    call = carillon.api().create_call([BUSY], rude.uri)
    wait_until(lambda: len(rows(carillon, "--state", "parked")) == 2, 15, "two parked notices")
    return call


def test_there_may_be_none(carillon):
    for words in ([], ["--state", "parked"], ["--state", "owed"], ["--state", "dead"]):
        assert notices(carillon, *words) == (0, "there are none\n", ""), words
        assert rows(carillon, *words) == []
    assert notices(carillon, "--replay", "all") == (0, "0 sent again\n", "")


def test_what_is_parked_is_a_table_for_people_and_json_for_programs(carillon, rude):
    call = park(carillon, rude)
    kept = rows(carillon, "--state", "parked")
    assert rows(carillon, "--state", "owed") == [] and rows(carillon) == kept
    assert [r["call"] for r in kept] == [call, call]
    assert [state_of(r["body"]) for r in kept] == ["establishing", "terminated"]
    code, out, err = notices(carillon, "--state", "parked")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 1 + 2 * len(kept), "a head, and two lines for each"
    assert lines[0].split() == ["NUMBER", "STATE", "TRIES", "STATUS", "MADE", "WEBHOOK-ID", "CALL", "WHAT"]
    for i, row in enumerate(kept):
        assert lines[1 + 2 * i].split() == [str(row["number"]), "parked", "1", "302", row["madeAt"], row["webhookId"],
                                            call, row["body"]["changeType"], state_of(row["body"])]
        assert rude.uri in lines[2 + 2 * i] and "go away" in lines[2 + 2 * i]
    assert re.fullmatch(r"[ -~\n]*", out), "nothing that a terminal obeys"


def test_one_is_sent_again_and_then_all(carillon, rude):
    park(carillon, rude)
    first, second = rows(carillon)
    rude.rude = False
    code, out, err = notices(carillon, "--replay", first["webhookId"])
    assert (code, err) == (0, "") and first["webhookId"] in out
    rude.wait_for(lambda r: [p.headers["webhook-id"] for p in r.posts] == [first["webhookId"]])
    wait_until(lambda: rows(carillon) == [second], 10, "the delivery")
    code, _, err = notices(carillon, "--replay", first["webhookId"])
    assert code == 1 and "404" in err and "no such notice" in err
    assert notices(carillon, "--replay", "all", "--state", "dead")[1] == "0 sent again\n"
    assert notices(carillon, "--replay", "all") == (0, "1 sent again\n", "")
    wait_until(lambda: rows(carillon) == [], 10, "the delivery of the rest")
    assert [state_of(n) for n in rude.notices()] == ["establishing", "terminated"]


@pytest.mark.carillon(flags=["--admin", "127.0.0.1:0"])
def test_it_finds_our_own_verbs_on_their_own_port(carillon, rude):
    admin = Api(carillon.ready["admin"])
    call = carillon.api().create_call([BUSY], rude.uri)
    wait_until(lambda: len(admin.send("GET", "/_/notices?state=parked").json["value"]) == 2, 15, "two parked notices")
    assert [r["call"] for r in rows(carillon)] == [call, call]


def test_mistakes_are_named_and_nothing_is_asked(tmp_path):
    for words in (["--state", "lost"], ["--replay", "x"], ["--replay", "all", "--json"], ["extra"],
                  ["--replay", "all", "--state", "owed"], ["--state"], ["--callback", "x"]):
        code, out, err = run("notices", *words, "--data", str(tmp_path))
        assert (code, out) == (2, "") and "notices --help" in err, (words, err)
    code, _, err = run("notices", "--data", str(tmp_path))
    assert code == 1 and "no server runs" in err


def test_its_help_names_its_flags_and_each_command_has_its_own():
    out = run("notices", "--help")[1]
    assert all(word in out for word in ("--state", "--replay", "--json", "--data"))
    assert "--state" not in run("user", "add", "--help")[1]
    assert "--display" in run("user", "add", "--help")[1]


def test_without_the_right_to_read_the_folder_it_says_so(carillon):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    try:
        code, _, err = run("notices", "--data", carillon.data, user=65534)
    except PermissionError:
        pytest.skip("nobody may run the program where it lies")
    assert code == 1 and "Permission denied" in err, err
