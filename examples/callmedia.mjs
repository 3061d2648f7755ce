// The bot's end of callmedia.v1 with nothing but Node: listen(bot) serves one WebSocket for each call.
// bot(socket) is called for each; socket.on('event', (e) => ...) and socket.on('sound', (pcm) => ...) tell it.
import { createHash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'

const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10

class Socket extends EventEmitter {
  #stream
  #rest = Buffer.alloc(0)

  constructor(stream) {
    super()
    this.#stream = stream
    stream.on('data', (data) => this.#take(data))
    stream.on('error', () => {}) // it is dialled again, as a new Socket
  }

  say(pcm, kind = BINARY) {
    const head = pcm.length < 126 ? [128 | kind, pcm.length] : [128 | kind, 126, pcm.length >> 8, pcm.length & 255]
    this.#stream.write(Buffer.concat([Buffer.from(head), pcm]))
  }

  tell(command) { this.say(Buffer.from(JSON.stringify(command)), TEXT) }

  // The server's messages come whole, are always masked, and short enough for a 16-bit length.
  #take(data) {
    this.#rest = Buffer.concat([this.#rest, data])
    for (;;) {
      const b = this.#rest
      if (b.length < 6) return
      const long = (b[1] & 127) === 126, at = long ? 8 : 6
      const length = long ? b.readUInt16BE(2) : b[1] & 127
      if (b.length < at + length) return
      const message = b.subarray(at, at + length).map((byte, i) => byte ^ b[at - 4 + (i % 4)])
      this.#rest = b.subarray(at + length)
      this.#on(b[0] & 15, message)
    }
  }

  #on(kind, message) {
    if (kind === PING) this.say(message, PONG)
    else if (kind === BINARY) this.emit('sound', message)
    else if (kind === TEXT) this.emit('event', JSON.parse(message))
    else if (kind === CLOSE) this.#stream.end()
  }
}

export function listen(bot) {
  const server = createServer().on('upgrade', (request, stream) => {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
    stream.write('HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: callmedia.v1\r\n' +
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n`)
    bot(new Socket(stream))
  })
  server.listen(Number(process.env.BOT_PORT ?? 18732), '127.0.0.1', () =>
    console.log(`listening at net.tcp://127.0.0.1:${server.address().port}/MediaProcessor`))
}
