import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TpmDeviceError } from './errors.ts';

/** The CA that stands in for a TPM maker: it certifies the EKs of software TPMs and vouches for no hardware. */
export interface SoftwareTpmAuthority {
  readonly directory: string;
}

const ROOT_FILE = 'swtpm-localca-rootca-cert.pem';
const ISSUER_FILE = 'issuercert.pem';
const PROGRAM_FOLDERS = ['/usr/bin', '/usr/local/bin'];

export function programMissing(program: string, debianPackage: string): TpmDeviceError {
  return new TpmDeviceError(
    'program-missing',
    `${program} is not installed: Debian package ${debianPackage}`,
    {
      got: program,
      want: debianPackage,
    },
  );
}

/** Full path: swtpm_setup starts it without a search path. @throws TpmDeviceError `program-missing` */
async function findProgram(name: string, debianPackage: string): Promise<string> {
  for (const folder of PROGRAM_FOLDERS) {
    const program = path.join(folder, name);
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  throw programMissing(name, debianPackage);
}

/** swtpm_localca reads names up to the end of the line, so a folder's name must not hold one. */
function refuseControlCharacters(directory: string): void {
  if (/\p{Cc}/u.test(directory)) {
    throw new TpmDeviceError(
      'address-invalid',
      'folder of the software-TPM authority has a control character',
    );
  }
}

/** Another swtpm_setup may be reading the file: it finds the old text or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

/**
 * Writes the configuration that makes swtpm_setup use a CA inside `directory` and nothing of the system's.
 * @returns swtpm_setup.conf
 */
export async function configureAuthority(authority: SoftwareTpmAuthority): Promise<string> {
  const directory = path.resolve(authority.directory);
  refuseControlCharacters(directory);
  const tool = await findProgram('swtpm_localca', 'swtpm-tools');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = (name: string) => path.join(directory, name);
  await writeWhole(
    file('localca.conf'),
    [
      `statedir = ${directory}`,
      `signingkey = ${file('signkey.pem')}`,
      `issuercert = ${file(ISSUER_FILE)}`,
      `certserial = ${file('certserial')}`,
      '',
    ].join('\n'),
  );
  await writeWhole(
    file('localca.options'),
    '--platform-manufacturer Asterism\n--platform-version 1\n--platform-model software-tpm\n',
  );
  await writeWhole(
    file('setup.conf'),
    [
      `create_certs_tool = ${tool}`,
      `create_certs_tool_config = ${file('localca.conf')}`,
      `create_certs_tool_options = ${file('localca.options')}`,
      'active_pcr_banks = sha256',
      '',
    ].join('\n'),
  );
  return file('setup.conf');
}

/** Certificates of the authority, PEM; it has them once the first software TPM was made. */
export async function readSoftwareTpmAuthority(
  authority: SoftwareTpmAuthority,
): Promise<{ readonly root: string; readonly issuer: string }> {
  const read = (name: string) => readFile(path.join(authority.directory, name), 'utf8');
  try {
    return { root: await read(ROOT_FILE), issuer: await read(ISSUER_FILE) };
  } catch (cause) {
    throw new TpmDeviceError('unreachable', `no software-TPM authority in ${authority.directory}`, { cause });
  }
}
