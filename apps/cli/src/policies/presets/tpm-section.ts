import type { TrustAnchor } from '@asterism/contracts';
import { placeholder } from '../placeholder.ts';
import { field, plain, type Commented, type Members } from './commented.ts';
import { ownMeasurement } from './measurement.ts';

const SHA256 = 'SHA-256 (64 hex digits); import-measurements takes it from a signed file';
const SHA384 = 'SHA-384 (96 hex digits); import-measurements takes it from a signed file';

/** PCRs of a boot by UEFI and systemd-stub (UAPI group, "Linux TPM PCR registry"). */
function bootPcrs(wanted: string): Members {
  return {
    4: ownMeasurement('boot loader or unified kernel image that the firmware started', wanted),
    7: ownMeasurement('secure boot: whether it is on, and whose signatures it takes', wanted),
    9: ownMeasurement('initrd and, without a unified image, the kernel with its command line', wanted),
    11: ownMeasurement('sections of the unified kernel image: kernel, command line, initrd', wanted),
    12: ownMeasurement(
      'command line and credentials from outside the image; zeros where nothing may be added',
      wanted,
    ),
  };
}

function quoteFields(): Members {
  return {
    bank: field('hash of the PCRs; values of another bank are never compared', 'sha256'),
    pcrs: field('exactly these PCRs and the lock (15) are quoted and compared', bootPcrs(SHA256)),
  };
}

const EVENT_LOG: Members = {
  eventLog: field(
    'a log that replays to the PCRs must come along, so that a mismatch is explained',
    'required',
  ),
};

/** vTPM whose attestation key the hardware report beside it vouches for. */
export function vouchedTpmSection(): Commented {
  return field('the virtual TPM; the hardware report below vouches for its attestation key', {
    ...quoteFields(),
    ...EVENT_LOG,
  });
}

/** vTPM whose attestation key has a certificate of the cloud's authority. */
export function certifiedTpmSection(roots: readonly TrustAnchor[]): Commented {
  const attestationKey: Members = {
    trust: field('the key needs a certificate of the authority below', 'certificate'),
    roots: field('pinned by the SHA-256 of their public keys', plain(roots)),
  };
  return field('the virtual TPM', {
    ...quoteFields(),
    attestationKey: field('how the key that signs quotes is known to be a TPM’s', attestationKey),
    ...EVENT_LOG,
  });
}

/** TPM whose endorsement key is known one by one, or by its maker's authority. */
export function endorsedTpmSection(known: 'by-key' | 'by-maker'): Commented {
  const keys = 'SHA-256 of the public keys (SPKI) of the endorsement keys of your TPMs, as a list';
  const makers = '[{"name": text, "spkiSha256": hex}], the authority of your TPMs’ maker';
  const attestationKey: Members = {
    trust: field('the key is proved to live in the TPM of an endorsement key', 'endorsement-key'),
    roots:
      known === 'by-maker'
        ? field('authorities of endorsement key certificates', placeholder(makers))
        : field('the certificate of a software TPM proves little: the keys below decide', 'any'),
    allow:
      known === 'by-key'
        ? field('endorsement keys that are accepted', placeholder(keys))
        : field('any TPM of that maker; a list of keys is stricter', 'any'),
  };
  return field('the TPM', {
    ...quoteFields(),
    attestationKey: field('how the key that signs quotes is known to be a TPM’s', attestationKey),
    ...EVENT_LOG,
  });
}

/** PCRs of the document of AWS's NitroTPM, as `nitro-tpm-pcr-compute` works them out for an image. */
export function nitroTpmSection(): Commented {
  const pcrs: Members = {
    4: ownMeasurement('unified kernel image that the firmware started', SHA384),
    7: ownMeasurement('secure boot: whether it is on, and whose signatures it takes', SHA384),
    12: ownMeasurement('command line from outside the image; zeros where nothing may be added', SHA384),
  };
  return field('the attestation document of the NitroTPM, signed up to the pinned root of AWS', {
    pcrs: field('PCRs of the SHA-384 bank that are compared, and the lock (15)', pcrs),
  });
}
