"""The README's own commands, taken from the README: what a newcomer pastes works."""
import json
import os
import re
import select
import signal
import subprocess
import time
import urllib.request

import pytest
import seen
from server import PROGRAM, ROOT

README = open(os.path.join(ROOT, "README.md")).read()
COMMANDS = [line.split("#")[0].strip() for block in re.findall(r"```sh\n(.*?)```", README, re.S)
            for line in block.splitlines() if line.strip()]


class Newcomer:
    """`make run` as the README has it, on free ports and in a folder of its own."""

    def __init__(self, folder):
        assert "make run" in COMMANDS
        args = ["--data %s/data" % folder, "--rtp-ports 0-0"]
        args += ["--%s 127.0.0.1:0" % name for name in ("http", "https", "sip", "sips")]
        self.said = open(os.path.join(folder, "said"), "w+")
        self.process = subprocess.Popen(
            ["make", "run", "B=" + os.path.dirname(PROGRAM), "ARGS=" + " ".join(args)], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=self.said, text=True, start_new_session=True)
        self.ready = json.loads(self.line(120))

    def line(self, timeout):
        end = time.monotonic() + timeout
        while True:
            assert select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            text = self.process.stdout.readline()
            assert text, self.stderr()
            if text.startswith('{"event":"ready"'):
                return text

    def stderr(self):
        self.said.seek(0)
        return self.said.read()

    def curl(self):
        """The request to paste; it is printed right after the ready line."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found = re.search(r"^curl .*?^}'$", self.stderr(), re.S | re.M)
            if found:
                return found[0]
            select.select([], [], [], 0.05)
        raise AssertionError(self.stderr())

    def end(self):
        if self.process.poll() is None:
            os.kill(self.ready["pid"], signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def newcomer(tmp_path):
    n = Newcomer(str(tmp_path))
    yield n
    assert n.end() == 0, n.stderr()


def inbox(newcomer, after=0):
    url = re.search(r"http://127\.0\.0\.1:8080(/_/inbox/first)", README)[1]
    with urllib.request.urlopen("http://%s%s?wait=10&after=%s" % (newcomer.ready["http"], url, after)) as r:
        return json.load(r)["value"]


def notices(newcomer, wanted):
    got, after, end = [], 0, time.monotonic() + 20
    while len(got) < wanted and time.monotonic() < end:
        for item in inbox(newcomer, after):
            after = item["id"]
            seen.notices(item["body"])
            got += item["body"]["value"]
    return [n["resourceData"] for n in got]


def test_make_run_and_the_curl_it_prints_reach_johns_phone(newcomer):
    made = subprocess.run(newcomer.curl(), shell=True, cwd=ROOT, capture_output=True, text=True, timeout=30)
    call = json.loads(made.stdout)
    assert call["state"] == "establishing", made.stdout
    states = notices(newcomer, 2)
    assert [s["state"] for s in states] == ["establishing", "established"]
    assert states[1]["mediaState"]["audio"] == "active"
    life = json.load(urllib.request.urlopen("http://%s/_/calls/%s" % (newcomer.ready["http"], call["id"])))
    assert life["legs"][0]["state"] == "up"


@pytest.mark.parametrize("command", [c for c in COMMANDS if "examples/" in c])
def test_the_examples_run_as_printed(newcomer, command):
    env = {**os.environ, "CARILLON_URL": "http://" + newcomer.ready["http"], "IVR_SECONDS": "4"}
    p = subprocess.Popen(command.split(), cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        seen = ""
        while "established" not in seen:
            line = p.stdout.readline()
            assert line, seen
            seen += line
    finally:
        p.terminate()
        p.wait(10)


@pytest.mark.parametrize("words", re.findall(r"`build/carillon ([^`]+)`", README))
def test_the_other_words_of_the_readme_work(newcomer, words, tmp_path):
    import shlex
    done = subprocess.run([PROGRAM, *shlex.split(words), "--data", str(tmp_path / "data")], capture_output=True,
                          text=True, timeout=60)
    assert done.stdout.strip(), done.stderr
    if words.split()[0] != "doctor":  # the ports of the README may be in use on this machine
        assert done.returncode == 0, done.stderr


def test_the_meeting_of_the_readme_is_joined_as_printed(newcomer, tmp_path):
    command = re.search(r"^curl .*?join-scheduled\.json$", README, re.S | re.M)[0]
    assert "127.0.0.1:8080" in command and "build/carillon token" in command
    command = command.replace("127.0.0.1:8080", newcomer.ready["http"])
    command = command.replace("build/carillon token", "%s token --data %s/data" % (PROGRAM, tmp_path))
    made = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(made.stdout)["chatInfo"]["threadId"].startswith("19:meeting_"), made.stdout
    calls = [n for n in notices(newcomer, 3) if isinstance(n, dict)]  # the third is a roster: a list
    assert [c["state"] for c in calls] == ["establishing", "established"]


def test_every_link_of_the_readme_leads_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert os.path.exists(os.path.join(ROOT, target)), target


def test_the_readme_fits_one_screen():
    assert README.count("\n") <= 80
