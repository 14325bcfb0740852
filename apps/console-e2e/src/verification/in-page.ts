import { fromBase64, toHex } from '@asterism/bytes';
import { AMD_ROOTS, verifyReport } from '@asterism/snp';
import { INTEL_SGX_ROOTS, parseTdxCollateral, verifyTdxQuote } from '@asterism/tdx';
import {
  ATTESTATION_KEY_ATTRIBUTES,
  decodeAttest,
  encodePublic,
  encodeSignature,
  fromSpki,
  parseTpmQuote,
  toObjectAttributes,
  verifyTpmQuote,
  type RsaPublic,
} from '@asterism/tpm';
import { parseCertificate, parsePem } from '@asterism/x509';

/** Files of one vector by name, base64; what a page would get from a file input or from the API. */
export type Files = Readonly<Record<string, string>>;

const bytesOf = (files: Files, name: string) => fromBase64(files[name] ?? '');
const textOf = (files: Files, name: string) => new TextDecoder().decode(bytesOf(files, name));
const pemOf = (files: Files, name: string) => parsePem(textOf(files, name)).map(parseCertificate);

/** @returns the launch measurement, hexadecimal */
async function verifySnp(files: Files, at: string): Promise<string> {
  const { report } = await verifyReport({
    report: bytesOf(files, 'report.bin'),
    leaf: parseCertificate(bytesOf(files, 'vcek.der')),
    intermediates: [...pemOf(files, 'ask.pem'), ...pemOf(files, 'ark.pem')],
    roots: AMD_ROOTS,
    at: new Date(at),
  });
  return toHex(report.measurement);
}

/** @returns MRTD, hexadecimal */
async function verifyTdx(files: Files, at: string): Promise<string> {
  const verified = await verifyTdxQuote({
    quote: bytesOf(files, 'quote.bin'),
    at: new Date(at),
    anchors: INTEL_SGX_ROOTS,
    collateral: parseTdxCollateral(JSON.parse(textOf(files, 'collateral.json'))),
  });
  return toHex(verified.report.mrTd);
}

/** A quote by a bare RSA key over the SHA-256 bank. @returns PCR 0, hexadecimal */
async function verifyTpm(files: Files): Promise<string> {
  const quote = bytesOf(files, 'quote.msg');
  const { attested, extraData } = decodeAttest(quote);
  if (attested.type !== 'quote') throw new Error('not a quote');
  const selected = attested.pcrSelections.flatMap(({ pcrs }) => pcrs);
  const banks = JSON.parse(textOf(files, 'pcrs.json')) as {
    readonly sha256: Readonly<Record<string, string>>;
  };
  const [, pem = ''] = /-----BEGIN PUBLIC KEY-----([^-]+)-----/.exec(textOf(files, 'akpub.pem')) ?? [];
  const key = await fromSpki(fromBase64(pem.replaceAll(/\s/g, '')));
  if (key.type !== 'rsa') throw new Error('not an RSA key');
  const verified = await verifyTpmQuote(
    parseTpmQuote({
      quote,
      signature: encodeSignature({
        scheme: 'rsassa',
        hash: 'sha256',
        signature: bytesOf(files, 'quote.sig'),
      }),
      akPublic: encodePublic({
        ...key,
        nameAlg: 'sha256',
        attributes: toObjectAttributes(ATTESTATION_KEY_ATTRIBUTES),
        authPolicy: new Uint8Array(),
        symmetric: null,
        scheme: { scheme: 'rsassa', hash: 'sha256' },
      } satisfies RsaPublic),
      pcrs: new Map(
        selected.map((pcr) => [
          pcr,
          Uint8Array.from((banks.sha256[pcr] ?? '').match(/../g) ?? [], (octet) =>
            Number.parseInt(octet, 16),
          ),
        ]),
      ),
    }),
    { qualifyingData: extraData, bank: 'sha256', pcrSelection: selected },
  );
  return toHex(verified.pcrs.get(0) ?? new Uint8Array());
}

export interface PageVerifiers {
  readonly snp: typeof verifySnp;
  readonly tdx: typeof verifyTdx;
  readonly tpm: typeof verifyTpm;
}

declare global {
  var verifiers: PageVerifiers;
}
globalThis.verifiers = { snp: verifySnp, tdx: verifyTdx, tpm: verifyTpm };
