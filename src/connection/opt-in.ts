import { command } from '../commands/spec.ts';
import { OWN_REQUEST, Request } from './request.ts';

const CACHING = command('CLIENT CACHING');
const YES: readonly string[] = ['YES'];
const SIZE = 32;

/** CLIENT CACHING YES, for the read that is written right behind it. Refused, it leaves that as one that is not tracked. */
export class OptIn extends Request {
  readonly #read: Request;

  constructor(read: Request) {
    super(CACHING, YES, undefined, OWN_REQUEST, SIZE, nobody);
    this.deadline = read.deadline;
    this.#read = read;
  }

  protected override reject(): void {
    optOut(this.#read);
  }
}

/** Has the request written without that from now on: the server does not tell of changes of what it reads. */
export function optOut(request: Request): void {
  request.spec = request.spec.plain ?? request.spec;
}

function nobody(): void {}
