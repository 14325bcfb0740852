import { parsePublicKey } from '@asterism/ssh';
import { readFile, writeFile } from 'node:fs/promises';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toFields } from '../output/table.ts';
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
  await withApi(context, async ({ client, cluster: find }) => {
    const { issued, grant } = await obtainCertificate(
      client,
      {
        ...{ cluster: await find(options.cluster), publicKey, principal, node: node ?? null, seconds: ttl },
        ...{ reason: reason ?? '', sourceAddresses: sourceAddress ?? [], forceCommand: forceCommand ?? null },
      },
      context,
    );
    await writeFile(out, `${issued.certificate}\n`, { mode: 0o644 });
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

/** One line, checked before anybody is asked. @throws UsageError `file-unreadable`, SshError */
export async function readPublicKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError('file-unreadable', `${file} cannot be read (${cause.code ?? 'unknown'})`, { cause });
  });
  const line = text.trim();
  parsePublicKey(line);
  return line;
}
