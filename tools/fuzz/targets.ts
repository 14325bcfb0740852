import { fromBase64url } from '@asterism/bytes';
import { parseEvidence } from '@asterism/attestation';
import { policyDocumentSchema } from '@asterism/contracts';
import { encodeReport, parseCertificateTable, parseEndorsementFields, parseReport } from '@asterism/snp';
import { encodeTdxQuote, parseTdxCollateral, parseTdxQuote } from '@asterism/tdx';
import { mintChain, mintCrl, mintNitroDocument } from '@asterism/testkit';
import {
  decodeAttest,
  decodePublic,
  decodeSignature,
  encodeCoseSign1,
  encodeHclReport,
  encodePublic,
  parseEventLog,
  parseGoogleInstance,
  parseHclReport,
  parseNitroDocument,
  parseRuntimeData,
  planMeasuredLaunch,
  replayEventLog,
} from '@asterism/tpm';
import { parseCertificate, parseCrl } from '@asterism/x509';
import { APPRAISE_TARGETS } from './appraise-targets.ts';
import {
  json,
  mintedCertificates,
  mintedCertificateTables,
  mintedEvidence,
  mintedPolicies,
  mintedQuote,
  mintedReports,
  mintedTdx,
  vectors,
} from './seeds.ts';
import { asJson } from './as-json.ts';
import { SSH_TARGETS } from './ssh-targets.ts';
import type { Target } from './target.ts';

async function mintedLog(): Promise<Uint8Array> {
  const { eventLog } = await planMeasuredLaunch({
    agentBundle: new Uint8Array(64),
    sharedConfiguration: json({ pool: 'workers' }),
    kernelVersion: 'Linux version 6.18',
    kernelCommandLine: 'console=ttyS0',
  });
  return eventLog;
}

export const TARGETS: readonly Target[] = [
  {
    name: 'certificate',
    seeds: async () => [
      ...(await mintedCertificates()),
      ...vectors('snp/*/vcek.der', 'snp/*/vlek.der', 'azure-tdx-vtpm/*/*.der', 'gcp/*/ak_cert.der'),
    ],
    read: parseCertificate,
  },
  {
    name: 'endorsement-certificate',
    seeds: async () => [...(await mintedCertificates()), ...vectors('snp/*/vcek.der', 'snp/*/vlek.der')],
    read: (input) => parseEndorsementFields(parseCertificate(input)),
  },
  {
    name: 'crl',
    seeds: async () => {
      const [issuer] = (await mintChain()).issuers;
      const minted = issuer === undefined ? [] : [(await mintCrl(issuer, { revoked: [1, 2, 3] })).der];
      return [...minted, ...vectors('trust-anchors/*/*crl*.der')];
    },
    read: parseCrl,
  },
  {
    name: 'tpms-attest',
    seeds: async () => [
      fromBase64url((await mintedQuote()).evidence.parts.quote),
      ...vectors('{tpm,gcp,azure-*}/*/*quote*.msg'),
    ],
    read: decodeAttest,
  },
  {
    name: 'tpmt-public',
    seeds: async () => {
      const { tpm } = await mintedQuote();
      return [tpm.akPublic, tpm.ekPublic, ...vectors('{tpm,gcp}/*/ak_pub.tpmt')];
    },
    read: (input) => encodePublic(decodePublic(input)),
  },
  {
    name: 'tpmt-signature',
    seeds: async () => [
      fromBase64url((await mintedQuote()).evidence.parts.signature),
      ...vectors('{tpm,gcp}/*/*.tpmt_signature'),
    ],
    read: decodeSignature,
  },
  {
    name: 'event-log',
    seeds: async () => [await mintedLog(), ...vectors('{tpm,gcp}/*/event_log.bin', 'gcp/*/ccel_data.bin')],
    read: (input) => replayEventLog(parseEventLog(input), 'sha256'),
  },
  {
    name: 'nitro-document',
    seeds: async () => [
      (await mintNitroDocument()).bytes,
      ...vectors('aws/*/*document.cbor', 'atls/*/document.cbor'),
    ],
    read: (input) => encodeCoseSign1(parseNitroDocument(input).sign1),
  },
  {
    name: 'hcl-report',
    seeds: async () => vectors('azure-*/*/hcl-report.bin'),
    read: (input) => encodeHclReport(parseHclReport(input)),
  },
  {
    name: 'hcl-runtime-data',
    seeds: async () =>
      vectors('azure-*/*/hcl-report.bin').map((report) => parseHclReport(report).runtimeData),
    read: parseRuntimeData,
  },
  {
    name: 'google-instance',
    seeds: async () => vectors('gcp/*/ak_cert.der'),
    read: (input) => parseGoogleInstance(parseCertificate(input)),
  },
  {
    name: 'evidence-envelope',
    seeds: async () => [json((await mintedQuote()).evidence), ...(await mintedEvidence())],
    read: (input) => parseEvidence(asJson(input)),
  },
  {
    name: 'policy',
    seeds: mintedPolicies,
    read: (input) => policyDocumentSchema.safeParse(asJson(input)),
  },
  {
    name: 'snp-report',
    seeds: async () => [...(await mintedReports()), ...vectors('snp/*/report.bin')],
    read: (input) => encodeReport(parseReport(input)),
  },
  {
    name: 'snp-certificate-table',
    seeds: mintedCertificateTables,
    read: parseCertificateTable,
  },
  {
    name: 'tdx-quote',
    seeds: async () => [...(await mintedTdx()).quotes, ...vectors('{tdx,gcp,azure-tdx-vtpm}/*/*quote.bin')],
    read: (input) => encodeTdxQuote(parseTdxQuote(input)),
  },
  {
    name: 'tdx-collateral',
    seeds: async () => [(await mintedTdx()).collateral, ...vectors('tdx/*/collateral.json')],
    read: (input) => parseTdxCollateral(asJson(input)),
  },
  ...APPRAISE_TARGETS,
  ...SSH_TARGETS,
];
