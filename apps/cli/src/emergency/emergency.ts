import {
  createUserCertificate,
  EMERGENCY_PRINCIPAL,
  formatCertificate,
  formatKeyId,
  parsePublicKey,
  type SshCertificate,
} from '@asterism/ssh';
import { randomBytes, type KeyObject } from 'node:crypto';
import { access } from 'node:fs/promises';
import { readText } from '../connection/endpoint.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { writeNewFile } from '../policies/write-file.ts';
import { readShare } from '../recovery/read-share.ts';
import { readKit, recoverAuthority } from './kit.ts';
import { recordOf, toText } from './record.ts';

interface EmergencyOptions {
  readonly kit: string;
  readonly share: readonly string[];
  readonly identity?: readonly string[];
  readonly publicKey: string;
  readonly person: string;
  readonly reason: string;
  readonly out: string;
}

const LIFE_MS = 3_600_000;
/** Nodes' clocks may be behind: its hour began a minute ago. */
const LEAD_MS = 60_000;
const SERIAL_BYTES = 8;

/** Makes a certificate for root from recovery shares, without any network. Writes nothing before everything fits. */
export async function makeEmergencyCertificate({
  context,
  options,
}: Invocation<EmergencyOptions>): Promise<undefined> {
  const { out, person, reason } = options;
  const files = { certificate: out, knownHosts: `${out}.known-hosts` };
  await requireFree(files);
  if (reason.trim() === '') throw new UsageError('usage', 'the reason is empty');
  const kit = await readKit(options.kit);
  const key = parsePublicKey(await readText(options.publicKey, 'public key'));
  const now = new Date();
  const keyId = formatKeyId({
    ...{ kind: 'emergency', cluster: kit.cluster.name, person },
    madeAt: Math.floor(now.getTime() / 1_000),
  });
  const identities = await Promise.all((options.identity ?? []).map((file) => readText(file, 'identity')));
  const shares = await Promise.all(options.share.map((file) => readShare(file, identities)));
  const certificate = sign({ key, keyId, now }, await recoverAuthority(kit, shares));
  await writeNewFile(files.knownHosts, kit.knownHosts.map((line) => `${line}\n`).join(''));
  await writeNewFile(files.certificate, `${formatCertificate(certificate)}\n`);
  const record = recordOf({ kit, certificate, shares, person, reason, files, publicKey: options.publicKey });
  context.terminal.result(record, () => toText(record));
}

interface Subject {
  readonly key: SshCertificate['key'];
  readonly keyId: string;
  readonly now: Date;
}

function sign({ key, keyId, now }: Subject, authority: KeyObject): SshCertificate {
  const validAfter = new Date(now.getTime() - LEAD_MS);
  return createUserCertificate(
    {
      ...{ key, keyId, principals: [EMERGENCY_PRINCIPAL], sourceAddresses: [], forceCommand: null },
      // Nobody counts here: 63 random bits are never the same twice, and never none.
      serial: (randomBytes(SERIAL_BYTES).readBigUInt64BE() >> 1n) | 1n,
      ...{ validAfter, validBefore: new Date(validAfter.getTime() + LIFE_MS) },
    },
    { key: authority, random: randomBytes },
  );
}

async function requireFree(files: Readonly<Record<string, string>>): Promise<void> {
  for (const file of Object.values(files)) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) throw new UsageError('file-exists', `${file} is there already`);
  }
}
