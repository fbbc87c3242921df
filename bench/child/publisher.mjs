/**
 * Publishes messages as fast as the server passes them on, until its parent ends it. A script publishes a thousand in one go, so
 * that the publisher takes next to nothing of the machine's time.
 */
import { connect } from 'node:net';
import { CHANNEL, messages } from './dataset.mjs';

/** @type {import('../types.ts').Address & { readonly size: number }} */
const { host, port, size } = JSON.parse(process.argv[2]);

const script = 'for i = 1, #ARGV do redis.call("PUBLISH", KEYS[1], ARGV[i]) end';
const words = ['EVAL', script, '1', CHANNEL, ...messages(size)];
const batch = Buffer.from(
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
);

const socket = connect({ host, port, noDelay: true });
socket.on('connect', () => socket.write(batch));
// A null is the script's whole reply: one batch at a time.
socket.on('data', (reply) => {
  if (!reply.toString('latin1').startsWith('$-1')) throw new Error(`wrong reply to EVAL: ${String(reply)}`);
  socket.write(batch);
});
process.on('disconnect', () => process.exit());
