"""The bot's end of callmedia.v1 with nothing but Python: listen(bot) serves one WebSocket for each call.

bot is an async function with one argument, a Socket; it reads `async for kind, message in socket`.
"""
import asyncio
import base64
import hashlib
import json
import os

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
ANSWER = ("HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: callmedia.v1\r\n"
          "Sec-WebSocket-Accept: %s\r\n\r\n")


class Socket:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def say(self, pcm, kind=BINARY):
        length = bytes([len(pcm)]) if len(pcm) < 126 else b"\x7e" + len(pcm).to_bytes(2, "big")
        self.writer.write(bytes([128 | kind]) + length + pcm)

    def tell(self, **command):
        self.say(json.dumps(command).encode(), TEXT)

    async def __aiter__(self):
        """Events as dicts, sound as bytes. The server's messages come whole, and always masked."""
        read = self.reader.readexactly
        while (kind := (await read(1))[0] & 15) != CLOSE:
            if (length := (await read(1))[0] & 127) > 125:
                length = int.from_bytes(await read(2 if length == 126 else 8), "big")
            mask, data = await read(4), await read(length)
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
            if kind == PING:
                self.say(data, PONG)
            elif kind in (TEXT, BINARY):
                yield kind, json.loads(data) if kind == TEXT else data


def listen(bot):
    async def serve(reader, writer):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        key = next(line.split()[1] for line in lines if line.lower().startswith("sec-websocket-key:"))
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        writer.write((ANSWER % base64.b64encode(digest).decode()).encode())
        await bot(Socket(reader, writer))
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ.get("BOT_PORT", 18732)))
        print("listening at net.tcp://127.0.0.1:%d/MediaProcessor" % server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()
    asyncio.run(main())
