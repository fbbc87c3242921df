import { beginAsking } from '../connection/asking.ts';
import type { Request } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import type { RetrySettings } from '../connection/settings.ts';
import { ClusterError } from '../errors.ts';
import { delayOf } from '../util/backoff.ts';
import { Held } from './held.ts';
import type { Node } from './node.ts';
import { readRedirection } from './redirection.ts';
import type { Topology } from './topology.ts';

/** How redirections are followed. */
export interface RedirectSettings {
  readonly retry: RetrySettings;
  /** Every so many MOVEDs the whole map is asked for; 0 is never. */
  readonly reinitializeSteps: number;
}

/** A request is given up when it was redirected more often. */
const MAX_REDIRECTS = 16;
/** So often it is redirected at once; from then on with a pause, since the nodes have not agreed yet. */
const QUICK_REDIRECTS = 4;

/** What becomes of requests that a node of the cluster did not run: they are sent to another, or held and then routed anew. */
export class Redirects {
  readonly #topology: Topology;
  readonly #settings: RedirectSettings;
  readonly #held: Held;
  /** How often requests were redirected. */
  readonly #counts: WeakMap<Request, number> = new WeakMap();
  #moved = 0;
  /** How often a request was sent to another node because one said so. */
  count = 0;

  /** `reroute` sends a request that was held to where its keys are by then. */
  constructor(topology: Topology, settings: RedirectSettings, reroute: (request: Request) => void) {
    this.#topology = topology;
    this.#settings = settings;
    this.#held = new Held((requests) => {
      for (const request of requests) reroute(request);
    });
  }

  /** How many requests are held. */
  get held(): number {
    return this.#held.length;
  }

  /** Sees to a request that `node` answered with `message`; false when that is an answer like any other. */
  refused(node: Node, request: Request, message: string): boolean {
    const redirection = readRedirection(message);
    if (redirection !== undefined) {
      let target: Node | undefined;
      try {
        target = this.#topology.follow(redirection, node);
      } catch (error) {
        request.fail(() => anew(error, request.spec.name));
        return true;
      }
      if (!redirection.isAsk) this.#countMoved();
      return this.#redirect(request, target, redirection.isAsk);
    }
    if (/^(READONLY|CLUSTERDOWN|MASTERDOWN) /.test(message)) this.#topology.suspect();
    else if (!message.startsWith('TRYAGAIN ') && !(message.startsWith('LOADING ') && node.role === 'replica'))
      return false;
    // Nobody contradicts anybody: half of a slot's keys are here, and half there.
    this.#counts.delete(request);
    return this.hold(request);
  }

  /** Takes note of what a node has said to somebody who sees to it himself. */
  noted(node: Node, message: string): void {
    const redirection = readRedirection(message);
    if (redirection === undefined || redirection.isAsk) return;
    try {
      this.#topology.follow(redirection, node);
    } catch {
      // He has an answer of the node; why its address is not known is told to those who ask for the map.
      this.#topology.suspect();
    }
    this.#countMoved();
  }

  /** Routes a request anew after a pause; false when it has no time for that. */
  hold(request: Request): boolean {
    const delay = Math.max(1, delayOf(this.#settings.retry.backoff, ++request.attempts));
    return this.#held.add(request, delay);
  }

  /** Gives away all that is held. */
  clear(): Request[] {
    return this.#held.clear();
  }

  #redirect(request: Request, target: Node | undefined, isAsk: boolean): boolean {
    const redirects = (this.#counts.get(request) ?? 0) + 1;
    this.#counts.set(request, redirects);
    if (redirects > MAX_REDIRECTS) {
      const { name: command } = request.spec;
      const message = `${command}: redirected ${MAX_REDIRECTS} times: the nodes do not agree who has its slot; it did not run`;
      request.fail(() => new ClusterError(message, { code: 'TOO_MANY_REDIRECTS', command }));
      return true;
    }
    if (target === undefined) this.#topology.suspect();
    if (target === undefined || redirects > QUICK_REDIRECTS) return this.hold(request);
    this.count++;
    if (isAsk) beginAsking(request);
    target.resend(request);
    return true;
  }

  #countMoved(): void {
    const { reinitializeSteps } = this.#settings;
    if (reinitializeSteps > 0 && ++this.#moved % reinitializeSteps === 0) this.#topology.suspect();
  }
}
