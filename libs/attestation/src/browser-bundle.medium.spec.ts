import { toBase64url } from '@asterism/bytes';
import type { EvidenceRequest, PolicyDocument } from '@asterism/contracts';
import { mintTpm } from '@asterism/testkit';
import { build } from 'esbuild';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as Room from './index.ts';

let code: string;
let imports: string[];
beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(import.meta.dirname, 'index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'attestation',
    target: 'es2024',
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  code = outputFiles[0]?.text ?? '';
  imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
});

/** What every browser has and this room uses. Node's own globals are not among them. */
const BROWSER = {
  crypto,
  TextEncoder,
  TextDecoder,
  atob,
  btoa,
  URL,
  AbortController,
  AbortSignal,
  structuredClone,
};

function loadInBrowser(): typeof Room {
  const context = createContext({ ...BROWSER });
  return runInContext(`${code}; attestation`, context) as typeof Room;
}

describe('in a browser', () => {
  it('nothing of Node is imported', () => {
    expect(imports.filter((path) => path.startsWith('node:'))).toEqual([]);
    expect(code).not.toMatch(
      /\bBuffer\s*[.(]|\bnew Buffer\b|\bprocess\.(?:env|version|platform|nextTick|cwd)\b|__dirname/,
    );
  });

  it('evidence is parsed, verified and appraised without any global of Node', async () => {
    const room = loadInBrowser();
    const tpm = await mintTpm();
    const request: EvidenceRequest = { variant: 'tpm', bank: 'sha256', pcrs: [4, 15] };
    const binding = new Uint8Array(32).fill(7);
    const evidence = await tpm.quote({ request, binding });
    const policy: PolicyDocument = {
      schema: 'asterism/policy/v1',
      variant: 'tpm',
      reattestationInterval: 60,
      maximumCollateralAge: 'any',
      approval: 'automatic',
      tpm: {
        bank: 'sha256',
        pcrs: { '4': { mode: 'enforce', values: [{ digest: '0'.repeat(64), comment: '' }] } },
        attestationKey: { trust: 'pinned', keys: [tpm.akSpkiSha256] },
        eventLog: 'any',
      },
    };
    const now = new Date();
    const appraiseOver = async (expected: Uint8Array) => {
      const verified = await room.verifyEvidence(room.parseEvidence(evidence), {
        binding: expected,
        request: room.evidenceRequestOf(policy),
        activated: null,
        ekPublic: null,
        anchors: room.anchorsOf(policy),
        roots: room.VENDOR_ROOTS,
        collateral: room.NO_COLLATERAL,
        now,
      });
      return (await room.appraise(verified, policy, { now, lock: { expected: 'open' } })).result.outcome;
    };
    expect(await appraiseOver(binding)).toBe('accepted');
    await expect(appraiseOver(new Uint8Array(32))).rejects.toMatchObject({ code: 'binding-mismatch' });
    const cut = { ...evidence, parts: { ...evidence.parts, quote: toBase64url(new Uint8Array(3)) } };
    expect(() => room.parseEvidence(cut)).toThrow(
      expect.objectContaining({ code: 'part-malformed' }) as Error,
    );
  });
});
