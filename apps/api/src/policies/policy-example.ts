import type { PolicyDocument } from '@asterism/contracts';

/** What the documents show where a policy is sent or read. */
export const POLICY_EXAMPLE: PolicyDocument = {
  schema: 'asterism/policy/v1',
  variant: 'tpm',
  reattestationInterval: 300,
  maximumCollateralAge: 'any',
  approval: 'automatic',
  tpm: {
    bank: 'sha256',
    pcrs: {
      '4': {
        mode: 'enforce',
        values: [
          {
            digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            comment: 'image 2026.11',
          },
        ],
      },
    },
    attestationKey: {
      trust: 'endorsement-key',
      roots: [
        {
          name: 'TPM vendor root',
          spkiSha256: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
        },
      ],
      allow: 'any',
    },
    eventLog: 'required',
  },
};
