"""An end of RTP that can be bad on purpose, the same way each time: loss, jitter, order, jumps.

Time is kept by the clock, 20 ms a packet; a late wake-up is made up for. G.711 only.
"""
import heapq
import random
import socket
import struct
import threading
import time

import sound

EVENT_CODES = {k: i for i, k in enumerate("0123456789*#ABCD")}


class Packet:
    """One RTP packet that came."""

    def __init__(self, raw, at, source):
        first, second, self.seq, self.timestamp, self.ssrc = struct.unpack_from("!BBHII", raw)
        self.version = first >> 6
        self.marker = second >> 7
        self.payload_type = second & 0x7f
        self.payload = raw[12 + 4 * (first & 15):]
        self.at = at
        self.source = source


class RtpPeer:
    """seed makes every badness repeatable. loss, duplicate, reorder: shares of the packets.
    jitter_ms: each packet is late by up to so much. drift_ppm: our clock is faster by so much."""

    def __init__(self, law="PCMU", seed=1, loss=0.0, jitter_ms=0.0, reorder=0.0, duplicate=0.0,
                 drift_ppm=0.0, event_type=101, rtcp=True, ptime_ms=20):
        self.law = law
        self.payload_type = 0 if law == "PCMU" else 8
        self.event_type = event_type
        self.ptime_ms = ptime_ms
        self.random = random.Random(seed)
        self.loss, self.jitter_ms, self.reorder = loss, jitter_ms, reorder
        self.duplicate, self.drift_ppm = duplicate, drift_ppm
        self.ssrc = self.random.getrandbits(32)
        self.seq = self.random.getrandbits(16)
        self.timestamp = self.random.getrandbits(32)
        self.sent = self.sent_bytes = self.left_out = 0
        self.received, self.rtcp_received = [], []
        self.to = None
        self.rtcp_to = None
        self.send_rtcp = rtcp
        self._queue = []  # (due, number, bytes)
        self._count = 0
        self._say = None  # what the microphone gives: a function of the sample's number
        self._said = 0
        self._keys = []
        self._event = None
        self._changed = threading.Condition()
        self._stop = False
        self._open()
        self._threads = [threading.Thread(target=t, daemon=True) for t in
                         (self._hear, self._hear_rtcp, self._speak)]
        for t in self._threads:
            t.start()

    def _open(self):
        while True:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtcp_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]
            try:
                if self.port % 2 == 0:
                    self.rtcp_socket.bind(("127.0.0.1", self.port + 1))
                    break
            except OSError:
                pass
            self.socket.close()
            self.rtcp_socket.close()
        for s in (self.socket, self.rtcp_socket):
            s.settimeout(0.1)

    def close(self):
        self._stop = True
        for t in self._threads:
            t.join()
        self.socket.close()
        self.rtcp_socket.close()

    def sdp(self, direction="sendrecv", codecs=None, extra="", events=True, address="127.0.0.1",
            port=None):
        """Our description; codecs as [(payload type, "PCMU/8000"), ...]."""
        codecs = codecs or [(self.payload_type, self.law + "/8000")]
        types = [str(t) for t, _ in codecs] + ([str(self.event_type)] if events else [])
        lines = ["v=0", "o=- 1 %d IN IP4 %s" % (int(time.monotonic() * 1000) % 2**31, address), "s=-",
                 "c=IN IP4 " + address, "t=0 0",
                 "m=audio %d RTP/AVP %s" % (self.port if port is None else port, " ".join(types))]
        lines += ["a=rtpmap:%d %s" % c for c in codecs]
        if events:
            lines += ["a=rtpmap:%d telephone-event/8000" % self.event_type,
                      "a=fmtp:%d 0-15" % self.event_type]
        lines += ["a=ptime:%d" % self.ptime_ms, "a=" + direction]
        return "\r\n".join(lines) + "\r\n" + extra

    def connect(self, sdp):
        """Where to send, from the other side's description."""
        host, port = "127.0.0.1", None
        for line in sdp.splitlines():
            if line.startswith("c=IN IP4 "):
                host = line.split()[2]
            if line.startswith("m=audio "):
                port = int(line.split()[1])
        self.to = (host, port)
        self.rtcp_to = (host, port + 1)
        return self

    # what is said

    def say(self, samples):
        """A sound of 8 kHz, over and over."""
        self._say = lambda n: samples[n % len(samples)]

    def say_tone(self, hz, db=-6.0):
        """For ever. hz is a multiple of 5, so that the second can be repeated."""
        self.say(sound.tone(hz, 1000, 8000, db))

    def be_silent(self):
        """No packets at all."""
        self._say = None

    def press(self, keys, ms=100, gap_ms=60, double=False, in_band=False):
        """RFC 4733 events (each update, three ends), in-band tones too, or both by their flags."""
        with self._changed:
            for k in keys:
                self._keys.append((k, ms, gap_ms, double, in_band))

    def keys_done(self):
        return not self._keys and self._event is None

    def jump(self, ssrc=False, seq=0, timestamp=0):
        """As a phone that begins anew."""
        with self._changed:
            if ssrc:
                self.ssrc = self.random.getrandbits(32)
            self.seq = (self.seq + seq) & 0xffff
            self.timestamp = (self.timestamp + timestamp) & 0xffffffff

    def _speak(self):
        step = self.ptime_ms / 1000
        start, n, report = time.monotonic(), 0, time.monotonic() + 0.3
        while not self._stop:
            due = start + n * step / (1 + self.drift_ppm / 1e6)
            self._flush_until(due)
            if self.to is not None:
                with self._changed:
                    self._one(due)
            if self.send_rtcp and self.rtcp_to and due >= report:
                report = due + 1.0
                self._report()
            n += 1

    def _flush_until(self, due):
        """Sends what is due, and sleeps until then."""
        while True:
            now = time.monotonic()
            while self._queue and self._queue[0][0] <= now:
                _, _, raw = heapq.heappop(self._queue)
                try:
                    self.socket.sendto(raw, self.to)
                except OSError:
                    pass
            if now >= due:
                return
            until = min(due, self._queue[0][0]) if self._queue else due
            time.sleep(max(0.0, until - now))

    def _one(self, due):
        count = 8 * self.ptime_ms
        if self._event is None and self._keys:
            k, ms, gap_ms, double, in_band = self._keys.pop(0)
            self._event = {"key": k, "ms": ms, "gap": gap_ms, "at": self.timestamp, "done": 0,
                           "double": double, "in_band": in_band}
        e = self._event
        if e is not None:
            if self._event_packet(e, due, count):
                self.timestamp = (self.timestamp + count) & 0xffffffff
                return
        if self._say is not None:
            samples = [self._say(self._said + i) for i in range(count)]
            self._put(due, self.payload_type, sound.encode(samples, self.law), self.timestamp, False)
        self._said += count
        self.timestamp = (self.timestamp + count) & 0xffffffff

    def _event_packet(self, e, due, count):
        """One step of a key; False when the key leaves this slot to the voice."""
        e["done"] += self.ptime_ms
        if e["done"] > e["ms"]:
            if e["done"] > e["ms"] + e["gap"]:
                self._event = None
            return False
        end = e["done"] >= e["ms"]
        first = e["done"] == self.ptime_ms
        if e["in_band"]:
            row, column = sound.DTMF[e["key"]]
            n = e["done"] * 8 - count
            samples = [a + b for a, b in zip(sound.tone(row, self.ptime_ms, 8000, -10.0, n),
                                             sound.tone(column, self.ptime_ms, 8000, -10.0, n))]
            self._put(due, self.payload_type, sound.encode(samples, self.law), self.timestamp, False)
            if not e["double"]:
                return True
        for _ in range(3 if end else 1):
            payload = struct.pack("!BBH", EVENT_CODES[e["key"]], (0x80 if end else 0) | 10,
                                  e["done"] * 8)
            self._put(due, self.event_type, payload, e["at"], first)
        return True

    def _put(self, due, payload_type, payload, timestamp, marker):
        raw = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | payload_type, self.seq, timestamp,
                          self.ssrc) + payload
        self.seq = (self.seq + 1) & 0xffff
        if self.random.random() < self.loss:
            self.left_out += 1
            return
        late = self.random.random() * self.jitter_ms / 1000
        if self.random.random() < self.reorder:
            late += 0.045  # behind the next two
        for _ in range(2 if self.random.random() < self.duplicate else 1):
            self._count += 1
            heapq.heappush(self._queue, (due + late, self._count, raw))
        self.sent += 1
        self.sent_bytes += len(payload)

    def _report(self):
        """A sender report and a CNAME (RFC 3550 6.4.1, 6.5)."""
        now = time.time() + 2208988800
        ntp = (int(now) & 0xffffffff, int(now % 1 * 2**32))
        sr = struct.pack("!BBHIIIIII", 0x80, 200, 6, self.ssrc, *ntp, self.timestamp,
                         self.sent, self.sent_bytes)
        cname = b"\x01\x04peer\x00\x00"
        sdes = struct.pack("!BBHI", 0x81, 202, 3, self.ssrc) + cname
        try:
            self.rtcp_socket.sendto(sr + sdes, self.rtcp_to)
        except OSError:
            pass

    # what is heard

    def _hear(self):
        while not self._stop:
            try:
                raw, source = self.socket.recvfrom(2048)
            except (socket.timeout, ConnectionError):
                continue
            if len(raw) < 12:
                continue
            with self._changed:
                if 192 <= raw[1] <= 223:
                    self.rtcp_received.append(raw)
                else:
                    self.received.append(Packet(raw, time.monotonic(), source))
                self._changed.notify_all()

    def _hear_rtcp(self):
        while not self._stop:
            try:
                raw, _ = self.rtcp_socket.recvfrom(2048)
            except (socket.timeout, ConnectionError):
                continue
            with self._changed:
                self.rtcp_received.append(raw)
                self._changed.notify_all()

    def voice(self):
        """The packets of the voice, each once, in the order of their numbers (of one source)."""
        with self._changed:
            packets = [p for p in self.received if p.payload_type == self.payload_type]
        if not packets:
            return []
        base = packets[0].seq
        by_seq = {((p.seq - base + 0x8000) & 0xffff) - 0x8000: p for p in packets}
        return [by_seq[k] for k in sorted(by_seq)]

    def pcm(self):
        """What was heard, 8 kHz, with silence where no time stamp came."""
        out, expected = [], None
        for p in self.voice():
            if expected is not None:
                hole = (p.timestamp - expected) & 0xffffffff
                if hole < 8 * 5000:
                    out += [0] * hole
            out += sound.decode(p.payload, self.law)
            expected = (p.timestamp + len(p.payload)) & 0xffffffff
        return out

    def keys(self):
        """The keys that came as RFC 4733 events: one for each time stamp."""
        with self._changed:
            packets = [p for p in self.received if p.payload_type == self.event_type]
        out = {}
        for p in packets:
            out.setdefault(p.timestamp, "0123456789*#ABCD"[p.payload[0]])
        return "".join(out.values())

    def reports(self):
        """The report blocks about us (RFC 3550 6.4): dicts, oldest first."""
        out = []
        with self._changed:
            packets = list(self.rtcp_received)
        for raw in packets:
            at = 0
            while at + 8 <= len(raw):
                first, kind, words = struct.unpack_from("!BBH", raw, at)
                block = at + {200: 28, 201: 8}.get(kind, 0)
                for i in range((first & 31) if kind in (200, 201) else 0):
                    ssrc, lost, highest, jitter, lsr, dlsr = struct.unpack_from(
                        "!IIIIII", raw, block + 24 * i)
                    if ssrc == self.ssrc:
                        out.append({"fraction": lost >> 24, "lost": lost & 0xffffff,
                                    "highest": highest, "jitter": jitter, "lsr": lsr, "dlsr": dlsr})
                at += 4 * (words + 1)
        return out

    def got_bye(self):
        """Did an RTCP BYE come (RFC 3550 6.6)?"""
        with self._changed:
            for raw in self.rtcp_received:
                at = 0
                while at + 4 <= len(raw):
                    _, kind, words = struct.unpack_from("!BBH", raw, at)
                    if kind == 203:
                        return True
                    at += 4 * (words + 1)
        return False

    def wait(self, check, timeout=10.0, what="the sound"):
        """Until check(self) is true."""
        end = time.monotonic() + timeout
        while True:
            got = check(self)
            if got:
                return got
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("no %s in %.1f s: %d packets came" % (
                    what, timeout, len(self.received)))
            with self._changed:
                self._changed.wait(min(left, 0.1))

    def wait_packets(self, count, timeout=10.0):
        self.wait(lambda p: len(p.received) >= count, timeout, "%d packets" % count)

    def wait_tone(self, hz, seconds=1.0, timeout=10.0, **more):
        """Until that tone has been heard for so long, at the end of what came."""
        n = int(seconds * 8000)

        def check(_):
            pcm = self.pcm()
            return len(pcm) >= n and sound.has_tone(pcm[-n:], 8000, hz, seconds, **more)
        self.wait(check, timeout, "tone of %g Hz" % hz)
