import { randomBytes } from 'node:crypto';
import { toHex, type Bytes } from '@asterism/bytes';
import type { PolicyDocument, TrustAnchor } from '@asterism/contracts';
import { MintedMachine } from '@asterism/testkit';
import { planMeasuredLaunch, type MeasuredLaunch } from '@asterism/tpm';
import {
  createSelfSigned,
  EKU,
  exportSpki,
  issueCertificate,
  spkiSha256,
  type Certificate,
} from '@asterism/x509';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/**
 * Maker of TPMs that exist only as code, so that a client that plays thousands of machines stays cheap: a quote costs one
 * signature. All of its machines have launched the same software.
 */
export interface Maker {
  readonly anchor: TrustAnchor;
  readonly launch: MeasuredLaunch;
  /** Issuer and root, DER. */
  readonly issuers: readonly Bytes[];
  certify(ekSpki: Uint8Array): Promise<Certificate>;
}

export async function createMaker(now: Date): Promise<Maker> {
  const [rootKeys, issuerKeys] = await Promise.all([newKeys(), newKeys()]);
  const validity = {
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + 365 * DAY_MS),
  };
  const authority = {
    basicConstraints: { ca: true, pathLength: undefined },
    keyUsage: ['keyCertSign'] as const,
    random: randomBytes,
    ...validity,
  };
  const root = await createSelfSigned({ ...authority, keys: rootKeys, subject: [['CN', 'bench TPM root']] });
  const issuer = await issueCertificate({
    ...authority,
    spki: await exportSpki(issuerKeys.publicKey),
    issuer: root,
    issuerKey: rootKeys.privateKey,
    subject: [['CN', 'bench TPM issuer']],
  });
  const launch = await planMeasuredLaunch({
    agentBundle: randomBytes(1024),
    sharedConfiguration: randomBytes(64),
    kernelVersion: 'Linux version 6.18.0 (bench)',
    kernelCommandLine: 'root=/dev/vda1 ro quiet',
  });
  return {
    anchor: { name: 'bench TPM root', spkiSha256: await spkiSha256(root) },
    launch,
    issuers: [issuer.der, root.der],
    certify: (spki) =>
      issueCertificate({
        ...validity,
        spki,
        issuer,
        issuerKey: issuerKeys.privateKey,
        random: randomBytes,
        subject: [['CN', 'bench TPM']],
        keyUsage: ['keyAgreement'],
        extendedKeyUsage: [EKU.tcgEkCertificate],
      }),
  };
}

function newKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** A machine of the maker, as it stands after its launch. */
export async function makeMachine(
  maker: Maker,
  place: { cluster: string; pool: string },
): Promise<MintedMachine> {
  const { launch, issuers } = maker;
  const machine = await MintedMachine.make(place, Object.fromEntries(launch.expectedPcrs));
  const certificate = await maker.certify(machine.tpm.ekSpki);
  machine.forge = { eventLog: launch.eventLog, ekCertificates: [certificate.der, ...issuers] };
  return machine;
}

/** A policy that compares the whole launch of the maker's machines, and takes all of them or those listed. */
export function policyFor({ anchor, launch }: Maker, allow: 'any' | string[] = 'any'): PolicyDocument {
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 3600,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: Object.fromEntries(
        [...launch.expectedPcrs].map(([pcr, digest]) => [
          String(pcr),
          { mode: 'enforce' as const, values: [{ digest: toHex(digest), comment: 'bench' }] },
        ]),
      ),
      attestationKey: { trust: 'endorsement-key', roots: [anchor], allow },
      eventLog: 'required',
    },
  };
}
