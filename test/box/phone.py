"""A real softphone (baresip 1.0.0) without a head: a tone is its microphone, a file its ear.

It is driven by its control socket: netstrings of JSON, commands in, events out.
"""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import sound

PROGRAM = shutil.which("baresip")
MODULES = "/usr/lib/baresip/modules"

CONFIG = """\
sip_listen {ip}:{sip}
net_interface {ip}
audio_source aufile,{folder}/say.wav
audio_player aubridge,nullsink
audio_alert aubridge,nullsink
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp}-{rtp_end}
jitter_buffer_delay 2-10
menu_bell no
module_path {modules}
module aufile.so
module aubridge.so
module sndfile.so
{codecs}module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {ip}:{control}
snd_path {folder}/heard
"""


def free_ports(kind, count=1):
    """Ports that were free a moment ago; all different."""
    sockets = []
    for _ in range(count):
        s = socket.socket(socket.AF_INET, kind)
        s.bind(("127.0.0.1", 0))
        sockets.append(s)
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def free_pair():
    """A port that is free with the next one, for UDP and TCP: baresip takes port + 1 for TLS."""
    while True:
        base = free_ports(socket.SOCK_DGRAM)[0]
        held = []
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                for port in (base, base + 1):
                    held.append(socket.socket(socket.AF_INET, kind))
                    held[-1].bind(("127.0.0.1", port))
            return base
        except (OSError, OverflowError):
            continue
        finally:
            for s in held:
                s.close()


def free_rtp_range(count=20):
    """An even port with count free ones behind it."""
    while True:
        base = free_ports(socket.SOCK_DGRAM)[0] // 2 * 2
        held = []
        try:
            for p in range(base, base + count):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                held.append(s)
                s.bind(("127.0.0.1", p))
            return base
        except (OSError, OverflowError):
            continue
        finally:
            for s in held:
                s.close()


# The rate at which a codec wants its sound, so that baresip need not change it.
RATES = {"pcmu": 8000, "pcma": 8000, "g722": 16000, "opus": 48000}


class Phone:
    """answer: "auto" or "manual". transport: udp, tcp, tls. hz, db: the tone that it says. codecs: the only ones it has,
    as in its own menu: "pcmu", "pcma", "g722", "opus"."""

    def __init__(self, server, folder, user="john", answer="auto", transport="udp", hz=440,
                 password=None, say=None, codecs=("pcmu", "pcma"), db=-6.0):
        self.server = server
        self.folder = str(folder)
        self.user = user
        self.answer_mode = answer
        self.transport = transport
        self.hz = hz
        self.password = password or user + "-dev-secret"
        self.say = say
        self.db = db
        self.codecs = codecs
        self.rate = RATES[codecs[0]]
        self.events = []
        self._changed = threading.Condition()
        self._process = None
        self._socket = None

    def start(self, register=True, timeout=15):
        os.makedirs(os.path.join(self.folder, "heard"))
        sound.write_wav(os.path.join(self.folder, "say.wav"),
                        self.say or sound.tone(self.hz, 60000, self.rate, self.db), self.rate)
        control, sip, rtp = free_ports(socket.SOCK_STREAM)[0], free_pair(), free_rtp_range()
        host, port = self.server.address("sips" if self.transport == "tls" else "sip")
        with open(os.path.join(self.folder, "config"), "w") as f:
            f.write(CONFIG.format(ip="127.0.0.1", sip=sip, rtp=rtp, rtp_end=rtp + 19,
                                  control=control, folder=self.folder, modules=MODULES,
                                  codecs=self._modules(), rate=self.rate))
        with open(os.path.join(self.folder, "accounts"), "w") as f:
            f.write("<sip:%s@%s:%d;transport=%s>;auth_user=%s;auth_pass=%s;answermode=%s;"
                    "audio_codecs=%s;regint=%d\n" % (
                        self.user, host, port, self.transport, self.user, self.password,
                        self.answer_mode, ",".join(self.codecs), 60 if register else 0))
        open(os.path.join(self.folder, "contacts"), "w").close()
        self._log = open(os.path.join(self.folder, "log"), "wb")
        self._process = subprocess.Popen([PROGRAM, "-f", self.folder, "-v"], stdout=self._log,
                                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                         cwd=self.folder)
        self._connect(control, timeout)
        if register:
            self.wait_registered(timeout)
        return self

    def _modules(self):
        names = {"g711" if c.startswith("pcm") else c for c in self.codecs}
        return "".join("module %s.so\n" % n for n in sorted(names))

    def wait_registered(self, timeout=15):
        """The first REGISTER may go out before we listen to the events: then it is in the log."""
        end = time.monotonic() + timeout
        while True:
            if any(e.get("type") == "REGISTER_OK" for e in self.events) or "200 OK" in self.log():
                return
            if any(e.get("type") == "REGISTER_FAIL" for e in self.events) or re.search(
                    r"reg: .*: [3-6]\d\d ", self.log()):
                raise AssertionError("the phone was not registered:\n" + self.log())
            if time.monotonic() > end:
                raise AssertionError("no registration in %d s:\n%s" % (timeout, self.log()))
            with self._changed:
                self._changed.wait(0.05)

    def _connect(self, port, timeout):
        end = time.monotonic() + timeout
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=1)
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError("baresip did not start:\n" + self.log())
                time.sleep(0.02)
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        got = b""
        while True:
            try:
                piece = self._socket.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                return
            got += piece
            while b":" in got:
                size, _, rest = got.partition(b":")
                if len(rest) <= int(size):
                    break
                message, got = rest[:int(size)], rest[int(size) + 1:]
                with self._changed:
                    self.events.append(json.loads(message))
                    self._changed.notify_all()

    def command(self, name, params=None):
        message = {"command": name}
        if params is not None:
            message["params"] = params
        text = json.dumps(message).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))

    def dial(self, who):
        host, port = self.server.address("sips" if self.transport == "tls" else "sip")
        self.command("dial", who if ":" in who else "sip:%s@%s:%d;transport=%s" % (
            who, host, port, self.transport))

    def accept(self):
        self.command("accept")

    def hang_up(self):
        self.command("hangup")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def press(self, keys):
        """One after the other, as fingers do."""
        for k in keys:
            self.command("sndcode", k)

    def wait_event(self, kind, timeout=10.0, count=1):
        """The count-th event of that kind, e.g. CALL_ESTABLISHED."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [e for e in self.events if e.get("type") == kind]
                if len(found) >= count:
                    return found[count - 1]
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("no %s in %.1f s; events: %r\n%s" % (
                        kind, timeout, [e.get("type") for e in self.events], self.log()[-4000:]))
                self._changed.wait(left)

    def heard(self):
        """(samples, rate) of what came out of the newest call's earpiece, also while it lives."""
        files = sorted(glob.glob(os.path.join(self.folder, "heard", "*-dec.wav")),
                       key=os.path.getmtime)
        return sound.read_wav(files[-1]) if files else ([], 8000)

    def wait_heard(self, check, timeout=10.0, what="the sound"):
        """Until check(samples, rate) is true."""
        end = time.monotonic() + timeout
        while True:
            samples, rate = self.heard()
            if samples and check(samples, rate):
                return samples, rate
            if time.monotonic() > end:
                raise AssertionError("%s heard no %s in %.1f s (%d samples, levels by tone: %r)" % (
                    self.user, what, timeout, len(samples),
                    {hz: round(max(sound.levels(samples, rate, hz), default=-127))
                     for hz in (400, 440, 600, 1000, 1400)}))
            time.sleep(0.1)

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def kill(self):
        """As if its plug were pulled."""
        self._process.kill()

    def close(self):
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._socket is not None:
            self._socket.close()
        self._log.close()
