import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { MessageKind, MessageReader, type MessageSink } from '../../../src/protocol/message-reader.ts';
import type { Encoding } from '../../../src/protocol/reply-mode.ts';
import { decoderTo, feed, Recorder, wire } from './recorder.ts';

interface Sent {
  readonly kind: MessageKind;
  readonly name: string;
  readonly channel: string;
  readonly data: string;
}

interface Topic {
  wanted: boolean;
  readonly kind: MessageKind;
  readonly name: string;
}

const WORDS = ['message', 'pmessage', 'smessage'] as const;
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** A message on the wire, with a character per byte. */
function wireOf({ kind, name, channel, data }: Sent, mark: '>' | '*'): string {
  const parts = kind === MessageKind.pattern ? [name, channel, data] : [name, data];
  return `${mark}${parts.length + 1}\r\n${[WORDS[kind], ...parts].map(bulk).join('')}`;
}

/** Takes down the messages of the topics it has. */
class Subscriber implements MessageSink<Topic> {
  readonly heard: unknown[] = [];
  readonly topics = new Map<string, Topic>();
  readonly reader: MessageReader<Topic>;

  constructor(encoding: Encoding) {
    this.reader = new MessageReader<Topic>(this, encoding);
  }

  want(kind: MessageKind, name: string): void {
    this.topics.set(`${kind}${name}`, { wanted: true, kind, name });
  }

  find(kind: MessageKind, name: string): Topic | undefined {
    return this.topics.get(`${kind}${name}`);
  }

  message(topic: Topic, channel: string | Buffer | undefined, data: string | Buffer, size: number): void {
    this.heard.push([topic.kind, topic.name, channel, data, size]);
  }
}

/** What comes of these bytes: what the reader took, and what it left for the decoder. */
function read(bytes: Buffer, sizes: readonly number[], headroom: number, resp2: boolean, subscriber: Subscriber) {
  const recorder = new Recorder();
  const decoder = decoderTo({
    mode: () => recorder.mode(),
    reply: (value) => recorder.reply(value),
    error: (error) => recorder.error(error),
    unfit: (message) => recorder.unfit(message),
    push: (items) => {
      const [word, ...rest] = items as Buffer[];
      const kind = WORDS.indexOf(String(word) as (typeof WORDS)[number]) as MessageKind;
      if (kind < 0) return recorder.push(items);
      const topic = subscriber.find(kind, rest[0]!.toString('latin1'));
      if (topic === undefined) return undefined;
      const [channel, data] =
        kind === MessageKind.pattern
          ? [subscriber.reader.decode(rest[1]!), subscriber.reader.decode(rest[2]!)]
          : [undefined, subscriber.reader.decode(rest[1]!)];
      return subscriber.message(topic, channel, data, rest.at(-1)!.length);
    },
  });
  decoder.divert(subscriber.reader, resp2);
  feed(decoder, bytes, sizes, headroom);
  return { heard: subscriber.heard, left: recorder.deliveries };
}

const decode = (text: string, encoding: Encoding): string | Buffer => {
  const bytes = Buffer.from(text, 'latin1');
  return encoding === 'buffer' ? bytes : bytes.toString(encoding);
};

describe('MessageReader', () => {
  const byte = fc.nat(255).map((code) => String.fromCharCode(code));
  const bytes = fc.string({ unit: byte, maxLength: 40 });
  const name = fc.oneof(fc.constantFrom('a', 'b', 'news.local', 'n'.repeat(300), ''), bytes);
  const kind = fc.constantFrom(...Object.values(MessageKind));
  const sent: fc.Arbitrary<Sent> = fc.record({
    kind,
    name,
    channel: bytes,
    data: fc.oneof(bytes, fc.constant('x'.repeat(9000))),
  });

  it('reads what was sent, however it is cut, in every encoding, among confirmations and replies', () => {
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 64, 16 * 1024),
        fc.constantFrom<Encoding>('utf8', 'latin1', 'buffer'),
        fc.boolean(),
        fc.func(fc.boolean()),
        (messages, sizes, headroom, encoding, resp2, isWanted) => {
          const subscriber = new Subscriber(encoding);
          for (const each of messages) if (isWanted(each.name)) subscriber.want(each.kind, each.name);
          const mark = resp2 ? '*' : '>';
          const between = `${mark}3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+PONG\r\n-ERR no\r\n`;
          const stream = wire(messages.map((each) => wireOf(each, mark) + between).join(''));
          const { heard, left } = read(stream, sizes, headroom, resp2, subscriber);
          const expected = messages
            .filter((each) => isWanted(each.name))
            .map(({ kind: of, name: own, channel, data }) => [
              of,
              own,
              of === MessageKind.pattern ? decode(channel, encoding) : undefined,
              decode(data, encoding),
              data.length,
            ]);
          assert.deepEqual(heard, expected);
          const rest = [
            ['push', [Buffer.from('subscribe'), Buffer.from('a'), 1]],
            ['reply', 'PONG'],
            ['error', 'ERR no'],
          ];
          assert.deepEqual(
            left,
            messages.flatMap(() => rest),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives nothing of what is no longer wanted, and finds what is wanted anew', () => {
    const subscriber = new Subscriber('utf8');
    const message = wire(wireOf({ kind: 0, name: 'a', channel: '', data: 'one' }, '>'));
    const decoder = decoderTo(new Recorder());
    decoder.divert(subscriber.reader, false);
    const hear = (): number => {
      feed(decoder, message, [1000], 0);
      return subscriber.heard.length;
    };
    subscriber.want(0, 'a');
    assert.equal(hear(), 1);
    const topic = subscriber.find(0, 'a')!;
    topic.wanted = false;
    subscriber.topics.clear();
    assert.equal(hear(), 1);
    subscriber.want(0, 'a');
    assert.equal(hear(), 2);
  });

  it('tells topics of one name and different kinds apart', () => {
    const subscriber = new Subscriber('utf8');
    for (const each of Object.values(MessageKind)) subscriber.want(each, 'same');
    const messages = [0, 1, 2, 1, 0].map((each) => ({
      kind: each as MessageKind,
      name: 'same',
      channel: 'same',
      data: 'x',
    }));
    const { heard } = read(wire(messages.map((each) => wireOf(each, '>')).join('')), [1000], 0, false, subscriber);
    assert.deepEqual(
      heard.map((each) => (each as unknown[])[0]),
      [0, 1, 2, 1, 0],
    );
  });

  it('leaves what only looks like a message to the decoder', () => {
    const subscriber = new Subscriber('utf8');
    subscriber.want(0, 'a');
    for (const text of [
      '>3\r\n$7\r\nmessagE\r\n$1\r\na\r\n$1\r\nx\r\n',
      '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n:123456789\r\n',
      '>2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nkey\r\n',
    ]) {
      const recorder = new Recorder();
      const decoder = decoderTo(recorder);
      decoder.divert(subscriber.reader, false);
      feed(decoder, wire(text), [1000], 0);
      assert.equal(recorder.deliveries[0]?.[0], 'push', text);
    }
    assert.equal(subscriber.heard.length, 0);
  });
});
