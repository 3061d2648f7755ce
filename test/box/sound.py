"""Sound as numbers: tones made and found, WAV files, G.711. Standard library only.

Samples are lists of integers of 16 bit; levels are amplitudes of a sine, full scale being 0 dB.
"""
import math
import struct

FULL = 32768.0
WINDOW_MS = 200


def tone(hz, ms, rate=8000, db=-6.0, start=0):
    """A sine; `start` is the number of the first sample, so that pieces join without a click."""
    level = 32767.0 * 10 ** (db / 20)
    step = 2 * math.pi * hz / rate
    return [round(level * math.sin(step * (start + i))) for i in range(rate * ms // 1000)]


def tones(hzs, ms, rate=8000, db=-10.0):
    """Several sines at once, each with the level db."""
    parts = [tone(hz, ms, rate, db) for hz in hzs]
    return [max(-32768, min(32767, sum(p))) for p in zip(*parts)]


def amplitude(samples, rate, hz):
    """How strong one frequency is, 0 to 1 (Goertzel)."""
    n = len(samples)
    if n == 0:
        return 0.0
    k = 2 * math.cos(2 * math.pi * hz / rate)
    a = b = 0.0
    for s in samples:
        a, b = s + k * a - b, a
    return 2 * math.sqrt(max(0.0, a * a + b * b - k * a * b)) / n / FULL


def level_db(samples, rate, hz):
    return 20 * math.log10(max(1e-7, amplitude(samples, rate, hz)))


def rms_db(samples):
    """0 dB is the RMS of a square of full scale."""
    if not samples:
        return -127.0
    mean = sum(s * s for s in samples) / len(samples)
    return 10 * math.log10(max(1e-12, mean / FULL / FULL))


def windows(samples, rate, ms=WINDOW_MS):
    n = rate * ms // 1000
    return [samples[i:i + n] for i in range(0, len(samples) - n + 1, n)]


def levels(samples, rate, hz):
    """The level of one frequency in each window."""
    return [level_db(w, rate, hz) for w in windows(samples, rate)]


def has_tone(samples, rate, hz, seconds=3.0, least_db=-30.0, share=0.7):
    """Is there a stretch of `seconds` in which the tone stands in at least `share` of the windows?"""
    found = [db >= least_db for db in levels(samples, rate, hz)]
    n = max(1, int(seconds * 1000) // WINDOW_MS)
    if len(found) < n:
        return False
    return any(sum(found[i:i + n]) >= share * n for i in range(len(found) - n + 1))


def never_has(samples, rate, hz, most_db=-40.0):
    """Is the tone in no window above most_db?"""
    return all(db <= most_db for db in levels(samples, rate, hz))


def sequence(samples, rate, hzs, least_db=-30.0):
    """Which of the tones is heard, one after the other, silences and repeats left out."""
    heard = []
    for w in windows(samples, rate, 40):
        best = max(hzs, key=lambda hz: amplitude(w, rate, hz))
        if level_db(w, rate, best) >= least_db and (not heard or heard[-1] != best):
            heard.append(best)
    return heard


def snr_db(samples, rate, hz):
    """A sine of that frequency is fitted; what is left over is noise."""
    n = len(samples)
    w = 2 * math.pi * hz / rate
    c = [math.cos(w * i) for i in range(n)]
    s = [math.sin(w * i) for i in range(n)]
    mean = sum(samples) / n
    x = [v - mean for v in samples]
    cc, ss, cs = (sum(p * q for p, q in zip(a, b)) for a, b in ((c, c), (s, s), (c, s)))
    xc, xs = sum(p * q for p, q in zip(x, c)), sum(p * q for p, q in zip(x, s))
    det = cc * ss - cs * cs
    a, b = (xc * ss - xs * cs) / det, (xs * cc - xc * cs) / det
    signal = noise = 0.0
    for i in range(n):
        fit = a * c[i] + b * s[i]
        signal += fit * fit
        noise += (x[i] - fit) ** 2
    return 10 * math.log10(max(1e-9, signal) / max(1e-9, noise))


def gaps(samples, rate, hz, least_db=-30.0, ms=20):
    """How many pieces of `ms` inside the tone do not have it."""
    found = [level_db(w, rate, hz) >= least_db for w in windows(samples, rate, ms)]
    if True not in found:
        return len(found)
    first, last = found.index(True), len(found) - 1 - found[::-1].index(True)
    return found[first:last + 1].count(False)


def onset(samples, rate, hz, least_db=-30.0, ms=10):
    """When the tone begins, in seconds; None when it does not."""
    for i, w in enumerate(windows(samples, rate, ms)):
        if level_db(w, rate, hz) >= least_db:
            return i * ms / 1000
    return None


def envelope(samples, rate, ms=2):
    return [sum(map(abs, w)) / len(w) for w in windows(samples, rate, ms)]


def delay_ms(said, heard, rate, most_ms=2000):
    """How much later `heard` is than `said`, by the correlation of their loudness."""
    step = 2
    a, b = envelope(said, rate, step), envelope(heard, rate, step)
    mean_a = sum(a) / len(a)
    mean_b = sum(b) / len(b)
    a = [v - mean_a for v in a]
    b = [v - mean_b for v in b]
    best, best_at = -math.inf, 0
    for lag in range(min(most_ms // step, len(b))):
        score = sum(p * q for p, q in zip(a, b[lag:]))
        if score > best:
            best, best_at = score, lag
    return best_at * step


# WAV

def write_wav(path, samples, rate=8000):
    data = struct.pack("<%dh" % len(samples), *samples)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       rate, rate * 2, 2, 16, b"data", len(data))
    with open(path, "wb") as f:
        f.write(head + data)


def wav_bytes(samples, rate=16000):
    data = struct.pack("<%dh" % len(samples), *samples)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       rate, rate * 2, 2, 16, b"data", len(data)) + data


def read_wav(path):
    """(samples, rate) of a 16 bit file, the left channel; also of one that is still being written."""
    with open(path, "rb") as f:
        raw = f.read()
    at, rate, channels = 12, 8000, 1
    while at + 8 <= len(raw):
        kind, size = raw[at:at + 4], struct.unpack_from("<I", raw, at + 4)[0]
        if kind == b"fmt ":
            channels, rate = struct.unpack_from("<HI", raw, at + 10)
        if kind == b"data":
            body = raw[at + 8:]
            if 0 < size <= len(body):
                body = body[:size]
            body = body[:len(body) // 2 * 2]
            return list(struct.unpack("<%dh" % (len(body) // 2), body))[::channels], rate
        at += 8 + size + (size & 1)
    return [], rate


# G.711

def _ulaw_decode(code):
    code = ~code & 0xff
    v = (((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - v if code & 0x80 else v - 0x84


def _alaw_decode(code):
    code ^= 0x55
    v = (code & 0x0f) << 4
    seg = (code & 0x70) >> 4
    v = v + 8 if seg == 0 else (v + 0x108) << (seg - 1)
    return v if code & 0x80 else -v


ULAW = [_ulaw_decode(i) for i in range(256)]
ALAW = [_alaw_decode(i) for i in range(256)]


def _encoder(decode):
    """A table of all 16 bit values, by the nearest that the law can say."""
    by_value = sorted((v, code) for code, v in enumerate(decode))
    table, k = bytearray(65536), 0
    for s in range(-32768, 32768):
        while k + 1 < len(by_value) and abs(by_value[k + 1][0] - s) <= abs(by_value[k][0] - s):
            k += 1
        table[s & 0xffff] = by_value[k][1]
    return table


_TABLES = {}


def encode(samples, law="PCMU"):
    if law not in _TABLES:
        _TABLES[law] = _encoder(ULAW if law == "PCMU" else ALAW)
    table = _TABLES[law]
    return bytes(table[s & 0xffff] for s in samples)


def decode(payload, law="PCMU"):
    table = ULAW if law == "PCMU" else ALAW
    return [table[b] for b in payload]


DTMF = {"1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "A": (697, 1633),
        "4": (770, 1209), "5": (770, 1336), "6": (770, 1477), "B": (770, 1633),
        "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "C": (852, 1633),
        "*": (941, 1209), "0": (941, 1336), "#": (941, 1477), "D": (941, 1633)}
