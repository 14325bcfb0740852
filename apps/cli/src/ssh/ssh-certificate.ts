import { parseCertificate, parsePublicKey } from '@asterism/ssh';
import { readFile } from 'node:fs/promises';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toFields } from '../output/table.ts';
import { replaceFile } from '../policies/write-file.ts';
import { obtainCertificate } from './obtain.ts';

interface CertificateOptions {
  readonly cluster?: string;
  readonly publicKey: string;
  readonly principal: string;
  readonly node?: string;
  readonly ttl?: number;
  readonly reason?: string;
  readonly sourceAddress?: readonly string[];
  readonly forceCommand?: string;
  readonly out: string;
}

/** Only makes the certificate, beside the key or wherever it is wanted. */
export async function sshCertificate({
  context,
  options,
}: Invocation<CertificateOptions>): Promise<undefined> {
  const { principal, node, ttl, reason, sourceAddress, forceCommand, out } = options;
  const publicKey = await readPublicKey(options.publicKey);
  await requireReplaceable(out);
  await withApi(context, async (api) => {
    const { issued, grant } = await obtainCertificate(
      api,
      {
        ...{
          cluster: await api.cluster(options.cluster),
          publicKey,
          principal,
          node: node ?? null,
          seconds: ttl,
        },
        ...{ reason: reason ?? '', sourceAddresses: sourceAddress ?? [], forceCommand: forceCommand ?? null },
      },
      context,
    );
    await replaceFile(out, `${issued.certificate}\n`);
    const { serial, keyId, validBefore, principals } = issued;
    context.terminal.result({ file: out, serial, keyId, validBefore, principals, grant: grant.id }, () =>
      toFields([
        ['written', out],
        ['serial', serial],
        ['grant', grant.id],
        ['principals', principals.join(', ')],
        ['good until', validBefore],
      ]),
    );
  });
}

/** A certificate is made again every few minutes; whatever else is there, a key for instance, stays. */
async function requireReplaceable(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new UsageError('file-unreadable', `${file} cannot be read (${cause.code ?? 'unknown'})`, { cause });
  });
  if (text === null) return;
  try {
    parseCertificate(text);
  } catch (cause) {
    throw new UsageError('file-exists', `${file} is there already, and is no certificate`, { cause });
  }
}

/** One line, checked before anybody is asked. @throws UsageError `file-unreadable`, SshError */
export async function readPublicKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError('file-unreadable', `${file} cannot be read (${cause.code ?? 'unknown'})`, { cause });
  });
  const line = text.trim();
  parsePublicKey(line);
  return line;
}
