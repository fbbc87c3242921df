import type { Readers } from '../words.ts';

export const acl: Readers = {
  'ACL CAT': (words) => ['aclCat', ...words.take()],
  'ACL DELUSER': (words) => ['aclDeluser', words.take()],
  'ACL DRYRUN': (words) => ['aclDryrun', words.next(), words.take()],
  'ACL GENPASS': (words) => ['aclGenpass', ...words.take()],
  'ACL GETUSER': (words) => ['aclGetuser', words.next()],
  'ACL HELP': () => ['aclHelp'],
  'ACL LIST': () => ['aclList'],
  'ACL LOAD': () => ['aclLoad'],
  'ACL LOG': (words) => ['aclLog', ...(words.has('RESET') ? ['reset'] : words.take())],
  'ACL SAVE': () => ['aclSave'],
  'ACL SETUSER': (words) => ['aclSetuser', words.next(), words.take()],
  'ACL USERS': () => ['aclUsers'],
  'ACL WHOAMI': () => ['aclWhoami'],
};
