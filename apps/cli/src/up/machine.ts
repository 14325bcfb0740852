import { access, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Tpm, readEkCertificates } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  readSoftwareTpmAuthority,
  startSoftwareTpm,
  TpmDeviceError,
} from '@asterism/tpm-device';
import { parseCertificate, parsePem, spkiSha256 } from '@asterism/x509';
import { StartError } from '../errors.ts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';
import { filesOf, type MachinePlan } from './layout.ts';

/** A machine whose software TPM exists; nothing of it runs yet. */
export interface Machine extends MachinePlan {
  readonly folder: string;
  /** Short path to the TPM's state, for its sockets. */
  readonly tpm: string;
  /** SHA-256 of the SubjectPublicKeyInfo of each certified EK: the identities it can have. */
  readonly endorsementKeys: readonly string[];
}

const SCHEMA = 'asterism/machine/v1';
const STATE_FILE = 'tpm2-00.permall';

/**
 * Makes a machine's TPM, or finds the one of an earlier start. A machine that has lost its TPM is not given another one:
 * it would be another machine under the same name.
 * @throws StartError `data-directory-damaged`, `software-tpm-failed`, `package-missing`
 */
export async function prepareMachine(
  directory: DataDirectory,
  runDirectory: string,
  plan: MachinePlan,
): Promise<Machine> {
  const folder = join(directory.machines, plan.name);
  const state = join(folder, 'tpm');
  const tpm = join(runDirectory, plan.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const record = join(folder, 'machine.json');
  const known = await readRecord(record);
  if (known !== null) await requireState(join(state, STATE_FILE));
  await symlink(state, tpm);
  const { name } = plan;
  if (known !== null) return { name, folder, tpm, endorsementKeys: known };
  const endorsementKeys = await makeTpm(directory, state, tpm);
  const written = { schema: SCHEMA, name, endorsementKeys };
  await writeAtomically(record, `${JSON.stringify(written, null, 2)}\n`);
  return { name, folder, tpm, endorsementKeys };
}

async function makeTpm(directory: DataDirectory, state: string, tpm: string): Promise<readonly string[]> {
  const certificateAuthority = { directory: filesOf(directory).softwareTpmAuthority };
  try {
    await createSoftwareTpm({ directory: state, certificateAuthority });
    return await readEndorsementKeys(tpm);
  } catch (cause) {
    if (!(cause instanceof TpmDeviceError)) throw cause;
    const code = cause.code === 'program-missing' ? 'package-missing' : 'software-tpm-failed';
    throw new StartError(code, cause.message, { cause });
  }
}

/** Its EKs as the certificates name them. The TPM has to run for that, once. */
async function readEndorsementKeys(directory: string): Promise<readonly string[]> {
  const running = await startSoftwareTpm({ directory });
  try {
    const tpm = new Tpm(await openTpmUnixSocket(running.dataSocket));
    try {
      const { certificates } = await readEkCertificates(tpm);
      return await Promise.all(
        certificates.map(({ certificate }) => spkiSha256(parseCertificate(certificate))),
      );
    } finally {
      await tpm.close();
    }
  } finally {
    await running.stop();
  }
}

async function readRecord(file: string): Promise<readonly string[] | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  try {
    const record = JSON.parse(text) as { readonly schema?: unknown; readonly endorsementKeys?: unknown };
    const keys = record.endorsementKeys;
    if (record.schema !== SCHEMA || !Array.isArray(keys)) throw new Error(`not ${SCHEMA}`);
    return keys.map(String);
  } catch (cause) {
    throw new StartError('data-directory-damaged', `${file} is not the record of a machine`, { cause });
  }
}

async function requireState(file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new StartError('data-directory-damaged', `${file} is missing: this machine has lost its TPM`, {
      cause,
    });
  });
}

/** Certificates that the EK certificates of all machines chain through, up to the root; and the root to trust. */
export async function exportSoftwareTpmAuthority(directory: DataDirectory): Promise<{
  readonly name: string;
  readonly spkiSha256: string;
}> {
  const files = filesOf(directory);
  const { root, issuer } = await readSoftwareTpmAuthority({ directory: files.softwareTpmAuthority }).catch(
    (cause: Error) => {
      throw new StartError('data-directory-damaged', cause.message, { cause });
    },
  );
  await writeAtomically(files.ekIssuers, `${issuer.trimEnd()}\n${root.trimEnd()}\n`, 0o644);
  return { name: 'software TPMs of this data directory', spkiSha256: await spkiOfPem(root) };
}

async function spkiOfPem(pem: string): Promise<string> {
  const [der] = parsePem(pem);
  if (der === undefined) throw new StartError('software-tpm-failed', 'authority has no certificate');
  return spkiSha256(parseCertificate(der));
}
