import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyIdentitySignature, verifyKeySignature } from '../index.ts';

/**
 * `test/assets/bundle-verify` of github.com/sigstore/sigstore-conformance, and beside its cases the `trusted_root.json` of the
 * public instance. Each case is a bundle of the file `a.txt`, or of its own; its name says whether it must fail.
 */
const SUITE = process.env['ASTERISM_SIGSTORE_CONFORMANCE'] ?? '../shared/sigstore-conformance';
const PRESENT = existsSync(join(SUITE, 'trusted_root.json'));

const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/' +
  'extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

interface Case {
  readonly name: string;
  readonly text: (file: string) => string | undefined;
  readonly artifact: Uint8Array;
}

function readCases(): readonly Case[] {
  if (!PRESENT) return [];
  const folders = readdirSync(SUITE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => {
    const path = (file: string) => join(SUITE, name, file);
    return {
      name,
      text: (file) => (existsSync(path(file)) ? readFileSync(path(file), 'utf8').trim() : undefined),
      artifact: readFileSync(existsSync(path('artifact')) ? path('artifact') : join(SUITE, 'a.txt')),
    };
  });
}

/** Statements about files (DSSE) are not what signs a measurement file. */
const isEnvelope = ({ text }: Case) => text('bundle.sigstore.json')?.includes('"dsseEnvelope"') === true;

async function codeOf({ name, text, artifact }: Case): Promise<string> {
  const own = text('trusted_root.json');
  const trustedRoot = own ?? readFileSync(join(SUITE, 'trusted_root.json'), 'utf8');
  const bundle = text('bundle.sigstore.json') ?? '';
  const identity = { identity: text('identity') ?? IDENTITY, issuer: text('issuer') ?? ISSUER };
  const verified: Promise<unknown> = name.startsWith('managed-key')
    ? verifyKeySignature(artifact, {
        kind: 'key',
        publicKey: text('key.pub') ?? '',
        signed: { bundle, trustedRoot: own ?? null },
      })
    : verifyIdentitySignature(artifact, { kind: 'identity', bundle, trustedRoot, ...identity });
  return verified.then(
    () => 'verified',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe.skipIf(!PRESENT)('the conformance suite of Sigstore', () => {
  for (const each of readCases()) {
    it(each.name, async () => {
      const code = await codeOf(each);
      if (each.name.endsWith('_fail')) expect(code).toMatch(/^(?!verified$)[a-z-]+$/);
      else expect(code).toBe(isEnvelope(each) ? 'bundle-unsupported' : 'verified');
    });
  }
});
