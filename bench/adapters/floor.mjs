import { connect as dial } from 'node:net';

/**
 * The floor: a raw socket that writes prebuilt bytes and counts the bytes that come back. It decodes nothing and makes
 * one promise per exchange, so it shows what the socket and the server allow.
 *
 * @param {import('../types.ts').Address} address
 */
export async function connect({ host, port }) {
  let missing = 0;
  /** @type {(value?: unknown) => void} */
  let settle = () => {};
  /** @type {Buffer[] | undefined} */
  let copies;

  const socket = dial({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(256 * 1024),
      callback(length, buffer) {
        copies?.push(Buffer.from(buffer.subarray(0, length)));
        missing -= length;
        if (missing <= 0) settle();
        return true;
      },
    },
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));

  /**
   * Writes `batch` and resolves when `replyLength` bytes have come back.
   *
   * @param {Buffer} batch
   * @param {number} replyLength
   * @returns {Promise<unknown>}
   */
  function exchange(batch, replyLength) {
    missing += replyLength;
    socket.write(batch);
    return new Promise((resolve) => {
      settle = resolve;
    });
  }

  return {
    exchange,
    /**
     * Like `exchange`, and gives the bytes of the reply.
     *
     * @param {Buffer} batch
     * @param {number} replyLength
     */
    async read(batch, replyLength) {
      copies = [];
      await exchange(batch, replyLength);
      const reply = Buffer.concat(copies).toString('latin1');
      copies = undefined;
      return reply;
    },
    async ping() {
      await exchange(Buffer.from('PING\r\n'), '+PONG\r\n'.length);
      return 'PONG';
    },
    async close() {
      socket.destroy();
    },
  };
}
