import type { NodeAccessState } from '@asterism/contracts';
import { concat, toBase64, toBase64url, utf8, Writer } from '@asterism/bytes';
import {
  createHostCertificate,
  createUserCertificate,
  fingerprintOf,
  formatCertificate,
  parsePublicKey,
  toSshPublicKey,
  writeRevocationList,
  type UserCertificateFields,
} from '@asterism/ssh';
import {
  startSshMachine,
  type ProgramEnd,
  type SshMachine,
  type SshMachineOptions,
} from '@asterism/testkit/ssh-machine';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Applied } from '../access/access-enforcement.ts';
import type { EnforceOrder } from './enforce-access.ts';
import { makeAuthority, type TestAuthority } from './test-authority.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'enforce-access.ts');
const CONNECTION_TRIES = 5;
/** ssh's words before it has seen a host key; who is refused is told so after it. */
const NOBODY_ANSWERS = /^(?:ssh: connect to host .*Connection refused|kex_exchange_identification: )/m;
const random = (length: number) => new Uint8Array(randomBytes(length));

export type Login = Partial<UserCertificateFields> & {
  readonly account: string;
  readonly authority?: TestAuthority;
  readonly command?: string;
  readonly options?: readonly string[];
};

/** A machine on which access is enforced by a real process, and a person with a key who logs in to it. */
export class AccessMachine {
  readonly machine: SshMachine;
  readonly user = makeAuthority();
  readonly emergency = makeAuthority();
  readonly host = makeAuthority();
  /** Of the person: `id` and `id.pub`. */
  readonly folder: string;
  readonly #enforcer: ReturnType<SshMachine['spawn']>;
  readonly #answers: AsyncIterator<string>;
  #serial = 0;
  #revision = 0;

  private constructor(machine: SshMachine, folder: string) {
    this.machine = machine;
    this.folder = folder;
    this.#enforcer = machine.spawn(process.execPath, PROGRAM, JSON.stringify(this.configuration));
    const output = this.#enforcer.stdout;
    if (output === null) throw new Error('the program has no output');
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]();
  }

  static async start(options: SshMachineOptions = {}): Promise<AccessMachine> {
    const machine = await startSshMachine(options);
    const folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-client-'));
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'a person', '-f', join(folder, 'id')]);
    return new AccessMachine(machine, folder);
  }

  get configuration(): object {
    const { pidFile, log, uids } = this.machine;
    return { uids, reload: { kind: 'pid-file', file: pidFile }, log };
  }

  get #pool(): Pick<NodeAccessState, 'cluster' | 'node' | 'places' | 'sessions'> {
    return {
      cluster: { id: randomUUID(), name: 'production' },
      node: { id: randomUUID(), name: 'workers-1' },
      places: ['pool.workers', 'node.workers-1'],
      sessions: 'end-with-grant',
    };
  }

  /** As the API would say it, with the given accounts and what else is said. */
  state(accounts: NodeAccessState['accounts'], change: Partial<NodeAccessState> = {}): NodeAccessState {
    const now = Date.now();
    const authority = (kind: 'user' | 'emergency', { line }: TestAuthority) => {
      return { kind, version: 1, publicKey: line, trustedUntil: null };
    };
    return {
      ...{ ...this.#pool, revision: ++this.#revision, accounts },
      issuedAt: new Date(now).toISOString(),
      validUntil: new Date(now + 3_600_000).toISOString(),
      authorities: [authority('user', this.user), authority('emergency', this.emergency)],
      revocationList: this.revocationList(),
      ...change,
    };
  }

  revocationList(
    serials: readonly bigint[] = [],
    fingerprints: readonly string[] = [],
    authority: TestAuthority = this.user,
  ): string {
    const certificates = [{ authority: parsePublicKey(authority.line), serials }];
    const fields = { version: 1n, generatedAt: new Date(), comment: 'a test', certificates, fingerprints };
    return toBase64url(writeRevocationList(fields));
  }

  /**
   * Another process brings it about, and is killed in front of its nth operation.
   * @returns whether it was done before
   */
  async applyAndDie(state: NodeAccessState, nth: number): Promise<boolean> {
    const mortal = this.machine.spawn(
      process.execPath,
      PROGRAM,
      JSON.stringify(this.configuration),
      String(nth),
    );
    mortal.stdin?.end(`${JSON.stringify({ state, hostCertificates: [] })}\n`);
    const [code, signal] = (await once(mortal, 'exit')) as [number | null, string | null];
    if (signal !== 'SIGKILL' && code !== 0) throw new Error(`it ended by itself: ${String(code)}`);
    return code === 0;
  }

  /** Another process, with something else in its configuration. */
  async applyWith(change: object, state: NodeAccessState): Promise<Applied> {
    const configuration = JSON.stringify({ ...this.configuration, ...change });
    const other = this.machine.spawn(process.execPath, PROGRAM, configuration);
    other.stdin?.end(`${JSON.stringify({ state, hostCertificates: [] })}\n`);
    const [answer] = (await once(other.stdout ?? other, 'data')) as [Buffer];
    await once(other, 'exit');
    return JSON.parse(answer.toString()) as Applied;
  }

  async apply(state: NodeAccessState, order: Partial<EnforceOrder> = {}): Promise<Applied> {
    this.#enforcer.stdin?.write(`${JSON.stringify({ state, hostCertificates: [], ...order })}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('the enforcing process ended');
    return JSON.parse(value) as Applied;
  }

  /** Of this machine's host key, under the names that the server gives. */
  async hostCertificate(names = ['workers-1.production', 'workers-1']): Promise<string> {
    const key = parsePublicKey(await readFile(this.machine.path(`${this.machine.hostKey}.pub`), 'utf8'));
    const now = Date.now();
    const times = { validAfter: new Date(now - 60_000), validBefore: new Date(now + 3_600_000) };
    const fields = { key, serial: 1n, keyId: 'host', principals: names, ...times };
    return formatCertificate(createHostCertificate(fields, { key: this.host.key, random }));
  }

  /** Makes a certificate for the person's key and logs in with the real client. */
  async login({
    account,
    authority = this.user,
    command = 'id -un',
    options = [],
    ...fields
  }: Login): Promise<ProgramEnd> {
    const file = await this.certificate({ authority, principals: [`${account}@pool.workers`], ...fields });
    return this.ssh(account, command, [...this.clientOptions(file), ...options]);
  }

  /** @returns the file of a certificate for the person's key */
  async certificate({
    authority = this.user,
    ...fields
  }: Partial<UserCertificateFields> & { authority?: TestAuthority }) {
    const key = parsePublicKey(await readFile(join(this.folder, 'id.pub'), 'utf8'));
    const now = Date.now();
    const made = createUserCertificate(
      {
        ...{
          key,
          serial: BigInt(++this.#serial),
          keyId: `asterism:production:alice:${randomUUID()}:4000000000`,
        },
        ...{ principals: ['alice@pool.workers'], sourceAddresses: [], forceCommand: null },
        ...{ validAfter: new Date(now - 30_000), validBefore: new Date(now + 600_000), ...fields },
      },
      { key: authority.key, random },
    );
    const file = join(this.folder, `id-${randomUUID()}-cert.pub`);
    await writeFile(file, `${formatCertificate(made)}\n`);
    return file;
  }

  /** With principals that this platform never writes, signed by the right authority. */
  async certificateNaming(...principals: readonly string[]): Promise<string> {
    const { key } = this.user;
    const person = parsePublicKey(await readFile(join(this.folder, 'id.pub'), 'utf8'));
    const text = (value: string) => new Writer('big').sized32(utf8(value)).finish();
    const signed = new Writer('big')
      .sized32(utf8('ssh-ed25519-cert-v01@openssh.com'))
      .sized32(random(32))
      .bytes(person.blob.subarray(text(person.type).length))
      .u64(1_000n)
      .u32(1)
      .sized32(utf8('by hand'))
      .sized32(concat(...principals.map(text)))
      .u64(0n)
      .u64(0xffff_ffff_ffff_ffffn)
      .sized32(new Uint8Array())
      .sized32(concat(text('permit-pty'), text('')))
      .sized32(new Uint8Array())
      .sized32(toSshPublicKey(key).blob)
      .finish();
    const signature = new Writer('big')
      .bytes(text('ssh-ed25519'))
      .sized32(sign(null, signed, key))
      .finish();
    const blob = new Writer('big').bytes(signed).sized32(signature).finish();
    const file = join(this.folder, `by-hand-${randomUUID()}-cert.pub`);
    await writeFile(file, `ssh-ed25519-cert-v01@openssh.com ${toBase64(blob)}\n`);
    return file;
  }

  async fingerprint(): Promise<string> {
    return fingerprintOf(parsePublicKey(await readFile(join(this.folder, 'id.pub'), 'utf8')));
  }

  clientOptions(certificate: string): string[] {
    return [
      ...['-i', join(this.folder, 'id'), '-o', `CertificateFile=${certificate}`, '-o', 'IdentitiesOnly=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
    ];
  }

  /** Again where nobody answers: an sshd that reads its configuration anew is not there for a moment. */
  async ssh(account: string, command: string, options: readonly string[]): Promise<ProgramEnd> {
    for (let tries = 1; ; tries++) {
      const ended = await this.#sshOnce(account, command, options);
      if (tries === CONNECTION_TRIES || !NOBODY_ANSWERS.test(ended.stderr)) return ended;
      await wait(200);
    }
  }

  #sshOnce(account: string, command: string, options: readonly string[]): Promise<ProgramEnd> {
    const parameters = [
      ...['-F', 'none', '-p', String(this.machine.port), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'],
      ...['-o', 'PasswordAuthentication=no', ...options, `${account}@127.0.0.1`, '--', command],
    ];
    return new Promise((resolve) => {
      execFile('ssh', parameters, { timeout: 20_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout: stdout.trim(), stderr });
      });
    });
  }

  async stop(): Promise<void> {
    this.#enforcer.stdin?.end();
    if (this.#enforcer.exitCode === null) await once(this.#enforcer, 'exit');
    await this.machine.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
