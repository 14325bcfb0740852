/**
 * `asterism bench access [--count N] [--json]`: SSH certificates beside the bare signatures that they hold, in one run, so that
 * the computer's speed is not in the ratio; key revocation lists of N (100,000) serials; a change of 500 users until 1,000 members of a real
 * API have it.
 */
import { measureFanOut } from './access-fanout.ts';
import { print, readOptions } from './report.ts';
import { measureCertificates } from './ssh-certificates.ts';
import { measureRevocationLists } from './ssh-revocations.ts';

const NODES = 1_000;

const { count, json } = readOptions({ count: 100_000 });

print(json, 'access', {
  certificates: measureCertificates(),
  revocationLists: measureRevocationLists(count),
  fanOut: await measureFanOut(NODES),
});
