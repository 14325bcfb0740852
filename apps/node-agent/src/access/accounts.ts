import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import { complaintOf, runProgram } from './run-program.ts';
import type { UidLedger } from './uid-ledger.ts';

/**
 * What tells an account of ours from every other, together with its uid: only root can write it. The fields behind it, rooms
 * and telephones, are their owner's where chfn(1) lets him.
 */
const GECOS = 'Asterism access';
const SHELL = '/bin/bash';
/** Every account of ours is in it, and nobody else: sshd takes no key of theirs without a certificate. */
export const ACCESS_GROUP = 'asterism-access';

/** An account of passwd(5) and shadow(5). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  /** Of shadow: `*` for ours, which no password matches. */
  readonly password: string;
  /** Names of further groups that it is in. */
  readonly groups: readonly string[];
}

type Places = Pick<SshConfiguration, 'homes' | 'uids'>;

/** Every account of the machine, by name. */
export async function readAccounts(): Promise<ReadonlyMap<string, Account>> {
  const [passwd, shadow, group] = await Promise.all(
    ['/etc/passwd', '/etc/shadow', '/etc/group'].map(async (file) =>
      (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':')),
    ),
  );
  const passwords = new Map((shadow ?? []).map(([name = '', password = '']) => [name, password]));
  const groups = (group ?? []).map(([name = '', , , members = '']) => ({
    name,
    members: members.split(','),
  }));
  const accounts = (passwd ?? []).flatMap(([name = '', , uid, gid, gecos = '', home = '', shell = '']) => {
    if (name === '' || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    const account: Account = {
      ...{ name, uid: Number(uid), gid: Number(gid), gecos, home, shell },
      password: passwords.get(name) ?? '',
      groups: groups.filter(({ members }) => members.includes(name)).map((each) => each.name),
    };
    return [[name, account] as const];
  });
  return new Map(accounts);
}

/** Made by this agent or one before it: by its mark and its uid, both of which only root can write. */
export function isOurs(
  { gecos, uid }: Pick<Account, 'gecos' | 'uid'>,
  { uids }: Pick<Places, 'uids'>,
): boolean {
  return gecos.split(',', 1)[0] === GECOS && uid >= uids.from && uid <= uids.to;
}

/** What somebody has changed of an account of ours. */
export function isAltered(
  { name, gecos, home, shell, password, groups }: Account,
  { homes }: Places,
): boolean {
  const isAsMade = gecos === GECOS && home === join(homes, name) && shell === SHELL && password === '*';
  return !isAsMade || groups.join() !== ACCESS_GROUP;
}

/** @returns what went wrong; null where it was made */
export async function addAccount(
  name: string,
  all: ReadonlyMap<string, Account>,
  { homes, uids, ledger }: Places & { readonly ledger: UidLedger },
): Promise<string | null> {
  const taken = new Set([...all.values()].flatMap((account) => [account.uid, account.gid]));
  const uid = (await ownerOfHome(join(homes, name), taken, uids)) ?? (await ledger.next(taken, uids));
  if (uid === undefined) return `no uid between ${uids.from} and ${uids.to} is free`;
  const complaint = await makeGroup();
  if (complaint !== null) return complaint;
  const result = await runProgram('useradd', [
    ...['--groups', ACCESS_GROUP],
    ...['--uid', String(uid), '--user-group', '--create-home', '--home-dir', join(homes, name)],
    ...['--shell', SHELL, '--password', '*', '--comment', GECOS, '--no-log-init', '-K', 'HOME_MODE=0700'],
    ...[
      '-K',
      `UID_MIN=${uids.from}`,
      '-K',
      `UID_MAX=${uids.to}`,
      '-K',
      `GID_MIN=${uid}`,
      '-K',
      `GID_MAX=${uid}`,
    ],
    ...['--', name],
  ]);
  return result.code === 0 ? null : complaintOf(result);
}

/** Puts right what `isAltered` found. */
export async function mendAccount({ name }: Account, { homes }: Places): Promise<string | null> {
  const complaint = await makeGroup();
  if (complaint !== null) return complaint;
  const parameters = ['--home', join(homes, name), '--shell', SHELL, '--password', '*', '--comment', GECOS];
  parameters.push('--groups', ACCESS_GROUP);
  const result = await runProgram('usermod', [...parameters, '--', name]);
  return result.code === 0 ? null : complaintOf(result);
}

/**
 * Removes an account of ours, and its home where that is a folder of its own in its place: through no link, and nobody
 * else's.
 */
export async function removeAccount({ name, uid }: Account, { homes }: Places): Promise<string | null> {
  const result = await runProgram('userdel', ['--force', '--', name]);
  // 12: it is gone, its mail is not (userdel(8)); 6: somebody else was faster.
  if (result.code !== 0 && result.code !== 6 && result.code !== 12) return complaintOf(result);
  const home = join(homes, name);
  const found = await lstat(home).catch(() => undefined);
  if (found?.isDirectory() !== true || found.uid !== uid) return null;
  // Its owner may have let others write in it: rm(1) goes by descriptors, so that no folder becomes a link on its way.
  const removed = await runProgram('rm', ['--recursive', '--force', '--one-file-system', '--', home]);
  return removed.code === 0 ? null : complaintOf(removed);
}

/** Nothing is changed where it is there. */
async function makeGroup(): Promise<string | null> {
  const result = await runProgram('groupadd', ['--system', '--force', '--', ACCESS_GROUP]);
  return result.code === 0 ? null : complaintOf(result);
}

/** Of an account of ours that somebody has removed, and not its home: it comes back to what is its own. */
async function ownerOfHome(
  home: string,
  taken: ReadonlySet<number>,
  { from, to }: Places['uids'],
): Promise<number | undefined> {
  const found = await lstat(home).catch(() => undefined);
  if (found?.isDirectory() !== true || found.uid < from || found.uid > to || taken.has(found.uid))
    return undefined;
  return found.uid;
}
