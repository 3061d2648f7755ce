#!/usr/bin/env python3
"""The benchmarks: python3 test/bench/run.py build/carillon [NAME ...]

Prints one JSON object a line: bench, value, unit, goal, is it met, and what else was seen. Where there is no goal, goal
and met are null, or met is false when something was lost. Every run is bounded in calls and in seconds; everything
happens on the loopback address, at ports that the system chooses. The load program shares the machine with the server.
See docs/performance.md.
"""
import contextlib
import hashlib
import json
import math
import os
import re
import resource
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
TENANT = "aa67bd4c-8475-432d-bd41-39f255720e0a"
JOHN = "112f7296-5fa4-42ca-bae8-6a692b15d4b8"
OFFLINE = "0c0ffee0-0000-4000-8000-000000000004"
CALLING_BOT = "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))  # of each run of load
SOUND_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


def read_line(stream, timeout):
    """One line of a pipe without a buffer; dies when there is none in time."""
    got, end = b"", time.monotonic() + timeout
    while not got.endswith(b"\n"):
        left = end - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            raise RuntimeError("nothing said within %d s; so far: %r" % (timeout, got))
        c = os.read(stream.fileno(), 1)
        if not c:
            raise RuntimeError("ended after saying %r" % got)
        got += c
    return got.decode()


class Server:
    """One server with a folder of its own. cores: where it may run; directory: instead of dev's."""

    def __init__(self, program, folder, cores=None, flags=(), directory=None):
        self.program, self.folder, self.cores, self.flags = program, folder, cores, list(flags)
        self.config = os.path.join(folder, "config.yaml")
        self.directory = directory
        self.data = os.path.join(folder, "data")
        self.phone = None

    def __enter__(self):
        config = {"prompts": {"folder": os.path.join(self.folder, "prompts")},
                  "sip": {"registers_per_minute": 1000000}}
        if self.directory is not None:
            config["directory"] = self.directory
        with open(self.config, "w") as f:
            json.dump(config, f)
        words = [self.program, "serve", "--config", self.config, "--data", self.data, "--rtp-ports", "0-0",
                 "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--sip", "127.0.0.1:0",
                 "--sips", "127.0.0.1:0", "--calls-per-application", "1000000",
                 "--log-level", os.environ.get("BENCH_LOG_LEVEL", "info")] + self.flags
        began = time.monotonic()
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=self.log, bufsize=0,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cores) if self.cores else None)
        self.ready = json.loads(read_line(self.process.stdout, 20))
        self.start_ms = (time.monotonic() - began) * 1000
        self.pid = self.process.pid
        self.sip = self.ready["sip"]
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.exit_code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.exit_code = self.process.wait()
        if self.exit_code not in (0, -signal.SIGKILL):
            print("the server ended with %d" % self.exit_code, file=sys.stderr)
        self.log.close()
        self.process.stdout.close()
        if self.phone is not None:
            self.phone.close()

    def token(self):
        return subprocess.run([self.program, "token", "--app", "Calling Bot", "--data", self.data,
                               "--config", self.config],
                              capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    def registered_phone(self):
        """One for all runs: a second one would be rung as well, and nobody would answer it."""
        if self.phone is None:
            self.phone = register(self)
        return self.phone

    def metric(self, name):
        """A number of /metrics."""
        with urllib.request.urlopen("http://%s/metrics" % self.ready["http"], timeout=10) as f:
            return int(re.search(r"^carillon_%s (\d+)$" % name, f.read().decode(), re.M).group(1))

    def kill(self):
        """As a crash; a server of the same folder may follow."""
        self.process.kill()
        self.process.wait()

    def resident_kib(self):
        with open("/proc/%d/status" % self.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def cpu(self):
        """{thread: seconds} and the sum."""
        out = {}
        for task in os.listdir("/proc/%d/task" % self.pid):
            with contextlib.suppress(OSError), open("/proc/%d/task/%s/stat" % (self.pid, task), errors="replace") as f:
                name, rest = re.match(r"\d+ \((.*)\) (.*)", f.read()).groups()
                words = rest.split()
                out[name] = out.get(name, 0) + (int(words[11]) + int(words[12])) / TICKS
        return out


def machine_busy():
    """Seconds of CPU that everybody has used."""
    with open("/proc/stat") as f:
        words = f.readline().split()[1:]
    return sum(int(w) for i, w in enumerate(words[:8]) if i not in (3, 4)) / TICKS  # not idle, not iowait


def wait_until_quiet(at_most_s=15):
    """Figures taken beside a compiler are worth little."""
    end = time.monotonic() + at_most_s
    while time.monotonic() < end:
        before = machine_busy()
        time.sleep(0.5)
        if machine_busy() - before < 0.1:
            return


def cpu_between(before, after):
    return {k: round(after[k] - before.get(k, 0), 2) for k in after if after[k] > before.get(k, 0)}


# --- a phone's registration: the socket is then the load program's

def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def register(server):
    host, port = server.sip.rsplit(":", 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.connect((host, int(port)))
    s.settimeout(5)
    uri, credentials = "sip:" + server.sip, ""
    for cseq in (1, 2):
        s.send(("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport\r\n"
                "Max-Forwards: 70\r\nFrom: <sip:john@%s>;tag=bench\r\nTo: <sip:john@%s>\r\n"
                "Call-ID: bench-%s\r\nCSeq: %d REGISTER\r\nContact: <sip:john@127.0.0.1:%d>;expires=3600\r\n"
                "%sContent-Length: 0\r\n\r\n" % (
                    uri, s.getsockname()[1], os.urandom(8).hex(), server.sip, server.sip,
                    os.urandom(4).hex(), cseq, s.getsockname()[1], credentials)).encode())
        answer = s.recv(65536).decode()
        if answer.startswith("SIP/2.0 200"):
            return s
        p = dict(re.findall(r'(\w+)="([^"]*)"', answer))
        ha1 = md5("john:%s:john-dev-secret" % p["realm"])
        response = md5("%s:%s:00000001:bench:auth:%s" % (ha1, p["nonce"], md5("REGISTER:" + uri)))
        credentials = ('Authorization: Digest username="john", realm="%s", nonce="%s", uri="%s", '
                       'response="%s", algorithm=MD5, qop=auth, nc=00000001, cnonce="bench"\r\n' % (
                           p["realm"], p["nonce"], uri, response))
    raise RuntimeError("the phone is not registered: " + answer)


# --- the load program

def build(folder):
    out = os.path.join(folder, "load")
    sources = [os.path.join(HERE, f) for f in sorted(os.listdir(HERE)) if f.endswith(".c")]
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", out, *sources,
                    "-pthread", "-lssl", "-lcrypto"], check=True, timeout=120)
    return out


@contextlib.contextmanager
def load(server, user=JOHN, cores=None, **options):
    """The running load program; standard input held open until the end."""
    at = server.ready["https" if options.get("tls") == "yes" else "http"]
    words = [LOAD, "--http", at, "--sip", server.sip, "--token", server.token(),
             "--user", user]
    phone = server.registered_phone() if user == JOHN else None
    if phone is not None:
        words += ["--phone-fd", str(phone.fileno())]
    for name, value in options.items():
        words += ["--" + name, str(value)]
    p = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                         pass_fds=[phone.fileno()] if phone else [],
                         preexec_fn=lambda: os.sched_setaffinity(0, cores) if cores else None)
    try:
        yield p
    finally:
        if p.poll() is None:
            p.kill()
        p.wait()
        p.stdout.close()
        p.stdin.close()


def run_load(server, seconds=SECONDS, **options):
    """A run from beginning to end: what it reports, and the server's CPU while it ran."""
    before, busy, began = server.cpu(), machine_busy(), time.monotonic()
    mine = resource.getrusage(resource.RUSAGE_CHILDREN)
    with load(server, seconds=seconds, **options) as p:
        r = json.loads(read_line(p.stdout, seconds + 60))
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    r["load_cpu_s"] = round(now.ru_utime + now.ru_stime - mine.ru_utime - mine.ru_stime, 2)
    others = machine_busy() - busy - r["load_cpu_s"] - sum(cpu_between(before, server.cpu()).values())
    r["used_by_others"] = round(max(others, 0) / (time.monotonic() - began), 2)
    r["server_cpu_s"] = cpu_between(before, server.cpu())
    r["cpu_us_per_call"] = round(sum(r["server_cpu_s"].values()) * 1e6 / max(r.get("created", 0), 1))
    return r


def say(bench, value, unit, goal, met, **more):
    """goal None: there is none, and met only says whether all went as it should."""
    met = met if goal is not None else None if met else False
    print(json.dumps({"bench": bench, "value": value, "unit": unit, "goal": goal, "met": met, **more}),
          flush=True)


def clean(r, all_up=False):
    """Nothing lost, refused, left or told twice; all_up: every call was established."""
    return not (r["lost"] or r["failed"] or r["unanswered"] or r["disorder"] or
                all_up and r["never_up"])


def short(r, *names):
    keep = ("begun", "created", "established", "ended", "never_up", "lost", "failed", "unanswered", "disorder",
            "callbacks", "invites_again", "oks_again", "first_failure", "server_cpu_s", "cpu_us_per_call", "load_cpu_s",
            "used_by_others")
    return {k: r[k] for k in keep + names if r.get(k) not in (None, "")}


def per(r, what):
    """The server's CPU for each of so many."""
    return round(sum(r["server_cpu_s"].values()) * 1e6 / max(what, 1), 1)


def cores():
    """(the server's core, the load's) when there are two."""
    have = sorted(os.sched_getaffinity(0))
    return ({have[0]}, {have[1]}) if len(have) > 1 else (None, None)


# --- the benches

def bench_create(new_server):
    with new_server() as s:
        run_load(s, seconds=1, mode="create", user=OFFLINE)  # warm
        r = run_load(s, mode="create", user=OFFLINE, connections=64, flight=64)
        say("create", r["per_second"], "201/s", ">= 10000", r["per_second"] >= 10000 and clean(r),
            **short(r, "post"))
    rate = r["per_second"] / 2
    with new_server() as s:
        run_load(s, seconds=1, mode="create", user=OFFLINE)
        r = run_load(s, mode="create", user=OFFLINE, connections=64, rate=rate)
        p99 = r["post"]["p99_ms"]
        say("create at half the rate, p99", p99, "ms", "<= 10", p99 <= 10 and clean(r), rate=round(rate),
            **short(r, "post"))


def bench_setup(new_server):
    with new_server() as s:
        run_load(s, seconds=1, mode="whole", rate=100)
        r = run_load(s, mode="whole", rate=100)
        invite, told = r["post_to_invite"], r["ok_to_established"]
        say("POST to INVITE, p99 at 100 calls/s", invite["p99_ms"], "ms", "<= 5",
            invite["p99_ms"] <= 5 and clean(r, all_up=True), p50_ms=invite["p50_ms"], **short(r, "post_to_invite"))
        say("200 to `established`, p99 at 100 calls/s", told["p99_ms"], "ms", "<= 10",
            told["p99_ms"] <= 10 and clean(r, all_up=True), p50_ms=told["p50_ms"], **short(r, "ok_to_established"))


def bench_whole(new_server):
    mine, other = cores()
    with new_server(cores=mine) as s:
        run_load(s, seconds=1, mode="whole", flight=16, cores=other)
        r = run_load(s, mode="whole", connections=64, flight=64, cores=other)
        say("whole calls on one core", r["per_second"], "calls/s", ">= 2000",
            r["per_second"] >= 2000 and clean(r, all_up=True), pinned=mine is not None, seconds=SECONDS,
            **short(r, "post_to_invite", "ok_to_established", "post_to_end"))


def write_prompt(folder):
    """A minute of tones, 16 kHz mono, where file:///bench.wav is looked for."""
    where = os.path.join(folder, "prompts", TENANT)
    os.makedirs(where, exist_ok=True)
    tone = b"".join(struct.pack("<h", int(8000 * math.sin(i * 0.17) * math.sin(i * 0.0011)))
                    for i in range(16000))
    with wave.open(os.path.join(where, "bench.wav"), "wb") as w:
        w.setparams((1, 2, 16000, 0, "NONE", ""))
        w.writeframes(tone * SOUND_SECONDS)


def hold(s, count, measure, **options):
    """count calls up; what measure(process) gives; then all of them end."""
    with load(s, mode="hold", most=count, rate=min(400, count), seconds=30, **options) as p:
        up = json.loads(read_line(p.stdout, 60))["up"]
        seen = measure(p)
        p.stdin.close()
        r = json.loads(read_line(p.stdout, 60))
    return up, seen, r


def bench_prompt(new_server):
    for count in (200, 1000):
        with new_server() as s:
            write_prompt(s.folder)

            def packets(p):
                p.stdin.write(b"c")
                return json.loads(read_line(p.stdout, 5))

            def measure(p):
                time.sleep(1)
                first, cpu, began = packets(p), s.cpu(), time.monotonic()
                time.sleep(SECONDS)
                took = time.monotonic() - began
                return first, packets(p), cpu_between(cpu, s.cpu()), took

            up, (first, last, cpu, took), r = hold(s, count, measure, sound="yes",
                                                   prompt="file:///bench.wav")
            us = sum(cpu.values()) * 1e6 / took / max(up, 1)
            say("one prompt to %d calls" % count, round(us, 1), "us CPU / leg-s", "<= 400",
                us <= 400 and up == count and clean(r, all_up=True), up=up, cpu_s=cpu, seconds=round(took, 2),
                packets_in=round((last["sent"] - first["sent"]) / took / max(up, 1), 1),
                packets_out=round((last["heard"] - first["heard"]) / took / max(up, 1), 1), **short(r))


def bench_memory(new_server):
    with new_server() as s:
        time.sleep(1)
        idle = s.resident_kib() / 1024
        say("resident memory when idle", round(idle, 1), "MiB", "<= 30", idle <= 30)
        run_load(s, seconds=1, mode="whole", rate=50)
        before = s.resident_kib()
        up, after, r = hold(s, 1000, lambda _: s.resident_kib())
        each = (after - before) / max(up, 1)
        say("resident memory of a held call", round(each, 1), "KiB", "<= 32",
            each <= 32 and up == 1000 and clean(r, all_up=True), up=up, before_kib=before, after_kib=after, **short(r))


def bench_start(new_server):
    with new_server() as s:
        first = s.start_ms
    took = []
    for _ in range(5):
        with new_server(folder=s.folder) as again:
            took.append(again.start_ms)
    ms = statistics.median(took)
    say("start until ready, with a data folder", round(ms, 1), "ms", "<= 300", ms <= 300,
        first_start_ms=round(first, 1), all_ms=[round(t, 1) for t in took])


def bench_create_tls(new_server):
    with new_server() as s:
        run_load(s, seconds=1, mode="create", user=OFFLINE, tls="yes")  # warm
        r = run_load(s, mode="create", user=OFFLINE, connections=64, flight=64, tls="yes")
        say("create over TLS, token cached", r["per_second"], "201/s", None, clean(r), **short(r, "post"))


def bench_get(new_server):
    with new_server() as s:
        r = run_load(s, mode="get", most=1, connections=64, flight=64)
        say("GET of a call", r["per_second"], "200/s", None, clean(r, all_up=True), cpu_us_each=per(r, r["get"]["count"]),
            **short(r, "get"))


def directory_of(users, batch=False):
    """Contoso with its bot and these users."""
    return {"tenants": [{"id": TENANT, "name": "Contoso", "guests": "lobby"}],
            "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "bench-secret",
                              "roles": ["Calls.Initiate.All"], "batch": batch}],
            "users": [{"tenant": TENANT, **u} for u in users]}


def wait_for_owed(s, count):
    end = time.monotonic() + 30
    while s.metric("notices_owed") < count:
        if time.monotonic() > end:
            raise RuntimeError("only %d notices are owed, not %d" % (s.metric("notices_owed"), count))
        time.sleep(0.05)


OWED_CALLS = 5000  # each owes two notices: it began, it is over


def bench_notices(new_server):
    """What piles up while the receiver does not answer, from when it does."""
    for batch in (False, True):
        with new_server(directory=directory_of([{"id": OFFLINE, "name": "Offline"}], batch)) as s:
            with load(s, user=OFFLINE, mode="owe", most=OWED_CALLS, seconds=30) as p:
                read_line(p.stdout, 60)
                wait_for_owed(s, 2 * OWED_CALLS)
                before, busy, began = s.cpu(), machine_busy(), time.monotonic()
                p.stdin.close()
                r = json.loads(read_line(p.stdout, 60))
                r["server_cpu_s"] = cpu_between(before, s.cpu())
                r["used_by_load_and_others"] = round(
                    (machine_busy() - busy - sum(r["server_cpu_s"].values())) / (time.monotonic() - began), 2)
        say("notices a second, %s" % ("batched" if batch else "each call by itself"), r["per_second"], "notices/s", None,
            clean(r), cpu_us_each=per(r, r["notices"]), notices=r["notices"], posts=r["callbacks"],
            **short(r, "used_by_load_and_others"))


def bench_owed(new_server):
    """A crash with 10,000 notices owed; from the second start until the last of them has come."""
    with new_server() as s:
        with load(s, user=OFFLINE, mode="owe", most=OWED_CALLS, seconds=30) as p:
            read_line(p.stdout, 60)
            wait_for_owed(s, 2 * OWED_CALLS)
            s.kill()
            p.stdin.close()
            began = time.monotonic_ns()
            with new_server(folder=s.folder) as again:
                r = json.loads(read_line(p.stdout, 60))
                r["server_cpu_s"] = cpu_between({}, again.cpu())
            seconds = (r["heard_ns"] - began) / 1e9
        say("start until all of 10,000 owed notices are sent", round(seconds, 2), "s", None, clean(r),
            ready_ms=round(again.start_ms), cpu_us_each=per(r, r["notices"]), notices=r["notices"], posts=r["callbacks"],
            **short(r))


def bench_register(new_server):
    phones = [{"id": "0c0ffee0-0000-4000-8000-%012x" % (i + 4096), "name": "Phone %d" % i, "sip": "u%d" % i,
               "password": "bench-secret"} for i in range(64)]
    with new_server(directory=directory_of(phones)) as s:
        run_load(s, seconds=1, mode="register", user=OFFLINE, flight=len(phones))  # warm
        r = run_load(s, mode="register", user=OFFLINE, flight=len(phones))
        say("registrations (REGISTER, 401, REGISTER, 200)", r["per_second"], "200/s", None,
            not (r["refused"] or r["unanswered"]), cpu_us_each=per(r, r["registered"]), took=r["took"],
            **{k: r[k] for k in ("registered", "again", "refused", "server_cpu_s", "load_cpu_s", "used_by_others")})


BUSY = "0c0ffee0-0000-4000-8000-000000000001"


def create_to(s, user, callback, count):
    """Calls whose notices go elsewhere than to the load program."""
    body = json.dumps({
        "@odata.type": "#microsoft.graph.call", "callbackUri": callback, "requestedModalities": ["audio"],
        "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"},
        "targets": [{"identity": {"user": {"id": user}}}]}).encode()
    for _ in range(count):
        with urllib.request.urlopen(urllib.request.Request(
                "http://%s/beta/app/calls" % s.ready["http"], body,
                {"Content-Type": "application/json", "Authorization": "Bearer " + s.token()}), timeout=10) as r:
            assert r.status == 201


def bench_fair(new_server):
    """How long the others' notices take while one callback hangs, one answers 500 and one streams without end."""
    sys.path.insert(0, os.path.join(HERE, "..", "box"))
    import bad_bots
    p99 = {}
    for others in ("alone", "beside"):
        bad = [bad_bots.BadBot(how) for how in (bad_bots.hang, bad_bots.say_500, bad_bots.stream(500))
               if others == "beside"]
        with new_server() as s:
            run_load(s, seconds=1, mode="whole", rate=50)
            for b in bad:
                create_to(s, BUSY, b.uri, 25)
            r = run_load(s, mode="whole", rate=50)
            p99[others] = r["ok_to_established"]["p99_ms"]
        for b in bad:
            b.close()
    say("200 to `established` beside three callbacks that misbehave, p99", p99["beside"], "ms",
        "<= twice %.1f, without them" % p99["alone"], p99["beside"] <= 2 * p99["alone"] and clean(r, all_up=True), **short(r))


STREAMS = int(os.environ.get("BENCH_STREAMS", "1000"))
BURSTS = 150


def hosted(port):
    return {"@odata.type": "#microsoft.graph.appHostedMediaConfig",
            "blob": json.dumps({"mpUri": "ws://127.0.0.1:%d/" % port})}


@contextlib.contextmanager
def echo_bot(folder):
    """Its port."""
    out = os.path.join(folder, "bot")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", out,
                    os.path.join(HERE, "streams", "bot.c"), "-lcrypto"], check=True, timeout=60)
    p = subprocess.Popen([out], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield int(read_line(p.stdout, 5))
    finally:
        p.stdin.close()
        p.wait()
        p.stdout.close()


@contextlib.contextmanager
def john(box):
    """His phone, which picks up: its end of the sound."""
    import rtp_peer
    import sip_peer
    host, port = box.sip.rsplit(":", 1)
    end, phone = rtp_peer.RtpPeer(), sip_peer.SipPeer((host, int(port)), "john")
    phone.register()
    phone.pick_up(end)
    try:
        yield end
    finally:
        phone.close()
        end.close()


def wait_loud(end, since):
    """When the first loud packet after so many came."""
    end.wait(lambda p: any(map(is_loud, p.received[since:])), 5, "the burst")
    return next(p.at for p in end.received[since:] if is_loud(p))


def frame_delays(api, box):
    """From a frame that a bot says to the first RTP packet that has it, in ms, again and again."""
    import sound
    from media_bot import MediaBot
    loud, took, bot = struct.pack("<320h", *sound.tone(1000, 20, 16000, -6)), [], MediaBot()
    with john(box) as end:
        api.create_call(mediaConfig=hosted(bot.port))
        stream = bot.wait_stream()
        stream.wait_frames(50)
        for i in range(BURSTS):
            seen, at = len(end.received), time.monotonic()
            stream.say(loud)
            took.append(1000 * (wait_loud(end, seen) - at))
            time.sleep(0.06 + 0.001 * (i % 20))  # at every phase of a tick
        bot.close()
    return sorted(took)


def echo_delays(api, box, port):
    """From a packet of John's to the first one that brings it back from the bot, in ms, again and again."""
    took, burst = [], {"wanted": False, "from": None, "at": 0.0}

    def voice(n):
        if burst["wanted"]:
            burst.update({"wanted": False, "from": n, "at": time.monotonic()})
        loud = burst["from"] is not None and 0 <= n - burst["from"] < 320
        return round(16000 * math.sin(n * 0.785)) if loud else 0
    with john(box) as end:
        end._say = voice
        api.create_call(mediaConfig=hosted(port))
        end.wait_packets(100)
        for i in range(BURSTS):
            seen = len(end.received)
            burst["wanted"] = True
            came = wait_loud(end, seen)
            took.append(1000 * (came - burst["at"]))
            time.sleep(0.2 + 0.001 * (i % 20))
    return sorted(took)


def is_loud(packet):
    """PCMU (ITU-T G.711) above some -18 dBFS: the exponent is at least 5."""
    return packet.payload_type == 0 and any((~b & 0x70) >> 4 >= 5 for b in packet.payload)


def bench_streams(new_server):
    """So many bots that host their own media, each saying what it hears; and how long a frame takes beside them."""
    sys.path.insert(0, os.path.join(HERE, "..", "box"))
    import api as box_api
    from waiting import wait_until
    with new_server(flags=["--calls-per-application", str(2 * STREAMS)]) as s, echo_bot(s.folder) as port:
        api = box_api.Api(s.ready["http"])
        api._token = s.token()
        before = s.resident_kib()
        calls = [api.create_call([box_api.JOHN], mediaConfig=hosted(port)) for _ in range(STREAMS)]
        end = time.monotonic() + 30
        while s.metric("calls_established_total") < STREAMS and time.monotonic() < end:
            time.sleep(0.1)
        kib = (s.resident_kib() - before) / STREAMS
        cpu, busy, began = s.cpu(), machine_busy(), time.monotonic()
        time.sleep(SECONDS)
        took, used, busy = time.monotonic() - began, cpu_between(cpu, s.cpu()), machine_busy() - busy
        late, back = frame_delays(api, s), echo_delays(api, s, port)
        for c in calls:
            api.delete_call(c)
        for c in calls:  # its numbers are whole once it is gone
            wait_until(lambda: api.shown(c)["stream"]["state"] == "gone", 30, "the stream's end")
        shown = [api.shown(c)["stream"] for c in calls]
        gaps, frames = sum(x["gapMs"] for x in shown), sum(x["framesToBot"] for x in shown)
        whole = gaps == 0 and all(x["connections"] == 1 for x in shown)
        share = used.get("stream", 0) / took  # near 1 it is late, however many it would come to
        say("streams on one core, by the stream thread's share at %d" % STREAMS, round(STREAMS / max(share, 0.001)),
            "streams", ">= 1000", share <= 0.95 and whole, gap_ms=gaps, frames=frames,
            cpu_us_per_stream_s=round(share / STREAMS * 1e6, 1), cpu_s=used, kib_each=round(kib),
            used_by_bot_and_others=round((busy - sum(used.values())) / took, 2))
        p99 = late[int(len(late) * 0.99)]
        say("a frame said to its RTP packet, beside them, p99", round(p99, 1), "ms", "<= 45", p99 <= 45,
            p50_ms=round(late[len(late) // 2], 1), bursts=len(late))
        p95 = back[int(len(back) * 0.95)]
        say("John's packet to its echo through the bot, beside them, p95", round(p95, 1), "ms", "<= 120", p95 <= 120,
            p50_ms=round(back[len(back) // 2], 1), bursts=len(back))


BENCHES = {"start": bench_start, "create": bench_create, "setup": bench_setup, "whole": bench_whole,
           "prompt": bench_prompt, "memory": bench_memory, "create-tls": bench_create_tls, "get": bench_get,
           "notices": bench_notices, "fair": bench_fair, "streams": bench_streams, "owed": bench_owed, "register": bench_register}


def main():
    global LOAD
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: run.py PROGRAM [%s]" % " | ".join(BENCHES))
    program = os.path.abspath(sys.argv[1])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as top:
        LOAD = build(top)

        def new_server(folder=None, **more):
            return Server(program, folder or tempfile.mkdtemp(dir=top), **more)

        for name in sys.argv[2:] or BENCHES:
            wait_until_quiet()
            BENCHES[name](new_server)


if __name__ == "__main__":
    main()
