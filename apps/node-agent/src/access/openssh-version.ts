import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { runProgram } from './run-program.ts';

export interface OpensshVersion {
  /** As it says itself: `OpenSSH_9.2p1 Debian-2+deb12u10`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  /** CVE-2026-35414 is neither fixed in it, nor known to be mended by who packaged it. */
  readonly mayBeVulnerable: boolean;
}

type Release = Pick<OpensshVersion, 'major' | 'minor'>;

/** `Include` of sshd_config and keys of FIDO authenticators came with 8.2; an older one is out of support everywhere. */
export const OLDEST = { major: 8, minor: 2 } as const;
/** CVE-2026-35414 was fixed here. */
const FIXED = { major: 10, minor: 3 } as const;
const CVE = 'CVE-2026-35414';
/** Where distributions say what they have mended in an older version. */
const CHANGELOGS = [
  '/usr/share/doc/openssh-server/changelog.Debian.gz',
  '/usr/share/doc/openssh-server/changelog.gz',
];
/** Packages that have the fix, where the changelog is not installed. Source: their changelogs. */
const FIXED_PACKAGES: readonly { readonly release: string; readonly from: string }[] = [
  { release: '1:9.2p1-2+deb12u', from: '1:9.2p1-2+deb12u10' },
];

/** The version of an sshd, asked for again when its file is another. */
export class InstalledOpenssh {
  readonly #sshd: string;
  readonly #isMended: () => Promise<boolean>;
  #known: { readonly file: string; readonly version: OpensshVersion | undefined } | undefined;

  /** @param isMended whether who packaged it says that the CVE is mended */
  constructor(sshd: string, isMended: () => Promise<boolean> = isMendedHere) {
    this.#sshd = sshd;
    this.#isMended = isMended;
  }

  /** Undefined where sshd is not there or says nothing that is known. */
  async read(): Promise<OpensshVersion | undefined> {
    const found = await stat(this.#sshd).catch(() => undefined);
    const file = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (this.#known?.file !== file) this.#known = { file, version: await this.#ask() };
    return this.#known.version;
  }

  async #ask(): Promise<OpensshVersion | undefined> {
    // Versions that do not know -V say who they are in front of their usage.
    const { stdout, stderr } = await runProgram(this.#sshd, ['-V']);
    const [, text, major, minor] =
      /^((?:Open|OPEN)SSH_(\d+)\.(\d+)[^,\n]*)/m.exec(`${stderr}\n${stdout}`) ?? [];
    if (text === undefined) return undefined;
    const release = { major: Number(major), minor: Number(minor) };
    return {
      text: text.trim().slice(0, 100),
      ...release,
      mayBeVulnerable: isOlder(release, FIXED) && !(await this.#isMended()),
    };
  }
}

export function isOlder(version: Release, than: Release): boolean {
  return version.major < than.major || (version.major === than.major && version.minor < than.minor);
}

async function isMendedHere(): Promise<boolean> {
  return (await isMendedInChangelog()) || (await isMendedPackage());
}

async function isMendedInChangelog(): Promise<boolean> {
  for (const file of CHANGELOGS) {
    try {
      if ((await promisify(gunzip)(await readFile(file))).includes(CVE)) return true;
    } catch {
      // Not there, or not readable: the next one, or the version of the package, may say it.
    }
  }
  const { stdout } = await runProgram('rpm', ['-q', '--changelog', 'openssh-server']);
  return stdout.includes(CVE);
}

async function isMendedPackage(): Promise<boolean> {
  const { code, stdout } = await runProgram('dpkg-query', ['-W', '-f', '${Version}', 'openssh-server']);
  const known = code === 0 ? FIXED_PACKAGES.find(({ release }) => stdout.startsWith(release)) : undefined;
  if (known === undefined) return false;
  return (await runProgram('dpkg', ['--compare-versions', stdout, 'ge', known.from])).code === 0;
}
