import { performance } from 'node:perf_hooks';
import { concat } from '@asterism/bytes';
import { StateDiskError } from '../errors.ts';
import type { Protection } from '../luks2/metadata.ts';
import type { StateDiskToken } from '../luks2/token.ts';
import type { StateDiskOrder } from '../state-disk.ts';
import { runProgram } from './program.ts';

/** With `--disable-external-tokens`: what the disk says must not load code. */
const MINIMUM = { major: 2, minor: 4 };
export const KEY_BYTES = 32;
const OPEN_DEADLINE = 120_000;
/** Formatting writes the whole disk once, so that every sector has a tag. */
const FORMAT_DEADLINE = 24 * 3_600_000;

/**
 * The passphrase is a random 256-bit key: there is nothing to guess, so stretching it protects nothing and costs each boot
 * its time. PBKDF2 runs with the least count that cryptsetup takes. Argon2id, for those whose rules ask for it, has a fixed
 * cost (RFC 9106 §4, second choice), so that a small machine opens what a large one made.
 */
const KDF = {
  pbkdf2: ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'],
  argon2id: [
    '--pbkdf',
    'argon2id',
    '--pbkdf-force-iterations',
    '4',
    '--pbkdf-memory',
    '65536',
    '--pbkdf-parallel',
    '4',
  ],
} as const satisfies Record<StateDiskOrder['kdf'], readonly string[]>;

const PROTECTION = { authenticated: ['--integrity', 'hmac-sha256'], none: [] } as const;
const KEY_INPUT = ['--key-file', '-', '--keyfile-size', String(KEY_BYTES)];

/** Exit codes of cryptsetup(8). */
const EXIT = { wrongKey: 2, noDevice: 4, busy: 5 } as const;

/** cryptsetup on one header file, in memory, and the device that it describes. Keys go in by standard input. */
export class Cryptsetup {
  #spent = 0;
  readonly #header: string;
  readonly #device: string;

  constructor(header: string, device: string) {
    this.#header = header;
    this.#device = device;
  }

  /** Milliseconds that were spent waiting for it. */
  get spent(): number {
    return this.#spent;
  }

  /** @throws StateDiskError `cryptsetup-missing` | `cryptsetup-too-old` */
  async requireVersion(): Promise<void> {
    const { stdout } = await this.#run(['--version']);
    const [, major, minor] = /^cryptsetup (\d+)\.(\d+)/.exec(stdout) ?? [];
    const known = Number(major) * 1000 + Number(minor);
    if (!(known >= MINIMUM.major * 1000 + MINIMUM.minor)) {
      throw new StateDiskError('cryptsetup-too-old', 'cryptsetup is too old', {
        got: stdout.trim(),
        want: `${MINIMUM.major}.${MINIMUM.minor}`,
      });
    }
  }

  /** Makes the header in its file and the integrity tags on the device. The device's own header area is not written. */
  async format(input: {
    readonly key: Uint8Array;
    readonly kdf: StateDiskOrder['kdf'];
    readonly protection: Protection;
  }): Promise<void> {
    const layout = ['--offset', '32768', '--luks2-metadata-size', '16k', '--luks2-keyslots-size', '16744448'];
    const cipher = [
      '--cipher',
      'aes-xts-plain64',
      '--key-size',
      '512',
      '--hash',
      'sha256',
      '--sector-size',
      '4096',
    ];
    await this.#run(
      [
        ...['luksFormat', '--batch-mode', '--type', 'luks2', '--header', this.#header, ...layout, ...cipher],
        ...[...PROTECTION[input.protection], ...KDF[input.kdf], ...KEY_INPUT, this.#device],
      ],
      { input: input.key, deadline: FORMAT_DEADLINE },
    );
  }

  /** Whether the key opens the slot, any slot where none is named. */
  async opens(key: Uint8Array, slot?: string): Promise<boolean> {
    const one = slot === undefined ? [] : ['--key-slot', slot];
    return this.#opened(['--test-passphrase', ...one, this.#header], key);
  }

  /** Maps the device as /dev/mapper/`name`; false where the key does not open it. */
  async activate(key: Uint8Array, name: string): Promise<boolean> {
    return this.#opened(['--header', this.#header, this.#device, name], key);
  }

  async addKey(
    present: Uint8Array,
    added: Uint8Array,
    slot: string,
    kdf: StateDiskOrder['kdf'],
  ): Promise<void> {
    const sizes = ['--new-keyfile-size', String(KEY_BYTES), '--key-slot', slot];
    // Both keys come by standard input, one after the other.
    await this.#run(['luksAddKey', '--batch-mode', ...KDF[kdf], ...KEY_INPUT, ...sizes, this.#header, '-'], {
      input: concat(present, added),
    });
  }

  async removeKeyslot(slot: string): Promise<void> {
    await this.#run(['luksKillSlot', '--batch-mode', this.#header, slot]);
  }

  async setToken(id: string, token: StateDiskToken): Promise<void> {
    const parameters = ['--token-id', id, '--token-replace', '--json-file', '-', this.#header];
    await this.#run(['token', 'import', ...parameters], { input: Buffer.from(JSON.stringify(token)) });
  }

  async #opened(parameters: readonly string[], key: Uint8Array): Promise<boolean> {
    const all = ['open', '--type', 'luks2', '--disable-external-tokens', ...KEY_INPUT, ...parameters];
    const { exitCode } = await this.#run(all, { input: key, alsoFine: EXIT.wrongKey });
    return exitCode === 0;
  }

  /** Locks would need /run, and nobody else has this header. */
  async #run(
    parameters: readonly string[],
    options: { input?: Uint8Array; deadline?: number; alsoFine?: number } = {},
  ): Promise<{ exitCode: number | null; stdout: string }> {
    const began = performance.now();
    const { alsoFine, ...running } = options;
    const result = await runProgram('cryptsetup', ['--disable-locks', ...parameters], {
      deadline: OPEN_DEADLINE,
      ...running,
    }).catch((cause: unknown) => {
      if (!(cause instanceof StateDiskError) || cause.code !== 'program-missing') throw cause;
      throw new StateDiskError('cryptsetup-missing', 'cryptsetup (package cryptsetup-bin) is not there', {
        cause,
      });
    });
    this.#spent += performance.now() - began;
    const { exitCode, stderr } = result;
    if (exitCode === 0 || exitCode === alsoFine) return result;
    const code = exitCode === EXIT.busy ? 'state-disk-busy' : 'cryptsetup-failed';
    throw new StateDiskError(code, `cryptsetup ${parameters[0]} failed: ${stderr.trim()}`, { got: exitCode });
  }
}
