import type { ImportedMeasurements, ImportMeasurements } from '@asterism/contracts';
import { POLICY_EXAMPLE } from './policy-example.ts';

const NEW_VALUE = {
  digest: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
  comment: 'image 2026.12; signed by key sha256:3f1c9a4d5b6e7f80; file sha256:9f86d081884c7d65',
};

const FILE = {
  schema: 'asterism/measurements/v1',
  image: 'image 2026.12',
  measurements: [{ variants: ['tpm'], tpm: { bank: 'sha256', pcrs: { '4': [NEW_VALUE.digest] } } }],
};

function withNewValue(): ImportedMeasurements['document'] {
  const document = structuredClone(POLICY_EXAMPLE);
  if (document.variant !== 'tpm') return document;
  const values = document.tpm.pcrs['4']?.values;
  if (Array.isArray(values)) values.push(NEW_VALUE);
  return document;
}

/** What the documents show of an import. */
export const IMPORT_EXAMPLE: { readonly request: ImportMeasurements; readonly answer: ImportedMeasurements } =
  {
    request: {
      document: POLICY_EXAMPLE,
      measurements: Buffer.from(JSON.stringify(FILE)).toString('base64url'),
      signature: {
        kind: 'key',
        publicKey:
          '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n-----END PUBLIC KEY-----\n',
        signed: { signature: 'MEUCIQDbW0vN…' },
      },
    },
    answer: {
      document: withNewValue(),
      signature: {
        kind: 'key',
        spkiSha256: '3f1c9a4d5b6e7f80b1c2d3e4f5061728394a5b6c7d8e9f001122334455667788',
        signedAt: null,
        logIndex: null,
      },
      added: [{ register: 'tpm.pcrs.4', values: [NEW_VALUE] }],
      leftOut: [],
    },
  };
