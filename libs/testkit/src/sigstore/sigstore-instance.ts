import { bundleToJSON, toMessageSignatureBundle, type BundleWithMessageSignature } from '@sigstore/bundle';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { toLogEntry, toTrustedRoot } from './sigstore-documents.ts';

export interface SigstoreOptions {
  /** When certificates are issued: they live ten minutes. A moment from now unless given. */
  readonly now?: Date;
  /** When the log and the timestamp authority see a signature; `now` unless given. */
  readonly loggedAt?: Date;
  /** An instance of one's own may have no certificate log. */
  readonly certificateLog?: boolean;
  /** Issues certificates in the place of the double's own, to its own rules. */
  readonly authority?: Authority;
}

type Authority = Awaited<ReturnType<typeof initializeCA>>;

export interface SignOptions {
  readonly identity: string;
  readonly issuer: string;
  /** `promise`: log with a signed entry timestamp (Rekor 1). `timestamp`: proof only, time of an authority (Rekor 2). */
  readonly log?: 'promise' | 'timestamp';
}

type Part = {
  readonly authority: Authority;
  readonly certificateLog: Awaited<ReturnType<typeof initializeCTLog>> | undefined;
  readonly log: Awaited<ReturnType<typeof initializeTLog>>;
  readonly timestamps: Awaited<ReturnType<typeof initializeTSA>>;
};

const ISSUER_V2 = '1.3.6.1.4.1.57264.1.8';
const SHA256_OID = '2.16.840.1.101.3.4.2.1';
const TIMESTAMP_POLICY = '1.3.6.1.4.1.57264.2';

const pair = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve });

/** The double's own certificates begin when they are made, in whole seconds: not after what they certify. */
const soon = () => new Date(Date.now() + 5_000);

/** The double writes fractions of a second into timestamps in a form that no reader takes. */
const toSeconds = (time: Date) => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** A Sigstore of its own keys, without a network: the parts are sigstore's test doubles, so what it signs is their format. */
export class SigstoreInstance {
  readonly trustedRoot: string;
  readonly #parts: Part;

  private constructor(parts: Part) {
    this.#parts = parts;
    this.trustedRoot = JSON.stringify(toTrustedRoot(parts));
  }

  static async make({
    now = soon(),
    loggedAt = now,
    certificateLog: has = true,
    authority,
  }: SigstoreOptions = {}): Promise<SigstoreInstance> {
    const [issued, logged] = [toSeconds(now), toSeconds(loggedAt)];
    const certificateLog = has ? await initializeCTLog(pair('P-256'), issued) : undefined;
    return new SigstoreInstance({
      authority: authority ?? (await initializeCA(pair('P-384'), certificateLog, issued)),
      certificateLog,
      log: await initializeTLog('https://log.test', pair('P-256'), logged),
      timestamps: await initializeTSA(pair('P-384'), logged),
    });
  }

  /** As `cosign sign-blob` with an identity: a key that is used once, and a certificate for it. */
  async sign(file: Uint8Array, { identity, issuer, log = 'promise' }: SignOptions): Promise<string> {
    const { privateKey, publicKey } = pair('P-256');
    const certificate = await this.#parts.authority.issueCertificate({
      publicKey: publicKey.export({ format: 'der', type: 'spki' }),
      subjectAltName: identity,
      extensions: [{ oid: ISSUER_V2, value: issuer }],
    });
    const raw = Buffer.from(certificate.buffer, certificate.byteOffset, certificate.byteLength);
    const signed = signFile(file, privateKey);
    const bundle = toMessageSignatureBundle({ ...signed, certificate: raw });
    return this.#toText(bundle, { ...signed, verifier: { certificate: raw } }, log);
  }

  /** As `cosign sign-blob --key`: the bundle only hints at the key. */
  async signWithKey(file: Uint8Array, privateKey: KeyObject, publicKey: KeyObject): Promise<string> {
    const signed = signFile(file, privateKey);
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const keyHint = createHash('sha256').update(spki).digest('base64');
    const bundle = toMessageSignatureBundle({ ...signed, keyHint });
    return this.#toText(bundle, { ...signed, verifier: { publicKey: spki } }, 'promise');
  }

  async #toText(
    bundle: BundleWithMessageSignature,
    logged: Parameters<typeof toLogEntry>[1],
    log: 'promise' | 'timestamp',
  ): Promise<string> {
    const material = bundle.verificationMaterial;
    material.tlogEntries = [await toLogEntry(this.#parts.log, logged, log)];
    if (log === 'timestamp') {
      const stamp = await this.#parts.timestamps.timestamp({
        artifactHash: createHash('sha256').update(logged.signature).digest(),
        hashAlgorithmOID: SHA256_OID,
        nonce: 1,
        policyOID: TIMESTAMP_POLICY,
      });
      const signedTimestamp = Buffer.from(stamp.buffer, stamp.byteOffset, stamp.byteLength);
      material.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
    }
    return JSON.stringify(bundleToJSON(bundle));
  }
}

function signFile(file: Uint8Array, privateKey: KeyObject) {
  return {
    digest: createHash('sha256').update(file).digest(),
    signature: sign('sha256', file, privateKey),
  };
}
