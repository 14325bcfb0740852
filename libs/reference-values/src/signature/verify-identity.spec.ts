import {
  authorityFor,
  editBundle,
  flipLast,
  SigstoreInstance,
  type BundleJson,
} from '@asterism/testkit/sigstore';
import { EKU } from '@asterism/x509';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyIdentitySignature, type IdentitySignature } from '../index.ts';

const FILE = new TextEncoder().encode('{"measurements":"of an image"}');
const SIGNER = {
  identity: 'https://github.com/example/images/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
};
const MINUTE = 60_000;

let sigstore: SigstoreInstance;
let bundle: string;
beforeAll(async () => {
  sigstore = await SigstoreInstance.make();
  bundle = await sigstore.sign(FILE, SIGNER);
});

const wanted = (change: Partial<IdentitySignature> = {}): IdentitySignature => ({
  kind: 'identity',
  bundle,
  trustedRoot: sigstore.trustedRoot,
  ...SIGNER,
  ...change,
});
const codeOf = (change: Partial<IdentitySignature>, file = FILE): Promise<string> =>
  verifyIdentitySignature(file, wanted(change)).then(
    () => 'verified',
    (error: { code?: string }) => error.code ?? String(error),
  );
const edited = (edit: (json: BundleJson) => void, text = bundle) => editBundle(text, edit);

describe('a file signed by an identity', () => {
  it('is verified with who signed it, when, and where it was logged', async () => {
    const { logIndex, integratedTime } = JSON.parse(bundle).verificationMaterial.tlogEntries[0];
    expect(await verifyIdentitySignature(FILE, wanted())).toEqual({
      kind: 'identity',
      ...SIGNER,
      signedAt: new Date(Number(integratedTime) * 1000),
      logIndex,
    });
  });

  it('is verified without a log’s promise, by its proof and a timestamp', async () => {
    const stamped = await sigstore.sign(FILE, { ...SIGNER, log: 'timestamp' });
    const { signedAt } = await verifyIdentitySignature(FILE, wanted({ bundle: stamped }));
    expect(Math.abs(signedAt.getTime() - Date.now())).toBeLessThan(10 * MINUTE);
  });

  it('is verified long after the certificate has expired, as it was logged in time', async () => {
    vi.useFakeTimers({ now: Date.now() + 400 * 24 * 60 * MINUTE, toFake: ['Date'] });
    try {
      expect(await codeOf({})).toBe('verified');
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[string, Partial<IdentitySignature>, string]>([
    ['another identity', { identity: `${SIGNER.identity}0` }, 'identity-mismatch'],
    [
      'an identity that the name only contains',
      { identity: 'https://github.com/example' },
      'identity-mismatch',
    ],
    ['an identity that would match as a pattern', { identity: '.*' }, 'identity-mismatch'],
    ['no identity at all', { identity: '' }, 'identity-mismatch'],
    ['another issuer', { issuer: 'https://accounts.example.com' }, 'issuer-mismatch'],
  ])('S04 by %s is refused', async (_, change, code) => {
    expect(await codeOf(change)).toBe(code);
  });

  it('of other bytes is refused', async () => {
    const other = new TextEncoder().encode('{"measurements":"of another image"}');
    expect(await codeOf({}, other)).toBe('digest-mismatch');
  });

  it('of other bytes is refused by its signature where the digest was made to fit', async () => {
    const other = new TextEncoder().encode('{"measurements":"of another image"}');
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', other)).toString('base64');
    const forged = edited(({ messageSignature }) => {
      if (messageSignature) messageSignature.messageDigest.digest = digest;
    });
    expect(await codeOf({ bundle: forged }, other)).toMatch(/^(?:signature-invalid|log-entry-refused)$/);
  });

  it('under the root of another instance is refused', async () => {
    const other = await SigstoreInstance.make();
    expect(await codeOf({ trustedRoot: other.trustedRoot })).toBe('certificate-refused');
  });

  it('logged after its certificate had expired is refused', async () => {
    const now = new Date(Date.now() + MINUTE);
    const late = await SigstoreInstance.make({ now, loggedAt: new Date(now.getTime() + 11 * MINUTE) });
    for (const log of ['promise', 'timestamp'] as const) {
      const signed = await late.sign(FILE, { ...SIGNER, log });
      expect(await codeOf({ bundle: signed, trustedRoot: late.trustedRoot })).toBe('certificate-refused');
    }
  });

  it('without a certificate log is refused where the root names one, and not where it does not', async () => {
    const without = await SigstoreInstance.make({ certificateLog: false });
    const signed = await without.sign(FILE, SIGNER);
    expect(await codeOf({ bundle: signed, trustedRoot: without.trustedRoot })).toBe('verified');
    const logs = (JSON.parse(sigstore.trustedRoot) as { ctlogs: unknown }).ctlogs;
    const root = JSON.stringify({ ...(JSON.parse(without.trustedRoot) as object), ctlogs: logs });
    expect(await codeOf({ bundle: signed, trustedRoot: root })).toBe('certificate-refused');
  });

  it.each<[string, (json: BundleJson) => void, string]>([
    [
      'a changed signature',
      ({ messageSignature }) => {
        if (messageSignature) messageSignature.signature = flipLast(messageSignature.signature);
      },
      'log-entry-refused',
    ],
    ['no log entry', (json) => (json.verificationMaterial.tlogEntries = [] as never), 'timestamp-refused'],
    [
      'a changed promise of the log',
      (json) => {
        const entry = json.verificationMaterial.tlogEntries[0];
        const set = entry.inclusionPromise?.signedEntryTimestamp ?? '';
        entry.inclusionPromise = { signedEntryTimestamp: flipLast(set) };
      },
      'inclusion-promise-invalid',
    ],
    [
      'a moved time of the log',
      (json) =>
        (json.verificationMaterial.tlogEntries[0].integratedTime = String(
          Number(json.verificationMaterial.tlogEntries[0].integratedTime) + 1,
        )),
      'inclusion-promise-invalid',
    ],
    [
      'another place in the log',
      (json) => (json.verificationMaterial.tlogEntries[0].inclusionProof.logIndex = '1'),
      'inclusion-proof-invalid',
    ],
    [
      'a changed checkpoint of the log',
      ({ verificationMaterial: { tlogEntries } }) => {
        for (const { inclusionProof } of tlogEntries)
          inclusionProof.checkpoint.envelope = inclusionProof.checkpoint.envelope.replace('\n1\n', '\n2\n');
      },
      'inclusion-proof-invalid',
    ],
    [
      'a log entry of something else',
      (json) => {
        const entry = json.verificationMaterial.tlogEntries[0];
        const body = Buffer.from(entry.canonicalizedBody, 'base64').toString().replace('sha256', 'sha512');
        entry.canonicalizedBody = Buffer.from(body).toString('base64');
      },
      'inclusion-promise-invalid',
    ],
    [
      'a key and no certificate',
      ({ verificationMaterial: material }) => {
        delete material.certificate;
        material.publicKey = { hint: 'x' };
      },
      'certificate-refused',
    ],
    [
      'a certificate that is none',
      ({ verificationMaterial: material }) => (material.certificate = { rawBytes: 'AAAA' }),
      'bundle-malformed',
    ],
    ['another media type', (json) => (json.mediaType = 'text/plain'), 'bundle-malformed'],
  ])('with %s is refused', async (_, edit, code) => {
    expect(await codeOf({ bundle: edited(edit) })).toBe(code);
  });

  it('without the promise that its time stands on is refused', async () => {
    const unstamped = edited((json) => delete json.verificationMaterial.tlogEntries[0].inclusionPromise);
    expect(await codeOf({ bundle: unstamped })).toBe('timestamp-refused');
  });

  it('with a changed timestamp is refused', async () => {
    const stamped = await sigstore.sign(FILE, { ...SIGNER, log: 'timestamp' });
    const forged = edited(({ verificationMaterial: { timestampVerificationData: data } }) => {
      for (const stamp of data?.rfc3161Timestamps ?? [])
        stamp.signedTimestamp = flipLast(stamp.signedTimestamp);
    }, stamped);
    expect(await codeOf({ bundle: forged })).toBe('timestamp-refused');
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '7'],
    ['the old format of cosign', '{"base64Signature":"AA==","cert":"","rekorBundle":{}}'],
    ['nothing', ''],
  ])('in a bundle that is %s is refused', async (_, text) => {
    expect(await codeOf({ bundle: text })).toMatch(/^bundle-(?:malformed|unsupported)$/);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{}]}',
  ])('under a root that is none (%s) is refused', async (text) => {
    expect(await codeOf({ trustedRoot: text })).toBe('trusted-root-malformed');
  });

  it.each(['tlogs', 'ctlogs'])(
    'under a root whose %s are of keys without a beginning is refused',
    async (logs) => {
      const root = JSON.parse(sigstore.trustedRoot) as Record<
        string,
        { publicKey: { validFor?: unknown } }[]
      >;
      for (const { publicKey } of root[logs] ?? []) delete publicKey.validFor;
      expect(await codeOf({ trustedRoot: JSON.stringify(root) })).toBe('trusted-root-malformed');
    },
  );

  it.each([
    ['1.3.6.1.5.5.7.3.3', 'verified'],
    [EKU.serverAuth, 'certificate-refused'],
  ])('by a certificate for the purpose %s: %s', async (purpose, code) => {
    const own = await SigstoreInstance.make({
      certificateLog: false,
      authority: await authorityFor({ purpose, issuer: SIGNER.issuer }),
    });
    const signed = await own.sign(FILE, SIGNER);
    expect(await codeOf({ bundle: signed, trustedRoot: own.trustedRoot })).toBe(code);
  });

  it('truncated anywhere is refused with a code', async () => {
    for (let length = 0; length < bundle.length; length += 37) {
      expect(await codeOf({ bundle: bundle.slice(0, length) })).toBe('bundle-malformed');
    }
  });
});
