import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { createHash } from 'node:crypto';

type Made<Make extends (...values: never[]) => Promise<unknown>> = Awaited<ReturnType<Make>>;
type Log = Made<typeof initializeTLog>;

const copy = (bytes: ArrayBufferView) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const idOf = (publicKey: Uint8Array) => createHash('sha256').update(publicKey).digest();
const ALWAYS = { start: new Date('2020-01-01T00:00:00Z'), end: undefined };

export function toTrustedRoot(parts: {
  readonly authority: Made<typeof initializeCA>;
  readonly certificateLog: Made<typeof initializeCTLog> | undefined;
  readonly log: Log;
  readonly timestamps: Made<typeof initializeTSA>;
}): unknown {
  const log = (publicKey: Buffer) => ({
    baseUrl: 'https://log.test',
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: {
      rawBytes: publicKey,
      keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
      validFor: ALWAYS,
    },
    logId: { keyId: idOf(publicKey) },
    checkpointKeyId: undefined,
    operator: 'test',
  });
  const authority = (...certificates: ArrayBufferView[]) => ({
    subject: { organization: 'test', commonName: 'test' },
    uri: 'https://authority.test',
    certChain: { certificates: certificates.map((certificate) => ({ rawBytes: copy(certificate) })) },
    validFor: ALWAYS,
    operator: 'test',
  });
  return TrustedRoot.toJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(parts.log.publicKey)],
    ctlogs: parts.certificateLog === undefined ? [] : [log(parts.certificateLog.publicKey)],
    certificateAuthorities: [authority(parts.authority.rootCertificate)],
    timestampAuthorities: [authority(parts.timestamps.intCertificate, parts.timestamps.rootCertificate)],
  });
}

interface Logged {
  readonly digest: Buffer;
  readonly signature: Buffer;
  readonly verifier: { readonly certificate: Buffer } | { readonly publicKey: Buffer };
}

/** What Rekor 1 answers; the package of its types is not published with the test double. */
interface RekorAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

/** Logs a signature over a file. Without a promise only the inclusion proof is kept, as Rekor 2 answers. */
export async function toLogEntry(
  log: Log,
  logged: Logged,
  kind: 'promise' | 'timestamp',
): Promise<TransparencyLogEntry> {
  const version = kind === 'promise' ? '0.0.1' : '0.0.2';
  const spec = kind === 'promise' ? toFirstSpec(logged) : toSecondSpec(logged);
  const answer: Readonly<Record<string, RekorAnswer>> = await log.log({
    apiVersion: version,
    kind: 'hashedrekord',
    spec,
  });
  const [entry] = Object.values(answer);
  if (entry === undefined) throw new Error('the log gave no entry');
  const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, 'hex') },
    kindVersion: { kind: 'hashedrekord', version },
    integratedTime: kind === 'promise' ? String(entry.integratedTime) : '0',
    inclusionPromise:
      kind === 'promise' ? { signedEntryTimestamp: Buffer.from(signedEntryTimestamp, 'base64') } : undefined,
    inclusionProof: {
      logIndex: String(proof.logIndex),
      treeSize: String(proof.treeSize),
      rootHash: Buffer.from(proof.rootHash, 'hex'),
      hashes: proof.hashes.map((hash) => Buffer.from(hash, 'hex')),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: Buffer.from(entry.body, 'base64'),
  };
}

function toFirstSpec({ digest, signature, verifier }: Logged): object {
  return {
    data: { hash: { algorithm: 'sha256', value: digest.toString('hex') } },
    signature: {
      content: signature.toString('base64'),
      publicKey: { content: Buffer.from(toPem(verifier)).toString('base64') },
    },
  };
}

function toSecondSpec({ digest, signature, verifier }: Logged): object {
  return {
    hashedRekordV002: {
      data: { algorithm: 'SHA2_256', digest: digest.toString('base64') },
      signature: {
        content: signature.toString('base64'),
        verifier: {
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          ...('certificate' in verifier
            ? { x509Certificate: { rawBytes: verifier.certificate.toString('base64') } }
            : { publicKey: { rawBytes: verifier.publicKey.toString('base64') } }),
        },
      },
    },
  };
}

function toPem(verifier: Logged['verifier']): string {
  const [label, der] =
    'certificate' in verifier ? ['CERTIFICATE', verifier.certificate] : ['PUBLIC KEY', verifier.publicKey];
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
