import { given, nameOf, type Call, type Readers, type Words } from '../words.ts';

/** `down-after-milliseconds 5000 ...` as an object; each `rename-command` is a part of one. */
function settings(words: Words): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const renameCommand: Record<string, unknown> = {};
  while (words.left > 0) {
    const name = nameOf(words.text());
    if (name === 'renameCommand') renameCommand[words.text()] = words.next();
    settings[name] = name === 'renameCommand' ? renameCommand : words.next();
  }
  return settings;
}

const named =
  (method: string) =>
  (words: Words): Call => [method, words.next()];

export const sentinel: Readers = {
  'SENTINEL CKQUORUM': named('sentinelCkquorum'),
  'SENTINEL CONFIG': (words) =>
    words.literal('GET', 'SET') === 'get' ? ['sentinelConfigGet', words.take()] : ['sentinelConfigSet', words.pairs()],
  'SENTINEL DEBUG': (words) => ['sentinelDebug', ...given(settings(words))],
  'SENTINEL FAILOVER': (words) => ['sentinelFailover', words.next(), ...given(words.options({ COORDINATED: 0 }))],
  'SENTINEL FLUSHCONFIG': () => ['sentinelFlushconfig'],
  'SENTINEL GET-MASTER-ADDR-BY-NAME': named('sentinelGetMasterAddrByName'),
  'SENTINEL GET-PRIMARY-ADDR-BY-NAME': named('sentinelGetPrimaryAddrByName'),
  'SENTINEL HELP': () => ['sentinelHelp'],
  'SENTINEL INFO-CACHE': (words) => ['sentinelInfoCache', words.take()],
  'SENTINEL IS-MASTER-DOWN-BY-ADDR': (words) => ['sentinelIsMasterDownByAddr', ...words.take(4)],
  'SENTINEL IS-PRIMARY-DOWN-BY-ADDR': (words) => ['sentinelIsPrimaryDownByAddr', ...words.take(4)],
  'SENTINEL MASTER': named('sentinelMaster'),
  'SENTINEL MASTERS': () => ['sentinelMasters'],
  'SENTINEL MONITOR': (words) => ['sentinelMonitor', ...words.take(4)],
  'SENTINEL MYID': () => ['sentinelMyid'],
  'SENTINEL PENDING-SCRIPTS': () => ['sentinelPendingScripts'],
  'SENTINEL PRIMARIES': () => ['sentinelPrimaries'],
  'SENTINEL PRIMARY': named('sentinelPrimary'),
  'SENTINEL REMOVE': named('sentinelRemove'),
  'SENTINEL REPLICAS': named('sentinelReplicas'),
  'SENTINEL RESET': named('sentinelReset'),
  'SENTINEL SENTINELS': named('sentinelSentinels'),
  'SENTINEL SET': (words) => ['sentinelSet', words.next(), settings(words)],
  'SENTINEL SIMULATE-FAILURE': (words) => [
    'sentinelSimulateFailure',
    words.take().map((word) => String(word).toLowerCase()),
  ],
  'SENTINEL SLAVES': named('sentinelSlaves'),
};
