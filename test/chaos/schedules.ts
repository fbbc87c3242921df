import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey, type ValkeyOptions } from '../../src/index.ts';
import { FaultProxy, type Direction, type ValkeyServer } from '../../src/testing/index.ts';
import { Control } from './control.ts';
import { Random } from './random.ts';
import { HANGS, PASSWORD, Subject, type Clock, type Tally } from './subject.ts';

/** How many clients a server has at a time, each with a proxy. */
export const SIZE = 20;

/** One of the proxies with TLS, which are every eighth. */
const TLS = 7;
const hasTls = (i: number): boolean => i % 8 === TLS;

/**
 * The proxies of one server. They are made before any server is killed: on its free port another would be started meanwhile.
 */
export function proxiesOf(server: ValkeyServer): Promise<FaultProxy[]> {
  return Promise.all(
    Array.from({ length: SIZE }, (_, i) => FaultProxy.start({ port: hasTls(i) ? server.tlsPort : server.port })),
  );
}

/**
 * Several clients of one server, each behind a proxy of its own, each with faults of its own; now and then the server itself pauses or dies.
 * In the end all faults stop at once.
 */
export async function wave(
  server: ValkeyServer,
  proxies: readonly FaultProxy[],
  admin: Valkey,
  seed: number,
  tally: Tally,
  clock: Clock,
): Promise<void> {
  const random = new Random(seed);
  const trouble = random.pick(['none', 'none', 'pause', 'pause', 'restart']);
  const subjects = proxies.map((proxy, i) => {
    const options: ValkeyOptions = {
      protocol: random.chance(0.5) ? 3 : 2,
      db: random.whole(0, 2),
      ...(random.chance(0.5) ? { clientName: `chaos-${i}` } : {}),
      ...(hasTls(i) ? { tls: { ca: server.ca } } : {}),
      ...(random.chance(0.2) ? { whenDown: 'fail' as const } : {}),
    };
    return new Subject(`seed ${seed}, schedule ${i}`, proxy, options, tally);
  });

  /** Runs something for all, and says whose it was that failed. */
  const each = async (run: (subject: Subject, random: Random) => Promise<void>): Promise<void> => {
    const ends = await Promise.allSettled(
      subjects.map((subject, i) =>
        run(subject, new Random(seed * 31 + i)).catch((error: unknown) => {
          throw subject.explained(error);
        }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
  };

  const recovered = async (options: ValkeyOptions): Promise<void> => {
    await using control = new Control(options);
    await each((subject) => subject.recover(clock, control));
  };

  try {
    const strikeServer = async (): Promise<void> => {
      await sleep(random.whole(5, 60));
      if (trouble === 'pause') {
        server.pause();
        await sleep(random.whole(5, 300));
        server.resume();
      } else if (trouble === 'restart') {
        await server.kill();
        await sleep(random.whole(0, 50));
        await server.restart();
      }
    };
    const serverTrouble = Promise.allSettled([strikeServer()]);
    await each(async (subject, own) => {
      subject.steps.push(`server: ${trouble}`);
      if (own.chance(0.5)) subject.strike(own);
      const steps = own.whole(2, 6);
      for (let step = 0; step < steps; step++) {
        subject.call(own);
        await sleep(own.whole(0, 40));
        subject.strike(own);
        subject.call(own);
        await sleep(own.whole(0, 40));
        if (own.chance(0.5)) subject.heal();
      }
    });
    const [struck] = await serverTrouble;
    if (struck.status === 'rejected') throw struck.reason as Error;
    for (const proxy of proxies) proxy.heal();
    await recovered({ port: proxies.at(TLS)?.port ?? 0, password: PASSWORD, tls: { ca: server.ca } });
    await each((subject) => subject.finish(admin, trouble !== 'restart'));
    tally.schedules += SIZE;
  } finally {
    for (const subject of subjects) subject.client.destroy();
    for (const proxy of proxies) {
      proxy.cut();
      proxy.heal();
    }
  }
}

/** Where a handshake is cut. */
export interface HandshakeCut {
  readonly protocol: 2 | 3;
  readonly direction: Direction;
  readonly bytes: number;
  readonly reset: boolean;
}

const NAMES = { db: 1, clientName: 'cut' } as const;

/** Every place where a handshake can be cut, in each direction. */
export async function handshakeCuts(proxy: FaultProxy): Promise<HandshakeCut[]> {
  const cuts: HandshakeCut[] = [];
  for (const protocol of [3, 2] as const) {
    const before = { toServer: proxy.bytesToServer, toClient: proxy.bytesToClient };
    await using client = new Valkey({ port: proxy.port, password: PASSWORD, protocol, ...NAMES });
    await client.connect();
    const lengths = {
      toServer: proxy.bytesToServer - before.toServer,
      toClient: proxy.bytesToClient - before.toClient,
    };
    for (const way of ['toServer', 'toClient'] as const) {
      for (let bytes = 0; bytes <= lengths[way] + 1; bytes++) {
        cuts.push({ protocol, direction: way, bytes, reset: bytes % 2 === 1 });
      }
    }
  }
  return cuts;
}

async function recover(subject: Subject, proxy: FaultProxy, clock: Clock): Promise<void> {
  await using control = new Control({ port: proxy.port, password: PASSWORD });
  await subject.recover(clock, control);
}

/** Cuts the handshakes of one client there until it was dialled twice; then nothing is in the way, and it must work. */
export async function cutHandshake(
  proxy: FaultProxy,
  admin: Valkey,
  cut: HandshakeCut,
  seed: number,
  tally: Tally,
  clock: Clock,
): Promise<void> {
  const { protocol, direction: way, bytes, reset } = cut;
  const name = `RESP${protocol} cut after ${bytes} bytes ${way}${reset ? ', reset' : ''}, seed ${seed}`;
  const subject = new Subject(name, proxy, { protocol, ...NAMES }, tally);
  try {
    proxy.cutAfter(bytes, { direction: way, reset });
    const accepted = proxy.accepted;
    const random = new Random(seed + bytes);
    for (let i = 0; i < 3; i++) subject.call(random);
    const deadline = performance.now() + HANGS;
    // A cut behind the handshake is felt by what comes later.
    while (proxy.accepted < accepted + 2 && subject.client.state !== 'ready') {
      assert.ok(performance.now() < deadline, 'it does not dial again');
      // Nobody wants anything from it any more: on a slow machine calls are aborted before the first dial has failed.
      if (subject.client.state === 'idle') subject.call(random);
      await sleep(1);
    }
    proxy.heal();
    await recover(subject, proxy, clock);
    await subject.finish(admin, true);
    tally.schedules++;
  } catch (error) {
    throw subject.explained(error);
  } finally {
    proxy.heal();
    subject.client.destroy();
  }
}
