export { Decoder, DEFAULT_LIMITS, type DecoderLimits, type ReplySink } from './decoder.ts';
export { Encoder, sizeOf, type Argument, type ByteSink } from './encoder.ts';
export { Header } from './header.ts';
export { ReplyError } from './reply-error.ts';
export type { Encoding, Integers, IntegerOf, ReplyMode, TextOf } from './reply-mode.ts';
export { Scratch } from './bulk.ts';
export type { FastBuffer } from './bytes.ts';
