import type { VerificationReport } from './run-verification.ts';

export interface StageReport {
  readonly name: string;
  /** What this stage establishes. */
  readonly shows: string;
  readonly state: 'passed' | 'failed' | 'undecided' | 'not-reached';
}

const DECIDING = ['parse', 'verify', 'appraise'] as const;

const SHOWS: Readonly<Record<(typeof DECIDING)[number], readonly [name: string, shows: string]>> = {
  parse: ['Parsed', 'the evidence is well-formed; nothing in it is believed yet'],
  verify: [
    'Genuine',
    'signed over this browser’s nonce, this node and this cluster, by a key that lives in the machine’s TPM',
  ],
  appraise: ['Appraised', 'every claim compared with the policy'],
};

/** The stages in their order; none after the one that decided was reached, so nothing is said about it. */
export function toStages(report: VerificationReport): readonly StageReport[] {
  const { local, madeCredential, signedResult } = report;
  const decided = DECIDING.indexOf(local.decidedBy);
  const outcome = { accepted: 'passed', refused: 'failed', undecided: 'undecided' } as const;
  const stateOf = (index: number): StageReport['state'] => {
    if (index < decided) return 'passed';
    return index === decided ? outcome[local.result.outcome] : 'not-reached';
  };
  return [
    { name: 'Nonce', shows: 'made by this browser: no older evidence can answer it', state: 'passed' },
    {
      name: 'Credential',
      shows: madeCredential
        ? 'made by this browser: only the machine’s own TPM can open it'
        : 'not made: the node’s last evidence shows no endorsement key',
      state: madeCredential ? 'passed' : 'undecided',
    },
    ...DECIDING.map((stage, index) => {
      const [name, shows] = SHOWS[stage];
      return { name, shows, state: stateOf(index) };
    }),
    {
      name: 'Signed result',
      shows: signedResult.valid
        ? 'the server’s verdict, signed with a key of its JWKS over the same nonce'
        : `does not hold: ${signedResult.reason ?? 'unknown'}`,
      state: signedResult.valid ? 'passed' : 'failed',
    },
  ];
}
