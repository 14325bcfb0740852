import type { Bytes } from '@asterism/bytes';
import {
  decodePublic,
  encodePublic,
  hasNv,
  readNv,
  readNvCertificates,
  type AttestationKey,
  type Tpm,
} from '@asterism/tpm';
import { TeeDeviceError } from '../errors.ts';

/** Template of the attestation key and the certificate for what it gives (google/go-tpm-tools, `client/handles.go`); ECC first. */
const KEYS = [
  { template: 0x01c1_0003, certificate: 0x01c1_0002 },
  { template: 0x01c1_0001, certificate: 0x01c1_0000 },
] as const;

export interface GoogleAk {
  /** One of the TPM's transient objects until it is flushed. */
  readonly key: AttestationKey;
  /** Its certificate; without its issuers. Empty where Google's CA made none for this machine. */
  readonly certificates: readonly Bytes[];
}

/** Whether the machine has a template of Google's. */
export async function hasGoogleAk(tpm: Tpm): Promise<boolean> {
  const indices = await tpm.listHandles(KEYS[1].certificate);
  return KEYS.some(({ template }) => indices.includes(template));
}

/**
 * The attestation key of a Compute Engine machine: primary in the endorsement hierarchy, by the template that Google
 * left, so the same at every boot. The first that has a certificate.
 */
export async function createGoogleAk(tpm: Tpm): Promise<GoogleAk> {
  const certified: { readonly template: number; readonly certificates: readonly Bytes[] }[] = [];
  for (const { template, certificate } of KEYS) {
    if (!(await hasNv(tpm, template))) continue;
    certified.push({ template, certificates: await readNvCertificates(tpm, certificate) });
  }
  const chosen = certified.find(({ certificates }) => certificates.length > 0) ?? certified[0];
  if (chosen === undefined) {
    throw new TeeDeviceError('unavailable', "the vTPM has no template of Google's attestation key");
  }
  const key = await tpm.exclusive(async () =>
    tpm.createPrimary('endorsement', decodePublic(await readNv(tpm, chosen.template))),
  );
  return { key: { ...key, publicArea: encodePublic(key.public) }, certificates: chosen.certificates };
}
