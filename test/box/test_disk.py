"""A disk that is full, read-only or slow: calls go on, new ones get 503, nothing acknowledged is lost."""
import os
import shutil
import signal
import subprocess
import time

import pytest

import server as server_module
from api import BOB, BUSY, JOHN
from receiver import Receiver, state_of
from rtp_peer import RtpPeer
from server import ROOT, Server
from sip_peer import SipPeer
from test_media_threads import gauge

SIZE = 4 * 1024 * 1024


def until(check, timeout=20.0, what="what was awaited"):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        got = check()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("no %s in %.0f s" % (what, timeout))


def ready(api):
    return api.send("GET", "/readyz").status == 200


def live(api):
    return [c["id"] for c in api.send("GET", "/_/calls").json["value"]]


def owed(api):
    return api.send("GET", "/_/notices?state=owed").json["value"]


def try_call(api, uri):
    return api.request("POST", "/beta/app/calls", api.call_body([JOHN], uri))


class Disk:
    """A file system in a mount namespace of its own, which outlives the server. mount: the command, less the folder."""

    def __init__(self, folder, mount):
        self.folder = str(folder)
        os.makedirs(self.folder)
        self.holder = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c",
             "%s '%s' && echo mounted && exec sleep 600" % (mount, self.folder)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != b"mounted\n":
            why = self.holder.stderr.read().decode().strip()
            self.close()
            pytest.skip("no file system can be mounted here: %s" % why)

    def path(self, name):
        return "/proc/%d/root%s/%s" % (self.holder.pid, self.folder, name)

    def program(self, folder):
        """A script that starts the server where it sees this disk."""
        script = os.path.join(str(folder), "on-that-disk")
        with open(script, "w") as f:
            f.write("#!/bin/sh\nexec nsenter -t %d -m -- '%s' \"$@\"\n"
                    % (self.holder.pid, server_module.PROGRAM))
        os.chmod(script, 0o700)
        return script

    def close(self):
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()


class SmallDisk(Disk):
    """4 MiB."""

    def __init__(self, folder):
        super().__init__(folder, "mount -t tmpfs -o size=%d,mode=700 none" % SIZE)

    def fill(self):
        with open(self.path("filler"), "ab", buffering=0) as f:
            for size in (65536, 4096):
                while True:
                    try:
                        if f.write(b"x" * size) < size:
                            break
                    except OSError:
                        break

    def free(self):
        os.unlink(self.path("filler"))


class BrittleDisk(Disk):
    """An ext4 that the kernel remounts read-only at the first error, as distributions mount theirs: with files open for
    writing nobody else can. It stays so until it is unmounted."""

    def __init__(self, folder):
        self.image = str(folder) + ".img"
        with open(self.image, "wb") as f:
            f.truncate(4 * SIZE)
        subprocess.run([tool("mkfs.ext4"), "-q", self.image], check=True)
        self.mount = "mount -o loop,errors=remount-ro '%s'" % self.image
        super().__init__(folder, self.mount)
        os.chmod(self.path(""), 0o700)
        if not os.access(self.trigger(), os.W_OK):
            self.close()
            pytest.skip("the kernel makes no errors on demand: %s cannot be written" % self.trigger())

    def inside(self, command):
        return subprocess.run(["nsenter", "-t", str(self.holder.pid), "-m", "sh", "-c", command], check=True,
                              capture_output=True, text=True, timeout=60).stdout.strip()

    def trigger(self):
        device = self.inside("findmnt -n -o SOURCE '%s'" % self.folder)
        return "/sys/fs/ext4/%s/trigger_fs_error" % os.path.basename(device)

    def fail(self):
        with open(self.trigger(), "w") as f:
            f.write("1")
        with pytest.raises(OSError, match="Read-only"):
            open(self.path("probe"), "w").close()

    def mend(self):
        """What an operator does; nothing may be open there."""
        self.inside("umount '%s'" % self.folder)
        subprocess.run([tool("e2fsck"), "-fy", self.image], capture_output=True, timeout=60)  # 1: it has mended
        self.inside("%s '%s'" % (self.mount, self.folder))


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") or pytest.skip("there is no " + name)


def server_on(kind, request, tmp_path, monkeypatch, bin):
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    if not shutil.which("unshare") or not shutil.which("nsenter"):
        pytest.skip("there is no unshare or nsenter (util-linux)")
    disk = kind(tmp_path / "data")
    bin.append(disk)
    monkeypatch.setattr(server_module, "PROGRAM", disk.program(tmp_path))
    s = Server(tmp_path)
    request.node.carillon_server = s
    return s.start(), disk


@pytest.fixture
def small(request, tmp_path, monkeypatch, bin):
    """A server whose data lie on a small disk: (server, disk)."""
    s, disk = server_on(SmallDisk, request, tmp_path, monkeypatch, bin)
    yield s, disk
    s.stop()


@pytest.fixture
def brittle(request, tmp_path, monkeypatch, bin):
    """A server whose data lie on a disk that can break: (server, disk)."""
    s, disk = server_on(BrittleDisk, request, tmp_path, monkeypatch, bin)
    yield s, disk
    s.stop()


def stop_writing(api, disk, calls):
    """Fills the disk and says something, until the server has noticed."""
    disk.fill()
    until(lambda: api.act(calls[0], "keepAlive") and try_call(api, "http://127.0.0.1:1/").status and
          not ready(api), 30, "readyz 503")


def test_a_full_disk_stops_new_calls_and_nothing_else(small):
    carillon, disk = small
    api = carillon.api()
    receiver = Receiver(api)
    other = Receiver(api)
    try:
        kept = api.create_call([JOHN], receiver.uri)
        ended = api.create_call([JOHN], other.uri)
        for r in (receiver, other):
            r.wait_state("established")
        stop_writing(api, disk, [kept])
        refused = try_call(api, receiver.uri)
        assert refused.status == 503 and refused.headers["Retry-After"] == "30"
        assert refused.json["error"]["code"] == "serviceUnavailable"
        assert api.get_call(kept).json["state"] == "established"
        other.script(503)
        assert api.delete_call(ended).status == 204
        other.wait_end(timeout=30)
        late = [p for p in other.posts if state_of(p.json["value"][-1]) in ("terminating", "terminated")]
        assert all(p.headers["Carillon-Not-Durable"] == "true" for p in late)
        assert late[0].body == late[1].body and late[0].headers["webhook-id"] == late[1].headers["webhook-id"]
        disk.free()
        until(lambda: ready(api), 20, "readyz 200")
        assert try_call(api, receiver.uri).status == 201
        until(lambda: not owed(api), 20, "delivery")
        carillon.kill()
        carillon.restart()
        receiver.wait_for(lambda r: any(kept in n["resource"] and state_of(n) == "terminated"
                                        for n in r.notices()), 20, "end of the call that was kept")
        ends = [n for n in other.notices() if ended in n["resource"] and state_of(n) == "terminated"]
        assert len(ends) == 1, "a call that had ended ended once more"
        assert ends[0]["resourceData"]["resultInfo"]["subcode"] == 7000
    finally:
        receiver.close()
        other.close()


def test_a_recording_on_a_full_disk_fails_and_the_call_goes_on(small, bin):
    carillon, disk = small
    api = carillon.api()
    receiver, john, voice = Receiver(api), SipPeer(carillon.address("sip"), "john"), RtpPeer()
    bin.extend([receiver, john, voice])
    john.register()
    john.pick_up(voice)
    voice.say_tone(600)

    def record():
        a = api.act(call, "recordResponse", {"playBeep": False, "maxRecordDurationInSeconds": 2})
        assert a.status == 200, a
        return receiver.wait_for(lambda r: next((n["resourceData"] for n in r.notices() if n["changeType"] == "deleted" and
                                                 n["resource"].endswith(a.json["id"])), None), 30, "end of the recording")
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    stop_writing(api, disk, [call])
    end = record()
    assert (end["status"], end["resultInfo"]["code"], end["resultInfo"]["subcode"]) == ("failed", 500, 9999)
    assert end["completionReason"] == "unspecifiedError"
    assert end.get("recordingLocation") is None and end.get("recordingAccessToken") is None
    assert "recording" in carillon.log()
    assert api.get_call(call).json["state"] == "established"
    disk.free()
    until(lambda: ready(api), 20, "readyz 200")
    end = record()
    assert (end["status"], end["resultInfo"]["subcode"]) == ("completed", 8515)
    assert end["recordingLocation"]


def test_what_is_said_on_a_full_disk_is_written_when_there_is_room(small):
    carillon, disk = small
    api = carillon.api()
    receiver = Receiver(api)
    try:
        call = api.create_call([JOHN], receiver.uri)
        receiver.wait_state("established")
        stop_writing(api, disk, [call])
        receiver.script(*[503] * 200)
        seen = len(receiver.posts)
        api.delete_call(call)
        receiver.wait_for(lambda r: len(r.posts) > seen, 20, "try")
        said = receiver.posts[seen]
        assert said.headers["Carillon-Not-Durable"] == "true"
        disk.free()
        until(lambda: ready(api), 20, "readyz 200")
        rows = until(lambda: [r for r in owed(api) if r["call"] == call], 20, "rows")
        assert said.headers["webhook-id"] in [r["webhookId"] for r in rows]
        carillon.kill()
        with receiver._changed:
            receiver._script.clear()
        seen = len(receiver.posts)
        carillon.restart()
        receiver.wait_end(timeout=20)
        again = [p for p in receiver.posts[seen:] if p.headers["webhook-id"] == said.headers["webhook-id"]]
        assert again and again[0].body == said.body
        assert again[0].headers.get("Carillon-Not-Durable") is None
    finally:
        receiver.close()


@pytest.fixture
def moody(request, tmp_path, bin):
    """A server on a disk whose mood can be changed: (server, set_mood)."""
    library, mood = str(tmp_path / "slow_fsync.so"), tmp_path / "mood"
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                    os.path.join(ROOT, "test", "box", "slow_fsync.c"), "-ldl"], check=True)
    mark = request.node.get_closest_marker("carillon")
    s = Server(tmp_path, **(mark.kwargs if mark else {}),
               env={"LD_PRELOAD": library, "DISK_MOOD": str(mood), "ASAN_OPTIONS": "verify_asan_link_order=0"})
    request.node.carillon_server = s
    s.start()
    yield s, mood.write_text
    mood.write_text("")
    s.stop()


def ends_of(receiver, call):
    return [n for n in receiver.notices() if call in n["resource"] and state_of(n) == "terminated"]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_file_system_that_the_kernel_made_read_only(brittle, how, bin):
    """Calls go on and end, new ones get 503, and after the repair nothing that was acknowledged is missing."""
    carillon, disk = brittle
    api = carillon.api()
    receiver = Receiver(api)
    bin.append(receiver)
    kept, ended = (api.create_call([JOHN], receiver.uri) for _ in range(2))
    receiver.wait_for(lambda r: sum(state_of(n) == "established" for n in r.notices()) == 2)
    until(lambda: not owed(api), 20, "delivery")
    disk.fail()
    refused = try_call(api, receiver.uri)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert refused.json["error"]["code"] == "serviceUnavailable"
    assert not ready(api) and api.send("GET", "/livez").status == 200
    assert "Read-only file system" in carillon.log()
    assert api.get_call(kept).json["state"] == "established"
    assert api.act(kept, "keepAlive").status in (200, 204)
    assert api.delete_call(ended).status == 204
    receiver.wait_for(lambda r: ends_of(r, ended), 20, "end")
    assert all(p.headers["Carillon-Not-Durable"] == "true" for p in receiver.posts if ended in p.body.decode()
               and state_of(p.json["value"][-1]) in ("terminating", "terminated"))
    assert live(api)
    if how == "kill":
        carillon.kill()
    else:
        assert carillon.stop() == 0, carillon.log()
        assert ends_of(receiver, kept), "who could still be told was told"
    disk.mend()
    carillon.restart()
    receiver.wait_for(lambda r: ends_of(r, kept), 20, "end of the call that was kept")
    heard = {n["resource"].split("/")[3] for n in receiver.notices()}
    assert heard == {kept, ended}, "nobody hears of a call that was refused"
    assert try_call(api, receiver.uri).status == 201 and ready(api)


def test_a_disk_that_takes_writes_again_after_a_while_needs_no_restart(moody):
    carillon, set_mood = moody
    api = carillon.api()
    receiver = Receiver(api)
    try:
        kept = api.create_call([JOHN], receiver.uri)
        ended = api.create_call([JOHN], receiver.uri)
        receiver.wait_for(lambda r: sum(state_of(n) == "established" for n in r.notices()) == 2)
        set_mood("readonly")
        first = try_call(api, receiver.uri)
        assert first.status == 503 and first.headers["Retry-After"] == "30"
        assert not ready(api)
        assert api.delete_call(ended).status == 204
        receiver.wait_for(lambda r: any(state_of(n) == "terminated" and ended in n["resource"]
                                        for n in r.notices()), 20, "end")
        assert api.get_call(kept).json["state"] == "established"
        set_mood("")
        until(lambda: ready(api), 20, "readyz 200")
        # nobody ever heard of the call that was refused
        heard = {n["resource"].split("/")[3] for n in receiver.notices()}
        assert heard == {kept, ended}
        carillon.kill()
        carillon.restart()
        receiver.wait_for(lambda r: any(state_of(n) == "terminated" and kept in n["resource"]
                                        for n in r.notices()), 20, "end after the crash")
        ends = [n for n in receiver.notices() if state_of(n) == "terminated" and ended in n["resource"]]
        assert len(ends) == 1
    finally:
        receiver.close()


def test_a_meeting_that_cannot_be_written_is_as_it_was(moody):
    carillon, set_mood = moody
    api = carillon.api()
    path = "/v1.0/users/%s/onlineMeetings" % BOB
    kept = api.request("POST", path, {"subject": "kept"}).json
    set_mood("readonly")
    for method, where, body in (("POST", path, {}), ("POST", path + "/createOrGet", {"externalId": "e"}),
                                ("PATCH", path + "/" + kept["id"], {"subject": "new"}),
                                ("DELETE", path + "/" + kept["id"], None)) * 2:
        a = api.request(method, where, body)
        assert a.status == 503 and a.headers["Retry-After"] == "30", (method, where, a)
    assert api.request("GET", path + "/" + kept["id"]).json == kept
    set_mood("")
    until(lambda: ready(api), 20, "readyz 200")
    assert api.request("GET", path + "/" + kept["id"]).json == kept
    made = api.request("POST", path + "/createOrGet", {"externalId": "e"})
    assert made.status == 201
    assert api.request("PATCH", path + "/" + kept["id"], {"subject": "new"}).json["subject"] == "new"
    carillon.kill()
    carillon.restart()
    api = carillon.api()
    assert api.request("GET", path + "/" + kept["id"]).json["subject"] == "new"
    assert api.request("POST", path + "/createOrGet", {"externalId": "e"}).json == made.json


def test_a_slow_disk_delays_and_one_that_hangs_stops_new_calls(moody):
    carillon, set_mood = moody
    api = carillon.api()
    receiver = Receiver(api)
    try:
        kept = api.create_call([JOHN], receiver.uri)
        receiver.wait_state("established")
        set_mood("slow 700")
        begun = time.monotonic()
        slow = api.create_call([BUSY], receiver.uri)
        assert time.monotonic() - begun >= 0.6, "answered before it was on disk"
        assert ready(api)
        set_mood("slow 8000")
        assert api.act(kept, "keepAlive").status in (200, 204)
        assert api.delete_call(kept).status == 204  # waits for the disk; media has ended at once
        assert api.send("GET", "/livez").status == 200
        set_mood("")
        until(lambda: ready(api), 30, "readyz 200")
        assert "the disk does not answer" in carillon.log()
        receiver.wait_for(lambda r: any(state_of(n) == "terminated" and slow in n["resource"]
                                        for n in r.notices()), 30, "end")
        receiver.wait_for(lambda r: any(state_of(n) == "terminated" and kept in n["resource"]
                                        for n in r.notices()), 30, "end of the first")
        assert try_call(api, receiver.uri).status == 201
        states = [state_of(n) for n in receiver.notices() if kept in n["resource"]]
        assert states == ["establishing", "established", "terminating", "terminated"]
    finally:
        receiver.close()


@pytest.mark.carillon(config={"notices": {"in_memory": 10}})
def test_of_what_is_in_memory_alone_the_oldest_that_were_never_tried_are_lost(moody, bin):
    """The bound is kept, each that is lost is counted, the log says it once, and no call ends a second time."""
    carillon, set_mood = moody
    api = carillon.api()
    receiver = Receiver(api)
    bin.append(receiver)
    calls = [api.create_call([JOHN], receiver.uri) for _ in range(20)]
    receiver.wait_for(lambda r: sum(state_of(n) == "established" for n in r.notices()) == len(calls), 20)
    until(lambda: not owed(api), 20, "delivery")
    receiver.script(*[503] * 10000)  # what is tried is not settled
    set_mood("readonly")
    until(lambda: try_call(api, receiver.uri).status == 503 and not ready(api), 20, "readyz 503")
    seen, made = len(receiver.posts), gauge(api, "notices_made_total")
    for call in calls:
        assert api.delete_call(call).status == 204
    until(lambda: gauge(api, "notices_made_total") - made == 2 * len(calls), 20, "two notices of each call")
    until(lambda: gauge(api, "notices_dropped_total") == 2 * len(calls) - 10, 20, "the others lost")
    assert gauge(api, "notices_owed") == 10
    receiver.wait_for(lambda r: len(r.posts) > seen, 20, "a try")
    with receiver._changed:
        receiver._script.clear()
        tried = {p.headers["webhook-id"] for p in receiver.posts[seen:]}
        seen = len(receiver.posts)
    api.advance(60)  # the endpoint's patience
    until(lambda: gauge(api, "notices_owed") == 0, 30, "delivery")
    assert sum(len(p.json["value"]) for p in receiver.posts[seen:]) == 10
    assert tried <= {p.headers["webhook-id"] for p in receiver.posts[seen:]}, "what was tried is not lost"
    assert carillon.log().count("in memory alone") == 1
    set_mood("")
    until(lambda: ready(api), 20, "readyz 200")
    assert "30 notices were lost" in carillon.log()
    carillon.kill()
    seen = len(receiver.posts)
    carillon.restart()
    again = carillon.api().create_call([BUSY], receiver.uri)
    receiver.wait_for(lambda r: ends_of(r, again), 20, "end of a new call")
    assert not [n for p in receiver.posts[seen:] for n in p.json["value"] if again not in n["resource"]]
