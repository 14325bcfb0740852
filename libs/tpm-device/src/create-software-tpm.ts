import { constants } from 'node:fs';
import { access, link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { TpmDeviceError } from './errors.ts';
import { NOT_FOUND, runProgram } from './run-program.ts';
import { configureAuthority, programMissing, type SoftwareTpmAuthority } from './software-tpm-authority.ts';

/** What swtpm keeps a TPM's permanent state in: once it is there, the TPM is made. */
export const STATE_FILE = 'tpm2-00.permall';

const SETUP_FOLDER = '.setup-';
const SETUP_DEADLINE = 120_000;

export interface SoftwareTpmInput {
  /** Folder of this TPM's state, made where missing. */
  readonly directory: string;
  readonly certificateAuthority: SoftwareTpmAuthority;
}

function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}

const turns = new Map<string, Promise<unknown>>();

/** One at a time for each folder within this process. */
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const result = (turns.get(key) ?? Promise.resolve()).then(work);
  turns.set(
    key,
    result.catch(() => undefined),
  );
  return result;
}

/** TPMs of one authority may be made side by side: swtpm_localca locks its folder while it makes the CA and signs. */
async function setUp(directory: string, configuration: string): Promise<boolean> {
  await removeInterrupted(directory);
  const state = await mkdtemp(path.join(directory, SETUP_FOLDER));
  try {
    const setup = ['--tpm2', '--tpmstate', `dir://${state}`, '--config', configuration];
    const options = ['--create-ek-cert', '--pcr-banks', 'sha256', '--overwrite'];
    const { exitCode, output } = await runProgram(
      'swtpm_setup',
      [...setup, ...options],
      SETUP_DEADLINE,
    ).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOENT' ? programMissing('setpriv', 'util-linux') : cause;
    });
    if (exitCode === NOT_FOUND) throw programMissing('swtpm_setup', 'swtpm-tools');
    if (exitCode !== 0 || !(await exists(path.join(state, STATE_FILE)))) {
      throw new TpmDeviceError('setup-failed', `swtpm_setup failed: ${output.trim()}`, {
        got: exitCode,
        want: 0,
      });
    }
    return await putInPlace(path.join(state, STATE_FILE), path.join(directory, STATE_FILE));
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

/** What a set-up that was killed left: keys of a TPM that nobody has. */
async function removeInterrupted(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(SETUP_FOLDER)) {
      await rm(path.join(directory, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** All at once, and never over a TPM that is there: it may be running. */
async function putInPlace(made: string, place: string): Promise<boolean> {
  try {
    await link(made, place);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/**
 * Makes a software TPM with a SHA-256 PCR bank and EK certificates (RSA 2048, ECC P-384) of the authority. Does nothing
 * where the folder has one already. A set-up that is interrupted leaves no half-made TPM.
 * @returns true where it was made now.
 * @throws TpmDeviceError `program-missing` | `setup-failed` | `address-invalid`
 */
export async function createSoftwareTpm(input: SoftwareTpmInput): Promise<boolean> {
  const directory = path.resolve(input.directory);
  const authority = path.resolve(input.certificateAuthority.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return inTurn(directory, async () => {
    if (await exists(path.join(directory, STATE_FILE))) return false;
    return setUp(directory, await configureAuthority({ directory: authority }));
  });
}
