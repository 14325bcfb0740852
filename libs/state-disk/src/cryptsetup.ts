import type { StateDiskKdf } from '@asterism/contracts';
import { StateDiskError } from './errors.ts';
import { COPIES_SIZE } from './luks2/header.ts';
import { runProgram, type ProgramOptions } from './programs.ts';

/** Where data begins on a disk that we format; what is before belongs to the header: room for ten keyslots. */
export const FORMAT_OFFSET = 4 * 1024 * 1024;
const SECTOR = 512;
/** The first with all that is used here, and with fixes of what a hostile header could do (CVE-2021-4122). */
const LEAST_VERSION = [2, 4, 3] as const;
const KEY_SIZE = 32;

/**
 * The passphrase is a 256-bit key. Stretching makes guesses dear, and nobody guesses 256 bits: cryptsetup's least count costs
 * 1 ms where Argon2id would cost seconds at every boot. Argon2id is for policies that ask for it (RFC 9106 §4, second choice).
 */
const KDF: Readonly<Record<StateDiskKdf, readonly string[]>> = {
  pbkdf2: ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'],
  argon2id: [
    ...['--pbkdf', 'argon2id', '--pbkdf-force-iterations', '4'],
    ...['--pbkdf-memory', '65536', '--pbkdf-parallel', '4'],
  ],
};
/** cryptsetup(8), exit codes. */
const EXIT = { ok: 0, noPermission: 2, wrongDevice: 4, busy: 5 } as const;

/** cryptsetup on a header that is a file in memory. It never reads a header from a device. */
export class Cryptsetup {
  readonly #header: string;
  readonly #device: string;
  readonly #signal: AbortSignal | undefined;

  constructor(at: {
    readonly header: string;
    readonly device: string;
    readonly signal?: AbortSignal | undefined;
  }) {
    this.#header = at.header;
    this.#device = at.device;
    this.#signal = at.signal;
  }

  /** Writes a new header into the file and, with integrity, an HMAC for every sector of the device. */
  async format(
    key: Uint8Array,
    { kdf, integrity }: { kdf: StateDiskKdf; integrity: boolean },
  ): Promise<void> {
    const parameters = [
      ...['luksFormat', '--type', 'luks2', '--cipher', 'aes-xts-plain64', '--key-size', '512'],
      ...(integrity ? ['--integrity', 'hmac-sha256'] : []),
      ...['--hash', 'sha256', '--sector-size', '4096', ...KDF[kdf]],
      ...['--luks2-metadata-size', String(COPIES_SIZE / 2)],
      ...['--luks2-keyslots-size', String(FORMAT_OFFSET - COPIES_SIZE)],
      ...['--offset', String(FORMAT_OFFSET / SECTOR)],
    ];
    await this.#must(parameters, [this.#device], [key]);
  }

  /** @returns the keyslot that the key opens; null: none */
  async test(key: Uint8Array, slot: string | null): Promise<string | null> {
    const parameters = ['open', '--type', 'luks2', '--test-passphrase', '--verbose', ...inSlot(slot)];
    const { exitCode, output } = await this.#run(parameters, [this.#device], [key]);
    if (exitCode === EXIT.noPermission) return null;
    if (exitCode !== EXIT.ok) throw failed('open', exitCode, output);
    return unlockedSlot(output);
  }

  /** Maps the device. @returns the keyslot that the key opened; null: none */
  async activate(
    mapping: string,
    key: Uint8Array,
    { slot, discard }: { slot: string | null; discard: boolean },
  ): Promise<string | null> {
    const parameters = ['open', '--type', 'luks2', '--verbose', ...inSlot(slot)];
    if (discard) parameters.push('--allow-discards');
    const { exitCode, output } = await this.#run(parameters, [this.#device, mapping], [key]);
    if (exitCode === EXIT.noPermission) return null;
    if (exitCode !== EXIT.ok) throw failed('open', exitCode, output);
    return unlockedSlot(output);
  }

  /** Adds a keyslot for `added`. Both are read from standard input, one after the other. */
  async addKey(key: Uint8Array, added: Uint8Array, kdf: StateDiskKdf): Promise<void> {
    const parameters = ['luksAddKey', '--keyfile-size', String(KEY_SIZE), '--hash', 'sha256', ...KDF[kdf]];
    parameters.push('--new-keyfile-size', String(KEY_SIZE));
    await this.#must(parameters, [this.#device, '-'], [key, added]);
  }

  /** Removes a keyslot; asks for no key. */
  async removeSlot(slot: string): Promise<void> {
    await this.#must(['luksKillSlot'], [this.#device, slot], []);
  }

  async #must(
    parameters: readonly string[],
    operands: readonly string[],
    input: readonly Uint8Array[],
  ): Promise<void> {
    const { exitCode, output } = await this.#run(parameters, operands, input);
    if (exitCode !== EXIT.ok) throw failed(parameters[0] ?? '', exitCode, output);
  }

  #run(
    [action = '', ...options]: readonly string[],
    operands: readonly string[],
    input: readonly Uint8Array[],
  ) {
    const common = [
      '--batch-mode',
      '--header',
      this.#header,
      ...(input.length > 0 ? ['--key-file', '-'] : []),
    ];
    return run([action, ...common, ...options, ...operands], { input, signal: this.#signal });
  }
}

/** Removes a mapping; one that is not there is fine. */
export async function closeMapping(mapping: string): Promise<void> {
  const { exitCode, output } = await run(['close', mapping]);
  if (exitCode !== EXIT.ok && exitCode !== EXIT.wrongDevice) throw failed('close', exitCode, output);
}

/** @throws StateDiskError `cryptsetup-missing`, `cryptsetup-too-old` */
export async function requireCryptsetup(): Promise<void> {
  requireVersion((await runProgram('cryptsetup', ['--version'], 'cryptsetup-missing')).output);
}

/** By what `cryptsetup --version` says. @throws StateDiskError `cryptsetup-too-old` */
export function requireVersion(output: string): void {
  const found = /^cryptsetup (\d+)\.(\d+)\.(\d+)/.exec(output)?.slice(1).map(Number) ?? [0, 0, 0];
  const at = LEAST_VERSION.findIndex((want, i) => found[i] !== want);
  if (at < 0 || (found[at] ?? 0) > (LEAST_VERSION[at] ?? 0)) return;
  const [got, want] = [output.split('\n')[0], LEAST_VERSION.join('.')];
  throw new StateDiskError('cryptsetup-too-old', 'cryptsetup is too old', { got, want });
}

/** Its locks guard headers on devices that others may write; ours is in a file of this process alone. */
function run([action = '', ...rest]: readonly string[], options: ProgramOptions = {}) {
  return runProgram('cryptsetup', [action, '--disable-locks', ...rest], 'cryptsetup-missing', options);
}

const inSlot = (slot: string | null) => (slot === null ? [] : ['--key-slot', slot]);

function unlockedSlot(output: string): string | null {
  return /^Key slot (\d+) unlocked/m.exec(output)?.[1] ?? null;
}

function failed(action: string, exitCode: number | null, output: string): StateDiskError {
  const code = /device-mapper/i.test(output)
    ? 'device-mapper-missing'
    : exitCode === EXIT.busy
      ? 'state-disk-busy'
      : 'cryptsetup-failed';
  return new StateDiskError(code, `cryptsetup ${action}: ${output || `exit code ${exitCode}`}`, {
    got: exitCode,
    want: 0,
  });
}
