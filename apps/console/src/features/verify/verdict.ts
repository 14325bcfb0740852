import type { AppraisalOutcome } from '@asterism/contracts';
import type { VerificationReport } from './run-verification.ts';

export interface Verdict {
  readonly tone: 'ok' | 'warn' | 'bad';
  readonly headline: string;
  readonly explanation: string;
  /** The server's verdict and this browser's are not the same. */
  readonly differs: boolean;
}

const SAYS: Readonly<Record<AppraisalOutcome, string>> = {
  accepted: 'accepts',
  refused: 'refuses',
  undecided: 'cannot decide',
};

type Compared = Pick<VerificationReport, 'signedResult'> & {
  readonly local: Pick<VerificationReport['local'], 'result' | 'server' | 'agreesWithServer'>;
};

/** This browser's verdict, and whether the server's is another one. A difference is never quiet. */
export function toVerdict({ local: { result, server, agreesWithServer }, signedResult }: Compared): Verdict {
  if (!agreesWithServer) {
    return {
      tone: result.outcome === 'accepted' ? 'warn' : 'bad',
      headline: `This browser ${SAYS[result.outcome]}; the server said ${server.outcome}`,
      explanation:
        result.outcome === 'accepted'
          ? 'The two looked at the same evidence. If the policy is not the same for both, that explains it.'
          : 'Somebody between this machine and you alters what you see, or the server’s verdict is wrong. Believe the evidence, not the verdict.',
      differs: true,
    };
  }
  if (result.outcome === 'accepted' && !signedResult.valid) {
    return {
      tone: 'bad',
      headline: 'This browser accepts the evidence, but the server’s signed result does not hold',
      explanation: signedResult.reason ?? '',
      differs: false,
    };
  }
  return { ...SAME[result.outcome], differs: false };
}

const SAME: Readonly<Record<AppraisalOutcome, Omit<Verdict, 'differs'>>> = {
  accepted: {
    tone: 'ok',
    headline: 'This browser accepts the node',
    explanation:
      'The evidence is genuine, made for this request, and what the policy accepts. The server said the same.',
  },
  refused: {
    tone: 'bad',
    headline: 'This browser refuses the node',
    explanation: 'The server said the same.',
  },
  undecided: {
    tone: 'warn',
    headline: 'This browser cannot decide',
    explanation: 'Neither a refusal nor an acceptance. The server could not decide either.',
  },
};
