import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyBytes, fromHex, type Bytes } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { toExitCode } from './report.ts';
import { appraiseTpmQuote } from './tpm-quote.ts';

const VECTORS =
  process.env['ASTERISM_VECTORS'] ?? resolve(import.meta.dirname, '../../../../../shared/vectors');
const present = existsSync(join(VECTORS, 'MANIFEST.json'));

interface Case {
  readonly name: string;
  readonly evidence?: string;
  readonly signature: string | null;
  readonly ak: string | null;
  readonly pcrs?: string;
  readonly eventLog?: string;
  readonly nonce?: string;
  readonly expected: readonly [outcome: string, code: string, exit: number];
}

const GCP = {
  signature: 'quote.tpmt_signature',
  ak: 'ak_pub.tpmt',
  pcrs: 'pcrs.json',
  nonce: '9009',
} as const;
const COS = {
  name: 'gcp/cos85-nonce9009',
  ak: 'ak_pub.tpmt',
  eventLog: 'event_log.bin',
  nonce: '9009',
} as const;
const REFUSED = (code: string) => ['refused', code, 1] as const;

const CASES: readonly Case[] = [
  {
    name: 'tpm/azure-kinvolk-rsassa',
    signature: 'quote.sig',
    ak: 'akpub.pem',
    pcrs: 'pcrs.json',
    nonce: '6368616c6c656e6765',
    expected: ['genuine', 'genuine', 0],
  },
  {
    name: 'tpm/azure-kinvolk-rsassa',
    signature: 'quote.sig',
    ak: 'akpub.pem',
    pcrs: 'pcrs.json',
    nonce: '6368616c6c656e6766',
    expected: REFUSED('qualifying-data-mismatch'),
  },
  {
    name: 'tpm/keylime-swtpm-rsassa',
    signature: 'quote.tpmt_signature',
    ak: 'akpub.pem',
    pcrs: 'pcrs.json',
    expected: ['genuine', 'genuine', 0],
  },
  { name: 'tpm/neg-gcp-magic', ...GCP, expected: REFUSED('magic-wrong') },
  { name: 'tpm/neg-gcp-missing-pcr', ...GCP, expected: REFUSED('pcr-selection-mismatch') },
  { name: 'tpm/neg-gcp-pcr-changed', ...GCP, expected: REFUSED('pcr-digest-mismatch') },
  { name: 'tpm/neg-gcp-signature', ...GCP, expected: REFUSED('signature-invalid') },
  {
    name: 'tpm/windows-gcp-sha1',
    signature: 'quote.tpmt_signature',
    ak: 'ak_pub.tpmt',
    pcrs: 'pcrs.json',
    expected: REFUSED('algorithm-refused'),
  },
  { name: 'tpm/parse-dstack-attest', signature: null, ak: null, expected: ['undecided', 'part-missing', 2] },
  {
    ...COS,
    evidence: 'quote-sha256.msg',
    signature: 'quote-sha256.tpmt_signature',
    expected: ['genuine', 'genuine', 0],
  },
  {
    ...COS,
    evidence: 'quote-sha384.msg',
    signature: 'quote-sha384.tpmt_signature',
    expected: ['genuine', 'genuine', 0],
  },
  {
    ...COS,
    evidence: 'quote-sha1.msg',
    signature: 'quote-sha1.tpmt_signature',
    expected: REFUSED('algorithm-refused'),
  },
];

describe('appraise --format tpm-quote on captures of real machines', () => {
  for (const { name, evidence = 'quote.msg', expected, ...parts } of CASES) {
    it.skipIf(!present)(
      `${name} ${evidence}${parts.nonce === undefined ? '' : ` nonce ${parts.nonce}`}: ${expected[0]}`,
      async () => {
        const read = async (file: string | null | undefined): Promise<Bytes | null> =>
          file === null || file === undefined ? null : copyBytes(await readFile(join(VECTORS, name, file)));
        const bytes = await read(evidence);
        const report = await appraiseTpmQuote(
          {
            evidence: bytes ?? new Uint8Array(),
            signature: await read(parts.signature),
            ak: await read(parts.ak),
            pcrs:
              parts.pcrs === undefined
                ? undefined
                : JSON.parse(await readFile(join(VECTORS, name, parts.pcrs), 'utf8')),
            eventLog: await read(parts.eventLog),
          },
          {
            nonce: parts.nonce === undefined ? null : fromHex(parts.nonce),
            policy: null,
            clusterId: null,
            now: new Date(0),
          },
        );
        expect([report.outcome, report.code, toExitCode(report)]).toEqual(expected);
        expect(report.claims).toMatchObject(await expectedFields(name, evidence));
      },
    );
  }
});

/** What the manifest says of the decoded fields, by our names, which are its names. */
async function expectedFields(name: string, evidence: string): Promise<Record<string, unknown>> {
  const { expected } = JSON.parse(await readFile(join(VECTORS, name, 'vector.json'), 'utf8')) as {
    expected: { fields?: Record<string, unknown> };
  };
  if (evidence !== 'quote.msg' || expected.fields?.['magic'] === undefined) return {};
  const { trailing: ignored, ...fields } = expected.fields;
  expect(ignored).toBe(0);
  const known = [
    'magic',
    'type',
    'extraData',
    'clock',
    'resetCount',
    'restartCount',
    'safe',
    'pcrSelection',
    'pcrDigest',
  ];
  return Object.fromEntries(Object.entries(fields).filter(([field]) => known.includes(field)));
}
