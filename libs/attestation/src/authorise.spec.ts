import type { PolicyDocument } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { appraise } from './appraise/appraise.ts';
import { authorise } from './authorise.ts';
import { lockedPcr15 } from './lock.ts';
import type { Appraisal, VerifiedEvidenceOf } from './stages.ts';
import { verifiedEvidence } from './verify/verified.ts';

const CLUSTER_ID = new Uint8Array(32).fill(1);
const policy: PolicyDocument = {
  schema: 'asterism/policy/v1',
  variant: 'tpm',
  reattestationInterval: 60,
  maximumCollateralAge: 'any',
  approval: 'automatic',
  tpm: {
    bank: 'sha256',
    pcrs: { '4': { mode: 'enforce', values: [{ digest: '04'.repeat(32), comment: '' }] } },
    attestationKey: { trust: 'pinned', keys: ['ac'.repeat(32)] },
    eventLog: 'any',
  },
};

async function appraisalOf({ locked = false, pcr4 = 4, identity = 'ee'.repeat(32) as string | null } = {}) {
  const verified = verifiedEvidence.mark<VerifiedEvidenceOf<'tpm'>>({
    variant: 'tpm',
    identity,
    bootIdentity: '7.1',
    quote: {
      bank: 'sha256',
      pcrs: new Map([
        [4, new Uint8Array(32).fill(pcr4)],
        [15, locked ? await lockedPcr15('sha256', CLUSTER_ID) : new Uint8Array(32)],
      ]),
      clock: { milliseconds: 1n, safe: true },
      firmwareVersion: 1n,
      akPublicSha256: 'ab'.repeat(32),
      akSpkiSha256: 'ac'.repeat(32),
      activated: null,
      endorsementCertificate: { kind: 'absent' },
      attestationCertificate: { kind: 'absent' },
      events: null,
    },
    snp: null,
    tdx: null,
    nitro: null,
    collateral: null,
  });
  const now = new Date('2026-11-24T10:00:00Z');
  return appraise(verified, policy, { now, lock: { expected: 'either', clusterId: CLUSTER_ID } });
}

describe('authorise', () => {
  it('gives boot secrets to an accepted machine that is not locked', async () => {
    expect(authorise(await appraisalOf(), { right: 'boot-secrets' })).toEqual({
      granted: true,
      grant: {
        right: 'boot-secrets',
        identity: 'ee'.repeat(32),
        bootIdentity: '7.1',
        lockUnmeasured: false,
      },
    });
  });

  it('S20 gives a locked machine no boot secrets, and an unlocked one no member rights', async () => {
    const [open, locked] = [await appraisalOf(), await appraisalOf({ locked: true })];
    expect(authorise(locked, { right: 'boot-secrets' })).toEqual({ granted: false, code: 'node-locked' });
    expect(authorise(open, { right: 'member' })).toEqual({ granted: false, code: 'node-not-locked' });
    expect(authorise(locked, { right: 'member' })).toMatchObject({
      granted: true,
      grant: { right: 'member' },
    });
  });

  it('gives a refused machine nothing', async () => {
    const refused = await appraisalOf({ pcr4: 9 });
    expect(authorise(refused, { right: 'boot-secrets' })).toEqual({
      granted: false,
      code: 'evidence-refused',
    });
    const locked = await appraisalOf({ pcr4: 9, locked: true });
    for (const right of ['boot-secrets', 'member'] as const) {
      expect(authorise(locked, { right })).toEqual({ granted: false, code: 'evidence-refused' });
    }
  });

  it('gives nothing to a machine whose identity is not proved', async () => {
    const unknown = await appraisalOf({ identity: null });
    expect(authorise(unknown, { right: 'boot-secrets' })).toEqual({
      granted: false,
      code: 'evidence-undecided',
    });
  });

  it('S04 takes no appraisal but one of appraise', async () => {
    const copy: Appraisal = { ...(await appraisalOf()) };
    expect(() => authorise(copy, { right: 'boot-secrets' })).toThrow(
      expect.objectContaining({ code: 'appraisal-not-made' }),
    );
  });
});
