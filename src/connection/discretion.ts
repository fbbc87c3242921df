import type { Argument } from '../protocol/encoder.ts';

/** Addresses that the client goes to, in errors that repeat no argument. */
const REDIRECTION = /^(MOVED|ASK|REDIRECT) /;
/** Behind this, an error reply lists the arguments it was sent. */
const REPEATED = ', with args beginning with:';
/** Where errors repeat what is no argument as a whole: a rule of ACL SETUSER, a piece of one, text in a script, coordinates as numbers. */
const PIECES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/ modifier '[^]*':/, " modifier '...':"],
  [/ starting at '[^]*'/, " starting at '...'"],
  [/ near '(['"[][^]*)'/, " near '...'"],
  [/ pair -?[\d.]+,-?[\d.]+/, ' pair ...'],
];
/** Errors about words of the command's syntax. A typo in one should be seen, as long as it looks like a word. */
const SYNTAX = /^ERR unknown subcommand|possibly related to argument '/i;
const WORD = /^[a-z-]{1,20}$/i;
/** What stands in front of an argument at the end of an error. */
const LEADS_TO_ARGUMENT = /(: ?|\b(given|around|member|node|direction|option|argument) )$/i;
/** The server repeats no more of an argument, where it does not repeat all of it. */
const LONGEST = 128;
const HIDDEN = '...';

/**
 * An error reply without the arguments of the command that it is the reply to: they may be secrets, and errors are logged.
 *
 * Hidden is an argument in quotes, and any other that stands by itself, unless it is a word like those that errors are made of.
 */
export function discreet(message: string, name: string, args: readonly Argument[]): string {
  if (REDIRECTION.test(message)) return message;
  const end = message.indexOf(REPEATED);
  let text = end < 0 ? message : message.slice(0, end);
  for (const [pattern, instead] of PIECES) text = text.replace(pattern, instead);
  const words = name.split(' ');
  const isOfSyntax = SYNTAX.test(text);
  for (const arg of args) {
    const shown = textOf(arg);
    if (shown === '' || !text.includes(shown) || words.includes(shown.toUpperCase())) continue;
    if (!isOfSyntax || !WORD.test(shown)) text = without(text, shown);
  }
  return text;
}

/** An argument as an error would repeat it. */
function textOf(arg: Argument): string {
  if (typeof arg === 'string') return oneLine(arg.slice(0, LONGEST));
  if (!(arg instanceof Uint8Array)) return String(arg);
  return oneLine(Buffer.from(arg.buffer, arg.byteOffset, Math.min(arg.length, LONGEST)).toString());
}

/** An error is one line: the server makes spaces of what would end it. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

function without(message: string, shown: string): string {
  // The first word is the error's code.
  const first = /^[A-Z][A-Z0-9_-]* /.exec(message)?.[0].length ?? 0;
  let text = message.slice(0, first);
  let from = first;
  for (let at = message.indexOf(shown, from); at >= 0; at = message.indexOf(shown, from)) {
    const stop = at + shown.length;
    text += message.slice(from, at) + (isArgument(message, at, stop, shown) ? HIDDEN : shown);
    from = stop;
  }
  return text + message.slice(from);
}

/** Whether what stands there is repeated, rather than a word of the error that happens to be the same. */
function isArgument(message: string, at: number, stop: number, shown: string): boolean {
  const before = message.charAt(at - 1);
  const after = message.charAt(stop);
  if ((before === "'" || before === '"') && before === after) return true;
  if (/\w/.test(before) || /\w/.test(after)) return false;
  if (shown.length >= 4 && !/^[A-Za-z ]*$/.test(shown)) return true;
  return stop === message.length && LEADS_TO_ARGUMENT.test(message.slice(0, at));
}
