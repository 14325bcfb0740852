import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fileOf, vectorPath, type Vector } from './vectors.ts';

/** What vectors hold inside of other files; they go with the tests of the spec that reads them. */
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'asterism-vector-'));
  folders.push(folder);
  return folder;
}

export const FAMILIES = [
  'snp',
  'tdx',
  'tpm',
  'azure-snp-vtpm',
  'azure-tdx-vtpm',
  'gcp',
  'aws',
  'atls',
] as const;

/** Vectors that are evidence of no format of `appraise`. */
export const NO_FORMAT: Readonly<Record<string, string>> = {
  'azure-tdx-vtpm/ak-certificates-openpcc': 'certificates alone: verified in libs/tpm',
  'gcp/ek-ak-certificates': 'certificates alone: verified in libs/tpm',
  'gcp/confidential-space-jwt': 'a token of a service that has judged the evidence itself',
};

/** Where the manifest accepts or rejects, and nothing can be concluded here: each with its reason. */
export const UNDECIDED_HERE: Readonly<Record<string, string>> = {
  'azure-tdx-vtpm/hcl-only-kinvolk': 'the MAC of a TDREPORT cannot be checked off its machine',
  'azure-tdx-vtpm/v4-trustee': 'accepted by its signatures only: no collateral of its time was found',
  'gcp/tdx-cos113-ccel': 'accepted by its signatures only: no collateral of its time was found',
  'gcp/dstack-tdx-plus-vtpm TD quote': 'accepted by its signatures only: no collateral was found',
};

const SGX = 'a quote of SGX is refused by its header, and nothing behind that is read';
/** Quotes of another technology, which the manifest judges by their signatures. */
export const REFUSED_HERE: Readonly<Record<string, string>> = {
  'tdx/neg-sgx-quote-config-and-swhardening': SGX,
  'atls/interop-ratls-demo-sgx': SGX,
  'atls/interop-ratls-gramine': SGX,
};

/** Fields that differ from the manifest's, each with its reason. */
export const OTHER_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03': {
    collateralWindow: 'the manifest leaves the revocation lists out here, unlike in family tdx',
  },
};

export interface VectorCommand {
  /** Which of several pieces of evidence; empty where there is one. */
  readonly title: string;
  readonly argv: readonly string[];
  /** Where not the vector's. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly outcome?: string;
}

/** How an operator would appraise a vector: its files by their meaning, its folder as collateral, its time and nonce. */
export function commandsFor(vector: Vector): readonly VectorCommand[] {
  const { id, family } = vector;
  if (id === 'gcp/cos85-nonce9009') return ['sha1', 'sha256', 'sha384'].map((bank) => cosQuote(vector, bank));
  if (id === 'gcp/dstack-tdx-plus-vtpm') return dstack(vector);
  if (fileOf(vector, 'hcl-report.bin')) return [command(vector, azure(vector))];
  if (fileOf(vector, 'report.bin')) return [command(vector, snp(vector))];
  if (fileOf(vector, 'document.cbor', 'nitrotpm-document.cbor')) return [command(vector, nitro(vector))];
  if (fileOf(vector, 'evidence.json')) return [command(vector, vaportpm(vector))];
  if (family === 'tpm') return [command(vector, tpmQuote(vector))];
  return [command(vector, tdx(vector))];
}

function command(vector: Vector, argv: readonly string[]): VectorCommand {
  const { nonce } = vector.expected;
  const carriesNonce = nonce !== undefined;
  return { title: '', argv: [...argv, ...timeOf(vector), ...(carriesNonce ? ['--nonce', nonce] : [])] };
}

const timeOf = ({ verifyAt }: Vector): string[] => (verifyAt === null ? [] : ['--at', verifyAt]);

function evidence(format: string, file: string | undefined): string[] {
  return ['--format', format, '--evidence', file ?? ''];
}

function part(name: string, file: string | undefined): string[] {
  return file === undefined ? [] : ['--part', `${name}=${file}`];
}

function snp(vector: Vector): string[] {
  const argv = [
    ...evidence('snp-report', fileOf(vector, 'report.bin')),
    '--collateral',
    vectorPath(vector.id),
  ];
  const certificate = fileOf(vector, 'tls-cert.pem');
  if (certificate === undefined) return argv;
  // SHA-256 of the TLS key, and an HPKE key that the other deployment shares.
  const spki = new X509Certificate(readFileSync(certificate)).publicKey.export({
    type: 'spki',
    format: 'der',
  });
  const rest = readFileSync(fileOf(vector, 'report.bin') ?? '').subarray(0x50 + 32, 0x50 + 64);
  return [...argv, '--report-data', createHash('sha256').update(spki).digest('hex') + rest.toString('hex')];
}

function tdx(vector: Vector): string[] {
  const quote = fileOf(vector, 'quote.bin', 'quote.dat', 'td-quote.bin', 'sgx-quote.bin');
  return [...evidence('tdx-quote', quote), '--collateral', vectorPath(vector.id)];
}

function tpmQuote(vector: Vector): string[] {
  return [
    ...evidence('tpm-quote', fileOf(vector, 'quote.msg')),
    ...part('signature', fileOf(vector, 'quote.sig', 'quote.tpmt_signature')),
    ...part('ak', fileOf(vector, 'akpub.pem', 'ak_pub.tpmt')),
    ...part('pcrs', fileOf(vector, 'pcrs.json')),
    ...part('event-log', fileOf(vector, 'event_log.bin')),
  ];
}

function azure(vector: Vector): string[] {
  return [
    ...evidence('azure-hcl', fileOf(vector, 'hcl-report.bin')),
    ...part('quote', fileOf(vector, 'tpm-quote.msg')),
    ...part('signature', fileOf(vector, 'tpm-quote.sig')),
    ...part('pcrs', fileOf(vector, 'pcrs.json')),
    ...part('td-quote', fileOf(vector, 'td-quote.bin')),
    ...part('ak-cert', fileOf(vector, 'ak-cert-as-read-from-nv.bin', 'ak-cert.der')),
    '--collateral',
    vectorPath(vector.id),
  ];
}

function nitro(vector: Vector): string[] {
  return [
    ...evidence('nitro-tpm-document', fileOf(vector, 'document.cbor', 'nitrotpm-document.cbor')),
    ...part('quote', fileOf(vector, 'quote.msg')),
    ...part('signature', fileOf(vector, 'quote.sig.der')),
    ...part('pcrs', fileOf(vector, 'evidence.json')),
  ];
}

/** A Google vTPM's quote by an ECC key, whose numbers stand in the evidence. */
function vaportpm(vector: Vector): string[] {
  const { ecc_p256: key } = (
    JSON.parse(readFileSync(fileOf(vector, 'evidence.json') ?? '', 'utf8')) as {
      ak_pubkeys: { ecc_p256: { x: string; y: string } };
    }
  ).ak_pubkeys;
  const folder = newFolder();
  const ak = join(folder, 'ak.der');
  writeFileSync(
    ak,
    Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d03010703420004${key.x}${key.y}`, 'hex'),
  );
  return [
    ...evidence('tpm-quote', fileOf(vector, 'quote.msg')),
    ...part('signature', fileOf(vector, 'quote.sig.der')),
    ...part('ak', ak),
    ...part('ak-cert', fileOf(vector, 'ak-cert-chain.pem')),
    ...part('pcrs', fileOf(vector, 'evidence.json')),
  ];
}

function cosQuote(vector: Vector, bank: string): VectorCommand {
  const { quotes, akName, akCert } = vector.expected.fields as {
    quotes: Readonly<Record<string, { attest: object; pcrs: object; signature: object }>>;
    akName: string;
    akCert: object;
  };
  const { attest = {}, pcrs = {}, signature = {} } = quotes[bank] ?? {};
  const folder = newFolder();
  writeFileSync(join(folder, 'pcrs.json'), JSON.stringify({ [bank]: pcrs }));
  const refused = bank === 'sha1';
  return {
    title: ` ${bank}`,
    outcome: refused ? 'reject' : 'accept',
    fields: refused
      ? { ...attest, akName }
      : { ...attest, pcrs: { [bank]: pcrs }, signature, akName, akCert },
    argv: [
      ...evidence('tpm-quote', fileOf(vector, `quote-${bank}.msg`)),
      ...part('signature', fileOf(vector, `quote-${bank}.tpmt_signature`)),
      ...part('ak', fileOf(vector, 'ak_pub.tpmt')),
      ...part('ak-cert', fileOf(vector, 'ak_cert.der')),
      ...part('pcrs', join(folder, 'pcrs.json')),
      ...part('event-log', fileOf(vector, 'event_log.bin')),
      '--collateral',
      vectorPath(vector.id),
      '--nonce',
      '9009',
      ...timeOf(vector),
    ],
  };
}

/** Two quotes that their nonce ties together; the issuer of the key's certificate was not found. */
function dstack(vector: Vector): readonly VectorCommand[] {
  const {
    tpm,
    tdx: td,
    akCert,
  } = vector.expected.fields as Readonly<Record<string, Record<string, unknown>>>;
  const quote = [
    ...evidence('tpm-quote', fileOf(vector, 'tpm-quote.msg')),
    ...part('signature', fileOf(vector, 'tpm-quote.tpmt_signature')),
    ...part('pcrs', fileOf(vector, 'pcrs.json')),
    ...timeOf(vector),
  ];
  return [
    { title: ' TD quote', argv: [...tdx(vector), ...timeOf(vector)], fields: td ?? {} },
    {
      title: ' vTPM quote by a key of unknown issuer',
      argv: [...quote, ...part('ak-cert', fileOf(vector, 'ak_cert.der'))],
      outcome: 'accept-signature-only',
      fields: { ...tpm, akCert },
    },
  ];
}
