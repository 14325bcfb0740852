import type { Bytes } from '@asterism/bytes';
import { mintSnpPki, mintTdx, pointOf } from '@asterism/testkit';
import { parseReport, verifyReport } from '@asterism/snp';
import { parseTdxQuote, verifyTdxQuote } from '@asterism/tdx';
import type { Comparison } from './signature-ratio.ts';

/** Reports and quotes of one machine, each of other report data. */
const DIFFERENT = 64;

const EVIDENCE = Array.from({ length: DIFFERENT }, (_, at) => Uint8Array.of(at));

const at = <T>(list: readonly T[], turn: number): T => list[turn % list.length] ?? fail();

/** Reports with their chain and its revocation list, which was met before; the report's signature is new each time. */
async function snpCase(): Promise<Comparison> {
  const pki = await mintSnpPki('Genoa', { issuerKeys: 'rsa-4096-pss-sha384' });
  const [machine, crl] = await Promise.all([pki.machine(), pki.crl()]);
  const reports = await Promise.all(EVIDENCE.map((data) => machine.report(data)));
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } as const;
  const key = await crypto.subtle.importKey('spki', machine.leaf.spki, ecdsa, false, ['verify']);
  const signatures = reports.map((report) => {
    const { r, s } = parseReport(report).signature;
    return Uint8Array.of(...r.slice(0, 48).reverse(), ...s.slice(0, 48).reverse());
  });
  return {
    signatureChecks: 1,
    verify: (turn) => verifyReport({ ...machine.request(at(reports, turn)), crls: [crl], requireCrl: true }),
    checkSignatures: async (turn) => {
      const signed = at(reports, turn).subarray(0, 0x2a0);
      proveTrue(await crypto.subtle.verify(ecdsa, key, at(signatures, turn), signed));
    },
  };
}

/** Quotes with collateral and chains that were met before, of one quoting enclave: two signatures, of quote and QE report. */
async function tdxCase(): Promise<Comparison> {
  const machine = await mintTdx();
  const collateral = await machine.collateral();
  const quotes: Bytes[] = [];
  // One after the other: an enclave is certified once and shows that in every quote.
  for (const data of EVIDENCE) quotes.push(await machine.quote(data));
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const import_ = (format: 'raw' | 'spki', bytes: Uint8Array<ArrayBuffer>) =>
    crypto.subtle.importKey(format, bytes, ecdsa, false, ['verify']);
  const attestationKey = await import_('raw', Uint8Array.of(4, ...pointOf(machine.attestationKey)));
  const pck = await import_('spki', machine.pck.spki);
  const parsed = quotes.map(parseTdxQuote);
  return {
    signatureChecks: 2,
    verify: (turn) =>
      verifyTdxQuote({ quote: at(quotes, turn), anchors: machine.anchors, at: machine.at, collateral }),
    checkSignatures: async (turn) => {
      const { signed, signature, qeReportBytes, qeReportSignature } = at(parsed, turn);
      const checks = await Promise.all([
        crypto.subtle.verify(ecdsa, attestationKey, signature, signed),
        crypto.subtle.verify(ecdsa, pck, qeReportSignature, qeReportBytes),
      ]);
      checks.forEach(proveTrue);
    },
  };
}

export const TEE_CASES = { snp: snpCase, tdx: tdxCase } as const;
export type TeeName = keyof typeof TEE_CASES;

function proveTrue(genuine: boolean): void {
  if (!genuine) throw new Error('signature is not valid');
}

function fail(): never {
  throw new Error('no evidence');
}
